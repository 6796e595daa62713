//! The path from a claim to shares, in a case of disposal (质权转股; RULES.md 2.7; PLEDGES.md 2.7, F8):
//! `{claim assigned by a bank →} valued → voted → {pre-emption waived →} issued → registered → pledge released → held →
//! disposed`, as `sums::equity` has it.
//!
//! Invariants: a case is converting while one deal of it runs, and no longer. The claim is its holder's alone while no
//! shares are issued, else the deal is over in the same command; once they are, the claim is spoken for. It is reduced
//! when the register shows the holder, and only then the pledge is released: till then the creditor would have neither.

use crate::{
    book::Book,
    disposal::life::{Input, step},
    kit::{checks::require, deadlines::Deadline},
    pledge::loans::MAY_ACT,
    register::{disposals::Case, lent::Lent, party::User},
    state::Exchange,
    sums::equity::{self, Path, Votes},
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    Amount, ConversionId, Date, Digest, DisposalId, EntityId, Money, PledgeId, Price, Readers, Receipt, Record, Reject,
    Timestamp,
    claim::{Converter, EquityStep, Excess},
    equity::{
        ClaimOpinion, Conversion, ConversionState, ConversionStep, EndConversion, Invested, Issuer, OPINION_MONTHS_MAX,
        ProposeConversion, RecordConversionStep, SHARES_MAX, SellBy, SharesIssued, StepDone,
    },
    party::Roles,
    pledge::{Loan, LoanState, PledgeState},
};

impl<B: Book> Exchange<B> {
    /// Proposes to turn a case's claim into shares: the case waits for it from here on.
    pub(crate) fn propose_conversion(
        &mut self,
        user: User,
        asked: &ProposeConversion,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let case = self.case_acting(user, asked.disposal)?;
        if let Issuer::Participant(issuer) = &asked.issuer {
            self.register.check_entity(issuer.entity)?;
        }
        let (disposal, holder) = (case.record.disposal, self.acts_in(case));
        let lent = &self.pledging.lent(case.record.loan);
        step(case.record.state, Input::Convert)?;
        // One path at a time: what is on offer is withdrawn, and what is held is paid out, before.
        require(
            !self.is_selling(case) && !self.is_early(&case.record),
            Reject::StateForbids,
        )?;
        let converter = if self.is_bank(holder) {
            Converter::Bank
        } else {
            asked.converter
        };
        equity::check_converter(converter, asked.exception.is_some())?;
        let newcomers = u32::from(!asked.holds_already);
        equity::check_holders(asked.form, asked.holders_before, newcomers)?;
        check_limits(asked)?;
        require(!self.is_stayed(case.record.loan), Reject::Stayed)?;
        require(is_deal(asked, &lent.loan), Reject::ConversionInvalid)?;
        require(is_issuer(asked, &lent.loan), Reject::IssuerInvalid)?;
        require(holder_of_all(lent) == Some(holder), Reject::ClaimShared)?;
        let sold = asked.sold.map(|sold| StepDone {
            step: EquityStep::ClaimAssigned,
            on: sold.on,
            evidence: sold.evidence,
        });
        let past = sold.is_none_or(|sold| sold.on <= tell.at.venue_date());
        require(past, Reject::StepDayInvalid)?;

        let id = ConversionId::from(tell.seq);
        let deal = Conversion {
            conversion: id,
            disposal,
            loan: lent.loan.loan,
            holder,
            converter,
            exception: asked.exception,
            issuer: asked.issuer.clone(),
            control: asked.control,
            form: asked.form,
            price: asked.price,
            shares_before: asked.shares_before,
            holders_before: asked.holders_before,
            holds_already: asked.holds_already,
            excess: asked.excess,
            agreement: asked.agreement,
            state: ConversionState::Running,
            steps: sold.into_iter().collect(),
            opinion: None,
            shown_by: None,
            issued: None,
            left: None,
            sell_by: None,
            evidence: None,
        };
        self.disposals.conversions.insert(id, deal);
        self.disposals.converting.insert(disposal, id);
        self.advance_case(disposal, Input::Convert, tell);
        self.tell_conversion(id, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// Records the next step of a deal, and does what follows from it.
    pub(crate) fn record_conversion_step(
        &mut self,
        user: User,
        asked: &RecordConversionStep,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.conversion;
        let deal = self.conversion_acting(user, id)?;
        let today = tell.at.venue_date();
        self.check_step(deal, asked, today)?;

        let after = self.after_step(deal, asked, today);
        self.disposals.conversions.insert(id, after);
        match asked.step {
            ConversionStep::Registered {} => self.convert(id, asked.evidence, tell),
            ConversionStep::PledgeReleased {} => self.release_converted(id, asked.evidence, tell),
            ConversionStep::Held(_) => self.await_sale_of_shares(id),
            ConversionStep::Disposed {} => self.forget_sale_of_shares(id),
            ConversionStep::Valued(_)
            | ConversionStep::Voted(_)
            | ConversionStep::PreemptionWaived(_)
            | ConversionStep::Issued {} => {}
        }
        self.tell_conversion(id, tell);
        Ok(Receipt::Done)
    }

    /// Gives a deal up: its case is open again.
    pub(crate) fn end_conversion(
        &mut self,
        user: User,
        asked: &EndConversion,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let deal = self.conversion_acting(user, asked.conversion)?;
        let runs = deal.state == ConversionState::Running && deal.done(EquityStep::Registered).is_none();
        require(runs, Reject::StateForbids)?;

        let (disposal, loan) = (deal.disposal, deal.loan);
        self.fail_conversion(disposal, Some(asked.evidence), tell);
        // What changed meanwhile of the claim or its rights may be the end of the case.
        self.disposals.unsettle(loan);
        Ok(Receipt::Done)
    }

    /// What of a case changed by this command may be the end of its deal: no shares are issued yet, and the claim is
    /// not in default any more, not the holder's alone, or without a pledge. Says whether the deal goes on with shares
    /// issued: then nothing else ends the case.
    pub(super) fn settle_conversion(&mut self, disposal: DisposalId, tell: &mut Tell<'_>) -> bool {
        let Some(deal) = self.disposals.converting(disposal) else {
            return false;
        };
        if deal.issued.is_some() {
            return true;
        }
        let lent = &self.pledging.lent(deal.loan);
        let stands = lent.loan.state == LoanState::Default
            && holder_of_all(lent) == Some(deal.holder)
            && !self.assets_of_case(deal.loan).is_empty();
        if !stands {
            self.fail_conversion(disposal, None, tell);
        }
        false
    }

    /// The nominal day by which shares had to be sold is over.
    pub(crate) fn shares_are_late(&mut self, id: ConversionId, tell: &mut Tell<'_>) {
        if shares_due(&self.disposals.conversions[&id]) == Some(tell.at) {
            let deal = self.disposals.conversion_mut(id);
            deal.sell_by = deal.sell_by.map(|by| SellBy { late: true, ..by });
            self.tell_conversion(id, tell);
        }
    }

    /// Whether this step, of this day, is one that the deal can take.
    fn check_step(&self, deal: &Conversion, asked: &RecordConversionStep, today: Date) -> Result<(), Reject> {
        let (step, on) = (asked.step.step(), asked.on);
        require(deal.state != ConversionState::GivenUp, Reject::StateForbids)?;
        path_of(deal).check(&steps_of(deal), step)?;
        match &asked.step {
            ConversionStep::Valued(valued) => {
                let good = valued.value.currency == deal.price.currency
                    && valued.value.money > Money::ZERO
                    && (1..=OPINION_MONTHS_MAX).contains(&valued.months);
                require(good, Reject::OpinionInvalid)?;
            }
            ConversionStep::Voted(votes) => {
                let opinion = deal.opinion.expect("it was valued before");
                equity::check_valuation(opinion.good_until, on)?;
                let counted = Votes {
                    all: votes.all,
                    present: votes.present,
                    in_favour: votes.in_favour,
                };
                equity::check_votes(deal.form, counted)?;
                let sound = votes.in_favour <= votes.present && votes.present <= votes.all;
                require(sound, Reject::VotesInvalid)?;
            }
            ConversionStep::PreemptionWaived(waived) => {
                let others = deal.holders_before - u32::from(deal.holds_already);
                equity::check_preemption(deal.form, waived.holders >= others)?;
            }
            ConversionStep::Issued {} => {
                let Lent { loan, claim, .. } = &self.pledging.lent(deal.loan);
                claim.clone().advance(&loan.terms, on)?;
                self.issue_on(deal, on)?;
                require(!self.is_stayed(deal.loan), Reject::Stayed)?;
            }
            ConversionStep::Registered {}
            | ConversionStep::PledgeReleased {}
            | ConversionStep::Held(_)
            | ConversionStep::Disposed {} => {}
        }
        // An opinion's base date may lie before a bank sold its claim.
        let first = step == EquityStep::Valued;
        let last = deal.steps.last().filter(|_| !first).map(|done| done.on);
        let in_order = on <= today && last.is_none_or(|last| last <= on);
        require(in_order, Reject::StepDayInvalid)?;
        let paid = deal.issued.filter(|_| step == EquityStep::Registered);
        let covered = paid.is_none_or(|issued| self.owed_for(deal).1 >= issued.paid.money);
        require(covered, Reject::ClaimBelowIssue)
    }

    /// A deal once a step that was asked for is done.
    fn after_step(&self, deal: &Conversion, asked: &RecordConversionStep, today: Date) -> Conversion {
        let mut after = deal.clone();
        let on = asked.on;
        let calendar = &self.epoch().calendar;
        after.steps.push(StepDone {
            step: asked.step.step(),
            on,
            evidence: asked.evidence,
        });
        match &asked.step {
            ConversionStep::Valued(valued) => {
                after.opinion = Some(ClaimOpinion {
                    value: valued.value,
                    good_until: equity::valid_to(on, valued.months),
                });
            }
            ConversionStep::Voted(_) => after.shown_by = equity::shown_by(on, calendar).ok(),
            ConversionStep::Issued {} => after.issued = Some(self.issue_on(deal, on).expect("asked before")),
            ConversionStep::PledgeReleased {} => after.state = ConversionState::Done,
            ConversionStep::Held(held) => {
                let acquired = deal.done(EquityStep::Registered).expect("it was registered before");
                let by = equity::dispose_by(deal.converter, held.origin, acquired, calendar);
                after.sell_by = by.map(|by| SellBy {
                    nominal: by.nominal,
                    last_day: by.last_day.date,
                    late: by.nominal < today,
                });
            }
            ConversionStep::PreemptionWaived(_) | ConversionStep::Registered {} | ConversionStep::Disposed {} => {}
        }
        after
    }

    /// What is issued for what is owed on a day.
    fn issue_on(&self, deal: &Conversion, on: Date) -> Result<SharesIssued, Reject> {
        let Lent { loan, claim, .. } = &self.pledging.lent(deal.loan);
        let owed = claim.owed(&loan.terms, on).total();
        let value = deal.opinion.expect("it was valued before").value.money;
        let price = Price::from_minor(deal.price.money.minor());
        let issue = equity::issue(owed, value, price, deal.shares_before)?;
        let amount = |money| Amount::new(deal.price.currency, money);
        Ok(SharesIssued {
            owed: amount(owed),
            shares: issue.shares,
            paid: amount(owed.minus(issue.residue).minus(issue.claim_over_value)),
            residue: amount(issue.residue),
            over_value: amount(issue.claim_over_value),
            stake: issue.stake_e6,
        })
    }

    /// On which day a claim is reduced by what was issued for it, and what is owed of it then: that of the issue, or
    /// where it was reckoned beyond that since, the day that it is reckoned to.
    fn owed_for(&self, deal: &Conversion) -> (Date, Money) {
        let Lent { loan, claim, .. } = &self.pledging.lent(deal.loan);
        let issued = deal.done(EquityStep::Issued).expect("it was issued before");
        let on = issued.max(claim.accrued_to());
        (on, claim.owed(&loan.terms, on).total())
    }

    /// The register shows the holder: what the shares were issued for is paid of the claim, and what lies above its value
    /// is waived where that was agreed. What accrued or was spent since stays a debt.
    fn convert(&mut self, id: ConversionId, evidence: Digest, tell: &mut Tell<'_>) {
        let deal = &self.disposals.conversions[&id];
        let (loan, issued) = (deal.loan, deal.issued.expect("it was issued before"));
        let (on, owed) = self.owed_for(deal);
        let rest = owed.minus(issued.paid.money);
        let waived = match deal.excess {
            Excess::Waived => issued.over_value.money.min(rest),
            Excess::Stays => Money::ZERO,
        };
        self.disposals.conversion_mut(id).left = Some(Amount::new(issued.paid.currency, rest.minus(waived)));
        self.convert_claim(loan, (issued.paid, waived), on, evidence, tell);
    }

    /// The creditor has its shares: the case's pledges are released, and the case is closed. What is left is a debt without
    /// them, and without what is held in their place, though the last right has ended since and nothing of it can be released.
    fn release_converted(&mut self, id: ConversionId, evidence: Digest, tell: &mut Tell<'_>) {
        let Conversion { disposal, loan, .. } = self.disposals.conversions[&id];
        self.disposals.converting.remove(&disposal);
        let disposed = |pledge: &PledgeId| self.pledging.state(*pledge) == PledgeState::Disposing;
        let pledges = self.pledging.lent(loan).pledges;
        for pledge in pledges.into_iter().filter(disposed).collect::<Vec<_>>() {
            let standing = self.pledging.standing(pledge).into_iter();
            let rights: Vec<_> = standing.map(|right| right.asset).collect();
            self.give_up_rights(pledge, &rights, evidence, tell);
        }
        self.free_unpledged(loan, tell);
        self.end_case(disposal, Input::Close, tell);
    }

    /// A deal is over before the register shows a holder: its case is open again, for another path or its own end.
    fn fail_conversion(&mut self, disposal: DisposalId, evidence: Option<Digest>, tell: &mut Tell<'_>) {
        let id = self.disposals.converting.remove(&disposal).expect("a deal runs");
        let deal = self.disposals.conversion_mut(id);
        (deal.state, deal.evidence) = (ConversionState::GivenUp, evidence);
        self.tell_conversion(id, tell);
        self.advance_case(disposal, Input::Return, tell);
    }

    fn await_sale_of_shares(&mut self, id: ConversionId) {
        if let Some(due) = shares_due(&self.disposals.conversions[&id]) {
            self.deadlines.add(due, Deadline::SharesLate(id));
        }
    }

    fn forget_sale_of_shares(&mut self, id: ConversionId) {
        if let Some(by) = self.disposals.conversions[&id].sell_by {
            self.deadlines
                .remove(by.nominal.next().start(), Deadline::SharesLate(id));
        }
    }

    /// Whether a right of a case is on offer, or a price of it is held.
    fn is_selling(&self, case: &Case) -> bool {
        let offered = |asset: &_| {
            let extra = self.register.right(*asset).extra();
            extra.lot.is_some() || extra.transfer.is_some()
        };
        case.record.holds() || case.record.rights.iter().any(offered)
    }

    /// Whether somebody acts for this participant as a bank.
    pub(super) fn is_bank(&self, entity: EntityId) -> bool {
        let mut users = self.register.users.iter();
        users.any(|user| user.entity == entity && user.roles.has_any(Roles::BANK))
    }

    /// The deal, if the asker may know of it; for who holds the claim, and then the shares, or the venue in its place.
    pub(crate) fn conversion_acting(&self, user: User, id: ConversionId) -> Result<&Conversion, Reject> {
        user.may(MAY_ACT)?;
        let deal = self.disposals.conversions.get(&id).ok_or(Reject::UnknownConversion)?;
        let knows = user.is_operator() || self.readers_of_conversion(deal).has(user.entity);
        require(knows, Reject::UnknownConversion)?;
        require(user.is_operator() || deal.holder == user.entity, Reject::NotAParty)?;
        Ok(deal)
    }

    /// Who may know of a deal: who may know of its case, who holds the shares, and the issuer if it takes part here.
    fn readers_of_conversion(&self, deal: &Conversion) -> Readers {
        let Readers::Only(readers) = self.readers_of_case(self.disposals.of(deal.disposal)) else {
            unreachable!("a case's readers are named");
        };
        let issuer = match &deal.issuer {
            Issuer::Participant(issuer) => Some(issuer.entity),
            Issuer::Outsider(_) => None,
        };
        let all: BTreeSet<_> = readers.into_iter().chain([deal.holder]).chain(issuer).collect();
        Readers::Only(all.into_iter().collect())
    }

    /// Tells its parties how a deal stands.
    fn tell_conversion(&self, id: ConversionId, tell: &mut Tell<'_>) {
        let deal = &self.disposals.conversions[&id];
        tell.record(self.readers_of_conversion(deal), Record::Conversion(deal.clone()));
    }
}

/// When shares are late that are held and have to be sold.
pub(crate) fn shares_due(deal: &Conversion) -> Option<Timestamp> {
    let waits = deal.done(EquityStep::Disposed).is_none();
    let by = deal.sell_by.filter(|by| waits && !by.late)?;
    Some(by.nominal.next().start())
}

/// Which way a deal goes.
pub(super) fn path_of(deal: &Conversion) -> Path {
    Path {
        of_a_bank: deal.done(EquityStep::ClaimAssigned).is_some(),
        form: deal.form,
    }
}

/// The steps of a deal that were done.
pub(super) fn steps_of(deal: &Conversion) -> Vec<EquityStep> {
    deal.steps.iter().map(|done| done.step).collect()
}

/// Who holds a whole claim: nobody has a part beside it, nor took one over by paying.
fn holder_of_all(lent: &Lent) -> Option<EntityId> {
    let taken_over = lent.payers.iter().any(|paid| paid.left > Money::ZERO);
    match lent.loan.creditors.as_slice() {
        [only] if !taken_over => Some(only.entity),
        _ => None,
    }
}

/// Whether a deal's numbers are such as can be agreed on.
fn is_deal(asked: &ProposeConversion, loan: &Loan) -> bool {
    let currency = loan.terms.principal.currency;
    let one_currency = |limit: &Invested| limit.of.currency == limit.invested.currency;
    asked.price.currency == currency
        && asked.price.money > Money::ZERO
        && (1..=SHARES_MAX).contains(&asked.shares_before)
        && asked.holders_before > 0
        && asked.pilot.iter().chain(&asked.fund).all(one_currency)
}

/// Whether who issues is the debtor, or another that is shown to control it, and not who takes the shares.
fn is_issuer(asked: &ProposeConversion, loan: &Loan) -> bool {
    match &asked.issuer {
        Issuer::Participant(issuer) => {
            let own = issuer.entity == loan.debtor;
            (own || asked.control.is_some()) && !loan.is_owed_to(issuer.entity)
        }
        Issuer::Outsider(_) => asked.control.is_some(),
    }
}

/// The limits of investment companies, where they are asked (金办发〔2024〕100号).
fn check_limits(asked: &ProposeConversion) -> Result<(), Reject> {
    if let Some(pilot) = asked.pilot {
        equity::check_aic_pilot(pilot.of.money, pilot.invested.money)?;
    }
    if let Some(fund) = asked.fund {
        equity::check_aic_fund(fund.of.money, fund.invested.money)?;
    }
    Ok(())
}
