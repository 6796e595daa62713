//! What a reverse licence does by itself (RULES.md 2.4; PLEDGES.md 2.4; 民法典 203, 865): it begins, a fee falls due and
//! is missed, grace runs out, its term is over, and with its case or its debt it ends.
//!
//! Invariant: a licence waits for one day at a time. A case is licensed as long as its licence is bound; a licence that
//! ends otherwise than with its case leaves the case open, so that the rights may be auctioned.

use crate::{
    book::Book,
    disposal::{
        life,
        reverse_life::{Input, step},
    },
    kit::{deadlines::Deadline, terms::LastDay},
    register::disposals::{OpenFee, Reverse},
    state::Exchange,
    sums::reverse::{FeeDue, schedule},
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, Date, DisposalId, LoanId, Money, Readers, Record, ReverseLicenceId, Timestamp,
    pledge::LoanState,
    reverse::{
        NextFee, ReverseLicence,
        ReverseLicenceState::{Active, Consented, Grace, Proposed},
    },
};

impl Reverse {
    /// When it goes on by itself, or a step of it is late.
    pub(crate) fn waits_for(&self) -> Option<Timestamp> {
        let fees = &self.record.fees;
        let at = match (self.record.state, self.last) {
            (Consented, _) => fees.begins.start(),
            (Proposed | Active | Grace, Some(last)) => last.over(),
            (Active, None) => fees.ends.start(),
            _ => Timestamp::NEVER,
        };
        Some(at).filter(|at| *at != Timestamp::NEVER)
    }

    /// As it is told.
    fn told(&self) -> ReverseLicence {
        let amount = |money: Money| Amount::new(self.record.fees.fee.currency, money);
        let next = self.next.map(|OpenFee { due, fee }| NextFee {
            from: due.from,
            due: due.due,
            fee: amount(due.fee),
            unpaid: amount(fee.unpaid()),
        });
        ReverseLicence {
            next,
            last: self.last.map(|last| last.day),
            calendar: self.last.and_then(|last| last.calendar),
            ..self.record.clone()
        }
    }
}

impl<B: Book> Exchange<B> {
    /// Writes a proposal down.
    pub(super) fn add_reverse(&mut self, reverse: Reverse, tell: &mut Tell<'_>) {
        let ReverseLicence {
            licence: id, disposal, ..
        } = reverse.record;
        self.disposals.licensed.insert(disposal, id);
        self.disposals.licences.insert(id, reverse);
        self.change_reverse(id, |_| {}, tell);
    }

    /// Changes a licence, and with it what it waits for; then tells its parties.
    pub(super) fn change_reverse(
        &mut self,
        id: ReverseLicenceId,
        change: impl FnOnce(&mut Reverse),
        tell: &mut Tell<'_>,
    ) {
        let reverse = self.disposals.licence_mut(id);
        if let Some(at) = reverse.waits_for() {
            self.deadlines.remove(at, Deadline::ReverseStep(id));
        }
        change(reverse);
        if let Some(at) = reverse.waits_for() {
            self.deadlines.add(at, Deadline::ReverseStep(id));
        }
        let readers = self.readers_of_reverse(self.disposals.licence(id));
        tell.record(readers, Record::ReverseLicence(self.disposals.licence(id).told()));
    }

    /// Who may know of a licence: the parties of its case, and its licensee.
    pub(super) fn readers_of_reverse(&self, reverse: &Reverse) -> Readers {
        let case = self.disposals.of(reverse.record.disposal);
        let Readers::Only(mut readers) = self.readers_of_case(case) else {
            unreachable!("a case's parties are named");
        };
        readers.push(reverse.record.licensee);
        readers.sort_unstable();
        readers.dedup();
        Readers::Only(readers)
    }

    /// Moves a licence as its life says; asked before. One that ends leaves its case open, unless that is over.
    pub(super) fn move_reverse(&mut self, id: ReverseLicenceId, input: Input, tell: &mut Tell<'_>) {
        let before = self.disposals.licence(id).record.state;
        let after = step(before, input).expect("asked before");
        let at = tell.at;
        let change = |reverse: &mut Reverse| {
            reverse.record.state = after;
            if !after.is_live() {
                (reverse.next, reverse.last) = (None, None);
                reverse.record.ended_at = Some(at);
            }
        };
        self.change_reverse(id, change, tell);
        if after.is_live() {
            return;
        }
        let ReverseLicence { disposal, loan, .. } = self.disposals.licence(id).record;
        self.disposals.licensed.remove(&disposal);
        if before.is_bound() && !self.disposals.of(disposal).record.state.is_over() {
            self.advance_case(disposal, life::Input::Return, tell);
            self.disposals.unsettle(loan);
        }
    }

    /// What a licence waits for has come, and whatever has come with it.
    pub(crate) fn reverse_step(&mut self, id: ReverseLicenceId, tell: &mut Tell<'_>) {
        while self.disposals.licence(id).waits_for().is_some_and(|at| at <= tell.at) {
            let reverse = self.disposals.licence(id);
            match (reverse.record.state, reverse.next) {
                (Proposed, _) => self.move_reverse(id, Input::Withdraw, tell),
                (Consented, Some(fee)) => self.begin_reverse(id, fee, tell),
                (Active, Some(fee)) => self.miss_fee(id, fee, tell),
                (Active, None) => self.move_reverse(id, Input::TermEnds, tell),
                (Grace, _) => self.move_reverse(id, Input::Terminate, tell),
                other => unreachable!("{other:?} waits for nothing"),
            }
        }
    }

    /// The first day of a licence has come.
    fn begin_reverse(&mut self, id: ReverseLicenceId, OpenFee { due, .. }: OpenFee, tell: &mut Tell<'_>) {
        let begin = |reverse: &mut Reverse| {
            reverse.record.state = step(Consented, Input::Begin).expect("it was consented to");
            reverse.last = Some(LastDay::named(due.due));
        };
        self.change_reverse(id, begin, tell);
    }

    /// A fee's day is over and it is unpaid: it can be paid still in its grace, if it has one.
    fn miss_fee(&mut self, id: ReverseLicenceId, OpenFee { due, .. }: OpenFee, tell: &mut Tell<'_>) {
        let days = self.disposals.licence(id).record.fees.grace_days;
        let grace = self.step_until(Date(due.due.0.saturating_add(i32::from(days))));
        self.move_reverse(id, Input::Miss, tell);
        if grace.over() <= tell.at {
            self.move_reverse(id, Input::Terminate, tell);
            return;
        }
        let wait = |reverse: &mut Reverse| {
            reverse.record.state = step(reverse.record.state, Input::Wait).expect("it was missed");
            reverse.last = Some(grace);
        };
        self.change_reverse(id, wait, tell);
    }

    /// A fee is paid in full: the next one is to be paid, if there is one.
    pub(super) fn fee_paid(&mut self, id: ReverseLicenceId, tell: &mut Tell<'_>) {
        let reverse = self.disposals.licence(id);
        let place = reverse.place + 1;
        let next = self.fees_of(&reverse.record).get(place as usize).copied();
        let pay = |reverse: &mut Reverse| {
            reverse.record.state = step(reverse.record.state, Input::Pay).expect("asked before");
            reverse.place = place;
            reverse.next = next.map(OpenFee::new);
            reverse.last = next.map(|next| LastDay::named(next.due));
        };
        self.change_reverse(id, pay, tell);
        self.reverse_step(id, tell);
    }

    /// The fees of a licence that was proposed.
    pub(super) fn fees_of(&self, record: &ReverseLicence) -> Vec<FeeDue> {
        let terms = &self.pledging.lent(record.loan).loan.terms;
        schedule(&record.fees, terms, None).expect("asked when it was proposed")
    }

    /// Whether nothing is owed of a claim.
    pub(super) fn is_cleared(&self, loan: LoanId, at: Timestamp) -> bool {
        let lent = &self.pledging.lent(loan);
        lent.claim.owed(&lent.loan.terms, at.venue_date()).total() == Money::ZERO
    }

    /// Nothing is owed to the holders of a claim any more, but who paid them is to be paid still: the licence has done its
    /// work, and the case goes on.
    pub(super) fn clear_licence(&mut self, case: DisposalId, tell: &mut Tell<'_>) {
        if let Some(id) = self.disposals.licensed.get(&case).copied() {
            self.move_reverse(id, Input::Clear, tell);
        }
    }

    /// A case is over, and its licence with it: because the debt is paid, its term is over, or otherwise.
    pub(super) fn end_licence_of(&mut self, case: DisposalId, tell: &mut Tell<'_>) {
        let Some(reverse) = self.disposals.licence_of(case) else {
            return;
        };
        let ReverseLicence { licence, loan, .. } = reverse.record;
        let over =
            reverse.record.state == Active && reverse.next.is_none() && reverse.record.fees.ends.start() <= tell.at;
        let input = match self.pledging.lent(loan).loan.state {
            LoanState::Repaid => Input::Clear,
            _ if over => Input::TermEnds,
            _ => Input::CaseEnds,
        };
        self.move_reverse(licence, input, tell);
    }

    /// A bankruptcy holds the pledgees of a loan back: what is licensed back, or proposed to be, is over, for a fee would be
    /// the payment of one creditor (企业破产法 16, 75).
    pub(super) fn stop_licence(&mut self, loan: LoanId, tell: &mut Tell<'_>) {
        let case = self.disposals.of_loan(loan).map(|case| case.record.disposal);
        let licence = case.and_then(|case| self.disposals.licensed.get(&case).copied());
        if let Some(id) = licence {
            self.move_reverse(id, Input::CaseEnds, tell);
        }
    }

    /// Whether a licence whose term is over, as its rights are with it, waits for its last fee.
    pub(super) fn awaits_last_fee(&self, case: DisposalId, at: Timestamp) -> bool {
        let reverse = self.disposals.licence_of(case);
        reverse.is_some_and(|reverse| {
            let over = reverse.record.fees.ends.start() <= at;
            reverse.record.state.is_bound() && reverse.next.is_some() && over
        })
    }

    /// Nobody could pay or consent in an outage: there is time until this day has ended.
    pub(crate) fn lengthen_reverse(&mut self, id: ReverseLicenceId, until: LastDay, tell: &mut Tell<'_>) {
        let last = self.disposals.licence(id).last;
        if last.is_some_and(|last| last.day < until.day) {
            self.change_reverse(id, |reverse| reverse.last = Some(until), tell);
        }
    }

    /// A new calendar came into force: the ends of grace move off days off.
    pub(crate) fn recount_reverse(&mut self, tell: &mut Tell<'_>) {
        let live = self.disposals.licensed.values();
        let moved = live.filter_map(|id| {
            let last = self.disposals.licence(*id).last?;
            let anew = self.recounted(last);
            (anew != last).then_some((*id, anew))
        });
        for (id, anew) in moved.collect::<Vec<_>>() {
            self.change_reverse(id, |reverse| reverse.last = Some(anew), tell);
        }
    }

    /// How many reverse licences wait for a day.
    pub(crate) fn reverse_waiting(&self) -> usize {
        let licences = self.disposals.licences.values();
        licences.filter(|reverse| reverse.waits_for().is_some()).count()
    }
}
