//! A loan and what becomes of it: pledged, consented to, paid, defaulted, disposed of, over. Each time it wakes, its people
//! do one thing at random; what must be refused is tried beside it.

use super::{
    converted::Turning,
    deal::Deal,
    debt::{Debt, Standing},
    left::{Left, Promise},
    licensed::Lease,
    paper::{Agreed, Fen, Lien},
    venue::Year,
};
use crate::floor::{
    OPERATOR, Party, day,
    grants::EVIDENCE,
    pledges::{application, claim_terms, file, guarantor, lent, made_loan, recorded_at},
    titles::trademark,
    yuan,
};
use protocol::{
    AssetId, Command, Date, DisposalId, EntityId, LoanId, PledgeId, Receipt, Reject, Timestamp, TransferId,
    disposal::TitleRoad,
    plan::Plan,
    pledge::{Maximum, PledgeAct, PledgeApplication, PledgorKind},
    title::{Basis, NamedValue, RecordValuation, Share},
};
use std::collections::BTreeMap;

/// A right of it.
pub(super) struct Right {
    pub asset: AssetId,
    pub value: Fen,
    /// Whether the pledges stand on it: it is not sold, released or at its end.
    pub stands: bool,
    /// When it lapses unless its dues are paid.
    pub lapses: Option<Date>,
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
    /// What deposits gave: by which resale, how much of an earlier price, how much to the debt.
    pub forfeits: Vec<(u64, Fen, Fen)>,
    pub sold: bool,
    /// What was advanced since it was opened.
    pub costs: Fen,
    /// Whether its pledgor agreed that all is sold.
    pub all: bool,
    /// What a lot left unsold.
    pub left: Option<Left>,
}

/// A lot that was not paid: in which case, by whom, the price, the deposit that is held, and of which rights.
pub(super) struct Unpaid {
    pub lot: u64,
    pub case: Option<DisposalId>,
    pub buyer: Party,
    pub price: Fen,
    pub deposit: Fen,
    pub assets: Vec<AssetId>,
}

/// A consent. It counts while who gave it is who acts for the claim: another agrees to nothing by it, and who has its claim
/// back stands by what it said last.
pub(super) struct Word {
    pub by: EntityId,
    /// Whether the price is held, else it pays the debt early.
    pub escrow: bool,
    pub revoked: bool,
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
    /// Its rights are licensed back to their owner.
    Licensed(Lease),
    /// Its claim is being turned into shares.
    Turning(Turning),
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
    pub marks: bool,
    /// Whether nobody will ever sign a plan.
    pub stubborn: bool,
    /// Lots that were not paid.
    pub unpaid: Vec<Unpaid>,
    /// Who promised to buy what stays unsold.
    pub promised: Option<Promise>,
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
            promised: None,
        }
    }

    /// When something comes by itself: its rights lapse, or what is licensed back is over.
    pub(super) fn comes(&self) -> Vec<Date> {
        let standing = self.rights.iter().filter(|right| right.stands);
        let over = match &self.stage {
            Stage::Licensed(lease) => Some(lease.fees.over_at()),
            _ => None,
        };
        standing.filter_map(|right| right.lapses).chain(over).collect()
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
            Stage::Licensed(lease) => {
                self.stage = Stage::Licensed(lease);
                self.licensed(year);
            }
            Stage::Turning(deal) => {
                self.stage = Stage::Turning(deal);
                self.turn(year);
            }
            Stage::Over(why) => self.stage = Stage::Over(why),
        }
        match &self.stage {
            Stage::Over(_) => None,
            Stage::Filed => Some(1 + year.random.below(4) as i32),
            Stage::OnSale(deal) => Some(deal.wait(year.today())),
            Stage::Licensed(_) => Some(1 + year.random.below(9) as i32),
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

    /// What comes before its own debt: others' whose pledges rank first, within their maxima.
    pub(super) fn ahead(&self, year: &Year) -> Fen {
        let agreed = self.planned.as_ref().map(|planned| planned.agreed.ranks);
        let ranks = agreed.unwrap_or_default().of(&self.liens);
        let place = |lien: &Lien| ranks.iter().position(|rank| rank.contains(&lien.recorded));
        let own = self.liens.iter().filter(|lien| lien.loan == self.loan).map(place).min();
        let ahead = self
            .liens
            .iter()
            .filter(|lien| lien.loan != self.loan && Some(place(lien)) < own);
        let today = year.today();
        let asked = ahead.map(|lien| {
            let debt = &year.paper.debts[&lien.loan];
            let backed: Fen = debt.backers.iter().map(|backer| backer.left).sum();
            (debt.owed(today) + backed).min(lien.maximum.unwrap_or(Fen::MAX))
        });
        asked.sum()
    }

    pub(super) fn lend(&mut self, year: &mut Year) {
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
    pub(super) fn borrow(&mut self, year: &mut Year, (bank, shared): (Party, Option<Party>), debtor: Party) -> LoanId {
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
        year.lent(loan, Debt::new(debtor.entity, holders, principal, rate, [today, due]));
        loan
    }

    /// A right of the pledgor, valued; of some the dues fall soon.
    pub(super) fn register(&mut self, year: &mut Year, mark: bool) {
        let (pledgor, number, today) = (self.pledgor(), year.number(), year.today());
        let soon = (!mark && year.one_in(2)).then(|| year.within(5, 40));
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
    pub(super) fn file(&mut self, year: &mut Year, other: Option<LoanId>, debtor: Party) {
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

    pub(super) fn application(
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
    pub(super) fn record(&mut self, year: &mut Year) {
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
    pub(super) fn run(&mut self, year: &mut Year) {
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
            11 => self.promise(year),
            _ => self.default(year),
        }
    }

    /// A default is cured, or comes to a case once a plan is signed.
    pub(super) fn in_default(&mut self, year: &mut Year) {
        match year.random.below(16) {
            0..=3 => self.plan(year),
            4 => self.cure(year),
            5 => self.pay_some(year),
            6 => self.pass_claim(year),
            7 => self.advance(year),
            8 if year.one_in(2) => self.invalidate(year),
            8 => self.apply_deposit(year),
            9 if year.one_in(3) => self.pay_all(year),
            10 if self.stubborn => self.over("given up without a plan"),
            11 | 12 => self.promise(year),
            _ => self.open_case(year),
        }
    }

    /// A case is open and nothing on offer.
    pub(super) fn dispose(&mut self, year: &mut Year) {
        let case = self.case.as_ref().expect("it is open");
        let (holds, left) = (!case.held.is_empty(), !self.standing().is_empty());
        if holds && (!left || !year.one_in(3)) {
            if year.one_in(4) {
                self.plan(year);
            }
            return self.distribute(year);
        }
        if self.debt(year).state == Standing::Repaid && !holds {
            // Paid while a sale was bound that came to nothing.
            return self.end_case(year);
        }
        if !left {
            return self.distribute(year);
        }
        if year.one_in(2) && self.take_what_is_left(year) {
            return;
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
            9..=11 => self.license_back(year),
            12 | 13 => self.convert(year),
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

    /// Whether a pledge of its own stands.
    pub(super) fn stands(&self) -> bool {
        !self.standing().is_empty()
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
        // The deposit of who let a lot fall stays where it is.
        if !deal.is_forfeited(year) {
            year.paper.free(deal.id);
        }
        deal.check_failed(year);
        year.count("sales that failed");
        self.stage = match (&self.case, self.debt(year).state) {
            (Some(_), _) => Stage::Disposing,
            (None, Standing::Default) => Stage::Default,
            (None, _) => Stage::Running,
        };
    }

    pub(super) fn over(&mut self, why: &'static str) {
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
            Stage::Licensed(_) => "open: licensed back",
            Stage::Turning(_) => "open: waits for shares",
            Stage::Over(why) => why,
        }
    }
}

/// The day, or the first after it that is no Saturday or Sunday.
pub(super) fn working(day: Date) -> Date {
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
