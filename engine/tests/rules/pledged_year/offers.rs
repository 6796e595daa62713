//! Rights are offered: by their owner under the pledgees' consents, in a case by agreement or by lot, by a court; and not
//! by whom, for what or without what they may not be.

use super::{
    deal::{Deal, RISE, Step, Way, act_of},
    matter::{Matter, Stage, value_anew},
    paper::Fen,
    venue::Year,
};
use crate::floor::{
    OPERATOR, Party,
    disposals::below,
    room::ascending,
    sales::{CONTRACT, PAPER, express, qualify, terms_of},
    yuan,
};
use protocol::{
    AssetId, BasisPoints, Command, Reject, TransferId, UserId, ValuationId,
    auction::{AnnounceLot, CourtSale, Format},
    disposal::TitleRoad,
    maxima::Maxima,
    pledge::PledgeAct,
    transfer::{LegalBasis, ListTransfer},
};

impl Matter {
    /// The owner sells with the consents, and not without.
    pub(super) fn sell_by_owner(&mut self, year: &mut Year) {
        let assets = self.some_rights(year);
        if assets.is_empty() {
            return;
        }
        let pledgor = self.pledgor();
        let ask = year.fen(100, self.worth(&assets) * 3 / 2);
        let list = listing(&assets, pledgor, ask);
        let act = act_of(&assets);
        if let Some(reject) = self.lacks(year, act, true) {
            year.refused(pledgor.user, list.clone(), reject);
        }
        for lien in self.liens.clone() {
            if !self.agrees(year, &lien, act) {
                self.consent(year, &lien, act);
            }
        }
        self.list(year, pledgor.user, list, (assets, ask), false);
        year.count("sales by owners");
    }

    /// Why pledgees who are asked do not agree yet.
    pub(super) fn lacks(&self, year: &Year, act: PledgeAct, own: bool) -> Option<Reject> {
        let asked = self.liens.iter().filter(|lien| own || lien.loan != self.loan);
        asked.filter_map(|lien| self.lack(year, lien, act)).min()
    }

    /// One of its rights, or all of them.
    pub(super) fn some_rights(&self, year: &mut Year) -> Vec<AssetId> {
        let all = self.standing();
        if all.len() < 2 || year.one_in(3) {
            return all;
        }
        vec![year.random.of(&all)]
    }

    pub(super) fn worth(&self, assets: &[AssetId]) -> Fen {
        let of = self.rights.iter().filter(|right| assets.contains(&right.asset));
        of.map(|right| right.value).sum()
    }

    /// Rights of the case are offered, by the road of its title.
    pub(super) fn offer(&mut self, year: &mut Year) {
        let (road, case) = {
            let case = self.case.as_ref().expect("it is open");
            (case.road, case.id)
        };
        let (acting, pledgor) = (year.acting(self.loan), self.pledgor());
        let assets = self.some_rights(year);
        let come = self.come(year, &assets);
        if come.is_empty() {
            // Nobody is left who may buy.
            return self.end_case(year);
        }
        self.sell_all(year);
        let worth = self.worth(&assets);
        if road == TitleRoad::Ruling {
            let listed = listing(&assets, pledgor, worth);
            let lacks = self.lacks(year, act_of(&assets), false);
            year.refused(acting.user, listed, lacks.unwrap_or(Reject::TitleRoadMissing));
            return self.announce_by_court(year, assets[0]);
        }
        let act = act_of(&assets);
        let seller = if road == TitleRoad::Assignment && year.one_in(2) {
            pledgor
        } else {
            acting
        };
        let fair = listing(&assets, pledgor, worth);
        if let Some(reject) = self.lacks(year, act, false) {
            year.refused(seller.user, fair.clone(), reject);
        }
        if let Some(other) = self.other().filter(|other| !self.agrees(year, other, act)).cloned() {
            self.consent(year, &other, act);
        }
        if road == TitleRoad::Mandate {
            year.refused(pledgor.user, fair, Reject::UnderDisposal);
        }
        let way = if year.one_in(2) { Way::Agreement } else { Way::Lot };
        if way == Way::Lot {
            return self.announce(year, seller, assets);
        }
        let floor = i128::from(worth) * i128::from(self.case.as_ref().expect("it is open").floor);
        let mut ask = year.fen(1, worth * 3 / 2);
        if i128::from(ask) * 10_000 < floor && self.below.is_none_or(|below| ask < below) {
            year.refused(seller.user, listing(&assets, pledgor, ask), Reject::BelowMarket);
            if year.one_in(2) {
                year.refused(acting.user, below(case, yuan(ask)), Reject::NotAParty);
                year.must(pledgor.user, below(case, yuan(ask)));
                self.below = Some(ask);
            } else {
                ask = worth;
            }
        }
        let list = listing(&assets, pledgor, ask);
        self.list(year, seller.user, list, (assets, ask), true);
    }

    /// Who may buy these: those who never let it fall.
    pub(super) fn come(&self, year: &mut Year, assets: &[AssetId]) -> Vec<Party> {
        let may = |buyer: &Party| !assets.iter().any(|asset| year.barred.contains(&(*asset, buyer.entity)));
        let mut come: Vec<Party> = year.people.buyers.into_iter().filter(may).collect();
        let places = come.len() as u64;
        if places > 1 {
            let first = year.random.below(places) as usize;
            come.rotate_left(first);
        }
        come.truncate(if year.one_in(3) { 2 } else { 1 });
        come
    }

    pub(super) fn list(
        &mut self,
        year: &mut Year,
        seller: UserId,
        list: Command,
        (assets, ask): (Vec<AssetId>, Fen),
        in_case: bool,
    ) {
        let id = year.deal(seller, list);
        let transfer = TransferId(id);
        let acting = year.acting(self.loan);
        let mut come = self.come(year, &assets);
        if year.one_in(12) {
            come.clear();
        }
        if in_case && year.one_in(2) {
            year.refused(acting.user, express(transfer, acting), Reject::BarredParty);
        }
        for buyer in &come {
            year.must(buyer.user, express(transfer, *buyer));
            year.must(OPERATOR, qualify(transfer, buyer.entity, true));
        }
        year.count(if in_case {
            "listed in a case"
        } else {
            "listed by an owner"
        });
        let today = year.today();
        self.stage = Stage::OnSale(Deal {
            id,
            assets,
            in_case,
            way: Way::Agreement,
            step: Step::Offered,
            next: year.in_days(9),
            come,
            buyer: None,
            start: ask,
            price: 0,
            deposit: 0,
            seller_fee: 0,
            premium: 0,
            opens: today,
            closes: today,
            signs: Some(CONTRACT),
            ruled: None,
        });
    }

    pub(super) fn announce(&mut self, year: &mut Year, seller: Party, assets: Vec<AssetId>) {
        let start = year.fen(1_000, self.worth(&assets).max(1_000));
        let deposit = year.fen(0, start / 2);
        let (opens, closes) = (year.in_days(2), year.in_days(3));
        self.pay_dues(year, &assets);
        let mut terms = AnnounceLot::plain(
            assets.clone(),
            self.pledgor().account,
            ascending(start, RISE),
            yuan(deposit),
            opens.start(),
            closes.start(),
        );
        terms.qualifies_at = year.in_days(1).start();
        let (seller_fee, premium) = (year.random.of(&[0, 80, 333]), year.random.of(&[0, 100]));
        (terms.fees.seller, terms.fees.premium) = (BasisPoints(seller_fee), BasisPoints(premium));
        let id = year.deal(seller.user, Command::AnnounceLot(Box::new(terms)));
        year.count("lots announced");
        self.stage = Stage::OnSale(Deal {
            id,
            come: self.come(year, &assets),
            assets,
            in_case: true,
            way: Way::Lot,
            step: Step::Offered,
            next: opens,
            buyer: None,
            start,
            price: 0,
            deposit,
            seller_fee,
            premium,
            opens,
            closes,
            signs: None,
            ruled: None,
        });
    }

    pub(super) fn announce_by_court(&mut self, year: &mut Year, asset: AssetId) {
        let value = self.worth(&[asset]);
        let valuation = ValuationId::from(protocol::Seq(value_anew(year, asset, value)));
        let start = year.fen((value * 7 + 9) / 10, value);
        let (opens, closes) = (year.in_days(31), year.in_days(33));
        self.pay_dues(year, &[asset]);
        let deposit = start / 10;
        let mut terms = AnnounceLot::plain(
            vec![asset],
            self.pledgor().account,
            ascending(start, RISE),
            yuan(deposit),
            opens.start(),
            closes.start(),
        );
        if let Format::Ascending(format) = &mut terms.format {
            format.maxima = Maxima::NotTaken;
        }
        terms.qualifies_at = year.in_days(1).start();
        terms.basis = LegalBasis::Judicial;
        terms.valuation = Some(valuation);
        terms.court = Some(CourtSale {
            notified: year.in_days(-5),
            prior_claims: yuan(0),
            insisted: false,
            order: Some(PAPER),
            debt: None,
            commissioned: false,
        });
        let ahead = self.ahead(year);
        if start <= ahead {
            // A sale of which its applicant has nothing is none.
            let announce = Command::AnnounceLot(Box::new(terms));
            year.refused(OPERATOR, announce, Reject::UselessSale);
            year.count("sales for nobody's benefit");
            return self.end_case(year);
        }
        let announce = Command::AnnounceLot(Box::new(terms));
        let id = year.deal(OPERATOR, announce);
        year.count("lots of a court");
        self.stage = Stage::OnSale(Deal {
            id,
            come: self.come(year, &[asset]),
            assets: vec![asset],
            in_case: true,
            way: Way::Court,
            step: Step::Offered,
            next: opens,
            buyer: None,
            start,
            price: 0,
            deposit,
            seller_fee: 0,
            premium: 0,
            opens,
            closes,
            signs: None,
            ruled: None,
        });
    }
}

pub(super) fn listing(assets: &[AssetId], pledgor: Party, ask: Fen) -> Command {
    let terms = ListTransfer {
        ask: yuan(ask),
        ..terms_of(assets, pledgor)
    };
    Command::ListTransfer(Box::new(terms))
}
