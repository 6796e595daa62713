//! What can be asked. One closed set; the engine's one exhaustive `match` answers it.

use crate::{
    auction::{
        AnnounceLot, BidLot, BuyLot, CommitBid, EnterLot, LotStep, NegotiateLot, PayLot, RevealBid, SetMaximum,
        SettleDefault,
    },
    control::{Approve, DescribeEntity, LogRead, Propose, Refuse, SetDualControl, SetRuleBook},
    describe::{Describe, Shape, record, words},
    ids::{AccountId, AssetId, EntityId, InstrumentId, KeyId, OrderId, Seq, UserId},
    licence::{
        AskOpenLicence, AuditConsumption, CloseTranche, IndicateInterest, LicenceStep, OfferLicence, OpenTranche,
        PayLicence, RecordLicence, ReportConsumption, SetUnitContract, SubscribeTranche, TakeOpenLicence,
        TerminateLicence, WithdrawOpenLicence,
    },
    party::{RegisterEntity, RegisterKey, RegisterUser},
    rules::Epoch,
    sealed::SealedRequest,
    text::{Bounded, Digest, Name, Office, Reference, Symbol, Unreadable},
    time::{Date, Timestamp},
    title::{
        ChangeAsset, DescribeRight, GiveConsent, LiftHold, LinkMarks, PlaceHold, RecordDues, RecordValuation,
        RegisterRights, SetAppraiser, VerifyAsset, WithdrawConsent,
    },
    transfer::{
        AnswerPriority, AnswerRecordal, BidTransfer, CancelTransfer, EndDisclosure, ExpressInterest, FileRecordal,
        FundEscrow, ListTransfer, QualifyInterest, RecordExportCheck, SetAudience, SignContract, WithdrawInterest,
    },
    units::{Currency, Decimal, Money, Price, Quantity, Side},
};
use alloc::{borrow::Cow, boxed::Box, vec::Vec};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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
    /// The user that asks. The sequencer's own commands ([`Command::is_sequencers`]) come from [`UserId`] 0.
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

    /// Sets the rule book's numbers.
    SetRuleBook(Box<SetRuleBook>),
    /// Says where a participant is at home and who stands behind it.
    DescribeEntity(Box<DescribeEntity>),
    /// Asks that two users decide together.
    SetDualControl(SetDualControl),
    /// Proposes a command.
    Propose(Box<Propose>),
    /// Approves a proposal.
    Approve(Approve),
    /// Refuses a proposal.
    Refuse(Refuse),
    /// Tells that a user read another's record.
    LogRead(Box<LogRead>),

    /// Registers rights, all or none of them.
    RegisterRights(Box<RegisterRights>),
    /// Verifies a right by an extract of its register.
    VerifyAsset(Box<VerifyAsset>),
    /// Changes a right's state by hand.
    ChangeAsset(Box<ChangeAsset>),
    /// Records that a right's dues were paid.
    RecordDues(Box<RecordDues>),
    /// Says that marks may only pass together.
    LinkMarks(Box<LinkMarks>),
    /// Places a hold on a right.
    PlaceHold(Box<PlaceHold>),
    /// Lifts a hold.
    LiftHold(Box<LiftHold>),
    /// A co-owner consents to an act.
    GiveConsent(Box<GiveConsent>),
    /// A co-owner takes its consent back.
    WithdrawConsent(WithdrawConsent),
    /// Records a valuation.
    RecordValuation(Box<RecordValuation>),
    /// Admits an appraiser, or removes it.
    SetAppraiser(Box<SetAppraiser>),

    /// Offers a licence to one participant.
    OfferLicence(Box<OfferLicence>),
    /// Agrees to an offered licence. By the licensee.
    AcceptLicence(LicenceStep),
    /// Takes an offer back, or turns it down.
    WithdrawLicence(LicenceStep),
    /// Pays the fee of an agreed licence.
    PayLicence(PayLicence),
    /// The office's answer to a licence's recordal.
    RecordLicence(Box<RecordLicence>),
    /// Ends a licence before its term.
    TerminateLicence(Box<TerminateLicence>),
    /// Offers a licence to anyone.
    AskOpenLicence(Box<AskOpenLicence>),
    /// Takes an open licence offer back.
    WithdrawOpenLicence(WithdrawOpenLicence),
    /// Takes an open licence.
    TakeOpenLicence(TakeOpenLicence),
    /// Says what one licence unit stands for.
    SetUnitContract(SetUnitContract),
    /// Reports products made under licence units.
    ReportConsumption(ReportConsumption),
    /// An audit found products that were not reported.
    AuditConsumption(Box<AuditConsumption>),
    /// Offers the next units of a listing at one price.
    OpenTranche(Box<OpenTranche>),
    /// Says how many units of a tranche one would take.
    IndicateInterest(IndicateInterest),
    /// Takes units of a tranche.
    SubscribeTranche(SubscribeTranche),
    /// Closes a tranche that is not full.
    CloseTranche(CloseTranche),

    /// Lists titles for sale.
    ListTransfer(Box<ListTransfer>),
    /// Changes who may see a sale.
    SetAudience(Box<SetAudience>),
    /// Says that one is interested in a sale.
    ExpressInterest(ExpressInterest),
    /// Takes one's interest back.
    WithdrawInterest(WithdrawInterest),
    /// Qualifies a party or turns it down.
    QualifyInterest(Box<QualifyInterest>),
    /// Records the export-control check for a party from abroad.
    RecordExportCheck(Box<RecordExportCheck>),
    /// Offers a price for a title.
    BidTransfer(BidTransfer),
    /// A holder of priority enters a sale, or waives.
    AnswerPriority(AnswerPriority),
    /// Signs the contract of a sale.
    SignContract(Box<SignContract>),
    /// Puts the price of a sale into escrow.
    FundEscrow(FundEscrow),
    /// Tells that the change of owner was filed.
    FileRecordal(Box<FileRecordal>),
    /// The office's answer to the filing.
    AnswerRecordal(Box<AnswerRecordal>),
    /// Ends a sale before its money is held.
    CancelTransfer(Box<CancelTransfer>),
    /// Ends a sale's disclosure before its day.
    EndDisclosure(EndDisclosure),

    /// Records what the register of a right's class tells.
    DescribeRight(Box<DescribeRight>),

    /// Announces a lot.
    AnnounceLot(Box<AnnounceLot>),
    /// Enters a lot: sets the deposit aside.
    EnterLot(EnterLot),
    /// Bids for a lot.
    BidLot(BidLot),
    /// Leaves a maximum that is bid for one.
    SetMaximum(SetMaximum),
    /// Ends an ascending lot at its fixed price.
    BuyLot(BuyLot),
    /// Commits to a sealed bid.
    CommitBid(Box<CommitBid>),
    /// Reveals a sealed bid.
    RevealBid(Box<RevealBid>),
    /// Pauses a lot.
    PauseLot(Box<LotStep>),
    /// Resumes a paused lot.
    ResumeLot(Box<LotStep>),
    /// Takes a lot back before it is sold.
    WithdrawLot(Box<LotStep>),
    /// Confirms a sale by the hammer.
    ConfirmLot(Box<LotStep>),
    /// Undoes a sale before it is delivered.
    AnnulLot(Box<LotStep>),
    /// Delivers a court's sale by its ruling.
    ServeRuling(Box<LotStep>),
    /// Pays what is owed for a lot.
    PayLot(PayLot),
    /// Agrees on a price after a close below the reserve.
    NegotiateLot(NegotiateLot),
    /// Settles a forfeited deposit after the resale.
    SettleDefault(SettleDefault),

    /// The venue takes bids again: lots that were open in between stand still before anything falls due. By the sequencer alone.
    Resumed {
        /// Since when bids could not be taken.
        down_from: Timestamp,
    },
    /// A bidder's request as the journal holds it. Opened before it reaches the core.
    Sealed(Box<SealedRequest>),
}

impl Command {
    /// Whether it is the sequencer's own: nobody asks for it.
    pub const fn is_sequencers(&self) -> bool {
        matches!(self, Self::Tick | Self::Resumed { .. } | Self::Sealed(_))
    }
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

words! {
    /// The six classes of rights (the Guidance, art. 6; RULES.md 2.1), and know-how. A patent application is a patent without a
    /// grant date.
    pub enum AssetClass {
        /// 专利
        Patent = 0, "patent";
        /// 商标
        Trademark = 1, "trademark";
        /// 著作权
        Copyright = 2, "copyright";
        /// 地理标志. Barred from transfer and pledge by default.
        GeographicalIndication = 3, "geographical_indication";
        /// 集成电路布图设计
        CircuitLayout = 4, "circuit_layout";
        /// 许可收益权
        LicenceIncome = 5, "licence_income";
        /// 技术秘密. No office registers it; it passes by contract.
        KnowHow = 6, "know_how";
    }
}

/// A place in a classification of goods or technology. To people, `{"scheme":"ipc","code":"G06Q 50/18"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

words! {
    /// A classification of goods or technology.
    pub enum ClassificationScheme {
        /// International Patent Classification.
        Ipc = 0, "ipc";
        /// Nice class of goods or services, 1 to 45.
        Nice = 1, "nice";
        /// Locarno class of designs, 1 to 32.
        Locarno = 2, "locarno";
    }
}

record! {
    /// A classification and the place in it.
    pub struct Place {
        /// Which classification.
        scheme: ClassificationScheme,
        /// The place: an IPC symbol, or the number of a class.
        code: Bounded<16>,
    }
}

/// How a classification stands in the journal.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Classification")]
enum Classified<'a> {
    Ipc(Cow<'a, Bounded<16>>),
    Nice(u8),
    Locarno(u8),
}

impl Classification {
    /// The classification and the place in it.
    pub fn place(&self) -> Place {
        let class = |class: &u8| Bounded::new(&alloc::format!("{class}")).expect("a number is short");
        let (scheme, code) = match self {
            Self::Ipc(code) => (ClassificationScheme::Ipc, code.clone()),
            Self::Nice(number) => (ClassificationScheme::Nice, class(number)),
            Self::Locarno(number) => (ClassificationScheme::Locarno, class(number)),
        };
        Place { scheme, code }
    }

    fn at(place: Place) -> Result<Self, Unreadable> {
        // One way to write a number: no sign, no leading zero.
        let number = |code: &Bounded<16>| match code.as_str().parse::<u8>() {
            Ok(number) if alloc::format!("{number}") == code.as_str() => Ok(number),
            _ => Err(Unreadable::NUMBER),
        };
        Ok(match place.scheme {
            ClassificationScheme::Ipc => Self::Ipc(place.code),
            ClassificationScheme::Nice => Self::Nice(number(&place.code)?),
            ClassificationScheme::Locarno => Self::Locarno(number(&place.code)?),
        })
    }
}

impl Serialize for Classification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.place().serialize(serializer);
        }
        match self {
            Self::Ipc(code) => Classified::Ipc(Cow::Borrowed(code)),
            Self::Nice(number) => Classified::Nice(*number),
            Self::Locarno(number) => Classified::Locarno(*number),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Classification {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Self::at(Place::deserialize(deserializer)?).map_err(de::Error::custom);
        }
        Ok(match Classified::deserialize(deserializer)? {
            Classified::Ipc(code) => Self::Ipc(code.into_owned()),
            Classified::Nice(number) => Self::Nice(number),
            Classified::Locarno(number) => Self::Locarno(number),
        })
    }
}

impl Describe for Classification {
    const SHAPE: Shape = Place::SHAPE;
}

record! {
    /// Registers a right.
    pub struct RegisterAsset {
        /// Who owns it.
        owner as "owner_id": EntityId,
        /// Its class.
        class: AssetClass,
        /// The office that registered it: two letters (WIPO ST.3).
        office: Office,
        /// Its number at that office; unique with class and office.
        number: Bounded<32>,
        /// Its title. Travels to the views; the core keeps only `texts`.
        title: Name,
        /// When it was filed.
        filed as "filed_on": Option<Date>,
        /// When it was granted or registered.
        granted as "granted_on": Option<Date>,
        /// When it ends: the first day without protection.
        expires as "expires_on": Option<Date>,
        /// Where it is classified; at most 64.
        classifications: Vec<Classification> = default,
        /// Digest of the texts (title, abstract, claims) that stay outside.
        texts as "texts_sha256": Digest,
    }
}

/// The terms of an order book of licence units. To people, its prices are decimal texts in the currency's scale.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

record! {
    /// The terms of an order book of licence units.
    pub struct WrittenTerms {
        /// The venue's name for it; unique: 1 to 24 of A-Z, 0-9, - and ., starting with a letter or digit.
        symbol: Symbol,
        /// What it is paid in.
        currency: Currency,
        /// Every price is a multiple of it.
        tick: Decimal,
        /// The lowest price.
        price_low: Decimal,
        /// The highest price, at most 262143 ticks above the lowest.
        price_high: Decimal,
        /// Every quantity is a multiple of it.
        lot: Quantity,
        /// The largest quantity of one order.
        order_max: Quantity,
        /// How many units may be issued in all.
        supply: Quantity,
    }

    /// Lists licence units of a registered right.
    pub struct ListUnits {
        /// The right.
        asset as "asset_id": AssetId,
        /// On which terms.
        terms: BookTerms,
    }
}

/// How terms stand in the journal.
#[derive(Serialize, Deserialize)]
#[serde(rename = "BookTerms")]
struct StoredTerms(Symbol, Currency, [Price; 3], [Quantity; 3]);

impl Serialize for BookTerms {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self {
            symbol,
            currency,
            tick,
            price_low,
            price_high,
            lot,
            order_max,
            supply,
        } = *self;
        if !serializer.is_human_readable() {
            let (prices, quantities) = ([tick, price_low, price_high], [lot, order_max, supply]);
            return StoredTerms(symbol, currency, prices, quantities).serialize(serializer);
        }
        WrittenTerms {
            symbol,
            currency,
            tick: Decimal::of_price(tick, currency),
            price_low: Decimal::of_price(price_low, currency),
            price_high: Decimal::of_price(price_high, currency),
            lot,
            order_max,
            supply,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BookTerms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let StoredTerms(symbol, currency, [tick, price_low, price_high], [lot, order_max, supply]) =
                StoredTerms::deserialize(deserializer)?;
            return Ok(Self {
                symbol,
                currency,
                tick,
                price_low,
                price_high,
                lot,
                order_max,
                supply,
            });
        }
        let written = WrittenTerms::deserialize(deserializer)?;
        let currency = written.currency;
        let price = |decimal: &Decimal, field| {
            let price = decimal.price(currency);
            price.map_err(|why| de::Error::custom(alloc::format!("{why} {field}")))
        };
        Ok(Self {
            symbol: written.symbol,
            currency,
            tick: price(&written.tick, "tick")?,
            price_low: price(&written.price_low, "price_low")?,
            price_high: price(&written.price_high, "price_high")?,
            lot: written.lot,
            order_max: written.order_max,
            supply: written.supply,
        })
    }
}

impl Describe for BookTerms {
    const SHAPE: Shape = WrittenTerms::SHAPE;
}

record! {
    /// A right to register, and the terms on which its units are listed.
    pub struct Import {
        /// The right.
        asset: RegisterAsset,
        /// The terms.
        terms: BookTerms,
    }

    /// A batch of rights with their listings: all of them, or none. Under rules version 2 a listing asks for a verified title, and
    /// [`RegisterRights`] does this.
    pub struct ImportAssets {
        /// 1 to 1000 of them.
        imports: Vec<Import>,
        /// The owner's account that receives the whole supply of each, if any.
        issue_to as "issue_to_account_id": Option<AccountId>,
    }
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
