//! What waits of loans and pledges, of who answers beside the debtor, of plans, of pools and of subsidies.

use super::{
    around::{Around, house},
    day::Day,
    kinds::Does,
    wait::{Party, Wait, Who},
};
use crate::views::records::{Key, Kind, Told};
use protocol::{
    EntityId, Record,
    disposal::{LoanPlan, SalePress, Security},
    party::Roles,
    pledge::{GuaranteeState, Insurance, InsuranceState, Loan, LoanState, Pledge, PledgeState},
    risk::{Bearer, OfficerFile, PoolLoanState, PoolStanding},
    subsidy::{Subsidy, SubsidyState},
};

pub(super) fn loan(key: Key, loan: &Loan, around: Around<'_>) -> Vec<Wait> {
    let creditors = || loan.creditors.iter().map(|share| house(share.entity));
    let to_creditors = |wait: &dyn Fn(Party) -> Wait| creditors().map(wait).collect::<Vec<_>>();
    // The last day of the term is in time; from the next one on the debt is late.
    let late = loan.due_day().next();
    let mut waits = Vec::new();
    if loan.state != LoanState::Repaid {
        let bound = loan.guarantees.iter().filter(|one| one.state == GuaranteeState::Bound);
        if let Some(ends) = bound.map(|one| one.ends).min() {
            let call = |party| Wait::new(Does::CallGuarantor, party, key).until(Day::FirstLate(ends));
            waits.extend(to_creditors(&|party| call(party).from(late).stake(loan.outstanding)));
        }
    }
    let limitation = (!loan.barred).then_some(Day::Last(loan.limitation));
    match loan.state {
        LoanState::Running => {
            let collect = |party| Wait::new(Does::CollectLoan, party, key).until(limitation);
            waits.extend(to_creditors(&|party| collect(party).from(late).stake(loan.outstanding)));
        }
        LoanState::Default => {
            let open = around.has_case(loan.loan);
            let acting = loan.creditors.first().filter(|_| !open);
            let enforce = |entity| Wait::new(Does::EnforceDefault, house(entity), key).until(limitation);
            waits.extend(acting.map(|share| enforce(share.entity).stake(loan.outstanding)));
            let both = loan.terms.guarantors.iter().zip(&loan.guarantees);
            // Who pays as for a loan on credit pays at the default; any other once it was asked.
            let called = both.filter(|(terms, one)| match one.state {
                GuaranteeState::Asked => true,
                GuaranteeState::Bound => terms.as_credit,
                GuaranteeState::Ended => false,
            });
            let pay = |entity| Wait::new(Does::PayGuarantee, house(entity), key).stake(loan.outstanding);
            waits.extend(called.map(|(_, one)| pay(one.entity)));
            let insured = |entity| Wait::new(Does::PayInsurance, house(entity), key).stake(loan.outstanding);
            waits.extend(loan.insurer.map(insured));
        }
        LoanState::Repaid => {}
    }
    waits
}

pub(super) fn pledge(key: Key, pledge: &Pledge, around: Around<'_>) -> Vec<Wait> {
    let amount = |wait: Wait| wait.stake(pledge.amount);
    let pledgees = || pledge.pledgees.iter().map(|share| share.entity);
    let each = |does, of: Vec<EntityId>| {
        let wait = |entity| amount(Wait::new(does, house(entity), key));
        of.into_iter().map(wait).collect::<Vec<_>>()
    };
    match pledge.state {
        PledgeState::Draft if pledge.filed_by == pledge.pledgor => each(Does::SignPledge, pledgees().collect()),
        PledgeState::Draft => each(Does::SignPledge, vec![pledge.pledgor]),
        PledgeState::Submitted => {
            let answer = Wait::new(Does::AnswerPledge, Party::Operators, key);
            vec![amount(answer.until(pledge.window.map(Day::Last)))]
        }
        PledgeState::Deficient => each(Does::MendPledge, pledgees().chain([pledge.pledgor]).collect()),
        PledgeState::Registered | PledgeState::Changed | PledgeState::Defaulted | PledgeState::Disposing => {
            let repaid = around
                .loan(pledge.loan)
                .is_some_and(|loan| loan.state == LoanState::Repaid);
            if repaid {
                each(Does::ReleasePledge, pledgees().collect())
            } else {
                // It stands; what a default asks, the loan and its case say.
                Vec::new()
            }
        }
        PledgeState::Released
        | PledgeState::Closed
        | PledgeState::Refused
        | PledgeState::Withdrawn
        | PledgeState::Lapsed => Vec::new(),
    }
}

pub(super) fn insurance(key: Key, insurance: &Insurance, around: Around<'_>) -> Vec<Wait> {
    let runs = around
        .loan(insurance.loan)
        .is_some_and(|loan| loan.state == LoanState::Running);
    match insurance.state {
        // An offer binds nobody once the loan is in default.
        InsuranceState::Offered if runs => {
            let by_insurer = insurance.offered_by == insurance.insurer;
            let other = if by_insurer {
                around.acting(insurance.loan)
            } else {
                Some(insurance.insurer)
            };
            let agree = |entity| Wait::new(Does::AgreeInsurance, house(entity), key).stake(insurance.terms.limit);
            other.map(agree).into_iter().collect()
        }
        // The loan says when it is to be paid.
        InsuranceState::Offered | InsuranceState::Agreed | InsuranceState::Replaced => Vec::new(),
    }
}

pub(super) fn plan(key: Key, plan: &LoanPlan, around: Around<'_>) -> Vec<Wait> {
    let owed = around
        .loan(plan.loan)
        .is_some_and(|loan| loan.state != LoanState::Repaid);
    let proposed = plan.proposed.iter().filter(|_| owed);
    let open = proposed.flat_map(|plan| plan.needed.iter().filter(|entity| !plan.signed.contains(entity)));
    open.map(|entity| Wait::new(Does::SignPlan, house(*entity), key))
        .collect()
}

pub(super) fn security(key: Key, security: &Security, readers: &[EntityId], around: Around<'_>) -> Vec<Wait> {
    let Some(loan) = around
        .loan(security.loan)
        .filter(|loan| loan.state == LoanState::Running)
    else {
        return Vec::new();
    };
    if security.ended.is_some() || around.has_case(security.loan) {
        return Vec::new();
    }
    let until = Day::Last(security.until);
    // The debtor gives it, or a pledgor does.
    let gives = |entity: &&EntityId| **entity == loan.debtor || around.pledges_for(loan.loan, **entity);
    let give = |entity: &EntityId| Wait::new(Does::GiveSecurity, house(*entity), key).until(until);
    let given = readers
        .iter()
        .filter(gives)
        .map(|entity| give(entity).stake(security.value));
    let early = |entity| Wait::new(Does::SellEarly, house(entity), key).from(security.until.next());
    let acting = around.acting(security.loan).map(early);
    given.chain(acting).collect()
}

pub(super) fn pressed(key: Key, pressed: &SalePress, around: Around<'_>) -> Vec<Wait> {
    let owed = around
        .loan(pressed.loan)
        .is_some_and(|loan| loan.state != LoanState::Repaid);
    if pressed.disposal.is_some() || !owed {
        return Vec::new();
    }
    let open = |entity| Wait::new(Does::AnswerPress, house(entity), key).until(Day::Last(pressed.until));
    let acting = around
        .acting(pressed.loan)
        .map(|entity| open(entity).stake(pressed.value));
    let ask = Wait::new(Does::AskCourt, house(pressed.pledgor), key).from(pressed.until.next());
    acting.into_iter().chain([ask.stake(pressed.value)]).collect()
}

pub(super) fn standing(key: Key, standing: &PoolStanding, around: Around<'_>) -> Vec<Wait> {
    // A fund that re-guarantees stands behind the guarantor, a pool behind the holder of the claim.
    let behind = standing.re_guaranteed.as_ref().map(|by| by.guarantor);
    match standing.state {
        PoolLoanState::Npl => {
            let claims = behind.map_or_else(|| claimants(standing, around), |guarantor| vec![guarantor]);
            let claim = |entity| Wait::new(Does::ClaimOnPool, house(entity), key).stake(standing.covered);
            claims.into_iter().map(claim).collect()
        }
        PoolLoanState::Claimed => {
            // What a fund pays leaves its account by its own word; of a pool of public money operators decide.
            let pool = Key::new(Kind::RiskPool, standing.pool.0);
            let manager = around.owners(pool).first().map(|entity| house(*entity));
            let decides = if behind.is_some() {
                manager
            } else {
                Some(Party::Operators)
            };
            let decide = |party| Wait::new(Does::DecidePoolClaim, party, key).stake(standing.eligible);
            decides.map(decide).into_iter().collect()
        }
        PoolLoanState::Paid | PoolLoanState::Recovering => {
            let paid = behind.or_else(|| paid_by(key, standing, around)).into_iter();
            let recover = |entity| Wait::new(Does::Recover, house(entity), key).stake(standing.paid);
            paid.map(recover).collect()
        }
        PoolLoanState::Enrolled | PoolLoanState::Closed => Vec::new(),
    }
}

/// Who may claim on a pool for a loan: who acts for the holders of the claim, or where it pays none of them the guarantors.
fn claimants(standing: &PoolStanding, around: Around<'_>) -> Vec<EntityId> {
    let Some(loan) = around.loan(standing.loan) else {
        return Vec::new();
    };
    let pool = around.records.get(Key::new(Kind::RiskPool, standing.pool.0));
    let pays_bank = pool.is_none_or(|pool| match &pool.told {
        Told::Record(Record::RiskPool(pool)) if pool.shares.is_empty() => pool.profile.bank.is_some(),
        Told::Record(Record::RiskPool(pool)) => pool.shares.iter().any(|share| share.bearer == Bearer::Bank),
        _ => true,
    });
    if pays_bank {
        loan.creditors.first().map(|share| share.entity).into_iter().collect()
    } else {
        loan.guarantees.iter().map(|one| one.entity).collect()
    }
}

/// Whom a pool paid: who held the claim when that was claimed on, or the one guarantor. Where both bear a part no record
/// tells which of them claimed.
fn paid_by(key: Key, standing: &PoolStanding, around: Around<'_>) -> Option<EntityId> {
    let bears = |bearer| standing.borne.iter().any(|borne| borne.bearer == bearer);
    match (bears(Bearer::Bank), bears(Bearer::Guarantor)) {
        (true, false) => {
            let claimed = |told: &Told| match told {
                Told::Record(Record::PoolStanding(standing)) => standing.state == PoolLoanState::Claimed,
                _ => false,
            };
            let mut versions = around.records.history(key).iter().rev();
            let claimed = versions.find(|version| claimed(&version.told))?;
            let loan = around
                .records
                .as_of(Key::new(Kind::Loan, standing.loan.0), claimed.at)?;
            match &loan.told {
                Told::Record(Record::Loan(loan)) => loan.creditors.first().map(|share| share.entity),
                _ => None,
            }
        }
        (false, true) => match around.loan(standing.loan)?.guarantees.as_slice() {
            [only] => Some(only.entity),
            _ => None,
        },
        (true, true) | (false, false) => None,
    }
}

pub(super) fn subsidy(key: Key, subsidy: &Subsidy, readers: &[EntityId]) -> Vec<Wait> {
    match subsidy.state {
        SubsidyState::Applied => {
            let decide = |party| Wait::new(Does::DecideSubsidy, party, key);
            let payer = readers.iter().filter(|entity| **entity != subsidy.firm);
            let payer = payer.map(|entity| decide(house(*entity)).of(Who::Having(Roles::FUND)));
            payer.chain([decide(Party::Operators)]).collect()
        }
        SubsidyState::Granted | SubsidyState::Declined | SubsidyState::Withdrawn => Vec::new(),
    }
}

pub(super) fn file(key: Key, file: &OfficerFile, readers: &[EntityId]) -> Vec<Wait> {
    // A step that was shown too late is shown: nothing mends it.
    let shown = |step| file.steps.iter().any(|done| done.step == step);
    let bank = readers
        .first()
        .filter(|_| file.missing.iter().any(|step| !shown(*step)));
    let complete = |bank: &EntityId| Wait::new(Does::CompleteFile, house(*bank), key).of(Who::Only(file.officer));
    bank.map(complete).into_iter().collect()
}
