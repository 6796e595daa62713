//! No circle of files: of two files, one can be read and understood without the other.
//!
//! An arrow goes from a file to the one that defines what it names. `mod child` is none, and neither is a re-export of
//! what lies below the file; so a parent that only hands on its children knows none of them. What is called by a method
//! is no arrow here: between the rooms of the engine it is one. The page names pairs of files that may know each other,
//! with the reason; such a pair counts as one file.

use super::{
    crates::{Arrow, Crate},
    page::{PAGE, has},
};
use crate::tables::{below, ticked};
use anyhow::ensure;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const HEADING: &str = "Pairs of files that know each other";

/// Two files, in the order of their names.
pub(super) type Pair = (String, String);

/// The pairs that the page names; none without their heading.
pub(super) fn pairs(rules: &str) -> anyhow::Result<BTreeSet<Pair>> {
    let mut pairs = BTreeSet::new();
    if has(rules, HEADING) {
        for row in below(rules, HEADING)? {
            let files: Vec<_> = ticked(row[0]).collect();
            let reasoned = row.len() == 2 && !row[1].is_empty();
            ensure!(
                files.len() == 2 && reasoned,
                "{PAGE}: {} is not two files and a reason",
                row[0]
            );
            pairs.insert(pair(files[0], files[1]));
        }
    }
    Ok(pairs)
}

fn pair(one: &str, other: &str) -> Pair {
    (one.min(other).to_owned(), one.max(other).to_owned())
}

/// The circles of all crates, and pairs on the page that are none.
pub(super) fn check(crates: &[Crate], pairs: &BTreeSet<Pair>) -> Vec<String> {
    let mut faults: Vec<_> = crates.iter().flat_map(|one| circles(one, pairs)).collect();
    for (one, other) in pairs {
        let knows = |from: &str, to: &str| {
            let arrows = crates
                .iter()
                .flat_map(|one| one.arrows.iter().map(move |arrow| (one, arrow)));
            arrows
                .clone()
                .any(|(one, arrow)| one.path(arrow.from) == from && one.path(arrow.to) == to)
        };
        if !knows(one, other) || !knows(other, one) {
            faults.push(format!("{PAGE} names {one} and {other}, which don't know each other"));
        }
    }
    faults
}

/// The circles of a crate: of each knot the shortest.
fn circles(one: &Crate, pairs: &BTreeSet<Pair>) -> Vec<String> {
    let group = groups(one, pairs);
    let mut arrows: BTreeMap<(usize, usize), &Arrow> = BTreeMap::new();
    let mut faults = Vec::new();
    for arrow in &one.arrows {
        let (from, to) = (group[arrow.from], group[arrow.to]);
        if from != to {
            arrows.entry((from, to)).or_insert(arrow);
        } else if !pairs.contains(&pair(one.path(arrow.from), one.path(arrow.to))) {
            faults.push(format!("{}: a circle over pairs that {PAGE} names", line(one, arrow)));
        }
    }
    for Knot { files, shortest } in knots(&arrows.keys().copied().collect()) {
        let steps = shortest.windows(2).map(|step| line(one, arrows[&(step[0], step[1])]));
        let steps = steps.collect::<Vec<_>>().join(",\n    ");
        let rest = match files.len() - (shortest.len() - 1) {
            0 => String::new(),
            more => format!("; {more} more in its knot"),
        };
        faults.push(format!("{steps}: a circle of files{rest}"));
    }
    faults
}

/// Every arrow between files that know each other by some way, a line each.
pub(super) fn shown(crates: &[Crate]) -> Vec<String> {
    let of = |one: &Crate| -> Vec<String> {
        let knots = knots(&one.arrows.iter().map(|arrow| (arrow.from, arrow.to)).collect());
        let inside = |arrow: &&Arrow| {
            let mut files = knots.iter().map(|knot| &knot.files);
            files.any(|files| files.contains(&arrow.from) && files.contains(&arrow.to))
        };
        let arrows = one.arrows.iter().filter(inside);
        arrows
            .map(|arrow| format!("in a circle: {}", line(one, arrow)))
            .collect()
    };
    crates.iter().flat_map(of).collect()
}

fn line(one: &Crate, arrow: &Arrow) -> String {
    let (from, to) = (one.path(arrow.from), one.path(arrow.to));
    format!("{from}:{} names {} of {to}", arrow.line, arrow.what)
}

/// The first file of those with which each counts as one.
fn groups(one: &Crate, pairs: &BTreeSet<Pair>) -> Vec<usize> {
    let mut group: Vec<usize> = (0..one.said.len()).collect();
    let numbers: BTreeMap<_, _> = group.iter().map(|&file| (one.path(file), file)).collect();
    for (first, second) in pairs {
        if let (Some(&first), Some(&second)) = (numbers.get(first.as_str()), numbers.get(second.as_str())) {
            let (kept, gone) = (group[first], group[second]);
            group.iter_mut().filter(|of| **of == gone).for_each(|of| *of = kept);
        }
    }
    group
}

/// All that know each other by some way.
pub(super) struct Knot {
    pub(super) files: Vec<usize>,
    /// One of its shortest circles; the first is the last as well.
    pub(super) shortest: Vec<usize>,
}

pub(super) fn knots(arrows: &BTreeSet<(usize, usize)>) -> Vec<Knot> {
    let mut seen = BTreeSet::new();
    let mut knots = Vec::new();
    let all: BTreeSet<usize> = arrows.iter().map(|(from, _)| *from).collect();
    for &file in &all {
        if seen.contains(&file) || way(arrows, file, file).is_none() {
            continue;
        }
        let in_knot = |other: usize| way(arrows, file, other).is_some() && way(arrows, other, file).is_some();
        let files: Vec<_> = all.iter().copied().filter(|&other| in_knot(other)).collect();
        seen.extend(files.iter().copied());
        let circles = files.iter().filter_map(|&file| way(arrows, file, file));
        let shortest = circles
            .min_by_key(Vec::len)
            .expect("each in a knot leads back to itself");
        knots.push(Knot { files, shortest });
    }
    knots
}

/// A shortest way along at least one arrow.
fn way(arrows: &BTreeSet<(usize, usize)>, from: usize, to: usize) -> Option<Vec<usize>> {
    let mut waiting = VecDeque::from([vec![from]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = waiting.pop_front() {
        let at = *way.last().expect("a way has a start");
        for &(_, next) in arrows.range((at, 0)..=(at, usize::MAX)) {
            if seen.insert(next) {
                let mut way = way.clone();
                way.push(next);
                if next == to {
                    return Some(way);
                }
                waiting.push_back(way);
            }
        }
    }
    None
}
