//! What becomes due, in order. A deadline fires at its own time, before any command of that time or later.
//!
//! Every loan waits for years until its limitation has run, and many wait for the same day: these stand together under
//! their time, and what asks does not see it.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};
use protocol::{
    AccountId, AssetId, ConversionId, EntityId, HoldId, InstrumentId, LicenceId, LoanId, LotId, OpenLicenceId,
    PledgeId, ProposalId, PutId, ReverseLicenceId, Timestamp, TransferId, UserId, pledge::PledgeAct, title::Act,
};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq as _};

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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<(Timestamp, Deadline)>")]
pub(crate) struct Deadlines {
    /// All but the limitations.
    apart: BTreeSet<(Timestamp, Deadline)>,
    /// The loans whose limitation has run at a time, in order; never none.
    limitations: BTreeMap<Timestamp, VecDeque<LoanId>>,
}

impl Deadlines {
    /// Adds a deadline. `Timestamp::NEVER` is none.
    pub(crate) fn add(&mut self, at: Timestamp, deadline: Deadline) {
        if at == Timestamp::NEVER {
            return;
        }
        if let Deadline::Limitation(loan) = deadline {
            let loans = self.limitations.entry(at).or_default();
            if let Err(place) = loans.binary_search(&loan) {
                loans.insert(place, loan);
            }
        } else {
            self.apart.insert((at, deadline));
        }
    }

    /// Takes a deadline back that need not fire any more.
    pub(crate) fn remove(&mut self, at: Timestamp, deadline: Deadline) {
        let Deadline::Limitation(loan) = deadline else {
            self.apart.remove(&(at, deadline));
            return;
        };
        let Some(loans) = self.limitations.get_mut(&at) else {
            return;
        };
        if let Ok(place) = loans.binary_search(&loan) {
            loans.remove(place);
        }
        if loans.is_empty() {
            self.limitations.remove(&at);
        }
    }

    /// Whether this deadline waits for its time.
    pub(crate) fn has(&self, at: Timestamp, deadline: Deadline) -> bool {
        let Deadline::Limitation(loan) = deadline else {
            return self.apart.contains(&(at, deadline));
        };
        let loans = self.limitations.get(&at);
        loans.is_some_and(|loans| loans.binary_search(&loan).is_ok())
    }

    /// All deadlines with their times, in order.
    pub(crate) fn timed(&self) -> impl Iterator<Item = (Timestamp, Deadline)> {
        let limitations = self.limitations.iter();
        let limitations =
            limitations.flat_map(|(at, loans)| loans.iter().map(|loan| (*at, Deadline::Limitation(*loan))));
        let (mut apart, mut limitations) = (self.apart.iter().copied().peekable(), limitations.peekable());
        core::iter::from_fn(move || match (apart.peek(), limitations.peek()) {
            (Some(one), Some(other)) if other < one => limitations.next(),
            (Some(_), _) => apart.next(),
            (None, _) => limitations.next(),
        })
    }

    /// What becomes due after `from` and not after `until`, in order.
    pub(crate) fn between(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Deadline> {
        let due = self.timed().take_while(move |(at, _)| *at <= until);
        due.filter(move |(at, _)| *at > from).map(|(_, deadline)| deadline)
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Timestamp {
        let apart = self.apart.first().map_or(Timestamp::NEVER, |&(at, _)| at);
        self.limitations
            .first_key_value()
            .map_or(apart, |(at, _)| apart.min(*at))
    }

    /// Takes the next one that is due at `now`.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Deadline)> {
        let (at, deadline) = self.timed().next().filter(|(at, _)| *at <= now)?;
        self.remove(at, deadline);
        Some((at, deadline))
    }
}

impl From<Vec<(Timestamp, Deadline)>> for Deadlines {
    fn from(timed: Vec<(Timestamp, Deadline)>) -> Self {
        let mut deadlines = Self::default();
        for (at, deadline) in timed {
            deadlines.add(at, deadline);
        }
        deadlines
    }
}

impl Serialize for Deadlines {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let together = self.limitations.values().map(VecDeque::len).sum::<usize>();
        let mut all = to.serialize_seq(Some(self.apart.len() + together))?;
        self.timed().try_for_each(|timed| all.serialize_element(&timed))?;
        all.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_together_fires_in_its_turn() {
        let mut deadlines = Deadlines::default();
        let at = Timestamp;
        let all = [
            (at(1), Deadline::Limitation(LoanId(9))),
            (at(2), Deadline::WindowEnds(PledgeId(7))),
            (at(2), Deadline::Limitation(LoanId(3))),
            (at(2), Deadline::Limitation(LoanId(5))),
            (at(2), Deadline::ValuationEnds(AssetId(1))),
            (at(3), Deadline::AssetExpires(AssetId(2))),
        ];
        let gone = (at(2), Deadline::Limitation(LoanId(4)));
        for (at, deadline) in all.into_iter().rev().chain([gone, all[2]]) {
            deadlines.add(at, deadline);
        }
        deadlines.remove(gone.0, gone.1);
        assert!(deadlines.timed().eq(all));
        assert!(all.iter().all(|(at, deadline)| deadlines.has(*at, *deadline)));
        assert!(!deadlines.has(gone.0, gone.1) && !deadlines.has(at(1), all[1].1));
        let bytes = postcard::to_allocvec(&deadlines).unwrap();
        assert_eq!(bytes, postcard::to_allocvec(&all.to_vec()).unwrap());
        let mut read: Deadlines = postcard::from_bytes(&bytes).unwrap();
        for (place, due) in all.into_iter().enumerate() {
            assert_eq!(read.next(), due.0);
            assert_eq!(read.pop_due(at(place as u64 / 6)), None);
            assert_eq!(read.pop_due(at(3)), Some(due));
        }
        assert_eq!((read.next(), read.pop_due(at(9))), (Timestamp::NEVER, None));
    }
}
