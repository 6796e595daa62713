//! Rights of a case are licensed back to their owner: proposed, consented to, paid fee by fee, late and in time, settled
//! early, dissolved; and what ends by itself.

use super::{
    deal::act_of,
    debt::Standing,
    fees::{Agreed, Fees},
    matter::{Matter, Stage},
    offers::listing,
    paper::Fen,
    venue::Year,
};
use crate::floor::{
    OPERATOR,
    disposals::end,
    reverse::{consenting, pay_fee, proposing, settle, terminate},
    yuan,
};
use protocol::{
    Date, EntityId, Rate, Reject, ReverseLicenceId,
    claim::{Cycle, LicenceAuthority, LicenceFees},
    disposal::DisposalState,
    reverse::{ProposeReverseLicence, ReverseLicenceState as State},
};

/// A licence that binds.
#[derive(Debug)]
pub(super) struct Lease {
    pub id: ReverseLicenceId,
    pub fees: Fees,
}

impl Matter {
    /// The acting holder proposes a licence of all that is left; its owner consents, or not.
    pub(super) fn license_back(&mut self, year: &mut Year) {
        let case = self.case.as_ref().expect("it is open");
        let (id, holds) = (case.id, !case.held.is_empty());
        let (acting, pledgor) = (year.acting(self.loan), self.pledgor());
        let owed = self.debt(year).owed(year.today());
        let agreed = draw_fees(year, owed);
        let propose = |agreed: &Agreed, change: &dyn Fn(&mut ProposeReverseLicence)| {
            proposing(id, pledgor, |asked| {
                asked.fees = as_told(agreed);
                change(asked);
            })
        };
        if holds || owed == 0 {
            // A price is held that may pay it, or nothing is owed.
            return year.refused(acting.user, propose(&agreed, &|_| {}), Reject::StateForbids);
        }
        year.refused(
            acting.user,
            propose(&agreed, &|asked| asked.authority = None),
            Reject::NoAuthority,
        );
        let buyer: EntityId = year.people.buyers[0].entity;
        let stranger = propose(&agreed, &|asked| asked.licensee = buyer);
        year.refused(acting.user, stranger, Reject::LicenseeNotOwner);
        let early = Agreed {
            begins: year.in_days(-40),
            ends: year.in_days(-1),
            anchor: year.in_days(-40),
            ..agreed
        };
        year.refused(acting.user, propose(&early, &|_| {}), Reject::LicenceDaysInvalid);
        let authority = year.random.of(LicenceAuthority::ALL);
        let proposal = propose(&agreed, &|asked| asked.authority = Some(authority));
        let licence = ReverseLicenceId(year.deal(acting.user, proposal));
        year.count("licences back proposed");
        if year.one_in(6) {
            let by = year.random.of(&[acting, pledgor]);
            year.must(by.user, terminate(licence));
            assert_eq!(year.told.licences[&licence].state, State::Withdrawn);
            return;
        }
        if year.one_in(6) {
            // It waits for a word that nobody says: it binds nobody.
            return;
        }
        year.must(pledgor.user, consenting(licence, pledgor));
        year.refused(pledgor.user, consenting(licence, pledgor), Reject::StateForbids);
        let fees = Fees::new(agreed);
        self.stage = Stage::Licensed(Lease { id: licence, fees });
        year.count("licensed back");
        self.look_at_licence(year);
    }

    /// Its case is licensed: its rights are not sold, and its fees are paid, or not.
    pub(super) fn licensed(&mut self, year: &mut Year) {
        let case = self.case.as_ref().expect("it is licensed").id;
        let (acting, pledgor) = (year.acting(self.loan), self.pledgor());
        if year.one_in(4) {
            let assets = self.standing();
            if !assets.is_empty() {
                let listed = listing(&assets, pledgor, self.worth(&assets));
                let lacks = self.lacks(year, act_of(&assets), true);
                year.refused(acting.user, listed, lacks.unwrap_or(Reject::UnderDisposal));
            }
            year.refused(acting.user, end(case), Reject::StateForbids);
        }
        let today = year.today();
        let late = self.lease().fees.late(today) > 0;
        match year.random.below(20) {
            0 => self.pass_claim(year),
            1 => self.pay_some(year),
            2 => self.advance(year),
            3 => self.invalidate(year),
            4 if year.one_in(2) => self.cure(year),
            5 if year.one_in(2) => self.pay_all(year),
            6 => self.apply_deposit(year),
            7 if year.one_in(2) => self.dissolve(year),
            8 => self.settle_licence(year),
            9..=12 if late => self.settle_licence(year),
            9..=14 => {}
            15 | 16 => self.pay_fee(year, true),
            _ => self.pay_fee(year, false),
        }
    }

    fn lease(&mut self) -> &mut Lease {
        match &mut self.stage {
            Stage::Licensed(lease) => lease,
            _ => unreachable!("its rights are licensed back"),
        }
    }

    /// The owner pays the oldest fee, or a part of it.
    fn pay_fee(&mut self, year: &mut Year, in_part: bool) {
        let (loan, today, pledgor) = (self.loan, year.today(), self.pledgor());
        let acting = year.acting(loan);
        let owed = self.debt(year).owed(today);
        let Lease { id, fees } = self.lease();
        let (id, stands) = (*id, fees.stand(today));
        let Some(fee) = fees.next().copied() else {
            return;
        };
        let behind = fees.after_next().map(|fee| fee.due);
        let amount = if in_part { year.fen(1, fee.unpaid) } else { fee.unpaid };
        year.brings(pledgor, fee.unpaid + 1);
        if stands == State::Consented {
            return year.refused(pledgor.user, pay_fee(id, fee.due, amount), Reject::StateForbids);
        }
        year.refused(acting.user, pay_fee(id, fee.due, amount), Reject::NotAParty);
        if today < fee.from {
            return year.refused(pledgor.user, pay_fee(id, fee.due, amount), Reject::FeeNotOpen);
        }
        if let Some(behind) = behind {
            year.refused(pledgor.user, pay_fee(id, behind, 1), Reject::FeeNotOpen);
        }
        let more = pay_fee(id, fee.due, fee.unpaid + 1);
        year.refused(pledgor.user, more, Reject::FeeAmountInvalid);
        if stands == State::Grace {
            year.refused(acting.user, terminate(id), Reject::GraceRuns);
        }
        year.must(pledgor.user, pay_fee(id, fee.due, amount));
        let [late, on_debt] = self.lease().fees.pay(amount, owed, today);
        self.fee_counted(year, Some(fee.due), late, on_debt);
        year.count(match (in_part, stands) {
            (true, _) => "fees paid in part",
            (false, State::Grace) => "fees paid in grace",
            (false, _) => "fees paid",
        });
        self.settle(year);
        self.look_at_licence(year);
    }

    /// The owner pays all that is owed, and what its late fees bear.
    fn settle_licence(&mut self, year: &mut Year) {
        let (loan, today, pledgor) = (self.loan, year.today(), self.pledgor());
        let owed = self.debt(year).owed(today);
        let Lease { id, fees } = self.lease();
        let (id, late) = (*id, fees.late(today));
        year.brings(pledgor, owed + late);
        let acting = year.acting(loan);
        year.refused(acting.user, settle(id), Reject::NotAParty);
        year.must(pledgor.user, settle(id));
        self.fee_counted(year, None, late, owed);
        year.count("licences settled early");
        if late > 0 {
            year.count("late fees settled early");
        }
        self.settle(year);
    }

    /// What the owner paid went to the holders by their parts, and was counted so.
    fn fee_counted(&mut self, year: &mut Year, due: Option<Date>, late: Fen, on_debt: Fen) {
        let (loan, today, from) = (self.loan, year.today(), self.pledgor().account);
        year.pass_to_holders(loan, from, late + on_debt);
        let [costs, interest, principal] = year.counted(loan, on_debt, None);
        let told = year.told.licences[&self.lease().id].payment.expect("it was paid");
        let parts = [told.late, told.costs, told.interest, told.principal];
        assert_eq!(
            (told.due, told.on, parts),
            (due, today, [late, costs, interest, principal].map(yuan))
        );
        if late > 0 {
            year.count("late interest on fees");
        }
    }

    /// The parties agree to end it: the case is open again.
    fn dissolve(&mut self, year: &mut Year) {
        let id = self.lease().id;
        let acting = year.acting(self.loan);
        let stands = self.lease().fees.stand(year.today());
        if stands != State::Grace {
            year.refused(acting.user, terminate(id), Reject::StateForbids);
        }
        year.must(OPERATOR, terminate(id));
        self.licence_over(year, State::Terminated);
        year.count("licences dissolved");
    }

    /// A licence ended otherwise than with its case: that is open again.
    pub(super) fn licence_over(&mut self, year: &mut Year, expected: State) {
        let id = self.lease().id;
        assert_eq!(year.told.licences[&id].state, expected);
        self.stage = Stage::Disposing;
        self.settle(year);
    }

    /// What a licence came to by itself: begun, late, terminated, expired.
    pub(super) fn look_at_licence(&mut self, year: &mut Year) {
        let Stage::Licensed(lease) = &self.stage else {
            return;
        };
        let stands = lease.fees.stand(year.today());
        assert_eq!(year.told.licences[&lease.id].state, stands, "{lease:?}");
        match stands {
            State::Terminated => year.count("licences terminated"),
            State::Expired => year.count("licences expired"),
            State::Grace => return year.count("fees missed"),
            _ => return,
        }
        self.licence_over(year, stands);
    }

    /// Whether rights of a case that ended wait for the last fee of their licence.
    pub(super) fn awaits_last_fee(&self, year: &Year) -> bool {
        matches!(&self.stage, Stage::Licensed(lease) if lease.fees.awaits_last(year.today()))
    }

    /// How a case stands that is not over: a licence that was over by itself today has left it open.
    pub(super) fn case_stands(&self, year: &Year) -> DisposalState {
        let over = [State::Terminated, State::Expired];
        match &self.stage {
            Stage::Licensed(lease) if !over.contains(&lease.fees.stand(year.today())) => DisposalState::Licensed,
            _ => DisposalState::Open,
        }
    }

    /// A case is over, and its licence with it; none of it is live any more.
    pub(super) fn licence_ended(&self, year: &mut Year) {
        let case = self.case.as_ref().expect("it was open").id;
        if let Stage::Licensed(lease) = &self.stage {
            let told = year.told.licences[&lease.id].state;
            if self.debt(year).state == Standing::Repaid {
                assert_eq!(told, State::DebtCleared);
                year.count("debts cleared by a licence");
            } else {
                let by_itself = lease.fees.stand(year.today());
                assert!(told == State::Ended || told == by_itself, "{told:?}, {by_itself:?}");
                year.count("licences ended with their case");
            }
        }
        let mut licences = year.told.licences.values();
        assert!(!licences.any(|told| told.disposal == case && told.state.is_live()));
    }
}

/// Fees at random; some of a time that has begun before.
fn draw_fees(year: &mut Year, owed: Fen) -> Agreed {
    let fee = year.fen(1_000, (owed / 2).max(2_000));
    let begins = year.within(-20, 40);
    let anchor = if year.one_in(2) {
        begins
    } else {
        Date(begins.0 - year.random.below(20) as i32)
    };
    let agreed = Agreed {
        fee,
        months: year.random.of(&[1, 1, 1, 3]),
        anchor,
        begins,
        ends: Date(begins.0 + 25 + year.random.below(120) as i32),
        grace: year.random.of(&[0, 3, 15, 40]),
        late: year.fen(0, 200_000) as u32,
    };
    let first = Fees::new(agreed).next().expect("it has a day").due;
    if first >= year.today() {
        return agreed;
    }
    // Its first fee would have been due before today.
    let today = year.today();
    Agreed {
        begins: today,
        anchor: today,
        ends: year.in_days(45),
        ..agreed
    }
}

fn as_told(agreed: &Agreed) -> LicenceFees {
    LicenceFees {
        fee: yuan(agreed.fee),
        cycle: if agreed.months == 1 {
            Cycle::Monthly
        } else {
            Cycle::Quarterly
        },
        begins: agreed.begins,
        ends: agreed.ends,
        periods_from: (agreed.anchor != agreed.begins).then_some(agreed.anchor),
        grace_days: agreed.grace as u16,
        late: Rate(agreed.late),
    }
}
