//! Who answers beside the debtor pays out of an account here (代偿): a guarantor what its terms say, an insurer what it
//! promised.
//!
//! Invariant: money moves and is counted on the claim in one command, so nothing is held for it. Who paid stands behind the
//! holders' rest (`sums/waterfall`), as one of whom a creditor records that it paid.

use crate::{
    book::Book,
    kit::checks::{check_account_of, require},
    register::{
        lent::Lent,
        party::{ACTS, User},
    },
    state::Exchange,
    sums::{
        disposal::guarantor_may_be_called,
        guarantee::{answers_for, check_called, compensate_as_credit},
    },
    tell::Tell,
};
use protocol::{
    AccountId, Amount, Date, LoanId, Money, Receipt, Reject,
    claim::Guarantor,
    plan::{PayerKind, Pledgor},
    pledge::{Guarantee, Loan, LoanPayer, LoanState, PAYERS_MAX, PayGuarantee},
};

impl<B: Book> Exchange<B> {
    /// A guarantor pays what it answers for of what is owed today.
    pub(crate) fn pay_guarantee(
        &mut self,
        user: User,
        asked: &PayGuarantee,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let PayGuarantee { loan: id, account } = *asked;
        let answers = |loan: &Loan| loan.guarantor(user.entity).is_some();
        let lent = &self.to_pay_for(user, id, account, answers)?;
        let today = tell.at.venue_date();
        let (guarantor, guarantee) = lent.loan.guarantor(user.entity).expect("asked before");
        let owed = self.guaranteed(lent, guarantor, guarantee, today)?;
        let amount = Amount::new(lent.loan.terms.principal.currency, owed);
        let payer = LoanPayer {
            entity: user.entity,
            kind: PayerKind::Guarantor,
            agreed: guarantor.recourse,
        };
        self.check_payment(lent, account, amount, today)?;

        self.pay_for_debtor(id, account, amount, payer, tell);
        Ok(Receipt::Done)
    }

    /// What a guarantor answers for of what is owed: at once where it pays as for a loan on credit, else once nothing that
    /// is called before it is left.
    fn guaranteed(
        &self,
        lent: &Lent,
        guarantor: &Guarantor,
        guarantee: &Guarantee,
        today: Date,
    ) -> Result<Money, Reject> {
        let Lent {
            loan, claim, pledges, ..
        } = lent;
        if guarantee.ends <= today {
            let last = guarantee.ends.before();
            check_called(guarantor.kind, loan.due_day(), last, &guarantee.calls)?;
        }
        // A pledge that is sold stands until its price is paid out, and what that was is counted on the claim by then.
        let comes_first = |id: &protocol::PledgeId| {
            let pledge = &self.pledging.of(*id);
            let pledgor = if pledge.pledgor == loan.debtor {
                Pledgor::Debtor
            } else {
                Pledgor::ThirdParty
            };
            pledge.state.is_active() && !guarantor_may_be_called(pledgor, guarantor.order)
        };
        let sale = (!pledges.iter().any(comes_first)).then_some(Money::ZERO);
        let owed = claim.owed(&loan.terms, today).total();
        let paid = lent.paid_by(guarantor.entity).sum;
        let covered = compensate_as_credit(guarantor, owed.plus(paid), sale)?;
        Ok(answers_for(guarantor, covered, guarantee.freed.money, paid).min(owed))
    }

    /// The loan in default that this party, one that answers for it, would pay for out of its own account.
    pub(super) fn to_pay_for(
        &self,
        user: User,
        id: LoanId,
        account: AccountId,
        answers: impl FnOnce(&Loan) -> bool,
    ) -> Result<Lent, Reject> {
        user.may(ACTS)?;
        let of = self.account_for(user, account)?;
        let lent = self.loan_for(user, id)?;
        check_account_of(of, user.entity)?;
        require(answers(&lent.loan), Reject::NotAParty)?;
        require(lent.loan.state != LoanState::Repaid, Reject::StateForbids)?;
        require(lent.payers.len() < PAYERS_MAX, Reject::RepaymentInvalid)?;
        require(lent.loan.state == LoanState::Default, Reject::NotInDefault)?;
        Ok(lent)
    }

    /// Whether so much can be paid today to the holders of a claim out of an account.
    pub(super) fn check_payment(
        &self,
        lent: &Lent,
        account: AccountId,
        amount: Amount,
        today: Date,
    ) -> Result<(), Reject> {
        lent.claim.clone().apply(&lent.loan.terms, amount.money, today)?;
        let acting = lent.loan.creditors.first().expect("a claim has a holder").entity;
        require(self.ledger.first_account(acting).is_some(), Reject::PayeeAccountMissing)?;
        require(self.spoken_for(lent.loan.loan).is_none(), Reject::ClaimSpokenFor)?;
        require(amount.money > Money::ZERO, Reject::NothingGuaranteed)?;
        self.check_escrow(account, amount)
    }

    /// Pays the holders of a claim by their parts, the acting one for who has no account here, and counts it on the claim.
    pub(super) fn pay_for_debtor(
        &mut self,
        id: LoanId,
        from: AccountId,
        amount: Amount,
        payer: LoanPayer,
        tell: &mut Tell<'_>,
    ) {
        let creditors = self.pledging.lent(id).loan.creditors;
        let acting = creditors.first().expect("a claim has a holder").entity;
        let named = self.ledger.first_account(acting).expect("asked before");
        let shares = self.by_parts(&creditors, named, amount.money);
        // Under the number of the command: under the loan's own, the account may hold a deposit in place of a right.
        self.pay(tell.seq, from, amount, &shares, tell);
        self.repay(id, amount, tell.at.venue_date(), (Some(payer), None), tell);
    }
}
