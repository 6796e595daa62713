//! A question to the person at the terminal, before something is written that no command takes back.

use super::error::CliError;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Whether somebody is there to be asked.
pub(super) fn somebody() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks, and goes on with a yes alone; `said` is a yes that was given with the command. Where nobody is there to be
/// asked, it takes that.
pub(super) fn confirm(question: &str, said: bool) -> Result<(), CliError> {
    if said {
        return Ok(());
    }
    if !somebody() {
        return Err(CliError::failed(format!(
            "{question} Nobody is here to be asked: --yes says so"
        )));
    }
    let mut err = io::stderr().lock();
    write!(err, "{question} [y/N] ").and_then(|()| err.flush())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if is_yes(&answer) {
        Ok(())
    } else {
        Err(CliError::failed("nothing was written"))
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_alone_is_a_yes() {
        assert!(["y\n", "YES\n", "是\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n\n", "yep\n"].into_iter().any(is_yes));
    }
}
