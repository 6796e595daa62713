//! The books, prints and memories of all instruments, and the logs of all lots, folded from public events alone.
//!
//! A stream is a channel of one instrument or lot, numbered from 1 without a gap. Its numbers are a function of the
//! events: `book.l2` takes one for each command that touched the book (each due time apart, where a tick fires
//! deadlines), `trades` one for each trade. So the numbers of a restart, which folds the journal again, are the same.
//!
//! A stream remembers its last frames as small structs, not as text; text is made when somebody wants it. An instrument
//! that was never traded costs 16 bytes here. Two bounds hold: one per stream, and one in bytes over all of them; where
//! the second is met, the longer of two memories, picked in turn, gives up its oldest frames. The last
//! frame of a stream stays in any case.

use crate::{
    limits::Limits,
    memory::{CatchUp, Log},
    stream::{Channel, Family, Stream, Subject},
    views::{
        auction_log::{LotLogs, Signer},
        depth::Book,
        directory::Instrument,
        frame::{Head, Why},
        tape::{Tape, Trade},
    },
};
use protocol::{InstrumentId, OrderId, Price, Quantity, Side, Symbol, Timestamp};
use std::sync::{Arc, OnceLock};

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

    /// Which memory a channel is told from; `None` where it is no instrument's.
    fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::BookL2 => Some(Self::Book),
            Channel::Trades => Some(Self::Tape),
            Channel::Auction | Channel::Executions => None,
        }
    }
}

/// An instrument that has been traded.
#[derive(Debug, Default)]
pub(crate) struct Active {
    pub(crate) book: Book,
    pub(crate) tape: Tape,
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

/// What is left of a resting order, in its slot.
#[derive(Clone, Copy, Debug, Default)]
struct Resting {
    generation: u32,
    left: u32,
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
}

impl Markets {
    pub(crate) fn new(limits: Limits, signer: Arc<OnceLock<Signer>>) -> Self {
        Self {
            lots: LotLogs::new(signer),
            listed: vec![],
            resting: vec![],
            active: vec![],
            remembered_bytes: 0,
            hand: 0,
            scratch: vec![],
            limits,
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
            self.resting.resize(slot + 1, Resting::default());
        }
        assert_eq!(self.resting[slot].left, 0, "a slot holds one resting order");
        let left = u32::try_from(quantity.units()).expect("a valid quantity fits 32 bits");
        self.resting[slot] = Resting {
            generation: order.generation(),
            left,
        };
        self.active(id).book.add(side, price, quantity);
    }

    /// An order leaves without a trade.
    pub(crate) fn remove(&mut self, id: InstrumentId, order: OrderId, side: Side, price: Price, quantity: Quantity) {
        let ended = self.take(order, quantity);
        assert!(ended, "what had rested is all that was left");
        self.active(id).book.reduce(side, price, quantity, true);
    }

    /// A resting order trades; gives the number of the print in `trades`.
    pub(crate) fn trade(&mut self, id: InstrumentId, maker: OrderId, trade: Trade) -> u64 {
        let ended = self.take(maker, trade.quantity);
        let active = self.active(id);
        active
            .book
            .reduce(trade.taker_side.opposite(), trade.price, trade.quantity, ended);
        let grown = active.tape.push(trade);
        let seq = active.tape.seq();
        self.remember(id, Memory::Tape, grown);
        seq
    }

    /// Takes from a resting order; whether nothing is left of it.
    fn take(&mut self, order: OrderId, quantity: Quantity) -> bool {
        let resting = &mut self.resting[order.slot() as usize];
        assert_eq!(resting.generation, order.generation(), "{order:?} rests");
        let taken = u32::try_from(quantity.units()).expect("a valid quantity fits 32 bits");
        resting.left = resting
            .left
            .checked_sub(taken)
            .expect("no more leaves an order than rested");
        resting.left == 0
    }

    /// Makes the levels of one instrument that a command has touched into the next frame of its `book.l2`.
    pub(crate) fn flush(&mut self, touched: &[Touched], at: Timestamp) -> (Stream, u64) {
        let id = touched[0].0;
        let mut scratch = std::mem::take(&mut self.scratch);
        let currency = self.get(id).expect("it was touched").instrument.currency();
        let levels = touched.iter().map(|&(_, side, price)| (side, price));
        let grown = self.active(id).book.flush(levels, at, currency, &mut scratch);
        self.scratch = scratch;
        self.remember(id, Memory::Book, grown);
        let stream = Stream {
            subject: id.into(),
            channel: Channel::BookL2,
        };
        (stream, self.active(id).book.log().seq())
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

    /// The number of the last frame of a stream; `None` if there is no such instrument.
    pub(crate) fn seq(&self, stream: Stream) -> Option<u64> {
        let Some(memory) = Memory::of(stream.channel) else {
            return self.lots.seq(stream.subject);
        };
        let active = &self.listed(stream.subject)?.active;
        Some(active.as_ref().map_or(0, |active| active.log(memory).seq()))
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
        let head = |matched_at| Head {
            channel: stream.channel,
            symbol: instrument.symbol(),
            seq,
            matched_at,
            sent_at: Some(sent_at),
        };
        let currency = instrument.currency();
        match memory {
            Memory::Book => active.book.log().get(seq).map(|(at, changes, checksum)| {
                head(at).book_delta(currency, changes, checksum, out);
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
        let why = match position {
            None => Why::Asked,
            Some(position) if position == last => return CatchUp::Level,
            Some(position) if position > last => Why::Ahead,
            Some(position) if self.encode(stream, position + 1, sent_at, out) => return CatchUp::Frame(position + 1),
            Some(_) => Why::TooOld,
        };
        self.snapshot(stream, why, sent_at, out);
        CatchUp::Frame(last)
    }

    fn snapshot(&self, stream: Stream, why: Why, sent_at: Timestamp, out: &mut Vec<u8>) {
        let Some(memory) = Memory::of(stream.channel) else {
            return self.lots.snapshot(stream.subject, why, sent_at, out);
        };
        let Listed { instrument, active } = self.listed(stream.subject).expect("the caller has found it");
        let seq = active.as_ref().map_or(0, |active| active.log(memory).seq());
        let idle = Active::default();
        let active = active.as_deref().unwrap_or(&idle);
        let changed_at = match memory {
            Memory::Book => (seq > 0).then(|| active.book.changed_at()),
            Memory::Tape => active.tape.last().map(|trade| trade.matched_at),
        };
        let matched_at = changed_at.unwrap_or(instrument.listed_at);
        let head = Head {
            channel: stream.channel,
            symbol: instrument.symbol(),
            seq,
            matched_at,
            sent_at: Some(sent_at),
        };
        let currency = instrument.currency();
        match memory {
            Memory::Book => {
                let [mut bids, mut asks] = [Side::Buy, Side::Sell].map(|side| active.book.levels(side));
                head.book_snapshot(why, currency, [&mut bids, &mut asks], active.book.checksum(), out);
            }
            Memory::Tape => {
                let trades = active.tape.before(None, self.limits.snapshot_trades).rev();
                head.trades_snapshot(why, currency, trades.copied(), out);
            }
        }
    }
}
