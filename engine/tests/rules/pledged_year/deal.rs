//! Rights on offer: by agreement, by lot, by a court's lot; in a case, or by their owner under the pledgees' consents. From
//! the offer to the title, and from the price that is held to who has it.

use super::{
    matter::{Brought, Matter, Stage, Unpaid},
    paper::{Fen, points_of, shares},
    venue::{FEES, Year},
};
use crate::floor::{
    OPERATOR, Party,
    buyers::PUT_CONTRACT,
    disposals::{distribute, release},
    room::{bid as bid_lot, enter, pay, step_of},
    sales::{answer, bid, cancel, file, fund, sign},
    yuan,
};
use protocol::{
    AssetId, Command, Date, Digest, LotId, Reject, TransferId,
    auction::{LotState, SettleDefault},
    pledge::PledgeAct,
    transfer::{TransferRefusal, TransferState},
};

/// How rights are sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Agreement,
    Lot,
    Court,
}

/// How far a sale has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
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
    pub way: Way,
    pub step: Step,
    pub next: Date,
    /// Who may come to buy it, and who does.
    pub come: Vec<Party>,
    pub buyer: Option<Party>,
    pub start: Fen,
    pub price: Fen,
    pub deposit: Fen,
    pub seller_fee: u16,
    pub premium: u16,
    pub opens: Date,
    pub closes: Date,
    /// What both sign; none where they have by what they did.
    pub signs: Option<Digest>,
    /// The court's lot that left it to the creditor.
    pub ruled: Option<LotId>,
}

/// What a bid rises by, in fen.
pub(super) const RISE: Fen = 100;

impl Deal {
    fn transfer(&self) -> TransferId {
        TransferId(self.id)
    }

    pub(super) fn lot(&self) -> LotId {
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
        self.way == Way::Court || self.ruled.is_some()
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

pub(super) fn act_of(assets: &[AssetId]) -> PledgeAct {
    if assets.len() > 1 {
        PledgeAct::Bundle
    } else {
        PledgeAct::Transfer
    }
}

impl Matter {
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
    pub(super) fn catch_up(&mut self, year: &mut Year) {
        let Some(mut deal) = self.take_deal() else {
            return;
        };
        if deal.step == Step::Bidding {
            deal.step = Step::Sold;
            let Some(buyer) = deal.buyer else {
                self.note_left(&deal);
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

    pub(super) fn fails(&mut self, year: &mut Year, deal: Deal) {
        self.stage = Stage::OnSale(deal);
        self.deal_failed(year);
    }

    pub(super) fn goes_on(&mut self, year: &mut Year, deal: Deal, step: Step, most_days: u64) {
        let next = year.within(1, most_days);
        self.stage = Stage::OnSale(Deal { step, next, ..deal });
    }

    /// The disclosure is over: who came offers.
    pub(super) fn bid(&mut self, year: &mut Year, mut deal: Deal) {
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
    pub(super) fn contract(&mut self, year: &mut Year, deal: Deal) {
        let (transfer, buyer) = (deal.transfer(), deal.buyer.expect("it has a buyer"));
        let (acting, pledgor) = (year.acting(self.loan), self.pledgor());
        let signs = if deal.in_case { acting } else { pledgor };
        if let Some(case) = self.case.as_ref().filter(|_| deal.in_case) {
            year.refused(acting.user, release(case.id, transfer), Reject::ReleaseBeforeEscrow);
        }
        if deal.signs.is_some() && year.one_in(12) {
            // Nobody signs: it ends by itself. Who promised to sign just that is barred.
            let barred = (deal.signs == Some(PUT_CONTRACT)).then_some(&deal.assets);
            year.barred
                .extend(barred.into_iter().flatten().map(|asset| (*asset, buyer.entity)));
            let next = year.in_days(14);
            self.stage = Stage::OnSale(Deal {
                step: Step::Unpaid,
                next,
                ..deal
            });
            return;
        }
        for by in [signs, buyer] {
            if let Some(contract) = deal.signs {
                year.must(by.user, sign(transfer, contract));
            }
        }
        if year.one_in(12) {
            // It signed and doesn't pay: it is barred, unless it is the creditor.
            let barred = deal.signs.is_some().then_some(&deal.assets);
            year.barred
                .extend(barred.into_iter().flatten().map(|asset| (*asset, buyer.entity)));
            let next = year.in_days(14);
            self.stage = Stage::OnSale(Deal {
                step: Step::Unpaid,
                next,
                ..deal
            });
            return;
        }
        if !year.people.buyers.contains(&buyer) {
            // A creditor or a fund brings what it pays.
            year.brings(buyer, deal.price);
        }
        year.must(buyer.user, fund(transfer));
        year.paper.hold(deal.id, buyer.account, deal.price);
        self.goes_on(year, deal, Step::Funded, 5);
    }

    /// The lot is open: who came enters and bids.
    pub(super) fn enter(&mut self, year: &mut Year, mut deal: Deal) {
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
        if !year.one_in(3) {
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
    pub(super) fn pay(&mut self, year: &mut Year, deal: Deal) {
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
        let case = self.case.as_ref().filter(|_| deal.in_case);
        let unpaid = Unpaid {
            lot: deal.id,
            case: case.map(|case| case.id),
            buyer,
            price: deal.price,
            deposit: deal.deposit,
            assets: deal.assets.clone(),
        };
        self.fails(year, deal);
        self.unpaid.push(unpaid);
    }

    /// The price is held: the pledgee files its release against it, before anything goes to the office.
    pub(super) fn file_release(&mut self, year: &mut Year, deal: Deal) {
        let (transfer, acting, pledgor) = (deal.transfer(), year.acting(self.loan), self.pledgor());
        self.settle_deposits(year, &deal);
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
            let of = deal.ruled.unwrap_or(deal.lot());
            year.must(OPERATOR, Command::ServeRuling(step_of(of)));
            return self.title_passed(year, deal);
        }
        year.refused(acting.user, file(transfer), Reject::ReleaseMissing);
        year.refused(pledgor.user, release(id, transfer), Reject::NotAParty);
        year.must(acting.user, release(id, transfer));
        self.goes_on(year, deal, Step::Released, 5);
    }

    /// Rights that nobody paid for were sold anew: the deposit goes to what that cost, then to what they brought less and to
    /// the debt. In their case both wait for the distribution of the resale; else the rest pays the debt out of the owner's
    /// account.
    pub(super) fn settle_deposits(&mut self, year: &mut Year, deal: &Deal) {
        let unpaid = std::mem::take(&mut self.unpaid).into_iter();
        let (sold_anew, others): (Vec<_>, Vec<_>) = unpaid.partition(|unpaid| unpaid.assets == deal.assets);
        self.unpaid = others;
        for unpaid in sold_anew {
            self.settle_deposit(year, deal, unpaid);
        }
    }

    fn settle_deposit(&mut self, year: &mut Year, deal: &Deal, unpaid: Unpaid) {
        let Unpaid {
            lot,
            case,
            buyer,
            price,
            deposit,
            ..
        } = unpaid;
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
        year.count("deposits forfeited");
        let open = self.case.as_mut().filter(|open| deal.in_case && Some(open.id) == case);
        if let Some(open) = open {
            let gap = (deposit - costs).min((price - deal.price).max(0));
            year.paper.hold(open.id.0, pledgor, deposit - costs);
            if deposit > costs {
                open.forfeits.push((deal.id, gap, deposit - costs - gap));
            }
            return;
        }
        let owed = self.debt(year).owed(year.today());
        year.prepaid(self.loan, pledgor, (deposit - costs).min(owed));
    }

    pub(super) fn file_recordal(&mut self, year: &mut Year, deal: Deal) {
        let acting = year.acting(self.loan);
        let by = if deal.in_case { acting } else { self.pledgor() };
        year.must(by.user, file(deal.transfer()));
        if let Some(case) = self.case.as_ref().filter(|_| deal.in_case) {
            let early = distribute(case.id, deal.transfer(), |_| {});
            year.refused(acting.user, early, Reject::DistributedBeforeRecorded);
        }
        self.goes_on(year, deal, Step::Filed, 9);
    }

    pub(super) fn answer(&mut self, year: &mut Year, deal: Deal) {
        let refused = year.one_in(6).then_some(TransferRefusal::WrongOwner);
        year.must(OPERATOR, answer(deal.transfer(), refused));
        if refused.is_some() {
            year.count("refused by the office");
            return self.fails(year, deal);
        }
        self.title_passed(year, deal);
    }

    /// The title is the buyer's. In a case the price is held in its owner's name; else it goes down the ranks.
    pub(super) fn title_passed(&mut self, year: &mut Year, deal: Deal) {
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
}
