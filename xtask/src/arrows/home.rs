//! What only one file may hold.

use crate::sources;
use std::path::Path;

/// The one file that may hold `unsafe` code.
const UNSAFE_HOME: &str = "engine/src/kit/prefetch.rs";

/// `unsafe` has one home.
pub(super) fn find_unsafe(folder: &Path, faults: &mut Vec<String>) -> anyhow::Result<()> {
    for (path, source) in sources::below(folder)? {
        if path != UNSAFE_HOME && has_unsafe(&source) {
            faults.push(format!("{path} has code that only {UNSAFE_HOME} may have"));
        }
    }
    Ok(())
}

/// Whether a source has the word outside its comments and texts, or lets it pass the lint.
fn has_unsafe(source: &str) -> bool {
    sources::code(source)
        .any(|code| code.contains(concat!("unsafe", "_code")) || code.split_whitespace().any(|word| word == "unsafe"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_only_one_file_may_hold_is_found() {
        let word = "unsafe";
        assert!(has_unsafe(&format!("let x = {word} {{ y() }};")));
        assert!(has_unsafe(&format!("#![allow({word}_code)]")));
        assert!(!has_unsafe(&format!("// {word} is forbidden here")));
        assert!(has_unsafe(&fs::read_to_string(format!("../{UNSAFE_HOME}")).unwrap()));
    }
}
