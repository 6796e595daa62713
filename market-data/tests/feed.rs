//! The feeds, judged by the replica: a client's copy that checks every number and every checksum.

mod venue;

use market_data::{
    Channel, Closed, Folder, Limits, MarketData, Receiver, Resume, Selection, Shard, SubscribeError, Subscriber,
    Wanted, new,
    replica::{Applied, Replica},
};
use protocol::{InstrumentId, Side, Symbol, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use venue::{Venue, join};

const NOW: Timestamp = Timestamp(1_772_416_800_123_456_789);
/// The channels of a listing.
const BOOKS: [Channel; 2] = [Channel::BookL2, Channel::Trades];
const ALL: Selection = Selection::All {
    shard: None,
    from: vec![],
};

fn opened(seed: u64, listings: u32, limits: Limits) -> (Venue, MarketData, Folder) {
    let (venue, opening) = Venue::open(seed, 4, listings);
    let (data, mut folder) = new(limits);
    folder.fold(&join(&opening), NOW);
    (venue, data, folder)
}

fn run(venue: &mut Venue, folder: &mut Folder, commands: usize) {
    (0..commands).for_each(|_| folder.fold(&venue.step(), NOW));
}

fn symbol(number: u32) -> Symbol {
    Symbol::new(&format!("LIC-{number}")).unwrap()
}

fn one(number: u32, from_seq: Option<u64>) -> Selection {
    Selection::Symbols(vec![Wanted {
        symbol: symbol(number),
        from_seq,
    }])
}

fn frame(receiver: &mut Receiver) -> Option<String> {
    let frame = receiver.try_next(|| NOW)?.expect("the client keeps up");
    Some(String::from_utf8(frame.to_vec()).unwrap())
}

fn drain(receiver: &mut Receiver) -> Vec<String> {
    std::iter::from_fn(|| frame(receiver)).collect()
}

fn take(replica: &mut Replica, frames: &[String]) -> Vec<Applied> {
    frames
        .iter()
        .map(|frame| replica.apply(frame).unwrap().expect("a frame of a known channel"))
        .collect()
}

/// The copies are the venue's books.
fn check(venue: &Venue, replica: &Replica) {
    for &(instrument, symbol, _) in &venue.symbols {
        let book = replica
            .book(symbol.as_str())
            .unwrap_or_else(|| panic!("a copy of {symbol}"));
        for (side, levels) in [(Side::Buy, book.bids), (Side::Sell, book.asks)] {
            let plain = |price: &str| price.replace('.', "").parse::<i64>().unwrap();
            let levels: Vec<_> = levels
                .iter()
                .map(|l| (plain(&l.price), l.quantity.parse().unwrap(), l.orders as u32))
                .collect();
            assert_eq!(levels, venue.levels(instrument, side), "{symbol} {side:?}");
        }
    }
}

#[test]
fn a_snapshot_then_deltas_rebuild_every_book() {
    for seed in 0..10 {
        let (mut venue, data, mut folder) = opened(seed, 3, Limits::default());
        run(&mut venue, &mut folder, 50);
        let (subscriber, mut receiver) = data.connect();
        subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
        subscriber.subscribe(Channel::Trades, &ALL).unwrap();
        let mut replica = Replica::new();
        for round in 0..30 {
            // Sometimes the client reads only a part, and catches up with some symbols while others are live.
            let frames = if round % 3 == 0 {
                drain(&mut receiver)
            } else {
                frame(&mut receiver).into_iter().collect()
            };
            take(&mut replica, &frames);
            run(&mut venue, &mut folder, 10);
        }
        take(&mut replica, &drain(&mut receiver));
        check(&venue, &replica);
        for &(_, symbol, _) in &venue.symbols {
            for channel in BOOKS {
                assert_eq!(
                    replica.seq(channel.name(), symbol.as_str()),
                    data.last_seq(channel, &symbol)
                );
            }
        }
    }
}

#[test]
fn frames_look_as_documented() {
    let (mut venue, data, mut folder) = opened(2, 1, Limits::default());
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::BookL2, &one(1, None)).unwrap();
    subscriber.subscribe(Channel::Trades, &one(1, None)).unwrap();
    let frames = drain(&mut receiver);
    let sent = r#""sent_at":"2026-03-02T02:00:00.123456789Z""#;
    assert!(frames[0].starts_with(
        r#"{"type":"snapshot","channel":"book.l2","symbol":"LIC-1","seq":0,"matched_at":"2026-03-02T02:00:00.0"#
    ));
    assert!(
        frames[0].ends_with(&format!(r#"{sent},"bids":[],"asks":[],"checksum":0}}"#)),
        "{}",
        frames[0]
    );
    assert!(frames[1].starts_with(r#"{"type":"snapshot","channel":"trades","symbol":"LIC-1","seq":0,"#));
    assert!(
        frames[1].ends_with(&format!(r#"{sent},"trades":[]}}"#)),
        "{}",
        frames[1]
    );
    run(&mut venue, &mut folder, 200);
    let frames = drain(&mut receiver);
    let members = |channel: &str| {
        let frame = frames
            .iter()
            .find(|frame| frame.contains(channel))
            .expect("there were some");
        let value: serde_json::Value = serde_json::from_str(frame).unwrap();
        value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    // In alphabetical order, as serde_json keeps them.
    assert_eq!(
        members("book.l2"),
        "asks bids channel checksum matched_at sent_at seq symbol type"
    );
    assert_eq!(
        members("\"trades\""),
        "channel matched_at price quantity sandbox sent_at seq symbol taker_side trade_id type"
    );
}

#[test]
fn a_client_resumes_at_every_seq() {
    let (mut venue, data, mut folder) = opened(4, 1, Limits::default());
    run(&mut venue, &mut folder, 500);
    for channel in BOOKS {
        let (subscriber, mut receiver) = data.connect();
        subscriber.subscribe(channel, &one(1, Some(0))).unwrap();
        let all = drain(&mut receiver);
        let last = data.last_seq(channel, &symbol(1)).unwrap();
        assert_eq!(all.len() as u64, last);
        assert!(last > 40);
        // From its start the whole stream needs no snapshot: an empty copy is the book at seq 0.
        let mut whole = Replica::new();
        whole.resume(channel.name(), "LIC-1", 0);
        assert!(take(&mut whole, &all).iter().all(|applied| !applied.snapshot));
        for from in 0..=last {
            let (subscriber, mut receiver) = data.connect();
            subscriber.subscribe(channel, &one(1, Some(from))).unwrap();
            assert_eq!(drain(&mut receiver), all[from as usize..], "from {from}");
        }
    }
    // Resumed and live frames join without a seam, with the copy proven all the way.
    let mut replica = Replica::new();
    for round in 0..50 {
        let (subscriber, mut receiver) = data.connect();
        let from = replica.seq("book.l2", "LIC-1");
        subscriber.subscribe(Channel::BookL2, &one(1, from)).unwrap();
        for _ in 0..round {
            take(&mut replica, &frame(&mut receiver).into_iter().collect::<Vec<_>>());
            run(&mut venue, &mut folder, 1);
        }
        let applied = take(&mut replica, &drain(&mut receiver));
        assert!(
            applied
                .iter()
                .all(|applied| applied.proven && (round == 0 || !applied.snapshot))
        );
        drop(receiver);
        run(&mut venue, &mut folder, 3);
    }
}

#[test]
fn what_left_the_memory_comes_as_a_snapshot_that_says_so() {
    let (mut venue, data, mut folder) = opened(
        4,
        1,
        Limits {
            memory_frames: 16,
            tape_trades: 4,
            ..Limits::default()
        },
    );
    run(&mut venue, &mut folder, 200);
    for (channel, remembered) in [(Channel::BookL2, 16), (Channel::Trades, 4)] {
        let last = data.last_seq(channel, &symbol(1)).unwrap();
        for (from, too_old, frames) in [
            (0, true, 1),
            (last - remembered - 1, true, 1),
            (last - remembered, false, remembered),
            (last - 1, false, 1),
            (last, false, 0),
        ] {
            let (subscriber, mut receiver) = data.connect();
            subscriber.subscribe(channel, &one(1, Some(from))).unwrap();
            let frames_got = drain(&mut receiver);
            assert_eq!(frames_got.len() as u64, frames, "{channel:?} from {from}");
            let mut replica = Replica::new();
            replica.resume(channel.name(), "LIC-1", from);
            let applied = take(&mut replica, &frames_got);
            assert!(
                applied
                    .iter()
                    .all(|applied| applied.gap_too_old == too_old && applied.snapshot == too_old)
            );
        }
        let (subscriber, mut receiver) = data.connect();
        subscriber.subscribe(channel, &one(1, Some(last + 1))).unwrap();
        let ahead = drain(&mut receiver);
        assert!(
            ahead.len() == 1 && ahead[0].contains(r#""from_seq_ahead":true"#),
            "{ahead:?}"
        );
    }
}

#[test]
fn all_symbols_together_remember_no_more_than_their_bound() {
    // Room for about 200 frames in all: 40 bytes each and more.
    let limits = Limits {
        memory_bytes: 8_000,
        ..Limits::default()
    };
    let (mut venue, data, mut folder) = opened(6, 12, limits);
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    let mut replica = Replica::new();
    for _ in 0..100 {
        run(&mut venue, &mut folder, 20);
        take(&mut replica, &drain(&mut receiver));
    }
    check(&venue, &replica);
    let mut remembered = 0;
    for number in 1..=12 {
        let last = data.last_seq(Channel::BookL2, &symbol(number)).unwrap();
        let resumes = |from: &u64| {
            let (subscriber, mut receiver) = data.connect();
            subscriber
                .subscribe(Channel::BookL2, &one(number, Some(*from)))
                .unwrap();
            !frame(&mut receiver).is_some_and(|frame| frame.contains("gap_too_old"))
        };
        let kept = (0..last).rev().take_while(resumes).count();
        assert!(kept >= 1, "the last frame stays");
        remembered += kept;
    }
    assert!((12..=200).contains(&remembered), "{remembered} frames");
}

/// The frames of a client without the times at which they were sent.
fn without_sent_at(frames: Vec<String>) -> Vec<String> {
    let cut = |frame: String| {
        let from = frame.find(r#""sent_at""#).unwrap();
        format!(
            "{}{}",
            &frame[..from],
            &frame[from + r#""sent_at":"2026-03-02T02:00:00.123456789Z","#.len()..]
        )
    };
    frames.into_iter().map(cut).collect()
}

#[test]
fn a_restart_gives_the_same_frames_however_the_events_are_batched() {
    let (mut venue, opening) = Venue::open(8, 4, 4);
    let mut batches = opening;
    batches.extend((0..600).map(|_| venue.step()));
    batches.push(venue.list());
    batches.extend((0..600).map(|_| venue.step()));
    let mut runs = vec![];
    for size in [1, 2, 7, 100, batches.len()] {
        let limits = Limits {
            queue_frames: usize::MAX,
            queue_bytes: usize::MAX,
            ..Limits::default()
        };
        let (data, mut folder) = new(limits);
        let (subscriber, mut receiver) = data.connect();
        // A client of `*` from the first moment, so that it gets every frame live.
        for channel in BOOKS {
            subscriber.subscribe(channel, &ALL).unwrap();
        }
        let mut live = vec![];
        folder.fold(&batches[0], NOW);
        for chunk in batches[1..].chunks(size) {
            folder.fold(&join(chunk), Timestamp(NOW.0 + size as u64 % 2));
            live.extend(drain(&mut receiver));
        }
        let mut replica = Replica::new();
        take(&mut replica, &live);
        check(&venue, &replica);
        let mut streams: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for number in 1..=5 {
            for channel in BOOKS {
                let (subscriber, mut receiver) = data.connect();
                subscriber.subscribe(channel, &one(number, Some(0))).unwrap();
                let name = format!("{} {number}", channel.name());
                streams.insert(name, without_sent_at(drain(&mut receiver)));
            }
        }
        runs.push(streams);
    }
    assert!(runs[0].values().all(|frames| frames.len() > 10));
    for other in &runs[1..] {
        assert!(*other == runs[0]);
    }
}

#[test]
fn live_frames_and_remembered_ones_are_the_same() {
    let (mut venue, data, mut folder) = opened(9, 2, Limits::default());
    let (subscriber, mut receiver) = data.connect();
    for channel in BOOKS {
        subscriber.subscribe(channel, &ALL).unwrap();
    }
    let first = drain(&mut receiver);
    assert_eq!(first.len(), 4);
    run(&mut venue, &mut folder, 300);
    let live = drain(&mut receiver);
    for number in 1..=2 {
        for channel in BOOKS {
            let (subscriber, mut receiver) = data.connect();
            subscriber.subscribe(channel, &one(number, Some(0))).unwrap();
            let head = format!(
                r#"{{"type":"delta","channel":"{}","symbol":"LIC-{number}""#,
                channel.name()
            );
            let of_stream: Vec<_> = live.iter().filter(|frame| frame.starts_with(&head)).cloned().collect();
            assert_eq!(drain(&mut receiver), of_stream);
        }
    }
}

#[test]
fn a_slow_client_is_closed_with_where_to_resume_and_the_others_notice_nothing() {
    let limits = Limits {
        queue_frames: 20,
        ..Limits::default()
    };
    let (mut venue, data, mut folder) = opened(10, 3, limits);
    let connect = || {
        let (subscriber, receiver) = data.connect();
        let wanted = (1..=3)
            .map(|number| Wanted {
                symbol: symbol(number),
                from_seq: None,
            })
            .collect();
        subscriber
            .subscribe(Channel::BookL2, &Selection::Symbols(wanted))
            .unwrap();
        (subscriber, receiver, Replica::new())
    };
    let (_healthy_end, mut healthy, mut healthy_copy) = connect();
    let (slow_end, mut slow, mut slow_copy) = connect();
    // The slow one reads a little, then nothing more.
    run(&mut venue, &mut folder, 5);
    for _ in 0..6 {
        take(&mut slow_copy, &frame(&mut slow).into_iter().collect::<Vec<_>>());
    }
    for _ in 0..100 {
        run(&mut venue, &mut folder, 1);
        take(&mut healthy_copy, &drain(&mut healthy));
    }
    check(&venue, &healthy_copy);
    let Some(Err(Closed::TooSlow { resume })) = slow.try_next(|| NOW) else {
        panic!("the slow client was closed")
    };
    assert_eq!(resume.len(), 3);
    let wanted = resume
        .iter()
        .map(|&Resume { channel, symbol, seq }| {
            assert_eq!(channel, Channel::BookL2);
            assert_eq!(seq, slow_copy.seq("book.l2", symbol.as_str()), "{symbol}");
            Wanted { symbol, from_seq: seq }
        })
        .collect();
    assert_eq!(slow_end.subscribe(Channel::BookL2, &ALL), Err(SubscribeError::Closed));
    drop(slow);
    // With what it was told, it goes on without a gap and without a snapshot.
    let (again, mut receiver) = data.connect();
    again.subscribe(Channel::BookL2, &Selection::Symbols(wanted)).unwrap();
    let applied = take(&mut slow_copy, &drain(&mut receiver));
    assert!(applied.iter().all(|applied| !applied.snapshot));
    check(&venue, &slow_copy);
}

#[test]
fn a_client_is_closed_for_bytes_as_well() {
    let (mut venue, data, mut folder) = opened(
        10,
        1,
        Limits {
            queue_bytes: 2_000,
            ..Limits::default()
        },
    );
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    assert_eq!(drain(&mut receiver).len(), 1);
    run(&mut venue, &mut folder, 5);
    assert!(drain(&mut receiver).len() > 2);
    run(&mut venue, &mut folder, 40);
    let Some(Err(Closed::TooSlow { resume })) = receiver.try_next(|| NOW) else {
        panic!("2,000 bytes are over")
    };
    // Of a `*`, those symbols are named of which frames were lost.
    assert_eq!(resume.len(), 1);
}

#[test]
fn shards_partition_the_symbols() {
    let (mut venue, data, mut folder) = opened(12, 40, Limits::default());
    let of = 5;
    let mut clients: Vec<_> = (0..of)
        .map(|part| {
            let (subscriber, receiver) = data.connect();
            let shard = Some(Shard { part, of });
            subscriber
                .subscribe(Channel::BookL2, &Selection::All { shard, from: vec![] })
                .unwrap();
            (receiver, Replica::new(), Shard { part, of }, subscriber)
        })
        .collect();
    run(&mut venue, &mut folder, 300);
    folder.fold(&venue.list(), NOW);
    run(&mut venue, &mut folder, 300);
    let mut seen = BTreeSet::new();
    let mut parts = vec![];
    for (receiver, replica, shard, _subscriber) in &mut clients {
        take(replica, &drain(receiver));
        let mine: Vec<_> = replica.seqs().map(|(_, symbol, _)| symbol.to_owned()).collect();
        assert!(mine.iter().all(|symbol| shard.has(&Symbol::new(symbol).unwrap())));
        parts.push(mine.len());
        for symbol in mine {
            assert!(seen.insert(symbol.clone()), "{symbol} belongs to two shards");
        }
    }
    assert_eq!(seen.len(), 41, "{parts:?}");
    let (subscriber, _receiver) = data.connect();
    for shard in [
        Shard { part: 5, of: 5 },
        Shard { part: 0, of: 0 },
        Shard {
            part: 0,
            of: Shard::PARTS_MAX + 1,
        },
    ] {
        let all = Selection::All {
            shard: Some(shard),
            from: vec![],
        };
        assert_eq!(
            subscriber.subscribe(Channel::BookL2, &all),
            Err(SubscribeError::ShardInvalid)
        );
    }
}

#[test]
fn a_new_listing_joins_a_star_and_a_star_resumes_symbol_by_symbol() {
    let (mut venue, data, mut folder) = opened(13, 2, Limits::default());
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    let mut replica = Replica::new();
    run(&mut venue, &mut folder, 60);
    take(&mut replica, &drain(&mut receiver));
    folder.fold(&venue.list(), NOW);
    let joined = take(&mut replica, &drain(&mut receiver));
    assert_eq!(joined.len(), 1);
    assert!(joined[0].snapshot && joined[0].symbol == "LIC-3" && joined[0].seq == 0);
    run(&mut venue, &mut folder, 60);
    take(&mut replica, &drain(&mut receiver));
    check(&venue, &replica);
    drop(receiver);

    folder.fold(&venue.list(), NOW);
    run(&mut venue, &mut folder, 60);
    let from = replica
        .seqs()
        .map(|(_, symbol, seq)| Wanted {
            symbol: Symbol::new(symbol).unwrap(),
            from_seq: Some(seq),
        })
        .collect();
    let (subscriber, mut receiver) = data.connect();
    subscriber
        .subscribe(Channel::BookL2, &Selection::All { shard: None, from })
        .unwrap();
    let applied = take(&mut replica, &drain(&mut receiver));
    let snapshots: Vec<_> = applied.iter().filter(|applied| applied.snapshot).collect();
    assert!(snapshots.len() == 1 && snapshots[0].symbol == "LIC-4", "{snapshots:?}");
    check(&venue, &replica);
}

#[test]
fn a_star_over_many_symbols_does_not_overflow_the_client_that_asked() {
    let limits = Limits {
        queue_frames: 8,
        queue_bytes: 10_000,
        ..Limits::default()
    };
    let (mut venue, data, mut folder) = opened(14, 3_000, limits);
    run(&mut venue, &mut folder, 500);
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    let mut replica = Replica::new();
    // While it works through 3,000 snapshots the market goes on.
    while let Some(text) = frame(&mut receiver) {
        take(&mut replica, &[text]);
        if venue.random.below(4) == 0 {
            run(&mut venue, &mut folder, 1);
        }
    }
    check(&venue, &replica);
}

#[test]
fn names_and_stars_of_a_channel_do_not_mix_and_asking_again_begins_anew() {
    let (mut venue, data, mut folder) = opened(
        15,
        3,
        Limits {
            symbols_per_client: 2,
            ..Limits::default()
        },
    );
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::BookL2, &one(1, None)).unwrap();
    assert_eq!(
        subscriber.subscribe(Channel::BookL2, &ALL),
        Err(SubscribeError::Overlap)
    );
    subscriber.subscribe(Channel::Trades, &ALL).unwrap();
    assert_eq!(
        subscriber.subscribe(Channel::Trades, &one(1, None)),
        Err(SubscribeError::Overlap)
    );
    let nothing = Symbol::new("NOTHING").unwrap();
    let unknown = Selection::Symbols(vec![Wanted {
        symbol: nothing,
        from_seq: None,
    }]);
    assert_eq!(
        subscriber.subscribe(Channel::BookL2, &unknown),
        Err(SubscribeError::UnknownSymbol(nothing))
    );
    let rest = (2..=3)
        .map(|number| Wanted {
            symbol: symbol(number),
            from_seq: None,
        })
        .collect();
    let rest = Selection::Symbols(rest);
    assert_eq!(
        subscriber.subscribe(Channel::BookL2, &rest),
        Err(SubscribeError::TooManySymbols)
    );
    subscriber.unsubscribe(Channel::Trades, None);
    drain(&mut receiver);

    let mut replica = Replica::new();
    run(&mut venue, &mut folder, 30);
    // Unread frames of before are dropped: the next one is the fresh snapshot, then deltas again.
    subscriber.subscribe(Channel::BookL2, &one(1, None)).unwrap();
    run(&mut venue, &mut folder, 30);
    let applied = take(&mut replica, &drain(&mut receiver));
    assert!(applied.len() == 1 && applied[0].snapshot);
    run(&mut venue, &mut folder, 30);
    let applied = take(&mut replica, &drain(&mut receiver));
    assert!(applied.len() > 3 && applied.iter().all(|applied| !applied.snapshot && applied.proven));
    assert_eq!(
        receiver.level(100),
        [Resume {
            channel: Channel::BookL2,
            symbol: symbol(1),
            seq: data.last_seq(Channel::BookL2, &symbol(1)),
        }]
    );

    run(&mut venue, &mut folder, 30);
    subscriber.unsubscribe(Channel::BookL2, Some(&[symbol(1)]));
    run(&mut venue, &mut folder, 30);
    assert!(drain(&mut receiver).is_empty());
    assert!(receiver.level(100).is_empty());
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    take(&mut replica, &drain(&mut receiver));
    check(&venue, &replica);
    drop(receiver);
    assert_eq!(subscriber.subscribe(Channel::Trades, &ALL), Err(SubscribeError::Closed));
    run(&mut venue, &mut folder, 30);
}

#[test]
fn a_star_asked_for_again_begins_anew_and_is_told_once() {
    let (mut venue, data, mut folder) = opened(17, 6, Limits::default());
    let (subscriber, mut receiver) = data.connect();
    let shard = Some(Shard { part: 0, of: 2 });
    let half = Selection::All { shard, from: vec![] };
    let mut replica = Replica::new();
    for selection in [&ALL, &half, &ALL, &ALL] {
        subscriber.subscribe(Channel::BookL2, selection).unwrap();
        take(&mut replica, &[frame(&mut receiver).unwrap()]);
        run(&mut venue, &mut folder, 40);
    }
    let snapshots = take(&mut replica, &drain(&mut receiver))
        .iter()
        .filter(|applied| applied.snapshot)
        .count();
    assert_eq!(snapshots, 5, "one of the six was read before");
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    take(&mut replica, &drain(&mut receiver));
    run(&mut venue, &mut folder, 40);
    take(&mut replica, &drain(&mut receiver));
    check(&venue, &replica);
    assert_eq!(data.followings(), 1);
}

#[test]
fn nothing_is_kept_of_clients_that_are_gone() {
    let (mut venue, data, mut folder) = opened(
        18,
        3,
        Limits {
            queue_frames: 10,
            ..Limits::default()
        },
    );
    let mut ends = vec![];
    for n in 0..10 {
        let (subscriber, mut receiver) = data.connect();
        for channel in BOOKS {
            let selection = if n % 2 == 0 { ALL } else { one(1 + n % 3, None) };
            subscriber.subscribe(channel, &selection).unwrap();
        }
        drain(&mut receiver);
        ends.push((subscriber, receiver));
    }
    assert_eq!(data.followings(), 20);
    ends.truncate(6);
    assert_eq!(data.followings(), 12);
    run(&mut venue, &mut folder, 200);
    assert_eq!(data.followings(), 0, "all of them were too slow");
    for (_, receiver) in &mut ends {
        assert!(matches!(receiver.try_next(|| NOW), Some(Err(Closed::TooSlow { .. }))));
    }
}

#[test]
fn a_command_is_one_frame_of_a_book_however_many_events_it_has() {
    let (mut venue, opening) = Venue::open(19, 4, 1);
    let mut batches = opening;
    (venue.depth, venue.away, venue.cancels, venue.ends) = (900, 0, 0, 0);
    batches.extend((0..1_000).map(|_| venue.step()));
    assert!(venue.orders.len() > 600);
    let (data, mut folder) = new(Limits::default());
    folder.fold(&join(&batches), NOW);
    let before = data.last_seq(Channel::BookL2, &symbol(1)).unwrap();
    let end = [venue.list(), venue.end_book(InstrumentId(1))];
    folder.fold(&join(&end), NOW);
    assert_eq!(data.last_seq(Channel::BookL2, &symbol(1)), Some(before + 1));
    let depth = data.depth(InstrumentId(1), 10).unwrap();
    assert!(depth.bids.is_empty() && depth.asks.is_empty() && depth.checksum == 0);
}

#[test]
fn many_clients_get_every_frame_of_a_large_batch() {
    let (mut venue, data, mut folder) = opened(22, 2, Limits::default());
    let mut clients: Vec<_> = (0..500)
        .map(|_| {
            let (subscriber, mut receiver) = data.connect();
            subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
            let mut replica = Replica::new();
            take(&mut replica, &drain(&mut receiver));
            (subscriber, receiver, replica)
        })
        .collect();
    // More than the folder hands out under one lock.
    let batches: Vec<_> = (0..200).map(|_| venue.step()).collect();
    folder.fold(&join(&batches), NOW);
    let mut counts = BTreeSet::new();
    for (nth, (_, receiver, replica)) in clients.iter_mut().enumerate() {
        let frames = drain(receiver);
        counts.insert(frames.len());
        if nth % 100 == 0 {
            take(replica, &frames);
            check(&venue, replica);
        }
    }
    assert_eq!(counts.len(), 1);
}

#[test]
fn catching_up_goes_on_under_a_steady_flow() {
    let (mut venue, data, mut folder) = opened(23, 50, Limits::default());
    let (subscriber, mut receiver) = data.connect();
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    drain(&mut receiver);
    subscriber.subscribe(Channel::Trades, &ALL).unwrap();
    let mut snapshots = 0;
    for _ in 0..500 {
        // The queue never runs empty.
        run(&mut venue, &mut folder, 2);
        snapshots += usize::from(frame(&mut receiver).unwrap().contains("snapshot"));
    }
    assert!((20..=40).contains(&snapshots), "{snapshots} of 500 frames");
}

#[tokio::test]
async fn a_waiting_receiver_is_woken() {
    async fn next(receiver: &mut Receiver) -> String {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(20), receiver.next(|| NOW));
        String::from_utf8(frame.await.expect("woken").expect("not closed").to_vec()).unwrap()
    }
    let (mut venue, data, mut folder) = opened(20, 1, Limits::default());
    let (subscriber, mut receiver) = data.connect();
    let waiting = tokio::spawn(async move {
        let subscribed = next(&mut receiver).await;
        let listed = next(&mut receiver).await;
        let traded = next(&mut receiver).await;
        (subscribed, listed, traded)
    });
    tokio::task::yield_now().await;
    subscriber.subscribe(Channel::BookL2, &ALL).unwrap();
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    folder.fold(&venue.list(), NOW);
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    run(&mut venue, &mut folder, 20);
    let (subscribed, listed, traded) = waiting.await.unwrap();
    assert!(subscribed.contains(r#""snapshot","channel":"book.l2","symbol":"LIC-1""#));
    assert!(listed.contains(r#""snapshot","channel":"book.l2","symbol":"LIC-2""#));
    assert!(traded.contains(r#""delta""#));
}

/// A follower in its own task: reads with pauses, drops its connection now and then, and resumes.
async fn follow(data: MarketData, seed: u64, until: u64) -> Replica {
    let mut random = venue::Random(seed);
    let mut replica = Replica::new();
    // The first connection ends amid the snapshots.
    let mut reads = 5;
    loop {
        let (subscriber, mut receiver): (Subscriber, Receiver) = data.connect();
        let known: BTreeMap<Symbol, u64> = replica
            .seqs()
            .map(|(_, symbol, seq)| (Symbol::new(symbol).unwrap(), seq))
            .collect();
        // A connection may end before every snapshot has come, so whoever names symbols names all of them each time.
        let named = |symbol: Symbol| Wanted {
            symbol,
            from_seq: known.get(&symbol).copied(),
        };
        let selection = match seed % 2 {
            0 => Selection::All {
                shard: None,
                from: known.keys().copied().map(named).collect(),
            },
            _ => Selection::Symbols((1..=20).map(symbol).map(named).collect()),
        };
        subscriber.subscribe(Channel::BookL2, &selection).unwrap();
        for _ in 0..reads {
            let over = data.applied().0 >= until;
            let next = tokio::time::timeout(std::time::Duration::from_millis(50), receiver.next(|| NOW)).await;
            match next {
                Ok(Ok(frame)) => _ = replica.apply(std::str::from_utf8(&frame).unwrap()).unwrap(),
                Ok(Err(Closed::TooSlow { .. })) => break,
                Ok(Err(Closed::Gone)) => unreachable!("the receiver is here"),
                Err(_) if over => return replica,
                Err(_) => {}
            }
            if random.below(200) == 0 {
                tokio::time::sleep(std::time::Duration::from_micros(random.below(3_000))).await;
            }
        }
        reads = random.below(3_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_on_other_threads_never_see_a_gap() {
    let limits = Limits {
        queue_frames: 200,
        ..Limits::default()
    };
    let (mut venue, data, mut folder) = opened(16, 20, limits);
    let commands = 6_000;
    let until = venue.seq + commands;
    let followers: Vec<_> = (0..8)
        .map(|seed| tokio::spawn(follow(data.clone(), seed, until)))
        .collect();
    let venue = tokio::task::spawn_blocking(move || {
        for _ in 0..commands {
            folder.fold(&venue.step(), NOW);
        }
        venue
    })
    .await
    .unwrap();
    for follower in followers {
        check(&venue, &follower.await.unwrap());
    }
}
