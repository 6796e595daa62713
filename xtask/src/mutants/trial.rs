//! The trial of one mutant: its crate's tests, until one of them fails.

use super::tree::Program;
use anyhow::Context as _;
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

/// How much of their random cases the tests try: a twentieth.
const SEARCH: &str = "0.05";
/// The same of what the library for properties draws, 256 cases by itself.
const CASES: &str = "13";

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This test noticed it.
    Killed(String),
    /// The tests came to no end: whoever waits notices it.
    Hangs,
    /// Nobody noticed it.
    Survived,
}

/// Runs a program of tests with this mutant on, and says what came of it. It is stopped as soon as a test fails.
pub(super) fn run(program: &Program, number: u32, patience: Duration) -> anyhow::Result<Verdict> {
    let mut command = Command::new(&program.path);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ZHIHENG_") || name.starts_with("PROPTEST_"))
    {
        command.env_remove(name);
    }
    command
        .env("ZHIHENG_MUTANT", number.to_string())
        .env("ZHIHENG_SEARCH", SEARCH)
        .env("PROPTEST_CASES", CASES)
        .env("PROPTEST_RNG_SEED", "1")
        .env("RUST_BACKTRACE", "0")
        .env("CARGO_MANIFEST_DIR", &program.folder)
        .current_dir(&program.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().with_context(|| program.path.display().to_string())?;
    let lines = BufReader::new(child.stdout.take().context("it was piped")?).lines();
    let (heard, said) = mpsc::channel();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| heard.send(line)));
    let until = Instant::now() + patience;
    let verdict = loop {
        match said.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let failed = line
                    .strip_prefix("test ")
                    .and_then(|line| line.strip_suffix(" ... FAILED"));
                if let Some(test) = failed {
                    break Some(Verdict::Killed(test.to_owned()));
                }
            }
            Err(RecvTimeoutError::Timeout) => break Some(Verdict::Hangs),
            Err(RecvTimeoutError::Disconnected) => break None,
        }
    };
    if verdict.is_some() {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let ended = child.wait()?;
    Ok(match verdict {
        Some(verdict) => verdict,
        None if ended.success() => Verdict::Survived,
        None => Verdict::Killed(format!("{}: {ended}", program.name)),
    })
}
