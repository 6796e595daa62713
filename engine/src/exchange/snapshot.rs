//! The state as bytes, in one canonical form: what is derivable (indexes, links, ladders) stays out, so both books give
//! the same bytes. Their SHA-256 is the state hash; framed, they are a snapshot that either book loads.
//!
//! The image holds the tables, then what stands apart: the answers that are remembered, the slots of the arena, and
//! the orders, book by book. What is loaded holds every invariant and gives the same image again, or it is not loaded.

use super::named::{COUNTER_MAX, Known, Unknown};
use crate::{
    book::{Book, NewOrder, Order, Orders, Slot, Ticks},
    kit::{
        answers::{Answers, Kept},
        ids::VENUE,
        remembered::Remembered,
    },
    money::clearing::OrderTerms,
    state::Exchange,
};
use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::{convert::Infallible, fmt};
use postcard::{
    Deserializer, Serializer, de_flavors,
    ser_flavors::{Flavor, Size},
};
use protocol::{
    Digest, EntityId, InstrumentId, Side,
    rules::{Epoch, RULES_VERSION},
    wire::Same,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a snapshot begins with.
const MAGIC: [u8; 6] = *b"ZHSNAP";
/// The version of this form, image and frame.
const VERSION: u16 = 12;
/// The magic, the version and the length of the image, both little-endian.
const HEADER: usize = MAGIC.len() + size_of::<u16>() + size_of::<u64>();
/// The SHA-256 of the image, at the end.
const DIGEST: usize = 32;
/// An image is written in pieces of about this many bytes.
const CHUNK: usize = 1 << 16;

/// Why bytes are no snapshot that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotError {
    /// They don't begin as one.
    NotASnapshot,
    /// It has a form that this code doesn't read.
    Version(u16),
    /// It is cut short, or more follows.
    Length,
    /// The image is not the one that was written: it has another digest.
    Damaged,
    /// The image is whole and is of no state that an exchange can be in.
    Malformed(String),
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASnapshot => f.write_str("not a snapshot"),
            Self::Version(version) => write!(f, "a snapshot of version {version}; this is version {VERSION}"),
            Self::Length => f.write_str("a snapshot of the wrong length"),
            Self::Damaged => f.write_str("a damaged snapshot: its digest is another"),
            Self::Malformed(what) => write!(f, "a snapshot of no possible state: {what}"),
        }
    }
}

impl core::error::Error for SnapshotError {}

fn malformed(what: impl Into<String>) -> SnapshotError {
    SnapshotError::Malformed(what.into())
}

type Reader<'a> = Deserializer<'a, de_flavors::Slice<'a>>;

fn read<'a, T: Deserialize<'a>>(from: &mut Reader<'a>) -> Result<T, SnapshotError> {
    T::deserialize(from).map_err(|_| malformed("it does not decode"))
}

/// The fields of [`Exchange`] that are plain data, in the order of the image. A field that stands neither here nor
/// apart does not compile.
macro_rules! tables {
    ($($table:ident),* $(,)?) => {
        impl<B: Book> Exchange<B> {
            fn write_tables(&self, to: &mut Serializer<impl Flavor>) -> postcard::Result<()> {
                let Self { $($table,)* answers: _, orders: _, books: _, pool: _ } = self;
                $($table.serialize(&mut *to)?;)*
                Ok(())
            }

            fn read_tables(from: &mut Reader<'_>) -> Result<Self, SnapshotError> {
                Ok(Self {
                    $($table: read(from)?,)*
                    answers: Answers::default(),
                    orders: Orders::default(),
                    books: Vec::new(),
                    pool: B::Pool::default(),
                })
            }

            /// Whether everything that the tables name is there.
            fn check_named(&self) -> Result<(), Unknown> {
                let known = Known::of(self);
                $(self.$table.serialize(known)?;)*
                Ok(())
            }
        }
    };
}

tables! {
    seq,
    at,
    epochs,
    register,
    ledger,
    escrows,
    control,
    titles,
    valuations,
    licensing,
    units,
    sales,
    lots,
    border,
    pledging,
    disposals,
    pools,
    subsidies,
    diligence,
    deadlines,
    trades,
}

/// An order of a book, in price-time order there.
#[derive(Serialize, Deserialize)]
struct Resting {
    slot: u32,
    ticks: u32,
    left: u32,
    owner: u32,
    epoch: u32,
    terms: OrderTerms,
}

impl<B: Book> Exchange<B> {
    /// The SHA-256 of the whole state in its canonical form. Takes time in the order of the state, so only a follower
    /// asks. Equal on both books.
    pub fn state_hash(&self) -> Digest {
        let Ok(hash) = self.stream(|_| Ok::<_, Infallible>(()));
        hash
    }

    /// The whole state as a snapshot: what [`Self::load`] reads.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let Ok(_) = self.save_to(|piece| {
            bytes.extend_from_slice(piece);
            Ok::<_, Infallible>(())
        });
        bytes
    }

    /// Writes a snapshot piece by piece, so that a large state is not in memory twice. Returns the state hash.
    ///
    /// # Errors
    /// The first that `write` returns; what was written until then is no snapshot.
    pub fn save_to<E>(&self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<Digest, E> {
        let mut size = Serializer {
            output: Size::default(),
        };
        let length = self
            .write_image(&mut size)
            .and_then(|()| size.output.finalize())
            .expect(PLAIN);
        write(&header(length as u64))?;
        let hash = self.stream(&mut write)?;
        write(&hash.0)?;
        Ok(hash)
    }

    /// The exchange that was saved, on either book: told the same from here on, both answer the same.
    ///
    /// # Errors
    /// Where the bytes are not a whole snapshot of this version, or of no state that an exchange can be in.
    pub fn load(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let image = unframed(bytes)?;
        let exchange = Self::read_image(image)?;
        exchange.check_beside_pledging().map_err(malformed)?;
        let mut same = Serializer { output: Same(image) };
        match exchange.write_image(&mut same) {
            Ok(()) if same.output.0.is_empty() => Ok(exchange),
            _ => Err(malformed("it is not in its canonical form")),
        }
    }

    /// Sends the image through SHA-256 and `write`, in pieces.
    fn stream<E>(&self, write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<Digest, E> {
        let mut to = Serializer {
            output: Stream {
                hash: Sha256::new(),
                piece: Vec::with_capacity(2 * CHUNK),
                write,
                failed: None,
            },
        };
        let written = self.write_image(&mut to).and_then(|()| to.output.flush());
        let Stream { hash, failed, .. } = to.output;
        if let Some(error) = failed {
            return Err(error);
        }
        written.expect(PLAIN);
        Ok(Digest(hash.finalize().into()))
    }

    fn write_image(&self, to: &mut Serializer<impl Flavor>) -> postcard::Result<()> {
        self.write_tables(to)?;
        for kept in self.answers.parts() {
            kept.serialize(&mut *to)?;
        }
        // Of every slot that was ever used: ids depend on it.
        let generations: Vec<u32> = self.orders.slots().map(|(_, order, _)| order.generation()).collect();
        generations.serialize(&mut *to)?;
        // The next to be given out first.
        let free: Vec<u32> = self.orders.free_slots().map(Slot::number).collect();
        free.serialize(&mut *to)?;
        for book in &self.books {
            let sides = [Side::Buy, Side::Sell].map(|side| self.side(book, side));
            sides.serialize(&mut *to)?;
        }
        Ok(())
    }

    /// The other way round of [`Self::write_image`], and what is derivable.
    fn read_image(image: &[u8]) -> Result<Self, SnapshotError> {
        let from = &mut Deserializer::from_bytes(image);
        let mut exchange = Self::read_tables(from)?;
        exchange.restore_tables().map_err(malformed)?;
        for _ in 0..exchange.register.entities.len() {
            exchange.restore_answers(read(from)?).map_err(malformed)?;
        }
        let (generations, free): (Vec<u32>, Vec<u32>) = (read(from)?, read(from)?);
        exchange.orders = Orders::with_generations(&generations).ok_or_else(|| malformed("more slots than can be"))?;
        exchange.books.reserve(exchange.register.instruments.len());
        for _ in 0..exchange.register.instruments.len() {
            exchange.restore_book(read(from)?).map_err(malformed)?;
        }
        let restored = exchange.orders.restore_free(&free);
        restored.ok_or_else(|| malformed("a free slot is not free, or not known"))?;
        Ok(exchange)
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

    /// Rebuilds what follows from the tables, and checks that each names only what there is.
    fn restore_tables(&mut self) -> Result<(), String> {
        if self.seq.0.max(self.trades).max(self.at.0) > COUNTER_MAX {
            return Err("a counter near its end".into());
        }
        self.check_named().map_err(|unknown| unknown.to_string())?;
        let known =
            |epoch: &Epoch| epoch.rules_version == RULES_VERSION && epoch.fees.is_valid() && epoch.calendar.is_valid();
        if !self.epochs.iter().all(known) {
            return Err("rules that cannot be in force".into());
        }
        self.register.restore()?;
        let Self { register, ledger, .. } = self;
        ledger.restore(register.entities.len(), register.instruments.len())?;
        let (accounts, ..) = ledger.parts();
        let venue = (!self.epochs.is_empty()).then_some(VENUE);
        if register.users.first().map(|user| user.entity) != venue
            || accounts.first().map(|account| account.entity) != venue
            || register.entities.is_empty() == venue.is_some()
        {
            return Err("the venue does not come first".into());
        }
        self.check_sound()
    }

    /// Puts back what was answered to the next participant.
    fn restore_answers(&mut self, kept: Kept<Remembered>) -> Result<(), String> {
        kept.serialize(Known::of(self)).map_err(|unknown| unknown.to_string())?;
        // What has ended goes back to the ring behind younger ones: there is no order among them.
        let past = |of: &Remembered| of.answer.at <= self.at;
        if !kept.ring.iter().chain(&kept.held).all(past) {
            return Err("an answer of the future".into());
        }
        let restored = self.answers.restore_participant(kept);
        restored.ok_or_else(|| "answers that nobody can have kept".into())
    }

    /// Puts the orders of the next book back.
    fn restore_book(&mut self, sides: [Vec<Resting>; 2]) -> Result<(), &'static str> {
        let instrument = InstrumentId(self.books.len() as u32);
        let mut book = B::default();
        for (side, resting) in [Side::Buy, Side::Sell].into_iter().zip(sides) {
            for order in resting {
                self.check_resting(instrument, &order)?;
                let new = NewOrder {
                    owner: EntityId(order.owner),
                    instrument,
                    side,
                    ticks: Ticks(order.ticks),
                    quantity: order.left,
                    tag: order.epoch,
                };
                let slot = self.orders.restore(order.slot, new, order.terms);
                let slot = slot.ok_or("two orders in a slot, or one in none")?;
                book.rest(&mut self.pool, &mut self.orders, slot);
            }
        }
        self.books.push(book);
        Ok(())
    }

    /// Whether an order names only what there is, and is within the bounds of its listing.
    fn check_resting(&self, instrument: InstrumentId, order: &Resting) -> Result<(), &'static str> {
        let OrderTerms {
            account,
            cash,
            units,
            spent: _,
        } = order.terms;
        let terms = &self.register.listing(instrument).terms;
        let (accounts, all_cash, holdings) = self.ledger.parts();
        let owner = accounts.get(account.index()).map(|account| account.entity);
        let pays_from = all_cash.get(cash.0 as usize);
        let delivers_from = holdings.get(units.0 as usize);
        if owner != Some(EntityId(order.owner))
            || !pays_from.is_some_and(|cash| cash.account == account && cash.currency == terms.currency)
            || !delivers_from.is_some_and(|units| units.account == account && units.instrument == instrument)
        {
            return Err("an order of nobody, or of another's cash or units");
        }
        let ticks_max = (terms.price_high.minor() - terms.price_low.minor()) / terms.tick.minor();
        if i64::from(order.ticks) > ticks_max
            || !(1..=terms.order_max.units()).contains(&i64::from(order.left))
            || order.epoch > Order::TAG_MAX
            || order.epoch as usize >= self.epochs.len()
        {
            return Err("an order outside its bounds");
        }
        Ok(())
    }
}

/// Nothing in the state can fail to serialize.
const PLAIN: &str = "the state is plain data in memory";

fn header(length: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..6].copy_from_slice(&MAGIC);
    header[6..8].copy_from_slice(&VERSION.to_le_bytes());
    header[8..].copy_from_slice(&length.to_le_bytes());
    header
}

/// The image of a snapshot that is whole.
fn unframed(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or(SnapshotError::NotASnapshot)?;
    let (version, rest) = rest.split_first_chunk().ok_or(SnapshotError::Length)?;
    let version = u16::from_le_bytes(*version);
    if version != VERSION {
        return Err(SnapshotError::Version(version));
    }
    let (length, rest) = rest.split_first_chunk().ok_or(SnapshotError::Length)?;
    let (image, digest) = rest.split_last_chunk::<DIGEST>().ok_or(SnapshotError::Length)?;
    if u64::from_le_bytes(*length) != image.len() as u64 {
        return Err(SnapshotError::Length);
    }
    if Sha256::digest(image).as_slice() != digest {
        return Err(SnapshotError::Damaged);
    }
    Ok(image)
}

/// Where an image goes.
struct Stream<W, E> {
    hash: Sha256,
    piece: Vec<u8>,
    write: W,
    /// Why `write` failed.
    failed: Option<E>,
}

impl<E, W: FnMut(&[u8]) -> Result<(), E>> Stream<W, E> {
    fn flush(&mut self) -> postcard::Result<()> {
        self.hash.update(&self.piece);
        let written = (self.write)(&self.piece);
        self.piece.clear();
        written.map_err(|error| {
            self.failed = Some(error);
            postcard::Error::SerializeBufferFull
        })
    }
}

impl<E, W: FnMut(&[u8]) -> Result<(), E>> Flavor for Stream<W, E> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= CHUNK {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        book::PlainBook,
        kit::{deadlines::Deadline, few::Few, ids::VENUE},
        money::ledger::Ledger,
        register::lent::{Classes, Lent, tests::lent},
    };
    use alloc::{boxed::Box, format, string::ToString, vec};
    use protocol::{
        AccountId, Answer, AssetId, BasisPoints, Bounded, Command, Currency, Date, LoanId, Money, Outcome, Price,
        Quantity, Receipt, Request, Stamped, Symbol, Timestamp, UserId,
        account::CashMove,
        asset::{AssetClass, RegisterAsset},
        command::ClientKey,
        listing::{BookTerms, IssueUnits, ListUnits},
        order::{OrderKind, PlaceOrder},
        party::{EntityKind, KeyMaterial, LegalId, RegisterEntity, RegisterKey, RegisterUser, Roles, Scopes},
        rules::{Approval, Calendar, Fees, Profile},
        title::{Extract, NewRight, RegisterRights},
    };

    #[test]
    fn a_snapshot_begins_with_its_magic_version_and_length() {
        let bytes = Exchange::<crate::book::FastBook>::new().save();
        let hex: String = bytes[..HEADER].iter().map(|byte| format!("{byte:02x}")).collect();
        let length = bytes.len() - HEADER - DIGEST;
        // ZHSNAP, the version, and eight bytes of which the state before the first command needs one.
        assert_eq!(hex, format!("5a48534e4150{VERSION:02x}00{length:02x}00000000000000"));
    }

    #[test]
    fn an_error_says_what_is_wrong() {
        let load = |bytes: &[u8]| {
            Exchange::<crate::book::PlainBook>::load(bytes)
                .map(drop)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(load(b""), "not a snapshot");
        let other = format!("a snapshot of version 1; this is version {VERSION}");
        assert_eq!(load(b"ZHSNAP\x01\x00"), other);
        assert_eq!(load(&header(0)[..8]), "a snapshot of the wrong length");
        let image = [0xFF; 40];
        let mut bytes = header(40).to_vec();
        bytes.extend(image);
        bytes.extend([0; DIGEST]);
        assert_eq!(load(&bytes), "a damaged snapshot: its digest is another");
        bytes.truncate(HEADER + 40);
        bytes.extend(Sha256::digest(image));
        assert_eq!(load(&bytes), "a snapshot of no possible state: it does not decode");
    }

    /// 2026-03-02T02:00:00Z.
    const BEGIN: Timestamp = Timestamp(1_772_416_800_000_000_000);

    /// An exchange of one participant with a key, a right and a sell and a buy of it, under two epochs.
    fn exchange() -> Exchange {
        let mut exchange = Exchange::new();
        let mut ask = |command| {
            let stamped = Stamped {
                seq: exchange.seq.next(),
                at: Timestamp(exchange.at.max(BEGIN).0 + 1),
                body: Request {
                    by: UserId(exchange.register.users.len().saturating_sub(1) as u32),
                    client: (!exchange.epochs.is_empty())
                        .then_some(ClientKey {
                            id: u128::from(exchange.seq.0).to_le_bytes(),
                            body: [0; 8],
                        })
                        .map(Into::into),
                    command,
                },
            };
            let answer = exchange.apply(&stamped, &mut Vec::new());
            assert!(matches!(answer.outcome, Outcome::Done(_)), "{stamped:?}: {answer:?}");
        };
        let epoch = Epoch {
            rules_version: RULES_VERSION,
            profile: Profile::UnitMarket,
            approval: Approval::Sandbox,
            fees: Fees::default(),
            calendar: Calendar::default(),
            judicial_listing: None,
        };
        let (entity, account, instrument) = (EntityId(1), AccountId(1), InstrumentId(0));
        ask(Command::Epoch(Box::new(epoch.clone())));
        ask(Command::Epoch(Box::new(epoch)));
        ask(Command::RegisterEntity(Box::new(RegisterEntity {
            name: Bounded::new("One").unwrap(),
            kind: EntityKind::Company,
            legal_id: LegalId::Uscc(Bounded::new("91110000600037341L").unwrap()),
            evidence: None,
        })));
        ask(Command::OpenAccount { entity });
        ask(Command::CashIn(Box::new(CashMove {
            account,
            currency: Currency::Cny,
            amount: Money::from_minor(1_000),
            reference: Bounded::new("1").unwrap(),
        })));
        ask(Command::RegisterKey(Box::new(RegisterKey {
            user: UserId(0),
            material: KeyMaterial::HmacSha256,
            scopes: Scopes::READ,
            networks: Vec::new(),
        })));
        let right = RegisterAsset {
            owner: entity,
            class: AssetClass::Patent,
            office: protocol::Office(*b"US"),
            number: Bounded::new("10000001").unwrap(),
            title: Bounded::new("A right").unwrap(),
            filed: Date::from_civil(2014, 3, 31),
            granted: Date::from_civil(2023, 10, 31),
            expires: Date::from_civil(2034, 3, 31),
            classifications: Vec::new(),
            texts: Digest::default(),
        };
        ask(Command::RegisterRights(Box::new(RegisterRights {
            rights: vec![NewRight {
                extract: Some(Extract {
                    drawn: BEGIN.venue_date(),
                    evidence: Digest::default(),
                }),
                ..NewRight::from(right)
            }],
            issue_to: None,
        })));
        ask(Command::RegisterUser(RegisterUser {
            entity,
            roles: Roles::FIRM,
        }));
        for symbol in ["A", "B"] {
            ask(Command::ListUnits(Box::new(ListUnits {
                asset: AssetId(0),
                terms: BookTerms {
                    symbol: Symbol::new(symbol).unwrap(),
                    currency: Currency::Cny,
                    tick: Price::from_minor(1),
                    price_low: Price::from_minor(1),
                    price_high: Price::from_minor(100),
                    lot: Quantity::from_units(1),
                    order_max: Quantity::from_units(50),
                    supply: Quantity::from_units(100),
                },
            })));
        }
        ask(Command::IssueUnits(IssueUnits {
            instrument,
            account,
            quantity: Quantity::from_units(100),
        }));
        for (side, price) in [(Side::Sell, 20), (Side::Buy, 10)] {
            ask(Command::PlaceOrder(PlaceOrder {
                account,
                instrument,
                side,
                kind: OrderKind::Limit(Price::from_minor(price)),
                quantity: Quantity::from_units(10),
            }));
        }
        exchange
    }

    /// Forges the snapshot of an exchange that was put wrong, and says why it is not loaded.
    fn refused(put_wrong: impl FnOnce(&mut Exchange)) -> String {
        let mut exchange = exchange();
        put_wrong(&mut exchange);
        match Exchange::<PlainBook>::load(&exchange.save()) {
            Err(SnapshotError::Malformed(what)) => what,
            other => panic!("{:?}", other.map(drop)),
        }
    }

    /// Why no image is loaded that holds a loan of the one participant, of this number from the last command's.
    fn why_no_loan(after: u64) -> String {
        refused(|e| {
            let id = LoanId(e.seq.0 + after);
            let mut lent = Lent {
                pledges: Vec::new(),
                classes: Classes::default(),
                ..lent()
            };
            lent.loan.loan = id;
            lent.loan.creditors[0].entity = EntityId(1);
            lent.loan.debtor = VENUE;
            e.pledging.loans.add(id, &lent);
        })
    }

    #[test]
    fn a_loan_has_the_number_of_a_command_that_was_given_and_its_deadline() {
        let waits = why_no_loan(0);
        assert!(waits.contains("deadline"), "{waits}");
        let numbered = why_no_loan(1);
        assert!(numbered.ends_with("is no loan that can be registered"), "{numbered}");
    }

    #[test]
    fn a_state_that_cannot_be_is_not_loaded() {
        assert!(Exchange::<PlainBook>::load(&exchange().save()).is_ok());
        let check = |why: &str, put_wrong: fn(&mut Exchange)| assert_eq!(refused(put_wrong), why);

        let why = "a counter near its end";
        check(why, |e| e.seq.0 = u64::MAX);
        check(why, |e| e.trades = u64::MAX);
        // Whatever is due at the end of time would be due for ever.
        check("it does not decode", |e| e.at = Timestamp::NEVER);
        let why = "rules that cannot be in force";
        check(why, |e| e.epochs[0].calendar.holidays = vec![Date(7), Date(7)]);
        check(why, |e| e.epochs[0].rules_version = 1);
        check(why, |e| e.epochs[0].fees.taker = BasisPoints(10_001));

        let named = |what: &str, put_wrong: fn(&mut Exchange)| {
            assert_eq!(refused(put_wrong), format!("{what} of nothing, or beyond all bounds"));
        };
        named("EntityId", |e| e.register.users[1].entity = EntityId(2));
        named("UserId", |e| e.register.keys[0].user = UserId(2));
        named("EntityId", |e| e.register.assets[0].owner = EntityId(2));
        named("EntityId", |e| e.register.entities[1].beneficiaries.push(EntityId(2)));
        named("AssetId", |e| e.register.instruments[1].asset = AssetId(1));
        named("InstrumentId", |e| {
            e.register.assets[0].instruments = [0, 2].map(InstrumentId).into_iter().collect()
        });
        named("LotId", |e| {
            e.register.assets[0].extra_mut().lot = Some(protocol::LotId(1))
        });
        named("Quantity", |e| {
            e.register.instruments[0].issued = Quantity::from_units(i64::MAX)
        });
        named("operators", |e| e.control.operators = u32::MAX);
        let why = "a right with another's listings";
        check(why, |e| {
            e.register.assets[0].instruments = [0, 0].map(InstrumentId).into_iter().collect()
        });
        check("a listing of no right", |e| {
            e.register.assets[0]
                .instruments
                .retain(|listed| *listed == InstrumentId(0))
        });
        check("a listing whose terms no book can be kept on", |e| {
            e.register.instruments[1].terms.tick = Price::from_minor(0);
        });
        check("an entity is registered twice", |e| {
            let again = e.register.entities[1].clone();
            e.register.entities.push(again);
        });
        check("a right is registered twice", |e| {
            let mut again = e.register.assets[0].clone();
            again.instruments = Few::default();
            e.register.assets.push(again);
        });
        check("a symbol is listed twice", |e| {
            e.register.instruments[1].terms.symbol = Symbol::new("A").unwrap();
        });

        let why = "the venue does not come first";
        check(why, |e| e.register.users[0].entity = EntityId(1));
        check(why, |e| {
            e.ledger = Ledger::default();
            e.ledger.open_account(EntityId(1));
        });
        check(why, |e| {
            *e = Exchange::new();
            e.register.add_entity(None);
            e.answers.add_participant();
        });
        named("AssetId", |e| {
            e.deadlines.add(Timestamp(1), Deadline::AssetExpires(AssetId(1)));
        });
        named("ProposalId", |e| {
            let lapses = Deadline::ProposalLapses(protocol::ProposalId(1));
            e.deadlines.add(Timestamp(1), lapses);
        });
        let why = "ReportDue(InstrumentId(0), AccountId(1)) at a time that nothing says";
        check(why, |e| {
            let due = Deadline::ReportDue(InstrumentId(0), AccountId(1));
            e.deadlines.add(Timestamp(1), due);
        });

        check("an answer of the future", |e| e.at.0 -= 1);
        named("Seq", |e| e.seq.0 -= 1);
        named("Seq", |e| {
            let key = ClientKey {
                id: [9; 16],
                body: [0; 8],
            };
            let outcome = Outcome::Done(Receipt::Done);
            let (seq, at) = (e.seq.next(), e.at);
            e.answers.remember(VENUE, key, Answer { seq, at, outcome }, &|_| false);
        });
    }
}
