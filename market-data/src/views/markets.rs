//! The books, prints and memories of all instruments, and the logs of all lots, folded from public events alone.
//!
//! A stream is a channel of one instrument or lot. Its numbers are a function of the events: `book.l2` and `book.l3`
//! take one for each command that touched the book (each due time apart, where a tick fires deadlines), `trades` one for
//! each trade, `status` and `instruments` one for each change. So the numbers of a restart, which folds the journal
//! again, are the same. Streams whose changes are merged have the number of the last change that a frame tells: the
//! other books' that of `book.l2`, candles that of `trades`, `ticker` the sum of both.
//!
//! A stream remembers its last frames as small structs, not as text; text is made when somebody wants it. An instrument
//! that was never traded costs 16 bytes here. Two bounds hold: one per stream, and one in bytes over all of them; where
//! the second is met, the longer of two memories, picked in turn, gives up its oldest frames. The last
//! frame of a stream stays in any case.

use crate::{
    limits::Limits,
    memory::{CatchUp, Log},
    stream::{Channel, Family, Pace, Stream, Subject, Telling},
    views::{
        auction_log::{LotLogs, Signer},
        candles::Candles,
        depth::Book,
        directory::{Instrument, ListingText},
        frame::{self, Head, Why},
        levels::{Change, OrderChange},
        tape::{Tape, Trade},
    },
};
use protocol::{InstrumentId, OrderId, Price, Quantity, Side, Symbol, Timestamp, event::TradingStatus};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// How many instruments are looked at to find a memory to shorten.
const SHORTEN_STEPS: usize = 64;

/// The memories of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Memory {
    Book,
    Tape,
}

impl Memory {
    const ALL: [Self; 2] = [Self::Book, Self::Tape];

    /// Which memory a channel is told from, change by change; `None` where it is none of an instrument's.
    fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::BookL2 | Channel::BookL3 => Some(Self::Book),
            Channel::Trades => Some(Self::Tape),
            _ => None,
        }
    }
}

/// No slot: the end of a list of orders.
const NO_SLOT: u32 = u32::MAX;

/// An instrument that has been traded.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) book: Book,
    pub(crate) tape: Tape,
    candles: Candles,
    /// The slots of its oldest resting order and of its newest.
    ends: [u32; 2],
    /// Whether it is among those that a tick of each pace is to tell.
    is_due: [bool; Pace::ALL.len()],
    /// Up to which number its paced channels were told, by channel.
    told: [u64; Channel::ALL.len()],
}

impl Default for Active {
    fn default() -> Self {
        Self {
            book: Book::default(),
            tape: Tape::default(),
            candles: Candles::default(),
            ends: [NO_SLOT; 2],
            is_due: [false; Pace::ALL.len()],
            told: [0; Channel::ALL.len()],
        }
    }
}

impl Active {
    fn log(&self, memory: Memory) -> &dyn Log {
        match memory {
            Memory::Book => self.book.log(),
            Memory::Tape => &self.tape,
        }
    }

    fn log_mut(&mut self, memory: Memory) -> &mut dyn Log {
        match memory {
            Memory::Book => self.book.log_mut(),
            Memory::Tape => &mut self.tape,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) instrument: Arc<Instrument>,
    pub(crate) active: Option<Box<Active>>,
}

/// What is left of a resting order, in its slot, and its place among those of its instrument: the older one and the
/// newer.
#[derive(Clone, Copy, Debug)]
struct Resting {
    generation: u32,
    left: u32,
    price: u32,
    side: Side,
    older: u32,
    newer: u32,
}

impl Resting {
    const NONE: Self = Self {
        generation: 0,
        left: 0,
        price: 0,
        side: Side::Buy,
        older: NO_SLOT,
        newer: NO_SLOT,
    };
}

/// How an instrument's terms and status changed since it was listed.
#[derive(Clone, Copy, Debug)]
struct Standing {
    status: TradingStatus,
    /// How many changes `status` and `instruments` told.
    seqs: [u64; 2],
    /// When the last change of each was.
    at: [Timestamp; 2],
}

/// What rests at one price against an order that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Against {
    /// The price.
    pub price: Price,
    /// How many units rest there; before the first order of its own participant where there is one.
    pub quantity: Quantity,
    /// Whether an order of its own participant stands behind them.
    pub own: bool,
}

/// A level that a command has touched.
pub(crate) type Touched = (InstrumentId, Side, Price);

/// The instruments.
#[derive(Debug)]
pub(crate) struct Markets {
    listed: Vec<Option<Listed>>,
    resting: Vec<Resting>,
    /// Which instruments are active, in the order in which they became so.
    active: Vec<InstrumentId>,
    remembered_bytes: usize,
    /// Where the picking of memories to shorten goes on.
    hand: usize,
    scratch: Vec<u8>,
    limits: Limits,
    pub(crate) lots: LotLogs,
    /// Those of the instruments that changed since they were listed.
    standings: HashMap<InstrumentId, Standing>,
    /// Which instruments a tick of each pace is to tell.
    due: [Vec<InstrumentId>; Pace::ALL.len()],
    listing_text: Arc<OnceLock<Box<dyn ListingText>>>,
}

impl Markets {
    pub(crate) fn new(
        limits: Limits,
        signer: Arc<OnceLock<Signer>>,
        listing_text: Arc<OnceLock<Box<dyn ListingText>>>,
    ) -> Self {
        Self {
            lots: LotLogs::new(signer),
            listed: vec![],
            resting: vec![],
            active: vec![],
            remembered_bytes: 0,
            hand: 0,
            scratch: vec![],
            limits,
            standings: HashMap::new(),
            due: Default::default(),
            listing_text,
        }
    }

    /// The bounds.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// One above the highest subject of each family.
    pub(crate) fn ends(&self) -> [u32; Family::COUNT] {
        let listings = u32::try_from(self.listed.len()).expect("instruments are numbered in 32 bits");
        [listings, self.lots.end(), 0]
    }

    /// The listing that a stream is about.
    fn listed(&self, subject: Subject) -> Option<&Listed> {
        self.get(InstrumentId(subject.0))
    }

    /// The symbol of a stream, and its CRC32; `None` if there is no such stream.
    pub(crate) fn symbol(&self, stream: Stream) -> Option<(Symbol, u32)> {
        match stream.channel.family() {
            Family::Listings => {
                let instrument = &self.listed(stream.subject)?.instrument;
                Some((instrument.symbol(), instrument.symbol_crc))
            }
            Family::Lots => self.lots.symbol(stream.subject),
            Family::Entities => None,
        }
    }

    /// The instrument of this number.
    pub(crate) fn get(&self, id: InstrumentId) -> Option<&Listed> {
        self.listed.get(id.index())?.as_ref()
    }

    /// An instrument is listed.
    pub(crate) fn list(&mut self, instrument: Arc<Instrument>) {
        let place = instrument.id.index();
        assert!(
            self.listed.len() <= place,
            "instruments are listed in the order of their numbers"
        );
        self.listed.resize_with(place, || None);
        self.listed.push(Some(Listed {
            instrument,
            active: None,
        }));
    }

    fn active(&mut self, id: InstrumentId) -> &mut Active {
        let listed = self.listed[id.index()]
            .as_mut()
            .expect("an event names a listed instrument");
        listed.active.get_or_insert_with(|| {
            self.active.push(id);
            Box::default()
        })
    }

    /// An order comes to rest.
    pub(crate) fn add(&mut self, id: InstrumentId, order: OrderId, side: Side, price: Price, quantity: Quantity) {
        let slot = order.slot() as usize;
        if self.resting.len() <= slot {
            self.resting.resize(slot + 1, Resting::NONE);
        }
        assert_eq!(self.resting[slot].left, 0, "a slot holds one resting order");
        let left = u32::try_from(quantity.units()).expect("a valid quantity fits 32 bits");
        let price_minor = u32::try_from(price.minor()).expect("a valid price fits 32 bits");
        let active = self.active(id);
        let older = std::mem::replace(&mut active.ends[1], order.slot());
        if older == NO_SLOT {
            active.ends[0] = order.slot();
        }
        active.book.add(side, price, quantity);
        active.book.tell(OrderChange {
            order,
            side,
            price: price_minor,
            left,
        });
        if older != NO_SLOT {
            self.resting[older as usize].newer = order.slot();
        }
        self.resting[slot] = Resting {
            generation: order.generation(),
            left,
            price: price_minor,
            side,
            older,
            newer: NO_SLOT,
        };
    }

    /// An order leaves without a trade.
    pub(crate) fn remove(&mut self, id: InstrumentId, order: OrderId, side: Side, price: Price, quantity: Quantity) {
        let ended = self.take(id, order, quantity);
        assert!(ended, "what had rested is all that was left");
        self.active(id).book.reduce(side, price, quantity, true);
    }

    /// A resting order trades; gives the number of the print in `trades`.
    pub(crate) fn trade(&mut self, id: InstrumentId, maker: OrderId, trade: Trade) -> u64 {
        let ended = self.take(id, maker, trade.quantity);
        let active = self.active(id);
        active
            .book
            .reduce(trade.taker_side.opposite(), trade.price, trade.quantity, ended);
        let grown = active.tape.push(trade);
        let seq = active.tape.seq();
        active.candles.add(&Trade { seq, ..trade });
        self.remember(id, Memory::Tape, grown);
        seq
    }

    /// Takes from a resting order; whether nothing is left of it.
    fn take(&mut self, id: InstrumentId, order: OrderId, quantity: Quantity) -> bool {
        let resting = &mut self.resting[order.slot() as usize];
        assert_eq!(resting.generation, order.generation(), "{order:?} rests");
        let taken = u32::try_from(quantity.units()).expect("a valid quantity fits 32 bits");
        resting.left = resting
            .left
            .checked_sub(taken)
            .expect("no more leaves an order than rested");
        let Resting {
            left,
            price,
            side,
            older,
            newer,
            ..
        } = *resting;
        let active = self.active(id);
        active.book.tell(OrderChange {
            order,
            side,
            price,
            left,
        });
        if left > 0 {
            return false;
        }
        if older == NO_SLOT {
            active.ends[0] = newer;
        }
        if newer == NO_SLOT {
            active.ends[1] = older;
        }
        if older != NO_SLOT {
            self.resting[older as usize].newer = newer;
        }
        if newer != NO_SLOT {
            self.resting[newer as usize].older = older;
        }
        true
    }

    /// What rests against an order that arrives on `side` and goes as far as `limit`, best first: enough for `most`
    /// units, and up to the first of the orders in `own`, before which it would end. `None` if there is no such listing.
    pub(crate) fn against(
        &self,
        id: InstrumentId,
        (side, limit): (Side, Price),
        most: Quantity,
        own: &[OrderId],
    ) -> Option<Vec<Against>> {
        let Some(active) = &self.get(id)?.active else {
            return Some(vec![]);
        };
        let reaches = |price: Price| match side {
            Side::Buy => price <= limit,
            Side::Sell => price >= limit,
        };
        let rests = |order: &OrderId| {
            let resting = self.resting.get(order.slot() as usize);
            resting.filter(|rests| rests.generation == order.generation() && rests.left > 0 && rests.side != side)
        };
        let own = own.iter().filter_map(rests).map(|rests| rests.price);
        let own = match side {
            Side::Buy => own.min(),
            Side::Sell => own.max(),
        };
        let mut found = Vec::new();
        let mut left = most;
        for level in active.book.levels(side.opposite()) {
            if left <= Quantity::ZERO || !reaches(level.price) {
                break;
            }
            let is_own = own.is_some_and(|own| i64::from(own) == level.price.minor());
            let quantity = level.quantity;
            found.push(Against {
                price: level.price,
                quantity,
                own: is_own,
            });
            if is_own {
                break;
            }
            left = left.minus(quantity.min(left));
        }
        Some(found)
    }

    /// How many units rest at a price before the first of these orders.
    pub(crate) fn ahead_of(&self, id: InstrumentId, side: Side, price: Price, own: &[OrderId]) -> Quantity {
        let Some(active) = self.get(id).and_then(|listed| listed.active.as_ref()) else {
            return Quantity::ZERO;
        };
        let mut ahead = 0_i64;
        let mut slot = active.ends[0];
        while slot != NO_SLOT {
            let resting = &self.resting[slot as usize];
            if resting.side == side && i64::from(resting.price) == price.minor() {
                if own.contains(&OrderId::new(slot, resting.generation)) {
                    break;
                }
                ahead += i64::from(resting.left);
            }
            slot = resting.newer;
        }
        Quantity::from_units(ahead)
    }

    /// The orders that rest for an instrument, the oldest first.
    fn orders(&self, active: &Active) -> Vec<OrderChange> {
        let mut orders = vec![];
        let mut slot = active.ends[0];
        while slot != NO_SLOT {
            let resting = &self.resting[slot as usize];
            orders.push(OrderChange {
                order: OrderId::new(slot, resting.generation),
                side: resting.side,
                price: resting.price,
                left: resting.left,
            });
            slot = resting.newer;
        }
        orders
    }

    /// An instrument trades otherwise from here on (with a `status`), or its terms changed.
    pub(crate) fn change(&mut self, id: InstrumentId, status: Option<TradingStatus>, at: Timestamp) {
        let listed = self.get(id).expect("an event names a listed instrument");
        let began = listed.instrument.listed_at;
        let standing = self.standings.entry(id).or_insert(Standing {
            status: TradingStatus::Trading,
            seqs: [0; 2],
            at: [began; 2],
        });
        standing.seqs[1] += 1;
        standing.at[1] = at;
        if let Some(status) = status {
            standing.status = status;
            standing.seqs[0] += 1;
            standing.at[0] = at;
        }
    }

    /// Has the paced channels of an instrument told at the next tick of each pace.
    fn make_due(&mut self, id: InstrumentId) {
        let is_due = &mut self.active(id).is_due;
        let was_due = std::mem::replace(is_due, [true; Pace::ALL.len()]);
        for (due, _) in self.due.iter_mut().zip(was_due).filter(|(_, was_due)| !was_due) {
            due.push(id);
        }
    }

    /// Whether a tick of this pace has anything to tell.
    pub(crate) fn is_due(&self, pace: Pace) -> bool {
        !self.due[pace as usize].is_empty()
    }

    /// The instruments that a tick of this pace is to tell, in the order in which they changed. Each is to be told, or it
    /// never is again.
    pub(crate) fn take_due(&mut self, pace: Pace) -> Vec<InstrumentId> {
        std::mem::take(&mut self.due[pace as usize])
    }

    /// A tick of this pace tells this instrument: what changes from here on is for the next.
    pub(crate) fn is_told(&mut self, id: InstrumentId, pace: Pace) {
        self.active(id).is_due[pace as usize] = false;
    }

    /// Up to which number a paced stream of an active instrument was told; notes that it is told up to its last.
    pub(crate) fn tell(&mut self, stream: Stream) -> u64 {
        let last = self.seq(stream).expect("only what is listed is due");
        let told = &mut self.active(InstrumentId(stream.subject.0)).told[stream.channel as usize];
        std::mem::replace(told, last)
    }

    /// Up to which number a paced stream was told.
    pub(crate) fn told(&self, stream: Stream) -> u64 {
        let active = self.listed(stream.subject).and_then(|listed| listed.active.as_ref());
        active.map_or(0, |active| active.told[stream.channel as usize])
    }

    /// Makes what a command has touched of one instrument into the next frame of its `book.l2` and `book.l3`.
    pub(crate) fn flush(&mut self, touched: &[Touched], at: Timestamp) -> (InstrumentId, u64) {
        let id = touched[0].0;
        let mut scratch = std::mem::take(&mut self.scratch);
        let currency = self.get(id).expect("it was touched").instrument.currency();
        let levels = touched.iter().map(|&(_, side, price)| (side, price));
        let grown = self.active(id).book.flush(levels, at, currency, &mut scratch);
        self.scratch = scratch;
        self.remember(id, Memory::Book, grown);
        self.make_due(id);
        (id, self.active(id).book.log().seq())
    }

    /// Keeps the bounds after a stream has grown by a frame. The last frame of each stream stays in any case.
    fn remember(&mut self, id: InstrumentId, memory: Memory, grown: usize) {
        let most = match memory {
            Memory::Book => self.limits.memory_frames,
            Memory::Tape => self.limits.tape_trades,
        };
        self.remembered_bytes += grown;
        let log = self.active(id).log_mut(memory);
        let mut freed = 0;
        while log.len() > most.max(1) {
            freed += log.forget();
        }
        self.remembered_bytes -= freed;
        while self.remembered_bytes > self.limits.memory_bytes && self.shorten((id, memory)) {}
    }

    /// The longer of two memories gives up its oldest frame: the next two active instruments with more than their last
    /// frame, or `own` if there is none near. `false` if none can give anything.
    fn shorten(&mut self, own: (InstrumentId, Memory)) -> bool {
        let mut longest: Option<(usize, InstrumentId, Memory)> = None;
        let mut met = 0;
        for _ in 0..SHORTEN_STEPS {
            let id = self.active[self.hand % self.active.len()];
            self.hand = (self.hand + 1) % self.active.len();
            let active = self.active(id);
            let lengths = Memory::ALL.map(|memory| (active.log(memory).len(), id, memory));
            let longer = lengths.into_iter().max().expect("there are memories");
            if longer.0 > 1 {
                longest = longest.max(Some(longer));
                met += 1;
            }
            if met == 2 {
                break;
            }
        }
        let (id, memory) = longest.map_or(own, |(_, id, memory)| (id, memory));
        let log = self.active(id).log_mut(memory);
        if log.len() < 2 {
            return false;
        }
        let freed = log.forget();
        self.remembered_bytes -= freed;
        true
    }

    /// The number of the last change of a stream; `None` if there is no such instrument.
    pub(crate) fn seq(&self, stream: Stream) -> Option<u64> {
        if stream.channel.family() == Family::Lots {
            return self.lots.seq(stream.subject);
        }
        let Listed { instrument, active } = self.listed(stream.subject)?;
        let told = |which: usize| {
            self.standings
                .get(&instrument.id)
                .map_or(0, |standing| standing.seqs[which])
        };
        let logged = |memory: Memory| active.as_ref().map_or(0, |active| active.log(memory).seq());
        Some(match stream.channel {
            Channel::Status => told(0),
            Channel::Instruments => told(1),
            Channel::Trades | Channel::Minutes | Channel::FiveMinutes | Channel::Hours | Channel::Days => {
                logged(Memory::Tape)
            }
            Channel::Ticker => logged(Memory::Book) + logged(Memory::Tape),
            Channel::BookL1 | Channel::BookL2 | Channel::BookL3 | Channel::BookTop | Channel::BookPaced => {
                logged(Memory::Book)
            }
            Channel::Auction | Channel::Executions | Channel::Account => return None,
        })
    }

    /// Appends the text of a remembered frame; `false` if it is not remembered.
    pub(crate) fn encode(&self, stream: Stream, seq: u64, sent_at: Timestamp, out: &mut Vec<u8>) -> bool {
        let Some(memory) = Memory::of(stream.channel) else {
            return self.lots.encode(stream.subject, seq, Some(sent_at), out);
        };
        let Some(Listed {
            instrument,
            active: Some(active),
        }) = self.listed(stream.subject)
        else {
            return false;
        };
        let head = |matched_at| Head::new(stream.channel, instrument.symbol(), seq, matched_at, Some(sent_at));
        let currency = instrument.currency();
        match memory {
            Memory::Book => active.book.log().get(seq).map(|told| match stream.channel {
                Channel::BookL3 => head(told.at).orders_delta(currency, told.orders, told.checksum, out),
                _ => head(told.at).book_delta(currency, told.levels, told.checksum, out),
            }),
            Memory::Tape => active
                .tape
                .get(seq)
                .map(|trade| head(trade.matched_at).trade_delta(currency, trade, out)),
        }
        .is_some()
    }

    /// Appends what a client needs next that has a stream up to `position` (`None`: that has nothing of it).
    pub(crate) fn catch_up(
        &self,
        stream: Stream,
        position: Option<u64>,
        sent_at: Timestamp,
        out: &mut Vec<u8>,
    ) -> CatchUp {
        let last = self.seq(stream).expect("a subscription names a listed instrument");
        let why = match (position, stream.channel.telling()) {
            (None, _) => Why::Asked,
            (Some(position), _) if position == last => return CatchUp::Level,
            (Some(position), _) if position > last => Why::Ahead,
            (Some(position), Telling::Each) => match self.encode(stream, position + 1, sent_at, out) {
                true => return CatchUp::Frame(position + 1),
                false => Why::TooOld,
            },
            (Some(position), Telling::Merged) => {
                let mut members = vec![];
                match self.members(stream, Some(position), &mut members) {
                    true => {
                        self.head(stream, sent_at).behind(position).delta(&members, out);
                        return CatchUp::Frame(last);
                    }
                    false => Why::TooOld,
                }
            }
        };
        self.snapshot(stream, why, sent_at, out);
        CatchUp::Frame(last)
    }

    /// Appends the snapshot of a stream.
    pub(crate) fn snapshot(&self, stream: Stream, why: Why, sent_at: Timestamp, out: &mut Vec<u8>) {
        if stream.channel.family() == Family::Lots {
            return self.lots.snapshot(stream.subject, why, sent_at, out);
        }
        let head = self.head(stream, sent_at);
        let Listed { instrument, active } = self.listed(stream.subject).expect("the caller has found it");
        let idle = Active::default();
        let active = active.as_deref().unwrap_or(&idle);
        let currency = instrument.currency();
        match stream.channel {
            Channel::BookL2 | Channel::BookPaced => {
                let [mut bids, mut asks] = [Side::Buy, Side::Sell].map(|side| active.book.levels(side));
                head.book_snapshot(why, currency, [&mut bids, &mut asks], active.book.checksum(), out);
            }
            Channel::BookL3 => {
                let mut orders = self.orders(active);
                // Best first on its side; what is equal stays in the order in which it came.
                orders.sort_by_key(|order| match order.side {
                    Side::Buy => u32::MAX - order.price,
                    Side::Sell => order.price,
                });
                head.orders_snapshot(why, currency, orders.iter(), active.book.checksum(), out);
            }
            Channel::Trades => {
                let trades = active.tape.before(None, self.limits.snapshot_trades).rev();
                head.trades_snapshot(why, currency, trades.copied(), out);
            }
            _ => {
                let mut members = vec![];
                let known = self.members(stream, None, &mut members);
                assert!(known, "what is so now is known");
                head.snapshot(why, &members, out);
            }
        }
    }

    /// What a frame of an instrument says first, as of the last change.
    pub(crate) fn head(&self, stream: Stream, sent_at: Timestamp) -> Head {
        let Listed { instrument, active } = self.listed(stream.subject).expect("the caller has found it");
        let seq = self.seq(stream).expect("it is listed");
        let standing = self.standings.get(&instrument.id);
        let book = || {
            active
                .as_ref()
                .filter(|active| active.book.log().seq() > 0)
                .map(|active| active.book.changed_at())
        };
        let tape = || {
            active
                .as_ref()
                .and_then(|active| active.tape.last())
                .map(|trade| trade.matched_at)
        };
        let changed_at = match stream.channel {
            Channel::Status => standing.map(|standing| standing.at[0]),
            Channel::Instruments => standing.map(|standing| standing.at[1]),
            Channel::Ticker => book().max(tape()),
            channel if channel == Channel::Trades || channel.resolution().is_some() => tape(),
            _ => book(),
        };
        let matched_at = changed_at.unwrap_or(instrument.listed_at);
        Head::new(stream.channel, instrument.symbol(), seq, matched_at, Some(sent_at))
    }

    /// Appends the members of a frame of a stream whose changes are merged: what is so now of all that changed behind
    /// `from`, or of everything. `false` if what changed is not known any more.
    pub(crate) fn members(&self, stream: Stream, from: Option<u64>, out: &mut Vec<u8>) -> bool {
        let Listed { instrument, active } = self.listed(stream.subject).expect("the caller has found it");
        let idle = Active::default();
        let active = active.as_deref().unwrap_or(&idle);
        let currency = instrument.currency();
        let best = |side: Side, most: usize| active.book.levels(side).take(most);
        match stream.channel {
            Channel::BookL1 => frame::touch(currency, [Side::Buy, Side::Sell].map(|side| best(side, 1).next()), out),
            Channel::BookTop => {
                let [mut bids, mut asks] = [Side::Buy, Side::Sell].map(|side| best(side, frame::TOP_LEVELS));
                frame::book(currency, [&mut bids, &mut asks], active.book.checksum(), out);
            }
            Channel::BookPaced => {
                let Some(changes) = from.and_then(|from| active.book.log().behind(from)) else {
                    return false;
                };
                let mut touched: Vec<_> = changes.map(Change::place).collect();
                touched.sort_unstable();
                touched.dedup();
                let level = |&(side, price): &(Side, u32)| active.book.level(side, price);
                let asks_from = touched.partition_point(|place| place.0 == Side::Buy);
                let (bids, asks) = touched.split_at(asks_from);
                let (mut bids, mut asks) = (bids.iter().rev().map(level), asks.iter().map(level));
                frame::book(currency, [&mut bids, &mut asks], active.book.checksum(), out);
            }
            Channel::Ticker => {
                let touch = [Side::Buy, Side::Sell].map(|side| best(side, 1).next());
                frame::ticker(currency, touch, active.tape.last(), active.candles.day().as_ref(), out);
            }
            Channel::Status => {
                let standing = self.standings.get(&instrument.id);
                frame::status(standing.map_or(TradingStatus::Trading, |standing| standing.status), out);
            }
            Channel::Instruments => {
                let Some(words) = self.listing_text.get() else {
                    return false;
                };
                out.extend_from_slice(words.instrument(instrument).as_bytes());
            }
            channel => {
                let resolution = channel.resolution().expect("every other channel tells each change");
                match from {
                    None => frame::candles(currency, active.candles.last_two(resolution), out),
                    Some(from) => match active.candles.behind(resolution, from) {
                        Some(changed) => frame::candles(currency, changed, out),
                        None => return false,
                    },
                }
            }
        }
        true
    }
}
