//! A claim becomes shares of its debtor: assigned to who may, valued, resolved on, issued, shown by the register; only then
//! the pledge is released. How many shares, what stays a debt and what is waived, on paper.

use super::{
    deal::act_of,
    debt::Standing,
    matter::{Matter, Stage},
    offers::listing,
    paper::Fen,
    venue::Year,
};
use crate::floor::{
    Party,
    conversions::{give_up, held, proposing, step, waived},
    disposals::end,
    pledges::{assign, cure, repaid_by, repay},
    yuan,
};
use protocol::{
    ConversionId, Date, Reject,
    claim::{CompanyForm, EquityOrigin, Excess},
    disposal::DisposalState,
    equity::{
        ClaimValued, ConversionState, ConversionStep, Issuer, IssuingParticipant, MeetingVotes, ProposeConversion,
    },
    plan::PayerKind,
    pledge::PledgeState,
};

/// What a claim became on the day of the issue.
#[derive(Clone, Copy, Debug)]
struct Issued {
    on: Date,
    /// What the shares were issued for.
    paid: Fen,
    over_value: Fen,
}

/// A deal that turns a claim into shares.
#[derive(Debug)]
pub(super) struct Turning {
    id: ConversionId,
    holder: Party,
    form: CompanyForm,
    price: Fen,
    shares_before: u64,
    /// Holders beside who turns the claim.
    others: u32,
    excess: Excess,
    value: Fen,
    /// The last day of the opinion.
    good_until: Date,
    issued: Option<Issued>,
    /// What comes next, the next last.
    left: Vec<Next>,
    last: Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Value,
    Vote,
    Waive,
    Issue,
    Register,
    Release,
}

impl Matter {
    /// The holders sell the claim to a fund, and that one proposes shares for it.
    pub(super) fn convert(&mut self, year: &mut Year) {
        let case = self.case.as_ref().expect("it is open");
        let (id, holds) = (case.id, !case.held.is_empty());
        let (fund, today) = (year.people.fund, year.today());
        let debtor = self.debt(year).debtor;
        let form = year.random.of(CompanyForm::ALL);
        let (price, excess) = (
            year.random.of(&[1, 7, 100, 33_333]),
            year.random.of(&[Excess::Waived, Excess::Waived, Excess::Stays]),
        );
        let (before, holders) = (1 + year.random.below(1_000_000), 1 + year.random.below(49) as u32);
        let propose = |change: &dyn Fn(&mut ProposeConversion)| {
            proposing(id, debtor, today, |asked| {
                (asked.form, asked.price, asked.excess) = (form, yuan(price), excess);
                (asked.shares_before, asked.holders_before) = (before, holders);
                change(asked);
            })
        };
        let acting = year.acting(self.loan);
        if holds {
            return year.refused(acting.user, propose(&|_| {}), Reject::StateForbids);
        }
        if acting.entity != fund.entity {
            year.refused(acting.user, propose(&|_| {}), Reject::BankDirectD2e);
        }
        while let Some((holder, _)) = self.debt(year).holders.iter().find(|(of, _)| *of != fund.entity) {
            let holder = year.party(*holder);
            if year.acting(self.loan).entity == fund.entity {
                year.refused(fund.user, propose(&|_| {}), Reject::ClaimShared);
            }
            self.assign_to(year, holder, fund, None);
        }
        if self.debt(year).backers.iter().any(|backer| backer.left > 0) {
            year.refused(fund.user, propose(&|_| {}), Reject::ClaimShared);
            return;
        }
        let crowd = &|asked: &mut ProposeConversion| {
            (asked.form, asked.holders_before) = (CompanyForm::Limited, 50);
        };
        year.refused(fund.user, propose(crowd), Reject::HolderCap50);
        let another = year.people.buyers[0].entity;
        let stranger = &|asked: &mut ProposeConversion| {
            asked.issuer = Issuer::Participant(IssuingParticipant { entity: another });
        };
        year.refused(fund.user, propose(stranger), Reject::IssuerInvalid);
        let id = ConversionId(year.deal(fund.user, propose(&|_| {})));
        let all = [
            Next::Release,
            Next::Register,
            Next::Issue,
            Next::Waive,
            Next::Vote,
            Next::Value,
        ];
        let takes = |next: &Next| *next != Next::Waive || form == CompanyForm::Limited;
        self.stage = Stage::Turning(Turning {
            id,
            holder: fund,
            form,
            price,
            shares_before: before,
            others: holders,
            excess,
            value: 0,
            good_until: today,
            issued: None,
            left: all.into_iter().filter(takes).collect(),
            last: today,
        });
        year.count("claims to be turned");
    }

    /// What of the claim is spoken for: shares were issued, and the register does not show their holder yet.
    pub(super) fn spoken_for(&self) -> Option<Fen> {
        match &self.stage {
            Stage::Turning(deal) if deal.left.contains(&Next::Register) => deal.issued.map(|issued| issued.paid),
            _ => None,
        }
    }

    fn turning(&mut self) -> &mut Turning {
        match &mut self.stage {
            Stage::Turning(deal) => deal,
            _ => unreachable!("its claim is being turned"),
        }
    }

    /// The deal goes on, or something comes between.
    pub(super) fn turn(&mut self, year: &mut Year) {
        let case = self.case.as_ref().expect("it waits for shares").id;
        let (fund, pledgor) = (self.turning().holder, self.pledgor());
        if year.one_in(4) {
            let assets = self.standing();
            if !assets.is_empty() {
                let listed = listing(&assets, pledgor, self.worth(&assets));
                let lacks = self.lacks(year, act_of(&assets), true);
                year.refused(fund.user, listed, lacks.unwrap_or(Reject::UnderDisposal));
            }
            year.refused(fund.user, end(case), Reject::StateForbids);
        }
        let issued = self.turning().issued.is_some();
        let registered = issued && self.spoken_for().is_none();
        match year.random.below(24) {
            0 if !issued => self.pass_claim(year),
            1 if !issued => self.pay_some(year),
            2 => self.advance(year),
            3 if !registered => self.invalidate(year),
            4 if !issued && year.one_in(2) => self.cure(year),
            5 if !issued && year.one_in(2) => self.pay_all(year),
            6 if !issued || self.spoken_for().is_some() => self.apply_deposit(year),
            7 if !registered && year.one_in(2) => return self.give_deal_up(year),
            0 | 1 | 4 | 5 if issued && !registered => self.pay_what_is_free(year),
            8..=10 => {}
            _ => return self.go_on(year),
        }
        if self.case.is_some() {
            self.settle(year);
        }
    }

    /// What shares leave of a claim can be paid, by the debtor; nothing else of it, and it is not passed on or cured.
    fn pay_what_is_free(&mut self, year: &mut Year) {
        let (loan, today, fund) = (self.loan, year.today(), self.turning().holder);
        let owed = self.debt(year).owed(today);
        let free = owed - self.spoken_for().expect("shares were issued");
        let guarantor = year.people.guarantor();
        for wrong in [
            repay(loan, yuan(free + 1), today),
            repaid_by(loan, yuan(1), today, guarantor, PayerKind::Guarantor),
            assign(loan, year.people.banks[0], None, true),
        ] {
            year.refused(fund.user, wrong, Reject::ClaimSpokenFor);
        }
        year.refused(fund.user, cure(loan), Reject::CureTooLate);
        if free > 0 {
            let part = year.fen(1, free);
            year.must(fund.user, repay(loan, yuan(part), today));
            year.counted(loan, part, None);
            year.count("paid of what shares leave");
        }
    }

    fn give_deal_up(&mut self, year: &mut Year) {
        let deal = self.turning();
        let (id, fund) = (deal.id, deal.holder);
        year.must(fund.user, give_up(id));
        self.no_shares(year);
        year.count("deals given up");
        self.settle(year);
    }

    /// No shares came about: the case is open.
    fn no_shares(&mut self, year: &Year) {
        let id = self.turning().id;
        assert_eq!(year.told.conversions[&id].state, ConversionState::GivenUp);
        self.stage = Stage::Disposing;
    }

    /// What was done to a claim or its rights ends its deal until shares are issued, and no case is over after. Whether
    /// the case waits for shares still.
    pub(super) fn waits_for_shares(&mut self, year: &mut Year) -> bool {
        let Stage::Turning(deal) = &self.stage else {
            return false;
        };
        let debt = self.debt(year);
        let alone = debt.holders.len() == 1 && debt.acting() == deal.holder.entity;
        let paid_by_others = debt.backers.iter().any(|backer| backer.left > 0);
        let goes_on = debt.state == Standing::Default && alone && !paid_by_others && !self.standing().is_empty();
        if deal.issued.is_some() || goes_on {
            let case = self.case.as_ref().expect("it waits for shares").id;
            assert_eq!(year.told.cases[&case].state, DisposalState::Converting);
            return true;
        }
        self.no_shares(year);
        year.count("deals that ended");
        false
    }

    /// The next step, and what is no step yet.
    fn go_on(&mut self, year: &mut Year) {
        let today = year.today();
        let deal = self.turning();
        let (id, fund, last) = (deal.id, deal.holder, deal.last);
        let next = deal.left.pop().expect("a deal that is done is over");
        if next != Next::Release && next != Next::Register && year.one_in(2) {
            let early = step(id, ConversionStep::PledgeReleased {}, today);
            year.refused(fund.user, early, Reject::ReleaseBeforeRegistered);
        }
        let on = Date(last.0.max(today.0 - year.random.below(4) as i32));
        let done = match next {
            Next::Value => self.value_claim(year),
            Next::Vote => self.vote(year, on),
            Next::Waive => self.waive(year, on),
            Next::Issue => self.issue(year, on),
            Next::Register => self.show_holder(year, on),
            Next::Release => return self.release_converted(year, on),
        };
        match done {
            Some(on) if matches!(self.stage, Stage::Turning(_)) => self.turning().last = on,
            Some(_) | None => {}
        }
    }

    fn value_claim(&mut self, year: &mut Year) -> Option<Date> {
        let (today, owed) = (year.today(), self.debt(year).owed(year.today()));
        let (value, months) = (year.fen(1, owed + owed / 2 + 1), 1 + year.random.below(3) as u32);
        // The base date of an opinion may lie before the deal.
        let on = Date(today.0 - year.random.below(20) as i32);
        let deal = self.turning();
        (deal.value, deal.good_until) = (value, on.plus_months(months));
        let (id, fund) = (deal.id, deal.holder);
        let valued = ConversionStep::Valued(ClaimValued {
            value: yuan(value),
            months,
        });
        year.refused(
            fund.user,
            step(id, valued.clone(), today.next()),
            Reject::StepDayInvalid,
        );
        year.must(fund.user, step(id, valued, on));
        Some(on)
    }

    /// Two thirds, while the opinion is good.
    fn vote(&mut self, year: &mut Year, on: Date) -> Option<Date> {
        let all = 3 + year.random.below(1_000_000);
        let present = all - year.random.below(all / 4 + 1);
        let deal = self.turning();
        let (id, fund, good_until) = (deal.id, deal.holder, deal.good_until);
        let base = if deal.form == CompanyForm::Limited {
            all
        } else {
            present
        };
        let enough = (2 * base).div_ceil(3);
        let votes = |in_favour| {
            ConversionStep::Voted(MeetingVotes {
                all,
                present,
                in_favour,
            })
        };
        let on = if on > good_until {
            year.refused(fund.user, step(id, votes(enough), on), Reject::ValuationExpired);
            self.turning().last.max(good_until)
        } else {
            on
        };
        year.refused(fund.user, step(id, votes(enough - 1), on), Reject::VoteShort);
        if enough > present {
            // Too few came.
            self.give_deal_up(year);
            return None;
        }
        year.must(fund.user, step(id, votes(enough), on));
        Some(on)
    }

    fn waive(&mut self, year: &mut Year, on: Date) -> Option<Date> {
        let deal = self.turning();
        let (id, fund, others) = (deal.id, deal.holder, deal.others);
        year.refused(fund.user, step(id, waived(others - 1), on), Reject::PreemptionStands);
        year.must(fund.user, step(id, waived(others), on));
        Some(on)
    }

    /// Shares for what is owed, or for its value where that is less.
    fn issue(&mut self, year: &mut Year, on: Date) -> Option<Date> {
        let on = on.max(self.debt(year).reckoned());
        let owed = self.debt(year).owed(on);
        let deal = self.turning();
        let (id, fund) = (deal.id, deal.holder);
        let worth = owed.min(deal.value);
        let (shares, residue) = (worth / deal.price, worth % deal.price);
        let issue = step(id, ConversionStep::Issued {}, on);
        if shares == 0 {
            year.refused(fund.user, issue, Reject::NothingToIssue);
            self.give_deal_up(year);
            return None;
        }
        let issued = Issued {
            on,
            paid: worth - residue,
            over_value: owed - worth,
        };
        deal.issued = Some(issued);
        let stake = shares as u128 * 1_000_000 / (u128::from(deal.shares_before) + shares as u128);
        year.must(fund.user, issue);
        let told = year.told.conversions[&id].issued.expect("they were issued");
        assert_eq!((told.shares, u128::from(told.stake)), (shares as u64, stake));
        assert_eq!(
            [told.owed, told.paid, told.residue, told.over_value],
            [owed, issued.paid, residue, issued.over_value].map(yuan)
        );
        year.count("shares issued");
        Some(on)
    }

    /// The register shows the holder: the claim is reduced as of the day of the issue, or of what was counted on it since.
    fn show_holder(&mut self, year: &mut Year, on: Date) -> Option<Date> {
        let loan = self.loan;
        let deal = self.turning();
        let (id, fund, excess) = (deal.id, deal.holder, deal.excess);
        let issued = deal.issued.expect("they were issued");
        year.must(fund.user, step(id, ConversionStep::Registered {}, on));
        let reduced_on = self.debt(year).reckoned().max(issued.on);
        let rest = self.debt(year).owed(reduced_on) - issued.paid;
        let given_up = if excess == Excess::Waived {
            issued.over_value.min(rest)
        } else {
            0
        };
        let debt = year.paper.debt(loan);
        debt.pay(issued.paid, reduced_on);
        if given_up > 0 {
            debt.pay(given_up, reduced_on);
            year.count("claims waived in part");
        }
        year.free_if_paid(loan);
        assert_eq!(year.told.conversions[&id].left, Some(yuan(rest - given_up)));
        year.count("shares registered");
        Some(on)
    }

    /// The pledge goes last, and the case with it; a rest is a debt without it.
    fn release_converted(&mut self, year: &mut Year, on: Date) {
        let deal = self.turning();
        let (id, fund) = (deal.id, deal.holder);
        let pledge = self.own().pledge;
        let stood = !self.standing().is_empty();
        year.must(fund.user, step(id, ConversionStep::PledgeReleased {}, on));
        let of_pledge = year.told.pledges[&pledge];
        assert_eq!(
            of_pledge,
            if stood {
                PledgeState::Released
            } else {
                PledgeState::Lapsed
            }
        );
        assert_eq!(year.told.conversions[&id].state, ConversionState::Done);
        for right in &mut self.rights {
            right.stands = false;
        }
        // Nothing stands pledged any more: what is held in place of rights goes back.
        year.paper.free(self.loan.0);
        self.case_ended(year, DisposalState::Closed);
        year.must(fund.user, step(id, held(EquityOrigin::Conversion), on));
        assert_eq!(year.told.conversions[&id].sell_by.map(|by| by.nominal), None);
        if self.debt(year).state == Standing::Default {
            self.over("converted with a debt left");
        }
        year.count("claims turned into shares");
    }
}
