//! Plans of distribution, cases of disposal, and what a case may wait for, a reverse licence or a deal that turns its claim
//! into shares, by number (PLEDGES.md 4).
//!
//! Invariant: a loan has one case at most that is not over, and no two such cases share a right; what a sale of a case
//! brought stands in its owners' accounts, held under the case's number, until it is paid out. A case has one reverse
//! licence at most that is not over, and waits for one deal at most. What was paid out is kept, to be corrected: what is set
//! aside to give back is held under the number of the correction.

use crate::{
    kit::terms::LastDay,
    sums::{
        reverse::{Fee, FeeDue},
        waterfall::FrozenPlan,
    },
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AccountId, Amount, AssetId, ConversionId, Currency, Date, Digest, DisposalId, EntityId, LoanId, LotId, Money,
    PledgeId, PutId, Reject, ReverseLicenceId, Seq, TransferId,
    buyers::{BuyerRules, ConnectedBuyer, Put, Taking},
    disposal::{BundleShare, CourtScheme, Disposal, DisposalSale, MiddleRate, SalePress, Security},
    equity::Conversion,
    plan::{OwnersPart, Payee, Plan, Proceeds, RankedPledge, SaleCost, Statement},
    reverse::ReverseLicence,
};
use serde::{Deserialize, Serialize};

/// The plans and cases that there ever were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disposals {
    pub(crate) plans: BTreeMap<LoanId, Planned>,
    pub(crate) cases: BTreeMap<DisposalId, Case>,
    /// The case of a loan that is not over.
    pub(crate) open: BTreeMap<LoanId, DisposalId>,
    pub(crate) licences: BTreeMap<ReverseLicenceId, Reverse>,
    /// The reverse licence of a case that is not over.
    pub(crate) licensed: BTreeMap<DisposalId, ReverseLicenceId>,
    /// The deals that turn claims into shares.
    pub(crate) conversions: BTreeMap<ConversionId, Conversion>,
    /// The deal for which a case waits.
    pub(crate) converting: BTreeMap<DisposalId, ConversionId>,
    /// The numbers by which others take what is disposed of; none: those that hold from the start.
    pub(crate) buyer_rules: Option<BuyerRules>,
    pub(crate) puts: BTreeMap<PutId, Put>,
    /// The puts that are not over, by their loans.
    pub(crate) live_puts: BTreeSet<(LoanId, PutId)>,
    /// What creditors take, by the lots that failed.
    pub(crate) takings: BTreeMap<LotId, Taking>,
    /// The rights that a creditor took and did not sell on.
    pub(crate) taken: BTreeMap<AssetId, LotId>,
    /// What rights were appraised at when they were offered together, where different pledges stand on them.
    pub(crate) appraised: BTreeMap<Seq, Vec<(AssetId, Money)>>,
    /// What was asked for in place of what rights lost in value, by loan.
    pub(crate) security: BTreeMap<LoanId, Security>,
    /// Who pressed for a sale.
    pub(crate) pressed: BTreeMap<(LoanId, EntityId), SalePress>,
    /// What was paid out, by the parts of sales.
    pub(crate) paid_out: BTreeMap<PartId, PaidOut>,
    /// Corrections that wait for those who have to give back, by the command that asked for them.
    pub(crate) corrections: BTreeMap<Seq, Correcting>,
    /// Loans whose pledges or default changed by the command that is being answered; empty between commands.
    #[serde(skip)]
    pub(crate) unsettled: Vec<LoanId>,
}

/// The plan of a loan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Planned {
    /// The one in force.
    pub agreed: Option<FrozenPlan>,
    /// The one that waits for signatures.
    pub proposed: Option<Proposed>,
}

/// A plan that waits for signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proposed {
    pub plan: Plan,
    pub signed: Vec<EntityId>,
}

/// A case, and what its sales brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Case {
    pub record: Disposal,
    /// What is held of each sale, in the order of the record's.
    pub held: Vec<Held>,
    /// Buyers that are named as connected with who sells; whose consent each waits for, the plan says.
    pub connected: BTreeMap<EntityId, ConnectedBuyer>,
    /// Lots of its rights whose buyers did not pay, and whose deposits are not settled.
    pub defaults: Vec<LotId>,
    /// What such deposits gave, while the price of the resale is not paid out: held as a price is.
    pub forfeits: Vec<Forfeited>,
}

/// Rights of one case that are sold together and stand pledged alike: they have one waterfall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SalePart {
    pub case: DisposalId,
    pub assets: Vec<AssetId>,
    /// The pledges that stand on them, by rank.
    pub pledges: Vec<PledgeId>,
}

/// A part of a sale, with what it has of its price and of what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SoldPart {
    pub part: SalePart,
    pub price: Amount,
    pub costs: Money,
    /// How it came by them, where the sale has more than one part.
    pub share: Option<BundleShare>,
}

/// Which part of which sale of a case.
pub(crate) type PartId = (DisposalId, TransferId, u32);

/// What a defaulting buyer's deposit gave, and by which part of which resale it was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Forfeited {
    pub resale: TransferId,
    pub part: u32,
    /// What it makes up of the earlier price.
    pub gap: Amount,
    /// What of it goes to the debt.
    pub debt: Amount,
    /// In whose accounts both are held.
    pub paid: Vec<(AccountId, Money)>,
}

/// What of a price was found here, and not told: the venue's fee, the pledges that stood on what was sold with what was owed
/// on them, the owners. A payee is named by its place: the plan's first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Payees that the plan does not name.
    pub later: Vec<Payee>,
    pub cost: Option<SaleCost>,
    /// By rank, each in the currency of its loan.
    pub pledges: Vec<RankedPledge>,
    /// Their debts, in the same order.
    pub debts: Vec<FoundDebt>,
    pub owners: Vec<OwnersPart>,
}

/// A debt that is asked of a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundDebt {
    pub loan: LoanId,
    pub currency: Currency,
    /// What was owed: costs, charges, principal, doubled interest.
    pub parts: [Money; 4],
    /// What was to come back to each that paid it in its debtor's place.
    pub left: Vec<Money>,
    /// The day whose middle rate counts for it; none: the contract's.
    pub rate_on: Option<Date>,
}

impl FoundDebt {
    /// All that was owed.
    pub(crate) fn total(&self) -> Money {
        self.parts.into_iter().fold(Money::ZERO, Money::plus)
    }
}

/// What a price comes to: who has how much of it, and what of it counts on which debt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Payout {
    pub payees: Vec<Payee>,
    pub proceeds: Proceeds,
    pub statement: Statement,
    pub scheme: Option<CourtScheme>,
    pub rates: Vec<MiddleRate>,
    /// Who has how much, in the order of the payees.
    pub shares: Vec<(AccountId, Money)>,
    /// How much of it is counted on which claim, in the claim's currency.
    pub debts: Vec<(LoanId, Money)>,
    /// How much of what somebody paid for a loan it has back, by its place among those who did; in the loan's currency.
    pub taken: Vec<(LoanId, u32, Money)>,
}

/// What was paid out of a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaidOut {
    /// By which plan.
    pub plan: Digest,
    pub found: Found,
    pub proceeds: Proceeds,
    pub shares: Vec<(AccountId, Money)>,
    pub debts: Vec<(LoanId, Money)>,
    pub taken: Vec<(LoanId, u32, Money)>,
    /// How many corrections were asked for.
    pub corrections: u32,
    /// The one that waits.
    pub waiting: Option<Seq>,
}

/// A correction that waits for those who have to give back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Correcting {
    pub of: PartId,
    pub number: u32,
    pub payout: Payout,
    /// What each account gives back: of those that agreed it is held.
    pub back: Vec<(AccountId, Money)>,
    pub more: Vec<(AccountId, Money)>,
    pub agreed: Vec<EntityId>,
    pub evidence: Digest,
}

/// What a sale of a case brought, as it is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    /// Whose the rights were: the price stands in their accounts, held for the case.
    pub paid: Vec<Paid>,
    /// The pledges that stood on them, by rank.
    pub pledges: Vec<PledgeId>,
}

/// An owner's part of a price that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Paid {
    pub account: AccountId,
    pub parts: u32,
    pub money: Money,
}

/// A reverse licence, and how far its fees are paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reverse {
    /// As it is told, but for what is to be paid next and until when: those stand below.
    pub record: ReverseLicence,
    /// How many of its fees are paid in full.
    pub place: u32,
    /// The fee that is to be paid next; none: all are paid, or it is over.
    pub next: Option<OpenFee>,
    /// The last day of what somebody has to do: consent, or pay; none: nobody has to do anything.
    pub last: Option<LastDay>,
}

/// A fee that is to be paid, and what was paid of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenFee {
    pub due: FeeDue,
    pub fee: Fee,
}

impl OpenFee {
    /// One of which nothing is paid.
    pub(crate) fn new(due: FeeDue) -> Self {
        let fee = Fee::new(&due);
        Self { due, fee }
    }
}

impl Case {
    /// The place of a part of a sale among those of the case: of the one that is named, else of the first that is such, else
    /// of the first.
    pub(crate) fn place_of(
        &self,
        (transfer, part): (TransferId, Option<u32>),
        such: impl Fn(&DisposalSale) -> bool,
    ) -> Option<usize> {
        let of = |sale: &DisposalSale| sale.transfer == transfer && part.is_none_or(|part| part == sale.part);
        let sales = &self.record.sales;
        let first = sales.iter().position(|sale| of(sale) && such(sale));
        first.or_else(|| sales.iter().position(of))
    }

    /// Which part of which sale stands at a place.
    pub(crate) fn part_at(&self, place: usize) -> PartId {
        let sale = &self.record.sales[place];
        (self.record.disposal, sale.transfer, sale.part)
    }
}

impl Disposals {
    /// The case, if there is one.
    pub(crate) fn case(&self, disposal: DisposalId) -> Result<&Case, Reject> {
        self.cases.get(&disposal).ok_or(Reject::UnknownDisposal)
    }

    /// A case that is known to be there.
    pub(crate) fn of(&self, disposal: DisposalId) -> &Case {
        &self.cases[&disposal]
    }

    /// Mutable access to a case that is known to be there.
    pub(crate) fn of_mut(&mut self, disposal: DisposalId) -> &mut Case {
        self.cases.get_mut(&disposal).expect("it was named")
    }

    /// A reverse licence that is known to be there.
    pub(crate) fn licence(&self, licence: ReverseLicenceId) -> &Reverse {
        &self.licences[&licence]
    }

    /// Mutable access to a reverse licence that is known to be there.
    pub(crate) fn licence_mut(&mut self, licence: ReverseLicenceId) -> &mut Reverse {
        self.licences.get_mut(&licence).expect("it was named")
    }

    /// The reverse licence of a case that is not over.
    pub(crate) fn licence_of(&self, disposal: DisposalId) -> Option<&Reverse> {
        self.licensed.get(&disposal).map(|id| self.licence(*id))
    }

    /// The plan of a loan that is in force.
    pub(crate) fn agreed(&self, loan: LoanId) -> Option<&FrozenPlan> {
        self.plans.get(&loan)?.agreed.as_ref()
    }

    /// The case of a loan that is not over.
    pub(crate) fn of_loan(&self, loan: LoanId) -> Option<&Case> {
        self.open.get(&loan).map(|id| self.of(*id))
    }

    /// The deal for which a case waits, if it waits for one.
    pub(crate) fn converting(&self, disposal: DisposalId) -> Option<&Conversion> {
        self.converting.get(&disposal).map(|id| &self.conversions[id])
    }

    /// Mutable access to a deal that is known to be there.
    pub(crate) fn conversion_mut(&mut self, conversion: ConversionId) -> &mut Conversion {
        self.conversions.get_mut(&conversion).expect("it was named")
    }

    /// The numbers by which others take what is disposed of.
    pub(crate) fn buyer_rules(&self) -> BuyerRules {
        self.buyer_rules.unwrap_or(BuyerRules::START)
    }

    /// The puts of a loan that are not over.
    pub(crate) fn puts_of(&self, loan: LoanId) -> impl Iterator<Item = &Put> {
        let of_it = self.live_puts.range((loan, PutId(0))..=(loan, PutId(u64::MAX)));
        of_it.map(|(_, put)| &self.puts[put])
    }

    /// Mutable access to a put that is known to be there.
    pub(crate) fn put_mut(&mut self, put: PutId) -> &mut Put {
        self.puts.get_mut(&put).expect("it was named")
    }

    /// Mutable access to a taking that is known to be there.
    pub(crate) fn taking_mut(&mut self, lot: LotId) -> &mut Taking {
        self.takings.get_mut(&lot).expect("it was named")
    }

    /// The default or the pledges of a loan changed: its case, its puts and the security that is asked for are looked at once
    /// the command is done.
    pub(crate) fn unsettle(&mut self, loan: LoanId) {
        let asked = self
            .security
            .get(&loan)
            .is_some_and(|security| security.ended.is_none());
        if asked || self.open.contains_key(&loan) || self.puts_of(loan).next().is_some() {
            self.unsettled.push(loan);
        }
    }
}
