//! Nothing of what is sealed reaches the disk before its lot is closed, nor anything that follows from it.

mod common;

use common::{
    dump, place, settle, small, take,
    venue::{ACCOUNTS, SECRET, SECRET_ID, Venue},
};
use history::{Options, Window};
use protocol::{AccountId, Committed, Currency, Seq};
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

/// The bytes that every secret amount has in the encodings of the database and of postcard, with either sign.
fn patterns() -> Vec<Vec<u8>> {
    let big_end_first = |amount: i64| amount.to_be_bytes()[1..6].to_vec();
    let mut varint = Vec::new();
    let mut rest = 2 * SECRET;
    while rest > 0 {
        varint.push((rest & 0x7F) as u8 | if rest > 0x7F { 0x80 } else { 0 });
        rest >>= 7;
    }
    vec![
        big_end_first(SECRET),
        big_end_first(-SECRET - 1),
        varint[3..].to_vec(),
        protocol::wire::client_trace(SECRET_ID).to_vec(),
        SECRET_ID.as_bytes().to_vec(),
    ]
}

fn holds_secrets(folder: &Path) -> bool {
    let patterns = patterns();
    fs::read_dir(folder).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let found = |pattern: &Vec<u8>| bytes.windows(pattern.len()).any(|window| window == pattern.as_slice());
        patterns.iter().any(found)
    })
}

/// A journal whose lots stay open, and the venue that goes on with it.
fn journal(hidden: Option<u64>) -> (Venue, Vec<Committed>) {
    let mut venue = Venue::new(21, hidden);
    venue.closes = false;
    let batches = (0..30).map(|_| venue.run(30)).collect();
    (venue, batches)
}

fn last(batches: &[Committed]) -> Seq {
    batches.last().unwrap().up_to
}

#[test]
fn hidden_commands_leave_no_trace_before_the_close() {
    let (mut bidden, with) = journal(Some(3));
    let (_, without) = journal(None);
    assert!(bidden.hidden_bids > 100 && last(&with).0 > last(&without).0 + 100);
    let (with_folder, with_file) = place();
    let (_without_folder, without_file) = place();
    let open = |file: &Path| history::open(file, small()).unwrap();
    let (mut keeper, history) = open(&with_file);
    let (mut plain_keeper, plain) = open(&without_file);
    take(&mut keeper, &with);
    take(&mut plain_keeper, &without);
    settle(&history);
    settle(&plain);
    // The same rows, the same count of facts with the same hash (both are rows), the same answers.
    assert_eq!(dump(&with_file), dump(&without_file));
    assert_eq!(history.state(), plain.state());
    for account in (0..=ACCOUNTS).map(AccountId) {
        let asked = Window::default();
        let lines = |history: &history::History| history.cash(account, Currency::Cny, &asked).unwrap();
        assert_eq!(lines(&history), lines(&plain));
    }
    assert!(!holds_secrets(with_folder.path()), "the file or its log holds a secret");
    plain_keeper.close();
    // With the close of their lots they are kept: so the search above finds what there is.
    take(&mut keeper, &[bidden.close_all()]);
    settle(&history);
    assert!(holds_secrets(with_folder.path()));
    keeper.close();
}

#[test]
fn the_spool_holds_no_secret_and_no_trace() {
    let spool = |hidden: Option<u64>, close: bool| {
        let (mut venue, mut batches) = journal(hidden);
        if close {
            batches.push(venue.close_all());
        }
        let (folder, file) = place();
        let hold = Arc::new(Mutex::new(()));
        let options = Options {
            queue_facts: 0,
            hold: Some(hold.clone()),
            ..small()
        };
        let guard = hold.lock().unwrap();
        let (mut keeper, _history) = history::open(&file, options).unwrap();
        take(&mut keeper, &batches);
        let bytes = fs::read(folder.path().join("history.db.spool")).unwrap();
        let is_found = holds_secrets(folder.path());
        drop(guard);
        keeper.close();
        (bytes, is_found)
    };
    let (with, is_found) = spool(Some(3), false);
    assert!(!is_found && with.len() > 10_000);
    assert!(with == spool(None, false).0, "byte for byte");
    assert!(spool(Some(3), true).1, "after the close they may lie there");
}

#[test]
fn a_restart_keeps_what_is_sealed_waiting() {
    let (mut venue, mut batches) = journal(Some(3));
    let (folder, file) = place();
    common::fold(&file, &batches);
    assert!(!holds_secrets(folder.path()));
    batches.push(venue.close_all());
    common::fold(&file, &batches);
    let (_other, once) = place();
    common::fold(&once, &batches);
    assert_eq!(dump(&file), dump(&once));
    assert!(holds_secrets(folder.path()));
}
