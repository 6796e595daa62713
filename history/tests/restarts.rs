//! Whatever ends a run, and whatever file is found, the rows end as those of one run over the whole journal.

mod common;

use common::{
    dump, fold, open, place, settle, small, take,
    venue::{Random, Venue},
};
use history::{Error, Keeper, Options, Owner, State, Stopped, Window};
use protocol::{Committed, EntityId};
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

fn journal(seed: u64) -> Vec<Committed> {
    Venue::batches(seed, Some(seed + 100), 30, 20)
}

/// The rows of one run over a journal.
fn rows(batches: &[Committed]) -> Vec<String> {
    let (_folder, file) = place();
    fold(&file, batches);
    dump(&file)
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[test]
fn a_run_goes_on_where_the_one_before_ended() {
    let batches = journal(1);
    let expected = rows(&batches);
    for ended in [1, 7, 15, 29, 30] {
        let (_folder, file) = place();
        fold(&file, &batches[..ended]);
        let before = dump(&file);
        assert_eq!(before, rows(&batches[..ended]));
        fold(&file, &batches);
        assert_eq!(dump(&file), expected, "after {ended} batches");
        assert!(!beside(&file, ".aside").exists() && !beside(&file, ".spool").exists());
    }
}

#[test]
fn a_run_that_was_killed_leaves_a_prefix() {
    let batches = journal(2);
    let expected = rows(&batches);
    let (folder, file) = place();
    let hold = Arc::new(Mutex::new(()));
    let options = Options {
        hold: Some(hold.clone()),
        ..small()
    };
    let (mut keeper, history) = history::open(&file, options).unwrap();
    let mut random = Random(5);
    let mut copies = 0;
    for (place, batch) in batches.iter().enumerate() {
        keeper.take(batch);
        if place % 5 != 3 {
            continue;
        }
        // Between two transactions, as a killed process leaves its files; and with the end of the log torn, as a
        // machine leaves it that lost its power.
        thread::sleep(Duration::from_millis(random.below(5)));
        let held = hold.lock().unwrap();
        for torn in [0, random.below(3_000), random.below(60_000)] {
            copies += 1;
            let copy = folder.path().join(format!("copy-{copies}.db"));
            fs::copy(&file, &copy).unwrap();
            let log = fs::read(beside(&file, "-wal")).unwrap_or_default();
            let kept = log.len().saturating_sub(torn as usize);
            fs::write(beside(&copy, "-wal"), &log[..kept]).unwrap();
        }
        drop(held);
    }
    settle(&history);
    keeper.close();
    assert_eq!(dump(&file), expected);
    for copy in 1..=copies {
        let copy = folder.path().join(format!("copy-{copy}.db"));
        fold(&copy, &batches);
        assert_eq!(dump(&copy), expected, "{}", copy.display());
        assert!(!beside(&copy, ".aside").exists(), "it was a prefix");
    }
}

#[test]
fn a_file_that_is_gone_is_made_anew_to_the_same_rows() {
    let batches = journal(3);
    let (_folder, file) = place();
    fold(&file, &batches);
    let before = dump(&file);
    fs::remove_file(&file).unwrap();
    fold(&file, &batches);
    assert_eq!(dump(&file), before);
}

#[test]
fn another_journals_file_is_moved_aside() {
    let (mine, other) = (journal(4), journal(5));
    let (_folder, file) = place();
    fold(&file, &other);
    let others = dump(&file);
    fold(&file, &mine);
    assert_eq!(dump(&file), rows(&mine));
    assert_eq!(dump(&beside(&file, ".aside")), others, "nothing of it is lost");
}

#[test]
fn a_file_that_is_ahead_of_the_journal_is_made_anew() {
    let batches = journal(6);
    let (_folder, file) = place();
    fold(&file, &batches);
    // The last commands are gone, and the venue goes on without them.
    let (mut keeper, history) = open(&file);
    take(&mut keeper, &batches[..20]);
    assert_eq!(history.state().state, State::Confirming);
    let owner = Owner::Entity(EntityId(1));
    let read = || history.fills(owner, None, &Window::default());
    assert!(matches!(read(), Err(Error::Starting)), "it may be another's");
    keeper.replayed();
    settle(&history);
    assert!(read().is_ok());
    take(&mut keeper, &batches[20..21]);
    settle(&history);
    keeper.close();
    assert_eq!(dump(&file), rows(&batches[..21]));
}

#[test]
fn a_damaged_file_is_made_anew() {
    let batches = journal(7);
    let expected = rows(&batches);
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 5] = [
        ("not a database", |bytes| {
            *bytes = b"this is no database, whatever its name says".repeat(200)
        }),
        ("a broken head", |bytes| bytes[..100].fill(7)),
        ("a page of nothing", |bytes| bytes[4_096 * 5..4_096 * 6].fill(0)),
        ("a page of anything", |bytes| {
            bytes[4_096 * 9 + 8..4_096 * 10].fill(0xA5)
        }),
        ("cut off", |bytes| bytes.truncate(4_096 * 7)),
    ];
    for (what, damage) in damages {
        let (_folder, file) = place();
        fold(&file, &batches);
        let mut bytes = fs::read(&file).unwrap();
        damage(&mut bytes);
        fs::write(&file, bytes).unwrap();
        fold(&file, &batches);
        assert_eq!(dump(&file), expected, "{what}");
        assert!(beside(&file, ".aside").exists(), "{what}");
    }
}

#[test]
fn a_file_of_another_version_is_made_anew() {
    let batches = journal(8);
    let (_folder, file) = place();
    fold(&file, &batches);
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    fold(&file, &batches);
    assert_eq!(dump(&file), rows(&batches));
}

/// A writer that is held, with room for few facts.
fn held(file: &Path) -> (Keeper, history::History, Arc<Mutex<()>>) {
    let hold = Arc::new(Mutex::new(()));
    let options = Options {
        queue_facts: 100,
        hold: Some(hold.clone()),
        ..small()
    };
    let (keeper, history) = history::open(file, options).unwrap();
    (keeper, history, hold)
}

#[test]
fn what_waits_is_spooled_and_nothing_is_lost() {
    let batches = journal(9);
    let (_folder, file) = place();
    let (mut keeper, history, hold) = held(&file);
    let guard = hold.lock().unwrap();
    take(&mut keeper, &batches[..20]);
    let standing = history.state();
    assert!(standing.spooled > 10_000 && standing.kept == 0, "{standing:?}");
    drop(guard);
    take(&mut keeper, &batches[20..]);
    settle(&history);
    assert_eq!(history.state().spooled, 0);
    assert!(!beside(&file, ".spool").exists(), "an empty spool is deleted");
    keeper.close();
    assert_eq!(dump(&file), rows(&batches));
}

#[test]
fn a_stop_writes_what_waits() {
    let batches = journal(10);
    let (_folder, file) = place();
    let (mut keeper, _history, hold) = held(&file);
    let guard = hold.lock().unwrap();
    take(&mut keeper, &batches);
    drop(guard);
    keeper.close();
    assert_eq!(dump(&file), rows(&batches));
}

#[test]
fn a_disk_that_refuses_is_waited_for() {
    let batches = journal(11);
    let (_folder, file) = place();
    let (mut keeper, history) = open(&file);
    take(&mut keeper, &batches[..5]);
    settle(&history);
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    take(&mut keeper, &batches[5..]);
    let begun = Instant::now();
    while history.state().state != State::DiskRefuses {
        assert!(begun.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(10));
    }
    assert!(
        history
            .fills(Owner::Entity(EntityId(1)), None, &Window::default())
            .is_ok(),
        "what is written can be read"
    );
    other.execute_batch("ROLLBACK").unwrap();
    let taken = history.state().taken;
    assert!(history.wait_for(taken, Duration::from_secs(10)));
    assert_eq!(history.state().state, State::Writing);
    keeper.close();
    assert_eq!(dump(&file), rows(&batches));
}

#[test]
fn events_that_contradict_each_other_stop_it_and_nothing_else() {
    let batches = journal(12);
    let (_folder, file) = place();
    let (mut keeper, history) = open(&file);
    take(&mut keeper, &batches[..10]);
    settle(&history);
    // The first order is told again.
    take(&mut keeper, &batches[..10]);
    let taken = history.state().taken;
    assert!(!history.wait_for(taken, Duration::from_secs(10)));
    assert_eq!(history.state().state, State::Stopped(Stopped::Contradiction));
    take(&mut keeper, &batches[10..]);
    assert_eq!(history.state().spooled, 0, "nothing gathers");
    assert!(
        history
            .fills(Owner::Entity(EntityId(1)), None, &Window::default())
            .is_ok()
    );
    keeper.close();
    assert_eq!(dump(&file), rows(&batches[..10]));
}
