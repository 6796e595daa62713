//! What can be asked. One closed set; the engine's one exhaustive `match` answers it.

use crate::{
    ids::{AccountId, AssetId, EntityId, InstrumentId, KeyId, OrderId, Seq, UserId},
    party::{RegisterEntity, RegisterKey, RegisterUser},
    rules::Epoch,
    text::{Bounded, Digest, Name, Reference, Symbol},
    time::{Date, Timestamp},
    units::{Currency, Money, Price, Quantity, Side},
};
use alloc::{boxed::Box, vec::Vec};
use serde::{Deserialize, Serialize};

/// Something with its place in the one order of everything, and its time: when its last byte arrived, made monotone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stamped<T> {
    /// The place.
    pub seq: Seq,
    /// The time.
    pub at: Timestamp,
    /// What it is.
    pub body: T,
}

/// A command, who gives it, and under which client id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The user that asks. The sequencer's own commands ([`Command::Tick`]) come from [`UserId`] 0.
    pub by: UserId,
    /// The client's name for it: the same id with the same body gets the first answer again.
    pub client: Option<ClientKey>,
    /// What is asked.
    pub command: Command,
}

/// What the core keeps of a client id: enough to tell a repeat from a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientKey {
    /// The first 16 bytes of the SHA-256 of the client's id.
    pub id: [u8; 16],
    /// The first 8 bytes of the SHA-256 of the encoded command.
    pub body: [u8; 8],
}

/// The most assets one [`Command::ImportAssets`] may carry.
pub const IMPORT_MAX: usize = 1_000;

/// What can be asked of the core.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Command {
    /// The rules from here on. First command of every journal; later ones by an operator.
    Epoch(Box<Epoch>),
    /// Time has passed: fires what is due. By the sequencer alone.
    Tick,
    /// Admits a participant.
    RegisterEntity(Box<RegisterEntity>),
    /// Admits a user of a participant.
    RegisterUser(RegisterUser),
    /// Admits a key of a user.
    RegisterKey(Box<RegisterKey>),
    /// Ends a key. By an operator or the key's own entity.
    RevokeKey {
        /// The key.
        key: KeyId,
    },
    /// Opens an account for an entity. By an operator.
    OpenAccount {
        /// Whose account it is.
        entity: EntityId,
    },
    /// Books cash that reached the venue's bank account. By an operator.
    CashIn(Box<CashMove>),
    /// Books cash paid out. By an operator.
    CashOut(Box<CashMove>),
    /// Registers a right. By an operator, or a firm for what it owns.
    RegisterAsset(Box<RegisterAsset>),
    /// Lists licence units of a right on an order book. By an operator or the owner.
    ListUnits(Box<ListUnits>),
    /// Registers rights and lists their units, all or nothing. By an operator.
    ImportAssets(Box<ImportAssets>),
    /// Issues units against the listed supply to an account of the owner. By an operator or the owner.
    IssueUnits(IssueUnits),
    /// Halts or resumes trading. By an operator. A halted book still takes cancels.
    SetTrading {
        /// What is halted or resumed.
        instrument: InstrumentId,
        /// Whether it trades from here on.
        trading: bool,
    },
    /// Buys or sells.
    PlaceOrder(PlaceOrder),
    /// Takes a resting order out of its book.
    CancelOrder {
        /// The order.
        order: OrderId,
    },
}

/// Cash that crosses the venue's border.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CashMove {
    /// The account it is booked on.
    pub account: AccountId,
    /// In which currency.
    pub currency: Currency,
    /// How much; above zero.
    pub amount: Money,
    /// The bank's reference. Unique among all cash moves: a repeat is refused, never booked twice.
    pub reference: Reference,
}

/// The six classes of rights (the Guidance, art. 6; RULES.md 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum AssetClass {
    /// 专利
    Patent = 0,
    /// 商标
    Trademark = 1,
    /// 著作权
    Copyright = 2,
    /// 地理标志. Barred from transfer and pledge by default.
    GeographicalIndication = 3,
    /// 集成电路布图设计
    CircuitLayout = 4,
    /// 许可收益权
    LicenceIncome = 5,
}

/// A place in a classification of goods or technology.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Classification {
    /// International Patent Classification, as in `G06Q 50/18`.
    Ipc(Bounded<16>),
    /// Nice class of goods or services, 1 to 45.
    Nice(u8),
    /// Locarno class of designs, 1 to 32.
    Locarno(u8),
}

/// The most classifications a right may carry.
pub const CLASSIFICATIONS_MAX: usize = 64;

/// Registers a right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RegisterAsset {
    /// Who owns it.
    pub owner: EntityId,
    /// Its class.
    pub class: AssetClass,
    /// The office that registered it: two letters (WIPO ST.3).
    pub office: [u8; 2],
    /// Its number at that office; unique with class and office.
    pub number: Bounded<32>,
    /// Its title. Travels to the views; the core keeps only `texts`.
    pub title: Name,
    /// When it was filed.
    pub filed: Option<Date>,
    /// When it was granted or registered.
    pub granted: Option<Date>,
    /// When it ends: the first day without protection.
    pub expires: Option<Date>,
    /// Where it is classified; at most [`CLASSIFICATIONS_MAX`].
    pub classifications: Vec<Classification>,
    /// Digest of the texts (title, abstract, claims) that stay outside.
    pub texts: Digest,
}

/// The terms of an order book of licence units.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BookTerms {
    /// The venue's name for it; unique.
    pub symbol: Symbol,
    /// What it is paid in.
    pub currency: Currency,
    /// Every price is a multiple of it.
    pub tick: Price,
    /// The lowest price, a multiple of the tick.
    pub price_low: Price,
    /// The highest price, a multiple of the tick, at most 2^18 - 1 ticks above the lowest.
    pub price_high: Price,
    /// Every quantity is a multiple of it.
    pub lot: Quantity,
    /// The largest quantity of one order, a multiple of the lot.
    pub order_max: Quantity,
    /// How many units may be issued in all.
    pub supply: Quantity,
}

/// Lists licence units of a registered right.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListUnits {
    /// The right.
    pub asset: AssetId,
    /// On which terms.
    pub terms: BookTerms,
}

/// A right to register, and the terms on which its units are listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Import {
    /// The right.
    pub asset: RegisterAsset,
    /// The terms.
    pub terms: BookTerms,
}

/// A batch of rights with their listings: all of them, or none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImportAssets {
    /// 1 to [`IMPORT_MAX`] of them.
    pub imports: Vec<Import>,
    /// The owner's account that receives the whole supply of each, if any.
    pub issue_to: Option<AccountId>,
}

/// Issues units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IssueUnits {
    /// Of what.
    pub instrument: InstrumentId,
    /// To whom: an account of the right's owner.
    pub account: AccountId,
    /// How many.
    pub quantity: Quantity,
}

/// How long an order lives and at which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderKind {
    /// Trades at the price or better; what remains rests in the book.
    Limit(Price),
    /// Trades at the price or better; what remains is cancelled.
    ImmediateOrCancel(Price),
    /// Trades up to the far end of the price band, and is held at that price; what remains is cancelled.
    Market,
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// The account that pays or delivers.
    pub account: AccountId,
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// At which price, for how long.
    pub kind: OrderKind,
    /// How many units.
    pub quantity: Quantity,
}
