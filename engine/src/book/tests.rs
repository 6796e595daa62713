//! Both books against each other on random streams, biased to the edges: the same fills, the same order of priority,
//! the same arena, and a fast book whose structure is sound.

use super::*;
use alloc::{format, string::String, vec, vec::Vec};
use protocol::{InstrumentId, OrderId};

const STREAMS: u64 = 20_000;
const OPERATIONS: usize = 200;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(z ^ (z >> 31)) * u128::from(n)) >> 64) as u64
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// What makes a stream extreme.
#[derive(Clone, Copy, Debug)]
struct Shape {
    books: u64,
    /// Prices are `low..low + span`.
    low: u32,
    span: u32,
    /// Few prices within the span, far apart.
    sparse: bool,
    owners: u64,
    quantity_max: u64,
    /// One in so many operations is a cancel, a sweep.
    cancel: u64,
    sweep: u64,
    /// Sides keep to their half of the band, so that books grow deep.
    apart: bool,
}

impl Shape {
    fn new(random: &mut Random) -> Self {
        let span = random.pick(&[1, 2, 3, 10, 64, 65, 128, 4_096, 4_097, Ticks::BOUND]);
        Self {
            books: random.pick(&[1, 1, 1, 2, 3]),
            low: random.pick(&[0, Ticks::BOUND - span, (Ticks::BOUND - span) / 2]),
            span,
            sparse: random.one_in(2),
            owners: random.pick(&[1, 2, 3, 1_000_000]),
            quantity_max: random.pick(&[1, 3, 100, u64::from(u32::MAX)]),
            cancel: random.pick(&[2, 3, 10]),
            sweep: random.pick(&[3, 20, 1_000]),
            apart: random.one_in(2),
        }
    }

    fn ticks(&self, random: &mut Random, side: Side) -> Ticks {
        let span = u64::from(self.span);
        let mut place = if self.sparse {
            random.below(4) * (span - 1) / 3
        } else {
            random.below(span)
        };
        if random.one_in(20) {
            place = random.pick(&[0, span - 1]);
        }
        if self.apart && span > 1 {
            place = place / 2 + if side == Side::Sell { span / 2 } else { 0 };
        }
        Ticks(self.low + place as u32)
    }
}

/// Books of one kind with their arena; the cold half numbers the orders.
struct Market<B: Book> {
    books: Vec<B>,
    pool: B::Pool,
    orders: Orders<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcome {
    /// The id, whether or not anything rests.
    id: OrderId,
    left: u32,
    own: Option<u32>,
}

/// Price, quantity left, owner, side and name of an open order.
type Facts = (Ticks, u32, EntityId, Side, u32);

/// All that counts of a market: the arena without its links, and each side in the order of priority.
#[derive(Debug, PartialEq)]
struct State {
    slots: Vec<(Slot, u32, Option<Facts>)>,
    free: Vec<Slot>,
    sides: Vec<Vec<Slot>>,
}

impl<B: Book> Market<B> {
    fn new(books: u64) -> Self {
        Self {
            books: (0..books).map(|_| B::default()).collect(),
            pool: B::Pool::default(),
            orders: Orders::new(),
        }
    }

    fn place(&mut self, new: NewOrder, name: u32, rests: bool, fills: &mut Vec<(u32, Fill)>) -> Outcome {
        let book = &mut self.books[new.instrument.index()];
        let mut taker = Taker {
            side: new.side,
            limit: new.ticks,
            left: new.quantity,
            owner: new.owner,
        };
        let own = loop {
            match book.step(&mut self.pool, &mut self.orders, &mut taker) {
                Step::Filled(fill) => {
                    fills.push((*self.orders.cold(fill.maker), fill));
                    assert_eq!(fill.maker_done, self.orders.get(fill.maker).left() == 0);
                    if fill.maker_done {
                        self.orders.remove(fill.maker);
                    }
                }
                Step::Over => break None,
                Step::OwnOrder(slot) => break Some(*self.orders.cold(slot)),
            }
        };
        let slot = self
            .orders
            .insert(
                NewOrder {
                    quantity: taker.left.max(1),
                    ..new
                },
                name,
            )
            .unwrap();
        let id = self.orders.id(slot);
        if rests && own.is_none() && taker.left > 0 {
            book.rest(&mut self.pool, &mut self.orders, slot);
        } else {
            self.orders.remove(slot);
        }
        Outcome {
            id,
            left: taker.left,
            own,
        }
    }

    fn cancel(&mut self, id: OrderId) -> Option<u32> {
        let slot = self.orders.find(id)?;
        let book = self.orders.get(slot).instrument().index();
        self.books[book].unlink(&mut self.pool, &mut self.orders, slot);
        Some(self.orders.remove(slot))
    }

    fn state(&self) -> State {
        let slots: Vec<_> = self
            .orders
            .slots()
            .map(|(slot, order, name)| {
                let alive =
                    order
                        .is_live()
                        .then_some((order.ticks(), order.left(), order.owner(), order.side(), *name));
                (slot, order.generation(), alive)
            })
            .collect();
        let free: Vec<_> = self.orders.free_slots().collect();
        let sides: Vec<Vec<Slot>> = self
            .books
            .iter()
            .flat_map(|book| [Side::Buy, Side::Sell].map(|side| book.resting(&self.pool, &self.orders, side).collect()))
            .collect();
        State { slots, free, sides }
    }

    fn check(&self) -> Result<(), String> {
        self.books
            .iter()
            .try_for_each(|book| book.check(&self.pool, &self.orders))?;
        let resting: usize = self
            .books
            .iter()
            .map(|book| book.order_count(&self.pool, &self.orders))
            .sum();
        if resting == self.orders.count() as usize {
            Ok(())
        } else {
            Err(format!("{resting} rest and {} are open", self.orders.count()))
        }
    }
}

/// Runs one stream on both; returns the most that its fast books took from their pool.
fn run(seed: u64) -> [u32; 3] {
    let mut random = Random(seed);
    let shape = Shape::new(&mut random);
    let mut plain = Market::<PlainBook>::new(shape.books);
    let mut fast = Market::<FastBook>::new(shape.books);
    let mut ids = vec![OrderId(0)];
    let mut used = [0; 3];
    for name in 0..OPERATIONS as u32 {
        if random.one_in(shape.cancel) {
            let id = random.pick(&ids);
            assert_eq!(plain.cancel(id), fast.cancel(id), "cancel {name}");
        } else {
            let side = random.pick(&[Side::Buy, Side::Sell]);
            let sweeps = random.one_in(shape.sweep);
            let far = if side == Side::Buy {
                shape.low + shape.span - 1
            } else {
                shape.low
            };
            let new = NewOrder {
                owner: EntityId(random.below(shape.owners) as u32),
                instrument: InstrumentId(random.below(shape.books) as u32),
                side,
                ticks: if sweeps {
                    Ticks(far)
                } else {
                    shape.ticks(&mut random, side)
                },
                quantity: if sweeps {
                    u32::MAX
                } else {
                    1 + random.below(shape.quantity_max) as u32
                },
                tag: 0,
            };
            let rests = !sweeps && !random.one_in(8);
            let (mut from_plain, mut from_fast) = (Vec::new(), Vec::new());
            let expected = plain.place(new, name, rests, &mut from_plain);
            assert_eq!(fast.place(new, name, rests, &mut from_fast), expected, "order {name}");
            assert_eq!(from_fast, from_plain, "fills of order {name}");
            ids.push(expected.id);
        }
        for (plain, fast) in plain.books.iter().zip(&fast.books) {
            for side in [Side::Buy, Side::Sell] {
                assert_eq!(fast.best(side), plain.best(side), "after {name}");
            }
            assert!(
                plain
                    .best(Side::Buy)
                    .zip(plain.best(Side::Sell))
                    .is_none_or(|(bid, ask)| bid < ask),
                "crossed"
            );
        }
        if name % 50 == 0 || name as usize == OPERATIONS - 1 {
            plain.check().unwrap();
            fast.check().unwrap();
            assert_eq!(
                format!("{:?}", fast.state()),
                format!("{:?}", plain.state()),
                "after {name}"
            );
        }
        used = core::array::from_fn(|kind| used[kind].max(fast.pool.used()[kind]));
    }
    for id in ids {
        assert_eq!(plain.cancel(id), fast.cancel(id));
    }
    fast.check().unwrap();
    assert_eq!(fast.pool.used(), [0; 3], "what is empty goes back to the pool");
    assert!(fast.books.iter().all(Book::is_empty));
    used
}

#[test]
fn both_books_agree_on_random_streams() {
    let mut most = [0; 3];
    for seed in 0..STREAMS {
        let used = run(seed);
        most = core::array::from_fn(|kind| most[kind].max(used[kind]));
    }
    assert!(
        most[0] >= 4 && most[1] >= 6 && most[2] >= 20,
        "blocks, branches and leaves were put to use: {most:?}"
    );
}

fn sell(ticks: u32) -> NewOrder {
    NewOrder {
        owner: EntityId(1),
        instrument: InstrumentId(0),
        side: Side::Sell,
        ticks: Ticks(ticks),
        quantity: 10,
        tag: 0,
    }
}

fn buyer(left: u32) -> Taker {
    Taker {
        side: Side::Buy,
        limit: Ticks::MAX,
        left,
        owner: EntityId(2),
    }
}

/// A side of every form: in the book, in a block, on a ladder of one level, on one across the whole band.
fn sides() -> [Vec<u32>; 4] {
    [
        vec![7; 4],
        vec![7; 16],
        vec![7; 40],
        (0..64).map(|i| i * ((Ticks::BOUND - 1) / 63)).collect(),
    ]
}

fn load<B: Book>(side: &[u32]) -> Market<B> {
    let mut market = Market::<B>::new(1);
    for (name, ticks) in (0..).zip(side) {
        market.place(sell(*ticks), name, true, &mut Vec::new());
    }
    market
}

fn a_partial_fill_keeps_its_place<B: Book>() {
    for side in sides() {
        let mut market = load::<B>(&side);
        for name in 0..side.len() as u32 {
            for (left, maker_done) in [(3, false), (7, true)] {
                let mut taker = buyer(left);
                let step = market.books[0].step(&mut market.pool, &mut market.orders, &mut taker);
                let Step::Filled(fill) = step else { panic!("{step:?}") };
                assert_eq!(
                    (*market.orders.cold(fill.maker), fill.quantity, taker.left),
                    (name, left, 0)
                );
                assert_eq!((fill.ticks, fill.maker_done), (Ticks(side[name as usize]), maker_done));
            }
        }
        assert!(market.books[0].is_empty());
    }
}

#[test]
fn a_partial_fill_keeps_its_place_in_every_form() {
    a_partial_fill_keeps_its_place::<PlainBook>();
    a_partial_fill_keeps_its_place::<FastBook>();
}

fn nobody_trades_with_himself<B: Book>() {
    for side in sides() {
        let mut market = load::<B>(&side);
        let before = market.state();
        let mut taker = Taker {
            owner: EntityId(1),
            ..buyer(5)
        };
        let step = market.books[0].step(&mut market.pool, &mut market.orders, &mut taker);
        assert!(
            matches!(step, Step::OwnOrder(slot) if *market.orders.cold(slot) == 0),
            "{step:?}"
        );
        assert_eq!((taker.left, market.state()), (5, before));
    }
}

#[test]
fn nobody_trades_with_himself_in_any_form() {
    nobody_trades_with_himself::<PlainBook>();
    nobody_trades_with_himself::<FastBook>();
}

#[test]
fn a_broken_fast_book_is_noticed() {
    for side in sides() {
        let mut market = load::<FastBook>(&side);
        market.check().unwrap();
        let slot = market.books[0]
            .resting(&market.pool, &market.orders, Side::Sell)
            .nth(1)
            .unwrap();
        market.orders.remove(slot);
        market.check().unwrap_err();
    }
}
