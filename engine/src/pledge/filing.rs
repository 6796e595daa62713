//! Filing: an application to record a pledge, from the paper of its parties to the registrar's desk (RULES.md 2.2).
//!
//! Invariant: nothing is examined in a pledgor's name before it signed, or gave a mandate; and nothing is created here,
//! but where the parties record themselves (动产和权利担保统一登记办法 2, 3) or nobody does.

use crate::{
    book::Book,
    kit::{checks::require, deadlines::Deadline},
    pledge::{
        examine::{Asked, check_intake},
        life::{self, Input},
        loans::MAY_ACT,
    },
    register::{
        party::User,
        pledges::{concerns, is_live},
        right::Asset,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use protocol::{
    AssetId, Date, EntityId, PledgeId, Readers, Receipt, Record, Reject, Timestamp,
    pledge::{
        COVER_PCT_MAX, FILINGS_MAX, FilePledge, FilingWay, Loan, Maximum, OfferedRight, PLEDGED_MAX, PLEDGES_MAX,
        Pledge, PledgeAct, PledgeApplication, PledgeState, PledgeWarning, PledgedRight, Registrar, SignPledge,
        WithdrawPledge,
    },
};

/// The days in which a pledge of a work is recorded once it is accepted (著作权质权登记办法): no working days.
const COPYRIGHT_DAYS: i32 = 10;

/// The working days in which an office answers, by the way in (RULES.md 2.2).
const fn window_days(way: FilingWay) -> u32 {
    match way {
        FilingWay::Online => 2,
        FilingWay::Counter => 3,
        FilingWay::Paper => 5,
    }
}

/// Whether nothing is named twice.
pub(super) fn are_distinct<T: Copy + Into<u16>>(items: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().all(|item| seen.insert(item.into()))
}

/// Whether a maximum amount is one that this loan's claims can arise under.
fn is_maximum(maximum: &Maximum, application: &PledgeApplication, today: Date) -> bool {
    maximum.limit == application.amount && maximum.until.is_none_or(|until| until >= today)
}

/// Whether an application is one of its loan.
fn fits(application: &PledgeApplication, loan: &Loan, today: Date) -> bool {
    let PledgeApplication {
        rights,
        amount,
        maximum,
        contract,
        acknowledged,
        cover_pct,
        pledgor,
        ..
    } = application;
    let currency = loan.terms.principal.currency;
    let assets: BTreeSet<_> = rights.iter().map(|right| right.asset).collect();
    let worth = |right: &OfferedRight| {
        right
            .value
            .is_none_or(|value| value.currency == currency && value.money.minor() > 0)
    };
    (1..=PLEDGED_MAX).contains(&rights.len())
        && assets.len() == rights.len()
        && rights.iter().all(worth)
        && amount.currency == currency
        && amount.money.minor() > 0
        && maximum.is_none_or(|maximum| is_maximum(&maximum, application, today))
        && are_distinct(contract.states.iter().map(|term| *term as u8))
        && are_distinct(acknowledged.iter().map(|known| known.what as u8))
        && *cover_pct <= COVER_PCT_MAX
        && !loan.is_owed_to(*pledgor)
}

/// The rights of an application.
fn assets_of(application: &PledgeApplication) -> Vec<AssetId> {
    application.rights.iter().map(|right| right.asset).collect()
}

impl<B: Book> Exchange<B> {
    /// Files applications, all or none of them. What its other side has not signed is a draft.
    pub(crate) fn file_pledge(
        &mut self,
        user: User,
        asked: &FilePledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        for application in &asked.applications {
            self.loan_for(user, application.loan)?;
        }
        for application in &asked.applications {
            self.check_replaced(user, application)?;
        }
        for application in &asked.applications {
            let owed = self.pledging.lent(application.loan).loan.is_owed_to(user.entity);
            let files = user.is_operator() || owed || user.entity == application.pledgor;
            require(files, Reject::NotAParty)?;
        }
        let today = tell.at.venue_date();
        for application in asked.applications.iter().filter(|one| self.goes_on(user, one)) {
            let registrar = self.registrar_of(application.pledgor, &assets_of(application));
            self.window_for(registrar, application.way, today)?;
        }
        require(
            (1..=FILINGS_MAX).contains(&asked.applications.len()),
            Reject::FilingInvalid,
        )?;
        let mut named: BTreeMap<AssetId, usize> = BTreeMap::new();
        for right in asked.applications.iter().flat_map(|application| &application.rights) {
            *named.entry(right.asset).or_default() += 1;
        }
        for application in &asked.applications {
            self.check_application(user, application, &named, tell.at)?;
        }
        for application in &asked.applications {
            self.register.check_entity(application.pledgor)?;
        }

        let first = PledgeId(u32::try_from(self.pledging.pledges.len()).expect("fewer than commands"));
        for application in &asked.applications {
            let id = self.add_pledge(user.house(), application);
            if self.goes_on(user, application) {
                self.submit(id, tell);
            }
            self.tell_pledge(id, tell);
        }
        let count = u32::try_from(asked.applications.len()).expect("at most a hundred");
        Ok(Receipt::Pledges(first, count))
    }

    /// Whether both sides have spoken: the venue has their papers, or the pledgee has the pledgor's mandate.
    fn goes_on(&self, user: User, application: &PledgeApplication) -> bool {
        let lent = self.pledging.loans.get(application.loan);
        let mandated = application.mandate.is_some() && lent.is_some_and(|lent| lent.loan.is_owed_to(user.entity));
        user.is_operator() || mandated
    }

    /// The pledge that an application is to take the place of is one for the same debt.
    fn check_replaced(&self, user: User, application: &PledgeApplication) -> Result<(), Reject> {
        let Some(replaced) = application.replaces else {
            return Ok(());
        };
        let pledge = &self.pledge_for(user, replaced)?;
        require(
            pledge.loan == application.loan && pledge.state.is_active(),
            Reject::UnknownPledge,
        )
    }

    /// What is asked of an application, in the order of the refusals. Of a draft it is asked only whose the rights are.
    fn check_application(
        &self,
        user: User,
        application: &PledgeApplication,
        named: &BTreeMap<AssetId, usize>,
        at: Timestamp,
    ) -> Result<(), Reject> {
        let loan = &self.pledging.lent(application.loan).loan;
        let assets = assets_of(application);
        let whole = fits(application, loan, at.venue_date());
        let signed = self.goes_on(user, application);
        let registrar = self.registrar_of(application.pledgor, &assets);
        require(whole && registrar.is_some(), Reject::FilingInvalid)?;
        check_intake(&application.intake, application.pledgor == loan.debtor)?;
        let rights = assets.iter().map(|asset| self.right_of(application.pledgor, *asset));
        let rights = rights.collect::<Result<Vec<_>, _>>();
        let full = |(asset, right): (&AssetId, &&Asset)| right.pledges.len() + named[asset] > PLEDGES_MAX;
        let full = rights.as_ref().is_ok_and(|rights| assets.iter().zip(rights).any(full));
        require(!full, Reject::PledgesTooMany)?;
        if !signed {
            return rights.map(|_| ());
        }
        let asked = Asked {
            pledge: None,
            pledgor: application.pledgor,
            assets: &assets,
            amount: application.amount,
            debt_ends: loan.due_day(),
            contract: &application.contract,
            agreed_otherwise: application.co_owners.is_some(),
            same_day: application.same_day,
            acknowledged: &application.acknowledged,
        };
        self.examine(&asked, at)
    }

    /// The last day for the answer of a registrar to what it gets today: of those who examine.
    fn window_for(
        &self,
        registrar: Option<Registrar>,
        way: Option<FilingWay>,
        today: Date,
    ) -> Result<Option<Date>, Reject> {
        match registrar {
            Some(Registrar::Cnipa) => {
                let days = window_days(way.unwrap_or(FilingWay::Online));
                self.working_days(today, days).map(Some)
            }
            Some(Registrar::CopyrightCentre) => Ok(Some(self.step_until(Date(today.0 + COPYRIGHT_DAYS)).day)),
            Some(Registrar::Pboc | Registrar::Nobody) | None => Ok(None),
        }
    }

    /// The last day for the registrar's answer to a pledge that it gets today.
    pub(super) fn window_of(&self, pledge: &Pledge, today: Date) -> Result<Option<Date>, Reject> {
        self.window_for(Some(pledge.registrar), Some(pledge.way), today)
    }

    /// Writes an application down.
    fn add_pledge(&mut self, filed_by: EntityId, application: &PledgeApplication) -> PledgeId {
        let id = PledgeId(u32::try_from(self.pledging.pledges.len()).expect("fewer than commands"));
        let assets = assets_of(application);
        let registrar = self.registrar_of(application.pledgor, &assets).expect("asked before");
        let loan = self.pledging.change_lent(application.loan, |lent| {
            lent.pledges.push(id);
            lent.loan.clone()
        });
        let offered = |right: &OfferedRight| PledgedRight {
            asset: right.asset,
            value: right.value,
            released_at: None,
            ended: None,
        };
        let pledge = Pledge {
            pledge: id,
            loan: application.loan,
            pledgor: application.pledgor,
            debt_ends: loan.due_day(),
            pledgees: loan.creditors,
            rights: application.rights.iter().map(offered).collect(),
            amount: application.amount,
            maximum: application.maximum,
            fixed: None,
            state: PledgeState::Draft,
            registrar,
            way: application.way.unwrap_or(FilingWay::Online),
            in_rem: registrar.is_in_rem(),
            contract: application.contract.clone(),
            co_owners: application.co_owners,
            same_day: application.same_day,
            acknowledged: application.acknowledged.clone(),
            cover_pct: application.cover_pct,
            filed_by,
            submitted_at: None,
            window: None,
            overdue: false,
            defects: Vec::new(),
            refused: None,
            registered_at: None,
            number: None,
            warnings: Vec::new(),
            register_behind: false,
            replaces: application.replaces,
            substituted: None,
            evidence: None,
        };
        self.pledging.pledges.add(pledge);
        for asset in assets {
            self.register.right_mut(asset).pledges.push(id);
            self.settle_gate(asset);
        }
        id
    }

    /// Signs what the other side filed: it goes to the registrar.
    pub(crate) fn sign_pledge(
        &mut self,
        user: User,
        asked: &SignPledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let pledge = &self.pledge_for(user, asked.pledge)?;
        let pledgor = user.entity == pledge.pledgor && pledge.filed_by != pledge.pledgor;
        let pledgee = pledge.filed_by == pledge.pledgor && is_pledgee(pledge, user.entity);
        require(pledgor || pledgee, Reject::NotAParty)?;
        self.window_of(pledge, tell.at.venue_date())?;
        life::step(pledge.state, Input::Submit)?;
        require(asked.contract == pledge.contract.digest, Reject::ContractDiffers)?;
        self.examine_pledge(asked.pledge, tell.at)?;

        self.submit(asked.pledge, tell);
        self.tell_pledge(asked.pledge, tell);
        Ok(Receipt::Done)
    }

    /// Asks of a pledge that is filed what stands in the way of its recording.
    pub(super) fn examine_pledge(&self, id: PledgeId, at: Timestamp) -> Result<(), Reject> {
        let pledge = &self.pledging.of(id);
        let assets: Vec<_> = pledge.rights.iter().map(|right| right.asset).collect();
        let asked = Asked {
            pledge: Some(id),
            pledgor: pledge.pledgor,
            assets: &assets,
            amount: pledge.amount,
            debt_ends: pledge.debt_ends,
            contract: &pledge.contract,
            agreed_otherwise: pledge.co_owners.is_some(),
            same_day: pledge.same_day,
            acknowledged: &pledge.acknowledged,
        };
        self.examine(&asked, at)
    }

    /// An application that was examined goes to the registrar; where the parties record themselves, or nobody does, it is
    /// created in this moment.
    fn submit(&mut self, id: PledgeId, tell: &mut Tell<'_>) {
        let warnings = self.warnings_of(&self.pledging.of(id), tell.at);
        let registrar = self.pledging.change(id, |pledge| {
            pledge.state = life::step(pledge.state, Input::Submit).expect("asked before");
            pledge.submitted_at = Some(tell.at);
            pledge.warnings = warnings;
            pledge.registrar
        });
        if registrar.examines() {
            self.open_window(id, tell);
        } else {
            self.record_pledge(id, tell.at, tell);
        }
    }

    /// The registrar's window begins: it was asked before whether its last day is known.
    pub(super) fn open_window(&mut self, id: PledgeId, tell: &Tell<'_>) {
        let last = self.window_of(&self.pledging.of(id), tell.at.venue_date());
        let last = last.expect("asked before");
        self.pledging
            .change(id, |pledge| (pledge.window, pledge.overdue) = (last, false));
        if let Some(last) = last {
            self.deadlines.add(last.next().start(), Deadline::WindowEnds(id));
        }
    }

    /// The registrar's window closes: it answered, or the application is gone.
    pub(super) fn close_window(&mut self, id: PledgeId) {
        if let Some(last) = self.pledging.change(id, |pledge| pledge.window.take()) {
            self.deadlines.remove(last.next().start(), Deadline::WindowEnds(id));
        }
    }

    /// The registrar did not answer in its window: that is told, and nothing else follows.
    pub(crate) fn window_ends(&mut self, id: PledgeId, tell: &mut Tell<'_>) {
        let pledge = self.pledging.of(id);
        if pledge.window.map(|last| last.next().start()) == Some(tell.at) && !pledge.overdue {
            self.pledging.change(id, |pledge| pledge.overdue = true);
            self.tell_pledge(id, tell);
        }
    }

    /// Takes an application back. A draft by either side; what is before the registrar, by the pledgee.
    pub(crate) fn withdraw_pledge(
        &mut self,
        user: User,
        asked: &WithdrawPledge,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let pledge = &self.pledge_for(user, asked.pledge)?;
        let declines = pledge.state == PledgeState::Draft && pledge.pledgor == user.entity;
        let may = user.is_operator() || is_pledgee(pledge, user.entity) || declines;
        require(may, Reject::NotAParty)?;
        let state = life::step(pledge.state, Input::Withdraw)?;

        self.end_pledge(asked.pledge, state, tell);
        Ok(Receipt::Done)
    }

    /// The pledge, if the asker may know of it: another's is as good as none.
    pub(crate) fn pledge_for(&self, user: User, pledge: PledgeId) -> Result<Pledge, Reject> {
        let found = self.pledging.pledge(pledge)?;
        if user.is_operator() || self.is_party_of(&found, user.entity) {
            Ok(found)
        } else {
            Err(Reject::UnknownPledge)
        }
    }

    /// The pledge, for one of its holders or the venue in its place.
    pub(super) fn pledge_of(&self, user: User, pledge: PledgeId) -> Result<Pledge, Reject> {
        user.may(MAY_ACT)?;
        let pledge = self.pledge_for(user, pledge)?;
        require(
            user.is_operator() || is_pledgee(&pledge, user.entity),
            Reject::NotAParty,
        )?;
        Ok(pledge)
    }

    /// Whether this participant may know of a pledge.
    fn is_party_of(&self, pledge: &Pledge, entity: EntityId) -> bool {
        self.readers_of(pledge).has(entity)
    }

    /// Who may know of a pledge: its holders, who gave it, and its debtor.
    pub(super) fn readers_of(&self, pledge: &Pledge) -> Readers {
        let mut readers: Vec<_> = pledge.pledgees.iter().map(|share| share.entity).collect();
        let debtor = self.pledging.lent(pledge.loan).loan.debtor;
        for entity in [pledge.pledgor, debtor] {
            if !readers.contains(&entity) {
                readers.push(entity);
            }
        }
        Readers::Only(readers)
    }

    /// Tells its parties how a pledge stands now.
    pub(super) fn tell_pledge(&self, id: PledgeId, tell: &mut Tell<'_>) {
        let pledge = self.pledging.of(id);
        tell.record(self.readers_of(&pledge), Record::Pledge(pledge));
    }

    /// A pledge is over: nothing names it any more, and nothing waits for it.
    pub(crate) fn end_pledge(&mut self, id: PledgeId, state: PledgeState, tell: &mut Tell<'_>) {
        self.close_window(id);
        self.forget_period(id);
        self.forget_consents(id);
        self.pledging.change(id, |pledge| {
            pledge.state = state;
            pledge.defects.clear();
            pledge
                .warnings
                .retain(|warning| *warning != PledgeWarning::ValuationOver);
        });
        self.settle_named(id);
        self.tell_pledge(id, tell);
    }

    /// What its holder consented to is over with a pledge.
    fn forget_consents(&mut self, id: PledgeId) {
        let acts = PledgeAct::ALL.iter().map(|act| (id, *act));
        for key in acts {
            let consent = self.pledging.consents.remove(&key);
            if let Some(until) = consent.and_then(|consent| consent.until) {
                let ends = Deadline::PledgeConsentEnds(key.0, key.1);
                self.deadlines.remove(until.start(), ends);
            }
        }
    }

    /// Its loan and its rights name a pledge while it stands, or is to stand, and no longer.
    pub(super) fn settle_named(&mut self, id: PledgeId) {
        let pledge = self.pledging.of(id);
        for right in &pledge.rights {
            if !concerns(&pledge, right.asset) {
                let pledges = &mut self.register.right_mut(right.asset).pledges;
                pledges.retain(|other| *other != id);
            }
            self.settle_gate(right.asset);
        }
        if !is_live(pledge.state) {
            self.pledging
                .change_lent(pledge.loan, |lent| lent.pledges.retain(|other| *other != id));
        }
    }
}

/// Whether this participant holds a part of a pledge.
pub(super) fn is_pledgee(pledge: &Pledge, entity: EntityId) -> bool {
    pledge.pledgees.iter().any(|share| share.entity == entity)
}
