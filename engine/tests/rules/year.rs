//! A year of the venue: random filings on both books, and an auditor who knows nothing of the engine.
//!
//! The plain book is the oracle of the fast one: same commands, same events, same answers, same state. The auditor
//! hears what everyone hears and says what does not add up. In the end every kind of deal has come to each of its ends,
//! so nothing of this passes by doing nothing.

use crate::auditor::Auditor;
use crate::filings::Filings;
use crate::floor::{OPENING, searches_all, stream::Ask, times};
use engine::{
    Exchange,
    book::{Book, FastBook, PlainBook},
};
use protocol::{Answer, Event, Outcome, Request, Stamped, Timestamp, rules::Profile, time::DAY};
use std::{collections::BTreeMap, sync::Mutex, thread};

/// Years on each profile.
const SEEDS: u64 = 16;
/// How long each is.
const YEAR: u64 = 365 * DAY;
/// After so many commands the engine's own invariants are asked, and the two states compared.
const ASKED_EVERY: u64 = 50;

/// After so many commands the fast one goes on from its own snapshot.
const SAVED_EVERY: u64 = 1_000;

/// What the years of a profile have to have seen, all seeds taken together: every end of every deal, and rules that
/// bit.
const ENDS: [&str; 54] = [
    "rights expired",
    "rights suspended",
    "rights delisted",
    "rights invalidated",
    "parts refined",
    "rights described",
    "uses of works licensed",
    "dues late",
    "holds lifted",
    "holds lapsed",
    "consents withdrawn",
    "consents run out",
    "licences withdrawn",
    "licences dissolved",
    "licences refunded",
    "licences effective",
    "licences recorded",
    "licences refused recordal",
    "licences expired",
    "licences terminated",
    "licences that survived a sale",
    "open licences taken",
    "open licences ended",
    "sales cancelled",
    "sales refused",
    "sales failed with money held",
    "sales paid",
    "sales printed",
    "titles passed",
    "proposals done",
    "proposals failed",
    "proposals refused",
    "proposals lapsed",
    "rule books",
    "cash in",
    "cash out",
    "withdrawals",
    "ALREADY_OFFERED",
    "ANNUITY_UNPAID",
    "BEST_BID_BINDS",
    "BID_BELOW_ASK",
    "CONTRACT_DIFFERS",
    "CO_OWNER_CONSENT_REQUIRED",
    "EXPORT_CHECK_REQUIRED",
    "HOLDER_CAP_200",
    "HOLD_STANDS",
    "INSUFFICIENT_CASH",
    "LICENCE_CONFLICT",
    "OWN_RIGHT",
    "RIGHT_FROZEN",
    "SAME_PERSON",
    "T5_LOCK",
    "TERM_BEYOND_RIGHT",
    "TWO_PEOPLE_NEEDED",
];
/// And what a market of units has to have seen besides.
const ENDS_OF_UNITS: [&str; 18] = [
    "trades",
    "tranches subscribed",
    "tranches filled",
    "tranches closed",
    "units consumed",
    "orders not filled",
    "orders cancelled by request",
    "orders cancelled by self-trade",
    "orders cancelled by expiry",
    "orders cancelled by freeze",
    "orders cancelled by suspension",
    "orders cancelled by consent",
    "orders cancelled by invalidation",
    "orders cancelled by delisting",
    "orders cancelled by changed rules",
    "INSUFFICIENT_UNITS",
    "NOT_TRADING",
    "SUPPLY_EXHAUSTED",
];

/// Tells an exchange the next command.
fn tell<B: Book>(exchange: &mut Exchange<B>, stamped: &Stamped<Request>) -> (Answer, Vec<Stamped<Event>>) {
    let mut events = Vec::new();
    let answer = exchange.apply(stamped, &mut events);
    (answer, events)
}

/// A year of this seed; what happened in it, and how often.
fn year(profile: Profile, seed: u64) -> BTreeMap<&'static str, u64> {
    let (mut fast, mut plain) = (Exchange::<FastBook>::new(), Exchange::<PlainBook>::new());
    let mut books = Auditor::default();
    let mut filings = Filings::new(seed, profile);
    let mut at = OPENING;
    while at < OPENING + YEAR {
        let ask = filings.next(&books);
        at += ask.wait + 1;
        let Ask {
            by,
            client,
            ref command,
            ..
        } = ask;
        let stamped = Stamped {
            seq: fast.seq().next(),
            at: Timestamp(at),
            body: Request {
                by,
                client: client.map(Into::into),
                command: command.clone(),
            },
        };
        let (answer, events) = tell(&mut fast, &stamped);
        let place = || format!("{} {seed}, {stamped:?}", profile.word());
        if let Err(broken) = books.hear(&stamped, &answer, &events) {
            panic!("{}, {:?}: {broken}; {events:?}", place(), books.doing());
        }
        assert_eq!((answer, events), tell(&mut plain, &stamped), "{}", place());
        match answer.outcome {
            Outcome::Done(_) => books.count("done"),
            Outcome::Rejected(reject) => {
                books.count("rejected");
                books.count(reject.code());
            }
        }
        if stamped.seq.0 % ASKED_EVERY == 0 {
            if let Err(broken) = fast.check_invariants() {
                panic!("{}: {broken}", place());
            }
            assert_eq!(fast.state_hash(), plain.state_hash(), "{}", place());
        }
        if stamped.seq.0 % SAVED_EVERY == 0 {
            fast = Exchange::load(&fast.save()).expect("what was saved can be read");
        }
        filings.heard(&ask, &answer, &books);
    }
    assert_eq!(fast.state_hash(), plain.state_hash(), "{} {seed}", profile.word());
    books.counts
}

#[test]
fn a_year_of_filings_adds_up() {
    let cores = thread::available_parallelism().map_or(2, usize::from) as u64;
    let of_units = [&ENDS[..], &ENDS_OF_UNITS[..]].concat();
    // Books of units end in more ways, and some are rare.
    for (profile, seeds, ends) in [
        (Profile::CnVenue, SEEDS, ENDS.to_vec()),
        (Profile::UnitMarket, 3 * SEEDS, of_units),
    ] {
        let seeds = times(seeds);
        let sums = Mutex::new(BTreeMap::<&str, u64>::new());
        let run = |seed| {
            let counts = year(profile, seed);
            let mut sums = sums.lock().unwrap();
            for (what, count) in counts {
                *sums.entry(what).or_default() += count;
            }
        };
        thread::scope(|scope| {
            for core in 0..cores {
                scope.spawn(move || (0..seeds).filter(|seed| seed % cores == core).for_each(run));
            }
        });
        let sums = sums.into_inner().unwrap();
        eprintln!("{}: {sums:#?}", profile.word());
        for end in ends.into_iter().filter(|_| searches_all()) {
            assert!(sums.contains_key(end), "{}: no {end}", profile.word());
        }
    }
}
