//! What a lot of a case left unsold: put to a fund that promised to buy it, or taken by the creditor at the lot's reserve.

use super::{
    deal::{Deal, Step, Way, act_of},
    debt::Standing,
    matter::{Matter, Stage, working},
    offers::listing,
    paper::{Fen, Lien, points_of},
    venue::Year,
};
use crate::floor::{
    Party,
    buyers::{PUT_CONTRACT, agree_taking, exercise, put, sign_put, take},
    disposals::agree_in,
    yuan,
};
use protocol::{
    AssetId, BasisPoints, Date, Digest, LotId, PutId, Reject,
    buyers::{PutState, TakingState},
    disposal::{CaseAgreement, TitleRoad},
};

/// How many days the creditor has to take what a lot left.
const TAKING_DAYS: i32 = 30;

/// A fund's promise to buy what stays unsold.
#[derive(Debug)]
pub(super) struct Promise {
    id: PutId,
    /// The rights, each with what it was valued at.
    rights: Vec<(AssetId, Fen)>,
    share: u16,
    last: Date,
}

/// What a lot of a case left, at which reserve, and when it ended.
#[derive(Clone, Debug)]
pub(super) struct Left {
    lot: LotId,
    assets: Vec<AssetId>,
    reserve: Fen,
    ended: Date,
}

impl Matter {
    /// A fund promises to buy what stays unsold, for at most half of its value.
    pub(super) fn promise(&mut self, year: &mut Year) {
        let (loan, acting, pledgor) = (self.loan, year.acting(self.loan), self.pledgor());
        let (keeper, assets) = (year.people.keeper, self.standing());
        if self.promised.is_some() || assets.is_empty() || self.debt(year).state == Standing::Repaid {
            return;
        }
        let last = year.within(20, 400);
        let share = 10 + year.random.below(4_991) as u16;
        let asked = |fund: Party, share: u16| put(loan, &assets, fund, last, |asked| asked.share = BasisPoints(share));
        year.refused(acting.user, asked(keeper, 5_001), Reject::PutInvalid);
        year.refused(acting.user, asked(pledgor, share), Reject::BarredParty);
        let id = PutId(year.deal(acting.user, asked(keeper, share)));
        for by in [keeper, pledgor] {
            assert_eq!(year.told.puts[&id].state, PutState::Proposed);
            year.must(by.user, sign_put(id));
        }
        assert_eq!(year.told.puts[&id].state, PutState::InForce);
        let rights = assets.iter().map(|asset| (*asset, self.worth(&[*asset]))).collect();
        self.promised = Some(Promise {
            id,
            rights,
            share,
            last,
        });
        year.count("puts in force");
    }

    /// A lot ended and nobody had bid.
    pub(super) fn note_left(&mut self, deal: &Deal) {
        let case = self
            .case
            .as_mut()
            .filter(|_| deal.in_case && deal.way != Way::Agreement);
        if let Some(case) = case {
            case.left = Some(Left {
                lot: deal.lot(),
                assets: deal.assets.clone(),
                reserve: deal.start,
                ended: deal.closes,
            });
        }
    }

    /// What a lot left is put to the fund, or taken; whether anything came of it.
    pub(super) fn take_what_is_left(&mut self, year: &mut Year) -> bool {
        let standing = self.standing();
        let case = self.case.as_ref().expect("it is open");
        let (id, by_court) = (case.id, case.road == TitleRoad::Ruling);
        let still = |left: &&Left| left.assets.iter().all(|asset| standing.contains(asset));
        let Some(left) = case.left.as_ref().filter(still).cloned() else {
            return false;
        };
        let act = act_of(&left.assets);
        let other = self.other().filter(|_| !by_court).cloned();
        if let Some(other) = other.filter(|other| !self.agrees(year, other, act)) {
            self.consent(year, &other, act);
        }
        self.sell_all(year);
        if !by_court && self.promised.is_some() && !year.one_in(3) {
            return self.exercise(year, &left);
        }
        let (acting, pledgor) = (year.acting(self.loan), self.pledgor());
        let taking = take(id, left.lot, acting);
        if year.today() > working(Date(left.ended.0 + TAKING_DAYS)) {
            year.refused(acting.user, taking, Reject::TakingTooLate);
            return false;
        }
        let before = year.told.takings.get(&left.lot).map(|taking| taking.state);
        if before == Some(TakingState::Taken) {
            // It was not paid for, or undone: it may be taken again on the same word.
            year.refused(pledgor.user, agree_taking(id, left.lot), Reject::StateForbids);
        } else if by_court {
            year.refused(pledgor.user, agree_taking(id, left.lot), Reject::TitleRoadMissing);
        } else {
            if before.is_none() {
                year.refused(acting.user, taking.clone(), Reject::TakingNotAgreed);
            }
            year.refused(acting.user, agree_taking(id, left.lot), Reject::NotAParty);
            year.must(pledgor.user, agree_taking(id, left.lot));
        }
        let sale = year.deal(acting.user, taking);
        assert_eq!(year.told.takings[&left.lot].state, TakingState::Taken);
        year.count(if by_court { "taken from a court" } else { "taken" });
        let took = by_court.then_some(left.lot);
        self.sold_to(year, sale, acting, (&left, left.reserve), (None, took));
        true
    }

    /// The put is exercised, at its share of what the rights were valued at.
    fn exercise(&mut self, year: &mut Year, left: &Left) -> bool {
        let (acting, pledgor, keeper) = (year.acting(self.loan), self.pledgor(), year.people.keeper);
        let Promise {
            id,
            rights,
            share,
            last,
        } = self.promised.as_ref().expect("it was promised");
        let (id, share, last) = (*id, *share, *last);
        let named = |asset: &AssetId| rights.iter().find(|(of, _)| of == asset).map(|(_, value)| *value);
        let whole: Option<Fen> = left.assets.iter().map(named).sum();
        let asked = exercise(id, left.lot);
        let over = year.today() > last || year.told.puts[&id].state == PutState::Ended;
        let barred = left
            .assets
            .iter()
            .any(|asset| year.barred.contains(&(*asset, keeper.entity)));
        let fault = match whole {
            _ if over => Some(Reject::PutNotInForce),
            None => Some(Reject::NotOfPut),
            Some(_) if barred => Some(Reject::BarredDefaulter),
            Some(_) => None,
        };
        year.refused(pledgor.user, asked.clone(), Reject::NotAParty);
        if let Some(fault) = fault {
            year.refused(acting.user, asked, fault);
            return false;
        }
        let price = points_of(whole.expect("it names them"), share);
        let sale = year.deal(acting.user, asked);
        year.count("puts exercised");
        self.sold_to(year, sale, keeper, (left, price), (Some(PUT_CONTRACT), None));
        true
    }

    /// A sale that begins with its contract: its buyer and its price were agreed before.
    fn sold_to(
        &mut self,
        year: &mut Year,
        id: u64,
        buyer: Party,
        (left, price): (&Left, Fen),
        (signs, ruled): (Option<Digest>, Option<LotId>),
    ) {
        let today = year.today();
        assert_eq!(year.told.prices[&protocol::TransferId(id)], yuan(price));
        self.stage = Stage::OnSale(Deal {
            id,
            assets: left.assets.clone(),
            in_case: true,
            way: Way::Agreement,
            step: Step::Sold,
            next: year.in_days(1),
            come: vec![buyer],
            buyer: Some(buyer),
            start: price,
            price,
            deposit: 0,
            seller_fee: 0,
            premium: 0,
            opens: today,
            closes: today,
            signs,
            ruled,
        });
    }

    /// Once what is held covers all debts for which the rights stand pledged, and what the sales cost, nothing more is
    /// offered without the pledgor's word.
    fn enough(&self, year: &mut Year) {
        let case = self.case.as_ref().expect("it is open");
        let (today, assets) = (year.today(), self.standing());
        let of = |lien: &Lien| {
            let debt = &year.paper.debts[&lien.loan];
            debt.owed(today) + debt.backers.iter().map(|backer| backer.left).sum::<Fen>()
        };
        let asked: Fen = self.liens.iter().map(of).sum();
        let brought: Fen = case.held.iter().map(|held| held.price - held.fee).sum();
        let by_court = case.road == TitleRoad::Ruling;
        if case.held.is_empty() || case.all || by_court || assets.is_empty() || brought < asked {
            return;
        }
        let acting = year.acting(self.loan);
        let listed = listing(&assets, self.pledgor(), self.worth(&assets));
        let lacks = self.lacks(year, act_of(&assets), false);
        year.refused(acting.user, listed, lacks.unwrap_or(Reject::EnoughSold));
    }

    /// What is held may cover the debt by now, or before what is offered next is sold: the pledgor wants it sold.
    pub(super) fn sell_all(&mut self, year: &mut Year) {
        let pledgor = self.pledgor();
        self.enough(year);
        if let Some(case) = self.case.as_mut().filter(|case| !case.held.is_empty() && !case.all) {
            case.all = true;
            year.must(pledgor.user, agree_in(case.id, CaseAgreement::SellAll));
            year.count("pledgors that have all sold");
        }
    }
}
