//! What can be asked. One closed set; the engine's one exhaustive `match` answers it.

use crate::{
    account::CashMove,
    asset::RegisterAsset,
    auction::{
        AnnounceLot, BidLot, BuyLot, CommitBid, EnterLot, LotStep, NegotiateLot, PayLot, RevealBid, SetMaximum,
        SettleDefault,
    },
    control::{Approve, DescribeEntity, LogRead, Propose, Refuse, SetDualControl, SetRuleBook},
    ids::{EntityId, InstrumentId, KeyId, LotId, OrderId, Seq, UserId},
    licence::{
        AskOpenLicence, AuditConsumption, CloseTranche, IndicateInterest, LicenceStep, OfferLicence, OpenTranche,
        PayLicence, RecordLicence, ReportConsumption, SetUnitContract, SubscribeTranche, TakeOpenLicence,
        TerminateLicence, WithdrawOpenLicence,
    },
    listing::{ImportAssets, IssueUnits, ListUnits},
    order::PlaceOrder,
    party::{RegisterEntity, RegisterKey, RegisterUser},
    rules::Epoch,
    sealed::{Claimed, SealedRequest},
    time::Timestamp,
    title::{
        ChangeAsset, DescribeRight, GiveConsent, LiftHold, LinkMarks, PlaceHold, RecordDues, RecordValuation,
        RegisterRights, SetAppraiser, VerifyAsset, WithdrawConsent,
    },
    transfer::{
        AnswerPriority, AnswerRecordal, BidTransfer, CancelTransfer, EndDisclosure, ExpressInterest, FileRecordal,
        FundEscrow, ListTransfer, QualifyInterest, RecordExportCheck, SetAudience, SignContract, WithdrawInterest,
    },
};
use alloc::boxed::Box;
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

    /// The lot for which this is a bidder's command, and what it says of it.
    pub const fn claimed(&self) -> Option<(LotId, Claimed)> {
        Some(match self {
            Self::EnterLot(enter) => (enter.lot, Claimed::Entry),
            Self::BidLot(bid) => {
                let (price, units) = (bid.price, bid.units);
                (bid.lot, Claimed::Bid { price, units })
            }
            Self::SetMaximum(set) => (set.lot, Claimed::Maximum(set.maximum)),
            Self::BuyLot(buy) => (buy.lot, Claimed::Purchase),
            Self::CommitBid(commit) => (commit.lot, Claimed::Commitment(commit.commitment)),
            Self::RevealBid(reveal) => (reveal.lot, Claimed::Reveal(reveal.price)),
            _ => return None,
        })
    }

    /// The lot for which this is a bidder's command: until its close, who gave it and what it says is nobody else's.
    pub const fn bids_for(&self) -> Option<LotId> {
        match self.claimed() {
            Some((lot, _)) => Some(lot),
            None => None,
        }
    }
}
