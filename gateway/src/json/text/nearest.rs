//! A word that nobody knows, and the known ones that it may be a slip of; or a command that is gone, and what does its
//! work now.

use super::error::{InputCode, InputError};
use protocol::command::Op;

/// Of a longer word its beginning is looked at.
const LONG: usize = 64;

/// The error of an `op` that nobody knows: which of those that are known it is nearest to.
pub fn unknown_operation(found: &str, known: impl Iterator<Item = &'static str>) -> InputError {
    if let Some(gone) = Op::gone(found) {
        return InputError::new(InputCode::UnknownOperation, gone.to_string()).within("op");
    }
    let found: String = found.chars().take(LONG).collect();
    let mut near: Vec<_> = known.map(|name| (distance(&found, name), name)).collect();
    near.sort_unstable();
    // What is no slip of this word is no help.
    let most = (found.chars().count() / 2).clamp(2, 8);
    let near: Vec<_> = near
        .into_iter()
        .take_while(|(far, _)| *far <= most)
        .map(|(_, name)| name)
        .take(3)
        .collect();
    let note = if near.is_empty() {
        format!("found {found:?}; docs/COMMANDS.md lists them")
    } else {
        format!("found {found:?}; nearest: {}", near.join(", "))
    };
    InputError::new(InputCode::UnknownOperation, note).within("op")
}

/// How many letters are added, left out or changed between two words (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *known);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_with_the_words_it_is_nearest_to() {
        let known = ["announce_lot", "enter_lot", "bid_lot", "open_account", "tick"];
        let said = |found: &str| unknown_operation(found, known.into_iter()).note;
        assert!(said("anounce_lot").ends_with("nearest: announce_lot"));
        assert!(
            said("bid").ends_with("nearest: tick") || said("bid").contains("docs/COMMANDS.md"),
            "{}",
            said("bid")
        );
        assert!(said("open_acount").contains("open_account"));
        for nothing in ["", "xyzzy", &"x".repeat(100_000)] {
            assert!(said(nothing).contains("docs/COMMANDS.md"));
        }
        assert_eq!(
            (distance("lot", "lots"), distance("", "lot"), distance("专利", "专权")),
            (1, 3, 1)
        );
    }

    #[test]
    fn a_command_that_is_gone_is_told_by_its_name() {
        let error = unknown_operation("import_assets", Op::ALL.iter().map(|op| op.name()));
        assert_eq!((error.code, error.path.as_str()), (InputCode::UnknownOperation, "/op"));
        assert!(
            error.note.starts_with("import_assets is gone: use register_rights"),
            "{}",
            error.note
        );
        assert!(error.note.contains("list_units"), "{}", error.note);
    }
}
