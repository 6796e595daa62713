//! What the tests of history share: a venue that makes events, an oracle that folds them without a database, and a look
//! at the rows themselves.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

pub mod oracle;
pub mod venue;

use history::{History, Keeper, Options, State};
use protocol::Committed;
use rusqlite::{Connection, OpenFlags, types::Value};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// A folder that goes with the test, and the file in it.
pub fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.db");
    (folder, file)
}

/// Transactions of a few facts, written at once.
pub fn small() -> Options {
    Options {
        batch_facts: 50,
        batch_time: Duration::from_millis(1),
        readers: 2,
        ..Options::default()
    }
}

pub fn open(file: &Path) -> (Keeper, History) {
    history::open(file, small()).unwrap()
}

pub fn take(keeper: &mut Keeper, batches: &[Committed]) {
    batches.iter().for_each(|batch| keeper.take(batch));
}

/// Waits until everything that was taken can be read.
pub fn settle(history: &History) {
    let taken = history.state().taken;
    assert!(
        history.wait_for(taken, Duration::from_secs(20)),
        "{:?}",
        history.state()
    );
    assert_eq!(history.state().state, State::Writing);
}

/// The whole journal into the file, from start to stop.
pub fn fold(file: &Path, batches: &[Committed]) {
    let (mut keeper, history) = open(file);
    take(&mut keeper, batches);
    keeper.replayed();
    settle(&history);
    keeper.close();
}

/// Every row of every table, in the order of its key.
pub fn dump(file: &Path) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).unwrap();
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut rows = Vec::new();
    for name in names {
        let mut query = connection.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = query.column_count();
        let read = |row: &rusqlite::Row<'_>| {
            let values: Vec<Value> = (0..columns).map(|column| row.get(column).unwrap()).collect();
            Ok(format!("{name} {values:?}"))
        };
        rows.extend(query.query_map([], read).unwrap().map(Result::unwrap));
    }
    rows
}
