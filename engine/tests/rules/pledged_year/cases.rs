//! A loan's plan, its default and its case: opened, cured, given up, and what becomes of it by what was just done.

use super::{
    debt::Standing,
    matter::{Case, Matter, Planned, Stage},
    paper::{Agreed, Fen, Ranks},
    venue::Year,
};
use crate::floor::{
    Party,
    disposals::{end, opening, payee, propose_plan, sign_plan},
    pledges::{cure, default, release},
    yuan,
};
use protocol::{
    BasisPoints, DisposalId, EntityId, Reject,
    disposal::{DisposalState, TitleRoad},
    plan::{Payee, Plan, Portion, RankMoved, Split, Tier, TierKind},
    pledge::{DefaultCause, PledgeState},
    reverse::ReverseLicenceState,
    text::Name,
};

impl Matter {
    /// A plan of the waterfall: proposed by the acting holder, signed by whom it needs, or not.
    pub(super) fn plan(&mut self, year: &mut Year) {
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
            ranks: Ranks::AsRecorded,
        };
        let known = other.is_some_and(|other| signers.contains(&other));
        let apart = self.liens.len() > 1 && self.liens[0].recorded != self.liens[1].recorded;
        if known && apart {
            let orders = [Ranks::AsRecorded, Ranks::AsRecorded, Ranks::Swapped, Ranks::Level];
            agreed.ranks = year.random.of(&orders);
        }
        // After the default nobody comes to stand level, or ceases to: that would touch one of them alone.
        let before = before.map(|before| before.agreed.ranks);
        agreed.ranks = match before {
            Some(before) if [before, agreed.ranks].contains(&Ranks::Level) => before,
            _ => agreed.ranks,
        };
        let plan = plan_of(&agreed, payees);
        let loan = self.loan;
        if year.one_in(3) {
            let stranger = year.people.buyers[0].user;
            year.refused(stranger, propose_plan(loan, plan.clone()), Reject::UnknownLoan);
        }
        // Any holder of the claim proposes it, or the pledgor while it has a share.
        let sides = self.debt(year).holders.len() + usize::from(self.has_shares());
        signers.swap(0, year.random.below(sides as u64) as usize);
        year.must(signers[0].user, propose_plan(loan, plan.clone()));
        // Somebody may not sign: of two plans the older stands, unless the change needs nobody else.
        let stops = year.one_in(6);
        let needed = self.asked_of_change(year, &agreed, &plan).unwrap_or(signers.clone());
        for (at, signer) in signers[1..].iter().enumerate() {
            let waits = year.told.plans[&loan].proposed.is_some();
            let enough = needed.iter().all(|one| signers[..=at].contains(one));
            assert!(
                waits || enough,
                "a plan is in force, and {needed:?} have not all signed it"
            );
            if waits && !stops {
                year.must(signer.user, sign_plan(loan, &plan));
            }
        }
        let in_force = year.told.plans[&loan]
            .agreed
            .as_ref()
            .is_some_and(|agreed| agreed.digest == plan.digest());
        if stops && !in_force {
            year.count("plans unsigned");
            return;
        }
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

    /// Whether there is anything to share: a right that stands pledged, or a price that is held.
    fn has_shares(&self) -> bool {
        !self.standing().is_empty() || self.case.as_ref().is_some_and(|case| !case.held.is_empty())
    }

    /// Who has to sign a plan that changes one after the default: those whose share it touches. Of another all sign.
    fn asked_of_change(&self, year: &Year, agreed: &Agreed, plan: &Plan) -> Option<Vec<Party>> {
        let in_default = self.debt(year).state == Standing::Default;
        let before = self.planned.as_ref().filter(|_| in_default)?;
        if !self.has_shares() {
            // There is nothing to share.
            return Some(vec![]);
        }
        if before.plan.payees != plan.payees {
            return None;
        }
        let (old, new) = (&before.agreed, agreed);
        let ahead = |of: &Agreed| (of.appraiser_cap, of.costs_share, of.surcharge_with_tax);
        let ahead = ahead(old) != ahead(new);
        let mut asked = vec![];
        if ahead || old.ranks != new.ranks {
            asked.push(year.acting(self.loan));
            let other = self.other().map(|lien| year.acting(lien.loan));
            asked.extend(other.filter(|other| plan.payees.contains(&payee(*other))));
        }
        if ahead || old.inventors != new.inventors {
            asked.push(self.pledgor());
        }
        Some(asked)
    }

    /// A default is declared.
    pub(super) fn default(&mut self, year: &mut Year) {
        if self.debt(year).state != Standing::Running {
            return;
        }
        if self.standing().is_empty() {
            return self.over("nothing stands pledged any more");
        }
        let (loan, acting) = (self.loan, year.acting(self.loan));
        if year.one_in(3) {
            year.refused(acting.user, opening(loan, |_| {}), Reject::NotInDefault);
        }
        year.must(acting.user, default(loan, DefaultCause::AgreedEvent));
        year.refused(
            acting.user,
            default(loan, DefaultCause::AgreedEvent),
            Reject::StateForbids,
        );
        year.paper.debt(loan).state = Standing::Default;
        year.count("defaults");
        self.stage = Stage::Default;
    }

    /// A default is cured before anybody is bound, and not after.
    pub(super) fn cure(&mut self, year: &mut Year) {
        let (loan, acting) = (self.loan, year.acting(self.loan));
        if self.debt(year).state != Standing::Default {
            return;
        }
        if self.is_bound(year) {
            year.refused(acting.user, cure(loan), Reject::CureTooLate);
            return;
        }
        // What is due: all of it from its day on, before that what was advanced; the costs of the case stay owed.
        let debt = self.debt(year);
        let due = if debt.due <= year.today() {
            debt.owed(year.today())
        } else {
            debt.costs
        };
        if self.case.as_ref().is_some_and(|case| due > case.costs) {
            year.refused(acting.user, cure(loan), Reject::CureIncomplete);
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
    pub(super) fn is_bound(&self, year: &Year) -> bool {
        let Some(case) = &self.case else {
            return false;
        };
        let bound = matches!(&self.stage, Stage::OnSale(deal) if deal.is_too_late_to_cure(year.today()));
        !case.held.is_empty() || bound
    }

    /// Opens the case: not without a plan, nor a road.
    pub(super) fn open_case(&mut self, year: &mut Year) {
        let (loan, acting, pledgor) = (self.loan, year.acting(self.loan), self.pledgor());
        if self.debt(year).state != Standing::Default {
            return;
        }
        if self.standing().is_empty() {
            return self.over("nothing stands pledged any more");
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
            forfeits: vec![],
            sold: false,
            costs: 0,
            all: false,
            left: None,
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
    pub(super) fn revoke_other(&mut self, year: &mut Year) {
        let Some(lien) = self.other().cloned() else {
            return;
        };
        self.revoke_all(year, &lien);
        self.stop_if_not_agreed(year);
    }

    /// What is on offer without the consents that it needs has ended, unless somebody is bound.
    pub(super) fn stop_if_not_agreed(&mut self, year: &mut Year) {
        let Stage::OnSale(deal) = &self.stage else {
            return;
        };
        if deal.is_bound() || deal.by_court() {
            return;
        }
        let act = deal.act();
        let mut asked = self.liens.iter().filter(|lien| !deal.in_case || lien.loan != self.loan);
        if !asked.all(|lien| self.agrees(year, lien, act)) {
            self.deal_failed(year);
        }
    }

    /// What became of its case by what was just done, and whether there is anything left to do.
    pub(super) fn settle(&mut self, year: &mut Year) {
        if self.waits_for_shares(year) {
            return;
        }
        let (state, left) = (self.debt(year).state, !self.standing().is_empty());
        let Some(case) = &self.case else {
            if state == Standing::Repaid && !matches!(self.stage, Stage::OnSale(_)) {
                self.release(year);
            }
            return;
        };
        let holds = !case.held.is_empty();
        let licensed = matches!(self.stage, Stage::Licensed(_));
        let done = if case.sold || licensed {
            DisposalState::Closed
        } else {
            DisposalState::Cured
        };
        match state {
            Standing::Running => self.case_ended(year, DisposalState::Cured),
            Standing::Repaid if !self.is_bound(year) => self.case_ended(year, done),
            // The holders have theirs, and who paid in the debtor's place waits still.
            Standing::Default if licensed && self.debt(year).owed(year.today()) == 0 => {
                self.licence_over(year, ReverseLicenceState::DebtCleared);
            }
            Standing::Default if !holds && !left && !self.awaits_last_fee(year) => {
                let state = if case.sold {
                    DisposalState::Closed
                } else {
                    DisposalState::GivenUp
                };
                self.case_ended(year, state);
            }
            Standing::Default | Standing::Repaid => {
                assert_eq!(year.told.cases[&case.id].state, self.case_stands(year));
            }
        }
    }

    /// Its case is over: so is what is on offer in it.
    pub(super) fn case_ended(&mut self, year: &mut Year, expected: DisposalState) {
        self.licence_ended(year);
        let case = self.case.take().expect("it was open");
        let told = &year.told.cases[&case.id];
        assert_eq!(told.state, expected, "{told:?}, {:?}", year.paper.debts[&self.loan]);
        year.count(match expected {
            DisposalState::Closed => "cases closed",
            DisposalState::Cured => "cases cured",
            _ => "cases given up",
        });
        // What deposits gave and no sale was paid out with goes to the debt.
        let pledgor = self.pledgor().account;
        for (_, gap, debt) in case.forfeits {
            year.paper.hold(case.id.0, pledgor, -(gap + debt));
            let of = self.debt(year);
            let owed = if of.state == Standing::Repaid {
                0
            } else {
                of.owed(year.today())
            };
            year.prepaid(self.loan, pledgor, (gap + debt).min(owed));
        }
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
                return self.over(if case.sold {
                    "closed with a debt left"
                } else {
                    "ended with its rights"
                });
            }
            Standing::Default => {
                assert_eq!(pledge, PledgeState::Defaulted);
                Stage::Default
            }
        };
    }

    /// The debt is paid: the pledge that still stands is released.
    pub(super) fn release(&mut self, year: &mut Year) {
        if !self.standing().is_empty() {
            let acting = year.acting(self.loan);
            let pledge = self.own().pledge;
            year.must(acting.user, release(pledge, &[]));
            assert_eq!(year.told.pledges[&pledge], PledgeState::Released);
        }
        self.over("paid");
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
    let moved: &[(u32, u32)] = match agreed.ranks {
        Ranks::AsRecorded => &[],
        Ranks::Swapped => &[(1, 2), (2, 1)],
        Ranks::Level => &[(2, 1)],
    };
    let moved = moved
        .iter()
        .map(|&(registered, stands)| RankMoved { registered, stands });
    plan.ranks = moved.collect();
    plan
}

/// A payee that has no account here.
pub(super) fn outsider(name: &str) -> Payee {
    Payee::Outsider {
        name: Name::new(name).unwrap(),
    }
}
