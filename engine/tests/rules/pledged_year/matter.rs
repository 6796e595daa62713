//! A loan and what becomes of it: pledged, consented to, paid, defaulted, disposed of, over. Each time it wakes, its people
//! do one thing at random; what must be refused is tried beside it.

use super::{
    deal::Deal,
    paper::{Agreed, Backer, Debt, Fen, Lien, Standing},
    venue::Year,
};
use crate::{
    floor::{
        OPERATOR, Party, change as change_asset, day,
        disposals::{end, opening, payee, propose_plan, sign_plan, upkeep},
        grants::{self, EVIDENCE, offering},
        pledges::{
            application, assign, claim_terms, cure, default, file, guarantor, lent, made_loan, recorded_at, release,
            repaid, repay,
        },
        titles::{dues, trademark},
        yuan,
    },
    pledge_consents::{apply, consent, revoke},
};
use protocol::{
    AssetId, BasisPoints, Command, Date, DisposalId, EntityId, LoanId, PledgeId, Receipt, Reject, Timestamp,
    TransferId,
    disposal::{DisposalState, TitleRoad},
    licence::OfferLicence,
    plan::{Payee, PayerKind, Plan, Portion, RankMoved, Split, Tier, TierKind},
    pledge::{DefaultCause, LoanPayer, Maximum, PledgeAct, PledgeApplication, PledgeState, PledgorKind, Proceeds},
    text::Name,
    title::{AssetChange, Basis, NamedValue, RecordValuation, Share},
};
use std::collections::BTreeMap;

/// A right of it.
pub(super) struct Right {
    pub asset: AssetId,
    pub value: Fen,
    /// Whether the pledges stand on it: it is not sold, released or at its end.
    pub stands: bool,
    /// When it lapses unless its dues are paid.
    lapses: Option<Date>,
}

/// What was agreed of the waterfall, and by which plan.
pub(super) struct Planned {
    pub agreed: Agreed,
    pub plan: Plan,
}

/// A sale of the case whose price is held.
pub(super) struct Brought {
    pub transfer: TransferId,
    pub price: Fen,
    /// The venue's.
    pub fee: Fen,
    pub liens: Vec<Lien>,
}

/// The case of its default.
pub(super) struct Case {
    pub id: DisposalId,
    pub road: TitleRoad,
    pub floor: u16,
    pub held: Vec<Brought>,
    pub sold: bool,
}

/// A consent.
pub(super) struct Word {
    /// Whether the price is held, else it pays the debt early.
    pub escrow: bool,
    pub stands: Stands,
}

/// Whether a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    Given,
    Revoked,
    /// It is of who held the claim before.
    OfAnother,
}

/// How it stands.
pub(super) enum Stage {
    New,
    /// Its pledges wait for the registrar.
    Filed,
    Running,
    Default,
    /// A case is open and nothing on offer.
    Disposing,
    /// Rights are on offer, in its case or by their owner.
    OnSale(Deal),
    Over(&'static str),
}

pub(super) struct Matter {
    pub stage: Stage,
    pub loan: LoanId,
    /// The pledges of its rights, by rank: its own, and often another's.
    pub liens: Vec<Lien>,
    pub pledgor: Option<Party>,
    pub rights: Vec<Right>,
    pub planned: Option<Planned>,
    pub case: Option<Case>,
    /// The last that pledgees said of an act.
    pub given: BTreeMap<(PledgeId, PledgeAct), Word>,
    /// Down to which price the pledgor agreed, in its case.
    pub below: Option<Fen>,
    /// Whether its rights are trademarks, of which several may hold a pledge.
    marks: bool,
    /// Whether nobody will ever sign a plan.
    stubborn: bool,
    /// Lots that were not paid: by whom, the deposit that is held, and of which rights.
    pub unpaid: Vec<(u64, Party, Fen, Vec<AssetId>)>,
}

impl Matter {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::New,
            loan: LoanId(0),
            liens: vec![],
            pledgor: None,
            rights: vec![],
            planned: None,
            case: None,
            given: BTreeMap::new(),
            below: None,
            marks: false,
            stubborn: false,
            unpaid: vec![],
        }
    }

    /// When its rights lapse.
    pub(super) fn lapses(&self) -> Vec<Date> {
        let standing = self.rights.iter().filter(|right| right.stands);
        standing.filter_map(|right| right.lapses).collect()
    }

    /// Does the next thing; in how many days it does another, if it is not over.
    pub(super) fn wake(&mut self, year: &mut Year) -> Option<i32> {
        match std::mem::replace(&mut self.stage, Stage::New) {
            Stage::New => self.lend(year),
            Stage::Filed => self.record(year),
            Stage::Running => {
                self.stage = Stage::Running;
                self.run(year);
            }
            Stage::Default => {
                self.stage = Stage::Default;
                self.in_default(year);
            }
            Stage::Disposing => {
                self.stage = Stage::Disposing;
                self.dispose(year);
            }
            Stage::OnSale(deal) => {
                self.stage = Stage::OnSale(deal);
                return self.sell_on(year);
            }
            Stage::Over(why) => self.stage = Stage::Over(why),
        }
        match &self.stage {
            Stage::Over(_) => None,
            Stage::Filed => Some(1 + year.random.below(4) as i32),
            Stage::OnSale(deal) => Some(deal.wait(year.today())),
            _ => Some(1 + year.random.below(18) as i32),
        }
    }

    pub(super) fn pledgor(&self) -> Party {
        self.pledgor.expect("it was pledged")
    }

    pub(super) fn own(&self) -> &Lien {
        self.liens
            .iter()
            .find(|lien| lien.loan == self.loan)
            .expect("it has a pledge")
    }

    /// The other pledge on its rights.
    pub(super) fn other(&self) -> Option<&Lien> {
        self.liens.iter().find(|lien| lien.loan != self.loan)
    }

    pub(super) fn standing(&self) -> Vec<AssetId> {
        self.rights
            .iter()
            .filter(|right| right.stands)
            .map(|right| right.asset)
            .collect()
    }

    pub(super) fn debt<'a>(&self, year: &'a Year) -> &'a Debt {
        &year.paper.debts[&self.loan]
    }

    fn lend(&mut self, year: &mut Year) {
        let bank = year.random.below(2) as usize;
        let (bank, other_bank) = (year.people.banks[bank], year.people.banks[1 - bank]);
        let debtor = year.random.below(2) as usize;
        let (debtor, third) = (year.people.firms[debtor], year.people.firms[1 - debtor]);
        let pledgor = if year.one_in(5) { third } else { debtor };
        self.pledgor = Some(pledgor);
        self.stubborn = year.one_in(8);
        let shared = year.one_in(3).then_some(other_bank);
        self.loan = self.borrow(year, (bank, shared), debtor);
        let marks = year.one_in(2);
        for _ in 0..1 + year.random.below(3) {
            self.register(year, marks);
        }
        let other = (marks && year.one_in(2)).then(|| self.borrow(year, (other_bank, None), debtor));
        self.marks = marks;
        self.file(year, other, debtor);
    }

    /// A loan, and the paper's side of it.
    fn borrow(&mut self, year: &mut Year, (bank, shared): (Party, Option<Party>), debtor: Party) -> LoanId {
        let principal = year.fen(1_000, 100_000_000);
        let free = year.one_in(2);
        let rate = if free { 0 } else { year.fen(10_000, 150_000) as u32 };
        let today = year.today();
        let guarantor = guarantor(year.people.guarantor(), |_| {});
        let mut holders = vec![(bank.entity, 100)];
        holders.extend(shared.map(|shared| (shared.entity, 1 + year.random.below(99) as u32)));
        // What bears interest is not due in this year: the paper knows no interest on what is late.
        let due = if free { year.within(60, 300) } else { day(2028, 3, 2) };
        let asked = lent(bank, debtor, |asked| {
            asked.creditors = holders
                .iter()
                .map(|(entity, parts)| Share {
                    entity: *entity,
                    parts: *parts,
                })
                .collect();
            asked.terms = claim_terms();
            (asked.terms.principal, asked.terms.drawn, asked.terms.due) = (yuan(principal), today, due);
            asked.terms.rates[0].from = today;
            asked.terms.rates[0].rate.0 = rate;
            asked.terms.guarantors = vec![guarantor];
        });
        let loan = made_loan(&mut year.floor, bank.user, asked);
        year.told.hear(&year.floor.events);
        year.lent(loan, Debt::new(debtor.entity, holders, principal, rate, today));
        loan
    }

    /// A right of the pledgor, valued; of some the dues fall soon.
    fn register(&mut self, year: &mut Year, mark: bool) {
        let (pledgor, number, today) = (self.pledgor(), year.number(), year.today());
        let soon = (!mark && year.one_in(3)).then(|| year.within(5, 40));
        let asset = year.floor.right(pledgor.entity, &format!("R{number}"), |right| {
            right.asset.number = protocol::Bounded::new(&number.to_string()).unwrap();
            right.extract.as_mut().unwrap().drawn = today;
            right.due = soon;
            if mark {
                trademark(right);
            }
        });
        year.told.hear(&year.floor.events);
        year.paper.owners.insert(asset, pledgor.entity);
        let value = year.fen(1_000, 60_000_000);
        value_anew(year, asset, value);
        self.rights.push(Right {
            asset,
            value,
            stands: true,
            lapses: soon.map(|due| working(due.plus_months(6)).next()),
        });
    }

    /// Applies for its pledge, and for the other's.
    fn file(&mut self, year: &mut Year, other: Option<LoanId>, debtor: Party) {
        let (pledgor, assets) = (self.pledgor(), self.standing());
        for loan in [Some(self.loan), other].into_iter().flatten() {
            let maximum = year.one_in(3).then(|| year.fen(500, 60_000_000));
            let asked = self.application(loan, &assets, maximum, pledgor != debtor);
            let bank = year.acting(loan);
            let Receipt::Pledges(pledge, 1) = year.must(bank.user, file(vec![asked])) else {
                panic!("one was filed")
            };
            self.liens.push(Lien {
                pledge,
                loan,
                recorded: year.floor.at,
                on: year.today(),
                third_party: pledgor != debtor,
                maximum,
            });
        }
        self.stage = Stage::Filed;
    }

    fn application(
        &self,
        loan: LoanId,
        assets: &[AssetId],
        maximum: Option<Fen>,
        third_party: bool,
    ) -> PledgeApplication {
        let mut asked = application(loan, self.pledgor(), assets);
        if third_party {
            asked.intake.kind = PledgorKind::Person;
        }
        asked.maximum = maximum.map(|limit| Maximum {
            limit: yuan(limit),
            until: None,
        });
        asked.amount = maximum.map_or(asked.amount, yuan);
        asked
    }

    /// The registrar records what was filed: one after the other, on another day, or all at one time.
    fn record(&mut self, year: &mut Year) {
        let together = year.one_in(4);
        if year.one_in(2) {
            self.liens.reverse();
        }
        let first = self.liens.iter().map(|lien| lien.recorded).max().expect("it was filed");
        for place in 0..self.liens.len() {
            let now = year.floor.at + 1;
            let lien = &mut self.liens[place];
            lien.recorded = if together || place == 0 { first } else { now };
            lien.on = Timestamp(lien.recorded).venue_date();
            let record = recorded_at(lien.pledge, Some(Timestamp(lien.recorded)));
            year.must(OPERATOR, record);
        }
        self.liens.sort_by_key(|lien| (lien.recorded, lien.pledge));
        // Of a patent one pledge is recorded at a time.
        if !self.marks && year.one_in(3) {
            let again = self.application(self.loan, &self.standing(), None, true);
            let bank = year.acting(self.loan);
            year.refused(bank.user, file(vec![again]), Reject::PledgePledged);
        }
        self.stage = Stage::Running;
    }

    /// Its people at random, while nothing is wrong.
    fn run(&mut self, year: &mut Year) {
        match year.random.below(16) {
            0..=3 => self.plan(year),
            4 => self.license(year),
            5 => self.sell_by_owner(year),
            6 => self.pass_claim(year),
            7 => self.pay_some(year),
            8 => self.advance(year),
            9 if year.one_in(3) => self.invalidate(year),
            9 => self.release_one(year),
            10 if year.one_in(3) => self.pay_all(year),
            10 => self.apply_deposit(year),
            _ => self.default(year),
        }
    }

    /// A default is cured, or comes to a case once a plan is signed.
    fn in_default(&mut self, year: &mut Year) {
        match year.random.below(16) {
            0..=3 => self.plan(year),
            4 => self.cure(year),
            5 => self.pay_some(year),
            6 => self.pass_claim(year),
            7 => self.advance(year),
            8 if year.one_in(2) => self.invalidate(year),
            8 => self.apply_deposit(year),
            9 if year.one_in(3) => self.pay_all(year),
            10 if self.stubborn => self.over(year, "given up without a plan"),
            _ => self.open_case(year),
        }
    }

    /// A case is open and nothing on offer.
    fn dispose(&mut self, year: &mut Year) {
        let case = self.case.as_ref().expect("it is open");
        let (holds, left) = (!case.held.is_empty(), !self.standing().is_empty());
        if holds && (!left || !year.one_in(3)) {
            return self.distribute(year);
        }
        if self.debt(year).state == Standing::Repaid && !holds {
            // Paid while a sale was bound that came to nothing.
            return self.end_case(year);
        }
        if !left {
            return self.distribute(year);
        }
        match year.random.below(20) {
            0 => self.pass_claim(year),
            1 => self.pay_some(year),
            2 => self.advance(year),
            3 => self.invalidate(year),
            4 => self.cure(year),
            5 if year.one_in(2) => self.pay_all(year),
            6 if year.one_in(2) => self.end_case(year),
            7 => self.plan(year),
            8 => self.apply_deposit(year),
            _ => self.offer(year),
        }
    }

    /// Something that comes between, whatever goes on.
    pub(super) fn interrupt(&mut self, year: &mut Year) {
        match year.random.below(9) {
            0 => self.pass_claim(year),
            1 | 2 => self.pay_some(year),
            3 => self.advance(year),
            4 => self.invalidate(year),
            5 => self.cure(year),
            6 if year.one_in(2) => self.pay_all(year),
            7 => self.revoke_other(year),
            _ => self.end_case(year),
        }
    }

    /// A plan of the waterfall: proposed by the acting holder, signed by whom it needs, or not.
    fn plan(&mut self, year: &mut Year) {
        if self.stubborn || self.debt(year).state == Standing::Repaid {
            return;
        }
        let in_default = self.debt(year).state == Standing::Default;
        let pledgor = self.pledgor();
        let mut signers: Vec<Party> = self
            .debt(year)
            .holders
            .iter()
            .map(|(entity, _)| year.party(*entity))
            .collect();
        signers.push(pledgor);
        let other = self.other().map(|lien| year.acting(lien.loan));
        signers.extend(
            other
                .filter(|other| !signers.contains(other))
                .filter(|_| year.one_in(2)),
        );
        // After the default nobody is dropped from a plan in force: who is paid by it stays in it.
        let before = self.planned.as_ref().filter(|_| in_default);
        let mut payees: Vec<Payee> = before.map_or(vec![], |before| before.plan.payees.clone());
        for named in payees.iter().filter_map(participant) {
            let named = year.party(named);
            if !signers.contains(&named) {
                signers.push(named);
            }
        }
        let named = signers
            .iter()
            .map(|party| payee(*party))
            .chain(["appraiser", "inventors"].map(outsider));
        for payee in named.collect::<Vec<_>>() {
            if !payees.contains(&payee) {
                payees.push(payee);
            }
        }
        let mut agreed = Agreed {
            appraiser_cap: year.one_in(2).then(|| year.fen(0, 200_000)),
            costs_share: year.one_in(4).then(|| 1 + year.random.below(2_000) as u16),
            costs_in_order: year.one_in(3),
            inventors: year.one_in(3).then(|| 1 + year.random.below(5_000) as u16),
            payers_in_order: year.one_in(2),
            surcharge_with_tax: year.one_in(2),
            swapped: false,
        };
        let known = other.is_some_and(|other| signers.contains(&other));
        let apart = self.liens.len() > 1 && self.liens[0].recorded != self.liens[1].recorded;
        agreed.swapped = known && apart && year.one_in(3);
        let plan = plan_of(&agreed, payees);
        let loan = self.loan;
        if year.one_in(3) {
            let stranger = year.people.buyers[0].user;
            year.refused(stranger, propose_plan(loan, plan.clone()), Reject::UnknownLoan);
        }
        year.must(signers[0].user, propose_plan(loan, plan.clone()));
        if year.one_in(6) {
            // Somebody doesn't sign: of two plans the older stands.
            year.count("plans unsigned");
            return;
        }
        for signer in &signers[1..] {
            // After the default those are enough whose share it touches.
            let waits = year.told.plans[&loan].proposed.is_some();
            if waits {
                year.must(signer.user, sign_plan(loan, &plan));
            }
        }
        let in_force = year.told.plans[&loan]
            .agreed
            .as_ref()
            .is_some_and(|agreed| agreed.digest == plan.digest());
        if !in_force {
            // The other's share is touched, and it signs no plan that does not name it.
            let unnamed = other.is_some_and(|other| !plan.payees.contains(&payee(other)));
            assert!(self.planned.is_some() && in_default && unnamed, "all have signed it");
            year.count("plans that touch who is not asked");
            return;
        }
        year.count(if in_default { "plans after the default" } else { "plans" });
        self.planned = Some(Planned { agreed, plan });
    }

    /// A licence under a consent: its fee goes down the ranks.
    fn license(&mut self, year: &mut Year) {
        let assets = self.standing();
        if assets.is_empty() || self.marks || self.is_late(year, assets[0]) {
            return;
        }
        let (asset, pledgor, taker) = (assets[0], self.pledgor(), year.people.buyers[0]);
        let fee = year.fen(100, 3_000_000);
        let scope = grants::term(year.today(), year.in_days(90));
        let offer = |offer: &mut OfferLicence| (offer.fee, offer.scope) = (yuan(fee), scope.clone());
        let lien = self.own().clone();
        if let Some(reject) = self.lack(&lien, PledgeAct::Licence) {
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
        let stands = Stands::Given;
        self.given.insert((lien.pledge, act), Word { escrow, stands });
        year.count("consents");
    }

    pub(super) fn agrees(&self, lien: &Lien, act: PledgeAct) -> bool {
        self.lack(lien, act).is_none()
    }

    /// Why a pledgee's consent to an act is none.
    pub(super) fn lack(&self, lien: &Lien, act: PledgeAct) -> Option<Reject> {
        match self.given.get(&(lien.pledge, act)).map(|word| word.stands) {
            Some(Stands::Given) => None,
            Some(Stands::Revoked) => Some(Reject::ConsentRevoked),
            Some(Stands::OfAnother) | None => Some(Reject::PledgeConsentRequired),
        }
    }

    /// A pledgee takes back all that it agreed to.
    fn revoke_all(&mut self, year: &mut Year, lien: &Lien) {
        let bank = year.acting(lien.loan);
        for ((pledge, act), word) in &mut self.given {
            if *pledge == lien.pledge && word.stands == Stands::Given {
                year.must(bank.user, revoke(*pledge, *act));
                word.stands = Stands::Revoked;
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
    fn apply_deposit(&mut self, year: &mut Year) {
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
        year.must(by.user, apply(loan, pledgor));
        let part = held.min(owed);
        year.paper.hold(loan.0, pledgor.account, -part);
        year.prepaid(loan, pledgor.account, part);
        year.count("deposits applied");
        self.settle(year);
    }

    /// The acting holder's claim passes, whole or in part.
    fn pass_claim(&mut self, year: &mut Year) {
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
        year.must(acting.user, assign(loan, manager, part, true));
        let holders = &mut year.paper.debt(loan).holders;
        let moved = part.unwrap_or(own);
        match holders.iter_mut().find(|(entity, _)| *entity == manager.entity) {
            Some((_, parts)) => *parts += moved,
            None => holders.insert(1, (manager.entity, moved)),
        }
        holders[0].1 -= moved;
        holders.retain(|(_, parts)| *parts > 0);
        year.count("claims assigned");
        if part.is_none() {
            // Who holds it now has agreed to nothing.
            let pledge = self.own().pledge;
            for (_, word) in self.given.iter_mut().filter(|((of, _), _)| *of == pledge) {
                word.stands = Stands::OfAnother;
            }
            self.stop_if_not_agreed(year);
        }
    }

    /// Whether a pledge of its own stands.
    fn stands(&self) -> bool {
        !self.standing().is_empty()
    }

    /// The debtor pays some, or somebody in its place.
    fn pay_some(&mut self, year: &mut Year) {
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
    fn pay_all(&mut self, year: &mut Year) {
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
    fn advance(&mut self, year: &mut Year) {
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
    fn invalidate(&mut self, year: &mut Year) {
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
    fn is_late(&self, year: &Year, asset: AssetId) -> bool {
        let right = self.rights.iter().find(|right| right.asset == asset);
        // They were due six months before it lapses.
        right.is_some_and(|right| right.lapses.is_some_and(|day| day.0 - year.today().0 < 190))
    }

    /// These rights are no more: what was on offer of them ends, and the pledges stand on the others.
    fn ended(&mut self, year: &mut Year, assets: &[AssetId]) {
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
    fn release_one(&mut self, year: &mut Year) {
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

    fn default(&mut self, year: &mut Year) {
        if self.debt(year).state != Standing::Running {
            return;
        }
        if self.standing().is_empty() {
            return self.over(year, "nothing stands pledged any more");
        }
        let (loan, acting) = (self.loan, year.acting(self.loan));
        if year.one_in(3) {
            year.refused(acting.user, opening(loan, |_| {}), Reject::NotInDefault);
        }
        year.must(acting.user, default(loan, DefaultCause::AgreedEvent));
        year.paper.debt(loan).state = Standing::Default;
        year.count("defaults");
        self.stage = Stage::Default;
    }

    /// A default is cured before anybody is bound, and not after.
    fn cure(&mut self, year: &mut Year) {
        let (loan, acting) = (self.loan, year.acting(self.loan));
        if self.debt(year).state != Standing::Default {
            return;
        }
        if self.is_bound(year) {
            year.refused(acting.user, cure(loan), Reject::CureTooLate);
            return;
        }
        year.must(acting.user, cure(loan));
        year.paper.debt(loan).state = Standing::Running;
        year.count("cures");
        if self.case.is_none() {
            self.stage = Stage::Running;
        }
        self.settle(year);
    }

    /// Whether somebody is bound in its case, or a price is held.
    fn is_bound(&self, year: &Year) -> bool {
        let Some(case) = &self.case else {
            return false;
        };
        let bound = matches!(&self.stage, Stage::OnSale(deal) if deal.is_too_late_to_cure(year.today()));
        !case.held.is_empty() || bound
    }

    /// Opens the case: not without a plan, nor a road.
    fn open_case(&mut self, year: &mut Year) {
        let (loan, acting, pledgor) = (self.loan, year.acting(self.loan), self.pledgor());
        if self.debt(year).state != Standing::Default {
            return;
        }
        if self.standing().is_empty() {
            return self.over(year, "nothing stands pledged any more");
        }
        let third_party = self.own().third_party;
        let unknown = if third_party {
            Reject::UnknownLoan
        } else {
            Reject::NotAParty
        };
        year.refused(pledgor.user, opening(loan, |_| {}), unknown);
        if self.planned.is_none() {
            year.refused(acting.user, opening(loan, |_| {}), Reject::PlanMissing);
            return self.plan(year);
        }
        if year.one_in(4) {
            year.refused(
                acting.user,
                opening(loan, |asked| asked.road = None),
                Reject::TitleRoadMissing,
            );
        }
        // Who disposes of a right agrees to nothing else.
        let own = self.own().clone();
        self.revoke_all(year, &own);
        self.below = None;
        let road = year.random.of(&[
            TitleRoad::Mandate,
            TitleRoad::Mandate,
            TitleRoad::Assignment,
            TitleRoad::Ruling,
        ]);
        let floor = year.random.of(&[0, 5_000, 8_000]);
        let open = opening(loan, |asked| {
            (asked.road, asked.floor) = (Some(road), BasisPoints(floor))
        });
        let id = DisposalId(year.deal(acting.user, open.clone()));
        year.refused(acting.user, open, Reject::DisposalOpen);
        self.case = Some(Case {
            id,
            road,
            floor,
            held: vec![],
            sold: false,
        });
        year.count("disposals");
        self.stage = Stage::Disposing;
    }

    /// The holder gives the case up; not while somebody is bound.
    pub(super) fn end_case(&mut self, year: &mut Year) {
        let Some(case) = &self.case else {
            return;
        };
        let (id, acting) = (case.id, year.acting(self.loan));
        let bound = matches!(&self.stage, Stage::OnSale(deal) if deal.is_bound());
        if bound || !case.held.is_empty() {
            year.refused(acting.user, end(id), Reject::StateForbids);
            return;
        }
        let paid = self.debt(year).state == Standing::Repaid;
        let by = if paid && year.one_in(2) { self.pledgor() } else { acting };
        year.must(by.user, end(id));
        self.case_ended(year, DisposalState::GivenUp);
    }

    /// The other pledgee takes its consent back: what nobody is bound to ends.
    fn revoke_other(&mut self, year: &mut Year) {
        let Some(lien) = self.other().cloned() else {
            return;
        };
        self.revoke_all(year, &lien);
        self.stop_if_not_agreed(year);
    }

    /// What is on offer without the consents that it needs has ended, unless somebody is bound.
    fn stop_if_not_agreed(&mut self, year: &mut Year) {
        let Stage::OnSale(deal) = &self.stage else {
            return;
        };
        if deal.is_bound() || deal.by_court() {
            return;
        }
        let act = deal.act();
        let mut asked = self.liens.iter().filter(|lien| !deal.in_case || lien.loan != self.loan);
        if !asked.all(|lien| self.agrees(lien, act)) {
            self.deal_failed(year);
        }
    }

    /// What is on offer, to go on with.
    pub(super) fn take_deal(&mut self) -> Option<Deal> {
        match std::mem::replace(&mut self.stage, Stage::Running) {
            Stage::OnSale(deal) => Some(deal),
            other => {
                self.stage = other;
                None
            }
        }
    }

    /// What was on offer has come to nothing: what was held goes back.
    pub(super) fn deal_failed(&mut self, year: &mut Year) {
        let deal = self.take_deal().expect("something was on offer");
        year.paper.free(deal.id);
        deal.check_failed(year);
        year.count("sales that failed");
        self.stage = match (&self.case, self.debt(year).state) {
            (Some(_), _) => Stage::Disposing,
            (None, Standing::Default) => Stage::Default,
            (None, _) => Stage::Running,
        };
    }

    /// What became of its case by what was just done, and whether there is anything left to do.
    pub(super) fn settle(&mut self, year: &mut Year) {
        let (state, left) = (self.debt(year).state, !self.standing().is_empty());
        let Some(case) = &self.case else {
            if state == Standing::Repaid && !matches!(self.stage, Stage::OnSale(_)) {
                self.release(year);
            }
            return;
        };
        let holds = !case.held.is_empty();
        let done = if case.sold {
            DisposalState::Closed
        } else {
            DisposalState::Cured
        };
        match state {
            Standing::Running => self.case_ended(year, DisposalState::Cured),
            Standing::Repaid if !self.is_bound(year) => self.case_ended(year, done),
            Standing::Default if !holds && !left => {
                let state = if case.sold {
                    DisposalState::Closed
                } else {
                    DisposalState::GivenUp
                };
                self.case_ended(year, state);
            }
            Standing::Default | Standing::Repaid => {
                assert_eq!(year.told.cases[&case.id].state, DisposalState::Open);
            }
        }
    }

    /// Its case is over: so is what is on offer in it.
    fn case_ended(&mut self, year: &mut Year, expected: DisposalState) {
        let case = self.case.take().expect("it was open");
        let told = &year.told.cases[&case.id];
        assert_eq!(told.state, expected, "{told:?}, {:?}", year.paper.debts[&self.loan]);
        year.count(match expected {
            DisposalState::Closed => "cases closed",
            DisposalState::Cured => "cases cured",
            _ => "cases given up",
        });
        if matches!(self.stage, Stage::OnSale(_)) {
            self.case = None;
            self.deal_failed(year);
        }
        let state = self.debt(year).state;
        let pledge = year.told.pledges[&self.own().pledge];
        self.stage = match state {
            Standing::Running => {
                assert!(
                    pledge == PledgeState::Registered || self.standing().is_empty(),
                    "{pledge:?}"
                );
                Stage::Running
            }
            Standing::Repaid => return self.release(year),
            Standing::Default if self.standing().is_empty() => {
                return self.over(
                    year,
                    if case.sold {
                        "closed with a debt left"
                    } else {
                        "ended with its rights"
                    },
                );
            }
            Standing::Default => {
                assert_eq!(pledge, PledgeState::Defaulted);
                Stage::Default
            }
        };
    }

    /// The debt is paid: the pledge that still stands is released.
    fn release(&mut self, year: &mut Year) {
        if !self.standing().is_empty() {
            let acting = year.acting(self.loan);
            let pledge = self.own().pledge;
            year.must(acting.user, release(pledge, &[]));
            assert_eq!(year.told.pledges[&pledge], PledgeState::Released);
        }
        self.over(year, "paid");
    }

    pub(super) fn over(&mut self, year: &mut Year, why: &'static str) {
        let _ = year;
        self.stage = Stage::Over(why);
    }

    /// How it ended, or why it did not.
    pub(super) fn explained(&self, year: &Year) -> &'static str {
        let state = self.case.as_ref().map(|case| year.told.cases[&case.id].state);
        assert!(
            state.is_none_or(|state| !state.is_over()),
            "a case that is open is not over"
        );
        match &self.stage {
            Stage::New | Stage::Filed => "open: just begun",
            Stage::Running => "open: its loan runs",
            Stage::Default => "open: in default, no case yet",
            Stage::Disposing if self.case.as_ref().is_some_and(|case| !case.held.is_empty()) => "open: a price is held",
            Stage::Disposing => "open: nothing on offer yet",
            Stage::OnSale(_) => "open: on offer",
            Stage::Over(why) => why,
        }
    }
}

/// A payee that has no account here.
pub(super) fn outsider(name: &str) -> Payee {
    Payee::Outsider {
        name: Name::new(name).unwrap(),
    }
}

fn participant(payee: &Payee) -> Option<EntityId> {
    match payee {
        Payee::Participant { entity, .. } => Some(*entity),
        Payee::Outsider { .. } => None,
    }
}

/// The plan of the law with what was agreed, as the engine takes it.
fn plan_of(agreed: &Agreed, payees: Vec<Payee>) -> Plan {
    let place = |name: &str| {
        payees
            .iter()
            .position(|payee| *payee == outsider(name))
            .expect("it is named") as u32
    };
    let portion = |name: &str, cap: Option<Fen>, rate: Option<u16>| Portion {
        payee: place(name),
        weight: 1,
        cap: cap.map(yuan),
        rate: rate.map(BasisPoints),
    };
    let appraiser = agreed.appraiser_cap.map(|cap| portion("appraiser", Some(cap), None));
    let inventors = agreed.inventors.map(|rate| portion("inventors", None, Some(rate)));
    let mut plan = Plan::by_law(protocol::Currency::Cny, payees.clone());
    let costs = &mut plan.tiers[0];
    costs.split = if agreed.costs_in_order {
        Split::InOrder
    } else {
        Split::ProRata
    };
    costs.share = agreed.costs_share.map(BasisPoints);
    costs.payees.extend(appraiser);
    if let Some(inventors) = inventors {
        let before_owners = plan.tiers.len() - 1;
        let tier = Tier {
            payees: vec![inventors],
            ..Tier::plain(TierKind::Agreed)
        };
        plan.tiers.insert(before_owners, tier);
    }
    if agreed.payers_in_order {
        plan.payers = Split::InOrder;
    }
    plan.surcharge_with_tax = agreed.surcharge_with_tax;
    if agreed.swapped {
        plan.ranks = [(1, 2), (2, 1)]
            .map(|(registered, stands)| RankMoved { registered, stands })
            .to_vec();
    }
    plan
}

/// The day, or the first after it that is no Saturday or Sunday.
fn working(day: Date) -> Date {
    // The first of 1970 was a Thursday.
    let of_week = (day.0 + 3).rem_euclid(7);
    Date(day.0 + (7 - of_week) * i32::from(of_week > 4))
}

/// Records what a right is worth; the number of the valuation.
pub(super) fn value_anew(year: &mut Year, asset: AssetId, value: Fen) -> u64 {
    let valuation = RecordValuation {
        asset,
        basis: Basis::Agreed(NamedValue { amount: yuan(value) }),
        expires: year.in_days(365),
        evidence: EVIDENCE,
    };
    year.deal(OPERATOR, Command::RecordValuation(Box::new(valuation)))
}
