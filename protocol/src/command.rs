//! What can be asked: the roll of commands. One closed set; the engine's one exhaustive `match` answers it.
//!
//! A row says what a command means, whose key may give it and how many people it takes; how it is read, the module
//! `roll` tells. What a command carries is told beside its kind: titles in `title`, lots in `auction` …

pub use crate::client::ClientKey;
use crate::{
    account::{CashMove, PayOut, RefuseWithdrawal, RequestWithdrawal, WithdrawalStep},
    asset::RegisterAsset,
    auction::{
        AnnounceLot, BidLot, BuyLot, CommitBid, EnterLot, LotStep, NegotiateLot, PauseLot, PayLot, RevealBid,
        SetMaximum, SettleDefault,
    },
    buyers::{
        AdmitParties, AgreePut, AgreeTaking, ConsentConnectedBuyer, EndPut, ExercisePut, NameConnectedBuyer,
        SetBuyerRules, SignPut, TakeAtReserve,
    },
    claim::RecordClaimFact,
    client::Client,
    control::{
        AcceptLoss, Approve, DescribeEntity, LogRead, NameApprovers, NameDeputy, Propose, Recover, Refuse,
        SetDualControl, SetRuleBook, VenueKey,
    },
    describe::{Describe, Shape, Words},
    diligence::{DrawOfficerFile, RecordDutyStep, TellBranchBooks},
    disposal::{
        AgreeBelow, AgreeCorrection, AgreeInDisposal, AskSecurity, CorrectDistribution, DistributeProceeds,
        EndDisposal, OpenDisposal, PressForSale, ProposePlan, RecordBankruptcy, RecordUpkeep, ReleaseForSale,
        SettleSecurity, SignPlan,
    },
    equity::{EndConversion, ProposeConversion, RecordConversionStep},
    ids::{EntityId, InstrumentId, KeyId, LotId, OrderId, Seq, UserId},
    licence::{
        AskOpenLicence, AuditConsumption, CloseTranche, IndicateInterest, LicenceStep, OfferLicence, OpenTranche,
        PayLicence, RecordLicence, ReportConsumption, SetUnitContract, SubscribeTranche, TakeOpenLicence,
        TerminateLicence, WithdrawOpenLicence,
    },
    listing::{IssueUnits, ListUnits},
    order::PlaceOrder,
    party::{RegisterEntity, RegisterKey, RegisterUser, Scopes},
    pledge::{
        AnswerPledge, ApplyProceeds, AssignClaim, ChangePledge, CureDefault, DeclareDefault, FilePledge, FixClaim,
        GivePledgeConsent, InsureLoan, MendPledge, PayGuarantee, PayInsurance, RecordDemand, RecordGuarantor,
        RecordRepayment, RegisterLoan, ReleasePledge, RevokePledgeConsent, SignPledge, SubstitutePledge,
        WithdrawPledge, WithdrawSuit,
    },
    questions::{AnswerQuestion, AskLot, WithholdText},
    reverse::{
        ConsentReverseLicence, PayReverseFee, ProposeReverseLicence, SettleReverseLicence, TerminateReverseLicence,
    },
    risk::{
        ClaimOnPool, DecidePoolClaim, EndPoolLoan, EnrolLoan, OpenPool, ReGuarantee, RecordNpl, RecordRecovery,
        SetPoolFigures,
    },
    roll::{Gone, NeverGiven, commands},
    rules::Epoch,
    sealed::{Claimed, Claims, SealedRequest},
    subsidy::{ApplyForSubsidy, DecideSubsidy, OpenMeasure, WithdrawSubsidy},
    time::Timestamp,
    title::{
        ChangeAsset, DescribeRight, GiveConsent, LiftHold, LinkMarks, PlaceHold, RecordDues, RecordValuation,
        RegisterRights, SetAppraiser, TranslateTitle, VerifyAsset, WithdrawConsent,
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
    pub client: Option<Client>,
    /// What is asked.
    pub command: Command,
}

/// The people who do not give a command alone, where the rules ask for two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// Anyone may.
    Nobody,
    /// An operator, where there are two: what moves money, title or the rules.
    Operators,
    /// A user whose entity asked for two: what binds it, pays, or gives a right away.
    Entities,
    /// Neither.
    Both,
}

// A new command stands at the end: its place is its number in the journal.
commands! {
    /// The rules from here on. First command of every journal; later ones by an operator.
    Epoch(Box<Epoch>) = "epoch", key ADMIN, pairs OPERATORS;
    /// Time has passed: fires what is due. By the sequencer alone.
    Tick = "tick", sequencer, at once;
    /// Admits a participant.
    RegisterEntity(Box<RegisterEntity>) = "register_entity", key ADMIN, alone;
    /// Admits a user of a participant.
    RegisterUser(RegisterUser) = "register_user", key ADMIN, pairs OPERATORS;
    /// Admits a key of a user.
    RegisterKey(Box<RegisterKey>) = "register_key", key ADMIN, pairs OPERATORS;
    // Whoever can act with a key can end one of its house: a leaked key must not wait for an administrator.
    /// Ends a key. By an operator or the key's own entity.
    RevokeKey {
        /// The key.
        key as "key_id": KeyId,
    } = "revoke_key", key TRADE | LIST | ADMIN, alone;
    /// Opens an account for an entity. By an operator.
    OpenAccount {
        /// Whose account it is.
        entity as "entity_id": EntityId,
    } = "open_account", key ADMIN, alone;
    /// Books cash that reached the venue's bank account. By an operator.
    CashIn(Box<CashMove>) = "cash_in", key ADMIN, pairs OPERATORS;
    /// Books an approved withdrawal as paid by the bank. By an operator.
    CashOut(Box<PayOut>) = "cash_out", key ADMIN, pairs OPERATORS;
    /// Registers a right. By an operator, or a firm for what it owns.
    RegisterAsset(Box<RegisterAsset>) = "register_asset", key LIST, alone;
    /// Lists licence units of a right on an order book. By an operator or the owner.
    ListUnits(Box<ListUnits>) = "list_units", key LIST, pairs BOTH;
    // It listed rights that nobody had verified.
    - ImportAssets = "import_assets", now "register_rights with an extract and units, or list_units once the right is verified";
    /// Issues units against the listed supply to an account of the owner. By an operator or the owner.
    IssueUnits(IssueUnits) = "issue_units", key LIST, pairs BOTH;
    /// Halts or resumes trading. By an operator. A halted book still takes cancels.
    SetTrading {
        /// What is halted or resumed.
        instrument as "symbol": InstrumentId => "CN201910513128.U",
        /// Whether it trades from here on.
        trading: bool,
    } = "set_trading", key ADMIN, alone;
    /// Buys or sells.
    PlaceOrder(PlaceOrder) = "place_order", key TRADE, at once;
    /// Takes a resting order out of its book.
    CancelOrder {
        /// The order.
        order as "order_id": OrderId => "4294967303",
    } = "cancel_order", key TRADE, at once;

    /// Sets the rule book's numbers.
    SetRuleBook(Box<SetRuleBook>) = "set_rule_book", key ADMIN, pairs OPERATORS;
    /// Says where a participant is at home and who stands behind it.
    DescribeEntity(Box<DescribeEntity>) = "describe_entity", key ADMIN, pairs OPERATORS;
    /// Asks that two users decide together, or that one may again.
    SetDualControl(SetDualControl) = "set_dual_control", key TRADE | LIST | ADMIN, alone;
    /// Proposes a command.
    Propose(Box<Propose>) = "propose", key ADMIN, at once;
    /// Approves a proposal.
    Approve(Approve) = "approve", key TRADE | LIST | ADMIN, at once;
    /// Refuses a proposal.
    Refuse(Refuse) = "refuse", key TRADE | LIST | ADMIN, at once;
    /// Tells that a user read another's record.
    LogRead(Box<LogRead>) = "log_read", key READ, at once;

    // What befalls a right: by its owner, or an operator in its place.
    /// Registers rights, all or none of them.
    RegisterRights(Box<RegisterRights>) = "register_rights", key LIST | ADMIN, pairs OPERATORS;
    /// Verifies a right by an extract of its register.
    VerifyAsset(Box<VerifyAsset>) = "verify_asset", key ADMIN, pairs OPERATORS;
    /// Changes a right's state by hand.
    ChangeAsset(Box<ChangeAsset>) = "change_asset", key LIST | ADMIN, pairs BOTH;
    /// Records that a right's dues were paid.
    RecordDues(Box<RecordDues>) = "record_dues", key ADMIN, pairs OPERATORS;
    /// Says that marks may only pass together.
    LinkMarks(Box<LinkMarks>) = "link_marks", key ADMIN, alone;
    /// Places a hold on a right.
    PlaceHold(Box<PlaceHold>) = "place_hold", key ADMIN, pairs OPERATORS;
    /// Lifts a hold.
    LiftHold(Box<LiftHold>) = "lift_hold", key ADMIN, pairs OPERATORS;
    /// A co-owner consents to an act.
    GiveConsent(Box<GiveConsent>) = "give_consent", key LIST | ADMIN, pairs ENTITIES;
    /// A co-owner takes its consent back.
    WithdrawConsent(WithdrawConsent) = "withdraw_consent", key LIST | ADMIN, pairs ENTITIES;
    /// Records a valuation.
    RecordValuation(Box<RecordValuation>) = "record_valuation", key LIST | ADMIN, alone;
    /// Admits an appraiser, or removes it.
    SetAppraiser(Box<SetAppraiser>) = "set_appraiser", key ADMIN, pairs OPERATORS;

    // Licences and licence units.
    /// Offers a licence to one participant.
    OfferLicence(Box<OfferLicence>) = "offer_licence", key LIST | ADMIN, pairs ENTITIES;
    /// Agrees to an offered licence. By the licensee.
    AcceptLicence(LicenceStep) = "accept_licence", key TRADE | LIST, pairs ENTITIES;
    /// Takes an offer back, or turns it down.
    WithdrawLicence(LicenceStep) = "withdraw_licence", key TRADE | LIST, alone;
    /// Pays the fee of an agreed licence.
    PayLicence(PayLicence) = "pay_licence", key TRADE | LIST, pairs ENTITIES;
    /// The office's answer to a licence's recordal.
    RecordLicence(Box<RecordLicence>) = "record_licence", key ADMIN, pairs OPERATORS;
    /// Ends a licence before its term.
    TerminateLicence(Box<TerminateLicence>) = "terminate_licence", key TRADE | LIST, pairs BOTH;
    /// Offers a licence to anyone.
    AskOpenLicence(Box<AskOpenLicence>) = "ask_open_licence", key LIST | ADMIN, pairs ENTITIES;
    /// Takes an open licence offer back.
    WithdrawOpenLicence(WithdrawOpenLicence) = "withdraw_open_licence", key LIST | ADMIN, alone;
    /// Takes an open licence.
    TakeOpenLicence(TakeOpenLicence) = "take_open_licence", key TRADE | LIST, pairs ENTITIES;
    /// Says what one licence unit stands for.
    SetUnitContract(SetUnitContract) = "set_unit_contract", key LIST | ADMIN, alone;
    /// Reports products made under licence units.
    ReportConsumption(ReportConsumption) = "report_consumption", key TRADE | LIST, alone;
    /// An audit found products that were not reported.
    AuditConsumption(Box<AuditConsumption>) = "audit_consumption", key ADMIN, alone;
    /// Offers the next units of a listing at one price.
    OpenTranche(Box<OpenTranche>) = "open_tranche", key LIST | ADMIN, pairs ENTITIES;
    /// Says how many units of a tranche one would take.
    IndicateInterest(IndicateInterest) = "indicate_interest", key TRADE | LIST, alone;
    /// Takes units of a tranche.
    SubscribeTranche(SubscribeTranche) = "subscribe_tranche", key TRADE | LIST, pairs ENTITIES;
    /// Closes a tranche that is not full.
    CloseTranche(CloseTranche) = "close_tranche", key LIST | ADMIN, alone;

    // Sales of a title.
    /// Lists titles for sale.
    ListTransfer(Box<ListTransfer>) = "list_transfer", key LIST | ADMIN, pairs BOTH;
    /// Changes who may see a sale.
    SetAudience(Box<SetAudience>) = "set_audience", key LIST | ADMIN, alone;
    /// Says that one is interested in a sale.
    ExpressInterest(ExpressInterest) = "express_interest", key TRADE | LIST, alone;
    /// Takes one's interest back.
    WithdrawInterest(WithdrawInterest) = "withdraw_interest", key TRADE | LIST, alone;
    // Turning somebody down, calling it foreign (`DescribeEntity`) or refusing it an export keeps a bidder out
    // (法释〔2016〕18号 8): by two.
    /// Qualifies a party or turns it down.
    QualifyInterest(Box<QualifyInterest>) = "qualify_interest", key ADMIN, pairs OPERATORS;
    /// Records the export-control check for a party from abroad.
    RecordExportCheck(Box<RecordExportCheck>) = "record_export_check", key ADMIN, pairs OPERATORS;
    /// Offers a price for a title.
    BidTransfer(BidTransfer) = "bid_transfer", key TRADE | LIST, pairs ENTITIES;
    // Entering at the price binds as a bid does.
    /// A holder of priority enters a sale, or waives.
    AnswerPriority(AnswerPriority) = "answer_priority", key TRADE | LIST, pairs ENTITIES;
    /// Signs the contract of a sale.
    SignContract(Box<SignContract>) = "sign_contract", key TRADE | LIST, pairs ENTITIES;
    /// Puts the price of a sale into escrow.
    FundEscrow(FundEscrow) = "fund_escrow", key TRADE | LIST, pairs ENTITIES;
    /// Tells that the change of owner was filed.
    FileRecordal(Box<FileRecordal>) = "file_recordal", key LIST | ADMIN, alone;
    /// The office's answer to the filing.
    AnswerRecordal(Box<AnswerRecordal>) = "answer_recordal", key ADMIN, pairs OPERATORS;
    /// Ends a sale before its money is held.
    CancelTransfer(Box<CancelTransfer>) = "cancel_transfer", key LIST | ADMIN, pairs OPERATORS;
    /// Ends a sale's disclosure before its day.
    EndDisclosure(EndDisclosure) = "end_disclosure", key LIST | ADMIN, alone;

    /// Records what the register of a right's class tells.
    DescribeRight(Box<DescribeRight>) = "describe_right", key ADMIN, alone;

    /// Announces a lot.
    AnnounceLot(Box<AnnounceLot>) = "announce_lot", key LIST | ADMIN, pairs BOTH;
    /// Enters a lot: sets the deposit aside.
    EnterLot(EnterLot) = "enter_lot", key TRADE | LIST, pairs ENTITIES, sealed;
    /// Bids for a lot.
    BidLot(BidLot) = "bid_lot", key TRADE | LIST, pairs ENTITIES, sealed;
    /// Leaves a maximum that is bid for one.
    SetMaximum(SetMaximum) = "set_maximum", key TRADE | LIST, pairs ENTITIES, sealed;
    /// Ends an ascending lot at its fixed price.
    BuyLot(BuyLot) = "buy_lot", key TRADE | LIST, pairs ENTITIES, sealed;
    /// Commits to a sealed bid.
    CommitBid(Box<CommitBid>) = "commit_bid", key TRADE | LIST, pairs ENTITIES, sealed;
    // What is committed has to be opened in time.
    /// Reveals a sealed bid.
    RevealBid(Box<RevealBid>) = "reveal_bid", key TRADE | LIST, alone, sealed;
    /// Pauses a lot.
    PauseLot(Box<PauseLot>) = "pause_lot", key ADMIN, pairs OPERATORS;
    // What goes on shuts nobody out.
    /// Resumes a paused lot.
    ResumeLot(Box<LotStep>) = "resume_lot", key ADMIN, alone;
    /// Takes a lot back before it is sold.
    WithdrawLot(Box<LotStep>) = "withdraw_lot", key LIST | ADMIN, pairs BOTH;
    /// Confirms a sale by the hammer.
    ConfirmLot(Box<LotStep>) = "confirm_lot", key ADMIN, pairs OPERATORS;
    /// Undoes a sale before it is delivered.
    AnnulLot(Box<LotStep>) = "annul_lot", key ADMIN, pairs OPERATORS;
    /// Delivers a court's sale by its ruling.
    ServeRuling(Box<LotStep>) = "serve_ruling", key ADMIN, pairs OPERATORS;
    /// Pays what is owed for a lot.
    PayLot(PayLot) = "pay_lot", key TRADE | LIST, pairs ENTITIES;
    /// Agrees on a price after a close below the reserve.
    NegotiateLot(NegotiateLot) = "negotiate_lot", key TRADE | LIST, pairs ENTITIES;
    /// Settles a forfeited deposit after the resale.
    SettleDefault(SettleDefault) = "settle_default", key ADMIN, pairs OPERATORS;

    // Lots that were open in between stand still before anything falls due.
    /// The venue takes bids again after an outage. By the sequencer alone.
    Resumed {
        /// Since when bids could not be taken.
        down_from: Timestamp => "2026-03-02T02:00:00.000000000Z",
    } = "resumed", sequencer, at once;
    /// A bidder's request as the journal holds it. Opened before it reaches the core.
    Sealed(Box<SealedRequest>) = "sealed", sequencer, at once;

    // What the venue says of itself; no key gives it, for who can say it holds the machine.
    /// Names the key that the venue signs with from here on.
    SetVenueKey(VenueKey) = "set_venue_key", sequencer, at once;
    /// Gives the venue back to its first operator.
    Recover(Box<Recover>) = "recover", sequencer, at once;

    // Cash leaves by its owner's word alone: the answer tells what is free, and so what a sealed bid holds.
    /// Asks for cash to be paid out, which sets it aside at once. By the account's owner.
    RequestWithdrawal(RequestWithdrawal) = "request_withdrawal", key TRADE | LIST | ADMIN, pairs ENTITIES;
    /// Cancels a withdrawal that nobody approved yet. By the account's owner.
    CancelWithdrawal(WithdrawalStep) = "cancel_withdrawal", key TRADE | LIST | ADMIN, alone;
    /// Approves a withdrawal: the bank is told to pay. By an operator.
    ApproveWithdrawal(WithdrawalStep) = "approve_withdrawal", key ADMIN, pairs OPERATORS;
    /// Refuses a withdrawal, or tells that the bank sent it back. By an operator.
    RefuseWithdrawal(Box<RefuseWithdrawal>) = "refuse_withdrawal", key ADMIN, pairs OPERATORS;

    // What the venue says of a journal without an end, and of a moment near a lot's end.
    /// Goes on with a journal whose end is missing, as far as that is known.
    AcceptLoss(AcceptLoss) = "accept_loss", sequencer, at once;
    /// The venue stood still for a moment. By the sequencer alone.
    Stalled {
        /// Since when bids could not be taken.
        down_from: Timestamp => "2026-03-02T02:00:00.000000000Z",
    } = "stalled", sequencer, at once;

    // Loans and pledges. What brings in or stops harm takes one person; what gives up, moves or enforces takes two.
    /// Registers a loan. By a creditor or an operator.
    RegisterLoan(Box<RegisterLoan>) = "register_loan", key TRADE | LIST | ADMIN, told;
    /// Files applications to record pledges. By a creditor, the pledgor or an operator.
    FilePledge(Box<FilePledge>) = "file_pledge", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Signs an application that the other side filed.
    SignPledge(Box<SignPledge>) = "sign_pledge", key TRADE | LIST, pairs ENTITIES;
    /// The registrar's answer to an application. By an operator.
    AnswerPledge(Box<AnswerPledge>) = "answer_pledge", key ADMIN, pairs OPERATORS;
    /// Mends defects of an application.
    MendPledge(Box<MendPledge>) = "mend_pledge", key TRADE | LIST | ADMIN, told;
    /// Takes an application back before it is recorded.
    WithdrawPledge(WithdrawPledge) = "withdraw_pledge", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Records a change of a pledge. By an operator.
    ChangePledge(Box<ChangePledge>) = "change_pledge", key ADMIN, pairs OPERATORS;
    /// Releases a pledge, or some of its rights. By a creditor or an operator.
    ReleasePledge(Box<ReleasePledge>) = "release_pledge", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Releases rights of a pledge for others that were pledged before. By a creditor or an operator.
    SubstitutePledge(Box<SubstitutePledge>) = "substitute_pledge", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Assigns a part of a claim; its pledges go along. By the creditor.
    AssignClaim(Box<AssignClaim>) = "assign_claim", key TRADE | LIST, pairs ENTITIES;
    /// Determines the claims under a maximum amount. By a creditor or an operator.
    FixClaim(Box<FixClaim>) = "fix_claim", key TRADE | LIST | ADMIN, told;
    /// Records a demand. By a creditor or an operator.
    RecordDemand(Box<RecordDemand>) = "record_demand", key TRADE | LIST | ADMIN, told;
    /// Declares a loan in default. By a creditor or an operator.
    DeclareDefault(Box<DeclareDefault>) = "declare_default", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Says that a default is cured. By a creditor or an operator.
    CureDefault(Box<CureDefault>) = "cure_default", key TRADE | LIST | ADMIN, told;
    /// Records what was paid on a loan. By a creditor or an operator.
    RecordRepayment(Box<RecordRepayment>) = "record_repayment", key TRADE | LIST | ADMIN, told;
    // What gives up takes two of the bank; to take it back stops harm.
    /// Consents to what a pledgor does with a pledged right. By the acting holder of the claim.
    GivePledgeConsent(Box<GivePledgeConsent>) = "give_pledge_consent", key TRADE | LIST, pairs ENTITIES;
    /// Takes a consent back. By the acting holder of the claim.
    RevokePledgeConsent(RevokePledgeConsent) = "revoke_pledge_consent", key TRADE | LIST, told;
    /// Pays a debt early out of what is held in place of pledged rights.
    ApplyProceeds(ApplyProceeds) = "apply_proceeds", key TRADE | LIST, pairs ENTITIES;

    // Disposal. Two people agree, open, release, pay out and give up; one advances what keeps a right alive.
    /// Proposes who is paid out of what the pledged rights of a loan bring.
    ProposePlan(Box<ProposePlan>) = "propose_plan", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Signs the plan that is proposed.
    SignPlan(SignPlan) = "sign_plan", key TRADE | LIST, pairs ENTITIES;
    /// Opens the case of a default. By the acting holder of the claim or an operator.
    OpenDisposal(Box<OpenDisposal>) = "open_disposal", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Agrees to a price below the floor. By the pledgor.
    AgreeBelow(Box<AgreeBelow>) = "agree_below", key TRADE | LIST, pairs ENTITIES;
    /// Files the pledgee's release against the price that is held.
    ReleaseForSale(Box<ReleaseForSale>) = "release_for_sale", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Pays out what a sale of the case brought, by the plan in force.
    DistributeProceeds(Box<DistributeProceeds>) = "distribute_proceeds", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Ends a case without result.
    EndDisposal(Box<EndDisposal>) = "end_disposal", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Records what a creditor advanced on a pledged right, or spent on enforcing.
    RecordUpkeep(Box<RecordUpkeep>) = "record_upkeep", key TRADE | LIST | ADMIN, told;
    // It holds back who enforces, and brings nobody anything.
    /// Records that a court accepted the bankruptcy of a loan's debtor, or that pledgees may go on. By a creditor or an operator.
    RecordBankruptcy(Box<RecordBankruptcy>) = "record_bankruptcy", key TRADE | LIST | ADMIN, told;
    // Risk pools. What commits public money, pays out or gives up takes two; enrolling, telling and claiming take one.
    /// Opens a risk pool. By an operator.
    OpenPool(Box<OpenPool>) = "open_pool", key ADMIN, pairs OPERATORS;
    /// Changes what a pool pays, until a loan is enrolled in it. By an operator.
    SetPoolFigures(Box<SetPoolFigures>) = "set_pool_figures", key ADMIN, pairs OPERATORS;
    /// Enrols a loan in a pool. By the acting holder of its claim or an operator.
    EnrolLoan(Box<EnrolLoan>) = "enrol_loan", key TRADE | LIST | ADMIN, told;
    /// Tells that a loan turned non-performing. By the acting holder of its claim or an operator.
    RecordNpl(Box<RecordNpl>) = "record_npl", key TRADE | LIST | ADMIN, told;
    /// Claims on a pool for a non-performing loan. By the acting holder of its claim, or a guarantor that paid.
    ClaimOnPool(Box<ClaimOnPool>) = "claim_on_pool", key TRADE | LIST | ADMIN, told;
    /// Pays a claim on a pool, or turns it down. By an operator; for a re-guaranteed guarantor by the fund.
    DecidePoolClaim(Box<DecidePoolClaim>) = "decide_pool_claim", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Tells what was recovered, and pays the pool its part. By who claimed.
    RecordRecovery(Box<RecordRecovery>) = "record_recovery", key TRADE | LIST, pairs ENTITIES;
    // A claim that waits, or what would still be recovered, is given up.
    /// Tells how a loan in a pool goes on or ends. By the acting holder of its claim, who was paid, or an operator.
    EndPoolLoan(Box<EndPoolLoan>) = "end_pool_loan", key TRADE | LIST | ADMIN, pairs BOTH;

    // Reverse licences. What binds, pays or gives up takes two; fees and terms run by themselves.
    /// Proposes to license the rights of a case back to their owner. By the acting holder of the claim or an operator.
    ProposeReverseLicence(Box<ProposeReverseLicence>) = "propose_reverse_licence", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Consents to a reverse licence. By its licensee.
    ConsentReverseLicence(Box<ConsentReverseLicence>) = "consent_reverse_licence", key TRADE | LIST, pairs ENTITIES;
    /// Pays a fee of a reverse licence. By its licensee.
    PayReverseFee(PayReverseFee) = "pay_reverse_fee", key TRADE | LIST, pairs ENTITIES;
    /// Pays at once all that is owed. By the licensee of a reverse licence.
    SettleReverseLicence(SettleReverseLicence) = "settle_reverse_licence", key TRADE | LIST, pairs ENTITIES;
    /// Ends a reverse licence.
    TerminateReverseLicence(Box<TerminateReverseLicence>) = "terminate_reverse_licence", key TRADE | LIST | ADMIN, pairs BOTH;
    // A claim becomes shares. It moves, binds and gives up at every step: two people each time.
    /// Proposes to turn a case's claim into shares. By the acting holder of the claim or an operator.
    ProposeConversion(Box<ProposeConversion>) = "propose_conversion", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Records the next step of it.
    RecordConversionStep(Box<RecordConversionStep>) = "record_conversion_step", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Gives it up: the case is open again.
    EndConversion(EndConversion) = "end_conversion", key TRADE | LIST | ADMIN, pairs BOTH;
    // Subsidies. What commits public money or pays it out takes two, and so does giving up what was asked.
    /// Opens a measure that pays subsidies. By an operator.
    OpenMeasure(Box<OpenMeasure>) = "open_measure", key ADMIN, pairs OPERATORS;
    /// Applies for a subsidy of what a loan cost. By the loan's debtor.
    ApplyForSubsidy(Box<ApplyForSubsidy>) = "apply_for_subsidy", key TRADE | LIST, told;
    /// Takes an application back. By the firm.
    WithdrawSubsidy(WithdrawSubsidy) = "withdraw_subsidy", key TRADE | LIST, pairs ENTITIES;
    /// Grants and pays a subsidy, or turns it down. By an operator, or a fund's user of whoever pays.
    DecideSubsidy(Box<DecideSubsidy>) = "decide_subsidy", key TRADE | LIST | ADMIN, pairs BOTH;
    // What is told of a branch moves nothing; what was told is not told otherwise by one.
    /// Tells a branch's books on a day. By its bank.
    TellBranchBooks(Box<TellBranchBooks>) = "tell_branch_books", key TRADE | LIST, told;
    /// Corrects the books of the day that was told last. By the branch's bank.
    CorrectBranchBooks(Box<TellBranchBooks>) = "correct_branch_books", key TRADE | LIST, pairs ENTITIES;
    /// Shows a step that an officer owes a loan. By the officer.
    RecordDutyStep(Box<RecordDutyStep>) = "record_duty_step", key TRADE | LIST, told;
    /// Draws an officer's file for a loan, as of today. By the officer's bank.
    DrawOfficerFile(DrawOfficerFile) = "draw_officer_file", key TRADE | LIST, alone;

    // Who answers beside the debtor. What pays, binds or frees takes two; figures are told by one.
    /// Pays what a guarantor answers for. By the guarantor.
    PayGuarantee(PayGuarantee) = "pay_guarantee", key TRADE | LIST, pairs ENTITIES;
    /// Tells that a suit was withdrawn. By a creditor or an operator.
    WithdrawSuit(Box<WithdrawSuit>) = "withdraw_suit", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Tells a guarantor's figures. By the guarantor or an operator.
    RecordGuarantor(Box<RecordGuarantor>) = "record_guarantor", key TRADE | LIST | ADMIN, told;
    /// Offers or accepts an insurance of a loan. By the acting holder of the claim or the insurer.
    InsureLoan(Box<InsureLoan>) = "insure_loan", key TRADE | LIST, pairs ENTITIES;
    /// Pays what an insurer promised. By the insurer.
    PayInsurance(PayInsurance) = "pay_insurance", key TRADE | LIST, pairs ENTITIES;
    /// Re-guarantees a guarantor of a loan. By the guarantor.
    ReGuarantee(Box<ReGuarantee>) = "re_guarantee", key TRADE | LIST, pairs ENTITIES;
    // Who approves decides over all that takes two.
    /// Names who approves for a house that asked for two.
    NameApprovers(Box<NameApprovers>) = "name_approvers", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Names a deputy for one who was named to approve.
    NameDeputy(NameDeputy) = "name_deputy", key TRADE | LIST | ADMIN, pairs ENTITIES;
    // Who else takes what is disposed of. What binds, takes or gives up takes two of a house; naming a buyer stops harm.
    /// Sets the numbers by which others take what is disposed of. By an operator.
    SetBuyerRules(SetBuyerRules) = "set_buyer_rules", key ADMIN, pairs OPERATORS;
    /// Proposes that a fund buys what stays unsold of pledged rights. By the acting holder of the claim or the fund.
    AgreePut(Box<AgreePut>) = "agree_put", key TRADE | LIST, pairs ENTITIES;
    /// Signs a put. By the acting holder of the claim, the fund, and who pledged the rights.
    SignPut(SignPut) = "sign_put", key TRADE | LIST, pairs ENTITIES;
    /// Puts to the fund what a lot left unsold. By the acting holder of the claim.
    ExercisePut(ExercisePut) = "exercise_put", key TRADE | LIST, pairs ENTITIES;
    /// Ends a put.
    EndPut(EndPut) = "end_put", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Agrees that the creditor takes what a lot left. By the pledgor.
    AgreeTaking(AgreeTaking) = "agree_taking", key TRADE | LIST, pairs ENTITIES;
    /// Takes what a lot left, at its reserve. By the acting holder of the claim.
    TakeAtReserve(TakeAtReserve) = "take_at_reserve", key TRADE | LIST, pairs ENTITIES;
    /// Names a buyer that is connected with who sells. By the acting holder of the claim or an operator.
    NameConnectedBuyer(NameConnectedBuyer) = "name_connected_buyer", key TRADE | LIST | ADMIN, told;
    /// Consents to a connected buyer. By who is paid by the plan.
    ConsentConnectedBuyer(ConsentConnectedBuyer) = "consent_connected_buyer", key TRADE | LIST, pairs ENTITIES;
    /// Announces that pledgor and pledgee may bid for a lot. By who disposes of its rights or an operator.
    AdmitParties(AdmitParties) = "admit_parties", key TRADE | LIST | ADMIN, pairs BOTH;
    // A case beyond the default. What harms nobody takes one: asking for security, and pressing for a sale.
    /// Asks for other security, because the value of pledged rights falls. By the acting holder of the claim or an operator.
    AskSecurity(AskSecurity) = "ask_security", key TRADE | LIST | ADMIN, told;
    /// Ends that security is asked for. By the acting holder of the claim or an operator.
    SettleSecurity(SettleSecurity) = "settle_security", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Presses the pledgee to sell. By who gave a pledge.
    PressForSale(PressForSale) = "press_for_sale", key TRADE | LIST, told;
    /// Agrees to something in a case. By the pledgor.
    AgreeInDisposal(AgreeInDisposal) = "agree_in_disposal", key TRADE | LIST, pairs ENTITIES;
    // What a claim comes to follows what befell it: a judgment or a misuse brings money in, a plea stops harm.
    /// Records what befell a claim. By a creditor or an operator; the plea of the cap by the debtor.
    RecordClaimFact(Box<RecordClaimFact>) = "record_claim_fact", key TRADE | LIST | ADMIN, told;
    /// Tells anew what was asked of a price that is paid out. By the acting holder of the claim or an operator.
    CorrectDistribution(Box<CorrectDistribution>) = "correct_distribution", key TRADE | LIST | ADMIN, pairs BOTH;
    /// Agrees to give back by a correction, or ends it. By who has to give back.
    AgreeCorrection(Box<AgreeCorrection>) = "agree_correction", key TRADE | LIST | ADMIN, pairs BOTH;
    // Questions about a lot. A question waits for nobody: a proposal would tell who asks. To withhold a text stops harm.
    /// Asks about a lot; who asked, only the asker and the regulator are told.
    AskLot(Box<AskLot>) = "ask_lot", key TRADE | LIST, at once;
    /// Answers a question about a lot. By who sells it, who disposes of it, or an operator.
    AnswerQuestion(Box<AnswerQuestion>) = "answer_question", key TRADE | LIST | ADMIN, told;
    /// Withholds a text about a lot from display. By an operator.
    WithholdText(Box<WithholdText>) = "withhold_text", key ADMIN, alone;
    // It is shown beside the registered title, and changes nothing of that.
    /// Gives a right's title in another language, for display. By its acting owner, or an operator.
    TranslateTitle(Box<TranslateTitle>) = "translate_title", key LIST | ADMIN, alone;
}

impl Command {
    /// Whether the command is the sequencer's own: nobody asks for it.
    pub const fn is_sequencers(&self) -> bool {
        self.op().is_sequencers()
    }

    /// The people who do not give the command alone.
    pub const fn pairs(&self) -> Pairs {
        match self {
            // To end it takes two.
            Self::SetDualControl(SetDualControl { required: false }) => Pairs::Entities,
            other => other.op().pairs(),
        }
    }

    /// The lot about which this asks: who asks is secret as who bids is, so that nobody learns who is interested.
    pub const fn asks_about(&self) -> Option<LotId> {
        match self {
            Self::AskLot(asked) => Some(asked.lot),
            _ => None,
        }
    }

    /// The lot for which this is a bidder's command: until its close, who gave it and what it says is nobody else's.
    pub fn bids_for(&self) -> Option<LotId> {
        self.claimed().map(|(lot, _)| lot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own_and_fields() {
        for (i, op) in Op::ALL.iter().enumerate() {
            assert_eq!(Op::from_name(op.name()), Some(*op), "{op:?}");
            assert!(Op::ALL[..i].iter().all(|other| other.name() != op.name()), "{op:?}");
            assert!(matches!(op.shape(), Shape::Object(_)), "{op:?} is an object to people");
            assert!(op.scopes().is_known() && op.scopes() != Scopes::NONE, "{op:?}");
            assert!(op.meaning().ends_with('.'), "{op:?}");
            // What two people do can wait for the second.
            assert!(op.can_wait() || op.pairs() == Pairs::Nobody, "{op:?}");
            // A bidder's secret is told to nobody.
            let told = op.is_told();
            assert!(!told || op.pairs() == Pairs::Nobody && !op.is_sealed(), "{op:?}");
        }
    }

    #[test]
    fn to_end_two_people_takes_two() {
        let set = |required| Command::SetDualControl(SetDualControl { required });
        assert_eq!(
            (set(true).pairs(), set(false).pairs()),
            (Pairs::Nobody, Pairs::Entities)
        );
    }
}
