//! Rights on offer: by agreement, by lot, by a court's lot; in a case, or by their owner under the pledgees' consents. From
//! the offer to the title, and from the price that is held to who has it.

use super::{
    matter::{Brought, Matter, Stage, outsider, value_anew},
    paper::{Asked, Fen, Split, Tax, Who, points_of, shares},
    venue::{FEES, VENUE, Year},
};
use crate::floor::{
    OPERATOR, Party,
    disposals::{below, distribute, payee, release, scheme},
    room::{ascending, bid as bid_lot, enter, pay, step_of},
    sales::{CONTRACT, PAPER, answer, bid, cancel, express, file, fund, qualify, sign, terms_of},
    yuan,
};
use protocol::{
    AssetId, BasisPoints, Command, Date, EntityId, LotId, Reject, TransferId, UserId, ValuationId,
    auction::{AnnounceLot, CourtSale, Format, LotState, SettleDefault},
    disposal::{DistributeProceeds, SchemeShare, TitleRoad},
    maxima::Maxima,
    plan::{Attachment, CostKind, OwnersPart, Payee, SaleCost, TaxArrears, Taxpayer},
    pledge::{PledgeAct, PledgeState},
    transfer::{LegalBasis, ListTransfer, TransferRefusal, TransferState},
};
use std::collections::BTreeMap;

/// How rights are sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Agreement,
    Lot,
    Court,
}

/// How far a sale has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// On offer: listed, or announced.
    Offered,
    /// Several bid.
    Bidding,
    /// The bidding is over, or a contract is to be signed.
    Sold,
    /// The buyer lets the time to pay pass.
    Unpaid,
    /// The price is held at the buyer's.
    Funded,
    /// The pledgee has filed its release.
    Released,
    /// The office is to answer.
    Filed,
}

/// Rights on offer.
#[derive(Debug)]
pub(super) struct Deal {
    pub id: u64,
    pub assets: Vec<AssetId>,
    pub in_case: bool,
    way: Way,
    step: Step,
    next: Date,
    /// Who may come to buy it, and who does.
    come: Vec<Party>,
    buyer: Option<Party>,
    start: Fen,
    price: Fen,
    deposit: Fen,
    seller_fee: u16,
    premium: u16,
    opens: Date,
    closes: Date,
}

/// What a bid rises by, in fen.
const RISE: Fen = 100;

impl Deal {
    fn transfer(&self) -> TransferId {
        TransferId(self.id)
    }

    fn lot(&self) -> LotId {
        LotId(self.id)
    }

    /// In how many days something happens to it.
    pub(super) fn wait(&self, today: Date) -> i32 {
        self.next.0 - today.0
    }

    /// Whether somebody is bound to buy.
    pub(super) fn is_bound(&self) -> bool {
        !matches!(self.step, Step::Offered | Step::Bidding)
    }

    pub(super) fn is_too_late_to_cure(&self, today: Date) -> bool {
        self.is_bound() || self.way != Way::Agreement && self.opens <= today
    }

    /// Whether its buyer let the time to pay pass, and the deposit stays.
    pub(super) fn is_forfeited(&self, year: &Year) -> bool {
        self.way != Way::Agreement && year.told.lots[&self.lot()] == LotState::Defaulted
    }

    pub(super) fn by_court(&self) -> bool {
        self.way == Way::Court
    }

    pub(super) fn act(&self) -> PledgeAct {
        act_of(&self.assets)
    }

    /// It came to nothing, as the engine tells.
    pub(super) fn check_failed(&self, year: &Year) {
        let sale = year.told.sales.get(&self.transfer());
        let lot = year.told.lots.get(&self.lot());
        let sale_failed = matches!(sale, None | Some(TransferState::Cancelled | TransferState::Refunded));
        let ended = [
            LotState::Withdrawn,
            LotState::Annulled,
            LotState::Unsold,
            LotState::Defaulted,
        ];
        let lot_failed = lot.is_none_or(|state| ended.contains(state));
        assert!(sale_failed && lot_failed, "{self:?}: {sale:?}, {lot:?}");
    }
}

fn act_of(assets: &[AssetId]) -> PledgeAct {
    if assets.len() > 1 {
        PledgeAct::Bundle
    } else {
        PledgeAct::Transfer
    }
}

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
        if let Some(reject) = self.lacks(act, true) {
            year.refused(pledgor.user, list.clone(), reject);
        }
        for lien in self.liens.clone() {
            if !self.agrees(&lien, act) {
                self.consent(year, &lien, act);
            }
        }
        self.list(year, pledgor.user, list, (assets, ask), false);
        year.count("sales by owners");
    }

    /// Why pledgees who are asked do not agree yet.
    fn lacks(&self, act: PledgeAct, own: bool) -> Option<Reject> {
        let asked = self.liens.iter().filter(|lien| own || lien.loan != self.loan);
        asked.filter_map(|lien| self.lack(lien, act)).min()
    }

    /// One of its rights, or all of them.
    fn some_rights(&self, year: &mut Year) -> Vec<AssetId> {
        let all = self.standing();
        if all.len() < 2 || year.one_in(3) {
            return all;
        }
        vec![year.random.of(&all)]
    }

    fn worth(&self, assets: &[AssetId]) -> Fen {
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
        let worth = self.worth(&assets);
        if road == TitleRoad::Ruling {
            let listed = listing(&assets, pledgor, worth);
            let lacks = self.lacks(act_of(&assets), false);
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
        if let Some(reject) = self.lacks(act, false) {
            year.refused(seller.user, fair.clone(), reject);
        }
        if let Some(other) = self.other().cloned()
            && !self.agrees(&other, act)
        {
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
    fn come(&self, year: &mut Year, assets: &[AssetId]) -> Vec<Party> {
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

    fn list(
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
        });
    }

    fn announce(&mut self, year: &mut Year, seller: Party, assets: Vec<AssetId>) {
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
        });
    }

    fn announce_by_court(&mut self, year: &mut Year, asset: AssetId) {
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
        });
    }

    /// What is on offer goes one step on, if nothing comes between; in how many days the next.
    pub(super) fn sell_on(&mut self, year: &mut Year) -> Option<i32> {
        self.catch_up(year);
        let waits = matches!(&self.stage, Stage::OnSale(deal) if deal.step == Step::Unpaid);
        if !waits && year.one_in(7) {
            self.interrupt(year);
        }
        if let Some(deal) = self.take_deal() {
            let step = match (deal.way, deal.step) {
                (_, Step::Funded) => Self::file_release,
                (_, Step::Released) => Self::file_recordal,
                (_, Step::Filed) => Self::answer,
                (_, Step::Unpaid) => Self::unpaid,
                (Way::Agreement, Step::Offered) => Self::bid,
                (Way::Agreement, Step::Sold) => Self::contract,
                (_, Step::Offered) => Self::enter,
                (_, Step::Sold) => Self::pay,
                (_, Step::Bidding) => unreachable!("it was caught up with"),
            };
            step(self, year, deal);
        }
        match &self.stage {
            Stage::Over(_) => None,
            Stage::OnSale(deal) => Some(deal.wait(year.today()).max(1)),
            _ => Some(1 + year.random.below(10) as i32),
        }
    }

    /// What has come by itself since: the bidding is over, and the others have their deposits back.
    fn catch_up(&mut self, year: &mut Year) {
        let Some(mut deal) = self.take_deal() else {
            return;
        };
        if deal.step == Step::Bidding {
            deal.step = Step::Sold;
            let Some(buyer) = deal.buyer else {
                return self.fails(year, deal);
            };
            if deal.way != Way::Agreement {
                year.paper.free(deal.id);
                year.paper.hold(deal.id, buyer.account, deal.deposit);
                assert_eq!(year.told.lots[&deal.lot()], LotState::Sold);
            }
        }
        self.stage = Stage::OnSale(deal);
    }

    fn fails(&mut self, year: &mut Year, deal: Deal) {
        self.stage = Stage::OnSale(deal);
        self.deal_failed(year);
    }

    fn goes_on(&mut self, year: &mut Year, deal: Deal, step: Step, most_days: u64) {
        let next = year.within(1, most_days);
        self.stage = Stage::OnSale(Deal { step, next, ..deal });
    }

    /// The disclosure is over: who came offers.
    fn bid(&mut self, year: &mut Year, mut deal: Deal) {
        let transfer = deal.transfer();
        match deal.come[..] {
            [] => self.fails(year, deal),
            [only] => {
                deal.price = deal.start + year.fen(0, deal.start / 4);
                year.must(only.user, bid(transfer, deal.price));
                deal.buyer = Some(only);
                deal.step = Step::Sold;
                self.contract(year, deal);
            }
            [first, second, ..] => {
                deal.price = deal.start + 1_000 + year.fen(0, deal.start);
                year.must(first.user, bid(transfer, deal.start));
                year.must(second.user, bid(transfer, deal.price));
                deal.buyer = Some(second);
                let next = year.in_days(5);
                self.stage = Stage::OnSale(Deal {
                    step: Step::Bidding,
                    next,
                    ..deal
                });
            }
        }
    }

    /// Both sign and the buyer's money is held, or not.
    fn contract(&mut self, year: &mut Year, deal: Deal) {
        let (transfer, buyer) = (deal.transfer(), deal.buyer.expect("it has a buyer"));
        let (acting, pledgor) = (year.acting(self.loan), self.pledgor());
        let signs = if deal.in_case { acting } else { pledgor };
        if let Some(case) = self.case.as_ref().filter(|_| deal.in_case) {
            year.refused(acting.user, release(case.id, transfer), Reject::ReleaseBeforeEscrow);
        }
        if year.one_in(12) {
            // Nobody signs: it ends by itself.
            let next = year.in_days(14);
            self.stage = Stage::OnSale(Deal {
                step: Step::Unpaid,
                next,
                ..deal
            });
            return;
        }
        for by in [signs, buyer] {
            year.must(by.user, sign(transfer, CONTRACT));
        }
        if year.one_in(12) {
            // It signed and doesn't pay: it is barred.
            year.barred
                .extend(deal.assets.iter().map(|asset| (*asset, buyer.entity)));
            let next = year.in_days(14);
            self.stage = Stage::OnSale(Deal {
                step: Step::Unpaid,
                next,
                ..deal
            });
            return;
        }
        year.must(buyer.user, fund(transfer));
        year.paper.hold(deal.id, buyer.account, deal.price);
        self.goes_on(year, deal, Step::Funded, 5);
    }

    /// The lot is open: who came enters and bids.
    fn enter(&mut self, year: &mut Year, mut deal: Deal) {
        let lot = deal.lot();
        let acting = year.acting(self.loan);
        if year.one_in(12) {
            let by = if deal.by_court() { OPERATOR } else { acting.user };
            year.must(by, Command::WithdrawLot(step_of(lot)));
            year.count("lots withdrawn");
            return self.fails(year, deal);
        }
        for buyer in deal.come.clone() {
            year.must(buyer.user, enter(lot, buyer));
            year.paper.hold(deal.id, buyer.account, deal.deposit);
        }
        if !year.one_in(12) {
            for (at, buyer) in deal.come.clone().into_iter().enumerate() {
                deal.price = deal.start + RISE * (at as Fen + year.fen(at as Fen, 9));
                if at > 0 {
                    deal.price += RISE * 10;
                }
                year.must(buyer.user, bid_lot(lot, deal.price));
                deal.buyer = Some(buyer);
            }
        }
        let next = deal.closes;
        self.stage = Stage::OnSale(Deal {
            step: Step::Bidding,
            next,
            ..deal
        });
    }

    /// The buyer of a lot pays.
    fn pay(&mut self, year: &mut Year, deal: Deal) {
        let buyer = deal.buyer.expect("it has a buyer");
        if year.one_in(5) {
            let next = year.in_days(12);
            self.stage = Stage::OnSale(Deal {
                step: Step::Unpaid,
                next,
                ..deal
            });
            return;
        }
        year.must(buyer.user, pay(deal.lot()));
        let total = deal.price + points_of(deal.price, deal.premium);
        year.paper.hold(deal.id, buyer.account, total - deal.deposit);
        self.goes_on(year, deal, Step::Funded, 5);
    }

    /// The time to pay is over.
    pub(super) fn unpaid(&mut self, year: &mut Year, deal: Deal) {
        let buyer = deal.buyer.expect("it has a buyer");
        year.count("unpaid");
        if deal.way == Way::Agreement {
            return self.fails(year, deal);
        }
        // The deposit stays held until the rights are sold anew.
        assert_eq!(year.told.lots[&deal.lot()], LotState::Defaulted);
        year.barred
            .extend(deal.assets.iter().map(|asset| (*asset, buyer.entity)));
        let (id, deposit, assets) = (deal.id, deal.deposit, deal.assets.clone());
        self.fails(year, deal);
        year.paper.hold(id, buyer.account, deposit);
        self.unpaid.push((id, buyer, deposit, assets));
    }

    /// The price is held: the pledgee files its release against it, before anything goes to the office.
    fn file_release(&mut self, year: &mut Year, deal: Deal) {
        let (transfer, acting, pledgor) = (deal.transfer(), year.acting(self.loan), self.pledgor());
        self.settle_deposit(year, &deal);
        if year.one_in(15) {
            let ended = if deal.way == Way::Agreement {
                cancel(transfer)
            } else {
                Command::AnnulLot(step_of(deal.lot()))
            };
            year.must(OPERATOR, ended);
            year.count("sales undone by the venue");
            return self.fails(year, deal);
        }
        let Some(case) = self.case.as_ref().filter(|_| deal.in_case) else {
            return self.file_recordal(year, deal);
        };
        let id = case.id;
        let early = distribute(id, transfer, |_| {});
        year.refused(acting.user, early, Reject::DistributedBeforeRecorded);
        if deal.by_court() {
            year.must(OPERATOR, Command::ServeRuling(step_of(deal.lot())));
            return self.title_passed(year, deal);
        }
        year.refused(acting.user, file(transfer), Reject::ReleaseMissing);
        year.refused(pledgor.user, release(id, transfer), Reject::NotAParty);
        year.must(acting.user, release(id, transfer));
        self.goes_on(year, deal, Step::Released, 5);
    }

    /// Rights that nobody paid for were sold anew: the deposit goes to what that cost, the rest to the owner, out of whose
    /// account it pays the debt.
    fn settle_deposit(&mut self, year: &mut Year, deal: &Deal) {
        let Some(at) = self.unpaid.iter().position(|(.., assets)| *assets == deal.assets) else {
            return;
        };
        let (lot, buyer, deposit, _) = self.unpaid.remove(at);
        let costs = year.fen(0, 2_000);
        let settle = SettleDefault {
            lot: LotId(lot),
            resale: deal.lot(),
            costs: yuan(costs),
        };
        year.must(OPERATOR, Command::SettleDefault(settle));
        let costs = costs.min(deposit);
        let pledgor = self.pledgor().account;
        year.paper.hold(lot, buyer.account, -deposit);
        year.paper.move_cash(buyer.account, FEES, costs);
        year.paper.move_cash(buyer.account, pledgor, deposit - costs);
        let owed = self.debt(year).owed(year.today());
        year.prepaid(self.loan, pledgor, (deposit - costs).min(owed));
        year.count("deposits forfeited");
    }

    fn file_recordal(&mut self, year: &mut Year, deal: Deal) {
        let acting = year.acting(self.loan);
        let by = if deal.in_case { acting } else { self.pledgor() };
        year.must(by.user, file(deal.transfer()));
        if let Some(case) = self.case.as_ref().filter(|_| deal.in_case) {
            let early = distribute(case.id, deal.transfer(), |_| {});
            year.refused(acting.user, early, Reject::DistributedBeforeRecorded);
        }
        self.goes_on(year, deal, Step::Filed, 9);
    }

    fn answer(&mut self, year: &mut Year, deal: Deal) {
        let refused = year.one_in(6).then_some(TransferRefusal::WrongOwner);
        year.must(OPERATOR, answer(deal.transfer(), refused));
        if refused.is_some() {
            year.count("refused by the office");
            return self.fails(year, deal);
        }
        self.title_passed(year, deal);
    }

    /// The title is the buyer's. In a case the price is held in its owner's name; else it goes down the ranks.
    fn title_passed(&mut self, year: &mut Year, deal: Deal) {
        let (buyer, pledgor) = (deal.buyer.expect("it has a buyer"), self.pledgor());
        let premium = points_of(deal.price, deal.premium);
        year.paper.free(deal.id);
        year.paper.move_cash(buyer.account, FEES, premium);
        for asset in &deal.assets {
            year.paper.owners.insert(*asset, buyer.entity);
        }
        let values: Vec<Fen> = deal.assets.iter().map(|asset| self.worth(&[*asset])).collect();
        for right in self
            .rights
            .iter_mut()
            .filter(|right| deal.assets.contains(&right.asset))
        {
            right.stands = false;
        }
        let liens = self.liens.clone();
        if let Some(case) = self.case.as_mut().filter(|_| deal.in_case) {
            year.paper.move_cash(buyer.account, pledgor.account, deal.price);
            year.paper.hold(case.id.0, pledgor.account, deal.price);
            case.sold = true;
            case.held.push(Brought {
                transfer: deal.transfer(),
                price: deal.price,
                fee: points_of(deal.price, deal.seller_fee),
                liens,
            });
            year.count("titles passed in a case");
            self.stage = Stage::Disposing;
            year.compare_cash();
            return self.settle(year);
        }
        self.stage = Stage::Running;
        for part in shares(deal.price, &values) {
            self.earn(year, part, buyer, deal.act());
        }
        year.count("titles passed under consents");
        year.compare_cash();
        self.settle(year);
    }

    /// Pays out what a sale brought.
    pub(super) fn distribute(&mut self, year: &mut Year) {
        let case = self.case.as_mut().expect("it is open");
        let (id, by_court) = (case.id, case.road == TitleRoad::Ruling);
        let at = year.random.below(case.held.len() as u64) as usize;
        let brought = case.held.remove(at);
        let (acting, pledgor, today) = (year.acting(self.loan), self.pledgor(), year.today());
        let (plan, agreed) = {
            let planned = self.planned.as_ref().expect("a plan is in force");
            (planned.plan.clone(), planned.agreed)
        };
        let mut asked = draw_claims(year, &brought, pledgor.entity);
        asked.agreed = agreed;
        let command = |change: &dyn Fn(&mut DistributeProceeds)| {
            distribute(id, brought.transfer, |told| {
                tell_claims(&asked, &plan.payees, told);
                change(told);
            })
        };
        let trust = year.trust;
        let mut split = year.paper.split(&asked);
        year.refused(
            pledgor.user,
            command(&|told| told.trust = Some(trust)),
            Reject::NotAParty,
        );
        let known = |told: &mut DistributeProceeds| {
            told.trust = Some(trust);
            told.claims.owners.push(OwnersPart { payee: 0, parts: 1 });
        };
        year.refused(acting.user, command(&known), Reject::ClaimsKnown);
        let outside = split.to.keys().any(|who| matches!(who, Who::Outsider(_)));
        if outside {
            year.refused(acting.user, command(&|_| {}), Reject::PayeeAccountMissing);
        }
        let mut shares = vec![];
        if by_court {
            year.refused(
                acting.user,
                command(&|told| told.trust = Some(trust)),
                Reject::SchemeMissing,
            );
            (split, shares) = self.scheme(year, &brought);
            let mut wrong = shares.clone();
            wrong[0].amount.money = wrong[0].amount.money.plus(protocol::Money::from_minor(1));
            let unsound =
                |told: &mut DistributeProceeds| (told.trust, told.scheme) = (Some(trust), scheme(wrong.clone()));
            year.refused(acting.user, command(&unsound), Reject::SchemeInvalid);
        }
        let ordered = (!shares.is_empty()).then_some(shares);
        let sound = |told: &mut DistributeProceeds| {
            told.trust = Some(trust);
            told.scheme = ordered.clone().and_then(scheme);
        };
        year.must(acting.user, command(&sound));
        year.refused(acting.user, command(&sound), Reject::AlreadyDistributed);
        check_statement(year, &brought, (!by_court).then_some(&split));
        year.paper.hold(id.0, pledgor.account, -brought.price);
        for (who, fen) in &split.to {
            let to = year.account(*who);
            year.paper.move_cash(pledgor.account, to, *fen);
        }
        for (loan, place, fen) in &split.back {
            let debt = year.paper.debt(*loan);
            debt.backers[*place].left -= fen;
            if *fen > 0 {
                debt.end_if_paid(today);
                year.free_if_paid(*loan);
            }
        }
        for (loan, fen) in split.on_debts.iter().filter(|(_, fen)| *fen > 0) {
            year.counted(*loan, *fen, None);
        }
        year.compare_cash();
        year.count(if by_court {
            "distributions by a court"
        } else {
            "distributions"
        });
        if self.standing().is_empty() {
            // The last of them may have ended, and the pledge with it, before the price of another is paid out.
            let over = year.told.pledges[&self.own().pledge];
            assert!(matches!(over, PledgeState::Closed | PledgeState::Lapsed), "{over:?}");
        }
        self.settle(year);
        if year.one_in(4) {
            year.withdraw(acting);
        }
    }

    /// A court's scheme: it alone says who has the price, and what of it is on the debt.
    fn scheme(&self, year: &mut Year, brought: &Brought) -> (Split, Vec<SchemeShare>) {
        let owed = year.paper.debts[&self.loan].owed(year.today());
        let mut left = brought.price;
        let mut split = Split::default();
        let mut shares = vec![];
        let acting = year.acting(self.loan);
        let payees = [
            (Who::Outsider("court"), outsider("court")),
            (Who::Participant(acting.entity), payee(acting)),
        ];
        for (who, to) in payees {
            let fen = year.fen(0, left);
            let debt = if matches!(who, Who::Participant(_)) {
                year.fen(0, fen.min(owed))
            } else {
                0
            };
            if fen == 0 {
                continue;
            }
            left -= fen;
            split.to.insert(who, fen);
            split.on_debts.push((self.loan, debt));
            shares.push(SchemeShare {
                payee: to,
                amount: yuan(fen),
                debt: yuan(debt),
            });
        }
        if left > 0 {
            split.to.insert(Who::Participant(self.pledgor().entity), left);
            shares.push(SchemeShare {
                payee: payee(self.pledgor()),
                amount: yuan(left),
                debt: yuan(0),
            });
        }
        (split, shares)
    }
}

fn listing(assets: &[AssetId], pledgor: Party, ask: Fen) -> Command {
    let terms = ListTransfer {
        ask: yuan(ask),
        ..terms_of(assets, pledgor)
    };
    Command::ListTransfer(Box::new(terms))
}

/// What others ask of a price, at random: often more than there is.
fn draw_claims(year: &mut Year, brought: &Brought, owner: EntityId) -> Asked {
    let price = brought.price;
    let mut costs = vec![];
    for name in ["appraiser", "auction house", "appraiser"] {
        if year.one_in(3) {
            let most = year.random.of(&[price / 20, price / 5, price]);
            costs.push((Who::Outsider(name), year.fen(1, most.max(1))));
        }
    }
    if brought.fee > 0 {
        costs.push((Who::Participant(VENUE), brought.fee));
    }
    let mut taxes = vec![];
    for office in ["tax office", "customs", "tax office"] {
        if year.one_in(3) {
            let near = year.random.below(brought.liens.len() as u64) as usize;
            let near = brought.liens[near].on;
            taxes.push(Tax {
                office: Who::Outsider(office),
                owners: !year.one_in(6),
                due: Date(near.0 - 4 + year.random.below(6) as i32),
                tax: year.fen(1, price / 3 + 1),
                surcharge: if year.one_in(2) { year.fen(1, price / 9 + 1) } else { 0 },
            });
        }
    }
    let mut attached = vec![];
    for (place, name) in [(1, "creditor"), (2, "court"), (1, "another creditor")] {
        if year.one_in(3) {
            attached.push((Who::Outsider(name), place, year.fen(1, price / 2 + 1)));
        }
    }
    Asked {
        price,
        agreed: Default::default(),
        costs,
        taxes,
        liens: brought.liens.clone(),
        attached,
        enterprise: year.one_in(2),
        owner: Who::Participant(owner),
        on: year.today(),
    }
}

/// The same, as the engine is told.
fn tell_claims(asked: &Asked, planned: &[Payee], told: &mut DistributeProceeds) {
    let claims = &mut told.claims;
    let mut place = |who: &Who| {
        let Who::Outsider(name) = who else {
            return None;
        };
        let name = outsider(name);
        let all = planned.iter().chain(&claims.later);
        let at = all
            .clone()
            .position(|payee| *payee == name)
            .unwrap_or_else(|| all.count());
        if at == planned.len() + claims.later.len() {
            claims.later.push(name);
        }
        Some(at as u32)
    };
    for (who, fen) in &asked.costs {
        // What the venue asks, it knows.
        if let Some(payee) = place(who) {
            claims.costs.push(SaleCost {
                payee,
                kind: CostKind::Other,
                amount: yuan(*fen),
            });
        }
    }
    for tax in &asked.taxes {
        claims.taxes.push(TaxArrears {
            payee: place(&tax.office).expect("it has no account here"),
            taxpayer: if tax.owners { Taxpayer::Owner } else { Taxpayer::Other },
            due: tax.due,
            tax: yuan(tax.tax),
            surcharge: (tax.surcharge > 0).then(|| yuan(tax.surcharge)),
        });
    }
    for (who, order, fen) in &asked.attached {
        claims.attachments.push(Attachment {
            payee: place(who).expect("it has no account here"),
            order: *order,
            amount: yuan(*fen),
        });
    }
    claims.enterprise = asked.enterprise;
}

/// The statement's lines come to all that there was, and give each what the paper gives it.
fn check_statement(year: &Year, brought: &Brought, split: Option<&Split>) {
    let told = &year.told.paid_out[&brought.transfer];
    let all: Fen = told.statement.lines.iter().map(|line| line.paid.money.minor()).sum();
    assert_eq!(all, brought.price, "{told:?}");
    let Some(split) = split else {
        return;
    };
    let mut by_payee: BTreeMap<String, Fen> = BTreeMap::new();
    for line in &told.statement.lines {
        let who = match &told.payees[line.payee as usize] {
            Payee::Participant { entity, .. } => format!("{}", entity.0),
            Payee::Outsider { name } => name.as_str().to_owned(),
        };
        *by_payee.entry(who).or_default() += line.paid.money.minor();
    }
    by_payee.retain(|_, fen| *fen > 0);
    let name = |who: &Who| match who {
        Who::Participant(entity) => format!("{}", entity.0),
        Who::Outsider(name) => (*name).to_owned(),
    };
    let paper: BTreeMap<String, Fen> = split.to.iter().map(|(who, fen)| (name(who), *fen)).collect();
    assert_eq!(by_payee, paper, "{told:?}");
}
