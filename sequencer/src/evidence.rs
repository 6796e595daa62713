//! Whether a start may go on with what it finds: the journal holds everything that somebody outside knows to have been
//! durable, and the machine's clock can be believed.
//!
//! What always holds: it is asked when everything was read and before anything is changed; and what is accepted against
//! the evidence is accepted by name, the last command or the time, so that a flag which stays in a script accepts
//! nothing else.
//!
//! The limit: who takes the end of a journal away together with all evidence of it leaves nothing to find here. Then the
//! receipts of bidders, certificates, and copies of the public feed tell.

use journal::{Recovery, ReplayedBatch};
use protocol::{Digest, Seq, Timestamp, time::SECOND};
use std::time::Duration;

/// A gap this long is worth a word.
const GAP_WARNS: Duration = Duration::from_secs(3_600);
/// So far from the accepted time the clock may be.
const ACCEPTED_WITHIN: u64 = 3_600 * SECOND;

/// How far the journal is known to reach: its last durable batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The last command of the batch.
    pub seq: Seq,
    /// The batch's number.
    pub batch: u64,
    /// The batch's link of the chain: no other history has it.
    pub link: Digest,
    /// Whether an end mark follows it: the writer stopped cleanly.
    pub closed: bool,
}

/// What is known of a journal from outside of it, and what is accepted all the same.
#[derive(Clone, Debug)]
pub struct Known {
    /// The last mark that a writer left behind.
    pub mark: Option<Mark>,
    /// Commands of which somebody holds the venue's receipt, with their times.
    pub receipts: Vec<(Seq, Timestamp)>,
    /// The journal ends after this command, and that is accepted.
    pub accept_loss: Option<Seq>,
    /// The time is about this, and that is accepted.
    pub accept_time: Option<Timestamp>,
    /// The longest that a venue may have been down without somebody saying what time it is.
    pub gap_max: Duration,
    /// Whether the kernel says that nobody sets the machine's clock right.
    pub unsynchronised: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            mark: None,
            receipts: Vec::new(),
            accept_loss: None,
            accept_time: None,
            gap_max: Duration::from_secs(10 * 86_400),
            unsynchronised: false,
        }
    }
}

/// What the journal held and does not hold any more, as a start went on without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The last command that is left.
    pub left: Seq,
    /// The last one that is known of; nothing where it is only known that there were some.
    pub known: Option<Seq>,
}

/// Why a start does not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The journal lacks what was durable.
    #[error(
        "the end of the journal is missing: it ends with command {}, and {why}{}. Nothing was changed. Bring the journal's folder back \
         as it was (a backup, an archive, a standby). If what is missing is lost for good, `--accept-loss {}` goes on without it: that is \
         written into the journal, and everybody can read it",
        left.0,
        Range(*left, *known),
        left.0
    )]
    Missing {
        /// The last command that is left.
        left: Seq,
        /// The last command that is known of.
        known: Option<Seq>,
        /// How it is known.
        why: &'static str,
    },
    /// The journal is not the one that the evidence is of.
    #[error(
        "this is not the journal that was written here: at command {} {why}. Nothing was changed. Bring the right folder back. If its \
         commands are lost for good, `--accept-loss {}` goes on with this one: that is written into the journal, and everybody can read it",
        seq.0,
        left.0
    )]
    Another {
        /// Where the two part, as far as is known.
        seq: Seq,
        /// The last command of this journal.
        left: Seq,
        /// How it is known.
        why: &'static str,
    },
    /// The clock says that the venue was down for longer than is believed.
    #[error(
        "the machine's clock says {now}, and the last command is of {last}: {days} days. Nothing was changed. If the clock is wrong, mend \
         it first: what is journaled under a wrong time stays, and time never goes back. If it is right, start once with `--accept-time {now}`"
    )]
    Clock {
        /// What the clock says.
        now: Timestamp,
        /// The time of the last command.
        last: Timestamp,
        /// How far they lie apart.
        days: u64,
    },
    /// Nobody keeps the machine's clock right.
    #[error(
        "the kernel says that the machine's clock, {now}, is set right by nobody: what is journaled under a wrong time stays, and time never \
         goes back. Nothing was changed. Start a time service (chrony, systemd-timesyncd, ntpd) and wait until it has the time; or, if \
         you know that the clock is right, start with `--accept-time {now}`"
    )]
    Unsynchronised {
        /// What the clock says.
        now: Timestamp,
    },
}

struct Range(Seq, Option<Seq>);

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self(left, Some(known)) if known > left => {
                write!(f, ": commands {} to {} are missing", left.0 + 1, known.0)
            }
            _ => Ok(()),
        }
    }
}

/// A reading of the journal beside the evidence.
pub(crate) struct Comparison<'a> {
    known: &'a Known,
    /// What does not agree, and where.
    differs: Option<(Seq, &'static str)>,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(known: &'a Known) -> Self {
        Self { known, differs: None }
    }

    /// Looks at a batch that was read back.
    pub(crate) fn see(&mut self, batch: &ReplayedBatch<'_>) {
        let (Some(first), Some(last)) = (batch.requests.first(), batch.requests.last()) else {
            return;
        };
        if let Some(mark) = &self.known.mark
            && (first.seq..=last.seq).contains(&mark.seq)
            && (mark.seq, mark.batch, mark.link) != (last.seq, batch.number, batch.link)
        {
            self.differ(mark.seq, "the high-water mark knows of another batch");
        }
        for &(seq, at) in &self.known.receipts {
            let found = seq
                .0
                .checked_sub(first.seq.0)
                .and_then(|place| batch.requests.get(place as usize));
            if found.is_some_and(|found| found.at != at) {
                self.differ(seq, "a receipt that the venue signed is of another command");
            }
        }
    }

    fn differ(&mut self, seq: Seq, why: &'static str) {
        if self.differs.is_none_or(|(earlier, _)| seq < earlier) {
            self.differs = Some((seq, why));
        }
    }

    /// What is missing, if anything is; an error unless that was accepted.
    pub(crate) fn judge(&self, found: &Recovery) -> Result<Option<Missed>, Doubt> {
        let left = found.last;
        let Some(doubt) = self.doubt(found) else {
            if let Some(accepted) = self.known.accept_loss {
                tracing::warn!(accepted = accepted.0, "--accept-loss was said, and nothing is missing");
            }
            return Ok(None);
        };
        if self.known.accept_loss != Some(left) {
            return Err(doubt);
        }
        let known = self.evidence().map(|(seq, _)| seq).filter(|&known| known > left);
        tracing::error!(left = left.0, known = ?known.map(|known| known.0), "a loss was accepted: {doubt}");
        Ok(Some(Missed { left, known }))
    }

    /// The last command that is known of, and by what.
    fn evidence(&self) -> Option<(Seq, &'static str)> {
        let mark = self
            .known
            .mark
            .map(|mark| (mark.seq, "the high-water mark knows of more"));
        let receipts = self.known.receipts.iter().map(|&(seq, _)| seq).max();
        let receipt = receipts.map(|seq| (seq, "the venue signed a receipt of a later one"));
        mark.into_iter().chain(receipt).max_by_key(|&(seq, _)| seq)
    }

    fn doubt(&self, found: &Recovery) -> Option<Doubt> {
        let left = found.last;
        let missing = |known, why| Some(Doubt::Missing { left, known, why });
        if let Some((seq, why)) = self.differs {
            return Some(Doubt::Another { seq, left, why });
        }
        if let Some((known, why)) = self.evidence().filter(|&(known, _)| known > left) {
            return missing(Some(known), why);
        }
        if found.next_is_missing {
            return missing(None, "the segment that was prepared after its last one is not there");
        }
        let closed = self.known.mark.is_some_and(|mark| mark.closed && mark.seq == left);
        // A torn end is that of a start after the stop, killed before the mark was written anew.
        if closed && !found.clean && found.cut.is_none() {
            return missing(
                None,
                "the end mark of a clean stop, of which the high-water mark knows, is not there",
            );
        }
        None
    }
}

/// Whether the clock can be believed that says it is `now`, where the last command, if there is one, is of `last`.
pub(crate) fn believe(now: Timestamp, last: Option<Timestamp>, known: &Known) -> Result<(), Doubt> {
    let accepted = |accepted: Timestamp| accepted.0.abs_diff(now.0) <= ACCEPTED_WITHIN;
    let accepted = known.accept_time.is_some_and(accepted);
    if known.unsynchronised && !accepted {
        return Err(Doubt::Unsynchronised { now });
    }
    let Some(last) = last else { return Ok(()) };
    let gap = Duration::from_nanos(now.0.saturating_sub(last.0));
    if now < last {
        let behind_s = (last.0 - now.0).div_ceil(SECOND);
        tracing::warn!(
            %now, %last, behind_s,
            "the machine's clock is behind the last command: time stands still until it has caught up, and no lot opens or ends"
        );
    } else if gap > known.gap_max && !accepted {
        let days = gap.as_secs() / 86_400;
        return Err(Doubt::Clock { now, last, days });
    } else if gap > GAP_WARNS {
        let gap_s = gap.as_secs();
        tracing::warn!(%now, %last, gap_s, accepted, "the last command is long ago: is the machine's clock right?");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: Timestamp = Timestamp(1_772_416_800_000_000_000);
    const DAY: u64 = 86_400 * SECOND;

    #[test]
    fn a_clock_is_believed_for_ten_days_and_then_by_name_alone() {
        let known = Known::default();
        for now in [
            LAST.after(10 * DAY),
            LAST,
            Timestamp(LAST.0 - DAY),
            LAST.after(2 * 3_600 * SECOND),
        ] {
            assert_eq!(believe(now, Some(LAST), &known), Ok(()), "{now}");
        }
        let now = LAST.after(11 * DAY);
        let doubt = believe(now, Some(LAST), &known).unwrap_err();
        assert_eq!(
            doubt,
            Doubt::Clock {
                now,
                last: LAST,
                days: 11
            }
        );
        assert!(doubt.to_string().contains(&format!("--accept-time {now}")), "{doubt}");
        let accepting = |accepted| Known {
            accept_time: Some(accepted),
            ..Known::default()
        };
        assert_eq!(believe(now.after(60 * SECOND), Some(LAST), &accepting(now)), Ok(()));
        // The flag of a month ago is no word on this start.
        assert!(believe(now.after(30 * DAY), Some(LAST), &accepting(now)).is_err());
        assert!(believe(now, Some(LAST), &accepting(LAST)).is_err());
    }
    #[test]
    fn a_clock_that_nobody_sets_is_believed_by_name_alone() {
        let asked = |accept_time| Known {
            accept_time,
            unsynchronised: true,
            ..Known::default()
        };
        for last in [None, Some(LAST)] {
            let doubt = believe(LAST, last, &asked(None)).unwrap_err();
            assert_eq!(doubt, Doubt::Unsynchronised { now: LAST });
            assert!(doubt.to_string().contains(&format!("--accept-time {LAST}")), "{doubt}");
            assert_eq!(believe(LAST.after(SECOND), last, &asked(Some(LAST))), Ok(()));
            assert!(believe(LAST.after(DAY), last, &asked(Some(LAST))).is_err());
        }
    }
}
