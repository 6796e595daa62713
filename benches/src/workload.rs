//! The two reference streams, W1 and W2, made anew from their seed and pinned by the SHA-256 of their bytes: a change
//! in the generator, or a mathematics library that rounds `ln` otherwise, cannot go unnoticed.
//!
//! The generator keeps its own price-time books, so its totals and its fill hash judge every engine, ours included.

use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// What a record asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// A limit order. It may trade at once.
    New = 0,
    /// Takes an order out of its book.
    Cancel = 1,
    /// A limit order whose remainder never rests.
    ImmediateOrCancel = 2,
    /// Takes an order out and puts a new one in, on the same book and side, without its priority.
    Modify = 3,
}

/// One command of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What is asked.
    pub op: Op,
    /// Whether it buys.
    pub buy: bool,
    /// Which book, from 0.
    pub book: u32,
    /// The order's id; of a modify, the old one.
    pub id: u32,
    /// The limit; of a cancel, that of the order.
    pub price: u32,
    /// The quantity; of a cancel, what was left of the order.
    pub quantity: u32,
    /// Of a modify, the new id; else 0.
    pub new_id: u32,
}

impl Record {
    /// Its 24 bytes in the file.
    fn bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[0] = self.op as u8;
        bytes[1] = u8::from(!self.buy);
        for (place, word) in [self.book, self.id, self.price, self.quantity, self.new_id]
            .into_iter()
            .enumerate()
        {
            bytes[4 + 4 * place..8 + 4 * place].copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}

/// What came of a stream: the same for every engine that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many fills.
    pub trades: u64,
    /// Units traded.
    pub quantity: u64,
    /// Price × quantity, summed.
    pub notional: u64,
    /// A hash of all fills in their order.
    pub hash: u64,
}

impl Tally {
    /// Adds a fill.
    #[inline]
    pub fn fill(&mut self, maker: u32, taker: u32, quantity: u32, price: u32) {
        let wide = |high: u32, low: u32| (u64::from(high) << 32) | u64::from(low);
        self.trades += 1;
        self.quantity += u64::from(quantity);
        self.notional += u64::from(quantity) * u64::from(price);
        self.hash = (self.hash ^ wide(maker, taker)).wrapping_mul(0x100_0000_01B3);
        self.hash = (self.hash ^ wide(quantity, price)).wrapping_mul(0x100_0000_01B3);
    }
}

/// What pins a stream.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in tables.
    pub name: &'static str,
    /// NB, the number of books.
    pub books: u32,
    /// T, the number of orders that rest before the timed part.
    pub preload: u32,
    /// N, the number of timed commands.
    pub commands: u32,
    /// The seed.
    pub seed: u64,
    /// What must come of it.
    pub tally: Tally,
    /// How many orders rest at the end.
    pub resting: u32,
    /// The SHA-256 of the file.
    pub sha256: &'static str,
}

/// One deep book.
pub const W1: Spec = Spec {
    name: "W1",
    books: 1,
    preload: 10_000,
    commands: 1_000_000,
    seed: 42,
    tally: Tally {
        trades: 148_107,
        quantity: 5_017_664,
        notional: 501_970_953_487,
        hash: 16_760_270_765_349_256_572,
    },
    resting: 10_008,
    sha256: "0d95a1f06d6bd31cccbf65df3e142f48a404f9b4b3932762f6e0ad9af89494f8",
};

/// Many books.
pub const W2: Spec = Spec {
    name: "W2",
    books: 100_000,
    preload: 400_000,
    commands: 1_000_000,
    seed: 43,
    tally: Tally {
        trades: 58_813,
        quantity: 2_438_229,
        notional: 243_822_873_495,
        hash: 14_936_898_420_349_460_853,
    },
    resting: 416_291,
    sha256: "bd0e0c8ab7f53ec45133418115226e8ab4cc95e7e14a2a7d0fda3a1f84e5f5fb",
};

/// A stream.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What pins it.
    pub spec: Spec,
    /// The preload, then the timed commands.
    records: Vec<Record>,
    /// The last id + 1.
    pub max_id: u32,
}

impl Workload {
    /// Makes the stream. Panics where it is not the pinned one.
    pub fn generate(spec: Spec) -> Self {
        let generated = Generator::run(&spec);
        let resting = generated.live.len() as u32;
        let workload = Self {
            spec,
            records: generated.records,
            max_id: generated.next_id,
        };
        let sha256 = workload.sha256(&generated.tally, resting);
        assert_eq!(
            generated.tally, spec.tally,
            "{}: the totals are not those of the pinned stream",
            spec.name
        );
        assert_eq!(
            resting, spec.resting,
            "{}: not as many orders rest as in the pinned stream",
            spec.name
        );
        assert_eq!(
            sha256, spec.sha256,
            "{}: the bytes are not those of the pinned stream",
            spec.name
        );
        workload
    }

    /// A buy and a sell in each of so many books, and nothing else: to see what a quiet book costs.
    pub fn quiet(books: u32) -> Self {
        let record = |book: u32, buy: bool| {
            let (id, price) = (1 + 2 * book + u32::from(!buy), if buy { 99_990 } else { 100_010 });
            Record {
                op: Op::New,
                buy,
                book,
                id,
                price,
                quantity: 1,
                new_id: 0,
            }
        };
        let records: Vec<_> = (0..books)
            .flat_map(|book| [record(book, true), record(book, false)])
            .collect();
        let preload = records.len() as u32;
        let spec = Spec {
            name: "quiet",
            books,
            preload,
            commands: 0,
            resting: preload,
            tally: Tally::default(),
            ..W2
        };
        Self {
            spec,
            records,
            max_id: preload + 1,
        }
    }

    /// A short stream that nothing pins, on one book.
    pub fn short(preload: u32, commands: u32) -> Self {
        let spec = Spec {
            name: "short",
            preload,
            commands,
            ..W1
        };
        let generated = Generator::run(&spec);
        Self {
            spec: Spec {
                tally: generated.tally,
                resting: generated.live.len() as u32,
                sha256: "",
                ..spec
            },
            records: generated.records,
            max_id: generated.next_id,
        }
    }

    /// All commands.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The orders that rest before the timed part.
    pub fn preload(&self) -> &[Record] {
        &self.records[..self.spec.preload as usize]
    }

    /// The timed part.
    pub fn timed(&self) -> &[Record] {
        &self.records[self.spec.preload as usize..]
    }

    /// The SHA-256 of the file: a header of 64 bytes, then the records.
    fn sha256(&self, tally: &Tally, resting: u32) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"MEWL0001");
        for word in [self.spec.books, self.spec.preload, self.spec.commands, self.max_id] {
            hasher.update(word.to_le_bytes());
        }
        for word in [tally.trades, tally.quantity, tally.notional, tally.hash] {
            hasher.update(word.to_le_bytes());
        }
        hasher.update(resting.to_le_bytes());
        hasher.update([0; 4]);
        for record in &self.records {
            hasher.update(record.bytes());
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next 64 bits.
    pub fn out(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.out()) * u128::from(n)) >> 64) as u64
    }

    fn f(&mut self) -> f64 {
        (self.out() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    fn coin(&mut self) -> bool {
        self.out() >> 63 == 1
    }

    fn geo(&mut self) -> u32 {
        loop {
            let d = ((1.0 - self.f()).ln() / 0.98f64.ln()).floor();
            if d < 500.0 {
                return d as u32;
            }
        }
    }
}

/// The generator's own book: as plain as it gets.
#[derive(Clone, Debug, Default)]
struct Reference {
    buys: BTreeMap<u32, VecDeque<u32>>,
    sells: BTreeMap<u32, VecDeque<u32>>,
}

impl Reference {
    fn bid(&self) -> Option<u32> {
        self.buys.last_key_value().map(|(price, _)| *price)
    }

    fn ask(&self) -> Option<u32> {
        self.sells.first_key_value().map(|(price, _)| *price)
    }

    fn levels(&mut self, buy: bool) -> &mut BTreeMap<u32, VecDeque<u32>> {
        if buy { &mut self.buys } else { &mut self.sells }
    }

    fn best_opposite(&self, buy: bool) -> Option<u32> {
        if buy { self.ask() } else { self.bid() }
    }
}

/// An order the generator knows: where it stands, and its place in `live`.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    book: u32,
    buy: bool,
    price: u32,
    left: u32,
    place: usize,
}

struct Generator {
    random: SplitMix,
    mid: u32,
    books: Vec<Reference>,
    known: Vec<Known>,
    live: Vec<u32>,
    next_id: u32,
    records: Vec<Record>,
    tally: Tally,
}

impl Generator {
    fn run(spec: &Spec) -> Self {
        let mut generator = Self {
            random: SplitMix(spec.seed),
            mid: 100_000,
            books: vec![Reference::default(); spec.books as usize],
            known: vec![Known::default()],
            live: Vec::new(),
            next_id: 1,
            records: Vec::with_capacity((spec.preload + spec.commands) as usize),
            tally: Tally::default(),
        };
        for i in 0..spec.preload {
            let side = if spec.books == 1 { i & 1 } else { (i / spec.books) & 1 };
            generator.passive(Op::New, i % spec.books, side == 0, 0);
        }
        for i in 0..spec.commands {
            generator.command(spec, i);
        }
        generator
    }

    fn command(&mut self, spec: &Spec, i: u32) {
        if spec.books == 1 && i.is_multiple_of(64) {
            self.mid = (self.mid + self.random.below(3) as u32 - 1).clamp(90_000, 110_000);
        }
        let u = self.random.f();
        let adjust = if self.live.len() > spec.preload as usize {
            -0.03
        } else {
            0.03
        };
        let is_new = u < 0.50 + adjust;
        let (is_cancel, is_marketable) = (u < 0.90, (0.90..0.95).contains(&u));
        if is_new || is_marketable || self.live.is_empty() {
            let book = self.random.below(u64::from(spec.books)) as u32;
            let buy = !self.random.coin();
            match self.books[book as usize].best_opposite(buy) {
                Some(best) if is_marketable && !is_new => self.marketable(book, buy, best),
                _ => self.passive(Op::New, book, buy, 0),
            }
            return;
        }
        let id = self.live[self.random.below(self.live.len() as u64) as usize];
        let known = self.known[id as usize];
        self.leave(id);
        if is_cancel {
            let Known {
                book, buy, price, left, ..
            } = known;
            self.records.push(Record {
                op: Op::Cancel,
                buy,
                book,
                id,
                price,
                quantity: left,
                new_id: 0,
            });
        } else {
            self.passive(Op::Modify, known.book, known.buy, id);
        }
    }

    /// A new order, or the new one of a modify of `old`, at a price that does not cross.
    fn passive(&mut self, op: Op, book: u32, buy: bool, old: u32) {
        let d = self.random.geo();
        let reference = &self.books[book as usize];
        let price = if buy {
            let price = self.mid - 1 - d;
            reference.ask().map_or(price, |ask| price.min(ask - 1))
        } else {
            let price = self.mid + 1 + d;
            reference.bid().map_or(price, |bid| price.max(bid + 1))
        };
        let quantity = 1 + self.random.below(100) as u32;
        let new = self.identify(Known {
            book,
            buy,
            price,
            left: quantity,
            place: 0,
        });
        let (id, new_id) = if op == Op::Modify { (old, new) } else { (new, 0) };
        self.records.push(Record {
            op,
            buy,
            book,
            id,
            price,
            quantity,
            new_id,
        });
        self.rest(new);
    }

    /// An order that trades at once.
    fn marketable(&mut self, book: u32, buy: bool, best: u32) {
        let immediate = self.random.coin();
        let quantity = 1 + self.random.below(200) as u32;
        let limit = if buy { best + 20 } else { best - 20 };
        let id = self.identify(Known {
            book,
            buy,
            price: limit,
            left: quantity,
            place: 0,
        });
        let op = if immediate { Op::ImmediateOrCancel } else { Op::New };
        self.records.push(Record {
            op,
            buy,
            book,
            id,
            price: limit,
            quantity,
            new_id: 0,
        });
        let mut left = quantity;
        while left > 0 {
            let Some(price) = self.books[book as usize].best_opposite(buy) else {
                break;
            };
            if (buy && price > limit) || (!buy && price < limit) {
                break;
            }
            let maker = self.books[book as usize].levels(!buy)[&price][0];
            let fill = left.min(self.known[maker as usize].left);
            left -= fill;
            self.known[maker as usize].left -= fill;
            self.tally.fill(maker, id, fill, price);
            if self.known[maker as usize].left == 0 {
                self.leave(maker);
            }
        }
        if left > 0 && !immediate {
            self.known[id as usize].left = left;
            self.rest(id);
        }
    }

    fn identify(&mut self, known: Known) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.known.push(known);
        id
    }

    fn rest(&mut self, id: u32) {
        let known = &mut self.known[id as usize];
        known.place = self.live.len();
        self.live.push(id);
        self.books[known.book as usize]
            .levels(known.buy)
            .entry(known.price)
            .or_default()
            .push_back(id);
    }

    fn leave(&mut self, id: u32) {
        let known = self.known[id as usize];
        self.live.swap_remove(known.place);
        if let Some(moved) = self.live.get(known.place) {
            self.known[*moved as usize].place = known.place;
        }
        let levels = self.books[known.book as usize].levels(known.buy);
        let queue = levels.get_mut(&known.price).expect("a live order has a level");
        queue.retain(|other| *other != id);
        if queue.is_empty() {
            levels.remove(&known.price);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_streams_are_the_pinned_ones() {
        for spec in [W1, W2] {
            let workload = Workload::generate(spec);
            assert_eq!(workload.preload().len(), spec.preload as usize);
            assert_eq!(workload.timed().len(), spec.commands as usize);
        }
    }

    #[test]
    #[should_panic(expected = "the totals are not those of the pinned stream")]
    fn another_seed_is_refused() {
        Workload::generate(Spec {
            seed: 44,
            commands: 10_000,
            ..W1
        });
    }
}
