//! The page on which the arrows stand, as people read them.

use crate::tables::{below, ticked};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const PAGE: &str = "docs/ARCHITECTURE.md";

/// Whom each may know; none if anybody.
pub(super) type May = BTreeMap<String, Option<BTreeSet<String>>>;

/// Reads a table of arrows: the subjects are in the first column, whom they may know in the last.
pub(super) fn arrows(rules: &str, heading: &str) -> anyhow::Result<May> {
    let mut arrows = May::new();
    for row in below(rules, heading)? {
        for subject in ticked(row[0]) {
            arrows.insert(
                subject.to_owned(),
                named(row.last().expect("a row has cells"), "anything"),
            );
        }
    }
    Ok(arrows)
}

/// The names in a cell: those in backticks, so `nothing …` is none of them; or no list at all, if it begins with `all`.
pub(super) fn named(cell: &str, all: &str) -> Option<BTreeSet<String>> {
    (!cell.starts_with(all)).then(|| ticked(cell).map(str::to_owned).collect())
}

/// Whether a page has a heading.
pub(super) fn has(rules: &str, heading: &str) -> bool {
    let mut lines = rules.lines().filter(|line| line.starts_with('#'));
    lines.any(|line| line.trim_start_matches('#').trim() == heading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_are_read_as_names_nothing_or_anything() {
        let rules =
            "## T\n| a | b |\n|--|--|\n| `x/` | nothing of ours |\n| `y` | `x`, `z` |\n| `z/`, `w/` | anything |\n";
        let arrows = arrows(rules, "T").unwrap();
        assert_eq!(arrows["x"], Some(BTreeSet::new()));
        assert_eq!(arrows["y"], Some(["x", "z"].map(str::to_owned).into()));
        assert_eq!((&arrows["z"], &arrows["w"]), (&None, &None));
        assert!(has(rules, "T") && !has(rules, "| a | b |"));
    }
}
