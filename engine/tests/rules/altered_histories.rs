//! Histories that chance alters: a command left out, asked again, by another, with another number or at another time. What
//! is asked then is asked by nobody in their senses, and breaks nothing: no panic, no invariant, no snapshot.

use crate::{
    floor::{check_named, stream::Random, times},
    histories::{History, histories},
};
use engine::{
    Exchange,
    book::{FastBook, PlainBook},
};
use protocol::{
    Command, Request, Seq, Timestamp, UserId,
    time::{DAY, SECOND},
    wire::{decode, encode},
};
use std::panic::{self, AssertUnwindSafe};

/// When, and an encoded request.
type Asked = (u64, Vec<u8>);

/// How many alterations `verify` tries.
const USUAL: u64 = 4_000;
/// The venue's clock is so far ahead of UTC.
const VENUE_AHEAD: u64 = 8 * 3_600 * SECOND;

fn encoded(request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(request, &mut bytes);
    bytes
}

/// A place of a list, rather a late one: what is late is asked of a state that has something of everything.
fn late(random: &mut Random, length: usize) -> usize {
    let before_the_end = random.below(length as u64) + 1;
    length - 1 - random.below(before_the_end) as usize
}

fn place(random: &mut Random, length: usize) -> usize {
    random.below(length as u64) as usize
}

/// Alters a history in one way; `other` is one to ask something of.
fn alter(history: &mut Vec<Asked>, other: &[Asked], random: &mut Random) {
    let at = late(random, history.len());
    let from = place(random, history.len());
    match random.below(8) {
        0 if history.len() > 1 => {
            history.remove(at);
        }
        1 => {
            let again = (history[at].0, history[from].1.clone());
            history.insert(at + 1, again);
        }
        2 => {
            let theirs = other[late(random, other.len())].1.clone();
            history.insert(at + 1, (history[at].0, theirs));
        }
        3 => {
            let by = decode(&history[from].1).map(|request| request.by);
            let anyone = UserId(random.below(10) as u32);
            if let (Ok(mut request), Ok(by)) = (decode(&history[at].1), by) {
                request.by = random.of(&[by, anyone]);
                history[at].1 = encoded(&request);
            }
        }
        4 => {
            // To the beginning of a day of the venue, or a nanosecond beside it.
            let day = (history[at].0 + VENUE_AHEAD) / DAY + 1 + random.below(400);
            let then = day * DAY - VENUE_AHEAD - 1 + random.below(3);
            for asked in &mut history[at..] {
                asked.0 = asked.0.max(then);
            }
        }
        5 => {
            let bytes = &history[from].1;
            let theirs = bytes[place(random, bytes.len())];
            let bytes = &mut history[at].1;
            let here = place(random, bytes.len());
            bytes[here] = theirs;
        }
        _ => {
            let bytes = &mut history[at].1;
            let here = place(random, bytes.len());
            bytes[here] = bytes[here].wrapping_add(random.of(&[1, u8::MAX]));
        }
    }
}

/// The history that is left of it: what doesn't decode is not asked, and each command comes after the one before. A sealed
/// request is opened at the border, and never comes so far.
fn left_of(altered: &[Asked]) -> History {
    let mut history = History::new();
    for (at, request) in altered {
        let Ok(body) = decode(request) else { continue };
        if matches!(body.command, Command::Sealed(_)) {
            continue;
        }
        let before = history.last().map_or(0, |asked: &protocol::Stamped<_>| asked.at.0);
        history.push(protocol::Stamped {
            seq: Seq(history.len() as u64 + 1),
            at: Timestamp((*at).max(before + 1)),
            body,
        });
    }
    history
}

/// Asks all of it on both books.
fn ask(history: &History) {
    let (mut fast, mut plain) = (Exchange::<FastBook>::new(), Exchange::<PlainBook>::new());
    for asked in history {
        let (mut events, mut expected) = (Vec::new(), Vec::new());
        let answer = fast.apply(asked, &mut events);
        assert_eq!(answer, plain.apply(asked, &mut expected));
        check_named(asked, &answer);
        assert_eq!(events, expected);
    }
    fast.check_invariants().expect("every invariant holds");
    let loaded = Exchange::<PlainBook>::load(&fast.save()).expect("what was saved can be loaded");
    assert_eq!(fast.state_hash(), loaded.state_hash());
    assert_eq!(fast.state_hash(), plain.state_hash());
}

#[test]
fn what_chance_makes_of_a_history_breaks_nothing() {
    let encode_all = |history: &History| -> Vec<Asked> {
        let asked = history.iter();
        asked.map(|asked| (asked.at.0, encoded(&asked.body))).collect()
    };
    let histories: Vec<_> = histories().iter().map(encode_all).collect();
    for seed in 0..times(USUAL) {
        let mut random = Random(seed);
        let number = place(&mut random, histories.len());
        // Those beside it begin alike, so that what they ask about is here too.
        let beside = (number + place(&mut random, 8)).min(histories.len() - 1);
        let mut altered = histories[number].clone();
        for _ in 0..=random.below(3) {
            alter(&mut altered, &histories[beside], &mut random);
        }
        let history = left_of(&altered);
        if panic::catch_unwind(AssertUnwindSafe(|| ask(&history))).is_err() {
            panic!("seed {seed}, from history {number}: {history:#?}");
        }
    }
}
