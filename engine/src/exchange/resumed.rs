//! What hours in which nobody could act give back: one answer for every step that somebody had to take, whatever it is
//! a step of (RULES.md 2.6; 18号 28, 31).
//!
//! Invariant: nothing ends by a step that fell due in an outage, or so soon after it that there was no time to take it.
//! What a lot's own clock measures is the business of `auction::outage`.

use crate::{book::Book, kit::deadlines::Deadline, state::Exchange, tell::Tell};
use alloc::vec::Vec;
use protocol::{Timestamp, time::SECOND};

/// Whoever has no more than this left after an outage, nor more than it took, has no time either.
const LEFT_MAX: u64 = 3_600 * SECOND;

impl<B: Book> Exchange<B> {
    /// Nobody could act from `from` to now. Before anything falls due lots stand still, and every step that fell due
    /// meanwhile, or does so shortly, has time until the next working day has ended.
    pub(crate) fn give_time_again(&mut self, from: Timestamp, tell: &mut Tell<'_>) {
        let from = from.min(tell.at);
        self.pause_for_outage(from, tell);
        let until = self.after_outage(tell.at.venue_date());
        let mut steps = self.steps_due(from, tell.at);
        // A proposal has time as long as the step that it is for.
        steps.sort_by_key(|step| matches!(step, Deadline::ProposalLapses(_)));
        for deadline in steps {
            match deadline {
                Deadline::LotStep(id) => self.lengthen_lot(id, until, tell),
                Deadline::TransferStep(id) => self.lengthen_sale(id, until, tell),
                Deadline::DuesLate(asset) => self.set_late_after(asset, until.day),
                Deadline::DuesLapse(asset) => self.lengthen_grace(asset, until, tell),
                Deadline::ReportDue(instrument, account) => self.lengthen_report(instrument, account, until, tell),
                Deadline::ProposalLapses(id) => self.lengthen_proposal(id, until, tell),
                Deadline::ReverseStep(id) => self.lengthen_reverse(id, until, tell),
                _ => unreachable!("it is no step"),
            }
        }
    }

    /// The steps that an outage takes the time of. What ends on a day that a party, a court or a law named ends then:
    /// an outage here moves no right, licence, hold or consent, nor the day on which a print is told.
    fn steps_due(&self, from: Timestamp, until: Timestamp) -> Vec<Deadline> {
        let took = until.0.saturating_sub(from.0);
        let due = self.deadlines.between(from, until.after(took.min(LEFT_MAX)));
        due.filter(|deadline| match deadline {
            Deadline::LotStep(id) => self.lots.of(*id).step.is_some(),
            Deadline::DuesLate(asset) => self.dues_may_wait(*asset),
            Deadline::ReverseStep(id) => self.disposals.licence(*id).last.is_some(),
            Deadline::TransferStep(_)
            | Deadline::DuesLapse(_)
            | Deadline::ReportDue(..)
            | Deadline::ProposalLapses(_) => true,
            Deadline::AssetExpires(_)
            | Deadline::HoldEnds(_)
            | Deadline::ConsentEnds(..)
            | Deadline::LicenceBegins(_)
            | Deadline::LicenceEnds(_)
            | Deadline::OpenLicenceEnds(_)
            | Deadline::PrintDue(_)
            | Deadline::WindowEnds(_)
            | Deadline::ClaimFixes(_)
            | Deadline::Limitation(_)
            | Deadline::GuaranteeEnds(..)
            | Deadline::PledgeConsentEnds(..)
            | Deadline::ValuationEnds(_)
            | Deadline::SharesLate(_)
            | Deadline::DeputyEnds(_)
            | Deadline::ProposalAlarms(_)
            | Deadline::PutEnds(_)
            | Deadline::TakingDue(_) => false,
        })
        .collect()
    }

    /// Whether an outage of this time took that of a step.
    pub fn has_steps_due(&self, from: Timestamp, until: Timestamp) -> bool {
        !self.steps_due(from, until).is_empty()
    }
}
