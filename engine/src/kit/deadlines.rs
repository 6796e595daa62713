//! What becomes due, in order. A deadline fires at its own time, before any command of that time or later.

use alloc::collections::BTreeSet;
use protocol::{
    AccountId, AssetId, ConversionId, EntityId, HoldId, InstrumentId, LicenceId, LoanId, LotId, OpenLicenceId,
    PledgeId, ProposalId, PutId, ReverseLicenceId, Timestamp, TransferId, UserId, pledge::PledgeAct, title::Act,
};
use serde::{Deserialize, Serialize};

/// How many due deadlines one command fires at most; the rest follow with the next (a journaled tick, at the latest).
pub(crate) const DUE_MAX: usize = 256;

/// What becomes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Deadline {
    /// A right ends: its books close.
    AssetExpires(AssetId),
    /// A right's dues are late from here on.
    DuesLate(AssetId),
    /// A right whose dues were never paid ends.
    DuesLapse(AssetId),
    /// A hold lapses.
    HoldEnds(HoldId),
    /// A co-owner's consent runs out.
    ConsentEnds(AssetId, EntityId, Act),
    /// A licence begins.
    LicenceBegins(LicenceId),
    /// A licence ends.
    LicenceEnds(LicenceId),
    /// An open licence does not stand any more.
    OpenLicenceEnds(OpenLicenceId),
    /// A holder of licence units has to have reported.
    ReportDue(InstrumentId, AccountId),
    /// A sale goes on, or a step of it is late.
    TransferStep(TransferId),
    /// A lot goes on, or its buyer is late.
    LotStep(LotId),
    /// A delayed print is published.
    PrintDue(TransferId),
    /// A proposal lapses.
    ProposalLapses(ProposalId),
    /// A registrar has to have answered.
    WindowEnds(PledgeId),
    /// No claim arises under a maximum amount any more.
    ClaimFixes(PledgeId),
    /// A claim can be enforced no longer.
    Limitation(LoanId),
    /// A guarantor that nobody asked is free.
    GuaranteeEnds(LoanId, EntityId),
    /// A pledgee's consent is over.
    PledgeConsentEnds(PledgeId, PledgeAct),
    /// The valuation of a pledged right is good no longer.
    ValuationEnds(AssetId),
    /// A reverse licence goes on, or a step of it is late.
    ReverseStep(ReverseLicenceId),
    /// Shares that a bank took by enforcing had to be sold by now.
    SharesLate(ConversionId),
    /// Nobody stands in for this user any more.
    DeputyEnds(UserId),
    /// A proposal that a legal deadline waits for alarms.
    ProposalAlarms(ProposalId),
    /// The last day of a put has passed.
    PutEnds(PutId),
    /// What a bank took for its debt has to be sold on soon, or had to be by now.
    TakingDue(LotId),
}

/// The deadlines to come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Deadlines(BTreeSet<(Timestamp, Deadline)>);

impl Deadlines {
    /// Adds a deadline. `Timestamp::NEVER` is none.
    pub(crate) fn add(&mut self, at: Timestamp, deadline: Deadline) {
        if at != Timestamp::NEVER {
            self.0.insert((at, deadline));
        }
    }

    /// Takes a deadline back that need not fire any more.
    pub(crate) fn remove(&mut self, at: Timestamp, deadline: Deadline) {
        self.0.remove(&(at, deadline));
    }

    /// All deadlines with their times, in order.
    pub(crate) fn timed(&self) -> impl Iterator<Item = (Timestamp, Deadline)> {
        self.0.iter().copied()
    }

    /// What becomes due after `from` and not after `until`, in order.
    pub(crate) fn between(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Deadline> {
        let due = self.0.iter().take_while(move |(at, _)| *at <= until);
        due.filter(move |(at, _)| *at > from).map(|&(_, deadline)| deadline)
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Timestamp {
        self.0.first().map_or(Timestamp::NEVER, |&(at, _)| at)
    }

    /// Takes the next one that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Deadline)> {
        if self.next() <= now { self.0.pop_first() } else { None }
    }
}
