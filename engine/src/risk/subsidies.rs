//! Subsidies: measures are opened, firms apply for what a loan cost them, and are granted and paid, or turned down
//! (PLEDGES.md 2.9b; the Guidance, art. 2).
//!
//! What always holds: what a loan knows the loan says, what was granted before is counted here, and a grant leaves the
//! measure's account in the command that decides on it; so nothing is held for an application that waits. A project is
//! a loan: a measure grants once for it, and where it says so, its government does. Who applied, and whoever pays, know
//! of an application; the bank and other firms do not.

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    pledge::loans::MAY_ACT,
    register::{lent::Lent, party::User},
    risk::{
        subsidy::{OpenedMeasure, Subsidies},
        subsidy_life::{Input, step},
    },
    state::Exchange,
    sums::subsidies::{self, Grant, interest_that_counts},
    tell::Tell,
};
use alloc::collections::BTreeSet;
use protocol::{
    Amount, Currency, Date, Digest, LoanId, MeasureId, Money, Notice, Readers, Receipt, Record, Reject, Seq, SubsidyId,
    asset::AssetClass,
    party::Roles,
    pledge::LoanState,
    risk::{COSTS_MAX, Cost, CostItem, InterestBooked, SubsidyClaim, SubsidyProfile, SubsidyScheme},
    subsidy::{
        ApplyForSubsidy, CostShown, DecideSubsidy, GOVERNMENTS, Measure, MeasureTerms, OpenMeasure, Subsidy,
        SubsidyGrant, SubsidyState, WithdrawSubsidy,
    },
};

/// Who decides for whoever pays. An agency's own roles read; who spends its money for it has this one beside them.
const PAYS: Roles = Roles::OPERATOR.with(Roles::FUND);

impl Subsidies {
    /// A measure, if there is one.
    fn measure(&self, measure: MeasureId) -> Result<&OpenedMeasure, Reject> {
        self.measures.get(&measure).ok_or(Reject::UnknownMeasure)
    }

    /// Whether these papers can be shown to a government: none twice, and none that was.
    fn check_papers(&self, subsidy: &Subsidy, government: u32) -> Result<(), Reject> {
        let mut shown = BTreeSet::new();
        let new = |paper| shown.insert(paper) && !self.papers.contains(&(subsidy.firm, government, paper));
        require(papers(subsidy).all(new), Reject::PaperShown)
    }

    /// Whether it can be the firm's first loan, where the firm says so.
    fn check_first(&self, subsidy: &Subsidy) -> Result<(), Reject> {
        let other = self.first.get(&subsidy.firm).filter(|loan| **loan != subsidy.loan);
        require(subsidy.first_loan.is_none() || other.is_none(), Reject::NotFirstLoan)
    }

    /// Whether a measure has nothing of this loan before it: one application waits, one is granted.
    fn check_once(&self, loan: LoanId, measure: MeasureId) -> Result<(), Reject> {
        match self.of_loan.get(&(loan, measure)) {
            None => Ok(()),
            Some(before) if self.subsidies[before].state == SubsidyState::Applied => Err(Reject::AlreadyApplied),
            Some(_) => Err(Reject::SubsidyTaken),
        }
    }

    /// What would be granted on a day of what a firm asks, with what its loan says.
    fn to_grant(&self, subsidy: &Subsidy, lent: &Lent, on: Date) -> Result<Grant, Reject> {
        let measure = &self.measures[&subsidy.measure].told;
        let claim = claim(subsidy, lent, self.had_another(measure, subsidy.loan));
        let before = self.before(subsidy.measure, subsidy.firm, measure.currency, on.to_civil().0);
        let grant = subsidies::grant(&measure.profile, &claim, &before)?;
        require(grant.granted > Money::ZERO, Reject::NothingToGrant)?;
        Ok(grant)
    }

    /// An application waits.
    fn keep(&mut self, subsidy: Subsidy) {
        let government = self.measures[&subsidy.measure].told.government;
        self.papers
            .extend(papers(&subsidy).map(|paper| (subsidy.firm, government, paper)));
        self.of_loan.insert((subsidy.loan, subsidy.measure), subsidy.subsidy);
        self.subsidies.insert(subsidy.subsidy, subsidy);
    }

    /// One was turned down or taken back: its papers are free, and the firm may apply again.
    fn forget(&mut self, id: SubsidyId) -> Subsidy {
        let subsidy = self.subsidies.remove(&id).expect("it waits");
        let government = self.measures[&subsidy.measure].told.government;
        for paper in papers(&subsidy) {
            self.papers.remove(&(subsidy.firm, government, paper));
        }
        self.of_loan.remove(&(subsidy.loan, subsidy.measure));
        subsidy
    }

    /// One was granted.
    fn grant(&mut self, id: SubsidyId, grant: SubsidyGrant, evidence: Digest) -> &mut Subsidy {
        let subsidy = self.subsidies.get_mut(&id).expect("it waits");
        subsidy.grant = Some(grant);
        subsidy.evidence = Some(evidence);
        let years = self.years.entry((subsidy.measure, subsidy.firm)).or_default();
        let year = years.entry(grant.on.to_civil().0).or_default();
        *year = year.plus(grant.granted.money);
        if subsidy.first_loan.is_some() {
            self.first.insert(subsidy.firm, subsidy.loan);
        }
        subsidy
    }
}

impl<B: Book> Exchange<B> {
    /// Opens a measure. By an operator, for the account of the agency or fund that pays.
    pub(crate) fn open_measure(
        &mut self,
        user: User,
        asked: &OpenMeasure,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(Roles::OPERATOR)?;
        let payer = self.ledger.account(asked.account)?.entity;
        let profile = profile_of(&asked.terms)?;
        let told = Measure {
            measure: MeasureId::from(tell.seq),
            payer,
            government: asked.government,
            currency: asked.currency,
            profile,
            until: asked.until,
        };
        check_measure(&told)?;
        let lasts = asked.until.is_none_or(|until| tell.at.venue_date() <= until);
        require(lasts, Reject::MeasureInvalid)?;

        tell.notice(Notice::Measure(told.clone()));
        let opened = OpenedMeasure {
            account: asked.account,
            told,
        };
        self.subsidies.measures.insert(opened.told.measure, opened);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Applies for a subsidy. By the loan's debtor; no money moves before it is decided.
    pub(crate) fn apply_for_subsidy(
        &mut self,
        user: User,
        asked: &ApplyForSubsidy,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        self.account_for(user, asked.account)?;
        let lent = &self.loan_for(user, asked.loan)?;
        require(lent.loan.debtor == user.entity, Reject::NotAParty)?;
        let Measure {
            government,
            currency,
            until,
            ..
        } = self.subsidies.measure(asked.measure)?.told;
        let today = tell.at.venue_date();
        let subsidy = Subsidy {
            subsidy: SubsidyId::from(tell.seq),
            measure: asked.measure,
            loan: asked.loan,
            firm: lent.loan.debtor,
            account: asked.account,
            state: SubsidyState::Applied,
            applied: today,
            first_loan: asked.first_loan,
            interest: booked(lent, today),
            costs: asked.costs.clone(),
            grant: None,
            evidence: None,
        };
        first_fault([
            check_costs(&asked.costs, currency),
            self.subsidies.check_once(asked.loan, asked.measure),
            require(until.is_none_or(|until| today <= until), Reject::MeasureOver),
            self.subsidies.check_papers(&subsidy, government),
            self.subsidies.check_first(&subsidy),
            self.subsidies.to_grant(&subsidy, lent, today).map(drop),
        ])?;

        self.subsidies.keep(subsidy.clone());
        self.tell_subsidy(subsidy, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Takes an application back. By the firm.
    pub(crate) fn withdraw_subsidy(
        &mut self,
        user: User,
        asked: &WithdrawSubsidy,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(MAY_ACT)?;
        let subsidy = self.subsidy_for(user, asked.subsidy)?;
        require(subsidy.firm == user.entity, Reject::NotAParty)?;
        let state = step(subsidy.state, Input::Withdraw)?;

        let over = self.subsidies.forget(asked.subsidy);
        self.tell_subsidy(Subsidy { state, ..over }, tell);
        Ok(Receipt::Done)
    }

    /// Decides on an application: grants it and pays, from the measure's account to the firm's, or turns it down.
    pub(crate) fn decide_subsidy(
        &mut self,
        user: User,
        asked: &DecideSubsidy,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        user.may(PAYS)?;
        let subsidy = self.subsidy_for(user, asked.subsidy)?;
        let payer = self.subsidies.measures[&subsidy.measure].told.payer;
        require(user.is_operator() || payer == user.entity, Reject::NotAParty)?;
        let told = if asked.granted {
            self.grant_subsidy(asked, tell)?
        } else {
            let state = step(subsidy.state, Input::Decline)?;
            let over = self.subsidies.forget(asked.subsidy);
            Subsidy {
                state,
                evidence: Some(asked.evidence),
                ..over
            }
        };
        self.tell_subsidy(told, tell);
        Ok(Receipt::Done)
    }

    /// Grants an application by what the loan's books and the papers say today, and pays.
    fn grant_subsidy(&mut self, asked: &DecideSubsidy, tell: &mut Tell<'_>) -> Result<Subsidy, Reject> {
        let today = tell.at.venue_date();
        let mut subsidy = self.subsidies.subsidies[&asked.subsidy].clone();
        let lent = &self.pledging.lent(subsidy.loan);
        let state = step(subsidy.state, Input::Grant)?;
        subsidy.interest = booked(lent, today);
        let OpenedMeasure { account, ref told } = self.subsidies.measures[&subsidy.measure];
        let amount = |money| Amount::new(told.currency, money);
        let grant = self.subsidies.to_grant(&subsidy, lent, today);
        let paid = amount(grant.map_or(Money::ZERO, |grant| grant.granted));
        first_fault([
            self.check_escrow(account, paid),
            self.subsidies.check_first(&subsidy),
            grant.map(drop),
        ])?;
        let grant = grant?;

        let granted = SubsidyGrant {
            on: today,
            counted: amount(grant.counted),
            uncapped: amount(grant.uncapped),
            granted: paid,
        };
        let kept = self.subsidies.grant(asked.subsidy, granted, asked.evidence);
        (kept.state, kept.interest) = (state, subsidy.interest);
        let told = kept.clone();
        let deal = Seq(told.measure.0);
        self.pay(deal, account, paid, &[(told.account, paid.money)], tell);
        Ok(told)
    }

    /// The application, for the firm, whoever pays, or the venue: another's is as good as none.
    fn subsidy_for(&self, user: User, id: SubsidyId) -> Result<&Subsidy, Reject> {
        let found = self.subsidies.subsidies.get(&id);
        let knows = |subsidy: &&Subsidy| {
            let payer = self.subsidies.measures[&subsidy.measure].told.payer;
            user.is_operator() || [subsidy.firm, payer].contains(&user.entity)
        };
        found.filter(knows).ok_or(Reject::UnknownSubsidy)
    }

    /// Tells the firm and whoever pays how an application stands now.
    fn tell_subsidy(&self, subsidy: Subsidy, tell: &mut Tell<'_>) {
        let payer = self.subsidies.measures[&subsidy.measure].told.payer;
        let concerned = BTreeSet::from([subsidy.firm, payer]);
        tell.record(Readers::Only(concerned.into_iter().collect()), Record::Subsidy(subsidy));
    }
}

/// What a measure pays by these terms.
fn profile_of(terms: &MeasureTerms) -> Result<SubsidyProfile, Reject> {
    match terms {
        MeasureTerms::Published(scheme) => scheme.published().ok_or(Reject::PoolFiguresMissing),
        MeasureTerms::Own(profile) => {
            require(profile.scheme == SubsidyScheme::Other, Reject::MeasureInvalid)?;
            Ok(profile.clone())
        }
    }
}

/// Whether a measure is one that can be opened: a published scheme is its own government's.
pub(super) fn check_measure(measure: &Measure) -> Result<(), Reject> {
    subsidies::check(&measure.profile, measure.currency)?;
    let its_own = |government| (government, Currency::Cny) == (measure.government, measure.currency);
    let governs = GOVERNMENTS.contains(&measure.government);
    let published = measure.profile.scheme.government().is_none_or(its_own);
    require(governs && published, Reject::MeasureInvalid)
}

/// Whether these are costs that a firm shows: none of them interest, each above zero and of one currency.
pub(super) fn check_costs(costs: &[CostShown], currency: Currency) -> Result<(), Reject> {
    let fits = |cost: &CostShown| {
        cost.item != CostItem::Interest && cost.amount.currency == currency && cost.amount.money > Money::ZERO
    };
    let fits = costs.len() < COSTS_MAX && costs.iter().all(fits);
    require(fits, Reject::SubsidyCostsInvalid)
}

/// The papers that an application shows.
pub(super) fn papers(subsidy: &Subsidy) -> impl Iterator<Item = Digest> {
    let costs = subsidy.costs.iter().map(|cost| cost.evidence);
    costs.chain(subsidy.first_loan)
}

/// A loan's interest by its own books on a day: what its debtor paid, and what is unpaid.
fn booked(lent: &Lent, on: Date) -> InterestBooked {
    let amount = |money| Amount::new(lent.loan.terms.principal.currency, money);
    InterestBooked {
        paid: amount(lent.paid.interest),
        paid_penalty: amount(lent.paid.penalty),
        unpaid: amount(lent.claim.owed(&lent.loan.terms, on).interest),
    }
}

/// What a firm asks for, with what its loan says.
fn claim(subsidy: &Subsidy, lent: &Lent, had_another: bool) -> SubsidyClaim {
    let loan = &lent.loan;
    let interest = Cost {
        item: CostItem::Interest,
        amount: interest_that_counts(&subsidy.interest),
    };
    let shown = subsidy.costs.iter().map(|cost| Cost {
        item: cost.item,
        amount: cost.amount,
    });
    let pledged = |class: &AssetClass| lent.classes.has(*class);
    SubsidyClaim {
        classes: AssetClass::ALL.iter().copied().filter(pledged).collect(),
        principal: loan.terms.principal,
        lent: loan.terms.drawn,
        due: loan.terms.due,
        repaid: loan.state == LoanState::Repaid,
        first_loan: subsidy.first_loan.is_some(),
        had_another,
        costs: [interest].into_iter().chain(shown).collect(),
    }
}
