//! What the people of a loan do while it runs, is in default, or is disposed of: licences under consents, payments by
//! whomever, claims that pass, rights that end.

use super::{
    deal::Deal,
    debt::{Backer, Standing},
    matter::{Matter, Right, Stage, Word},
    paper::{Fen, Lien},
    venue::Year,
};
use crate::{
    floor::{
        OPERATOR, Party, change as change_asset,
        disposals::upkeep,
        grants::{self, offering},
        pledges::{assign, release, repaid, repay},
        titles::dues,
        yuan,
    },
    pledge_consents::{apply, consent, revoke},
};
use protocol::{
    AssetId, Reject,
    licence::OfferLicence,
    plan::PayerKind,
    pledge::{LoanPayer, PledgeAct, Proceeds},
    title::AssetChange,
};

impl Matter {
    /// A licence under a consent: its fee goes down the ranks.
    pub(super) fn license(&mut self, year: &mut Year) {
        let assets = self.standing();
        if assets.is_empty() || self.marks || self.is_late(year, assets[0]) {
            return;
        }
        let (asset, pledgor, taker) = (assets[0], self.pledgor(), year.people.buyers[0]);
        let fee = year.fen(100, 3_000_000);
        let scope = grants::term(year.today(), year.in_days(90));
        let offer = |offer: &mut OfferLicence| (offer.fee, offer.scope) = (yuan(fee), scope.clone());
        let lien = self.own().clone();
        if let Some(reject) = self.lack(year, &lien, PledgeAct::Licence) {
            year.refused(pledgor.user, offering(asset, pledgor, taker, offer), reject);
        }
        self.consent(year, &lien, PledgeAct::Licence);
        let licence = grants::agreed(&mut year.floor, asset, pledgor, taker, offer);
        year.must(taker.user, grants::pay(licence, taker.account));
        self.earn(year, fee, taker, PledgeAct::Licence);
        year.count("licences under a consent");
        if year.one_in(2) {
            self.revoke_all(year, &lien);
            let refused = offering(asset, pledgor, taker, offer);
            if self.stands() {
                year.refused(pledgor.user, refused, Reject::ConsentRevoked);
            }
        }
        self.settle(year);
    }

    /// A pledgee agrees to an act; the price is paid to it, or held.
    pub(super) fn consent(&mut self, year: &mut Year, lien: &Lien, act: PledgeAct) {
        let escrow = year.one_in(2);
        let bank = year.acting(lien.loan);
        let proceeds = if escrow { Proceeds::Escrow } else { Proceeds::Prepay };
        year.must(bank.user, consent(lien.pledge, act, |asked| asked.proceeds = proceeds));
        let word = Word {
            by: bank.entity,
            escrow,
            revoked: false,
        };
        self.given.insert((lien.pledge, act), word);
        year.count("consents");
    }

    pub(super) fn agrees(&self, year: &Year, lien: &Lien, act: PledgeAct) -> bool {
        self.lack(year, lien, act).is_none()
    }

    /// Why a pledgee's consent to an act is none.
    pub(super) fn lack(&self, year: &Year, lien: &Lien, act: PledgeAct) -> Option<Reject> {
        let holder = year.acting(lien.loan).entity;
        match self.given.get(&(lien.pledge, act)).filter(|word| word.by == holder) {
            Some(word) => word.revoked.then_some(Reject::ConsentRevoked),
            None => Some(Reject::PledgeConsentRequired),
        }
    }

    /// A pledgee takes back all that it agreed to.
    pub(super) fn revoke_all(&mut self, year: &mut Year, lien: &Lien) {
        let bank = year.acting(lien.loan);
        for ((pledge, act), word) in &mut self.given {
            if *pledge == lien.pledge && word.by == bank.entity && !word.revoked {
                year.must(bank.user, revoke(*pledge, *act));
                word.revoked = true;
                year.count("consents revoked");
            }
        }
    }

    /// The owner was paid under the consents: down the ranks, to whom each chose.
    pub(super) fn earn(&mut self, year: &mut Year, price: Fen, buyer: Party, act: PledgeAct) {
        let pledgor = self.pledgor();
        let today = year.today();
        year.paper.move_cash(buyer.account, pledgor.account, price);
        let chose = |lien: &Lien| (lien.clone(), self.given[&(lien.pledge, act)].escrow);
        let liens: Vec<_> = self.liens.iter().map(chose).collect();
        let (to, held) = year.paper.earned(price, &liens, today);
        for ((lien, _), fen) in liens.iter().zip(to) {
            year.prepaid(lien.loan, pledgor.account, fen);
        }
        if let Some((loan, fen)) = held {
            year.paper.hold(loan.0, pledgor.account, fen);
            year.count("deposits");
        }
    }

    /// What is held in place of a right pays the debt.
    pub(super) fn apply_deposit(&mut self, year: &mut Year) {
        let (loan, pledgor) = (self.loan, self.pledgor());
        let held = year.paper.held_for(loan.0);
        let (owed, state) = (self.debt(year).owed(year.today()), self.debt(year).state);
        if held == 0 {
            return;
        }
        let by = if state == Standing::Default {
            year.acting(loan)
        } else {
            pledgor
        };
        if owed == 0 {
            return;
        }
        // What shares were issued for is not paid otherwise.
        let free = owed - self.spoken_for().unwrap_or(0);
        if free == 0 {
            return year.refused(by.user, apply(loan, pledgor), Reject::ClaimSpokenFor);
        }
        year.must(by.user, apply(loan, pledgor));
        let part = held.min(free);
        year.paper.hold(loan.0, pledgor.account, -part);
        year.prepaid(loan, pledgor.account, part);
        year.count("deposits applied");
        self.settle(year);
    }

    /// The acting holder's claim passes, whole or in part.
    pub(super) fn pass_claim(&mut self, year: &mut Year) {
        let (loan, manager) = (self.loan, year.people.manager);
        let acting = year.acting(loan);
        if acting.entity == manager.entity {
            return;
        }
        let own = self.debt(year).holders[0].1;
        let part = (own > 1 && year.one_in(2)).then(|| 1 + year.random.below(u64::from(own) - 1) as u32);
        let alone = self.debt(year).holders.len() == 1;
        if self.own().maximum.is_some() && self.stands() && !(alone && part.is_none()) {
            year.refused(acting.user, assign(loan, manager, part, false), Reject::ClaimNotFixed);
        }
        self.assign_to(year, acting, manager, part);
    }

    /// A holder's claim passes to somebody: a part of it, or all.
    pub(super) fn assign_to(&mut self, year: &mut Year, from: Party, to: Party, part: Option<u32>) {
        let loan = self.loan;
        let acting = year.acting(loan);
        year.must(from.user, assign(loan, to, part, true));
        let holders = &mut year.paper.debt(loan).holders;
        let place = holders
            .iter()
            .position(|(entity, _)| *entity == from.entity)
            .expect("it holds a part");
        let moved = part.unwrap_or(holders[place].1);
        match holders.iter_mut().find(|(entity, _)| *entity == to.entity) {
            Some((_, parts)) => *parts += moved,
            None => holders.insert(place + 1, (to.entity, moved)),
        }
        holders[place].1 -= moved;
        holders.retain(|(_, parts)| *parts > 0);
        year.count("claims assigned");
        if acting != year.acting(loan) {
            self.stop_if_not_agreed(year);
        }
    }

    /// The debtor pays some, or somebody in its place.
    pub(super) fn pay_some(&mut self, year: &mut Year) {
        let (loan, today) = (self.loan, year.today());
        let owed = self.debt(year).owed(today);
        let acting = year.acting(loan);
        if self.debt(year).state == Standing::Repaid {
            return;
        }
        year.refused(
            acting.user,
            repay(loan, yuan(owed + 1), today),
            Reject::RepaymentInvalid,
        );
        if owed == 0 {
            return;
        }
        let amount = if year.one_in(6) { owed } else { year.fen(1, owed) };
        if year.one_in(3) {
            year.must(acting.user, repay(loan, yuan(amount), today));
            year.counted(loan, amount, None);
            year.count("paid by the debtor");
            return self.settle(year);
        }
        let debtor = self.debt(year).debtor;
        let guarantor = year.people.guarantor().entity;
        let firm = year
            .people
            .firms
            .iter()
            .find(|firm| firm.entity != debtor)
            .expect("there are two")
            .entity;
        let (entity, kind) = match year.random.below(4) {
            0 | 1 => (guarantor, PayerKind::Guarantor),
            2 => (firm, PayerKind::Interested),
            _ => (
                year.people.buyers[1].entity,
                year.random.of(&[PayerKind::Fund, PayerKind::Insurer]),
            ),
        };
        let payer = LoanPayer {
            entity,
            kind,
            agreed: year.one_in(2),
        };
        year.must(acting.user, repaid(loan, yuan(amount), today, Some(payer)));
        let backer = Backer {
            entity,
            kind,
            agreed: payer.agreed,
            on: today,
            left: amount,
        };
        year.counted(loan, amount, Some(backer));
        year.count("paid in the debtor's place");
        self.settle(year);
    }

    /// The debtor pays all of it.
    pub(super) fn pay_all(&mut self, year: &mut Year) {
        let (loan, today) = (self.loan, year.today());
        let owed = self.debt(year).owed(today);
        if owed == 0 {
            return;
        }
        let acting = year.acting(loan);
        year.must(acting.user, repay(loan, yuan(owed), today));
        year.counted(loan, owed, None);
        year.count("paid off");
        self.settle(year);
    }

    /// A creditor advances what keeps a right alive; with an annuity it does not lapse.
    pub(super) fn advance(&mut self, year: &mut Year) {
        let loan = self.loan;
        if self.debt(year).state == Standing::Repaid {
            return;
        }
        let acting = year.acting(loan);
        let cost = year.fen(1, 50_000);
        let lapsing = self
            .rights
            .iter()
            .position(|right| right.stands && right.lapses.is_some());
        let asset = lapsing.map(|at| self.rights[at].asset);
        year.must(acting.user, upkeep(loan, asset, yuan(cost)));
        year.paper.debt(loan).costs += cost;
        if let Some(case) = &mut self.case {
            case.costs += cost;
        }
        if let Some(asset) = asset.filter(|_| year.one_in(3)) {
            self.pay_dues(year, &[asset]);
        }
        year.count("upkeep");
    }

    /// The dues of these rights are paid, beyond the year: no lot of a case is announced before.
    pub(super) fn pay_dues(&mut self, year: &mut Year, assets: &[AssetId]) {
        let next = year.in_days(900);
        for right in &mut self.rights {
            if assets.contains(&right.asset) && right.lapses.take().is_some() {
                year.must(OPERATOR, dues(right.asset, Some(next), None));
            }
        }
    }

    /// A right is declared void.
    pub(super) fn invalidate(&mut self, year: &mut Year) {
        let assets = self.standing();
        if assets.is_empty() {
            return;
        }
        let asset = year.random.of(&assets);
        year.must(OPERATOR, change_asset(asset, AssetChange::Invalidate));
        year.count("rights declared void");
        self.ended(year, &[asset]);
    }

    /// Rights whose dues were never paid lapsed by themselves.
    pub(super) fn look_at_rights(&mut self, year: &mut Year) {
        let today = year.today();
        let lapsed = |right: &&Right| right.stands && right.lapses.is_some_and(|day| day <= today);
        let lapsed: Vec<AssetId> = self.rights.iter().filter(lapsed).map(|right| right.asset).collect();
        if !lapsed.is_empty() && !matches!(self.stage, Stage::New | Stage::Over(_)) {
            year.count("rights lapsed");
            self.ended(year, &lapsed);
        }
    }

    /// Whether its dues are late: no licence of it is granted.
    pub(super) fn is_late(&self, year: &Year, asset: AssetId) -> bool {
        let right = self.rights.iter().find(|right| right.asset == asset);
        // They were due six months before it lapses.
        right.is_some_and(|right| right.lapses.is_some_and(|day| day.0 - year.today().0 < 190))
    }

    /// These rights are no more: what was on offer of them ends, and the pledges stand on the others.
    pub(super) fn ended(&mut self, year: &mut Year, assets: &[AssetId]) {
        for right in self.rights.iter_mut().filter(|right| assets.contains(&right.asset)) {
            right.stands = false;
        }
        // The deposit of who let a lot fall stays where it is.
        let fails = |deal: &Deal| deal.assets.iter().any(|asset| assets.contains(asset)) && !deal.is_forfeited(year);
        if matches!(&self.stage, Stage::OnSale(deal) if fails(deal)) {
            self.deal_failed(year);
        }
        self.settle(year);
    }

    /// One right of several is released.
    pub(super) fn release_one(&mut self, year: &mut Year) {
        let assets = self.standing();
        if assets.len() < 2 || self.other().is_some() {
            return;
        }
        let acting = year.acting(self.loan);
        year.must(acting.user, release(self.own().pledge, &assets[..1]));
        self.rights
            .iter_mut()
            .find(|right| right.asset == assets[0])
            .expect("it stands")
            .stands = false;
        year.count("rights released");
    }
}
