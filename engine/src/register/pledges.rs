//! Loans and pledges, by number, and what they are found by: the pledges of a loan here, those of a right with the right.
//!
//! Invariant: a pledge that is not over is named by its loan and by each right on which it stands or is to stand, and no
//! other is; its pledgees are the creditors of its loan (民法典 407, 547). A guarantor finds the loans that name it and are
//! not repaid, and no others.

use crate::{
    kit::packed::{Packed, push_tight},
    sums::interest::Claim,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AssetId, Date, EntityId, LoanId, Money, PledgeId, Reject,
    asset::AssetClass,
    plan::PayerKind,
    pledge::{Insurance, Loan, Pledge, PledgeAct, PledgeConsent, PledgeState, PledgedRight, RecordGuarantor},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long a claim can be enforced once it is due, in months (民法典 188).
const LIMITATION_MONTHS: u32 = 36;

/// The loans that there ever were, and the pledges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pledging {
    pub(crate) loans: Loans,
    pub(crate) pledges: Pledges,
    /// The last consent to each act, of pledges that stand; those that were revoked or ran out among them.
    pub(crate) consents: BTreeMap<(PledgeId, PledgeAct), PledgeConsent>,
    /// What guarantors told of themselves: their limits are asked.
    pub(crate) guarantors: BTreeMap<EntityId, RecordGuarantor>,
    /// The loans that each guarantor is named in, those that are repaid not among them.
    pub(crate) guaranteed: BTreeSet<(EntityId, LoanId)>,
    /// The insurance of a loan, offered or agreed.
    pub(crate) insured: BTreeMap<LoanId, Insurance>,
    /// Pledges of which a consent was used up by the command that is being answered; empty between commands.
    #[serde(skip)]
    pub(crate) used_up: Vec<PledgeId>,
}

/// The loans, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(LoanId, Packed<Lent>)>")]
pub(crate) struct Loans(Vec<(LoanId, Packed<Lent>)>);

/// The pledges, each at the place of its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Filed>")]
pub(crate) struct Pledges(Vec<Filed>);

/// A pledge, and beside it what every order in units of its right asks of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Filed {
    pledge: Packed<Pledge>,
    /// Who speaks for it: the acting holder of its claim.
    holder: EntityId,
    state: PledgeState,
}

const _: () = assert!(size_of::<(LoanId, Packed<Lent>)>() == 24);
const _: () = assert!(size_of::<Filed>() == 24);

impl Loans {
    /// Writes the next loan down; its number is that of the command.
    pub(crate) fn add(&mut self, id: LoanId, lent: &Lent) {
        assert!(self.0.last().is_none_or(|(last, _)| *last < id), "loans come in order");
        push_tight(&mut self.0, (id, Packed::new(lent)));
    }

    /// The loan, if there is one.
    pub(crate) fn get(&self, id: LoanId) -> Option<Lent> {
        Some(self.0[self.place(id)?].1.open())
    }

    /// Whether there is such a loan.
    pub(crate) fn has(&self, id: LoanId) -> bool {
        self.place(id).is_some()
    }

    /// All loans with their numbers, in order; none where what was read is no loan as it is kept here.
    pub(crate) fn checked(&self) -> impl Iterator<Item = (LoanId, Option<Lent>)> {
        self.0.iter().map(|(id, lent)| (*id, lent.checked()))
    }

    /// At which place in that order a loan stands.
    pub(crate) fn place(&self, id: LoanId) -> Option<usize> {
        self.0.binary_search_by_key(&id, |(id, _)| *id).ok()
    }
}

impl TryFrom<Vec<(LoanId, Packed<Lent>)>> for Loans {
    type Error = &'static str;

    fn try_from(mut loans: Vec<(LoanId, Packed<Lent>)>) -> Result<Self, Self::Error> {
        // What is read grows by doubling.
        loans.shrink_to_fit();
        let ordered = loans.is_sorted_by(|(one, _), (next, _)| one < next);
        ordered.then_some(Self(loans)).ok_or("loans out of order")
    }
}

impl From<Vec<Filed>> for Pledges {
    fn from(mut pledges: Vec<Filed>) -> Self {
        // What is read grows by doubling.
        pledges.shrink_to_fit();
        Self(pledges)
    }
}

impl Pledges {
    /// Writes the next pledge down; its number is its place.
    pub(crate) fn add(&mut self, pledge: Pledge) {
        assert_eq!(pledge.pledge.index(), self.0.len(), "pledges come in order");
        push_tight(&mut self.0, pledge.into());
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The states of all, in that order.
    pub(crate) fn states(&self) -> impl Iterator<Item = PledgeState> {
        self.0.iter().map(|filed| filed.state)
    }

    /// All pledges, in the order of their numbers; none where what was read is no pledge as it is kept here.
    pub(crate) fn checked(&self) -> impl Iterator<Item = Option<Pledge>> {
        self.0.iter().map(|filed| {
            let pledge = filed.pledge.checked();
            pledge.filter(|pledge| (Some(filed.holder), filed.state) == (speaks_for(pledge), pledge.state))
        })
    }
}

impl From<Pledge> for Filed {
    fn from(pledge: Pledge) -> Self {
        Self {
            holder: speaks_for(&pledge).expect("a claim has a holder"),
            state: pledge.state,
            pledge: Packed::new(&pledge),
        }
    }
}

/// Who speaks for a pledge: the first of its pledgees. One that was read may have nobody, and is refused.
fn speaks_for(pledge: &Pledge) -> Option<EntityId> {
    pledge.pledgees.first().map(|first| first.entity)
}

/// A loan, what it comes to, and its pledges that are not over, in the order in which they were filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lent {
    pub loan: Loan,
    pub claim: Claim,
    pub pledges: Vec<PledgeId>,
    /// The classes of the rights that were ever pledged for it.
    pub classes: Classes,
    /// What its debtor itself paid of interest.
    pub paid: InterestPaid,
    /// Who paid it in its debtor's place, in that order.
    pub payers: Vec<PaidFor>,
}

/// Classes of rights, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Classes(u8);

impl Classes {
    /// Takes one in.
    pub(crate) fn add(&mut self, class: AssetClass) {
        self.0 |= 1 << class as u8;
    }

    /// Whether it is one of them.
    pub(crate) fn has(self, class: AssetClass) -> bool {
        self.0 & 1 << class as u8 != 0
    }
}

/// What a debtor itself paid of interest: not what a guarantor, a sale by enforcement or a deal for shares did, nor what
/// was waived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InterestPaid {
    /// At the contract's rate.
    pub interest: Money,
    /// As penalty, or on unpaid interest.
    pub penalty: Money,
}

/// What somebody paid on a loan in its debtor's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PaidFor {
    pub entity: EntityId,
    pub kind: PayerKind,
    pub agreed: bool,
    pub on: Date,
    /// How much it paid.
    pub sum: Money,
    /// How much of that the principal.
    pub principal: Money,
    /// How much of it came back to nobody yet.
    pub left: Money,
}

/// What somebody paid on a loan in its debtor's place, all together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaidBy {
    /// When it paid first.
    pub first: Option<Date>,
    pub sum: Money,
    pub principal: Money,
}

impl Lent {
    /// What this participant paid in the debtor's place.
    pub(crate) fn paid_by(&self, entity: EntityId) -> PaidBy {
        let nothing = PaidBy {
            first: None,
            sum: Money::ZERO,
            principal: Money::ZERO,
        };
        let own = self.payers.iter().filter(|paid| paid.entity == entity);
        own.fold(nothing, |all, paid| PaidBy {
            first: all.first.or(Some(paid.on)),
            sum: all.sum.plus(paid.sum),
            principal: all.principal.plus(paid.principal),
        })
    }
}

/// What it comes to is written once it is another than the terms say of a loan of which nothing was reckoned.
impl Serialize for Lent {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self {
            loan,
            claim,
            pledges,
            classes,
            paid,
            payers,
        } = self;
        let reckoned = Some(claim).filter(|claim| **claim != Claim::drawn(&loan.terms));
        (loan, reckoned, pledges, classes, paid, payers).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Lent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        type Written = (Loan, Option<Claim>, Vec<PledgeId>, Classes, InterestPaid, Vec<PaidFor>);
        let (loan, reckoned, pledges, classes, paid, payers) = Written::deserialize(from)?;
        Ok(Self {
            claim: reckoned.unwrap_or_else(|| Claim::drawn(&loan.terms)),
            loan,
            pledges,
            classes,
            paid,
            payers,
        })
    }
}

impl Pledging {
    /// The pledge, if there is one.
    pub(crate) fn pledge(&self, pledge: PledgeId) -> Result<Pledge, Reject> {
        let filed = self.pledges.0.get(pledge.index()).ok_or(Reject::UnknownPledge)?;
        Ok(filed.pledge.open())
    }

    /// A pledge that is known to be there.
    pub(crate) fn of(&self, pledge: PledgeId) -> Pledge {
        self.pledges.0[pledge.index()].pledge.open()
    }

    /// The rights on which a pledge stands: neither released nor ended.
    pub(crate) fn standing(&self, pledge: PledgeId) -> Vec<PledgedRight> {
        self.of(pledge).standing().copied().collect()
    }

    /// Changes a pledge that is known to be there.
    pub(crate) fn change<R>(&mut self, pledge: PledgeId, change: impl FnOnce(&mut Pledge) -> R) -> R {
        let filed = &mut self.pledges.0[pledge.index()];
        let mut pledge = filed.pledge.open();
        let changed = change(&mut pledge);
        *filed = pledge.into();
        changed
    }

    /// Who speaks for a pledge: the acting holder of its claim.
    pub(crate) fn holder_of(&self, pledge: PledgeId) -> EntityId {
        self.pledges.0[pledge.index()].holder
    }

    /// In which state a pledge is.
    pub(crate) fn state(&self, pledge: PledgeId) -> PledgeState {
        self.pledges.0[pledge.index()].state
    }

    /// Whether a pledge stands on the right that names it: it is recorded, then.
    pub(crate) fn stands(&self, pledge: PledgeId) -> bool {
        self.state(pledge).is_active()
    }

    /// A loan that is known to be there.
    pub(crate) fn lent(&self, loan: LoanId) -> Lent {
        self.loans.get(loan).expect("it was named")
    }

    /// Changes a loan that is known to be there.
    pub(crate) fn change_lent<R>(&mut self, loan: LoanId, change: impl FnOnce(&mut Lent) -> R) -> R {
        let place = self.loans.place(loan).expect("it was named");
        let (_, packed) = &mut self.loans.0[place];
        let mut lent = packed.open();
        let changed = change(&mut lent);
        *packed = Packed::new(&lent);
        changed
    }

    /// The pledges of these that stand on a right, in the order of their rank: that of their recording (民法典 414).
    pub(crate) fn ranked(&self, pledges: &[PledgeId], asset: AssetId) -> Vec<Pledge> {
        let standing = pledges.iter().filter(|id| self.stands(**id));
        let standing = standing.map(|id| self.of(*id));
        let mut standing: Vec<_> = standing.filter(|pledge| pledge.binds(asset)).collect();
        standing.sort_by_key(|pledge| (pledge.registered_at, pledge.pledge));
        standing
    }
}

/// Whether a pledge in this state still needs its loan and its rights to name it.
pub(crate) const fn is_live(state: PledgeState) -> bool {
    state.is_pending() || state.is_active()
}

/// Whether it stands on a right, or is to.
pub(crate) fn concerns(pledge: &Pledge, asset: AssetId) -> bool {
    pledge.binds(asset) || pledge.state.is_pending() && pledge.rights.iter().any(|right| right.asset == asset)
}

/// The last day on which a claim can be enforced that was due, or last demanded, on this one. Of two readings the
/// earlier: the other ends a day later (民法典 188, 195).
pub(crate) fn limitation_of(from: Date) -> Date {
    from.plus_months(LIMITATION_MONTHS)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::kit::ids::VENUE;
    use alloc::vec;
    use protocol::{
        Amount, Bounded, Currency, Digest, Rate, Timestamp,
        claim::{ClaimTerms, Compounding, Cycle, DayCount, PaymentOrder, RateStep, Settlement},
        pledge::{ContractTerm, FilingWay, LoanState, PledgeContract, Registrar},
        title::Share,
    };

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_civil(year, month, day).unwrap()
    }

    const PAPER: Digest = Digest([0xdd; 32]);

    /// A loan of a million yuan at one rate, with nothing beside it.
    pub(crate) fn lent() -> Lent {
        let terms = ClaimTerms {
            principal: Amount::new(Currency::Cny, Money::from_minor(100_000_000)),
            drawn: day(2026, 3, 2),
            due: day(2027, 3, 2),
            day_count: DayCount::Act360,
            rates: vec![RateStep {
                from: day(2026, 3, 2),
                rate: Rate(43_500),
            }],
            settlement: Settlement {
                cycle: Cycle::Quarterly,
                day: None,
            },
            penalty: None,
            compounding: Compounding::None,
            cap: None,
            order: PaymentOrder::InterestFirst,
            instalments: Vec::new(),
            guarantors: Vec::new(),
        };
        Lent {
            claim: Claim::drawn(&terms),
            pledges: vec![PledgeId(1_000_000)],
            classes: Classes(1),
            paid: InterestPaid::default(),
            payers: Vec::new(),
            loan: Loan {
                loan: LoanId(3_000_000),
                creditors: vec![Share {
                    entity: EntityId(100_000),
                    parts: 1,
                }],
                debtor: EntityId(200_000),
                outstanding: terms.principal,
                accelerated: None,
                state: LoanState::Running,
                limitation: limitation_of(terms.due),
                terms,
                barred: false,
                insolvency: None,
                guarantees: Vec::new(),
                insurer: None,
                reference: Bounded::new("loan 3000000").unwrap(),
                contract: PAPER,
            },
        }
    }

    /// A pledge of one right for it, recorded.
    fn recorded(lent: &Lent) -> Pledge {
        Pledge {
            pledge: lent.pledges[0],
            loan: lent.loan.loan,
            pledgor: lent.loan.debtor,
            pledgees: lent.loan.creditors.clone(),
            rights: vec![PledgedRight {
                asset: AssetId(5_000_000),
                value: None,
                released_at: None,
                ended: None,
            }],
            amount: lent.loan.outstanding,
            debt_ends: lent.loan.terms.due,
            maximum: None,
            fixed: None,
            state: PledgeState::Registered,
            registrar: Registrar::Cnipa,
            way: FilingWay::Online,
            in_rem: true,
            contract: PledgeContract {
                states: ContractTerm::ALL.to_vec(),
                forfeiture: false,
                digest: PAPER,
            },
            co_owners: None,
            same_day: false,
            acknowledged: Vec::new(),
            cover_pct: 0,
            filed_by: VENUE,
            submitted_at: Some(Timestamp(1_772_416_800_000_000_001)),
            window: None,
            overdue: false,
            defects: Vec::new(),
            refused: None,
            registered_at: Some(Timestamp(1_772_416_800_000_000_002)),
            number: Bounded::new("Y2026980000001"),
            warnings: Vec::new(),
            register_behind: false,
            replaces: None,
            substituted: None,
            evidence: Some(PAPER),
        }
    }

    #[test]
    fn a_pledge_and_its_loan_weigh_what_they_say() {
        let lent = lent();
        let pledge = recorded(&lent);
        let packed = (Packed::new(&lent), Packed::new(&pledge));
        assert_eq!((packed.0.open(), packed.1.open()), (lent, pledge));
        assert_eq!((packed.0.weight(), packed.1.weight()), (96, 148));
    }

    #[test]
    fn what_stands_beside_a_pledge_follows_from_it() {
        let mut pledges = Pledges::default();
        let pledge = Pledge {
            pledge: PledgeId(0),
            ..recorded(&lent())
        };
        pledges.add(pledge.clone());
        assert!(pledges.checked().eq([Some(pledge)]));
        for put_wrong in [
            (|filed: &mut Filed| filed.state = PledgeState::Draft) as fn(&mut Filed),
            |filed| filed.holder = VENUE,
        ] {
            let mut forged = pledges.clone();
            put_wrong(&mut forged.0[0]);
            assert!(forged.checked().eq([None]));
        }
    }

    #[test]
    fn what_was_read_is_a_loan_in_its_one_form() {
        let lent = lent();
        let id = lent.loan.loan;
        let mut loans = Loans::default();
        loans.add(id, &lent);
        let bytes = postcard::to_allocvec(&loans).unwrap();
        let read: Loans = postcard::from_bytes(&bytes).unwrap();
        assert!(read.checked().eq([(id, Some(lent.clone()))]));
        // A claim that is what the terms say is not written: an image that tells it all the same is another.
        let Lent {
            loan,
            claim,
            pledges,
            classes,
            paid,
            payers,
        } = lent;
        let told = Packed::new(&(loan, Some(claim), pledges, classes, paid, payers));
        let told = postcard::to_allocvec(&vec![(id, told)]).unwrap();
        let read: Loans = postcard::from_bytes(&told).unwrap();
        assert!(read.checked().eq([(id, None)]));
    }

    #[test]
    fn a_claim_is_written_once_it_is_reckoned() {
        let mut lent = lent();
        let fresh = Packed::new(&lent).weight();
        lent.claim.advance(&lent.loan.terms, day(2026, 7, 1)).unwrap();
        let packed = Packed::new(&lent);
        assert_eq!(packed.open(), lent);
        assert_eq!(packed.weight() - fresh, 53);
    }

    #[test]
    fn a_claim_can_be_enforced_for_three_years() {
        assert_eq!(limitation_of(day(2023, 3, 31)), day(2026, 3, 31));
        assert_eq!(limitation_of(day(2024, 2, 29)), day(2027, 2, 28));
    }
}
