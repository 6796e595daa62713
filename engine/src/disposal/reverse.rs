//! Reverse licences: the rights of a case are licensed back to their owner, who pays fees (反向许可; RULES.md 2.4, 7.7;
//! PLEDGES.md 2.4). Here is who may ask what, and in which order the questions come; what a licence does by itself is the
//! business of `reverse_steps`.
//!
//! Invariant: money moves in the command that pays it, from the licensee to the claim's holders by their parts, and what
//! moved is late interest or was counted on the claim, to the minor unit. Nothing is ever held for a licence.

use crate::{
    book::Book,
    disposal::{
        life,
        reverse_life::{Input, step},
    },
    kit::{
        checks::{check_account_of, first_fault, require},
        terms::LastDay,
    },
    pledge::loans::MAY_ACT,
    register::{
        disposals::{Case, OpenFee, Reverse},
        lent::Lent,
        party::{ACTS, User},
    },
    state::Exchange,
    sums::{
        interest::Applied,
        reverse::{Fee, FeeDue, check_authority, schedule},
    },
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    AccountId, Amount, AssetId, Date, EntityId, LoanId, Money, Receipt, Reject, ReverseLicenceId, Seq, Timestamp,
    claim::{ClaimTerms, LicenceFees},
    disposal::DisposalState,
    licence::LicenceKind,
    reverse::{
        BEGINS_MONTHS_MAX, ConsentReverseLicence, FeePayment, PayReverseFee, ProposeReverseLicence, ReverseLicence,
        ReverseLicenceState::Proposed, SettleReverseLicence, TerminateReverseLicence,
    },
};

impl<B: Book> Exchange<B> {
    /// The acting holder of a case's claim proposes to license its rights back.
    pub(crate) fn propose_reverse_licence(
        &mut self,
        user: User,
        asked: &ProposeReverseLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let case = self.case_acting(user, asked.disposal)?;
        self.register.check_entity(asked.licensee)?;
        let (loan, today) = (case.record.loan, tell.at.venue_date());
        let assets = self.assets_of_case(loan);
        self.check_licensable(case, tell.at)?;
        let terms = &self.pledging.lent(loan).loan.terms;
        let fees = self.schedule_for(&asked.fees, terms, &assets);
        let first = fees.as_ref().ok().and_then(|fees| fees.first());
        let days =
            asked.fees.begins <= today.plus_months(BEGINS_MONTHS_MAX) && first.is_none_or(|first| first.due >= today);
        first_fault([
            check_authority(asked.authority),
            fees.as_ref().map(drop).map_err(|reject| *reject),
            require(self.owns_all(asked.licensee, case, &assets), Reject::LicenseeNotOwner),
            require(days, Reject::LicenceDaysInvalid),
            require(!self.is_stayed(loan), Reject::Stayed),
        ])?;
        let (first, authority) = (fees?[0], asked.authority.ok_or(Reject::NoAuthority)?);

        if let Some(before) = self.disposals.licensed.get(&asked.disposal).copied() {
            self.move_reverse(before, Input::Withdraw, tell);
        }
        let record = ReverseLicence {
            licence: ReverseLicenceId::from(tell.seq),
            disposal: asked.disposal,
            loan,
            assets,
            licensee: asked.licensee,
            kind: asked.kind.unwrap_or(LicenceKind::NonExclusive),
            authority,
            fees: asked.fees,
            contract: asked.contract,
            state: Proposed,
            account: None,
            next: None,
            last: None,
            calendar: None,
            paid: Amount::new(asked.fees.fee.currency, Money::ZERO),
            payment: None,
            ended_at: None,
            evidence: None,
        };
        let reverse = Reverse {
            record,
            place: 0,
            next: Some(OpenFee::new(first)),
            last: Some(LastDay::named(first.due)),
        };
        self.add_reverse(reverse, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// The owner consents: the licence binds, and its case is licensed from here on.
    pub(crate) fn consent_reverse_licence(
        &mut self,
        user: User,
        asked: &ConsentReverseLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.licence;
        user.may(ACTS)?;
        let payer = self.account_for(user, asked.account)?;
        let record = &self.reverse_for(user, id)?.record;
        check_account_of(payer, record.licensee)?;
        require(user.entity == record.licensee, Reject::NotAParty)?;
        step(record.state, Input::Consent)?;
        let case = self.disposals.of(record.disposal);
        self.check_licensable(case, tell.at)?;
        let terms = &self.pledging.lent(record.loan).loan.terms;
        self.schedule_for(&record.fees, terms, &record.assets)?;
        require(record.contract == asked.contract, Reject::ContractDiffers)?;
        let offered = |asset: &AssetId| {
            let extra = self.register.right(*asset).extra();
            extra.transfer.is_some() || extra.lot.is_some()
        };
        require(!record.assets.iter().any(offered), Reject::AlreadyOffered)?;
        // A bankruptcy that holds pledgees back has withdrawn it.
        let owns = self.owns_all(record.licensee, case, &record.assets);
        require(owns, Reject::LicenseeNotOwner)?;
        require(self.assets_of_case(record.loan) == record.assets, Reject::RightsChanged)?;

        let disposal = record.disposal;
        let consent = |reverse: &mut Reverse| {
            reverse.record.state = step(Proposed, Input::Consent).expect("asked before");
            reverse.record.account = Some(asked.account);
            reverse.last = None;
        };
        self.change_reverse(id, consent, tell);
        self.advance_case(disposal, life::Input::License, tell);
        self.reverse_step(id, tell);
        Ok(Receipt::Done)
    }

    /// The licensee pays a fee, or a part of it.
    pub(crate) fn pay_reverse_fee(
        &mut self,
        user: User,
        asked: &PayReverseFee,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (id, today) = (asked.licence, tell.at.venue_date());
        let (reverse, account, payee) = self.payable(user, id)?;
        let Reverse { record, next, .. } = reverse;
        let fits = asked.amount.currency == record.paid.currency && asked.amount.money > Money::ZERO;
        require(fits, Reject::AmountInvalid)?;
        let OpenFee { due, mut fee } = next.ok_or(Reject::StateForbids)?;
        let Lent { loan, claim, .. } = &self.pledging.lent(record.loan);
        let mut counted = claim.clone();
        let paid = fee.pay(&mut counted, &loan.terms, record.fees.late, asked.amount.money, today);
        // Of the last fee no more is taken than is owed.
        let taken = paid.map_or(asked.amount.money, |paid| asked.amount.money.minus(paid.applied.left));
        let taken = Amount::new(asked.amount.currency, taken);
        self.check_escrow(account, taken)?;
        step(record.state, Input::Pay)?;
        let paid = paid?;
        let open = asked.due == due.due && today >= due.from;
        require(open, Reject::FeeNotOpen)?;
        let unpaid = reverse.next.map_or(Money::ZERO, |next| next.fee.unpaid());
        require(asked.amount.money <= unpaid, Reject::FeeAmountInvalid)?;

        let loan = record.loan;
        self.pass_payment(id, (account, payee), taken, tell);
        let counted = (paid.late, &paid.applied);
        self.count_payment(id, loan, Some(due.due), counted, today, tell);
        if self.is_cleared(loan, tell.at) {
            // The case is settled once the command is done, and the licence with it.
        } else if fee.unpaid() == Money::ZERO {
            self.fee_paid(id, tell);
        } else {
            self.change_reverse(id, |reverse| reverse.next = Some(OpenFee { due, fee }), tell);
        }
        Ok(Receipt::Done)
    }

    /// The licensee pays all that is owed: the debt is cleared.
    pub(crate) fn settle_reverse_licence(
        &mut self,
        user: User,
        asked: &SettleReverseLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let (id, today) = (asked.licence, tell.at.venue_date());
        let (reverse, account, payee) = self.payable(user, id)?;
        let loan = reverse.record.loan;
        let Lent { loan: of, claim, .. } = &self.pledging.lent(loan);
        let terms = &of.terms;
        let late = self.late_fees(reverse, terms, today);
        let owed = claim.owed(terms, today).total();
        let all = Amount::new(reverse.record.paid.currency, late.plus(owed));
        self.check_escrow(account, all)?;
        require(reverse.record.state.is_bound(), Reject::StateForbids)?;
        let applied = claim.clone().apply(terms, owed, today)?;

        self.pass_payment(id, (account, payee), all, tell);
        // The case is settled once the command is done, and the licence with it.
        self.count_payment(id, loan, None, (late, &applied), today, tell);
        Ok(Receipt::Done)
    }

    /// A licence is taken back or turned down, terminated after its grace, or dissolved.
    pub(crate) fn terminate_reverse_licence(
        &mut self,
        user: User,
        asked: &TerminateReverseLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.licence;
        user.may(MAY_ACT)?;
        let reverse = self.reverse_for(user, id)?;
        let record = &reverse.record;
        let holder = self.acts_in(self.disposals.of(record.disposal)) == user.entity;
        let acts = user.is_operator() || holder || record.licensee == user.entity;
        require(acts, Reject::NotAParty)?;
        let input = match record.state {
            Proposed => Input::Withdraw,
            _ if user.is_operator() => Input::Dissolve,
            _ if holder => Input::Terminate,
            _ => Input::Withdraw,
        };
        step(record.state, input)?;
        let over = reverse.waits_for().is_none_or(|at| at <= tell.at);
        require(over || input != Input::Terminate, Reject::GraceRuns)?;

        self.disposals.licence_mut(id).record.evidence = Some(asked.evidence);
        self.move_reverse(id, input, tell);
        Ok(Receipt::Done)
    }

    /// The licence, if the asker may know of it: another's is as good as none.
    pub(crate) fn reverse_for(&self, user: User, id: ReverseLicenceId) -> Result<&Reverse, Reject> {
        let found = self.disposals.licences.get(&id);
        let knows = |reverse: &&Reverse| user.is_operator() || self.readers_of_reverse(reverse).has(user.entity);
        found.filter(knows).ok_or(Reject::UnknownReverseLicence)
    }

    /// The licence for its licensee that pays: from which account, and into which of the claim's acting holder.
    fn payable(&self, user: User, id: ReverseLicenceId) -> Result<(&Reverse, AccountId, AccountId), Reject> {
        user.may(ACTS)?;
        let reverse = self.reverse_for(user, id)?;
        require(user.entity == reverse.record.licensee, Reject::NotAParty)?;
        let acting = self.acts_in(self.disposals.of(reverse.record.disposal));
        let payee = self.ledger.first_account(acting).ok_or(Reject::UnknownAccount)?;
        let account = reverse.record.account.ok_or(Reject::StateForbids)?;
        Ok((reverse, account, payee))
    }

    /// Whether the rights of a case can be licensed: it is open, no price of it is held, and something is owed.
    fn check_licensable(&self, case: &Case, at: Timestamp) -> Result<(), Reject> {
        let open = case.record.state == DisposalState::Open && !case.record.holds();
        // What is sold early is no debt to be cleared yet.
        let asks = !self.is_cleared(case.record.loan, at) && !self.is_early(&case.record);
        require(open && asks, Reject::StateForbids)
    }

    /// The fees of a licence of these rights: it outlives none of them.
    fn schedule_for(&self, fees: &LicenceFees, terms: &ClaimTerms, assets: &[AssetId]) -> Result<Vec<FeeDue>, Reject> {
        let ends = assets.iter().filter_map(|asset| self.register.right(*asset).expires);
        schedule(fees, terms, ends.min())
    }

    /// Whether this participant owns all the rights of a case, and gave its pledges.
    fn owns_all(&self, entity: EntityId, case: &Case, assets: &[AssetId]) -> bool {
        let owns = |asset: &AssetId| self.register.right(*asset).owner == entity;
        case.record.pledgors == [entity] && !assets.is_empty() && assets.iter().all(owns)
    }

    /// What the fees that are late bear: the one that is to be paid next, and those behind it that fell due too.
    fn late_fees(&self, reverse: &Reverse, terms: &ClaimTerms, on: Date) -> Money {
        let rate = reverse.record.fees.late;
        let next = reverse.next.map(|next| next.fee);
        let all = self.fees_of(&reverse.record);
        let behind = all
            .iter()
            .skip(reverse.place as usize + 1)
            .take_while(|fee| fee.due < on);
        let fees = next.into_iter().chain(behind.map(Fee::new));
        fees.fold(Money::ZERO, |sum, fee| sum.plus(fee.late(terms, rate, on)))
    }

    /// A payment goes to the claim's holders, by their parts.
    fn pass_payment(
        &mut self,
        id: ReverseLicenceId,
        (from, to): (AccountId, AccountId),
        amount: Amount,
        tell: &mut Tell<'_>,
    ) {
        let loan = &self.pledging.lent(self.disposals.licence(id).record.loan).loan;
        let shares = self.by_parts(&loan.creditors, to, amount.money);
        self.pay(Seq(id.0), from, amount, &shares, tell);
    }

    /// A payment is counted, on late interest and on the claim.
    fn count_payment(
        &mut self,
        id: ReverseLicenceId,
        loan: LoanId,
        due: Option<Date>,
        (late, applied): (Money, &Applied),
        today: Date,
        tell: &mut Tell<'_>,
    ) {
        let record = &mut self.disposals.licence_mut(id).record;
        let amount = |money: Money| Amount::new(record.paid.currency, money);
        record.payment = Some(FeePayment {
            due,
            on: today,
            late: amount(late),
            costs: amount(applied.costs),
            interest: amount(applied.charged().plus(applied.doubled)),
            principal: amount(applied.principal),
        });
        let on_claim = amount(applied.total());
        record.paid.money = record.paid.money.plus(late).plus(on_claim.money);
        if on_claim.money > Money::ZERO {
            self.repay(loan, on_claim, today, (None, None), tell);
        }
    }
}
