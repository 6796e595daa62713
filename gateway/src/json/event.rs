//! Events as JSON: `{"journal_seq":…,"at":…,"audience":…,"type":…,…}`. Public feeds leave `journal_seq` out: it would
//! tell when sealed commands arrive. What each may hold is told here; the module `told` leads from the protocol to it.

use super::{
    answer::RejectJson,
    command::{BookTerms, CashMove, Epoch, RegisterAsset, RegisterEntity, RegisterKey, Side},
    described::Described,
};
use protocol::{
    Notice, Readers, Record,
    event::{CancelReason, PostingReason, TradingStatus},
};
use serde::Serialize;
use utoipa::ToSchema;

/// [`protocol::Amount`] in JSON.
pub type AmountJson = Described<protocol::Amount>;
/// [`Notice`] in JSON.
pub type NoticeJson = Described<Notice>;
/// [`PostingReason`] in JSON.
pub type PostingReasonJson = Described<PostingReason>;
/// [`Readers`] in JSON.
pub type ReadersJson = Described<Readers>;
/// [`Record`] in JSON.
pub type RecordJson = Described<Record>;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EventJson {
    /// The place of its command in the one order of everything; absent in public feeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_seq: Option<u64>,
    /// When it happened: RFC 3339, UTC, nine decimals.
    #[schema(example = "2026-03-02T02:00:00.000000000Z")]
    pub at: String,
    /// Who may know.
    pub audience: Audience,
    /// For a private event: the participant that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_entity_id: Option<u32>,
    /// What happened.
    #[serde(flatten)]
    pub event: EventBody,
}

/// Who may know of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everyone.
    Public,
    /// One participant, and a regulator.
    Private,
    /// The venue's staff, and a regulator.
    Staff,
    /// The readers that it names, the venue's staff and a regulator.
    Readers,
    /// One participant and nobody else, until the lot closes that it is about.
    Sealed,
}

macro_rules! kinds {
    ($($name:ident = $kind:literal,)*) => {
        impl EventBody {
            /// The name of every event on the wire, in the protocol's order.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The event's name on the wire.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name { .. } => $kind,)* }
            }
        }
    };
}

kinds! {
    EpochOpened = "epoch_opened",
    UnitsListed = "units_listed",
    UnitsIssued = "units_issued",
    TradingChanged = "trading_changed",
    OrderAdded = "order_added",
    OrderRemoved = "order_removed",
    Traded = "traded",
    Rejected = "rejected",
    AccountOpened = "account_opened",
    CashReceived = "cash_received",
    CashPaid = "cash_paid",
    AssetRegistered = "asset_registered",
    UnitsReceived = "units_received",
    OrderAccepted = "order_accepted",
    OrderFilled = "order_filled",
    OrderCancelled = "order_cancelled",
    FeesCollected = "fees_collected",
    EntityRegistered = "entity_registered",
    UserRegistered = "user_registered",
    KeyRegistered = "key_registered",
    KeyRevoked = "key_revoked",
    Notice = "notice",
    LotBid = "lot_bid",
    BidStands = "bid_stands",
    BidTaken = "bid_taken",
    LotDisclosed = "lot_disclosed",
    CashPosted = "cash_posted",
    UnitsPosted = "units_posted",
    RecordChanged = "record_changed",
}

/// What happened.
#[allow(clippy::large_enum_variant, reason = "made, written and dropped")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventBody {
    /// Public: new rules are in force.
    EpochOpened(Epoch),
    /// Public: units of a right are listed.
    UnitsListed {
        /// The right.
        asset_id: u32,
        /// On which terms.
        terms: BookTerms,
        /// Whether the board is a sandbox.
        sandbox: bool,
    },
    /// Public: units came into being.
    UnitsIssued {
        /// Of what.
        symbol: String,
        /// How many.
        quantity: String,
        /// How many there are now.
        issued: String,
    },
    /// Public: trading was halted, resumed or closed.
    TradingChanged {
        /// Of what.
        symbol: String,
        /// How it stands now.
        status: Trading,
    },
    /// Public: an order rests in the book.
    OrderAdded {
        /// In which book.
        symbol: String,
        /// Which order.
        order_id: String,
        /// On which side.
        side: Side,
        /// At which price.
        price: String,
        /// How many units of it rest.
        quantity: String,
    },
    /// Public: what was left of a resting order left the book without a trade.
    OrderRemoved {
        /// Out of which book.
        symbol: String,
        /// Which order.
        order_id: String,
        /// On which side.
        side: Side,
        /// At which price.
        price: String,
        /// How many units of it had rested.
        quantity: String,
    },
    /// Public: a resting order met an arriving one.
    Traded {
        /// In what.
        symbol: String,
        /// The number of the trade.
        trade_id: String,
        /// The order that rested.
        maker_order_id: String,
        /// The side of the order that arrived.
        taker_side: Side,
        /// At the price of the order that rested.
        price: String,
        /// How many units.
        quantity: String,
        /// Whether the board is a sandbox: then the print is marked.
        sandbox: bool,
    },
    /// Private: a command was refused.
    Rejected {
        /// Which user had asked.
        user_id: u32,
        /// Why.
        #[serde(flatten)]
        reject: RejectJson,
    },
    /// Private: an account was opened.
    AccountOpened {
        /// The account.
        account_id: u32,
    },
    /// Private: cash came in.
    CashReceived(CashMove),
    /// Private: cash was paid out.
    CashPaid(CashMove),
    /// Private: a right was registered.
    AssetRegistered {
        /// Its number here.
        asset_id: u32,
        /// What was registered.
        asset: RegisterAsset,
    },
    /// Private: units were issued to an account.
    UnitsReceived {
        /// The account.
        account_id: u32,
        /// Of what.
        symbol: String,
        /// How many.
        quantity: String,
    },
    /// Private: an order was taken and what it needs is held.
    OrderAccepted {
        /// The order.
        order_id: String,
        /// Whose account is held.
        account_id: u32,
        /// What is traded.
        symbol: String,
        /// Buy or sell.
        side: Side,
        /// The limit, or the protection price of a market order.
        price: String,
        /// How many units.
        quantity: String,
        /// The cash held for a buy: price × quantity and the worst fee; zero for a sell, which holds its quantity.
        held: String,
    },
    /// Private: an order traded.
    OrderFilled {
        /// The order.
        order_id: String,
        /// Whose account is settled.
        account_id: u32,
        /// What was traded.
        symbol: String,
        /// Bought or sold.
        side: Side,
        /// The number of the trade.
        trade_id: String,
        /// At which price.
        price: String,
        /// How many units.
        quantity: String,
        /// What this side paid for it.
        fee: String,
        /// For a buy, what its hold no longer needs, beyond what was paid.
        released: String,
    },
    /// Private: an order ended with something left of it, and its hold was released.
    OrderCancelled {
        /// The order.
        order_id: String,
        /// Whose account is released.
        account_id: u32,
        /// What was to be traded.
        symbol: String,
        /// Buy or sell.
        side: Side,
        /// Why.
        reason: Reason,
        /// How many units were left.
        quantity: String,
        /// The cash released for a buy; a sell releases its quantity.
        released: String,
    },
    /// Private: the venue collected the fees of both sides of a trade.
    FeesCollected {
        /// The account that received them.
        account_id: u32,
        /// For which trade.
        trade_id: String,
        /// In which currency.
        currency: String,
        /// How much.
        amount: String,
    },
    /// Staff: a participant was admitted.
    EntityRegistered {
        /// Its number here.
        entity_id: u32,
        /// Who it is.
        entity: RegisterEntity,
    },
    /// Staff: a user was admitted.
    UserRegistered {
        /// Its number here.
        user_id: u32,
        /// Whom it acts for.
        entity_id: u32,
        /// What it may do.
        roles: Vec<String>,
    },
    /// Staff: a key was admitted.
    KeyRegistered {
        /// Its number here.
        key_id: u32,
        /// What it is.
        key: RegisterKey,
    },
    /// Staff: a key was ended.
    KeyRevoked {
        /// Which.
        key_id: u32,
    },
    /// Public: a bid was taken for a lot.
    LotBid {
        /// For which lot.
        lot_id: u64,
        /// The bidder's number.
        number: u32,
        /// The price that stands now.
        price: AmountJson,
        /// Whether it was bid for the bidder, under a maximum.
        automatic: bool,
        /// Whether it answers the best bid by priority.
        matched: bool,
        /// How many bids there were.
        bids: u32,
        /// When the lot ends now.
        ends_at: String,
        /// How often the end was moved.
        extensions: u32,
    },
    /// Sealed: one's bid for a lot was taken, or was outbid.
    BidStands {
        /// For which lot.
        lot_id: u64,
        /// One's own number.
        number: u32,
        /// The price that stands now.
        price: AmountJson,
        /// Whether it is one's own.
        leads: bool,
    },
    /// Sealed: one's command for a lot was taken. In `executions` its frame carries the venue's signed `receipt`.
    BidTaken {
        /// For which lot.
        lot_id: u64,
        /// One's own number.
        number: u32,
        /// Which command.
        #[schema(example = "bid_lot")]
        op: &'static str,
        /// What was bid, left as a maximum, or revealed.
        #[serde(skip_serializing_if = "Option::is_none")]
        price: Option<AmountJson>,
        /// For how many units.
        #[serde(skip_serializing_if = "Option::is_none")]
        units: Option<String>,
        /// What was committed to.
        #[serde(skip_serializing_if = "Option::is_none")]
        commitment: Option<String>,
    },
    /// Staff: a lot is closed; who bid is no secret from the venue any more.
    LotDisclosed {
        /// Which.
        lot_id: u64,
    },
    /// Public: something that everyone may know changed.
    Notice {
        /// What it is now.
        notice: NoticeJson,
    },
    /// Private: a deal moved cash of an account.
    CashPosted {
        /// The account.
        account_id: u32,
        /// In which currency.
        currency: String,
        /// By how much its free cash changed.
        free: String,
        /// By how much its held cash changed.
        held: String,
        /// Why: `held`, `released`, `paid`, `received`.
        reason: PostingReasonJson,
        /// For which deal.
        deal_id: u64,
    },
    /// Private: a deal moved units of an account.
    UnitsPosted {
        /// The account.
        account_id: u32,
        /// Of what.
        symbol: String,
        /// By how many its free units changed.
        free: String,
        /// By how many its held units changed.
        held: String,
        /// Why: `held`, `released`, `paid`, `received`, `consumed`.
        reason: PostingReasonJson,
        /// For which deal.
        deal_id: u64,
    },
    /// Readers: a record of the registry changed.
    RecordChanged {
        /// Who may know.
        readers: ReadersJson,
        /// What it is now.
        record: RecordJson,
    },
}

/// Whether a book trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trading {
    /// Orders are taken.
    Trading,
    /// Only cancels are taken.
    Halted,
    /// The right has ended or left the venue: every order was cancelled, none will be taken.
    Closed,
    /// The right is frozen or suspended: every order was cancelled, none is taken until that ends.
    Frozen,
}

impl From<TradingStatus> for Trading {
    fn from(status: TradingStatus) -> Self {
        match status {
            TradingStatus::Trading => Self::Trading,
            TradingStatus::Halted => Self::Halted,
            TradingStatus::Closed => Self::Closed,
            TradingStatus::Frozen => Self::Frozen,
        }
    }
}

/// Why an order ended without being filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its owner asked.
    Requested,
    /// What an immediate order could not trade.
    NotFilled,
    /// It would have traded with an order of its own legal entity.
    SelfTrade,
    /// The right expired.
    Expired,
    /// The right was frozen by a hold.
    Frozen,
    /// The right was suspended.
    Suspended,
    /// A co-owner took its consent back.
    ConsentWithdrawn,
    /// The right was declared void.
    Invalidated,
    /// The right was taken off the venue, or its title is passing.
    Delisted,
    /// The rule book's cap of holders or lock changed, or who stands behind its owner.
    RulesChanged,
}

impl From<CancelReason> for Reason {
    fn from(reason: CancelReason) -> Self {
        match reason {
            CancelReason::Requested => Self::Requested,
            CancelReason::NotFilled => Self::NotFilled,
            CancelReason::SelfTrade => Self::SelfTrade,
            CancelReason::Expired => Self::Expired,
            CancelReason::Frozen => Self::Frozen,
            CancelReason::Suspended => Self::Suspended,
            CancelReason::ConsentWithdrawn => Self::ConsentWithdrawn,
            CancelReason::Invalidated => Self::Invalidated,
            CancelReason::Delisted => Self::Delisted,
            CancelReason::RulesChanged => Self::RulesChanged,
        }
    }
}
