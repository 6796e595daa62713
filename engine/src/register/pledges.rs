//! Loans and pledges, by number, and what they are found by: the pledges of a loan with the loan, those of a right with
//! the right.
//!
//! Invariant: a pledge that is not over is named by its loan and by each right on which it stands or is to stand, and no
//! other is; its pledgees are the creditors of its loan (民法典 407, 547). A guarantor finds the loans that name it and are
//! not repaid, and no others.

use super::lent::Lent;
use crate::kit::packed::{Packed, push_tight};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AssetId, EntityId, LoanId, PledgeId, Reject,
    pledge::{Insurance, Pledge, PledgeAct, PledgeConsent, PledgeState, PledgedRight, RecordGuarantor},
};
use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kit::ids::VENUE,
        register::lent::tests::{PAPER, lent},
    };
    use alloc::vec;
    use protocol::{
        Bounded, Timestamp,
        pledge::{ContractTerm, FilingWay, PledgeContract, Registrar},
    };

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
}
