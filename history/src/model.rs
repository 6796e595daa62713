//! What history tells: orders, fills, movements, prints, candles, records and their changes, as plain data.

use protocol::{
    AccountId, ClientId, Currency, Date, EntityId, InstrumentId, Money, Notice, OrderId, Price, Quantity, Readers,
    Record, Reject, Seq, Side, Timestamp, TradeId, UserId,
    event::{CancelReason, PostingReason},
    order::OrderType,
    text::Reference,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// The order can still trade.
    Open,
    /// All of it has traded.
    Filled,
    /// What was left of it was cancelled.
    Cancelled(CancelReason),
    /// It was refused and never entered the book.
    Rejected(Reject),
}

/// An order and its fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Whose order it is.
    pub entity: EntityId,
    /// The account that pays or delivers.
    pub account: AccountId,
    /// The order; none where it was refused.
    pub order: Option<OrderId>,
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How long it lives and at which price; none where nobody told what was asked.
    pub order_type: Option<OrderType>,
    /// The limit, or the protection price of a market order; none where such a one was refused.
    pub price: Option<Price>,
    /// How many units it was entered with.
    pub quantity: Quantity,
    /// How many units have traded.
    pub filled: Quantity,
    /// How many units can still trade; none once it has ended.
    pub remaining: Quantity,
    /// The sum of price × quantity over its fills, in the currency's minor unit.
    pub filled_value: Money,
    /// The sum of its fees.
    pub fees: Money,
    /// The cash that it still holds; zero for a sell.
    pub held: Money,
    /// What became of it.
    pub state: OrderState,
    /// Who placed it, where that was told.
    pub by: Option<UserId>,
    /// The trace of the client's name for it, where it has one ([`protocol::wire::client_trace`]).
    pub client: Option<[u8; 16]>,
    /// The name itself, where that was kept.
    pub client_id: Option<ClientId>,
    /// When it was entered, or refused.
    pub entered_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// A fill of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Whose.
    pub entity: EntityId,
    /// Whose account was settled.
    pub account: AccountId,
    /// The order.
    pub order: OrderId,
    /// The client's name for the order, where that was kept.
    pub client_id: Option<ClientId>,
    /// How long the order lives and at which price; none where nobody told what was asked.
    pub order_type: Option<OrderType>,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Bought or sold.
    pub side: Side,
    /// The number of the trade.
    pub trade: TradeId,
    /// At which price.
    pub price: Price,
    /// How many units.
    pub quantity: Quantity,
    /// What this side paid for it.
    pub fee: Money,
    /// When.
    pub at: Timestamp,
}

/// Why cash or units moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Cash reached the venue's bank account.
    Received {
        /// The bank's reference.
        reference: Reference,
    },
    /// Cash was paid out.
    Paid {
        /// The bank's reference.
        reference: Reference,
    },
    /// Units were issued to the account.
    Issued,
    /// An order was entered and holds what it needs.
    Ordered {
        /// The order.
        order: OrderId,
    },
    /// An order traded.
    Filled {
        /// The order.
        order: OrderId,
        /// The number of the trade.
        trade: TradeId,
        /// What this side paid for it, within the change; zero where units move.
        fee: Money,
    },
    /// An order was cancelled and holds nothing any more.
    Cancelled {
        /// The order.
        order: OrderId,
    },
    /// The venue collected the fees of a trade.
    Fees {
        /// The trade.
        trade: TradeId,
    },
    /// A deal moved it.
    Posted {
        /// The deal: the place of the command that began it.
        deal: Seq,
        /// Why.
        reason: PostingReason,
    },
}

/// A line of a statement: `total` and `held` are what the line before had, and its changes. What of an account is
/// sealed is not in them until its lot closes; then it is booked, at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement<T> {
    /// The line's number in its statement, from 1.
    pub number: u64,
    /// When it was booked.
    pub at: Timestamp,
    /// When it happened: before `at` where it was sealed.
    pub happened_at: Timestamp,
    /// By how much the whole changed.
    pub change: T,
    /// By how much the held part changed.
    pub change_held: T,
    /// The whole, after it.
    pub total: T,
    /// The held part, after it.
    pub held: T,
    /// Why.
    pub cause: Cause,
}

/// What moves on accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moved {
    /// Cash of a currency.
    Cash(Currency),
    /// Units of an instrument.
    Units(InstrumentId),
}

impl Moved {
    /// How it stands in the tables: which kind, and which of it.
    pub(crate) fn numbers(self) -> (u8, i64) {
        match self {
            Self::Cash(currency) => (0, i64::from(currency as u8)),
            Self::Units(instrument) => (1, instrument.0.into()),
        }
    }
}

/// What an account, or all of them together, has: minor units of cash, or units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// All of it.
    pub total: i64,
    /// The held part of it.
    pub held: i64,
}

/// Why something moved within a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Cash reached the venue's bank account.
    Received,
    /// Cash was paid out.
    Paid,
    /// Units were issued.
    Issued,
    /// Orders were entered and hold what they need.
    Ordered,
    /// Orders traded.
    Filled,
    /// Orders were cancelled and hold nothing any more.
    Cancelled,
    /// The venue collected fees.
    Fees,
    /// Deals moved it, for this reason.
    Posted(PostingReason),
}

impl Kind {
    /// Whether what moved so came into the venue, or left it. All else passes between accounts, and adds up to nothing.
    pub const fn crosses(self) -> bool {
        matches!(
            self,
            Self::Received | Self::Paid | Self::Issued | Self::Posted(PostingReason::Consumed)
        )
    }
}

/// The lines of one kind within a day, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Why they moved.
    pub kind: Kind,
    /// How many they are.
    pub lines: u64,
    /// By how much the whole changed.
    pub change: i64,
    /// By how much the held part changed.
    pub change_held: i64,
}

/// A day of the venue on which something moved, closed: what there was before it, what moved, what there is behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its date at the venue.
    pub date: Date,
    /// What there was at its start.
    pub opening: Balance,
    /// What moved in it.
    pub sums: Vec<Sum>,
    /// What there was at its end.
    pub closing: Balance,
}

impl Day {
    /// What came in, less what left.
    pub fn crossed(&self) -> i64 {
        let crossing = self.sums.iter().filter(|sum| sum.kind.crosses());
        crossing.fold(0, |all, sum| all.saturating_add(sum.change))
    }
}

/// A print of an instrument's tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// Its number in the channel `trades` of its symbol, from 1.
    pub number: u64,
    /// The trade's number over all instruments.
    pub trade: TradeId,
    /// When it happened.
    pub at: Timestamp,
    /// The price.
    pub price: Price,
    /// How many units.
    pub quantity: Quantity,
    /// The side of the order that arrived.
    pub taker_side: Side,
    /// Whether it happened on a sandbox board.
    pub sandbox: bool,
}

/// The name of a record or a notice: two of one name are two versions of one thing, or two of a kind that are told once
/// each and never change (demands on a loan, payments, reads).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Its kind, in the word of the wire.
    pub kind: Cow<'static, str>,
    /// What tells it from others of its kind: its id, or what it is about, with slashes between.
    pub id: Cow<'static, str>,
}

/// What a version says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "nearly all of them are records")]
pub enum Told {
    /// A record, to its readers.
    Record(Record),
    /// A notice, to everyone. A lot's tells its bidding too: each bid gives a version.
    Notice(Notice),
}

/// A version of a record, to one of its readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// When it was told.
    pub at: Timestamp,
    /// Since when it stood so: before `at` where it was sealed.
    pub happened_at: Timestamp,
    /// What it says.
    pub told: Told,
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Nobody that is known: notices alone.
    Nobody,
    /// A participant.
    Entity(EntityId),
    /// The venue's staff: all that is not sealed, but of an interest only how it stands. That it bids, or changed its bid,
    /// is no change to them: who bids is not theirs to know (法释〔2016〕18号 8, 18).
    Staff,
    /// One who sees all that is not sealed: a regulator.
    All,
}

/// A change, as one reader is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number for this reader: from 1, without a gap.
    pub number: u64,
    /// When it was told.
    pub at: Timestamp,
    /// Since when it is so: before `at` where it was sealed.
    pub happened_at: Timestamp,
    /// Of what.
    pub name: Name,
    /// Who may know it, beside those who see all; nobody where it is gone.
    pub readers: Readers,
    /// What changed.
    pub what: Changed,
}

/// What changed for a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "nearly all of them tell something")]
pub enum Changed {
    /// It is new, or new to this reader.
    New(Told),
    /// It is another version of what this reader has.
    Version(Told),
    /// It is not this reader's to read any more.
    Gone,
}
