//! How a defaulted pledge is turned into money (RULES.md 2.7, 2.8; PLEDGES.md 4; 民法典 436 to 438): the plan that is agreed
//! before, one case for each default, and what becomes of what its sales bring.
//!
//! No default moves a title to the pledgee by itself (民法典 428). A case says by which road the title passes, its rights
//! are sold as any others are, and its price is held until the plan's waterfall is paid out.

use crate::{
    describe::{record, words},
    ids::{AccountId, AssetId, DisposalId, EntityId, LoanId, LotId, TransferId},
    plan::{Claims, Payee, Plan, Proceeds, Statement},
    text::Digest,
    time::{Date, Timestamp},
    units::{Amount, BasisPoints, Currency},
};
use alloc::vec::Vec;

/// The most payees of a court's scheme.
pub const SCHEME_MAX: usize = 1_000;

words! {
    /// How a case of disposal stands.
    pub enum DisposalState {
        /// It runs: its rights may be sold.
        Open = 0, "open";
        /// Its rights are licensed back, and the fees pay the debt (反向许可).
        Licensed = 1, "licensed";
        /// The claim is being turned into shares (质权转股).
        Converting = 2, "converting";
        /// It is done: what it brought is paid out.
        Closed = 3, "closed";
        /// The default was cured before its day (拍卖变卖规定 19).
        Cured = 4, "cured";
        /// It ended without result: given up, or nothing is left to dispose of.
        GivenUp = 5, "given_up";
    }

    /// Why rights are disposed of.
    pub enum DisposalGround {
        /// The debt is in default.
        Default = 0, "default";
        /// Their value falls, and no other security was given for it (民法典 433).
        ValueFalls = 1, "value_falls";
        /// The pledgor pressed for a sale in vain, and asked a court (437).
        Pressed = 2, "pressed";
    }

    /// What a pledgor agrees to in a case.
    pub enum CaseAgreement {
        /// That its rights are all sold, though fewer cover the debt (拍卖变卖规定 14).
        SellAll = 0, "sell_all";
        /// That the price of an early sale pays the debt at once; else it is deposited (民法典 433).
        Prepay = 1, "prepay";
    }

    /// What ended that security was asked for.
    pub enum SecurityEnd {
        /// Other security was given, or it is not asked for any more.
        Settled = 0, "settled";
        /// What stands pledged is worth enough again: by a valuation, or with a right that was pledged in its place.
        ValueBack = 1, "value_back";
        /// The debt was paid.
        Paid = 2, "paid";
    }

    /// By which instrument the title passes to a buyer.
    pub enum TitleRoad {
        /// The pledgor signs the assignment itself.
        Assignment = 0, "assignment";
        /// The pledgor gave a mandate that it cannot take back (担保制度解释 45).
        Mandate = 1, "mandate";
        /// A court's ruling (民诉法 208).
        Ruling = 2, "ruling";
    }

    /// What kind of bankruptcy a court accepted.
    pub enum Bankruptcy {
        /// 重整: pledgees wait until the court lifts the stay (企业破产法 75).
        Reorganisation = 0, "reorganisation";
        /// 破产清算: they may go on at any time (109).
        Liquidation = 1, "liquidation";
        /// 和解: they may go on from the ruling (96).
        Composition = 2, "composition";
    }

    /// What a creditor advanced to keep a pledged right alive, or spent on enforcing its pledge.
    pub enum UpkeepKind {
        /// An annuity.
        Annuity = 0, "annuity";
        /// A renewal.
        Renewal = 1, "renewal";
        /// An insurance.
        Insurance = 2, "insurance";
        /// What enforcing cost.
        Enforcing = 3, "enforcing";
        /// A charge of another name that was agreed: it counts as interest, and falls under the cap.
        AgreedCharge = 4, "agreed_charge";
    }

    /// How a correction of a distribution stands.
    pub enum CorrectionState {
        /// It waits for those who have to give back.
        Proposed = 0, "proposed";
        /// All have agreed, and the differences are posted.
        Posted = 1, "posted";
        /// Somebody refused, or it was dropped: nothing is posted.
        Dropped = 2, "dropped";
    }
}

record! {
    /// Proposes who is paid out of what the pledged rights of a loan bring; who proposes it has signed it. By a user of a
    /// creditor, of who gave a pledge for it, or an operator.
    pub struct ProposePlan {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// The plan.
        plan: Plan,
    }

    /// Signs the plan that is proposed. It is in force once all have signed whom it needs.
    #[derive(Copy)]
    pub struct SignPlan {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// Which plan.
        plan as "plan_sha256": Digest,
    }

    /// Asks for other security, because a valuation shows that what stands pledged for a loan is worth visibly less than when
    /// it was pledged; where none is given within the days, the rights may be sold early (民法典 433). By a user of the acting
    /// holder of the claim, or an operator.
    #[derive(Copy)]
    pub struct AskSecurity {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Within how many days, 1 to 366.
        days: u32 => "15",
        /// Digest of the proof that it was served.
        evidence as "evidence_sha256": Digest,
    }

    /// Ends that security is asked for: other security was given, or is not asked for any more. By a user of the acting
    /// holder of the claim, or an operator.
    #[derive(Copy)]
    pub struct SettleSecurity {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Digest of what was given, or of the word.
        evidence as "evidence_sha256": Digest,
    }

    /// Presses the pledgee to sell: the debt is due. Where it opens no case within the rule book's days, the pledgor may ask a
    /// court, by [`OpenDisposal`] with a ruling (民法典 437). By a user of who gave a pledge for the loan.
    #[derive(Copy)]
    pub struct PressForSale {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Digest of the proof that it was served.
        evidence as "evidence_sha256": Digest,
    }

    /// Agrees to something in a case. By a user of the pledgor.
    #[derive(Copy)]
    pub struct AgreeInDisposal {
        /// In which.
        disposal as "disposal_id": DisposalId,
        /// To what.
        to: CaseAgreement,
        /// Digest of its written consent.
        evidence as "evidence_sha256": Digest,
    }

    /// Opens the case of a default: the first step of its disposal. By a user of the acting holder of the claim, or an
    /// operator; by one of a pledgor that pressed in vain, with a court's ruling. Without a default where security was asked
    /// for in vain.
    #[derive(Copy)]
    pub struct OpenDisposal {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// By which road the title passes.
        road: Option<TitleRoad>,
        /// Digest of the instrument: the assignment, the mandate, the ruling.
        instrument as "instrument_sha256": Option<Digest>,
        /// Not sold by agreement below this share of what it is valued at, unless the pledgor agrees (民法典 436).
        floor as "floor_bps": BasisPoints => "8000",
    }

    /// Agrees that rights of a case are sold by agreement down to this price (民法典 436). By a user of the pledgor.
    #[derive(Copy)]
    pub struct AgreeBelow {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Down to which price.
        price: Amount,
        /// Digest of its written consent.
        evidence as "evidence_sha256": Digest,
    }

    /// Files the pledgee's release against the price that is held: it holds for this sale alone, and lapses with it. By a
    /// user of the acting holder of the claim, or an operator.
    #[derive(Copy)]
    pub struct ReleaseForSale {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// For which sale.
        transfer as "transfer_id": TransferId,
        /// Digest of the release.
        evidence as "evidence_sha256": Digest,
    }

    /// What somebody has of a court's scheme of distribution.
    pub struct SchemeShare {
        /// Who.
        payee: Payee,
        /// How much.
        amount: Amount,
        /// How much of it is on the case's own debt.
        debt: Amount,
    }

    /// A court's scheme of distribution, or an administrator's in bankruptcy: it alone is paid where a court sold.
    pub struct CourtScheme {
        /// Who has how much, 1 to 1000: all that is held.
        shares: Vec<SchemeShare>,
        /// Digest of the scheme.
        digest as "sha256": Digest,
    }

    /// A middle rate, for claims in another currency than the price.
    #[derive(Copy)]
    pub struct MiddleRate {
        /// The claims' currency.
        currency: Currency,
        /// So many ten-thousandths of the price's currency for so many units of the claims'.
        e4: u64,
        /// For how many units it is quoted: 1, or 100 as for the yen.
        per: u32,
        /// Of which day: the acceptance of a bankruptcy, else that on which the doubled interest starts (法释〔2014〕8号 5), else
        /// the contract's.
        on: Date,
        /// Digest of where it was published.
        source as "source_sha256": Digest,
    }

    /// Pays out what a sale of the case brought, by the plan in force. By a user of the acting holder of the claim, or an
    /// operator.
    pub struct DistributeProceeds {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// What which sale brought.
        transfer as "transfer_id": TransferId,
        /// Which part of it; none: the first of the case's that is not paid out.
        part: Option<u32>,
        /// What is asked of it beside the pledges and the venue's fee, which are known here: costs, taxes, attachments,
        /// what was agreed. Who is named by no plan stands in `later`.
        claims: Claims,
        /// The account of the venue or the court from which those are paid that have none here.
        trust as "trust_account_id": Option<AccountId>,
        /// The court's scheme, where a court sold.
        scheme: Option<CourtScheme>,
        /// The middle rates of claims in other currencies, none twice for one day; at most 64.
        rates: Vec<MiddleRate> = default,
    }

    /// Tells anew what was asked of a price that is paid out, where it was told wrongly. Who has to give back agrees first
    /// (`agree_correction`); then a second statement is told and the differences are posted. It takes the place of one that
    /// waits. By a user of the acting holder of the claim, or an operator.
    pub struct CorrectDistribution {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Of which part of it; none: the first of the case's that is paid out.
        part: Option<u32>,
        /// All that was asked beside what is known here, as it should have been told.
        claims: Claims,
        /// The account of the venue or the court from which those are paid that have none here.
        trust as "trust_account_id": Option<AccountId>,
        /// The court's scheme as it was corrected, where a court sold.
        scheme: Option<CourtScheme>,
        /// The middle rates, as of a distribution.
        rates: Vec<MiddleRate> = default,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Agrees to give back by a correction, which sets the amount aside at once; or refuses, which ends it and frees what
    /// others set aside. By a user of who has to give back; whoever may propose it may end it too.
    #[derive(Copy)]
    pub struct AgreeCorrection {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Of which part of it; none: the first of the case's of which a correction waits.
        part: Option<u32>,
        /// Which correction of it.
        number: u32,
        /// Whether it agrees.
        agrees: bool,
        /// Digest of its word.
        evidence as "evidence_sha256": Digest,
    }

    /// Ends a case without result; its pledges are in default as before. By a user of the acting holder of the claim, or
    /// an operator; by the pledgor too once the debt is paid.
    #[derive(Copy)]
    pub struct EndDisposal {
        /// Which.
        disposal as "disposal_id": DisposalId,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Records that a court accepted the bankruptcy of a loan's debtor, or by `lifted` that pledgees may go on by its ruling
    /// (企业破产法 46, 75, 96). By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct RecordBankruptcy {
        /// Of which loan's debtor.
        loan as "loan_id": LoanId,
        /// Of which kind.
        kind: Bankruptcy,
        /// On which day: interest stops with it, for the debtor and for who answers beside it.
        accepted as "accepted_on": Date,
        /// Whether the court lifted the stay, or ruled.
        lifted: bool = default,
        /// Digest of the ruling.
        evidence as "evidence_sha256": Digest,
    }

    /// Records what a creditor advanced to keep a pledged right alive, or spent on enforcing: costs of its claim (民法典
    /// 389). By a user of a creditor, or an operator.
    #[derive(Copy)]
    pub struct RecordUpkeep {
        /// On which loan.
        loan as "loan_id": LoanId,
        /// For which right; none: for the claim.
        asset as "asset_id": Option<AssetId>,
        /// What for.
        kind: UpkeepKind,
        /// How much.
        amount: Amount,
        /// Digest of the receipt.
        evidence as "evidence_sha256": Digest,
    }
}

record! {
    /// A bankruptcy of a loan's debtor, as it stands.
    #[derive(Copy)]
    pub struct Insolvency {
        /// Of which kind.
        kind: Bankruptcy,
        /// On which day it was accepted.
        accepted as "accepted_on": Date,
        /// Whether the court lifted the stay, or ruled.
        lifted: bool,
    }

    /// A plan that is in force.
    pub struct AgreedPlan {
        /// The plan.
        plan: Plan,
        /// Its hash.
        digest as "plan_sha256": Digest,
    }

    /// A plan that waits for signatures.
    pub struct ProposedPlan {
        /// The plan.
        plan: Plan,
        /// Its hash.
        digest as "plan_sha256": Digest,
        /// Who has signed it.
        signed as "signed_by_ids": Vec<EntityId>,
        /// Whose signature it waits for; of one that changes a plan after the default, those whose share it touches are
        /// enough.
        needed as "needed_ids": Vec<EntityId>,
    }

    /// Who is paid out of what the rights of a loan bring, as it stands.
    pub struct LoanPlan {
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// The plan in force.
        agreed: Option<AgreedPlan>,
        /// The one that is proposed.
        proposed: Option<ProposedPlan>,
    }

    /// How a part of a sale came by its price: rights under different pledges were sold as one.
    #[derive(Copy)]
    pub struct BundleShare {
        /// What all of them brought.
        price: Amount,
        /// What those of this part were appraised at.
        appraised: Amount,
        /// What all were appraised at.
        appraised_in_all: Amount,
    }

    /// A sale of a case, or of rights in it that stand pledged alike, and what became of its price.
    pub struct DisposalSale {
        /// Which.
        transfer as "transfer_id": TransferId,
        /// Which part of it, from 0: rights that stand pledged alike are one.
        part: u32,
        /// Of which rights.
        assets as "asset_ids": Vec<AssetId>,
        /// For how much.
        price: Amount,
        /// What the venue asks of it.
        costs: Amount,
        /// How it came by its price, where the sale has other parts.
        bundle: Option<BundleShare>,
        /// When it was paid out; none: it is held.
        distributed_at: Option<Timestamp>,
    }

    /// A release that was filed against a price.
    #[derive(Copy)]
    pub struct SaleRelease {
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Digest of the release.
        evidence as "evidence_sha256": Digest,
    }

    /// What was asked for because the value of pledged rights falls, as it stands.
    #[derive(Copy)]
    pub struct Security {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// What its rights were worth when they were pledged, as its parties agreed.
        pledged_at: Amount,
        /// What they were worth when it was asked for, by valuations.
        value: Amount,
        /// The last day on which it is in time.
        until as "until_on": Date,
        /// Digest of the proof that it was served, or of what ended it.
        evidence as "evidence_sha256": Digest,
        /// What ended it.
        ended: Option<SecurityEnd>,
    }

    /// A pledgor pressed for a sale. What its rights lost in value since by the delay is a claim against the pledgee outside
    /// of here (民法典 437): this is the proof of when, and of how much they were worth. No money moves by it.
    #[derive(Copy)]
    pub struct SalePress {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Who pressed.
        pledgor as "pledgor_id": EntityId,
        /// On which day.
        on: Date,
        /// The last day on which the pledgee opens a case in time.
        until as "until_on": Date,
        /// What its rights were worth then by valuations; none: not all are valued.
        value: Option<Amount>,
        /// The case that was opened since.
        disposal as "disposal_id": Option<DisposalId>,
        /// What they were worth less when it was opened.
        lost: Option<Amount>,
        /// Digest of the proof that it was served.
        evidence as "evidence_sha256": Digest,
    }

    /// What is held covers what is owed: what is still on offer and needed no more was taken back (拍卖变卖规定 14).
    pub struct Covered {
        /// What the debt, what ranks before it and the sales ask.
        asked: Amount,
        /// What the sales whose price is held brought.
        brought: Amount,
        /// The lots that were taken back.
        lots as "lot_ids": Vec<LotId>,
        /// The sales that were.
        sales as "transfer_ids": Vec<TransferId>,
        /// When.
        at: Timestamp,
    }

    /// A case of disposal as it stands: what its parties and the venue see after each change.
    pub struct Disposal {
        /// Which.
        disposal as "disposal_id": DisposalId,
        /// Of which loan.
        loan as "loan_id": LoanId,
        /// The rights that were pledged for it when it was opened.
        rights as "asset_ids": Vec<AssetId>,
        /// Who gave the pledges.
        pledgors as "pledgor_ids": Vec<EntityId>,
        /// How it stands.
        state: DisposalState,
        /// By which road the title passes.
        road: TitleRoad,
        /// Digest of the instrument.
        instrument as "instrument_sha256": Digest,
        /// The plan by which it was opened.
        plan as "plan_sha256": Digest,
        /// Not sold by agreement below this share of what it is valued at.
        floor as "floor_bps": BasisPoints,
        /// Down to which price the pledgor agreed.
        below: Option<Amount>,
        /// The last release that was filed against a price.
        release: Option<SaleRelease>,
        /// What was sold in it.
        sales: Vec<DisposalSale>,
        /// Why it was opened.
        ground: DisposalGround,
        /// Which pledgors agreed that all of their rights are sold.
        sell_all as "sell_all_by_ids": Vec<EntityId>,
        /// Which agreed that the price of an early sale pays the debt at once.
        prepay as "prepay_by_ids": Vec<EntityId>,
        /// What was advanced or spent on enforcing since it was opened.
        costs: Amount,
        /// What of that was due still when the default was cured: it stays owed.
        costs_due: Option<Amount>,
        /// What its sales had brought when they last covered the debt.
        covered: Option<Covered>,
        /// When it was opened.
        opened_at: Timestamp,
        /// Digest of the ground on which it ended, if somebody ended it.
        evidence as "evidence_sha256": Option<Digest>,
    }

    /// What became of a sale's price, to the fen.
    pub struct Distribution {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Of which part of it.
        part: u32,
        /// Everybody who is named in it, by the place by which the statement names them.
        payees: Vec<Payee>,
        /// The plan's arithmetic: what was paid, or where a court sold what it estimates.
        statement: Statement,
        /// What the court's scheme gave instead.
        scheme: Option<CourtScheme>,
        /// The price, and what a defaulting buyer's deposit made up of an earlier one or gave to the debt.
        proceeds: Proceeds,
        /// The middle rates by which claims in other currencies were converted.
        rates: Vec<MiddleRate>,
        /// Which correction it is; 0: none, it is the first.
        correction: u32,
    }

    /// What an account has more or less by a correction.
    #[derive(Copy)]
    pub struct Difference {
        /// Whose account.
        entity as "entity_id": EntityId,
        /// Which.
        account as "account_id": AccountId,
        /// How much.
        amount: Amount,
    }

    /// A correction of a distribution as it stands.
    pub struct Correction {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Of which sale.
        transfer as "transfer_id": TransferId,
        /// Of which part of it.
        part: u32,
        /// Which correction of it, from 1.
        number: u32,
        /// How it stands.
        state: CorrectionState,
        /// Who gives back how much.
        back: Vec<Difference>,
        /// Who has how much more.
        more: Vec<Difference>,
        /// Who has agreed to give back.
        agreed as "agreed_by_ids": Vec<EntityId>,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// What a creditor advanced or spent, as it was recorded.
    #[derive(Copy)]
    pub struct Upkeep {
        /// On which loan.
        loan as "loan_id": LoanId,
        /// For which right.
        asset as "asset_id": Option<AssetId>,
        /// What for.
        kind: UpkeepKind,
        /// How much.
        amount: Amount,
        /// Digest of the receipt.
        evidence as "evidence_sha256": Digest,
    }
}

impl DisposalState {
    /// Whether a case is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Cured | Self::GivenUp)
    }
}

impl Disposal {
    /// Whether the price of one of its sales is held.
    pub fn holds(&self) -> bool {
        self.sales.iter().any(|sale| sale.distributed_at.is_none())
    }
}
