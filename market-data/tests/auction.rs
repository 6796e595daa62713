//! The logs of lots on the feed: numbered, chained, whole, and the same after a restart.

mod venue;

use market_data::{
    Channel, Closed, Folder, Limits, MarketData, Receiver, Resume, Selection, Signer, SubscribeError, Wanted,
    auction_log::symbol,
    new,
    replica::{Replica, ReplicaError},
};
use protocol::{
    Committed, Symbol, Timestamp,
    auction::{Lot, LotState},
};
use serde_json::Value;
use venue::{Venue, lots};

const NOW: Timestamp = Timestamp(1_772_416_800_123_456_789);
const ALL: Selection = Selection::All {
    shard: None,
    from: vec![],
};

fn signed(limits: Limits) -> (MarketData, Folder) {
    let (data, folder) = new(limits);
    data.sign_with(Signer {
        public_key: "ab".into(),
        sign: Box::new(|text| format!("<{}>", text.replace('\n', "/"))),
    });
    (data, folder)
}

fn one(lot: &Lot, from_seq: Option<u64>) -> Selection {
    let symbol = symbol(lot.lot);
    Selection::Symbols(vec![Wanted { symbol, from_seq }])
}

fn drain(receiver: &mut Receiver) -> Vec<String> {
    let next = || Some(receiver.try_next(|| NOW)?.expect("the client keeps up").to_vec());
    std::iter::from_fn(next)
        .map(|frame| String::from_utf8(frame).unwrap())
        .collect()
}

fn frames_of(data: &MarketData, selection: &Selection) -> Vec<String> {
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::Auction, selection).unwrap();
    drain(&mut receiver)
}

/// Three lots, the second with fifty bids among orders on the books.
fn told() -> (Vec<Committed>, Vec<Lot>) {
    let (mut venue, mut batches) = Venue::open(3, 4, 3);
    let mut announced = vec![];
    for _ in 0..3 {
        let (lot, told) = venue.announce();
        batches.push(told);
        announced.push(lot);
        batches.push(venue.step());
    }
    let mut lot = announced[1].clone();
    lot.state = LotState::Open;
    batches.push(venue.publish([lots::notice(lot.clone())]));
    for bids in 1..=50 {
        batches.push(venue.publish([lots::bid(&lot, bids)]));
        batches.push(venue.step());
    }
    (batches, announced)
}

#[test]
fn a_log_is_chained_from_its_first_step_for_who_comes_early_and_late() {
    let (batches, announced) = told();
    let (data, mut folder) = signed(Limits::default());
    let (subscriber, mut early) = data.connect();
    subscriber.subscribe(Channel::Auction, &ALL).unwrap();
    let mut live = vec![];
    for batch in &batches {
        folder.fold(batch, NOW);
        live.extend(drain(&mut early));
    }
    let mut copy = Replica::new();
    for lot in &announced {
        copy.resume("auction", symbol(lot.lot).as_str(), 0);
    }
    // Who was there before the lots begins each with what there is of it.
    let of = |frames: &[String], lot: &Lot| -> Vec<String> {
        let name = format!("\"{}\"", symbol(lot.lot));
        frames.iter().filter(|frame| frame.contains(&name)).cloned().collect()
    };
    let late = frames_of(&data, &one(&announced[1], Some(0)));
    assert_eq!(late.len(), 52);
    let applied: Vec<_> = late.iter().map(|frame| copy.apply(frame).unwrap().unwrap()).collect();
    assert!(applied.iter().all(|applied| applied.proven && !applied.snapshot));
    let seen = of(&live, &announced[1]);
    assert_eq!(
        seen[seen.len() - 51..],
        late[1..],
        "live and remembered frames are the same"
    );
    // Each frame that turned the lot is signed, and no bid.
    for frame in &late {
        assert_eq!(frame.contains("\"signature\""), frame.contains("{\"lot\":"), "{frame}");
    }
    // A snapshot is the lot as it stands, with the bids folded in.
    let snapshot: Value = serde_json::from_str(&frames_of(&data, &one(&announced[1], None))[0]).unwrap();
    assert_eq!(
        (
            &snapshot["seq"],
            &snapshot["lot"]["bids"],
            &snapshot["lot"]["best"]["amount"],
            &snapshot["lot"]["state"]
        ),
        (&52.into(), &50.into(), &"50.00".into(), &"open".into()),
        "{snapshot}"
    );
    let last: Value = serde_json::from_str(&late[51]).unwrap();
    assert_eq!(snapshot["head"], last["head"]);
    let word = format!(
        "<zhiheng auction head 1/lot {}/seq 52/head {}/>",
        announced[1].lot.0,
        last["head"].as_str().unwrap()
    );
    assert_eq!(snapshot["signature"], word);
    // A step that was changed does not follow.
    let mut other = Replica::new();
    other.resume("auction", symbol(announced[1].lot).as_str(), 0);
    other.apply(&late[0]).unwrap();
    let changed = late[1].replacen("\"round\":1", "\"round\":2", 1);
    assert!(changed != late[1]);
    assert!(matches!(other.apply(&changed), Err(ReplicaError::Chain { seq: 2, .. })));
}

#[test]
fn a_restart_gives_the_same_log_and_a_client_goes_on_across_it() {
    let (batches, announced) = told();
    let logs: Vec<Vec<u8>> = [1, 7, batches.len()]
        .into_iter()
        .map(|size| {
            let (data, mut folder) = signed(Limits::default());
            batches
                .chunks(size)
                .for_each(|chunk| folder.fold(&venue::join(chunk), NOW));
            let page = data.auction_log(announced[1].lot, 0, usize::MAX).unwrap();
            assert_eq!((page.last, page.end), (52, 52));
            let all = frames_of(&data, &one(&announced[1], Some(0)));
            for from in [1, 30, 51, 52] {
                let rest = frames_of(&data, &one(&announced[1], Some(from)));
                assert_eq!(rest, all[from as usize..]);
            }
            page.text
        })
        .collect();
    assert!(logs[1..].iter().all(|log| *log == logs[0]));
    assert!(!String::from_utf8_lossy(&logs[0]).contains("sent_at"));
}

#[test]
fn all_lots_and_all_books_are_followed_side_by_side() {
    let (batches, announced) = told();
    let (data, mut folder) = signed(Limits::default());
    let (middle, rest) = batches.split_at(9);
    folder.fold(&venue::join(middle), NOW);
    let (subscriber, mut receiver) = data.connect();
    for channel in [Channel::BookL2, Channel::Trades, Channel::Auction] {
        subscriber.subscribe(channel, &ALL).unwrap();
    }
    let private = subscriber.subscribe(Channel::Executions, &ALL);
    assert_eq!(private, Err(SubscribeError::Private));
    let mut copy = Replica::new();
    let mut take = |frames: Vec<String>| frames.iter().for_each(|frame| _ = copy.apply(frame).unwrap());
    take(drain(&mut receiver));
    for batch in rest {
        folder.fold(batch, NOW);
        take(drain(&mut receiver));
    }
    for lot in &announced {
        let symbol = symbol(lot.lot);
        assert_eq!(
            copy.seq("auction", symbol.as_str()),
            data.last_seq(Channel::Auction, &symbol)
        );
    }
    // Names of what is no lot.
    for unknown in ["LOT-999", "LOT-007", "LIC-1", "LOT-"] {
        let symbol = Symbol::new(unknown).unwrap();
        let wanted = Selection::Symbols(vec![Wanted { symbol, from_seq: None }]);
        let (subscriber, _receiver) = data.connect();
        let refused = subscriber.subscribe(Channel::Auction, &wanted);
        assert_eq!(refused, Err(SubscribeError::UnknownSymbol(symbol)), "{unknown}");
    }
}

#[test]
fn a_lot_that_is_announced_while_all_are_followed_begins_with_its_first_step() {
    let (mut venue, opening) = Venue::open(3, 4, 1);
    let (data, mut folder) = signed(Limits::default());
    folder.fold(&venue::join(&opening), NOW);
    let (before, told) = venue.announce();
    folder.fold(&told, NOW);
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::Auction, &ALL).unwrap();
    let mut copy = Replica::new();
    let begun = |frames: &[String]| {
        frames
            .iter()
            .map(|frame| frame.starts_with(r#"{"type":"snapshot""#))
            .collect::<Vec<_>>()
    };
    let frames = drain(&mut receiver);
    // What was there stands as it is now.
    assert_eq!(begun(&frames), [true]);
    frames.iter().for_each(|frame| _ = copy.apply(frame).unwrap());
    let (mut lot, told) = venue.announce();
    folder.fold(&told, NOW);
    lot.state = LotState::Open;
    folder.fold(&venue.publish([lots::notice(lot.clone())]), NOW);
    folder.fold(&venue.publish([lots::bid(&lot, 1)]), NOW);
    let frames = drain(&mut receiver);
    assert_eq!(begun(&frames), [false; 3]);
    for (frame, seq) in frames.iter().zip(1..) {
        let applied = copy.apply(frame).unwrap().unwrap();
        assert_eq!((applied.seq, applied.proven), (seq, true), "{frame}");
    }
    assert_ne!(before.lot, lot.lot);
}

#[test]
fn who_does_not_keep_up_is_told_where_to_go_on_and_misses_nothing() {
    let limits = Limits {
        queue_frames: 10,
        ..Limits::default()
    };
    let (mut venue, opening) = Venue::open(3, 4, 1);
    let (data, mut folder) = signed(limits);
    folder.fold(&venue::join(&opening), NOW);
    let (mut lot, told) = venue.announce();
    folder.fold(&told, NOW);
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::Auction, &one(&lot, None)).unwrap();
    assert_eq!(drain(&mut receiver).len(), 1);
    lot.state = LotState::Open;
    (1..=12).for_each(|bids| folder.fold(&venue.publish([lots::bid(&lot, bids)]), NOW));
    let closed = receiver.try_next(|| NOW).unwrap().unwrap_err();
    let resume = vec![Resume {
        channel: Channel::Auction,
        symbol: symbol(lot.lot),
        seq: Some(1),
    }];
    assert_eq!(closed, Closed::TooSlow { resume });
    assert_eq!(frames_of(&data, &one(&lot, Some(1))).len(), 12);
}
