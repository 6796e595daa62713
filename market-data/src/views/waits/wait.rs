//! An entry: what waits, for whom, about which record, until when.

use super::{
    day::{Day, Until},
    kinds::Does,
};
use crate::views::records::Key;
use protocol::{Amount, AssetId, Date, EntityId, Timestamp, UserId, party::Roles};

/// For whom something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A house, by its own business.
    House(EntityId),
    /// The venue's operators, by their office.
    Operators,
    /// The users of courts, by theirs.
    Courts,
}

/// Whom of its house it concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// Anyone.
    #[default]
    Anyone,
    /// This user alone.
    Only(UserId),
    /// Whoever has one of these roles.
    Having(Roles),
    /// Whoever may be the second person beside this user.
    Second(UserId),
}

/// Something that waits for a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is to be done.
    pub does: Does,
    /// For whom it waits.
    pub party: Party,
    /// Whom of it.
    pub who: Who,
    /// The record that it is about, which its party reads.
    pub record: Key,
    /// The last day or moment on which it is in time; none: no deadline runs.
    pub until: Option<Until>,
    /// The rights that it is about, where its record does not name them.
    pub assets: Vec<AssetId>,
    /// What is at stake, where a record tells it.
    pub stake: Option<Amount>,
    /// From when on it waits; before that day it is kept, and not told.
    pub from: Option<Date>,
    /// When it began to wait.
    pub since: Timestamp,
}

/// Where an entry stands among those of its party: by its deadline, then by what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The first moment that is too late; [`Timestamp::NEVER`] where no deadline runs.
    pub late_at: Timestamp,
    /// Which kind of record.
    pub kind: u8,
    /// Which of them.
    pub numbers: [u64; 4],
    /// What is to be done.
    pub does: u8,
}

impl Wait {
    /// Something that anyone of the party does, about a record that names its rights, without a deadline.
    pub(super) fn new(does: Does, party: Party, record: Key) -> Self {
        Self {
            does,
            party,
            who: Who::Anyone,
            record,
            until: None,
            assets: Vec::new(),
            stake: None,
            from: None,
            since: Timestamp::default(),
        }
    }

    pub(super) fn until(self, day: impl Into<Option<Day>>) -> Self {
        let until = day.into().map(Day::until);
        Self { until, ..self }
    }

    pub(super) fn stake(self, stake: impl Into<Option<Amount>>) -> Self {
        let stake = stake.into();
        Self { stake, ..self }
    }

    pub(super) fn assets(self, assets: impl IntoIterator<Item = AssetId>) -> Self {
        let assets = assets.into_iter().collect();
        Self { assets, ..self }
    }

    pub(super) fn from(self, day: Date) -> Self {
        let from = Some(day);
        Self { from, ..self }
    }

    /// Whom of the party it concerns.
    pub(super) fn of(self, who: Who) -> Self {
        Self { who, ..self }
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place {
            late_at: self.until.map_or(Timestamp::NEVER, Until::late_at),
            kind: self.record.kind as u8,
            numbers: self.record.numbers,
            does: self.does as u8,
        }
    }

    /// Whether it is too late by now.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until.late_at() <= now)
    }
}
