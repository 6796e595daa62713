//! The state as bytes, in one canonical form: what is derivable (indexes, links, ladders) stays out, so both books give
//! the same bytes. The state hash is their SHA-256.

use crate::{
    answers::Remembered,
    book::{Book, Order, Slot},
    clearing::OrderTerms,
    control::Control,
    deadlines::Deadlines,
    escrow::Escrows,
    exchange::Exchange,
    ledger::{Account, Cash, Holding},
    licensing::Licensing,
    registry::{Asset, Entity, Instrument, Key, User},
    titles::Titles,
    transfer::Sales,
    units::Units,
    valuation::Valuations,
};
use alloc::{collections::BTreeSet, vec::Vec};
use postcard::ser_flavors::Flavor;
use protocol::{Digest, Seq, Side, Timestamp, rules::Epoch, text::Reference};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The version of this form.
const VERSION: u16 = 1;

/// An order of a book, in price-time order there.
#[derive(Serialize)]
struct Resting {
    slot: u32,
    ticks: u32,
    left: u32,
    owner: u32,
    epoch: u32,
    terms: OrderTerms,
}

/// The state, borrowed.
#[derive(Serialize)]
struct Image<'a> {
    version: u16,
    seq: Seq,
    at: Timestamp,
    epochs: &'a [Epoch],
    entities: &'a [Entity],
    users: &'a [User],
    keys: &'a [Key],
    assets: &'a [Asset],
    instruments: &'a [Instrument],
    accounts: &'a [Account],
    cash: &'a [Cash],
    holdings: &'a [Holding],
    escrows: &'a Escrows,
    control: &'a Control,
    titles: &'a Titles,
    valuations: &'a Valuations,
    licensing: &'a Licensing,
    units: &'a Units,
    sales: &'a Sales,
    references: &'a BTreeSet<Reference>,
    answers: Vec<Vec<&'a Remembered>>,
    deadlines: &'a Deadlines,
    trades: u64,
    /// The generation of every slot that was ever used: ids depend on it.
    generations: Vec<u32>,
    /// The free slots, the next to be given out first.
    free: Vec<u32>,
    /// The books, by instrument: buys, then sells.
    books: Vec<[Vec<Resting>; 2]>,
}

/// Sends what is serialized through SHA-256, in chunks.
struct Hashing {
    hash: Sha256,
    chunk: Vec<u8>,
}

impl Hashing {
    const CHUNK: usize = 1 << 14;
}

impl Flavor for Hashing {
    type Output = Digest;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= Self::CHUNK {
            self.hash.update(&self.chunk);
            self.chunk.clear();
        }
        Ok(())
    }

    fn finalize(mut self) -> postcard::Result<Digest> {
        self.hash.update(&self.chunk);
        Ok(Digest(self.hash.finalize().into()))
    }
}

impl<B: Book> Exchange<B> {
    /// The SHA-256 of the whole state in its canonical form. Takes time in the order of the state, so only a follower
    /// asks. Equal on both books.
    pub fn state_hash(&self) -> Digest {
        let flavor = Hashing {
            hash: Sha256::new(),
            chunk: Vec::with_capacity(2 * Hashing::CHUNK),
        };
        postcard::serialize_with_flavor(&self.image(), flavor).expect("the state is plain data in memory")
    }

    fn image(&self) -> Image<'_> {
        let (accounts, cash, holdings) = self.ledger.parts();
        Image {
            version: VERSION,
            seq: self.seq,
            at: self.at,
            epochs: &self.epochs,
            entities: &self.registry.entities,
            users: &self.registry.users,
            keys: &self.registry.keys,
            assets: &self.registry.assets,
            instruments: &self.registry.instruments,
            accounts,
            cash,
            holdings,
            escrows: &self.escrows,
            control: &self.control,
            titles: &self.titles,
            valuations: &self.valuations,
            licensing: &self.licensing,
            units: &self.units,
            sales: &self.sales,
            references: &self.references,
            answers: self.answers.parts(self.at).collect(),
            deadlines: &self.deadlines,
            trades: self.trades,
            generations: self.orders.slots().map(|(_, order, _)| order.generation()).collect(),
            free: self.orders.free_slots().map(Slot::number).collect(),
            books: self
                .books
                .iter()
                .map(|book| [Side::Buy, Side::Sell].map(|side| self.side(book, side)))
                .collect(),
        }
    }

    fn side(&self, book: &B, side: Side) -> Vec<Resting> {
        let resting = |slot: Slot| {
            let order: &Order = self.orders.get(slot);
            Resting {
                slot: slot.number(),
                ticks: order.ticks().0,
                left: order.left(),
                owner: order.owner().0,
                epoch: order.tag(),
                terms: *self.orders.cold(slot),
            }
        };
        book.resting(&self.pool, &self.orders, side).map(resting).collect()
    }
}
