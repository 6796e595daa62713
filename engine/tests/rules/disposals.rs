//! A default is disposed of in one case: a plan that is signed before, a title road, a price that is held until the title
//! is recorded, and a waterfall that is paid to the fen (RULES.md 2.8; PLEDGES.md 4; 民法典 428, 436 to 438).

use crate::floor::{
    OPERATOR, Party, change,
    disposals::{
        agreed, bankrupt, below, distribute, end, opened, opening, payee, plan, propose_plan, release, scheme,
        sign_plan, upkeep,
    },
    grants::{EVIDENCE, cash_posted},
    pledges::{
        self, Desk, application, assign, cure, default, filed, free_of_interest, lent, made_loan, recorded_at,
        repaid_by, repay,
    },
    refuses,
    room::{ascending, bid as bid_lot, enter},
    sales::{answer, bid, express, file, fund, qualify, sign, terms_of},
    titles::{share, trademark},
    yuan,
};
use engine::book::FastBook;
use protocol::{
    AssetId, BasisPoints, Command, Date, DisposalId, Event, LoanId, LotId, Notice, PledgeId, PublicEvent, Receipt,
    Reject, TransferId, UserId,
    auction::{AnnounceLot, CourtSale, Format, LotState, LotStep, PayLot},
    claim::Guarantor,
    disposal::{Bankruptcy, DisposalState, SchemeShare, TitleRoad},
    maxima::Maxima,
    plan::{ClaimKind, CostKind, Payee, PayerKind, Portion, SaleCost, TaxArrears, Taxpayer, Tier, TierKind},
    pledge::{DefaultCause, LoanState, PledgeAct, PledgeState},
    text::Name,
    title::AssetChange,
    transfer::{LegalBasis, ListTransfer, TransferRefusal, TransferState},
};

/// A patent of the firm, pledged for a million that the bank lent without interest and valued at more; `other_firm` has
/// ten million.
pub(crate) fn pledged() -> (Desk<FastBook>, AssetId, LoanId, PledgeId) {
    let (mut desk, right, loan, pledge) = unvalued();
    value(&mut desk, right, 120_000_000);
    (desk, right, loan, pledge)
}

pub(crate) fn unvalued() -> (Desk<FastBook>, AssetId, LoanId, PledgeId) {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let pledge = desk.pledged(loan, right);
    (desk, right, loan, pledge)
}

/// The same in default, with a case.
pub(crate) fn disposed() -> (Desk<FastBook>, AssetId, LoanId, PledgeId, DisposalId) {
    let (mut desk, right, loan, pledge) = pledged();
    let case = desk.in_disposal(loan);
    (desk, right, loan, pledge, case)
}

impl Desk<FastBook> {
    pub(crate) fn listing(&self, assets: &[AssetId], change: impl FnOnce(&mut ListTransfer)) -> Command {
        let mut terms = terms_of(assets, self.firm);
        terms.ask = yuan(120_000_000);
        change(&mut terms);
        Command::ListTransfer(Box::new(terms))
    }

    pub(crate) fn offered(&mut self, assets: &[AssetId]) -> TransferId {
        self.offered_by(self.bank.user, assets)
    }

    pub(crate) fn offered_by(&mut self, by: UserId, assets: &[AssetId]) -> TransferId {
        self.offered_at(by, assets, 120_000_000)
    }

    pub(crate) fn offered_at(&mut self, by: UserId, assets: &[AssetId], ask: i64) -> TransferId {
        let command = self.listing(assets, |terms| terms.ask = yuan(ask));
        match self.floor.must(by, command) {
            Receipt::Deal(seq) => TransferId::from(seq),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn today(&self) -> Date {
        protocol::Timestamp(self.floor.at).venue_date()
    }

    /// The disclosure of what is listed is over.
    pub(crate) fn disclosed(&mut self) {
        let today = self.today();
        self.floor.until(Date(today.0 + 9));
    }

    /// A sale whose price is held.
    pub(crate) fn funded_sale(&mut self, assets: &[AssetId], price: i64) -> TransferId {
        self.funded_sale_to(self.other_firm, assets, price)
    }

    pub(crate) fn funded_sale_to(&mut self, buyer: Party, assets: &[AssetId], price: i64) -> TransferId {
        let id = self.offered_at(self.bank.user, assets, price.min(120_000_000));
        self.funded_by(buyer, id, price)
    }

    /// A sale that was listed, with its price held.
    pub(crate) fn funded(&mut self, id: TransferId, price: i64) -> TransferId {
        self.funded_by(self.other_firm, id, price)
    }

    pub(crate) fn funded_by(&mut self, buyer: Party, id: TransferId, price: i64) -> TransferId {
        self.floor.must(buyer.user, express(id, buyer));
        self.floor.must(OPERATOR, qualify(id, buyer.entity, true));
        self.disclosed();
        self.floor.must(buyer.user, bid(id, price));
        for by in [self.bank.user, buyer.user] {
            self.floor.must(by, sign(id, EVIDENCE));
        }
        self.floor.must(buyer.user, fund(id));
        id
    }

    /// A sale whose title has passed.
    pub(crate) fn recorded_sale(&mut self, case: DisposalId, assets: &[AssetId], price: i64) -> TransferId {
        let id = self.funded_sale(assets, price);
        self.floor.must(self.bank.user, release(case, id));
        self.floor.must(self.bank.user, file(id));
        self.floor.must(OPERATOR, answer(id, None));
        id
    }

    pub(crate) fn is_refused(&mut self, by: Party, command: Command, reject: Reject) {
        assert_eq!(self.floor.try_(by.user, command), Err(reject));
    }

    /// What deals brought into a party's account: free, and held.
    pub(crate) fn cash_of(&self, party: Party) -> (i64, i64) {
        let posted = cash_posted(&self.floor, 0).into_iter();
        let own = posted.filter(|(account, ..)| *account == party.account);
        own.fold((0, 0), |(free, held), (_, more, more_held, ..)| {
            (free + more, held + more_held)
        })
    }
}

#[test]
fn by_agreement_the_price_is_held_released_against_recorded_and_paid_out() {
    let (mut desk, right, loan, pledge, case) = disposed();
    let (bank, firm, buyer) = (desk.bank, desk.firm, desk.other_firm);
    assert_eq!(desk.state(pledge), PledgeState::Disposing);
    let sale = desk.offered(&[right]);
    // Not before the price is held.
    desk.is_refused(bank, release(case, sale), Reject::ReleaseBeforeEscrow);
    desk.floor.must(buyer.user, express(sale, buyer));
    desk.floor.must(OPERATOR, qualify(sale, buyer.entity, true));
    desk.disclosed();
    desk.floor.must(buyer.user, bid(sale, 120_000_000));
    for by in [bank, buyer] {
        desk.floor.must(by.user, sign(sale, EVIDENCE));
    }
    desk.is_refused(bank, release(case, sale), Reject::ReleaseBeforeEscrow);
    desk.floor.must(buyer.user, fund(sale));
    desk.is_refused(bank, file(sale), Reject::ReleaseMissing);
    desk.is_refused(firm, release(case, sale), Reject::NotAParty);
    desk.floor.must(bank.user, release(case, sale));
    desk.floor.must(bank.user, file(sale));
    desk.is_refused(bank, distribute(case, sale, |_| {}), Reject::DistributedBeforeRecorded);

    let (at_bank, at_firm) = (desk.cash_of(bank), desk.cash_of(firm));
    desk.floor.must(OPERATOR, answer(sale, None));
    // Held in the owner's name for the case: nobody has it yet.
    assert_eq!(desk.cash_of(firm), (at_firm.0, at_firm.1 + 120_000_000));
    assert_eq!(desk.cash_of(bank), at_bank);
    assert!(desk.case(case).holds());
    assert_eq!(desk.state(pledge), PledgeState::Disposing);

    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.cash_of(bank).0 - at_bank.0, 100_000_000);
    assert_eq!(desk.cash_of(firm), (at_firm.0 + 20_000_000, at_firm.1));
    assert_eq!(desk.state(pledge), PledgeState::Closed);
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
    assert_eq!(desk.case(case).state, DisposalState::Closed);
    let told = desk.distribution(sale);
    assert_eq!(told.statement.paid.money.minor(), 100_000_000);
    assert_eq!(told.statement.surplus.money.minor(), 20_000_000);
    desk.is_refused(bank, distribute(case, sale, |_| {}), Reject::AlreadyDistributed);
}

#[test]
fn a_refusal_of_the_office_gives_the_money_back_while_the_pledge_stands() {
    let (mut desk, right, _, pledge, case) = disposed();
    let buyer = desk.other_firm;
    let before = desk.cash_of(buyer);
    let sale = desk.funded_sale(&[right], 120_000_000);
    desk.floor.must(desk.bank.user, release(case, sale));
    desk.floor.must(desk.bank.user, file(sale));
    desk.floor
        .must(OPERATOR, answer(sale, Some(TransferRefusal::WrongOwner)));
    assert_eq!(desk.cash_of(buyer), before);
    assert_eq!(desk.state(pledge), PledgeState::Disposing);
    assert!(desk.pledge(pledge).binds(right));
    assert_eq!(desk.case(case).state, DisposalState::Open);
    // The release was of that sale alone.
    let again = desk.funded_sale(&[right], 120_000_000);
    desk.is_refused(desk.bank, file(again), Reject::ReleaseMissing);
}

#[test]
fn costs_and_taxes_come_before_the_bank_and_who_has_no_account_is_paid_through_the_venue() {
    let (mut desk, right, loan, _, case) = disposed();
    let bank = desk.bank;
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let name = |text: &str| Payee::Outsider {
        name: Name::new(text).unwrap(),
    };
    let claims = |asked: &mut protocol::disposal::DistributeProceeds| {
        asked.claims.later = vec![name("深圳市税务局"), name("评估机构")];
        asked.claims.costs.push(SaleCost {
            payee: 3,
            kind: CostKind::Appraiser,
            amount: yuan(3_000_000),
            rate: None,
        });
        asked.claims.taxes.push(TaxArrears {
            payee: 2,
            taxpayer: Taxpayer::Owner,
            due: Date::from_civil(2025, 12, 31).unwrap(),
            tax: yuan(30_000_000),
            surcharge: None,
        });
    };
    desk.is_refused(bank, distribute(case, sale, claims), Reject::PayeeAccountMissing);
    let trust = desk.trust();
    let before = desk.cash_of(bank).0;
    desk.floor.must(
        bank.user,
        distribute(case, sale, |asked| {
            claims(asked);
            asked.trust = Some(trust);
        }),
    );
    let told = desk.distribution(sale);
    let paid = |kind: ClaimKind| -> i64 {
        let lines = told.statement.lines.iter().filter(|line| line.kind == kind);
        lines.map(|line| line.paid.money.minor()).sum()
    };
    assert_eq!(paid(ClaimKind::Appraiser), 3_000_000);
    assert_eq!(paid(ClaimKind::Tax), 30_000_000);
    assert_eq!(desk.cash_of(bank).0 - before, 87_000_000);
    // What is short stays a debt, and nothing is left to dispose of.
    assert_eq!(desk.lent(loan).outstanding, yuan(13_000_000));
    assert_eq!(desk.lent(loan).state, LoanState::Default);
    assert_eq!(desk.case(case).state, DisposalState::Closed);
}

#[test]
fn who_paid_in_the_debtors_place_stands_behind_the_banks_rest() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let guarantor = desk.other_bank;
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.terms.guarantors = vec![Guarantor::joint(guarantor.entity)];
    });
    desk.pledged(loan, right);
    value(&mut desk, right, 120_000_000);
    let case = desk.in_disposal(loan);
    let day = desk.today();
    let paid = repaid_by(loan, yuan(80_000_000), day, guarantor, PayerKind::Guarantor);
    desk.floor.must(desk.bank.user, paid);
    let sale = desk.recorded_sale(case, &[right], 70_000_000 + 50_000_000);
    let (at_bank, at_guarantor) = (desk.cash_of(desk.bank).0, desk.cash_of(guarantor).0);
    desk.floor.must(desk.bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.cash_of(desk.bank).0 - at_bank, 20_000_000);
    assert_eq!(desk.cash_of(guarantor).0 - at_guarantor, 80_000_000);
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
}

#[test]
fn a_guarantor_that_paid_all_of_it_keeps_the_default_alive_until_it_has_that_back() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let payer = desk.other_bank;
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let pledge = desk.pledged(loan, right);
    value(&mut desk, right, 120_000_000);
    let case = desk.in_disposal(loan);
    let day = desk.today();
    let paid = repaid_by(loan, yuan(100_000_000), day, payer, PayerKind::Interested);
    desk.floor.must(desk.bank.user, paid);
    assert_eq!(desk.lent(loan).state, LoanState::Default);
    assert_eq!(desk.case(case).state, DisposalState::Open);
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let before = desk.cash_of(payer).0;
    desk.floor.must(desk.bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.cash_of(payer).0 - before, 100_000_000);
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
    assert_eq!(desk.state(pledge), PledgeState::Closed);
}

#[test]
fn who_paid_twice_has_back_what_stands_in_the_pledgees_place_and_no_more() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let payer = desk.other_bank;
    let rights = ["US1", "US2"].map(|name| desk.patent(name));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.recorded(desk.application(loan, &rights));
    for right in rights {
        value(&mut desk, right, 120_000_000);
    }
    let case = desk.in_disposal(loan);
    let day = desk.today();
    // A fund takes over by agreement alone, and there is none.
    for (kind, paid) in [(PayerKind::Fund, 20_000_000), (PayerKind::Interested, 30_000_000)] {
        let paid = repaid_by(loan, yuan(paid), day, payer, kind);
        desk.floor.must(desk.bank.user, paid);
    }
    for (right, back) in [(rights[0], 30_000_000), (rights[1], 0)] {
        let sale = desk.recorded_sale(case, &[right], 120_000_000);
        let before = desk.cash_of(payer).0;
        desk.floor.must(desk.bank.user, distribute(case, sale, |_| {}));
        assert_eq!(desk.cash_of(payer).0 - before, back);
    }
}

#[test]
fn of_two_loans_of_one_holder_and_rank_each_is_counted_its_own_share() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_bank);
    let mark = desk.floor.right(firm.entity, "TM", trademark);
    value(&mut desk, mark, 100_000_000);
    let shared = desk.loan(|loan| {
        free_of_interest(&mut loan.terms);
        loan.creditors = [bank, other].map(|party| share(party, 50)).to_vec();
    });
    let alone = lent(other, firm, |loan| free_of_interest(&mut loan.terms));
    let alone = made_loan(&mut desk.floor, other.user, alone);
    let first = desk.file(desk.application(shared, &[mark]));
    let second = application(alone, firm, &[mark]);
    let second = filed(&mut desk.floor, other.user, second);
    let at = Some(protocol::Timestamp(desk.floor.at));
    for pledge in [first, second] {
        desk.floor.must(OPERATOR, recorded_at(pledge, at));
    }
    let three = plan(&[bank, other, firm]);
    agreed(
        &mut desk.floor,
        shared,
        &three,
        &[bank, other, firm].map(|party| party.user),
    );
    desk.floor.must(OPERATOR, default(shared, DefaultCause::AgreedEvent));
    let case = opened(&mut desk.floor, bank.user, opening(shared, |_| {}));
    let agrees = crate::pledge_consents::consent(second, PledgeAct::Transfer, |_| {});
    desk.floor.must(other.user, agrees);
    let sale = desk.recorded_sale(case, &[mark], 120_000_000);
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    // Two million are owed, and each loan has half of the price.
    for loan in [shared, alone] {
        assert_eq!(desk.lent(loan).outstanding, yuan(40_000_000));
    }
}

#[test]
fn a_plan_that_touches_a_pledgee_whom_it_does_not_name_is_not_in_force() {
    let mut desk = Desk::new();
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_bank);
    let mark = desk.floor.right(firm.entity, "TM", trademark);
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    desk.pledged(loan, mark);
    let behind = lent(other, firm, |_| {});
    let behind = made_loan(&mut desk.floor, other.user, behind);
    let behind = filed(&mut desk.floor, other.user, application(behind, firm, &[mark]));
    desk.floor.must(OPERATOR, pledges::recorded(behind));
    let before = plan(&[bank, firm]);
    agreed(&mut desk.floor, loan, &before, &[bank.user, firm.user]);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let mut after = before.clone();
    after.surcharge_with_tax = true;
    agreed(&mut desk.floor, loan, &after, &[bank.user, firm.user]);
    assert_eq!(desk.plan_of(loan).agreed.unwrap().digest, before.digest());
    // Named, it signs.
    after.payees.push(payee(other));
    agreed(
        &mut desk.floor,
        loan,
        &after,
        &[bank, firm, other].map(|party| party.user),
    );
    assert_eq!(desk.plan_of(loan).agreed.unwrap().digest, after.digest());
}

#[test]
fn nobody_changes_alone_who_has_a_price_that_is_held() {
    let mut desk = Desk::new();
    desk.floor.cash_in(desk.other_firm.account, 1_000_000_000);
    let (bank, firm) = (desk.bank, desk.firm);
    let rights = ["US1", "US2"].map(|name| desk.patent(name));
    let loan = desk.loan(|loan| free_of_interest(&mut loan.terms));
    let pledge = desk.recorded(desk.application(loan, &rights));
    for right in rights {
        value(&mut desk, right, 120_000_000);
    }
    let case = desk.in_disposal(loan);
    let before = plan(&[bank, firm]);
    let sale = desk.recorded_sale(case, &rights[..1], 120_000_000);
    desk.floor.must(OPERATOR, change(rights[1], AssetChange::Invalidate));
    assert_eq!(desk.state(pledge), PledgeState::Lapsed);
    // All of it for the owner before the bank; all of the surplus for the bank.
    for (by, payee, place) in [(firm, 1, 2), (bank, 0, 5)] {
        let mut after = before.clone();
        let all = Portion {
            payee,
            weight: 1,
            cap: None,
            rate: Some(BasisPoints(10_000)),
        };
        let tier = Tier {
            payees: vec![all],
            ..Tier::plain(TierKind::Agreed)
        };
        after.tiers.insert(place, tier);
        desk.floor.must(by.user, propose_plan(loan, after));
        assert_eq!(desk.plan_of(loan).agreed.unwrap().digest, before.digest());
    }
    let at = (desk.cash_of(bank).0, desk.cash_of(firm).0);
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    let had = (desk.cash_of(bank).0 - at.0, desk.cash_of(firm).0 - at.1);
    assert_eq!(had, (100_000_000, 20_000_000));
}

#[test]
fn nothing_is_disposed_of_before_a_plan_a_default_and_a_title_road() {
    let (mut desk, _, loan, _) = pledged();
    let (bank, firm) = (desk.bank, desk.firm);
    let open = || opening(loan, |_| {});
    desk.is_refused(desk.other_bank, open(), Reject::UnknownLoan);
    desk.is_refused(firm, open(), Reject::NotAParty);
    let high = opening(loan, |asked| asked.floor = BasisPoints(10_001));
    desk.is_refused(bank, high, Reject::AmountInvalid);
    desk.is_refused(bank, open(), Reject::NotInDefault);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    desk.is_refused(bank, open(), Reject::PlanMissing);
    let plan = plan(&[bank, firm]);
    desk.floor.must(bank.user, propose_plan(loan, plan.clone()));
    // One signature is none.
    desk.is_refused(bank, open(), Reject::PlanMissing);
    desk.floor.must(firm.user, sign_plan(loan, &plan));
    let roadless = opening(loan, |asked| asked.road = None);
    desk.is_refused(bank, roadless, Reject::TitleRoadMissing);
    let unproved = opening(loan, |asked| asked.instrument = None);
    desk.is_refused(bank, unproved, Reject::TitleRoadMissing);
    let case = opened(&mut desk.floor, bank.user, open());
    desk.is_refused(bank, open(), Reject::DisposalOpen);
    assert_eq!(desk.case(case).plan, plan.digest());
}

#[test]
fn a_plan_is_signed_by_all_whom_it_pays_and_frozen_by_the_default() {
    let (mut desk, _, loan, _) = pledged();
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_bank);
    desk.is_refused(other, propose_plan(loan, plan(&[bank, firm])), Reject::UnknownLoan);
    let mut unsound = plan(&[bank, firm]);
    unsound.tiers.swap(0, 1);
    desk.is_refused(bank, propose_plan(loan, unsound), Reject::PlanTiersInvalid);
    let foreign = Payee::Participant {
        entity: bank.entity,
        account: firm.account,
    };
    let mut wrong = plan(&[firm]);
    wrong.payees.push(foreign);
    desk.is_refused(bank, propose_plan(loan, wrong), Reject::UnknownAccount);

    let three = plan(&[bank, firm, other]);
    desk.is_refused(firm, sign_plan(loan, &three), Reject::StateForbids);
    desk.floor.must(bank.user, propose_plan(loan, three.clone()));
    desk.is_refused(firm, sign_plan(loan, &plan(&[bank, firm])), Reject::PlanDiffers);
    desk.is_refused(bank, sign_plan(loan, &three), Reject::StateForbids);
    desk.floor.must(firm.user, sign_plan(loan, &three));
    let told = desk.plan_of(loan);
    assert!(told.agreed.is_none());
    assert_eq!(told.proposed.unwrap().needed, [other.entity]);
    // Who is named by it may read and sign it.
    desk.floor.must(other.user, sign_plan(loan, &three));
    assert_eq!(desk.plan_of(loan).agreed.unwrap().digest, three.digest());

    // After the default a change needs those alone whose share it touches: here a cost of the bank's own rate.
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let mut changed = three.clone();
    changed.surcharge_with_tax = true;
    desk.floor.must(bank.user, propose_plan(loan, changed.clone()));
    assert_eq!(desk.plan_of(loan).agreed.unwrap().digest, three.digest());
    desk.floor.must(firm.user, sign_plan(loan, &changed));
    assert_eq!(desk.plan_of(loan).agreed.unwrap().digest, changed.digest());
}

#[test]
fn a_right_in_a_case_is_sold_in_it_alone() {
    let (mut desk, right, _, _, case) = disposed();
    let (bank, firm) = (desk.bank, desk.firm);
    let free = desk.patent("US9");
    // The owner gave a mandate, and sells no more itself.
    let by_owner = desk.listing(&[right], |_| {});
    desk.is_refused(firm, by_owner, Reject::UnderDisposal);
    let mixed = desk.listing(&[right, free], |_| {});
    desk.is_refused(firm, mixed, Reject::UnderDisposal);
    let stranger = desk.listing(&[right], |_| {});
    desk.is_refused(desk.other_bank, stranger, Reject::UnknownAccount);
    let sale = desk.offered(&[right]);
    // Who disposes of it does not buy it, nor does its owner.
    desk.is_refused(bank, express(sale, bank), Reject::BarredParty);
    desk.is_refused(firm, express(sale, firm), Reject::OwnRight);
    // Nor does it end the case under a contract, or release the pledge but against the price.
    desk.is_refused(
        bank,
        pledges::release(desk_pledge(&desk, right), &[]),
        Reject::ReleaseBeforeEscrow,
    );
    desk.floor.must(bank.user, end(case));
    assert_eq!(desk.case(case).state, DisposalState::GivenUp);
    assert_eq!(sale_state(&desk, sale), TransferState::Cancelled);
    assert_eq!(desk.state(desk_pledge(&desk, right)), PledgeState::Defaulted);
}

fn desk_pledge(desk: &Desk<FastBook>, asset: AssetId) -> PledgeId {
    let told = desk.floor.records(0).into_iter().rev();
    let mut pledges = told.filter_map(|changed| match changed.record {
        protocol::Record::Pledge(pledge) => Some(pledge),
        _ => None,
    });
    let of = |pledge: &protocol::pledge::Pledge| pledge.rights.iter().any(|right| right.asset == asset);
    pledges.find(of).expect("it is pledged").pledge
}

pub(crate) fn sale_state(desk: &Desk<FastBook>, id: TransferId) -> TransferState {
    let told = desk.floor.records(0).into_iter().rev();
    let mut sales = told.filter_map(|changed| match changed.record {
        protocol::Record::Transfer(sale) => Some(sale),
        _ => None,
    });
    sales.find(|sale| sale.transfer == id).expect("it was told").state
}

#[test]
fn by_agreement_nothing_is_sold_below_the_floor_but_by_the_pledgors_word() {
    let (mut desk, right, loan, _) = unvalued();
    let (bank, firm) = (desk.bank, desk.firm);
    agreed(&mut desk.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let floored = opening(loan, |asked| asked.floor = BasisPoints(8_000));
    let case = opened(&mut desk.floor, bank.user, floored);
    let asking = |desk: &Desk<FastBook>, minor| desk.listing(&[right], |terms| terms.ask = yuan(minor));
    desk.is_refused(bank, asking(&desk, 120_000_000), Reject::ValuationMissing);
    value(&mut desk, right, 100_000_000);
    desk.is_refused(bank, asking(&desk, 79_999_999), Reject::BelowMarket);
    desk.is_refused(bank, below(case, yuan(70_000_000)), Reject::NotAParty);
    desk.floor.must(firm.user, below(case, yuan(70_000_000)));
    desk.is_refused(bank, asking(&desk, 69_999_999), Reject::BelowMarket);
    let command = asking(&desk, 70_000_000);
    desk.floor.must(bank.user, command);
}

pub(crate) fn value(desk: &mut Desk<FastBook>, asset: AssetId, minor: i64) {
    let command = crate::pledges::valued(asset, minor);
    desk.floor.must(OPERATOR, command);
}

#[test]
fn a_default_is_cured_before_the_day_of_the_auction_and_not_on_it() {
    let (mut desk, right, loan, pledge, case) = disposed();
    let bank = desk.bank;
    let lot = desk.announced(&[right]);
    let opens = Date(desk.today().0 + 2);
    desk.floor.until(Date(opens.0 - 1));
    let copy = desk.floor.exchange.clone();
    desk.floor.must(bank.user, cure(loan));
    assert_eq!(desk.case(case).state, DisposalState::Cured);
    assert_eq!(desk.state(pledge), PledgeState::Registered);
    assert_eq!(lot_state(&desk, lot), LotState::Withdrawn);

    desk.floor.exchange = copy;
    desk.floor.until(opens);
    desk.is_refused(bank, cure(loan), Reject::CureTooLate);
}

#[test]
fn a_courts_lot_ends_with_its_case() {
    for cured in [true, false] {
        let (mut desk, right, loan, _) = unvalued();
        let (bank, firm) = (desk.bank, desk.firm);
        agreed(&mut desk.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
        desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
        let ruled = opening(loan, |asked| asked.road = Some(TitleRoad::Ruling));
        let case = opened(&mut desk.floor, bank.user, ruled);
        let Receipt::Deal(valuation) = desk.floor.must(OPERATOR, crate::pledges::valued(right, 120_000_000)) else {
            panic!("a valuation has a number")
        };
        let today = desk.today();
        let at = |days: i32| Date(today.0 + days).start();
        let mut terms = AnnounceLot {
            basis: LegalBasis::Judicial,
            valuation: Some(valuation.into()),
            court: Some(CourtSale {
                notified: Date(today.0 - 5),
                prior_claims: yuan(0),
                insisted: false,
                order: Some(EVIDENCE),
                debt: None,
                commissioned: false,
            }),
            ..AnnounceLot::plain(
                vec![right],
                firm.account,
                ascending(100_000_000, 1_000_000),
                yuan(10_000_000),
                at(31),
                at(33),
            )
        };
        if let Format::Ascending(format) = &mut terms.format {
            format.maxima = Maxima::NotTaken;
        }
        let Receipt::Deal(lot) = desk.floor.must(OPERATOR, Command::AnnounceLot(Box::new(terms))) else {
            panic!("a lot is a deal")
        };
        desk.floor.must(bank.user, if cured { cure(loan) } else { end(case) });
        assert_eq!(lot_state(&desk, lot.into()), LotState::Withdrawn);
    }
}

pub(crate) fn lot_state(desk: &Desk<FastBook>, id: LotId) -> LotState {
    let told = desk.floor.events.iter().rev();
    let mut lots = told.filter_map(|event| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match &**notice {
            Notice::Lot(lot) if lot.lot == id => Some(lot.state),
            _ => None,
        },
        _ => None,
    });
    lots.next().expect("it was announced")
}

impl Desk<FastBook> {
    /// A lot of the bank's that opens in two days and closes in three.
    pub(crate) fn announced(&mut self, assets: &[AssetId]) -> LotId {
        self.announced_by(self.bank.user, assets, |_| {})
    }

    /// The same by another, on changed terms.
    pub(crate) fn announced_by(
        &mut self,
        by: UserId,
        assets: &[AssetId],
        change: impl FnOnce(&mut AnnounceLot),
    ) -> LotId {
        let today = self.today();
        let at = |days: i32| Date(today.0 + days).start();
        let mut terms = AnnounceLot {
            qualifies_at: at(1),
            ..AnnounceLot::plain(
                assets.to_vec(),
                self.firm.account,
                ascending(100_000_000, 1_000_000),
                yuan(1_000_000),
                at(2),
                at(3),
            )
        };
        change(&mut terms);
        match self.floor.must(by, Command::AnnounceLot(Box::new(terms))) {
            Receipt::Deal(seq) => LotId::from(seq),
            other => panic!("{other:?}"),
        }
    }
}

/// Who disposes of a right knows its owner's account; beside a right that there is not, nobody disposes of anything.
#[test]
fn a_right_that_there_is_not_is_in_no_case() {
    let (mut desk, right, ..) = disposed();
    let rights = [right, AssetId(u32::MAX)];
    let (opens, closes) = (Date(desk.today().0 + 2).start(), Date(desk.today().0 + 3).start());
    let format = ascending(100_000_000, 1_000_000);
    let lot = AnnounceLot::plain(rights.into(), desk.firm.account, format, yuan(1_000_000), opens, closes);
    for command in [desk.listing(&rights, |_| {}), Command::AnnounceLot(Box::new(lot))] {
        for (by, reject) in [
            (desk.bank.user, Reject::UnknownAccount),
            (desk.other_bank.user, Reject::UnknownAccount),
            (desk.firm.user, Reject::UnknownAsset),
            (OPERATOR, Reject::UnknownAsset),
        ] {
            refuses(&mut desk.floor, by, command.clone(), reject);
        }
    }
}

#[test]
fn an_auction_of_a_case_goes_the_same_way_and_the_venues_fee_is_a_cost_of_the_sale() {
    let (mut desk, right, loan, pledge, case) = disposed();
    let (bank, buyer) = (desk.bank, desk.other_firm);
    let lot = desk.announced(&[right]);
    let sale = TransferId(lot.0);
    desk.is_refused(bank, release(case, sale), Reject::ReleaseBeforeEscrow);
    let today = desk.today();
    desk.floor.until(Date(today.0 + 1));
    desk.floor.cash_in(bank.account, 10_000_000);
    desk.is_refused(bank, enter(lot, bank), Reject::BarredParty);
    desk.floor.must(buyer.user, enter(lot, buyer));
    desk.floor.until(Date(today.0 + 2));
    desk.floor.must(buyer.user, bid_lot(lot, 110_000_000));
    desk.floor.until(Date(today.0 + 4));
    desk.floor.must(buyer.user, Command::PayLot(PayLot { lot }));
    desk.is_refused(bank, file(sale), Reject::ReleaseMissing);
    desk.floor.must(bank.user, release(case, sale));
    desk.floor.must(bank.user, file(sale));
    desk.floor.must(OPERATOR, answer(sale, None));
    let before = desk.cash_of(bank).0;
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.cash_of(bank).0 - before, 100_000_000);
    assert_eq!(desk.state(pledge), PledgeState::Closed);
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
}

#[test]
fn what_a_creditor_advances_is_a_cost_of_its_claim_and_paid_first() {
    let (mut desk, right, loan, _, case) = disposed();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.is_refused(firm, upkeep(loan, Some(right), yuan(1)), Reject::NotAParty);
    let other = desk.patent("US8");
    desk.is_refused(bank, upkeep(loan, Some(other), yuan(1)), Reject::UnknownAsset);
    desk.is_refused(bank, upkeep(loan, None, yuan(0)), Reject::AmountInvalid);
    desk.floor.must(bank.user, upkeep(loan, Some(right), yuan(600_000)));
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    let told = desk.distribution(sale);
    let costs = told.statement.lines.iter().find(|line| line.kind == ClaimKind::Costs);
    assert_eq!(costs.unwrap().paid, yuan(600_000));
    assert_eq!(told.statement.surplus, yuan(19_400_000));
    desk.is_refused(bank, upkeep(loan, None, yuan(1)), Reject::StateForbids);
}

#[test]
fn a_claim_that_passes_takes_its_case_along() {
    let (mut desk, right, loan, _, case) = disposed();
    let (bank, to) = (desk.bank, desk.other_bank);
    desk.floor.must(bank.user, assign(loan, to, None, true));
    let listing = desk.listing(&[right], |_| {});
    desk.is_refused(bank, listing.clone(), Reject::UnknownAccount);
    desk.floor.must(to.user, listing);
    desk.is_refused(bank, end(case), Reject::UnknownDisposal);
    desk.floor.must(to.user, end(case));
}

#[test]
fn a_right_that_ends_takes_its_case_along_and_money_that_is_held_stays() {
    let (mut desk, right, _, pledge, case) = disposed();
    let over = |asset| crate::floor::change(asset, AssetChange::Invalidate);
    let (copy, told) = (desk.floor.exchange.clone(), desk.floor.events.len());
    desk.floor.must(OPERATOR, over(right));
    assert_eq!(desk.state(pledge), PledgeState::Lapsed);
    assert_eq!(desk.case(case).state, DisposalState::GivenUp);

    desk.floor.exchange = copy;
    desk.floor.events.truncate(told);
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    desk.floor.must(OPERATOR, over(right));
    assert!(desk.case(case).holds());
    desk.floor.must(desk.bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.case(case).state, DisposalState::Closed);
}

#[test]
fn a_debt_that_is_paid_ends_its_case_before_the_sale_is_bound_and_leaves_the_price_to_the_owner_after() {
    let (mut desk, right, loan, pledge, case) = disposed();
    let bank = desk.bank;
    let (copy, told) = (desk.floor.exchange.clone(), desk.floor.events.len());
    let day = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(100_000_000), day));
    assert_eq!(desk.case(case).state, DisposalState::Cured);
    assert_eq!(desk.state(pledge), PledgeState::Registered);

    desk.floor.exchange = copy;
    desk.floor.events.truncate(told);
    let sale = desk.funded_sale(&[right], 120_000_000);
    let day = desk.today();
    desk.is_refused(bank, cure(loan), Reject::CureTooLate);
    desk.floor.must(bank.user, repay(loan, yuan(100_000_000), day));
    assert_eq!(desk.case(case).state, DisposalState::Open);
    desk.floor.must(bank.user, release(case, sale));
    desk.floor.must(bank.user, file(sale));
    desk.floor.must(OPERATOR, answer(sale, None));
    desk.floor.must(bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.distribution(sale).statement.surplus, yuan(120_000_000));
    assert_eq!(desk.case(case).state, DisposalState::Closed);
    assert_eq!(desk.state(pledge), PledgeState::Closed);
}

#[test]
fn a_bankruptcy_stops_interest_and_holds_pledgees_back_as_its_kind_says() {
    for (kind, waits) in [
        (Bankruptcy::Reorganisation, true),
        (Bankruptcy::Composition, true),
        (Bankruptcy::Liquidation, false),
    ] {
        let mut desk = Desk::new();
        let right = desk.patent("US1");
        let loan = desk.loan(|_| {});
        desk.pledged(loan, right);
        value(&mut desk, right, 120_000_000);
        desk.in_disposal(loan);
        let sale = desk.offered(&[right]);
        let bank = desk.bank;
        let day = desk.today();
        desk.is_refused(bank, bankrupt(loan, kind, day.next(), false), Reject::BankruptcyInvalid);
        desk.is_refused(desk.firm, bankrupt(loan, kind, day, false), Reject::NotAParty);
        desk.floor.must(bank.user, bankrupt(loan, kind, day, false));
        desk.is_refused(bank, bankrupt(loan, kind, day, false), Reject::BankruptcyInvalid);
        let ended = sale_state(&desk, sale) == TransferState::Cancelled;
        assert_eq!(ended, waits, "{kind:?}");
        if waits {
            let listing = desk.listing(&[right], |_| {});
            desk.is_refused(bank, listing, Reject::Stayed);
            desk.floor.must(bank.user, bankrupt(loan, kind, day, true));
            desk.offered(&[right]);
        }
        // A year later nothing more is owed.
        desk.floor.until(Date(day.0 + 300));
        let owed = yuan(100_000_001);
        let today = desk.today();
        desk.is_refused(bank, repay(loan, owed, today), Reject::RepaymentInvalid);
    }
}

#[test]
fn a_court_s_price_is_paid_by_its_scheme_alone() {
    let (mut desk, right, loan, _) = pledged();
    let (bank, firm, buyer) = (desk.bank, desk.firm, desk.other_firm);
    agreed(&mut desk.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let by_court = opening(loan, |asked| asked.road = Some(TitleRoad::Ruling));
    let case = opened(&mut desk.floor, bank.user, by_court);
    // Not by agreement, and the pledgees are not asked.
    let listing = desk.listing(&[right], |_| {});
    desk.is_refused(bank, listing, Reject::TitleRoadMissing);
    let lot = desk.announced_by_court(right);
    let sale = TransferId(lot.0);
    desk.floor.at += 2_000;
    desk.floor.must(buyer.user, enter(lot, buyer));
    let today = desk.today();
    desk.floor.until(Date(today.0 + 31));
    desk.floor.must(buyer.user, bid_lot(lot, 100_000_000));
    let today = desk.today();
    desk.floor.until(Date(today.0 + 4));
    desk.floor.must(buyer.user, Command::PayLot(PayLot { lot }));
    let ruling = LotStep {
        lot,
        evidence: EVIDENCE,
    };
    desk.floor.must(OPERATOR, Command::ServeRuling(Box::new(ruling)));
    desk.is_refused(bank, distribute(case, sale, |_| {}), Reject::SchemeMissing);
    let share = |payee, amount, debt| SchemeShare {
        payee,
        amount: yuan(amount),
        debt: yuan(debt),
    };
    let court = Payee::Outsider {
        name: Name::new("深圳市中级人民法院").unwrap(),
    };
    let shares = |rest: i64, debt: i64| {
        scheme(vec![
            share(payee(bank), 80_000_000, debt),
            share(payee(firm), rest, 0),
            share(court.clone(), 1_000_000, 0),
        ])
    };
    for (rest, debt) in [(18_999_999, 80_000_000), (19_000_000, 80_000_001)] {
        let asked = distribute(case, sale, |asked| asked.scheme = shares(rest, debt));
        desk.is_refused(bank, asked, Reject::SchemeInvalid);
    }
    let unpaid = distribute(case, sale, |asked| asked.scheme = shares(19_000_000, 80_000_000));
    desk.is_refused(bank, unpaid, Reject::PayeeAccountMissing);
    let trust = desk.trust();
    let before = desk.cash_of(bank).0;
    let paid = distribute(case, sale, |asked| {
        (asked.scheme, asked.trust) = (shares(19_000_000, 80_000_000), Some(trust));
    });
    desk.floor.must(bank.user, paid);
    assert_eq!(desk.cash_of(bank).0 - before, 80_000_000);
    assert_eq!(desk.lent(loan).outstanding, yuan(20_000_000));
    assert_eq!(desk.case(case).state, DisposalState::Closed);
    assert!(desk.distribution(sale).scheme.is_some());
}

impl Desk<FastBook> {
    /// An account of the venue's for what is others'.
    pub(crate) fn trust(&mut self) -> protocol::AccountId {
        let open = Command::OpenAccount {
            entity: protocol::EntityId(0),
        };
        match self.floor.must(OPERATOR, open) {
            Receipt::Account(account) => account,
            other => panic!("{other:?}"),
        }
    }

    /// A court's first round, in a month, for two days.
    pub(crate) fn announced_by_court(&mut self, asset: AssetId) -> LotId {
        let Receipt::Deal(valuation) = self.floor.must(OPERATOR, crate::pledges::valued(asset, 120_000_000)) else {
            panic!("a valuation is a deal");
        };
        let today = self.today();
        let at = |days: i32| Date(today.0 + days).start();
        let mut format = ascending(100_000_000, 1_000_000);
        if let Format::Ascending(terms) = &mut format {
            terms.maxima = Maxima::NotTaken;
        }
        let terms = AnnounceLot {
            basis: LegalBasis::Judicial,
            valuation: Some(valuation.into()),
            qualifies_at: at(0).max(protocol::Timestamp(self.floor.at + 1_000)),
            court: Some(CourtSale {
                notified: Date(today.0 - 4),
                prior_claims: yuan(0),
                insisted: false,
                order: Some(EVIDENCE),
                debt: None,
                commissioned: false,
            }),
            ..AnnounceLot::plain(vec![asset], self.firm.account, format, yuan(10_000_000), at(31), at(33))
        };
        match self.floor.must(OPERATOR, Command::AnnounceLot(Box::new(terms))) {
            Receipt::Deal(seq) => LotId::from(seq),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_case_is_saved_and_loaded_with_its_plan_its_price_and_its_payers() {
    let (mut desk, right, loan, _, case) = disposed();
    let day = desk.today();
    let paid = repaid_by(loan, yuan(30_000_000), day, desk.other_bank, PayerKind::Interested);
    desk.floor.must(desk.bank.user, paid);
    let sale = desk.recorded_sale(case, &[right], 120_000_000);
    let saved = desk.floor.exchange.save();
    let loaded = engine::Exchange::<engine::book::PlainBook>::load(&saved).unwrap();
    assert_eq!(loaded.state_hash(), desk.floor.exchange.state_hash());
    desk.floor.exchange = engine::Exchange::load(&saved).unwrap();
    desk.floor.must(desk.bank.user, distribute(case, sale, |_| {}));
    assert_eq!(desk.case(case).state, DisposalState::Closed);
}

#[test]
fn what_a_defaulting_buyer_s_deposit_leaves_reduces_the_debt() {
    let (mut desk, right, loan, _, case) = disposed();
    let (bank, buyer) = (desk.bank, desk.other_firm);
    let lot = desk.announced(&[right]);
    let today = desk.today();
    desk.floor.until(Date(today.0 + 1));
    desk.floor.must(buyer.user, enter(lot, buyer));
    desk.floor.until(Date(today.0 + 2));
    desk.floor.must(buyer.user, bid_lot(lot, 110_000_000));
    desk.floor.until(Date(today.0 + 20));
    assert_eq!(lot_state(&desk, lot), LotState::Defaulted);
    let before = desk.cash_of(bank).0;
    // Nothing is sold anew within a year: the deposit is the owner's, and so its creditor's.
    desk.floor.until(Date(today.0 + 400));
    assert_eq!(desk.cash_of(bank).0 - before, 1_000_000);
    assert_eq!(desk.lent(loan).outstanding, yuan(99_000_000));
    assert_eq!(desk.case(case).state, DisposalState::Open);
}

#[test]
fn a_case_sells_in_the_currency_of_its_debt_and_before_the_next_due() {
    let (mut desk, right, _, _, _) = disposed();
    let bank = desk.bank;
    let dollars = |minor| protocol::Amount::new(protocol::Currency::Usd, protocol::Money::from_minor(minor));
    let foreign = desk.listing(&[right], |terms| {
        (terms.ask, terms.increment) = (dollars(1_000_000), dollars(1_000));
    });
    desk.is_refused(bank, foreign, Reject::UnderDisposal);
}

#[test]
fn a_price_below_the_floor_is_agreed_to_for_something_and_while_the_case_lasts() {
    let (mut desk, _, loan, _, case) = disposed();
    let (bank, firm) = (desk.bank, desk.firm);
    desk.is_refused(firm, below(case, yuan(0)), Reject::AmountInvalid);
    desk.floor.must(firm.user, below(case, yuan(1)));
    desk.floor.must(bank.user, cure(loan));
    desk.is_refused(firm, below(case, yuan(1)), Reject::StateForbids);
}

#[test]
fn a_bankruptcy_that_holds_pledgees_back_lets_no_case_open_and_no_lot_run() {
    let (mut desk, right, loan, _) = pledged();
    let (bank, firm) = (desk.bank, desk.firm);
    agreed(&mut desk.floor, loan, &plan(&[bank, firm]), &[bank.user, firm.user]);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    let before = desk.floor.clone();
    let today = desk.today();
    let stay = |lifted| bankrupt(loan, Bankruptcy::Reorganisation, today, lifted);
    desk.floor.must(bank.user, stay(false));
    desk.is_refused(bank, opening(loan, |_| {}), Reject::Stayed);
    desk.floor.must(bank.user, stay(true));
    desk.floor.must(bank.user, opening(loan, |_| {}));

    desk.floor = before;
    desk.floor.must(bank.user, opening(loan, |_| {}));
    let lot = desk.announced(&[right]);
    desk.floor.must(bank.user, stay(false));
    assert_eq!(lot_state(&desk, lot), LotState::Withdrawn);
}

#[test]
fn of_a_debt_that_is_paid_no_plan_is_proposed_and_no_bankruptcy_recorded() {
    let (mut desk, _, loan, _) = pledged();
    let (bank, firm) = (desk.bank, desk.firm);
    let today = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(100_000_000), today));
    desk.is_refused(bank, propose_plan(loan, plan(&[bank, firm])), Reject::StateForbids);
    let late = bankrupt(loan, Bankruptcy::Liquidation, today, false);
    desk.is_refused(bank, late, Reject::StateForbids);
}

#[test]
fn who_only_knows_of_a_plan_proposes_none() {
    let mut desk = Desk::new();
    let (bank, firm, surety) = (desk.bank, desk.firm, desk.other_firm);
    let right = desk.patent("US1");
    let loan = desk.loan(|loan| loan.terms.guarantors = vec![Guarantor::joint(surety.entity)]);
    desk.pledged(loan, right);
    let proposal = || propose_plan(loan, plan(&[bank, firm]));
    desk.is_refused(surety, proposal(), Reject::NotAParty);
    desk.is_refused(desk.other_bank, proposal(), Reject::UnknownLoan);
    desk.floor.must(firm.user, proposal());
}

#[test]
fn of_a_defaulting_buyer_s_deposit_the_debt_takes_what_it_is_and_the_owner_keeps_the_rest() {
    let (mut desk, right, loan, _, _) = disposed();
    let (bank, buyer) = (desk.bank, desk.other_firm);
    let lot = desk.announced(&[right]);
    let today = desk.today();
    desk.floor.must(bank.user, repay(loan, yuan(99_600_000), today));
    desk.floor.until(Date(today.0 + 1));
    desk.floor.must(buyer.user, enter(lot, buyer));
    desk.floor.until(Date(today.0 + 2));
    desk.floor.must(buyer.user, bid_lot(lot, 110_000_000));
    desk.floor.until(Date(today.0 + 20));
    let before = [bank, desk.firm].map(|party| desk.cash_of(party).0);
    desk.floor.until(Date(today.0 + 400));
    let after = [bank, desk.firm].map(|party| desk.cash_of(party).0);
    assert_eq!([after[0] - before[0], after[1] - before[1]], [400_000, 600_000]);
    assert_eq!(desk.lent(loan).state, LoanState::Repaid);
}
