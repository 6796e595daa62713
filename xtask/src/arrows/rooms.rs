//! The rooms of the engine: who may call whom, and what is state.
//!
//! A room is a folder of `engine/src`, or a file right under it; `exchange.rs` and `exchange/` are one room, `lib.rs` is
//! in none. An arrow goes to the file that defines what is named or called. Inside of a room and to a state file it is
//! free; else the other room stands in the row of this one. A state file knows state files alone, its own room's too.
//!
//! What is called is a method of `Exchange`, or a function or constant of it, that a block without a trait defines. Its
//! name is unique over all such blocks. Certain are `self.name(` in such a block, `Self::name` there, `Exchange::name`,
//! and `x.name(` where `x` is a parameter of that type or is called `exchange`. Whatever else has `.name(` behind it
//! counts as well, if no other type and no trait of the engine has a method of that name. `Exchange` is called so
//! everywhere. What is not seen: a call of a shared name through a variable that is called otherwise, and methods of other
//! types than `Exchange`, wherever they are defined.

use super::{
    circles::{Knot, knots},
    crates::Crate,
    page::{PAGE, named},
    said::{EXCHANGE, How},
};
use crate::tables::{below, ticked};
use anyhow::ensure;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

const HEADING: &str = "The rooms of the engine";

/// The columns: room, what it holds, its state files, whom it may call.
const COLUMNS: usize = 4;
const STATE: usize = 2;
const MAY_CALL: usize = 3;

/// A room's row on the page.
pub(super) struct Row {
    /// Its state files; none if all are.
    state: Option<BTreeSet<String>>,
    /// The rooms whose rules it may call; none if all.
    may: Option<BTreeSet<String>>,
}

impl Row {
    fn is_state(&self, file: &str) -> bool {
        self.state.as_ref().is_none_or(|state| state.contains(file))
    }
}

pub(super) type Rows = BTreeMap<String, Row>;

pub(super) fn rows(rules: &str) -> anyhow::Result<Rows> {
    let mut rows = Rows::new();
    for row in below(rules, HEADING)? {
        ensure!(
            row.len() == COLUMNS,
            "{PAGE}: the row of {} has not {COLUMNS} columns",
            row[0]
        );
        for room in ticked(row[0]) {
            let (state, may) = (named(row[STATE], "all"), named(row[MAY_CALL], "anything"));
            rows.insert(room.to_owned(), Row { state, may });
        }
    }
    Ok(rows)
}

/// How many rooms there are, and what is wrong with them.
pub(super) fn check(engine: &Crate, rows: &Rows) -> (usize, Vec<String>) {
    let mut rooms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (room, file) in (0..engine.said.len()).filter_map(|file| room(engine.path(file))) {
        rooms.entry(room).or_default().insert(file);
    }
    let mut faults = twice(engine);
    faults.extend(aliases(engine));
    faults.extend(unlike(&rooms, rows));
    faults.extend(upward(rows));
    faults.extend(arrows(engine).iter().filter_map(|arrow| judge(arrow, rows)));
    (rooms.len(), faults)
}

/// Every arrow between two rooms, a line each.
pub(super) fn shown(engine: &Crate) -> Vec<String> {
    let arrows = arrows(engine).into_iter().filter(|arrow| arrow.here.0 != arrow.there.0);
    let mut lines: Vec<_> = arrows
        .map(|arrow| format!("{} -> {}: {arrow}", arrow.here.0, arrow.there.0))
        .collect();
    lines.sort();
    lines
}

/// A file of the engine names or calls what another defines.
struct Arrow<'a> {
    from: &'a str,
    /// The room of that file, and its path inside.
    here: (&'a str, &'a str),
    line: usize,
    to: &'a str,
    there: (&'a str, &'a str),
    does: &'static str,
    what: &'a str,
}

impl fmt::Display for Arrow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            from,
            line,
            does,
            what,
            there: (room, _),
            to,
            ..
        } = self;
        write!(f, "{from}:{line} {does} {what} of {room} ({to})")
    }
}

/// The room of a file, and its path inside; none for the root of the crate.
fn room(path: &str) -> Option<(&str, &str)> {
    let (_, inside) = path.split_once("/src/")?;
    match inside.split_once('/') {
        Some(halves) => Some(halves),
        None if inside == "lib.rs" => None,
        None => Some((inside.strip_suffix(".rs")?, inside)),
    }
}

/// Methods of the exchange that have one name.
fn twice(engine: &Crate) -> Vec<String> {
    let mut homes: BTreeMap<&str, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for (file, said) in engine.said.iter().enumerate() {
        for defined in said.defined.iter().filter(|defined| defined.of_exchange) {
            let here = format!("{}:{}", engine.path(file), defined.line);
            if let Some(there) = homes.insert(&defined.name, here.clone()) {
                faults.push(format!("{EXCHANGE} has {} twice: {there} and {here}", defined.name));
            }
        }
    }
    faults
}

/// Imports that call the exchange by another name: behind it no call would be seen.
fn aliases(engine: &Crate) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, said) in engine.said.iter().enumerate() {
        for named in &said.named {
            let is_exchange = named.path.last().is_some_and(|last| last == EXCHANGE);
            if let How::Imported(Some(name)) = &named.how
                && is_exchange
                && name != EXCHANGE
            {
                faults.push(format!("{}:{} calls {EXCHANGE} {name}", engine.path(file), named.line));
            }
        }
    }
    faults
}

/// Where the page and the tree have other rooms or state files.
fn unlike(rooms: &BTreeMap<&str, BTreeSet<&str>>, rows: &Rows) -> Vec<String> {
    let mut faults = Vec::new();
    for room in rooms.keys().filter(|room| !rows.contains_key(**room)) {
        faults.push(format!("{room} of the engine has no row in {PAGE}"));
    }
    for (room, row) in rows {
        let Some(files) = rooms.get(room.as_str()) else {
            faults.push(format!("{room} has a row in {PAGE} and is no room of the engine"));
            continue;
        };
        let lost = |names: &Option<BTreeSet<String>>, there: &dyn Fn(&str) -> bool| {
            let names = names.iter().flatten().filter(|name| !there(name));
            names
                .map(|name| format!("the row of {room} in {PAGE} names {name}, which isn't there"))
                .collect::<Vec<_>>()
        };
        faults.extend(lost(&row.state, &|file| files.contains(file)));
        faults.extend(lost(&row.may, &|room| rooms.contains_key(room)));
    }
    faults
}

/// Rooms that by their rows may call each other: none stands above all that it calls.
fn upward(rows: &Rows) -> Vec<String> {
    let names: Vec<_> = rows.keys().collect();
    let may = |from: &str, to: &str| from != to && rows[from].may.as_ref().is_none_or(|may| may.contains(to));
    let pairs = (0..names.len()).flat_map(|from| (0..names.len()).map(move |to| (from, to)));
    let arrows = pairs.filter(|(from, to)| may(names[*from], names[*to])).collect();
    let shown = |Knot { shortest, .. }: Knot| {
        let rooms: Vec<_> = shortest.iter().map(|room| names[*room].as_str()).collect();
        format!("{PAGE} lets rooms call each other: {}", rooms.join(" -> "))
    };
    knots(&arrows).into_iter().map(shown).collect()
}

/// All arrows between files of the engine that lie in rooms.
fn arrows(engine: &Crate) -> Vec<Arrow<'_>> {
    let arrow = |from: usize, line: usize, to: usize, does: &'static str, what| {
        let (from, to) = (engine.path(from), engine.path(to));
        let (here, there) = (room(from)?, room(to)?);
        Some(Arrow {
            from,
            here,
            line,
            to,
            there,
            does,
            what,
        })
    };
    let named = engine.arrows.iter();
    let named = named.filter_map(|named| arrow(named.from, named.line, named.to, "names", named.what.as_str()));
    let called = calls(engine).into_iter();
    named
        .chain(called.filter_map(|((from, what), (line, to))| arrow(from, line, to, "calls", what)))
        .collect()
}

/// Who calls which method of the exchange that another file defines, with the first place where and that file.
fn calls(engine: &Crate) -> BTreeMap<(usize, &str), (usize, usize)> {
    let mut homes = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for (file, said) in engine.said.iter().enumerate() {
        for defined in &said.defined {
            if defined.of_exchange {
                homes.insert(defined.name.as_str(), file);
            } else {
                shared.insert(defined.name.as_str());
            }
        }
    }
    let mut calls = BTreeMap::new();
    for (from, said) in engine.said.iter().enumerate() {
        for called in &said.called {
            let name = called.name.as_str();
            if let Some(&home) = homes.get(name)
                && home != from
                && (called.certain || !shared.contains(name))
            {
                calls.entry((from, name)).or_insert((called.line, home));
            }
        }
    }
    calls
}

/// What is wrong with an arrow, by the rows.
fn judge(arrow: &Arrow<'_>, rows: &Rows) -> Option<String> {
    let ((here, file), (there, other)) = (arrow.here, arrow.there);
    let (row, theirs) = (rows.get(here)?, rows.get(there)?);
    if theirs.is_state(other) {
        return None;
    }
    if row.is_state(file) {
        return Some(format!(
            "{arrow}; {} is state and may know state alone ({PAGE})",
            arrow.from
        ));
    }
    let may = here == there || row.may.as_ref().is_none_or(|may| may.contains(there));
    (!may).then(|| format!("{arrow}; {here} may not call {there} ({PAGE})"))
}
