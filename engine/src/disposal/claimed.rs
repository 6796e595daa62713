//! What is asked of a price: beside what is told, the venue's fee, the pledges that stood on what was sold with what is owed
//! on them, and the owners; claims in another currency at the middle rate of the day that the rule names (法释〔2014〕8号 5;
//! 民法典 514).
//!
//! Invariant: a claim is converted once, as a whole, and its parts are parts of that; what is paid on it counts on the debt in
//! the same proportion, and all of it where all of it is paid.

use crate::{
    book::Book,
    kit::ids::{FEE_ACCOUNT, VENUE},
    register::{
        disposals::{Found, FoundDebt, Held, Paid},
        lent::Lent,
    },
    state::Exchange,
    sums::disposal::converted,
};
use alloc::{collections::BTreeSet, format, vec::Vec};
use protocol::{
    Amount, Currency, Date, EntityId, LoanId, Money, Reject,
    disposal::{DisposalSale, MiddleRate},
    plan::{Claims, CostKind, OwnersPart, Payee, Payer, Pledgor, RankedPledge, SaleCost, SecuredClaim},
    text::Name,
    transfer::apportion,
};

/// The most middle rates of a distribution.
const RATES_MAX: usize = 64;

impl<B: Book> Exchange<B> {
    /// What is found of a price: the venue's fee, the pledges that stood on the rights with what is owed on them today, and
    /// the owners.
    pub(super) fn found_of(&self, planned: &[Payee], sale: &DisposalSale, held: &Held, today: Date) -> Found {
        let mut found = Found::default();
        if sale.costs.money > Money::ZERO {
            let venue = Payee::Participant {
                entity: VENUE,
                account: FEE_ACCOUNT,
            };
            found.cost = Some(SaleCost {
                payee: place_of(planned, &mut found.later, venue),
                kind: CostKind::Venue,
                amount: sale.costs,
                rate: None,
            });
        }
        let mut seen: BTreeSet<LoanId> = BTreeSet::new();
        let (mut rank, mut before) = (0, None);
        for id in &held.pledges {
            let pledge = &self.pledging.of(*id);
            if before != Some(pledge.registered_at) {
                (rank, before) = (rank + 1, Some(pledge.registered_at));
            }
            // A debt that several pledges of the rights stand for is asked once.
            if !seen.insert(pledge.loan) {
                continue;
            }
            let lent = self.pledging.lent(pledge.loan);
            let Lent {
                loan, claim, payers, ..
            } = &lent;
            let debt = FoundDebt {
                loan: pledge.loan,
                currency: loan.terms.principal.currency,
                parts: claim.owed(&loan.terms, today).parts(),
                left: payers.iter().map(|paid| paid.left).collect(),
                rate_on: loan.insolvency.map(|known| known.accepted).or(claim.doubled_from()),
            };
            let holders = self.holders_of(planned, &mut found.later, (&debt, &lent));
            let pledgor = if pledge.pledgor == loan.debtor {
                Pledgor::Debtor
            } else {
                Pledgor::ThirdParty
            };
            found.pledges.push(RankedPledge {
                rank,
                registered: pledge.registered_at.map_or(today, |at| at.venue_date()),
                pledgor,
                in_rem: pledge.in_rem,
                maximum: pledge.maximum.map(|maximum| maximum.limit),
                contract_maximum: None,
                holders,
            });
            found.debts.push(debt);
        }
        for &Paid { account, parts, .. } in &held.paid {
            let entity = self.ledger.account(account).expect("it was paid").entity;
            let owner = Payee::Participant { entity, account };
            let payee = place_of(planned, &mut found.later, owner);
            found.owners.push(OwnersPart { payee, parts });
        }
        found
    }

    /// The holders of a claim with what each is owed by its parts, and who paid them.
    fn holders_of(
        &self,
        planned: &[Payee],
        later: &mut Vec<Payee>,
        (debt, lent): (&FoundDebt, &Lent),
    ) -> Vec<SecuredClaim> {
        let parts: Vec<u64> = lent.loan.creditors.iter().map(|share| share.parts.into()).collect();
        let each = |money: Money| apportion(money.minor(), &parts);
        let amount = |minor: i64| Amount::new(debt.currency, Money::from_minor(minor));
        let [costs, interest, principal, doubled] = debt.parts.map(each);
        let mut holders: Vec<_> = lent
            .loan
            .creditors
            .iter()
            .enumerate()
            .map(|(place, share)| SecuredClaim {
                payee: self.payee_of(planned, later, share.entity),
                costs: amount(costs[place]),
                interest: amount(interest[place]),
                principal: amount(principal[place]),
                doubled: (doubled[place] > 0).then(|| amount(doubled[place])),
                excess_attached: None,
                payers: Vec::new(),
            })
            .collect();
        for paid in &lent.payers {
            let payee = self.payee_of(planned, later, paid.entity);
            for (holder, part) in holders.iter_mut().zip(each(paid.left)) {
                holder.payers.push(Payer {
                    payee,
                    kind: paid.kind,
                    paid: amount(part),
                    paid_on: paid.on,
                    agreed: paid.agreed,
                    weight: 1,
                });
            }
        }
        holders
    }

    /// A participant's place among the payees: the plan's, or after them those that came later. It is paid into the
    /// account that it opened first; who has none here is paid as an outsider is.
    pub(super) fn payee_of(&self, planned: &[Payee], later: &mut Vec<Payee>, entity: EntityId) -> u32 {
        let payee = match self.ledger.first_account(entity) {
            Some(account) => Payee::Participant { entity, account },
            None => Payee::Outsider {
                name: Name::new(&format!("{}", entity.0)).expect("a number is short"),
            },
        };
        place_of(planned, later, payee)
    }
}

/// What is asked of a price in its currency: what is told and what was found. Whether the rates are there by which claims in
/// other currencies are asked: where one is not, the claim is nothing.
pub(super) fn asked(
    planned: &[Payee],
    found: &Found,
    told: &Claims,
    (rates, into): (&[MiddleRate], Currency),
    today: Date,
) -> (Claims, Result<(), Reject>) {
    let mut claims = told.clone();
    claims.pledges.clear();
    claims.owners.clear();
    let later = found.later.iter().cloned();
    let places: Vec<u32> = later.map(|payee| place_of(planned, &mut claims.later, payee)).collect();
    let place = |of: u32| match (of as usize).checked_sub(planned.len()) {
        Some(later) => places[later],
        None => of,
    };
    let here = |cost: SaleCost| SaleCost {
        payee: place(cost.payee),
        ..cost
    };
    claims.costs.extend(found.cost.map(here));
    let mut known = check_rates(rates, into, today);
    for (pledge, debt) in found.pledges.iter().zip(&found.debts) {
        let mut pledge = pledge.clone();
        for holder in &mut pledge.holders {
            holder.payee = place(holder.payee);
            for payer in &mut holder.payers {
                payer.payee = place(payer.payee);
            }
        }
        if debt.currency != into {
            let of_day =
                |rate: &&MiddleRate| rate.currency == debt.currency && debt.rate_on.is_none_or(|on| on == rate.on);
            let rate = rates.iter().find(of_day).ok_or(Reject::RateMissing);
            known = known.and(convert(&mut pledge, rate, into));
        }
        claims.pledges.push(pledge);
    }
    let owners = found.owners.iter();
    let owner = |owner: &OwnersPart| OwnersPart {
        payee: place(owner.payee),
        ..*owner
    };
    claims.owners.extend(owners.map(owner));
    (claims, known)
}

/// Whether middle rates can be those of claims in other currencies than the price's.
fn check_rates(rates: &[MiddleRate], into: Currency, today: Date) -> Result<(), Reject> {
    let distinct: BTreeSet<_> = rates.iter().map(|rate| (rate.currency.code(), rate.on)).collect();
    let fits = rates.len() <= RATES_MAX
        && distinct.len() == rates.len()
        && rates.iter().all(|rate| rate.currency != into && rate.on <= today);
    if fits { Ok(()) } else { Err(Reject::RateMissing) }
}

/// A pledge's claims in the price's currency: each sum converted once, its parts as parts of that.
fn convert(pledge: &mut RankedPledge, rate: Result<&MiddleRate, Reject>, into: Currency) -> Result<(), Reject> {
    let mut known = Ok(());
    let mut once = |amounts: &mut [&mut Amount]| {
        let sum = amounts.iter().fold(Money::ZERO, |sum, one| sum.plus(one.money));
        let Some(currency) = amounts.first().map(|one| one.currency) else {
            return;
        };
        let whole = rate.and_then(|rate| converted(Amount::new(currency, sum), rate, into));
        known = known.and(whole.map(|_| ()));
        let whole = whole.map_or(0, |whole| whole.money.minor());
        let parts: Vec<u64> = amounts.iter().map(|one| one.money.minor().unsigned_abs()).collect();
        let shares = if sum > Money::ZERO {
            apportion(whole, &parts)
        } else {
            parts.iter().map(|_| 0).collect()
        };
        for (amount, share) in amounts.iter_mut().zip(shares) {
            **amount = Amount::new(into, Money::from_minor(share));
        }
    };
    once(&mut pledge.maximum.iter_mut().collect::<Vec<_>>());
    let payers = pledge.holders.first().map_or(0, |holder| holder.payers.len());
    for place in 0..payers {
        let paid = pledge.holders.iter_mut().map(|holder| &mut holder.payers[place].paid);
        once(&mut paid.collect::<Vec<_>>());
    }
    let parts = pledge.holders.iter_mut().flat_map(|holder| {
        let SecuredClaim {
            costs,
            interest,
            principal,
            doubled,
            ..
        } = holder;
        [Some(costs), Some(interest), Some(principal), doubled.as_mut()]
    });
    once(&mut parts.flatten().collect::<Vec<_>>());
    known
}

/// How much a payment in the price's currency counts on a sum in its own, of which so much was asked in the price's.
pub(super) fn counts(paid: Money, asked: Money, whole: Money) -> Money {
    if asked == Money::ZERO {
        return Money::ZERO;
    }
    let exact = i128::from(whole.minor()) * i128::from(paid.minor()) / i128::from(asked.minor());
    Money::from_minor(i64::try_from(exact).expect("no more is paid than was asked"))
}

/// What a holder asks: costs, interest, principal, doubled interest.
pub(super) fn parts_of(claim: &SecuredClaim) -> [Money; 4] {
    let of = |amount: Option<Amount>| amount.map_or(Money::ZERO, |amount| amount.money);
    [
        Some(claim.costs),
        Some(claim.interest),
        Some(claim.principal),
        claim.doubled,
    ]
    .map(of)
}

/// What tells a payee from another.
pub(super) fn name_of(payee: &Payee) -> (u64, &str) {
    match payee {
        Payee::Participant { entity, .. } => (u64::from(entity.0) + 1, ""),
        Payee::Outsider { name } => (0, name.as_str()),
    }
}

/// A payee's place among those of the plan and those that came later; it joins these if it is in neither.
fn place_of(planned: &[Payee], later: &mut Vec<Payee>, payee: Payee) -> u32 {
    let place = planned
        .iter()
        .chain(&*later)
        .position(|other| name_of(other) == name_of(&payee));
    let place = place.unwrap_or_else(|| {
        later.push(payee.clone());
        planned.len() + later.len() - 1
    });
    u32::try_from(place).expect("a list is bounded")
}
