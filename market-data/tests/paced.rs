//! The channels that merge what changes, and the orders of a book: whatever is told, and however late it is taken, the
//! copy ends as the venue's book.

mod venue;

use market_data::{
    Channel, Folder, Limits, ListingText, MarketData, Pace, Pacer, Receiver, Selection, Subscriber, Wanted,
    directory::Instrument,
    new,
    replica::{CopiedBook, Replica},
};
use protocol::{
    Event, PublicEvent, Side, Symbol, Timestamp,
    candle::{Candle, Resolution},
    event::TradingStatus,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use venue::{Random, Venue, join};

const NOW: Timestamp = Timestamp(1_772_416_800_123_456_789);
const ALL: Selection = Selection::All {
    shard: None,
    from: vec![],
};
/// The channels that tell a book.
const BOOKS: [Channel; 5] = [
    Channel::BookL1,
    Channel::BookL2,
    Channel::BookL3,
    Channel::BookTop,
    Channel::BookPaced,
];

#[derive(Debug)]
struct Words;

impl ListingText for Words {
    fn instrument(&self, instrument: &Instrument) -> String {
        format!(r#""listing":{{"issued":"{}"}}"#, instrument.issued().units())
    }
}

struct Floor {
    venue: Venue,
    data: MarketData,
    folder: Folder,
    pacer: Pacer,
}

impl Floor {
    fn open(seed: u64, listings: u32, limits: Limits) -> Self {
        let (venue, opening) = Venue::open(seed, 4, listings);
        let (data, mut folder) = new(limits);
        data.tell_listings(Words);
        folder.fold(&join(&opening), NOW);
        let pacer = data.pacer();
        Self {
            venue,
            data,
            folder,
            pacer,
        }
    }

    fn run(&mut self, commands: u64) {
        (0..commands).for_each(|_| self.folder.fold(&self.venue.step(), NOW));
    }

    fn tick(&mut self) {
        Pace::ALL.into_iter().for_each(|pace| self.pacer.tick(pace, NOW));
    }

    /// The copy of a channel is the venue's book, or as much of it as the channel tells.
    fn check(&self, copy: &Copy, channel: Channel) {
        for &(instrument, symbol, _) in &self.venue.symbols {
            let depth = match channel {
                Channel::BookL1 => 1,
                Channel::BookTop => 10,
                _ => usize::MAX,
            };
            let book = copy.book(channel, symbol.as_str());
            for (side, levels) in [(Side::Buy, book.bids), (Side::Sell, book.asks)] {
                let plain = |price: &str| price.replace('.', "").parse::<i64>().unwrap();
                let level = |level: &market_data::replica::CopiedLevel| {
                    (
                        plain(&level.price),
                        level.quantity.parse().unwrap(),
                        level.orders as u32,
                    )
                };
                let mut truth = self.venue.levels(instrument, side);
                truth.truncate(depth);
                assert_eq!(
                    levels.iter().map(level).collect::<Vec<_>>(),
                    truth,
                    "{channel:?} {symbol} {side:?}"
                );
            }
        }
    }
}

/// A client's end, and its copy.
struct Copy {
    subscriber: Subscriber,
    receiver: Receiver,
    replica: Replica,
    /// The last frame of each symbol of a channel.
    last: BTreeMap<(String, String), Value>,
}

impl Copy {
    fn of(data: &MarketData) -> Self {
        let (subscriber, receiver) = data.connect();
        Self {
            subscriber,
            receiver,
            replica: Replica::new(),
            last: BTreeMap::new(),
        }
    }

    fn follow(&self, channel: Channel, symbols: &[(&str, Option<u64>)]) {
        let wanted = symbols.iter().map(|&(symbol, from_seq)| Wanted {
            symbol: Symbol::new(symbol).unwrap(),
            from_seq,
        });
        self.subscriber
            .subscribe(channel, &Selection::Symbols(wanted.collect()))
            .unwrap();
    }

    /// Takes in the next frame, if there is one.
    fn take(&mut self) -> Option<Value> {
        let frame = self.receiver.try_next(|| NOW)?.expect("the client keeps up");
        let text = String::from_utf8(frame.to_vec()).unwrap();
        let applied = self
            .replica
            .apply(&text)
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        let applied = applied.expect("a frame of a known channel");
        let frame: Value = serde_json::from_str(&text).unwrap();
        self.last.insert((applied.channel, applied.symbol), frame.clone());
        Some(frame)
    }

    fn drain(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.take()).collect()
    }

    fn told(&self, channel: Channel, symbol: &str) -> &Value {
        &self.last[&(channel.name().to_owned(), symbol.to_owned())]
    }

    fn book(&self, channel: Channel, symbol: &str) -> CopiedBook {
        if channel != Channel::BookL1 {
            return self.replica.book_of(channel.name(), symbol).expect("a copy");
        }
        let frame = self.told(channel, symbol);
        let side = |name: &str| {
            let level = |level: &Value| market_data::replica::CopiedLevel {
                price: level[0].as_str().unwrap().into(),
                quantity: level[1].as_str().unwrap().into(),
                orders: level[2].as_u64().unwrap(),
            };
            frame[name]
                .as_array()
                .map(|_| level(&frame[name]))
                .into_iter()
                .collect()
        };
        CopiedBook {
            bids: side("bid"),
            asks: side("ask"),
        }
    }
}

#[test]
fn however_a_book_is_told_the_copy_is_the_venue_s() {
    for seed in 0..8 {
        let mut floor = Floor::open(seed, 3, Limits::default());
        let mut random = Random(seed + 1);
        let mut copies: Vec<_> = BOOKS
            .into_iter()
            .flat_map(|channel| {
                let (all, named) = (Copy::of(&floor.data), Copy::of(&floor.data));
                all.subscriber.subscribe(channel, &ALL).unwrap();
                named.follow(channel, &[("LIC-1", None), ("LIC-2", None), ("LIC-3", None)]);
                [(channel, all), (channel, named)]
            })
            .collect();
        for _ in 0..150 {
            let commands = random.below(40);
            floor.run(commands);
            for pace in Pace::ALL {
                if random.below(2) == 0 {
                    floor.pacer.tick(pace, NOW);
                }
            }
            for (_, copy) in &mut copies {
                (0..random.below(8)).for_each(|_| _ = copy.take());
            }
            if random.below(10) == 0 {
                // Going on somewhere else, from the last number.
                for (channel, copy) in &mut copies {
                    let seqs: Vec<_> = ["LIC-1", "LIC-2", "LIC-3"]
                        .map(|symbol| (symbol, copy.replica.seq(channel.name(), symbol)))
                        .to_vec();
                    let replica = std::mem::take(&mut copy.replica);
                    let last = std::mem::take(&mut copy.last);
                    *copy = Copy::of(&floor.data);
                    (copy.replica, copy.last) = (replica, last);
                    copy.follow(*channel, &seqs);
                }
            }
            if random.below(5) == 0 {
                floor.tick();
                for (channel, copy) in &mut copies {
                    copy.drain();
                    floor.check(copy, *channel);
                }
            }
        }
    }
}

#[test]
fn a_slow_reader_of_a_paced_book_gets_fewer_frames_and_is_not_closed() {
    let limits = Limits {
        queue_frames: 128,
        ..Limits::default()
    };
    let mut floor = Floor::open(3, 1, limits);
    let mut copy = Copy::of(&floor.data);
    for channel in [Channel::BookL1, Channel::BookTop, Channel::BookPaced, Channel::Ticker] {
        copy.follow(channel, &[("LIC-1", None)]);
    }
    copy.drain();
    for _ in 0..1_000 {
        floor.run(3);
        floor.tick();
    }
    let frames = copy.drain();
    assert!(frames.len() <= 64 + 4 + 4, "{} frames", frames.len());
    for channel in [Channel::BookL1, Channel::BookTop, Channel::BookPaced] {
        floor.check(&copy, channel);
        assert_eq!(
            copy.replica.seq(channel.name(), "LIC-1"),
            floor.data.last_seq(channel, &Symbol::new("LIC-1").unwrap())
        );
    }
    // And it is level again: the next tick comes as one frame.
    floor.run(20);
    floor.tick();
    let channels = |frames: &[Value]| {
        frames
            .iter()
            .filter(|frame| frame["channel"] == "book.l2.100ms")
            .count()
    };
    assert_eq!(channels(&copy.drain()), 1);
}

/// A tick tells what was due when it began: where changes never pause, it ends all the same.
#[test]
fn a_tick_ends_while_the_books_go_on_changing() {
    let Floor {
        mut venue,
        data,
        mut folder,
        mut pacer,
    } = Floor::open(9, 1, Limits::default());
    let mut copy = Copy::of(&data);
    copy.follow(Channel::BookL1, &[("LIC-1", None)]);
    copy.drain();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let folding = std::thread::spawn(move || {
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            folder.fold(&venue.step(), NOW);
        }
    });
    for _ in 0..200 {
        pacer.tick(Pace::Fast, NOW);
        // One frame a tick at most.
        assert!(copy.drain().len() <= 1);
    }
    drop(stop);
    folding.join().unwrap();
}

#[test]
fn a_merged_frame_says_behind_which_number_it_begins() {
    let mut floor = Floor::open(5, 1, Limits::default());
    let mut copy = Copy::of(&floor.data);
    copy.follow(Channel::BookPaced, &[("LIC-1", None)]);
    assert_eq!(copy.drain()[0]["type"], "snapshot");
    let mut seq = 0;
    for _ in 0..50 {
        floor.run(10);
        floor.tick();
        for frame in copy.drain() {
            assert_eq!(
                (&frame["type"], frame["prev_seq"].as_u64()),
                (&"delta".into(), Some(seq))
            );
            seq = frame["seq"].as_u64().unwrap();
        }
    }
    // One that comes between two ticks is told more than the others, and the next frame fits it as well.
    floor.run(10);
    let mut late = Copy::of(&floor.data);
    late.follow(Channel::BookPaced, &[("LIC-1", None)]);
    let at = late.drain()[0]["seq"].as_u64().unwrap();
    assert!(at > seq);
    floor.run(10);
    floor.tick();
    let frame = late.drain().remove(0);
    assert_eq!(frame["prev_seq"].as_u64(), Some(seq));
    assert_eq!(copy.drain(), [frame]);
}

/// What a touch says goes and comes back between two ticks: who came meanwhile is told again.
#[test]
fn who_comes_between_two_ticks_is_not_left_with_what_was_there_then() {
    for seed in 0..20 {
        let mut floor = Floor::open(seed, 1, Limits::default());
        let mut first = Copy::of(&floor.data);
        first.follow(Channel::BookL1, &[("LIC-1", None)]);
        let mut random = Random(seed + 7);
        for _ in 0..100 {
            floor.run(random.below(4));
            let mut late = Copy::of(&floor.data);
            late.follow(Channel::BookL1, &[("LIC-1", None)]);
            late.drain();
            floor.run(random.below(4));
            floor.tick();
            for copy in [&mut first, &mut late] {
                copy.drain();
                floor.check(copy, Channel::BookL1);
            }
        }
    }
}

#[test]
fn what_left_the_memory_comes_whole() {
    let limits = Limits {
        memory_frames: 16,
        ..Limits::default()
    };
    let mut floor = Floor::open(4, 1, limits);
    let mut copy = Copy::of(&floor.data);
    copy.follow(Channel::BookPaced, &[("LIC-1", None)]);
    copy.drain();
    floor.run(200);
    let last = floor
        .data
        .last_seq(Channel::BookPaced, &Symbol::new("LIC-1").unwrap())
        .unwrap();
    for (from, kind) in [
        (0, "snapshot"),
        (last - 17, "snapshot"),
        (last - 16, "delta"),
        (last - 1, "delta"),
    ] {
        let mut again = Copy::of(&floor.data);
        again.replica.resume("book.l2.100ms", "LIC-1", from);
        again.follow(Channel::BookPaced, &[("LIC-1", Some(from))]);
        let frames = again.drain();
        assert_eq!((frames.len(), &frames[0]["type"]), (1, &kind.into()), "from {from}");
        assert_eq!(frames[0]["gap_too_old"] == true, kind == "snapshot");
    }
    // More changed between two ticks than is remembered: everybody gets the whole book.
    floor.tick();
    let frames = copy.drain();
    assert_eq!((frames.len(), &frames[0]["type"]), (1, &"snapshot".into()));
    floor.check(&copy, Channel::BookPaced);
}

/// Candles and tickers are those that a plain fold of the prints gives.
#[test]
fn candles_and_tickers_are_of_the_prints() {
    let lengths = [
        (Channel::Minutes, Resolution::Minute),
        (Channel::FiveMinutes, Resolution::FiveMinutes),
        (Channel::Hours, Resolution::Hour),
        (Channel::Days, Resolution::Day),
    ];
    let mut floor = Floor::open(11, 1, Limits::default());
    let mut copy = Copy::of(&floor.data);
    for channel in lengths.map(|(channel, _)| channel).into_iter().chain([Channel::Ticker]) {
        copy.follow(channel, &[("LIC-1", None)]);
    }
    let mut plain: BTreeMap<(Resolution, Timestamp), Candle> = BTreeMap::new();
    let mut told: BTreeMap<(String, String), Value> = BTreeMap::new();
    let mut turnover: BTreeMap<Timestamp, i64> = BTreeMap::new();
    let mut random = Random(5);
    for _ in 0..600 {
        // Some minutes pass, and now and then some hours; a tick comes far more often than a candle.
        let minutes = if random.below(40) == 0 { 500 } else { random.below(2) };
        floor.venue.at += minutes * 60_000_000_000;
        for _ in 0..random.below(6) {
            let committed = floor.venue.step();
            for event in &committed.events {
                let Event::Public(PublicEvent::Traded {
                    price,
                    quantity,
                    sandbox,
                    ..
                }) = event.body
                else {
                    continue;
                };
                for resolution in Resolution::ALL {
                    let start = resolution.start(event.at);
                    plain
                        .entry((resolution, start))
                        .and_modify(|candle| candle.add(price, quantity, sandbox))
                        .or_insert_with(|| Candle::new(start, price, quantity, sandbox));
                }
                *turnover.entry(Resolution::Day.start(event.at)).or_default() += price.minor() * quantity.units();
            }
            floor.folder.fold(&committed, NOW);
        }
        floor.tick();
        for frame in copy.drain() {
            for candle in frame["candles"].as_array().into_iter().flatten() {
                let at = candle["begins_at"].as_str().unwrap().to_owned();
                told.insert((frame["channel"].as_str().unwrap().into(), at), candle.clone());
            }
        }
    }
    let text = |minor: i64| {
        let mut out = vec![];
        market_data::frame::decimal(minor, floor.venue.symbols[0].2, &mut out);
        String::from_utf8(out).unwrap()
    };
    let written = |candle: &Candle| {
        let mut at = vec![];
        market_data::frame::rfc3339(candle.start, &mut at);
        json!({
            "begins_at": String::from_utf8(at).unwrap(), "open": text(candle.open.minor()),
            "high": text(candle.high.minor()), "low": text(candle.low.minor()), "close": text(candle.close.minor()),
            "volume": candle.volume.to_string(), "trades": candle.trades, "sandbox": candle.sandbox,
        })
    };
    for (channel, resolution) in lengths {
        let of_length =
            |(key, candle): (&(Resolution, Timestamp), &Candle)| (key.0 == resolution).then(|| written(candle));
        let plain: Vec<_> = plain.iter().filter_map(of_length).collect();
        let told = told.iter().filter(|(key, _)| key.0 == channel.name());
        let told: Vec<_> = told.map(|(_, candle)| candle.clone()).collect();
        assert!(plain.len() > 3, "{channel:?}");
        assert_eq!(told, plain, "{channel:?}");
    }
    let mut days = plain
        .iter()
        .filter(|(key, _)| key.0 == Resolution::Day)
        .map(|(_, candle)| candle)
        .rev();
    let (today, before) = (days.next().unwrap(), days.next().unwrap());
    let mut day = written(today);
    day["turnover"] = text(turnover[&today.start]).into();
    day["previous_close"] = text(before.close.minor()).into();
    let ticker = copy.told(Channel::Ticker, "LIC-1");
    assert_eq!(ticker["day"], day);
    assert_eq!(ticker["last"]["price"], day["close"]);
}

#[test]
fn a_halt_and_a_new_tranche_are_told_at_once_and_again_to_who_comes_back() {
    let mut floor = Floor::open(1, 2, Limits::default());
    let mut copy = Copy::of(&floor.data);
    for channel in [Channel::Status, Channel::Instruments] {
        copy.subscriber.subscribe(channel, &ALL).unwrap();
    }
    let opening = copy.drain();
    assert_eq!(opening.len(), 4);
    assert!(opening.iter().all(|frame| frame["type"] == "snapshot"));
    let began = copy.told(Channel::Status, "LIC-1")["seq"].as_u64().unwrap();
    let instrument = floor.venue.symbols[0].0;
    for status in [TradingStatus::Halted, TradingStatus::Trading, TradingStatus::Closed] {
        let committed = floor
            .venue
            .publish([PublicEvent::TradingChanged { instrument, status }]);
        floor.folder.fold(&committed, NOW);
        let frames = copy.drain();
        assert_eq!(frames.len(), 2);
        assert_eq!(
            (&frames[0]["channel"], &frames[0]["status"]),
            (&"status".into(), &status.word().into())
        );
        assert_eq!(&frames[1]["channel"], "instruments");
    }
    assert_eq!(copy.told(Channel::Status, "LIC-2")["status"], "trading");
    let mut again = Copy::of(&floor.data);
    again.replica.resume("status", "LIC-1", began + 1);
    again.follow(Channel::Status, &[("LIC-1", Some(began + 1))]);
    let frames = again.drain();
    assert_eq!(frames.len(), 1);
    assert_eq!(
        (&frames[0]["prev_seq"], &frames[0]["seq"]),
        (&(began + 1).into(), &(began + 3).into())
    );
    assert_eq!(frames[0]["status"], "closed");
}
