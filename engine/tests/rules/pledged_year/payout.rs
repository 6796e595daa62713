//! A price is paid out: what is asked of it at random, who has it on paper, and what the engine says of it.

use super::{
    cases::outsider,
    deal::Step,
    matter::{Brought, Matter, Stage},
    paper::{Asked, Fen, Split, Tax, Who},
    venue::{VENUE, Year},
};
use crate::floor::{
    disposals::{distribute, payee, scheme},
    yuan,
};
use protocol::{
    Date, EntityId, Reject,
    disposal::{DistributeProceeds, SchemeShare, TitleRoad},
    plan::{Attachment, CostKind, OwnersPart, Payee, SaleCost, TaxArrears, Taxpayer},
    pledge::PledgeState,
};
use std::collections::BTreeMap;

impl Matter {
    /// Pays out what a sale brought.
    pub(super) fn distribute(&mut self, year: &mut Year) {
        let case = self.case.as_mut().expect("it is open");
        let (id, by_court) = (case.id, case.road == TitleRoad::Ruling);
        let at = year.random.below(case.held.len() as u64) as usize;
        let brought = case.held.remove(at);
        let resale = match &self.stage {
            Stage::OnSale(deal) if matches!(deal.step, Step::Released | Step::Filed | Step::Funded) => Some(deal.id),
            _ => None,
        };
        let case = self.case.as_mut().expect("it is open");
        // What a deposit gave is shared out with its resale, or with the next where that came to nothing.
        let lives = |of: u64| Some(of) == resale || case.held.iter().any(|held| held.transfer.0 == of);
        let (joined, rest): (Vec<_>, Vec<_>) = case
            .forfeits
            .iter()
            .partition(|(of, ..)| *of == brought.transfer.0 || !lives(*of));
        case.forfeits = rest;
        let sum = |of: fn(&(u64, Fen, Fen)) -> Fen| joined.iter().map(of).sum::<Fen>();
        let (gap, to_debt) = (sum(|(_, gap, _)| *gap), sum(|(.., debt)| *debt));
        let gross = brought.price + gap + to_debt;
        let (acting, pledgor, today) = (year.acting(self.loan), self.pledgor(), year.today());
        let (plan, agreed) = {
            let planned = self.planned.as_ref().expect("a plan is in force");
            (planned.plan.clone(), planned.agreed)
        };
        let mut asked = draw_claims(year, &brought, pledgor.entity);
        (asked.agreed, asked.gap, asked.to_debt) = (agreed, gap, to_debt);
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
            (split, shares) = self.scheme(year, gross);
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
        check_statement(year, &brought, gross, (!by_court).then_some(&split));
        year.paper.hold(id.0, pledgor.account, -gross);
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
    pub(super) fn scheme(&self, year: &mut Year, gross: Fen) -> (Split, Vec<SchemeShare>) {
        let owed = year.paper.debts[&self.loan].owed(year.today());
        let mut left = gross;
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
        gap: 0,
        to_debt: 0,
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
                rate: None,
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
fn check_statement(year: &Year, brought: &Brought, gross: Fen, split: Option<&Split>) {
    let told = &year.told.paid_out[&brought.transfer];
    let all: Fen = told.statement.lines.iter().map(|line| line.paid.money.minor()).sum();
    assert_eq!(all, gross, "{told:?}");
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
