//! Lots of one court's order: one debt, and no more is sold than covers it.

use crate::floor::{OPERATOR, day, grants::plain, refuses, room::*, sales::PAPER, yuan};
use protocol::{
    AssetId, Command, Digest, LotId, Receipt, Reject,
    auction::{AnnounceLot, CourtSale, Format, LotState},
    maxima::Maxima,
    title::{Basis, NamedValue, RecordValuation},
    transfer::LegalBasis,
};

const ORDER: Digest = Digest([9; 32]);
/// When the lots that are announced at the beginning open, in seconds.
const OPENS: u64 = 31 * 86_400;

struct Court {
    room: Room,
    rights: Vec<AssetId>,
}

impl Court {
    fn new(rights: usize) -> Self {
        let mut room = Room::new();
        let ana = room.market.ana;
        let rights = (2..2 + rights)
            .map(|number| room.market.floor.right(ana.entity, &format!("US{number}"), plain))
            .collect();
        Self { room, rights }
    }

    /// A lot of one of the rights at 70,000.00, for this debt and behind these claims.
    fn lot(&mut self, right: usize, debt: Option<i64>, prior: i64) -> AnnounceLot {
        let asset = self.rights[right];
        let valuation = RecordValuation {
            asset,
            basis: Basis::Agreed(NamedValue { amount: yuan(100_000) }),
            expires: day(2027, 3, 1),
            evidence: PAPER,
        };
        let record = Command::RecordValuation(Box::new(valuation));
        let Receipt::Deal(seq) = self.room.market.floor.must(OPERATOR, record) else {
            panic!()
        };
        let mut terms = self.room.terms(ascending(70_000, 1_000));
        let Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.maxima = Maxima::NotTaken;
        terms.assets = vec![asset];
        terms.basis = LegalBasis::Judicial;
        terms.valuation = Some(protocol::ValuationId::from(seq));
        terms.deposit = yuan(7_000);
        terms.opens_at = self.room.at(OPENS);
        terms.closes_at = self.room.at(OPENS + 2 * 86_400);
        terms.court = Some(CourtSale {
            notified: day(2026, 2, 26),
            prior_claims: yuan(prior),
            insisted: false,
            order: Some(ORDER),
            debt: debt.map(yuan),
            commissioned: false,
        });
        terms
    }

    fn announce(&mut self, right: usize, debt: Option<i64>, prior: i64) -> LotId {
        let terms = self.lot(right, debt, prior);
        self.room.announce(&terms)
    }

    fn refuses(&mut self, terms: &AnnounceLot, reject: Reject) {
        let announce = Command::AnnounceLot(Box::new(terms.clone()));
        refuses(&mut self.room.market.floor, OPERATOR, announce, reject);
    }

    /// Bo buys at the start and pays.
    fn sell(&mut self, lot: LotId) {
        let [bo, ..] = self.room.bidders();
        self.room.go(self.room.at(100));
        self.room.enter(lot, bo);
        self.room.go(self.room.at(OPENS));
        self.room.bid(lot, bo, 70_000);
        self.room.tick(self.room.at(OPENS + 2 * 86_400));
        self.room.market.floor.must(bo.user, pay(lot));
    }
}

#[test]
fn lots_of_one_order_name_one_debt() {
    let mut court = Court::new(2);
    let first = court.announce(0, Some(200_000), 0);
    for debt in [Some(199_999), None] {
        let terms = court.lot(1, debt, 0);
        court.refuses(&terms, Reject::DebtDiffers);
    }
    // Another order is another matter, and so is a lot that is no court's.
    let mut terms = court.lot(1, Some(1), 0);
    terms.court.as_mut().unwrap().order = Some(PAPER);
    let other = court.room.announce(&terms);
    court.room.market.floor.must(OPERATOR, withdraw(other));
    // Once the lots are over and nothing was sold, the court may name another sum.
    court.room.market.floor.must(OPERATOR, withdraw(first));
    let lot = court.announce(1, Some(60_000), 0);
    let terms = court.lot(0, Some(200_000), 0);
    court.refuses(&terms, Reject::DebtDiffers);
    // What was paid for counts as long as it is not undone.
    court.sell(lot);
    let terms = next_month(&court, terms);
    court.refuses(&terms, Reject::DebtDiffers);
    let terms = for_debt(terms, 60_000);
    court.refuses(&terms, Reject::DebtCovered);
    court.room.market.floor.must(OPERATOR, Command::AnnulLot(step_of(lot)));
    court.room.announce(&terms);
}

fn for_debt(mut terms: AnnounceLot, debt: i64) -> AnnounceLot {
    terms.court.as_mut().unwrap().debt = Some(yuan(debt));
    terms
}

fn withdraw(lot: LotId) -> Command {
    Command::WithdrawLot(step_of(lot))
}

/// The same lot, announced when the lots of the beginning are over.
fn next_month(court: &Court, mut terms: AnnounceLot) -> AnnounceLot {
    let at = |days: u64| court.room.at(OPENS + days * 86_400);
    (terms.qualifies_at, terms.opens_at, terms.closes_at) = (at(3), at(40), at(42));
    terms
}

#[test]
fn what_comes_before_the_debt_does_not_cover_it() {
    for (prior, sold_on) in [(0, false), (10_000, false), (10_001, true)] {
        let mut court = Court::new(2);
        let first = court.announce(0, Some(60_000), prior);
        let mut other = court.lot(1, Some(60_000), 0);
        other.closes_at = court.room.at(OPENS + 9 * 86_400);
        let other = court.room.announce(&other);
        court.sell(first);
        let state = court.room.lot(other).state;
        let expected = if sold_on { LotState::Open } else { LotState::Withdrawn };
        assert_eq!(state, expected, "{prior} come before it");
    }
}
