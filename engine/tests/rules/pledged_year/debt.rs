//! A debt on paper: simple loans alone (ACT/360, interest at the end or none), so that interest is one line.

use super::paper::Fen;
use protocol::{Date, EntityId, plan::PayerKind};

/// Millionths of a rate, times 360 days.
const YEAR: i128 = 360_000_000;

/// What grows on a sum by the day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growing {
    rate: i128,
    /// Fen times rate times days, up to the day.
    grown: i128,
    reckoned: Date,
    paid: Fen,
}

impl Growing {
    pub(super) fn new(rate: u32, from: Date) -> Self {
        Self {
            rate: rate.into(),
            grown: 0,
            reckoned: from,
            paid: 0,
        }
    }

    fn grown(&self, sum: Fen, on: Date) -> i128 {
        self.grown + i128::from(sum) * self.rate * i128::from((on.0 - self.reckoned.0).max(0))
    }

    /// Up to a day, rounded half up, less what was paid.
    pub(super) fn due(&self, sum: Fen, on: Date) -> Fen {
        ((self.grown(sum, on) * 2 + YEAR) / (2 * YEAR)) as Fen - self.paid
    }

    /// What of a payment is on it.
    pub(super) fn pay(&mut self, sum: Fen, amount: Fen, on: Date) -> Fen {
        let asked = self.due(sum, on);
        let part = amount.min(asked);
        // Who pays all of it has settled it: the next is rounded apart.
        let settled = part > 0 && part == asked;
        (self.grown, self.paid) = if settled {
            (0, 0)
        } else {
            (self.grown(sum, on), self.paid + part)
        };
        self.reckoned = self.reckoned.max(on);
        part
    }
}

/// Who paid a loan in its debtor's place, and has so much of it not back yet.
#[derive(Clone, Debug)]
pub(super) struct Backer {
    pub entity: EntityId,
    pub kind: PayerKind,
    pub agreed: bool,
    pub on: Date,
    pub left: Fen,
}

impl Backer {
    /// What it takes over of a pledge that the debtor gave, or somebody else.
    pub(super) fn takes_over(&self, third_party: bool) -> Fen {
        let takes = match self.kind {
            PayerKind::Guarantor => self.agreed || !third_party,
            PayerKind::Insurer | PayerKind::Interested => true,
            PayerKind::Fund => self.agreed,
        };
        if takes { self.left } else { 0 }
    }
}

/// How a loan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Running,
    Default,
    Repaid,
}

/// What is owed on a loan.
#[derive(Clone, Debug)]
pub(super) struct Debt {
    pub debtor: EntityId,
    /// Who holds it, by parts; the acting one first.
    pub holders: Vec<(EntityId, u32)>,
    /// How much was lent, when, and until which day.
    pub lent: Fen,
    pub drawn: Date,
    pub due: Date,
    pub principal: Fen,
    pub costs: Fen,
    pub state: Standing,
    pub backers: Vec<Backer>,
    interest: Growing,
}

impl Debt {
    pub(super) fn new(
        debtor: EntityId,
        holders: Vec<(EntityId, u32)>,
        principal: Fen,
        rate: u32,
        [drawn, due]: [Date; 2],
    ) -> Self {
        Self {
            debtor,
            holders,
            lent: principal,
            drawn,
            due,
            principal,
            costs: 0,
            state: Standing::Running,
            backers: vec![],
            interest: Growing::new(rate, drawn),
        }
    }

    /// Up to which day it is reckoned.
    pub(super) fn reckoned(&self) -> Date {
        self.interest.reckoned
    }

    /// Costs, interest, principal.
    pub(super) fn parts(&self, on: Date) -> [Fen; 3] {
        [self.costs, self.interest.due(self.principal, on), self.principal]
    }

    pub(super) fn owed(&self, on: Date) -> Fen {
        self.parts(on).iter().sum()
    }

    pub(super) fn acting(&self) -> EntityId {
        self.holders[0].0
    }

    pub(super) fn weights(&self) -> Vec<Fen> {
        self.holders.iter().map(|(_, parts)| Fen::from(*parts)).collect()
    }

    /// Counts a payment: costs, interest, principal, and what of it is which. With the last of it, and once who paid in the
    /// debtor's place has that back, the loan is repaid.
    pub(super) fn pay(&mut self, amount: Fen, on: Date) -> [Fen; 3] {
        let costs = amount.min(self.costs);
        let interest = self.interest.pay(self.principal, amount - costs, on);
        let principal = amount - costs - interest;
        assert!(principal <= self.principal, "nobody pays more than is owed");
        (self.costs, self.principal) = (self.costs - costs, self.principal - principal);
        self.end_if_paid(on);
        [costs, interest, principal]
    }

    pub(super) fn end_if_paid(&mut self, on: Date) {
        if self.owed(on) == 0 && self.backers.iter().all(|backer| backer.left == 0) {
            self.state = Standing::Repaid;
        }
    }
}
