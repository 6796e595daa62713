//! Who else takes a pledged right that is disposed of (PLEDGES.md 2.6, 4; 民法典 436; 拍卖变卖财产规定 12, 16, 19): a fund that
//! promised beforehand to buy what stays unsold, the creditor at the reserve of a lot that failed, and buyers that are
//! connected with who sells.
//!
//! None of it moves a title: each makes a sale, which is signed, paid, released, recorded and distributed as any other.

use crate::{
    describe::{record, words},
    equity::SellBy,
    ids::{AccountId, AssetId, DisposalId, EntityId, LoanId, LotId, PutId, TransferId},
    text::Digest,
    time::Date,
    units::{Amount, BasisPoints},
};
use alloc::vec::Vec;

/// The longest that a put may run, in days: twenty years.
pub const PUT_DAYS_MAX: i32 = 7_305;
/// The most days in which a creditor may be let take what a lot left.
pub const TAKING_DAYS_MAX: u32 = 366;

words! {
    /// How a put stands.
    pub enum PutState {
        /// It waits for signatures.
        Proposed = 0, "proposed";
        /// All have signed: what stays unsold may be put to the fund.
        InForce = 1, "in_force";
        /// It is over.
        Ended = 2, "ended";
    }

    /// Why a put is over.
    pub enum PutEnd {
        /// Its last day has passed.
        Expired = 0, "expired";
        /// The loan is paid.
        Repaid = 1, "repaid";
        /// None of its rights is pledged for the loan any more: sold, released or ended.
        RightsGone = 2, "rights_gone";
        /// Who may exercise it gave it up, or somebody did not want it before all had signed.
        GivenUp = 3, "given_up";
        /// The fund is wound up or bankrupt.
        FundEnded = 4, "fund_ended";
    }

    /// How a taking stands.
    pub enum TakingState {
        /// The pledgor agreed to it.
        Agreed = 0, "agreed";
        /// The creditor took: a sale to it runs.
        Taken = 1, "taken";
        /// The title passed to it.
        Held = 2, "held";
        /// It sold on what it took.
        SoldOn = 3, "sold_on";
    }

    /// With whom a buyer is connected.
    pub enum Connection {
        /// With a holder of the claim.
        Creditor = 0, "creditor";
        /// With the venue.
        Operator = 1, "operator";
        /// With who appraised the rights.
        Appraiser = 2, "appraiser";
    }

    /// What a buyer of a right that is disposed of is to its sale.
    pub enum Relation {
        /// Who gave the pledge, or its nominee.
        Pledgor = 0, "pledgor";
        /// Who holds the claim, or its nominee.
        Pledgee = 1, "pledgee";
        /// Connected with who holds the claim, with the venue or with who appraised it.
        Connected = 2, "connected";
    }
}

record! {
    /// The numbers by which others take what is disposed of.
    #[derive(Copy)]
    pub struct BuyerRules {
        /// The most that a put may promise of the value at lending.
        put_share_max as "put_share_max_bps": BasisPoints => "5000",
        /// Days after a lot failed in which the creditor may take what it left: 1 to 366.
        taking_days: u32 => "30",
    }

    /// Sets the numbers by which others take what is disposed of. By an operator.
    #[derive(Copy)]
    pub struct SetBuyerRules {
        /// The numbers.
        rules: BuyerRules,
    }

    /// What a right was valued at when the loan was lent.
    #[derive(Copy)]
    pub struct LendingValue {
        /// How much.
        value: Amount,
        /// Digest of the valuation.
        evidence as "evidence_sha256": Digest,
    }

    /// A right of a put, as it is proposed.
    #[derive(Copy)]
    pub struct OfferedToPut {
        /// Which.
        asset as "asset_id": AssetId,
        /// What it was valued at for lending; none: its valuation that is in force now.
        valued: Option<LendingValue>,
    }

    /// Proposes that a fund buys what stays unsold of pledged rights; who proposes it has signed it. By a user of the acting
    /// holder of the claim, or of the fund where it knows the loan.
    pub struct AgreePut {
        /// For which loan.
        loan as "loan_id": LoanId,
        /// The rights, 1 to 64, pledged for it.
        rights: Vec<OfferedToPut>,
        /// The fund.
        fund as "fund_id": EntityId,
        /// The account from which it pays.
        account as "account_id": AccountId,
        /// For this share of the value at lending, the rule's bound at most.
        share as "share_bps": BasisPoints => "5000",
        /// The last day on which it may be exercised.
        last_day as "last_on": Date,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// Signs a put: the pledgor agrees with it in writing to a sale at its price (民法典 436). By a user of the acting holder of
    /// the claim, of the fund, or of who pledged its rights.
    #[derive(Copy)]
    pub struct SignPut {
        /// Which.
        put as "put_id": PutId,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
    }

    /// Puts to the fund what a lot of the case left unsold: a sale to it at the put's price. By a user of the acting holder
    /// of the claim.
    #[derive(Copy)]
    pub struct ExercisePut {
        /// Which.
        put as "put_id": PutId,
        /// The lot that ended unsold.
        lot as "lot_id": LotId,
    }

    /// Ends a put. Before all have signed by any of its parties; then by the acting holder of the claim, who gives it up, or
    /// by an operator for a fund that is wound up or bankrupt.
    #[derive(Copy)]
    pub struct EndPut {
        /// Which.
        put as "put_id": PutId,
        /// Digest of the ground.
        evidence as "evidence_sha256": Digest,
    }

    /// Agrees that the creditor takes what a lot of the case left, at that lot's reserve (折价, 民法典 436). By a user of the
    /// pledgor, once the default is disposed of; a court asks nobody.
    #[derive(Copy)]
    pub struct AgreeTaking {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// The lot that ended unsold.
        lot as "lot_id": LotId,
        /// Digest of the agreement.
        contract as "contract_sha256": Digest,
    }

    /// Takes what a lot of the case left, at its reserve (拍卖变卖财产规定 16, 19). By a user of the acting holder of the claim.
    #[derive(Copy)]
    pub struct TakeAtReserve {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// The lot that ended unsold.
        lot as "lot_id": LotId,
        /// The account from which it pays.
        account as "account_id": AccountId,
    }

    /// Names a buyer that is connected with who holds the claim, with the venue or with who appraised the rights. By a user
    /// of the acting holder of the claim, or an operator.
    #[derive(Copy)]
    pub struct NameConnectedBuyer {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Whom.
        entity as "entity_id": EntityId,
        /// With whom it is connected.
        with: Connection,
        /// Digest of what shows it.
        evidence as "evidence_sha256": Digest,
    }

    /// Consents to a connected buyer that is named. By a user of who is paid by the plan.
    #[derive(Copy)]
    pub struct ConsentConnectedBuyer {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// To whom.
        entity as "entity_id": EntityId,
        /// Digest of the consent.
        evidence as "evidence_sha256": Digest,
    }

    /// Announces that pledgor and pledgee may bid for a lot of a case, before anybody entered it. By a user of who disposes
    /// of its rights, or an operator.
    #[derive(Copy)]
    pub struct AdmitParties {
        /// Which.
        lot as "lot_id": LotId,
        /// Digest of the notice.
        notices as "notices_sha256": Digest,
    }
}

record! {
    /// A right of a put, and what it was valued at for lending.
    #[derive(Copy)]
    pub struct PutRight {
        /// Which.
        asset as "asset_id": AssetId,
        /// How much it was valued at.
        value: Amount,
        /// Digest of the valuation.
        evidence as "evidence_sha256": Digest,
    }

    /// A put as it stands: what its parties and the venue see after each change.
    pub struct Put {
        /// Which.
        put as "put_id": PutId,
        /// For which loan.
        loan as "loan_id": LoanId,
        /// Its rights.
        rights: Vec<PutRight>,
        /// Who pledged them.
        pledgors as "pledgor_ids": Vec<EntityId>,
        /// The fund.
        fund as "fund_id": EntityId,
        /// The account from which it pays.
        account as "account_id": AccountId,
        /// For which share of the value at lending.
        share as "share_bps": BasisPoints,
        /// The last day on which it may be exercised.
        last_day as "last_on": Date,
        /// Digest of the contract.
        contract as "contract_sha256": Digest,
        /// How it stands.
        state: PutState,
        /// Who has signed it.
        signed as "signed_by_ids": Vec<EntityId>,
        /// The sale to the fund that was made last.
        transfer as "transfer_id": Option<TransferId>,
        /// Why it is over.
        ended: Option<PutEnd>,
        /// Digest of the ground, where somebody ended it.
        evidence as "evidence_sha256": Option<Digest>,
    }

    /// What a creditor takes of a lot that failed, as it stands.
    pub struct Taking {
        /// Of which lot.
        lot as "lot_id": LotId,
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// The rights that are left of it: those that the creditor did not sell on.
        assets as "asset_ids": Vec<AssetId>,
        /// At which price.
        price: Amount,
        /// Digest of what the pledgor agreed to; none: a court's.
        contract as "contract_sha256": Option<Digest>,
        /// How it stands.
        state: TakingState,
        /// Who took.
        taker as "taker_id": Option<EntityId>,
        /// The sale to it.
        transfer as "transfer_id": Option<TransferId>,
        /// Until when a bank has to sell on what it took: two years, or the right's end before (财金〔2005〕53号 18).
        sell_by: Option<SellBy>,
        /// The bank and the venue were told that the day is near.
        warned: bool,
    }

    /// A connected buyer of a case, and who consented to it.
    pub struct ConnectedBuyer {
        /// In which case.
        disposal as "disposal_id": DisposalId,
        /// Who.
        entity as "entity_id": EntityId,
        /// With whom it is connected.
        with: Connection,
        /// Digest of what shows it.
        evidence as "evidence_sha256": Digest,
        /// Who consented.
        consented as "consented_by_ids": Vec<EntityId>,
        /// Whose consent it waits for, by the plan that is in force.
        needed as "needed_ids": Vec<EntityId>,
    }

    /// That pledgor and pledgee may bid for a lot: a part of its announcement.
    #[derive(Copy)]
    pub struct PartiesAdmitted {
        /// For which.
        lot as "lot_id": LotId,
        /// Digest of the notice.
        notices as "notices_sha256": Digest,
    }

    /// A bidder that is party to what the lot sells, or connected with one.
    #[derive(Copy)]
    pub struct RelatedBidder {
        /// In which lot.
        lot as "lot_id": LotId,
        /// Its number.
        number: u32,
        /// What it is to the sale.
        relation: Relation,
    }
}

impl BuyerRules {
    /// What holds until an operator sets others: half of the value at lending (PLEDGES.md 2.6), and the thirty days in which
    /// a court's next round is announced (18号 26).
    pub const START: Self = Self {
        put_share_max: BasisPoints(5_000),
        taking_days: 30,
    };
}
