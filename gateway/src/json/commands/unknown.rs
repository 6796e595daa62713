//! The error of an operation that there is not: the nearest ones are named, and one that is gone by what does its work
//! now.

use crate::json::text::error::{InputCode, InputError};
use protocol::command::Op;

/// The error of an `op` that no command has.
pub(super) fn unknown_command(found: &str) -> InputError {
    match Op::gone(found) {
        Some(gone) => InputError::new(InputCode::UnknownOperation, gone.to_string()).within("op"),
        None => unknown_operation(found, Op::ALL.iter().map(|op| op.name())),
    }
}

/// The error of an `op` that nobody knows: which of those that are known it is nearest to.
pub fn unknown_operation(found: &str, known: impl Iterator<Item = &'static str>) -> InputError {
    let mut near: Vec<_> = known.map(|name| (distance(found, name), name)).collect();
    near.sort_unstable();
    // What is no slip of this word is no help.
    let most = found.chars().count() / 2;
    let near: Vec<_> = near
        .into_iter()
        .take_while(|(far, _)| *far <= most.max(2))
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

/// How many letters are added, left out or changed between two words (Levenshtein); a long word is far from all.
fn distance(one: &str, other: &str) -> usize {
    const LONG: usize = 64;
    let other: Vec<char> = other.chars().collect();
    if one.chars().count() > LONG {
        return LONG;
    }
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
