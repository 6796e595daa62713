//! A loaded exchange goes on as if it had never stopped, on either book; bytes that are no snapshot are refused.

use crate::floor::{
    self, CODES, Floor, OPERATOR, asset, cash_move, limit, order,
    stream::{Random, Stream},
    terms, times,
};
use engine::{
    Exchange, SnapshotError,
    book::{Book, FastBook, PlainBook},
};
use protocol::{
    AssetId, Bounded, Command, Digest, Reject, Side,
    asset::RegisterAsset,
    command::ClientKey,
    listing::ListUnits,
    order::OrderKind,
    party::{EntityKind, LegalId, RegisterEntity, Roles},
    rules::{Approval, Profile},
    time::DAY,
};
use sha2::{Digest as _, Sha256};
use std::{ops::Range, thread};

/// Magic, version, length.
const HEADER: usize = 16;
/// At the end.
const DIGEST: usize = 32;

fn image(snapshot: &[u8]) -> Range<usize> {
    HEADER..snapshot.len() - DIGEST
}

/// A floor after some commands of a stream.
fn grown(seed: u64, commands: usize) -> (Floor<FastBook>, Stream) {
    let mut floor = Floor::unit_market();
    let mut stream = Stream::open(seed, &mut floor);
    for _ in 0..commands {
        let answer = floor.hear(&stream.next());
        stream.heard(&answer);
    }
    floor.events.clear();
    (floor, stream)
}

/// The snapshot of a floor, which says the state hash.
fn saved<B: Book>(floor: &Floor<B>) -> Vec<u8> {
    let snapshot = floor.exchange.save();
    let hash = floor.exchange.state_hash();
    assert_eq!(snapshot[snapshot.len() - DIGEST..], hash.0);
    assert_eq!(Sha256::digest(&snapshot[image(&snapshot)]).as_slice(), hash.0);
    snapshot
}

fn loaded<B: Book>(snapshot: &[u8]) -> Floor<B> {
    let floor = Floor::of(Exchange::load(snapshot).unwrap());
    assert!(saved(&floor) == snapshot, "what is loaded is saved as the same bytes");
    floor
}

/// Goes on with three floors: one that never stopped, and one on each book that is loaded again and again.
fn go_on(seed: u64, commands: usize) {
    let (mut floor, mut stream) = grown(seed, 0);
    let mut when = Random(!seed);
    let mut fast: Floor<FastBook> = loaded(&saved(&floor));
    let mut plain: Floor<PlainBook> = loaded(&saved(&floor));
    for step in 0..commands {
        if when.below(25) == 0 {
            (fast, plain) = (loaded(&saved(&plain)), loaded(&saved(&floor)));
        }
        let next = stream.next();
        let answer = floor.hear(&next);
        let place = || format!("seed {seed}, step {step}");
        assert_eq!(fast.hear(&next), answer, "{}", place());
        assert_eq!(plain.hear(&next), answer, "{}", place());
        for events in [&mut fast.events, &mut plain.events] {
            assert_eq!(*events, floor.events, "{}", place());
            events.clear();
        }
        floor.events.clear();
        let hash = floor.exchange.state_hash();
        assert_eq!(fast.exchange.state_hash(), hash, "{}", place());
        assert_eq!(plain.exchange.state_hash(), hash, "{}", place());
        stream.heard(&answer);
    }
}

#[test]
fn a_loaded_exchange_goes_on_as_if_it_had_never_stopped() {
    let cores = thread::available_parallelism().map_or(2, usize::from) as u64;
    thread::scope(|scope| {
        for core in 0..cores {
            scope.spawn(move || {
                let mine = move |seed: &u64| seed % cores == core;
                (0..times(600)).filter(mine).for_each(|seed| go_on(seed, 200));
                (600..600 + times(8)).filter(mine).for_each(|seed| go_on(seed, 2_000));
            });
        }
    });
}

#[test]
fn a_deep_book_keeps_its_order_of_price_and_time() {
    // Sides of every form: in the book itself, in a block, on a ladder.
    for depth in [3, 12, 200] {
        let mut floor = Floor::<FastBook>::unit_market();
        let [seller, buyer] = [0, 1].map(|n| floor.party(CODES[n], Roles::TRADER.with(Roles::FIRM)));
        let (_, instrument) = floor.list(seller, "A", 10_000);
        floor.cash_in(buyer.account, 100_000_000);
        let mut random = Random(depth);
        for _ in 0..depth {
            let above = 5 * random.below(9) as i64;
            for (party, side, price) in [(seller, Side::Sell, 500 + above), (buyer, Side::Buy, 450 - above)] {
                let units = 1 + random.below(9) as i64;
                floor.must(party.user, order(party.account, instrument, side, limit(price), units));
            }
        }
        floor.events.clear();
        let snapshot = saved(&floor);
        let mut fast: Floor<FastBook> = loaded(&snapshot);
        let mut plain: Floor<PlainBook> = loaded(&snapshot);
        let taker = floor.party(CODES[2], Roles::TRADER.with(Roles::FIRM));
        assert_eq!(fast.party(CODES[2], Roles::TRADER.with(Roles::FIRM)), taker);
        assert_eq!(plain.party(CODES[2], Roles::TRADER.with(Roles::FIRM)), taker);
        let cash = cash_move(taker.account, 100_000_000, "taker");
        let sweep = |side| order(taker.account, instrument, side, OrderKind::Market, 7);
        let sweeps = (0..depth).flat_map(|_| [sweep(Side::Buy), sweep(Side::Sell)]);
        for command in [Command::CashIn(cash)].into_iter().chain(sweeps) {
            let by = if matches!(command, Command::CashIn(_)) {
                OPERATOR
            } else {
                taker.user
            };
            let answer = floor.ask(by, None, command.clone());
            assert_eq!(fast.ask(by, None, command.clone()), answer);
            assert_eq!(plain.ask(by, None, command), answer);
        }
        assert!(floor.events.len() as u64 > 4 * depth, "it traded");
        assert_eq!(fast.events, floor.events);
        assert_eq!(plain.events, floor.events);
    }
}

#[test]
fn what_was_registered_once_stays_so() {
    let mut floor = Floor::<FastBook>::unit_market();
    let owner = floor.party(CODES[0], Roles::FIRM);
    floor.list(owner, "A", 100);
    // In China a number is the same with and without its prefix and dot.
    let chinese = |number| RegisterAsset {
        office: protocol::Office(*b"CN"),
        ..asset(owner.entity, number)
    };
    let register = |asset| Command::RegisterAsset(Box::new(asset));
    floor.must(OPERATOR, register(chinese("ZL201910513128.0")));
    let again = [
        (
            Command::RegisterEntity(Box::new(RegisterEntity {
                name: Bounded::new("Another name").unwrap(),
                kind: EntityKind::Company,
                legal_id: LegalId::Uscc(Bounded::new(CODES[0]).unwrap()),
                evidence: None,
            })),
            Reject::EntityExists,
        ),
        (register(asset(owner.entity, "A")), Reject::AssetExists),
        (register(chinese("2019105131280")), Reject::AssetExists),
        (
            Command::ListUnits(Box::new(ListUnits {
                asset: AssetId(1),
                terms: terms("A"),
            })),
            Reject::SymbolExists,
        ),
    ];
    let mut other: Floor<PlainBook> = loaded(&saved(&floor));
    for (command, reject) in again {
        assert_eq!(floor.try_(OPERATOR, command.clone()), Err(reject));
        assert_eq!(other.try_(OPERATOR, command), Err(reject));
    }
}

#[test]
fn an_exchange_before_its_first_command_is_saved_too() {
    let mut floor = Floor::<FastBook>::new();
    for refused in 0..2 {
        let mut other: Floor<PlainBook> = loaded(&saved(&floor));
        assert_eq!(other.exchange.seq().0, refused);
        other.must(OPERATOR, floor::epoch(Profile::UnitMarket, Approval::Sandbox, 10, 20));
        floor.ask(OPERATOR, None, Command::Tick);
    }
}

#[test]
fn what_was_answered_is_remembered_as_long_as_it_would_have_been() {
    let key = |id: u64, body: u8| ClientKey {
        id: u128::from(id)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
            .to_le_bytes(),
        body: [body; 8],
    };
    // More than a ring in less than a day: the oldest are forgotten for its size, then the others for their age.
    let mut floor = Floor::<FastBook>::unit_market();
    let step = DAY / 4_000;
    for id in 0..3_000 {
        floor.at += step;
        floor.ask(OPERATOR, Some(key(id, 0)), Command::Tick);
    }
    let opened = floor.exchange.seq().0 - 3_000;
    let now = floor.at;
    for (wait, oldest) in [
        (0, 952),
        (1_500 * step, 952),
        (2_000 * step, 1_000),
        (3_000 * step, 2_000),
        (DAY, 3_000),
    ] {
        floor.at = now + wait;
        floor.ask(OPERATOR, None, Command::Tick);
        let snapshot = saved(&floor);
        for id in [0, oldest - 1, oldest, oldest + 1, 2_500, 2_998, 2_999, 3_000] {
            for body in [0, 1] {
                let mut original = Floor::of(floor.exchange.clone());
                let mut other: Floor<PlainBook> = loaded(&snapshot);
                let answer = original.ask(OPERATOR, Some(key(id, body)), Command::Tick);
                assert_eq!(other.ask(OPERATOR, Some(key(id, body)), Command::Tick), answer);
                assert_eq!(other.events, original.events);
                let is_first = answer.seq.0 == opened + 1 + id;
                let is_kept = (oldest..3_000).contains(&id);
                assert_eq!(is_first, is_kept && body == 0, "{id} after {wait}");
            }
        }
        // What a full ring forgets next is the same, one by one.
        let mut original = Floor::of(floor.exchange.clone());
        let mut other: Floor<PlainBook> = loaded(&snapshot);
        for id in 10_000..10_020 {
            for repeat in [id, oldest + (id - 10_000) / 2, oldest + (id - 10_000)] {
                let answer = original.ask(OPERATOR, Some(key(repeat, 0)), Command::Tick);
                assert_eq!(other.ask(OPERATOR, Some(key(repeat, 0)), Command::Tick), answer);
            }
        }
        assert_eq!(other.exchange.state_hash(), original.exchange.state_hash());
    }
}

#[test]
fn a_snapshot_is_written_in_pieces_and_stops_where_writing_fails() {
    let (floor, _) = grown(3, 200);
    let mut bytes = Vec::new();
    let hash = floor.exchange.save_to(|piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, ()>(())
    });
    assert_eq!(hash, Ok(floor.exchange.state_hash()));
    assert_eq!(bytes, floor.exchange.save());
    for room in 0..3 {
        let mut pieces = 0..room;
        assert_eq!(
            floor.exchange.save_to(|_| pieces.next().map(drop).ok_or("full")),
            Err("full")
        );
    }
}

#[test]
fn damage_is_noticed() {
    let (floor, _) = grown(5, 200);
    let snapshot = saved(&floor);
    let load = |bytes: &[u8]| Exchange::<FastBook>::load(bytes).map(drop);
    assert_eq!(load(&snapshot), Ok(()));
    let version = u16::from_le_bytes([snapshot[6], snapshot[7]]);
    for place in 0..snapshot.len() {
        for bit in 0..8 {
            let mut damaged = snapshot.clone();
            damaged[place] ^= 1 << bit;
            let expected = match place {
                0..6 => SnapshotError::NotASnapshot,
                6..8 => SnapshotError::Version(version ^ 1 << (bit + 8 * (place - 6))),
                8..HEADER => SnapshotError::Length,
                _ => SnapshotError::Damaged,
            };
            assert_eq!(load(&damaged), Err(expected), "bit {bit} of byte {place}");
        }
    }
    for length in 0..snapshot.len() {
        let expected = match length {
            0..6 => SnapshotError::NotASnapshot,
            _ => SnapshotError::Length,
        };
        assert_eq!(load(&snapshot[..length]), Err(expected), "cut to {length}");
    }
    let mut longer = snapshot.clone();
    longer.push(0);
    assert_eq!(load(&longer), Err(SnapshotError::Length));
}

/// A snapshot of this image, right or wrong.
fn framed(like: &[u8], image: &[u8]) -> Vec<u8> {
    let mut snapshot = like[..8].to_vec();
    snapshot.extend((image.len() as u64).to_le_bytes());
    snapshot.extend(image);
    snapshot.extend(Sha256::digest(image));
    snapshot
}

/// Loads an image that nobody wrote. If it is one all the same, it is a state like any other: it goes on. Says whether
/// it was.
fn try_forged<B: Book>(like: &[u8], image: &[u8], mut stream: Stream) -> bool {
    let snapshot = framed(like, image);
    let mut floor = match Exchange::<B>::load(&snapshot) {
        Ok(exchange) => Floor::of(exchange),
        Err(error) => {
            assert!(matches!(error, SnapshotError::Malformed(_)), "{error}");
            return false;
        }
    };
    assert_eq!(floor.exchange.state_hash(), Digest(Sha256::digest(image).into()));
    for _ in 0..30 {
        if floor.at > u64::MAX / 2 {
            break;
        }
        floor.hear(&stream.next());
    }
    true
}

#[test]
fn a_forged_image_is_refused_or_is_a_state_like_any_other() {
    let mut random = Random(11);
    let (mut taken, mut refused) = (0_u64, 0_u64);
    let mut forge = |like: &[u8], image: &[u8], stream: Stream| {
        if try_forged::<FastBook>(like, image, stream) {
            taken += 1;
        } else {
            refused += 1;
        }
    };
    // Of a shorter search the same part of the places.
    let every = (1_000 / times(1_000)).max(1) as usize;
    for seed in 20..24 {
        let (floor, stream) = grown(seed, 150);
        let snapshot = saved(&floor);
        let whole = &snapshot[image(&snapshot)];
        assert!(!try_forged::<FastBook>(
            &snapshot,
            &[whole, &[0]].concat(),
            stream.clone()
        ));
        for place in (0..whole.len()).step_by(every) {
            for value in [
                0,
                1,
                0x7F,
                0x80,
                0xFF,
                whole[place] ^ 1,
                whole[place].wrapping_add(1),
                whole[place].wrapping_add(2),
            ] {
                if value != whole[place] {
                    let mut forged = whole.to_vec();
                    forged[place] = value;
                    forge(&snapshot, &forged, stream.clone());
                }
            }
            // A byte is gone, or one too many.
            let mut forged = whole.to_vec();
            forged.remove(place);
            forge(&snapshot, &forged, stream.clone());
            forged.insert(place, random.next() as u8);
            forged.insert(place, random.next() as u8);
            forge(&snapshot, &forged, stream.clone());
        }
    }
    assert!(
        taken.min(refused) > 1_000 / every as u64,
        "{taken} taken, {refused} refused"
    );
}
