//! Subsidies of a city and its districts: what counts, which caps cut it, who decides, and that nobody has more than is
//! left.

use crate::floor::{
    CODES, OPERATOR, Party, day,
    grants::{NO_ACCOUNT, agreed, cash_posted, ladder, pay, term, user},
    pledges::{free_of_interest, guarantor, release, repaid_by},
    refuses,
    subsidies::{
        Council, FUTIAN, NANSHAN, SHENZHEN, apply, apply_so, cost, decide, fees, open, own, paper, published, sums,
        withdraw,
    },
    yuan,
};
use crate::pledge_consents::{apply as apply_proceeds, consent};
use engine::book::FastBook;
use protocol::{
    Amount, BasisPoints, Command, Currency, LoanId, MeasureId, Money, Notice, ProposalId, PublicEvent, Readers,
    Receipt, Reject, SubsidyId, UserId,
    asset::AssetClass,
    claim::{Compounding, Cycle, Penalty, Settlement},
    control::{Approve, Encoded, Propose, SetDualControl},
    event::{Event, PostingReason},
    licence::OfferLicence,
    party::Roles,
    plan::PayerKind,
    pledge::{PledgeAct, Proceeds, RegisterLoan},
    risk::{CostItem, SubsidyScheme},
    subsidy::{MeasureTerms, OpenMeasure, SubsidyState},
    wire::encode_alone,
};

const NO_LOAN: LoanId = LoanId(999);
const NO_MEASURE: MeasureId = MeasureId(999);
const NO_SUBSIDY: SubsidyId = SubsidyId(999);

/// What deals brought into these accounts: the agency's and the firm's.
fn moved(council: &Council<FastBook>) -> (i64, i64) {
    (council.desk.cash(council.agency), council.desk.cash(council.desk.firm))
}

/// A loan without interest.
fn free(asked: &mut RegisterLoan) {
    free_of_interest(&mut asked.terms);
}

/// A guarantor's fee of so many fen, by a paper of this number.
fn fee(fen: i64, number: u8) -> protocol::subsidy::CostShown {
    cost(CostItem::Guarantee, fen, number)
}

#[test]
fn a_subsidy_from_its_measure_to_the_payment() {
    let mut council = Council::new();
    let (agency, firm) = (council.agency, council.desk.firm);
    council.gives(3_000_000);
    let first = council.floor().events.len();
    let measure = council.published(SubsidyScheme::Nanshan2025);
    let told = council.desk.floor.events[first..]
        .iter()
        .find_map(|event| match &event.body {
            Event::Public(PublicEvent::Notice(notice)) => match &**notice {
                Notice::Measure(told) => Some(told.clone()),
                _ => None,
            },
            _ => None,
        });
    let told = told.expect("a measure is public");
    assert_eq!(
        (told.measure, told.payer, told.government),
        (measure, agency.entity, NANSHAN)
    );
    assert_eq!(Some(told.profile), SubsidyScheme::Nanshan2025.published());

    // A million at 4.35 %: 120 days of 360 are 14,500.00.
    let loan = council.loan("P", |_| {});
    council.floor().until(day(2026, 6, 30));
    council.pays(loan, 1_450_000, day(2026, 6, 30));
    let subsidy = council.applied(measure, loan, &[fee(2_000_000, 1)]);
    let (told, readers) = council.heard(subsidy);
    assert_eq!(
        (told.state, told.grant, told.firm),
        (SubsidyState::Applied, None, firm.entity)
    );
    assert_eq!(told.interest.paid, yuan(1_450_000));
    assert_eq!(readers, Readers::Only(vec![firm.entity, agency.entity]));
    assert_eq!(moved(&council), (0, 0), "an application moves nothing");

    let events = council.desk.floor.events.len();
    council.floor().must(OPERATOR, decide(subsidy, true));
    // 70 % of 34,500.00.
    assert_eq!(
        cash_posted(&council.desk.floor, events),
        [
            (agency.account, -2_415_000, 2_415_000, PostingReason::Held),
            (agency.account, 0, -2_415_000, PostingReason::Paid),
            (firm.account, 2_415_000, 0, PostingReason::Received),
        ]
    );
    let told = council.told(subsidy);
    assert_eq!(sums(&told), (SubsidyState::Granted, 3_450_000, 2_415_000, 2_415_000));
    assert_eq!(told.grant.unwrap().on, day(2026, 6, 30));
    // What was granted stands.
    let by_firm = firm.user;
    refuses(council.floor(), OPERATOR, decide(subsidy, true), Reject::StateForbids);
    refuses(council.floor(), OPERATOR, decide(subsidy, false), Reject::StateForbids);
    refuses(council.floor(), by_firm, withdraw(subsidy), Reject::StateForbids);
}

#[test]
fn what_the_opening_of_a_measure_is_refused_for() {
    let mut council = Council::new();
    let account = council.agency.account;
    let nanshan = || published(account, SubsidyScheme::Nanshan2025);
    // Who may not open one learns nothing of accounts.
    for account in [NO_ACCOUNT, account] {
        let asked = OpenMeasure { account, ..nanshan() };
        let by = council.agency.user;
        refuses(council.floor(), by, open(asked), Reject::NotPermitted);
    }
    let blank = OpenMeasure {
        terms: MeasureTerms::Published(SubsidyScheme::Other),
        ..nanshan()
    };
    let nowhere = OpenMeasure {
        account: NO_ACCOUNT,
        ..blank.clone()
    };
    let empty = own(account, 1, fees(|profile| profile.items.clear()));
    let wrong = [
        own(
            account,
            NANSHAN,
            fees(|profile| profile.scheme = SubsidyScheme::Nanshan2025),
        ),
        own(
            account,
            NANSHAN,
            fees(|profile| profile.items[0].part = BasisPoints(10_001)),
        ),
        own(account, 109_999, fees(|_| {})),
        own(account, 830_000, fees(|_| {})),
        OpenMeasure {
            government: SHENZHEN,
            ..nanshan()
        },
        OpenMeasure {
            currency: Currency::Hkd,
            ..published(account, SubsidyScheme::Futian2022)
        },
        OpenMeasure {
            until: Some(day(2026, 3, 1)),
            ..nanshan()
        },
    ];
    let steps = [
        (nowhere, Reject::UnknownAccount),
        (blank, Reject::PoolFiguresMissing),
        (empty, Reject::PoolFiguresMissing),
    ];
    let steps = steps
        .into_iter()
        .chain(wrong.map(|asked| (asked, Reject::MeasureInvalid)));
    ladder(
        council.floor(),
        steps.map(|(asked, reject)| (OPERATOR, open(asked), reject)),
    );
    council.opened(OpenMeasure {
        until: Some(day(2026, 3, 2)),
        ..nanshan()
    });
    council.own(110_000, fees(|_| {}));
}

#[test]
fn what_an_application_is_refused_for() {
    let mut council = Council::new();
    let (firm, bank, other) = (council.desk.firm, council.desk.bank, council.desk.other_firm);
    let measure = council.own(SHENZHEN, fees(|_| {}));
    let loan = council.loan("P", free);
    let good = [fee(1, 1)];
    let of = |by: Party, change: fn(&mut protocol::subsidy::ApplyForSubsidy)| {
        (by.user, apply_so(measure, loan, by, &[fee(1, 1)], change))
    };
    let nowhere = |(by, command), reject| (by, command, reject);
    let steps = [
        nowhere(
            of(firm, |asked| (asked.account, asked.loan) = (NO_ACCOUNT, NO_LOAN)),
            Reject::UnknownAccount,
        ),
        (firm.user, apply(measure, loan, other, &good), Reject::UnknownAccount),
        nowhere(
            of(firm, |asked| (asked.measure, asked.loan) = (NO_MEASURE, NO_LOAN)),
            Reject::UnknownLoan,
        ),
        (other.user, apply(NO_MEASURE, loan, other, &good), Reject::UnknownLoan),
        // The bank asks for nothing, nor does the venue in the firm's place.
        (bank.user, apply(NO_MEASURE, loan, bank, &good), Reject::NotAParty),
        (OPERATOR, apply(NO_MEASURE, loan, firm, &good), Reject::NotAParty),
        (firm.user, apply(NO_MEASURE, loan, firm, &[]), Reject::UnknownMeasure),
    ];
    ladder(council.floor(), steps);
    let consumer = user(council.floor(), firm.entity, Roles::DATA_CONSUMER);
    refuses(
        council.floor(),
        consumer,
        apply(NO_MEASURE, NO_LOAN, other, &good),
        Reject::NotPermitted,
    );

    let interest = cost(CostItem::Interest, 1, 1);
    let foreign = protocol::subsidy::CostShown {
        amount: Amount::new(Currency::Hkd, Money::from_minor(1)),
        ..good[0]
    };
    let many: Vec<_> = (0..64).map(|number| fee(1, number)).collect();
    for costs in [vec![interest], vec![fee(0, 1)], vec![fee(-1, 1)]] {
        let asked = apply(measure, loan, firm, &costs);
        let reject = if costs[0].amount.money < Money::ZERO {
            Reject::AmountInvalid
        } else {
            Reject::SubsidyCostsInvalid
        };
        refuses(council.floor(), firm.user, asked, reject);
    }
    // What is no sum of money at all is asked before.
    for costs in [vec![foreign], many.clone()] {
        refuses(
            council.floor(),
            firm.user,
            apply(measure, loan, firm, &costs),
            Reject::AmountInvalid,
        );
    }
    for costs in [vec![], vec![cost(CostItem::Insurance, 5, 1)]] {
        refuses(
            council.floor(),
            firm.user,
            apply(measure, loan, firm, &costs),
            Reject::NothingToGrant,
        );
    }
    refuses(
        council.floor(),
        firm.user,
        apply(measure, loan, firm, &[good[0]; 2]),
        Reject::PaperShown,
    );
    let told = apply(measure, loan, firm, &many[..63]);
    council.floor().must(firm.user, told);
    refuses(
        council.floor(),
        firm.user,
        apply(measure, loan, firm, &[fee(1, 99)]),
        Reject::AlreadyApplied,
    );
}

#[test]
fn conditions_are_asked_of_the_loan_itself() {
    let mut council = Council::new();
    let firm = council.desk.firm;
    council.gives(1_000_000);
    let measure = council.published(SubsidyScheme::Futian2022);
    let services = |number| [cost(CostItem::Services, 1_000_000, number)];
    let refused = |council: &mut Council<FastBook>, loan| {
        let asked = apply(measure, loan, firm, &services(1));
        refuses(council.floor(), firm.user, asked, Reject::SubsidyCondition);
    };
    let million = 100_000_000;
    let repaid = |council: &mut Council<FastBook>, loan| council.pays(loan, million, day(2026, 3, 2));
    // Nothing was ever pledged for it.
    let bare = council.desk.loan(free);
    repaid(&mut council, bare);
    refused(&mut council, bare);
    // A trademark is not taken, nor is a patent beside one.
    let mark = council.loan_on("M", AssetClass::Trademark, free);
    let patent = council.desk.patent("MP");
    council.desk.pledged(mark, patent);
    repaid(&mut council, mark);
    refused(&mut council, mark);
    // A year, and not a day more.
    let longer = council.loan("L", |asked| {
        free(asked);
        asked.terms.due = day(2027, 3, 3);
    });
    repaid(&mut council, longer);
    refused(&mut council, longer);
    // Repaid first, whole; and what was pledged for it then counts though it is released.
    let asset = council.right("R", AssetClass::Patent);
    let loan = council.desk.loan(free);
    let pledge = council.desk.pledged(loan, asset);
    council.pays(loan, million - 1, day(2026, 3, 2));
    refused(&mut council, loan);
    council.pays(loan, 1, day(2026, 3, 2));
    let bank = council.desk.bank.user;
    council.floor().must(bank, release(pledge, &[]));
    // Half of the fees, of which 4 % of the principal count at most.
    let granted = council.granted(measure, loan, &services(1));
    assert_eq!(sums(&granted), (SubsidyState::Granted, 1_000_000, 500_000, 500_000));
    // A foreign loan is of no caps in yuan.
    let foreign = council.desk.loan(|asked| {
        free(asked);
        asked.terms.principal.currency = Currency::Hkd;
    });
    let asked = apply(measure, foreign, firm, &services(2));
    refuses(council.floor(), firm.user, asked, Reject::AmountInvalid);
}

#[test]
fn services_count_up_to_a_part_of_the_principal() {
    let mut council = Council::new();
    council.gives(10_000_000);
    let measure = council.published(SubsidyScheme::Futian2022);
    let loan = council.loan("P", free);
    council.pays(loan, 100_000_000, day(2026, 3, 2));
    let granted = council.granted(measure, loan, &[cost(CostItem::Services, 5_000_000, 1)]);
    assert_eq!(sums(&granted), (SubsidyState::Granted, 4_000_000, 2_000_000, 2_000_000));
}

#[test]
fn interest_counts_as_the_firm_itself_paid_it_and_penalty_interest_never_does() {
    let mut council = Council::new();
    let (bank, other) = (council.desk.bank, council.desk.other_firm);
    council.gives(10_000_000);
    let measure = council.published(SubsidyScheme::Nanshan2025);
    let answers = guarantor(other, |_| {});
    let loan = council.loan("P", |asked| {
        asked.terms.due = day(2026, 6, 30);
        asked.terms.settlement = Settlement {
            cycle: Cycle::AtEnd,
            day: None,
        };
        asked.terms.penalty = Some(Penalty {
            overdue: BasisPoints(5_000),
            misuse: None,
        });
        asked.terms.compounding = Compounding::Interest;
        asked.terms.guarantors = vec![answers];
    });
    // Of 14,500.00 the guarantor pays 4,500.00, and the firm 10,000.00 once it is late for thirty days.
    council.floor().until(day(2026, 6, 30));
    let by_guarantor = repaid_by(loan, yuan(450_000), day(2026, 6, 30), other, PayerKind::Guarantor);
    council.floor().must(bank.user, by_guarantor);
    council.floor().until(day(2026, 7, 30));
    council.pays(loan, 1_000_000, day(2026, 7, 30));
    let subsidy = council.applied(measure, loan, &[]);
    let booked = council.told(subsidy).interest;
    assert_eq!((booked.paid, booked.paid_penalty), (yuan(1_000_000), yuan(0)));
    // 30 days of 360 at 6.525 % on a million: penalty interest, and 54.38 on the unpaid interest.
    council.pays(loan, 543_750 + 5_438, day(2026, 7, 30));
    council.floor().must(OPERATOR, decide(subsidy, true));
    let told = council.told(subsidy);
    assert_eq!(told.interest.paid, yuan(1_000_000));
    assert_eq!(told.interest.paid_penalty, yuan(543_750 + 5_438));
    assert_eq!(sums(&told), (SubsidyState::Granted, 1_000_000, 700_000, 700_000));
    assert_eq!(moved(&council), (-700_000, 700_000));
}

#[test]
fn the_caps_of_a_year_of_the_measures_life_and_of_its_years_cut_a_grant() {
    let mut council = Council::new();
    let firm = council.desk.firm;
    council.gives(1_000_000);
    let capped = fees(|profile| {
        profile.year_cap = Some(yuan(100));
        profile.life_cap = Some(yuan(170));
    });
    let measure = council.own(SHENZHEN, capped);
    let loans = ["A", "B", "C", "D", "E"].map(|name| council.loan(name, free));
    let granted = |council: &mut Council<FastBook>, place: usize, fen, number| {
        sums(&council.granted(measure, loans[place], &[fee(fen, number)])).3
    };
    assert_eq!(granted(&mut council, 0, 60, 1), 60);
    // Both wait; what the first takes, the second lacks.
    let [second, third] = [1, 2].map(|place| council.applied(measure, loans[place], &[fee(60, 10 + place as u8)]));
    council.floor().must(OPERATOR, decide(second, true));
    assert_eq!(sums(&council.told(second)), (SubsidyState::Granted, 60, 60, 40));
    refuses(council.floor(), OPERATOR, decide(third, true), Reject::NothingToGrant);
    let asked = apply(measure, loans[3], firm, &[fee(1, 4)]);
    refuses(council.floor(), firm.user, asked, Reject::NothingToGrant);
    // The next year has room again, and the measure's life has not.
    council.floor().until(day(2027, 1, 1));
    council.floor().must(OPERATOR, decide(third, true));
    assert_eq!(sums(&council.told(third)).3, 60);
    assert_eq!(granted(&mut council, 3, 60, 5), 10);
    let asked = apply(measure, loans[4], firm, &[fee(1, 6)]);
    refuses(council.floor(), firm.user, asked, Reject::NothingToGrant);
    // Another firm has caps of its own, and so has another measure.
    let two_years = council.own(NANSHAN, fees(|profile| profile.years_max = Some(2)));
    for (place, year) in [(0, 2027), (1, 2028), (2, 2028)] {
        council.floor().until(day(year, 1, 1));
        council.granted(two_years, loans[place], &[fee(1, 20 + place as u8)]);
    }
    council.floor().until(day(2029, 1, 1));
    let asked = apply(two_years, loans[3], firm, &[fee(1, 30)]);
    refuses(council.floor(), firm.user, asked, Reject::NothingToGrant);
}

#[test]
fn a_project_has_one_subsidy_of_a_government() {
    let mut council = Council::new();
    let firm = council.desk.firm;
    council.gives(1_000_000);
    let loan = council.loan("P", free);
    let [one, two] = [(); 2].map(|()| council.own(NANSHAN, fees(|_| {})));
    let lenient = council.own(NANSHAN, fees(|profile| profile.one_subsidy = false));
    let [city, district] = [SHENZHEN, FUTIAN].map(|government| council.own(government, fees(|_| {})));
    // Both wait; the second to be decided comes too late.
    let [first, second] =
        [(one, 1), (two, 2)].map(|(measure, number)| council.applied(measure, loan, &[fee(9, number)]));
    council.floor().must(OPERATOR, decide(first, true));
    refuses(council.floor(), OPERATOR, decide(second, true), Reject::SubsidyTaken);
    council.floor().must(OPERATOR, decide(second, false));
    for (measure, number) in [(two, 3), (one, 4)] {
        let asked = apply(measure, loan, firm, &[fee(9, number)]);
        refuses(council.floor(), firm.user, asked, Reject::SubsidyTaken);
    }
    // A measure that does not ask for it, and other governments', grant beside it; what is granted there stands in no way.
    for (measure, number) in [(lenient, 5), (city, 6), (district, 7)] {
        assert_eq!(sums(&council.granted(measure, loan, &[fee(9, number)])).3, 9);
    }
    // And each once for a loan.
    let asked = apply(lenient, loan, firm, &[fee(9, 8)]);
    refuses(council.floor(), firm.user, asked, Reject::SubsidyTaken);
}

#[test]
fn a_paper_shows_one_cost_once_to_a_government() {
    let mut council = Council::new();
    let firm = council.desk.firm;
    council.gives(1_000);
    let [one, two] = ["A", "B"].map(|name| council.loan(name, free));
    let [measure, same] = [(); 2].map(|()| council.own(NANSHAN, fees(|_| {})));
    let city = council.own(SHENZHEN, fees(|_| {}));
    let waits = council.applied(measure, one, &[fee(9, 1)]);
    for (measure, loan) in [(measure, two), (same, one), (same, two)] {
        let asked = apply(measure, loan, firm, &[fee(9, 1)]);
        refuses(council.floor(), firm.user, asked, Reject::PaperShown);
    }
    let asked = apply_so(measure, two, firm, &[fee(9, 2)], |asked| {
        asked.first_loan = Some(paper(2))
    });
    refuses(council.floor(), firm.user, asked, Reject::PaperShown);
    council.applied(city, two, &[fee(9, 1)]);
    // What frees a paper: its application is turned down, or taken back.
    council.floor().must(OPERATOR, decide(waits, false));
    assert_eq!(council.told(waits).state, SubsidyState::Declined);
    assert!(council.told(waits).evidence.is_some());
    let again = council.applied(measure, two, &[fee(9, 1)]);
    council.floor().must(firm.user, withdraw(again));
    assert_eq!(council.told(again).state, SubsidyState::Withdrawn);
    let granted = council.granted(same, one, &[fee(9, 1)]);
    let asked = apply(measure, two, firm, &[fee(9, 1)]);
    refuses(council.floor(), firm.user, asked, Reject::PaperShown);
    // What was decided is over.
    for (by, command) in [(OPERATOR, decide(waits, true)), (firm.user, withdraw(again))] {
        refuses(council.floor(), by, command, Reject::UnknownSubsidy);
    }
    assert_eq!(moved(&council), (-9, sums(&granted).3));
}

#[test]
fn a_firm_has_one_first_loan() {
    let mut council = Council::new();
    let firm = council.desk.firm;
    council.gives(1_000_000);
    let measure = council.published(SubsidyScheme::Shenzhen2023);
    let other = council.own(NANSHAN, fees(|_| {}));
    let [one, two] = ["A", "B"].map(|name| council.loan(name, |_| {}));
    council.floor().until(day(2026, 3, 12));
    // Ten days' interest: 1,208.33.
    council.pays(one, 120_833, day(2026, 3, 12));
    let first = |measure, loan, number| {
        apply_so(measure, loan, firm, &[fee(100, number)], |asked| {
            asked.first_loan = Some(paper(number + 100));
        })
    };
    let [of_one, of_two] = [(one, 1), (two, 2)].map(|(loan, number)| {
        let receipt = council.floor().must(firm.user, first(measure, loan, number));
        SubsidyId(crate::floor::subsidies::deal(receipt))
    });
    council.floor().must(OPERATOR, decide(of_one, true));
    // 70 % of the interest and half of the fee.
    assert_eq!(sums(&council.told(of_one)).3, 84_583 + 50);
    refuses(council.floor(), OPERATOR, decide(of_two, true), Reject::NotFirstLoan);
    refuses(council.floor(), firm.user, first(other, two, 3), Reject::NotFirstLoan);
    council.floor().must(firm.user, first(other, one, 4));
    // What frees it: the firm takes it back and says no more than is so.
    council.floor().must(firm.user, withdraw(of_two));
    council.granted(measure, two, &[fee(100, 2)]);
}

#[test]
fn an_account_that_is_short_pays_nothing_until_it_is_not() {
    let mut council = Council::new();
    council.gives(99);
    let measure = council.own(SHENZHEN, fees(|_| {}));
    let loan = council.loan("P", free);
    let subsidy = council.applied(measure, loan, &[fee(100, 1)]);
    refuses(
        council.floor(),
        OPERATOR,
        decide(subsidy, true),
        Reject::InsufficientCash,
    );
    assert_eq!(council.told(subsidy).state, SubsidyState::Applied);
    council.gives(1);
    council.floor().must(OPERATOR, decide(subsidy, true));
    assert_eq!(moved(&council), (-100, 100));
}

#[test]
fn a_measure_takes_applications_until_its_last_day_and_decides_on_them_after() {
    let mut council = Council::new();
    let firm = council.desk.firm;
    council.gives(100);
    let account = council.agency.account;
    let measure = council.opened(OpenMeasure {
        until: Some(day(2026, 3, 3)),
        ..own(account, SHENZHEN, fees(|_| {}))
    });
    let [one, two] = ["A", "B"].map(|name| council.loan(name, free));
    council.floor().until(day(2026, 3, 3));
    let subsidy = council.applied(measure, one, &[fee(1, 1)]);
    council.floor().until(day(2026, 3, 4));
    refuses(
        council.floor(),
        firm.user,
        apply(measure, two, firm, &[fee(1, 2)]),
        Reject::MeasureOver,
    );
    council.floor().must(OPERATOR, decide(subsidy, true));
    assert_eq!(moved(&council), (-1, 1));
}

/// One proposes, another approves.
fn together(council: &mut Council<FastBook>, one: UserId, other: UserId, command: &Command) -> Result<Receipt, Reject> {
    let encoded = Encoded(encode_alone(command));
    let proposal = match council
        .floor()
        .must(one, Command::Propose(Box::new(Propose { encoded })))
    {
        Receipt::Deal(seq) => ProposalId::from(seq),
        other => panic!("{other:?}"),
    };
    council.floor().try_(other, Command::Approve(Approve { proposal }))
}

#[test]
fn who_pays_decides_or_two_operators_do() {
    let mut council = Council::new();
    let (agency, firm, bank) = (council.agency, council.desk.firm, council.desk.bank);
    council.gives(1_000);
    let stranger = council.floor().party(CODES[5], Roles::FUND);
    let reads = user(council.floor(), agency.entity, Roles::AGENCY_IP);
    let of_firm = user(council.floor(), firm.entity, Roles::FUND);
    let measure = council.own(SHENZHEN, fees(|_| {}));
    let loans = ["A", "B", "C"].map(|name| council.loan(name, free));
    let [one, two, three] = [0, 1, 2].map(|place| council.applied(measure, loans[place], &[fee(10, place as u8)]));
    for by in [firm.user, bank.user, reads] {
        refuses(council.floor(), by, decide(one, true), Reject::NotPermitted);
    }
    for (by, id) in [(stranger.user, one), (agency.user, NO_SUBSIDY)] {
        refuses(council.floor(), by, decide(id, true), Reject::UnknownSubsidy);
    }
    refuses(council.floor(), of_firm, decide(one, true), Reject::NotAParty);
    for by in [stranger.user, bank.user] {
        refuses(council.floor(), by, withdraw(one), Reject::UnknownSubsidy);
    }
    refuses(council.floor(), reads, withdraw(one), Reject::NotPermitted);
    refuses(council.floor(), agency.user, withdraw(one), Reject::NotAParty);
    refuses(council.floor(), OPERATOR, withdraw(one), Reject::NotAParty);
    council.floor().must(agency.user, decide(one, true));

    // Two of an agency that asked for two.
    let second = user(council.floor(), agency.entity, Roles::FUND);
    let dual = Command::SetDualControl(SetDualControl { required: true });
    council.floor().must(agency.user, dual);
    refuses(council.floor(), agency.user, decide(two, true), Reject::TwoPeopleNeeded);
    assert_eq!(
        together(&mut council, agency.user, second, &decide(two, true)),
        Ok(Receipt::Done)
    );

    // Two operators where there are two.
    let operator = user(council.floor(), protocol::EntityId(0), Roles::OPERATOR);
    for command in [decide(three, true), decide(three, false)] {
        refuses(council.floor(), OPERATOR, command, Reject::TwoPeopleNeeded);
    }
    assert_eq!(
        together(&mut council, OPERATOR, operator, &decide(three, true)),
        Ok(Receipt::Done)
    );
    assert_eq!(moved(&council), (-30, 30));
    let opening = open(published(agency.account, SubsidyScheme::Nanshan2025));
    refuses(council.floor(), OPERATOR, opening, Reject::TwoPeopleNeeded);
}

#[test]
fn two_of_a_firm_take_back_what_it_asked_where_it_asked_for_two() {
    let mut council = Council::new();
    let firm = council.desk.firm;
    let measure = council.own(SHENZHEN, fees(|_| {}));
    let loan = council.loan("P", free);
    let second = user(council.floor(), firm.entity, Roles::FIRM);
    let dual = Command::SetDualControl(SetDualControl { required: true });
    council.floor().must(firm.user, dual);
    // To ask brings money in: one may.
    let subsidy = council.applied(measure, loan, &[fee(1, 1)]);
    refuses(council.floor(), firm.user, withdraw(subsidy), Reject::TwoPeopleNeeded);
    assert_eq!(
        together(&mut council, firm.user, second, &withdraw(subsidy)),
        Ok(Receipt::Done)
    );
}

#[test]
fn what_a_firm_licenses_a_pledged_right_for_pays_its_interest_itself() {
    let mut council = Council::new();
    council.gives(10_000_000);
    let measure = council.published(SubsidyScheme::Nanshan2025);
    let (bank, firm, taker) = (council.desk.bank, council.desk.firm, council.desk.other_firm);
    council.floor().cash_in(taker.account, 10_000_000);
    let right = council.right("P", AssetClass::Patent);
    let loan = council.desk.loan(|_| {});
    let pledge = council.desk.pledged(loan, right);
    council.floor().until(day(2026, 6, 30));
    let paid = |council: &mut Council<FastBook>, proceeds, fen| {
        let consented = consent(pledge, PledgeAct::Licence, |asked| asked.proceeds = proceeds);
        council.floor().must(bank.user, consented);
        let terms = |offer: &mut OfferLicence| {
            (offer.fee, offer.scope) = (yuan(fen), term(day(2026, 6, 30), day(2027, 1, 1)));
        };
        let licence = agreed(council.floor(), right, firm, taker, terms);
        council.floor().must(taker.user, pay(licence, taker.account));
    };
    // Of 14,500.00 a fee pays 4,000.00 at once, and another 5,000.00 once the firm pays with what is held of it.
    paid(&mut council, Proceeds::Prepay, 400_000);
    paid(&mut council, Proceeds::Escrow, 500_000);
    let booked = |council: &mut Council<FastBook>| {
        let subsidy = council.applied(measure, loan, &[]);
        let interest = council.told(subsidy).interest;
        council.floor().must(firm.user, withdraw(subsidy));
        (interest.paid.money.minor(), interest.unpaid.money.minor())
    };
    assert_eq!(booked(&mut council), (400_000, 1_050_000));
    council.floor().must(firm.user, apply_proceeds(loan, firm));
    assert_eq!(booked(&mut council), (900_000, 550_000));
}
