//! The fees of a licence back to the owner, on paper: one for each period, odd days by their number; what is late bears
//! interest, and grace ends on a day that works.

use super::{debt::Growing, matter::working, paper::Fen};
use protocol::{Date, reverse::ReverseLicenceState as State};

/// What was agreed of the fees of a licence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    pub fee: Fen,
    /// Months of a period, and from which day they are counted.
    pub months: u32,
    pub anchor: Date,
    pub begins: Date,
    /// The first day after it.
    pub ends: Date,
    pub grace: i32,
    pub late: u32,
}

/// A fee: it can be paid from a day on, and is due on the first that it is not for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fee {
    pub from: Date,
    pub due: Date,
    pub unpaid: Fen,
    late: Growing,
}

/// The fees of a licence, and how far they are paid.
#[derive(Debug)]
pub(super) struct Fees {
    pub agreed: Agreed,
    unpaid: Vec<Fee>,
}

impl Fees {
    pub(super) fn new(agreed: Agreed) -> Self {
        let Agreed { begins, ends, .. } = agreed;
        let mut unpaid = vec![];
        for count in 0.. {
            let month = |count: u32| agreed.anchor.plus_months(agreed.months * count);
            let (whole_from, whole_to) = (month(count), month(count + 1));
            if whole_from >= ends {
                break;
            }
            let (from, due) = (whole_from.max(begins), whole_to.min(ends));
            if from >= due {
                continue;
            }
            // Half up.
            let (days, whole) = (Fen::from(due.0 - from.0), Fen::from(whole_to.0 - whole_from.0));
            unpaid.push(Fee {
                from,
                due,
                unpaid: (agreed.fee * days * 2 + whole) / (2 * whole),
                late: Growing::new(agreed.late, due),
            });
        }
        Self { agreed, unpaid }
    }

    /// The oldest that is unpaid.
    pub(super) fn next(&self) -> Option<&Fee> {
        self.unpaid.first()
    }

    /// The one behind it.
    pub(super) fn after_next(&self) -> Option<&Fee> {
        self.unpaid.get(1)
    }

    fn last_of_grace(&self, fee: &Fee) -> Date {
        working(Date(fee.due.0 + self.agreed.grace))
    }

    /// How its licence stands on a day, if nothing else ended it.
    pub(super) fn stand(&self, today: Date) -> State {
        match self.next() {
            _ if today < self.agreed.begins => State::Consented,
            Some(fee) if today <= fee.due => State::Active,
            Some(fee) if today <= self.last_of_grace(fee) => State::Grace,
            Some(_) => State::Terminated,
            None if today < self.agreed.ends => State::Active,
            None => State::Expired,
        }
    }

    /// On which day it ends by itself if nobody pays.
    pub(super) fn over_at(&self) -> Date {
        self.next()
            .map_or(self.agreed.ends, |fee| self.last_of_grace(fee).next())
    }

    /// Whether its term is over and the last fee can still be paid.
    pub(super) fn awaits_last(&self, today: Date) -> bool {
        self.agreed.ends <= today && self.next().is_some()
    }

    /// What all that is late bears.
    pub(super) fn late(&self, today: Date) -> Fen {
        self.unpaid.iter().map(|fee| fee.late.due(fee.unpaid, today)).sum()
    }

    /// Pays of the oldest, while so much is owed: on its late interest, and on the debt. What the debt does not need is
    /// not taken.
    pub(super) fn pay(&mut self, amount: Fen, owed: Fen, today: Date) -> [Fen; 2] {
        let fee = &mut self.unpaid[0];
        let late = fee.late.pay(fee.unpaid, amount, today);
        let on_debt = (amount - late).min(owed);
        fee.unpaid -= late + on_debt;
        if fee.unpaid == 0 {
            self.unpaid.remove(0);
        }
        [late, on_debt]
    }
}
