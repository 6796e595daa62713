//! What waits of rights, of licences, of what two people decide, and of cash that leaves.

use super::{
    around::house,
    day::Day,
    kinds::Does,
    wait::{Party, Wait, Who},
};
use crate::views::records::Key;
use protocol::{
    Date, EntityId,
    account::{Withdrawal, WithdrawalState},
    control::{Proposal, ProposalState},
    licence::{Consumption, Licence, LicenceState},
    title::{AssetState, Hold, HoldState, Title},
};

/// So many days before they are due an owner is told of its dues.
const DUES_AHEAD: i32 = 90;
/// So many days before a hold lapses operators are told.
const HOLD_AHEAD: i32 = 30;

/// The venue itself: its operators decide for it.
const VENUE: EntityId = EntityId(0);

pub(super) fn title(key: Key, title: &Title) -> Vec<Wait> {
    let dues = || {
        let owner = title.owners.first()?.entity;
        let day = match (title.late, title.lapses) {
            (true, Some(lapses)) => Day::FirstLate(lapses),
            _ => Day::Last(title.due?),
        };
        let wait = Wait::new(Does::PayDues, house(owner), key)
            .until(day)
            .assets([title.asset]);
        Some(match day {
            Day::Last(day) => wait.from(Date(day.0.saturating_sub(DUES_AHEAD))),
            _ => wait,
        })
    };
    match title.state {
        AssetState::Draft | AssetState::Transferred => {
            let verify = Wait::new(Does::VerifyRight, Party::Operators, key).assets([title.asset]);
            [verify].into_iter().chain(dues()).collect()
        }
        AssetState::Verified | AssetState::Listed | AssetState::Suspended | AssetState::Delisted => {
            dues().into_iter().collect()
        }
        AssetState::Expired | AssetState::Invalidated => Vec::new(),
    }
}

pub(super) fn hold(key: Key, hold: &Hold) -> Vec<Wait> {
    match (hold.state, hold.until) {
        (HoldState::Standing, Some(until)) => {
            let from = Date(until.0.saturating_sub(HOLD_AHEAD));
            let ends = Wait::new(Does::HoldEnds, Party::Operators, key);
            vec![ends.until(Day::FirstLate(until)).from(from)]
        }
        (HoldState::Standing, None) | (HoldState::Waiting | HoldState::Lifted | HoldState::Lapsed, _) => Vec::new(),
    }
}

pub(super) fn licence(key: Key, licence: &Licence) -> Vec<Wait> {
    // An offer, or an agreement, comes to nothing with the end of the term that it names.
    let term = Day::FirstLate(licence.scope.until);
    let licensee = |does| {
        let wait = Wait::new(does, house(licence.licensee), key);
        vec![wait.until(term).stake(licence.fee)]
    };
    match licence.state {
        LicenceState::Offered => licensee(Does::AnswerLicence),
        LicenceState::Agreed => licensee(Does::PayLicence),
        LicenceState::Effective => {
            let recordal = |by| Wait::new(Does::RecordLicence, Party::Operators, key).until(Day::Last(by));
            licence.record_by.map(recordal).into_iter().collect()
        }
        // It begins, runs and ends by itself.
        LicenceState::Paid
        | LicenceState::Recorded
        | LicenceState::Expired
        | LicenceState::Terminated
        | LicenceState::Withdrawn => Vec::new(),
    }
}

pub(super) fn consumption(key: Key, consumption: &Consumption, owners: &[EntityId]) -> Vec<Wait> {
    let report = |due| {
        let holders = owners.iter().take(1);
        holders.map(move |holder| Wait::new(Does::ReportConsumption, house(*holder), key).until(Day::Last(due)))
    };
    consumption.due.into_iter().flat_map(report).collect()
}

pub(super) fn proposal(key: Key, proposal: &Proposal) -> Vec<Wait> {
    let party = if proposal.entity == VENUE {
        Party::Operators
    } else {
        house(proposal.entity)
    };
    match proposal.state {
        ProposalState::Open => {
            let wait = Wait::new(Does::ApproveProposal, party, key).of(Who::Second(proposal.by));
            vec![wait.until(Day::FirstLateAt(proposal.lapses_at))]
        }
        ProposalState::Done | ProposalState::Failed | ProposalState::Refused | ProposalState::Lapsed => Vec::new(),
    }
}

pub(super) fn withdrawal(key: Key, withdrawal: &Withdrawal) -> Vec<Wait> {
    let office = |does| vec![Wait::new(does, Party::Operators, key).stake(withdrawal.amount)];
    match withdrawal.state {
        WithdrawalState::Requested => office(Does::ApproveWithdrawal),
        WithdrawalState::Approved => office(Does::BookWithdrawal),
        WithdrawalState::Paid | WithdrawalState::Refused | WithdrawalState::Cancelled => Vec::new(),
    }
}
