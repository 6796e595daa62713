//! Two people, the rest of it: what one does alone is told to the second, who approves may be named and have a deputy,
//! and what a legal deadline waits for alarms before it lapses.

use crate::{
    disposals::disposed,
    floor::{
        Floor, OPERATOR, Party, at_start_of, change,
        conversions::{self, Claimed},
        day,
        disposals::{bankrupt, opening, upkeep},
        grants::{EVIDENCE, ask_open, consent, offering, user},
        just_before,
        pledges::{
            Desk, cure, default, demand, file, free_of_interest, guarantor, lent, made_loan, recorded, register_loan,
            repay,
        },
        refuses, reverse,
        room::{Room, ascending, bid as bid_lot, pay, step_of},
        sales::{self, CONTRACT, Market, bid, file as file_recordal, fund, sign, terms_of},
        yuan,
    },
    pledge_consents,
};
use engine::book::{Book, FastBook};
use protocol::{
    Command, Date, EntityId, LoanId, PledgeId, ProposalId, Readers, Receipt, Record, Reject, Timestamp, UserId,
    alone::DoneAlone,
    auction::NegotiateLot,
    claim::{EquityOrigin, GuaranteeKind},
    command::Op,
    control::{
        Approve, Deputy, Encoded, EntityFacts, LegalDeadline, NameApprovers, NameDeputy, Proposal, ProposalState,
        Propose, Refuse, RuleBook, Served, SetDualControl, SetRuleBook, StandsIn,
    },
    disposal::Bankruptcy,
    equity::ConversionStep,
    party::Roles,
    pledge::{DefaultCause, DemandKind, PledgeAct},
    rules::Profile,
    time::SECOND,
    title::{Act, AssetChange, RecordDues},
    transfer::{LegalBasis, TransferState},
    wire::encode_alone,
};

fn propose(command: &Command) -> Command {
    let encoded = Encoded(encode_alone(command));
    Command::Propose(Box::new(Propose { encoded }))
}

fn approve(proposal: ProposalId) -> Command {
    Command::Approve(Approve { proposal })
}

fn refuse(proposal: ProposalId) -> Command {
    Command::Refuse(Refuse { proposal })
}

fn dual(required: bool) -> Command {
    Command::SetDualControl(SetDualControl { required })
}

fn approvers(entity: EntityId, approvers: &[UserId]) -> Command {
    Command::NameApprovers(Box::new(NameApprovers {
        entity,
        approvers: approvers.to_vec(),
    }))
}

fn deputy(of: UserId, user: UserId, from: Date, until: Date) -> Command {
    let deputy = Some(Deputy { user, from, until });
    Command::NameDeputy(NameDeputy { of, deputy })
}

fn no_deputy(of: UserId) -> Command {
    Command::NameDeputy(NameDeputy { of, deputy: None })
}

fn proposed<B: Book>(floor: &mut Floor<B>, by: UserId, command: &Command) -> ProposalId {
    match floor.must(by, propose(command)) {
        Receipt::Deal(seq) => ProposalId::from(seq),
        other => panic!("{other:?}"),
    }
}

/// One proposes, and another approves.
fn by_two<B: Book>(floor: &mut Floor<B>, [one, other]: [UserId; 2], command: &Command) -> Proposal {
    let id = proposed(floor, one, command);
    floor.must(other, approve(id));
    let told = proposal(floor, id);
    assert_eq!((told.state, &told.failed), (ProposalState::Done, &None), "{command:?}");
    told
}

/// A proposal as its house last saw it.
fn proposal<B: Book>(floor: &Floor<B>, id: ProposalId) -> Proposal {
    let told = floor.records(0).into_iter().rev();
    let mut told = told.filter_map(|changed| match changed.record {
        Record::Proposal(proposal) if proposal.proposal == id => Some(proposal),
        _ => None,
    });
    told.next().expect("it was told")
}

/// What its house is told of who decides for it.
fn facts<B: Book>(floor: &Floor<B>, entity: EntityId) -> EntityFacts {
    let told = floor.records(0).into_iter().rev();
    let mut told = told.filter_map(|changed| match changed.record {
        Record::Entity(facts) if facts.entity == entity => {
            assert_eq!(changed.readers, Readers::one(entity));
            Some(facts)
        }
        _ => None,
    });
    told.next().expect("it was told")
}

/// What was told since `first` of what one did alone, to its house alone.
fn told_alone<B: Book>(floor: &Floor<B>, first: usize) -> Vec<DoneAlone> {
    let told = floor.records(first).into_iter();
    told.filter_map(|changed| match changed.record {
        Record::DoneAlone(done) => {
            assert_eq!(changed.readers, Readers::Sealed(done.entity));
            Some(done)
        }
        _ => None,
    })
    .collect()
}

/// A bank that asked for two people, with others of it: a second, a third, a fourth.
fn bank_of_four() -> (Desk<FastBook>, [UserId; 4]) {
    let mut desk = Desk::new();
    let people = people(&mut desk.floor, desk.bank, Roles::BANK);
    (desk, people)
}

fn people(floor: &mut Floor<FastBook>, party: Party, roles: Roles) -> [UserId; 4] {
    let [second, third, fourth] = [(); 3].map(|()| user(floor, party.entity, roles));
    floor.must(party.user, dual(true));
    [party.user, second, third, fourth]
}

#[test]
fn what_one_does_alone_is_told_to_the_house_and_to_nobody_else() {
    let (mut desk, [one, two, ..]) = bank_of_four();
    let (bank, firm) = (desk.bank, desk.firm);
    let right = desk.patent("US1");
    let loan = made_loan(&mut desk.floor, one, lent(bank, firm, |_| {}));
    let made = told_alone(&desk.floor, 0);
    let floor = &mut desk.floor;
    let [done] = &made[..] else { panic!("{made:?}") };
    assert_eq!(
        (done.entity, done.by, done.op, done.seq),
        (bank.entity, one, Op::RegisterLoan, floor.exchange.seq()),
    );
    assert_eq!(LoanId::from(done.seq), loan, "the number of what it made");
    let first = register_loan(lent(bank, firm, |_| {}));
    assert_eq!(done.encoded, Some(Encoded(encode_alone(&first))));

    let mut alone = |by: UserId, command: Command| {
        let first = floor.events.len();
        floor.must(by, command.clone());
        let told = told_alone(floor, first);
        let [done] = &told[..] else {
            panic!("{command:?}: {told:?}")
        };
        assert_eq!((done.by, done.op), (by, command.op()));
    };
    alone(two, demand(loan, DemandKind::Payment, firm, day(2026, 3, 2)));
    alone(one, repay(loan, yuan(100), day(2026, 3, 2)));
    alone(two, demand(loan, DemandKind::Suit, firm, day(2026, 3, 2)));
    // What is refused is not done.
    let first = floor.events.len();
    refuses(floor, one, cure(loan), Reject::StateForbids);
    // What was proposed both know; nor is what takes two told so, which two did.
    let asked = demand(loan, DemandKind::Payment, firm, day(2026, 3, 2));
    by_two(floor, [one, two], &asked);
    let application = crate::floor::pledges::application(loan, firm, &[right]);
    by_two(floor, [one, two], &file(vec![application]));
    assert_eq!(told_alone(floor, first), []);
    floor.must(OPERATOR, recorded(PledgeId(0)));
    by_two(floor, [one, two], &default(loan, DefaultCause::AgreedEvent));
    let mut alone = |by: UserId, command: Command| {
        let first = floor.events.len();
        floor.must(by, command.clone());
        assert_eq!(told_alone(floor, first).len(), 1, "{command:?}");
    };
    alone(one, upkeep(loan, Some(right), yuan(90_000)));
    alone(two, cure(loan));
    // The other side has not asked for two, and is told nothing; nor is one operator.
    let first = floor.events.len();
    floor.must(
        OPERATOR,
        bankrupt(loan, Bankruptcy::Liquidation, day(2026, 3, 2), false),
    );
    assert_eq!(told_alone(floor, first), []);
}

#[test]
fn what_is_too_long_is_told_by_its_name() {
    let (mut desk, [one, ..]) = bank_of_four();
    let (bank, firm) = (desk.bank, desk.firm);
    let instalments = |asked: &mut protocol::pledge::RegisterLoan| {
        let due = |month: u32| protocol::claim::Instalment {
            due: day(2026, 3, 2).plus_months(month),
            principal: yuan(100_000),
        };
        asked.terms.due = day(2076, 3, 2);
        asked.terms.instalments = (1..=600).map(due).collect();
        asked.terms.principal = yuan(60_000_000);
    };
    let asked = register_loan(lent(bank, firm, instalments));
    assert!(encode_alone(&asked).len() > 4_096);
    desk.floor.must(one, asked);
    let told = told_alone(&desk.floor, 0);
    assert_eq!(
        told.iter()
            .map(|done| (done.op, done.encoded.clone()))
            .collect::<Vec<_>>(),
        [(Op::RegisterLoan, None)]
    );
}

#[test]
fn an_operator_alone_is_told_to_the_other() {
    let mut desk = Desk::new();
    let loan = desk.loan(|_| {});
    let asked = demand(loan, DemandKind::Payment, desk.firm, day(2026, 3, 2));
    desk.floor.must(OPERATOR, asked.clone());
    assert_eq!(told_alone(&desk.floor, 0), []);
    user(&mut desk.floor, EntityId(0), Roles::OPERATOR);
    desk.floor.must(OPERATOR, asked);
    let told = told_alone(&desk.floor, 0);
    assert_eq!(
        told.iter().map(|done| (done.entity, done.by)).collect::<Vec<_>>(),
        [(EntityId(0), OPERATOR)]
    );
}

#[test]
fn who_approves_is_named_by_two_of_the_house() {
    let mut desk = Desk::new();
    let bank = desk.bank;
    let [second, third] = [(); 2].map(|()| user(&mut desk.floor, bank.entity, Roles::BANK));
    let reader = user(&mut desk.floor, bank.entity, Roles::DATA_CONSUMER);
    let floor = &mut desk.floor;
    let nobody = UserId(9_999);
    let firm = desk.firm.user;
    let both = [second, third];
    refuses(
        floor,
        reader,
        approvers(EntityId(9_999), &[nobody]),
        Reject::NotPermitted,
    );
    // Another's house is as good as none.
    refuses(
        floor,
        bank.user,
        approvers(desk.firm.entity, &[nobody]),
        Reject::UnknownEntity,
    );
    refuses(
        floor,
        bank.user,
        approvers(EntityId(9_999), &both),
        Reject::UnknownEntity,
    );
    refuses(
        floor,
        OPERATOR,
        approvers(EntityId(9_999), &both),
        Reject::UnknownEntity,
    );
    // An operator only lets any other person approve again.
    refuses(floor, OPERATOR, approvers(bank.entity, &both), Reject::NotPermitted);
    for unknown in [nobody, firm, OPERATOR] {
        refuses(
            floor,
            bank.user,
            approvers(bank.entity, &[second, unknown]),
            Reject::UnknownUser,
        );
    }
    refuses(
        floor,
        bank.user,
        approvers(bank.entity, &both),
        Reject::DualControlMissing,
    );
    refuses(
        floor,
        bank.user,
        approvers(bank.entity, &[]),
        Reject::DualControlMissing,
    );
    floor.must(bank.user, dual(true));
    refuses(floor, bank.user, approvers(bank.entity, &both), Reject::TwoPeopleNeeded);
    let many = [second; 17];
    for invalid in [&[second][..], &[second, second], &[second, reader], &many] {
        let id = proposed(floor, bank.user, &approvers(bank.entity, invalid));
        floor.must(second, approve(id));
        assert_eq!(proposal(floor, id).failed.unwrap().as_str(), "APPROVERS_INVALID");
    }
    by_two(floor, [bank.user, second], &approvers(bank.entity, &[third, second]));
    assert_eq!(facts(floor, bank.entity).approvers, both, "in order");

    // Nobody else approves from here on; anyone proposes, and refuses.
    let other = user(floor, bank.entity, Roles::BANK);
    let id = proposed(floor, other, &dual(false));
    refuses(floor, bank.user, approve(id), Reject::NotAnApprover);
    refuses(floor, other, approve(id), Reject::SamePerson);
    floor.must(bank.user, refuse(id));
    refuses(floor, bank.user, approve(id), Reject::NotAnApprover);
    refuses(floor, second, approve(id), Reject::ProposalDecided);
    // One who approves proposes too, and another of them approves.
    let id = proposed(floor, second, &approvers(bank.entity, &[third, bank.user]));
    refuses(floor, second, approve(id), Reject::SamePerson);
    floor.must(third, approve(id));
    assert_eq!(facts(floor, bank.entity).approvers, [bank.user, third]);
    // With two people their names end.
    by_two(floor, [second, third], &dual(false));
    let told = facts(floor, bank.entity);
    assert_eq!((told.dual_control, told.approvers), (false, vec![]));
}

#[test]
fn where_nobody_can_approve_any_more_two_operators_open_the_way() {
    let (mut desk, [one, two, three, four]) = bank_of_four();
    let bank = desk.bank.entity;
    let floor = &mut desk.floor;
    by_two(floor, [one, two], &approvers(bank, &[three, four]));
    let today = day(2026, 3, 2);
    by_two(floor, [one, three], &deputy(four, two, today, today));
    // Both are gone: none of the others helps itself.
    let id = proposed(floor, one, &approvers(bank, &[]));
    let later = user(floor, bank, Roles::BANK);
    refuses(floor, later, approve(id), Reject::NotAnApprover);
    let operator = user(floor, EntityId(0), Roles::OPERATOR);
    refuses(floor, OPERATOR, approvers(bank, &[]), Reject::TwoPeopleNeeded);
    by_two(floor, [OPERATOR, operator], &approvers(bank, &[]));
    let told = facts(floor, bank);
    assert_eq!(
        (told.approvers, told.deputies, told.dual_control),
        (vec![], vec![], true)
    );
    floor.must(later, approve(id));
}

#[test]
fn a_deputy_stands_in_from_a_day_to_a_day_and_is_never_both_people() {
    let (mut desk, [one, two, three, four]) = bank_of_four();
    let (bank, firm) = (desk.bank.entity, desk.firm.user);
    let floor = &mut desk.floor;
    let (from, until) = (day(2026, 3, 10), day(2026, 3, 12));
    let (today, nobody) = (day(2026, 3, 2), UserId(9_999));
    let reader = user(floor, bank, Roles::DATA_CONSUMER);
    refuses(floor, OPERATOR, deputy(three, two, from, until), Reject::NotPermitted);
    let others = user(floor, desk.firm.entity, Roles::DATA_CONSUMER);
    refuses(floor, others, deputy(three, two, from, until), Reject::NotPermitted);
    refuses(floor, one, deputy(three, two, from, until), Reject::TwoPeopleNeeded);
    by_two(floor, [one, two], &approvers(bank, &[three, four]));
    let past = Date(today.0 - 1);
    let ahead = Date(today.0 + 367);
    let cases = [
        (deputy(nobody, two, from, until), "UNKNOWN_USER"),
        (deputy(firm, two, from, until), "UNKNOWN_USER"),
        (deputy(three, nobody, from, until), "UNKNOWN_USER"),
        (deputy(three, firm, from, until), "UNKNOWN_USER"),
        (deputy(two, firm, from, until), "UNKNOWN_USER"),
        (deputy(two, one, from, until), "NOT_AN_APPROVER"),
        (no_deputy(two), "NOT_AN_APPROVER"),
        (deputy(three, reader, from, until), "DEPUTY_INVALID"),
        (deputy(three, three, from, until), "DEPUTY_INVALID"),
        (deputy(three, four, from, until), "DEPUTY_INVALID"),
        (deputy(three, two, past, until), "DEPUTY_INVALID"),
        (deputy(three, two, ahead, ahead), "DEPUTY_INVALID"),
        (deputy(three, two, until, from), "DEPUTY_INVALID"),
        (deputy(three, two, from, Date(from.0 + 367)), "DEPUTY_INVALID"),
        (no_deputy(three), "STATE_FORBIDS"),
    ];
    for (command, code) in cases {
        let id = proposed(floor, one, &command);
        floor.must(three, approve(id));
        assert_eq!(proposal(floor, id).failed.unwrap().as_str(), code, "{command:?}");
    }
    by_two(floor, [one, four], &deputy(three, two, from, until));
    let stands = StandsIn {
        of: three,
        deputy: Deputy { user: two, from, until },
    };
    assert_eq!(facts(floor, bank).deputies, [stands]);

    // Not before its first day, and not after its last.
    let tame = approvers(bank, &[three, four]);
    floor.at = from.start().0 - 3;
    let id = proposed(floor, one, &tame);
    refuses(floor, two, approve(id), Reject::NotAnApprover);
    at_start_of(floor, from);
    floor.must(two, approve(id));
    let told = proposal(floor, id);
    assert_eq!((told.decided_by, told.decided_for), (Some(two), Some(three)));
    // What one who approves does itself is its own.
    let told = by_two(floor, [one, four], &tame);
    assert_eq!((told.decided_by, told.decided_for), (Some(four), None));
    // Never what it proposed itself, nor what the one proposed for whom it stands in.
    let id = proposed(floor, two, &tame);
    refuses(floor, two, approve(id), Reject::SamePerson);
    floor.must(three, approve(id));
    let id = proposed(floor, three, &tame);
    refuses(floor, two, approve(id), Reject::SamePerson);
    // In the place of the other it may.
    by_two(floor, [one, four], &deputy(four, two, from, until));
    floor.must(two, approve(id));
    assert_eq!(proposal(floor, id).decided_for, Some(four));
    by_two(floor, [one, three], &no_deputy(four));
    assert_eq!(facts(floor, bank).deputies, [stands]);

    let last = until.next();
    just_before(floor, last);
    let id = proposed(floor, one, &tame);
    at_start_of(floor, last);
    floor.must(OPERATOR, Command::Tick);
    refuses(floor, two, approve(id), Reject::NotAnApprover);
    assert_eq!(facts(floor, bank).deputies, [], "it has ended by itself");
    floor.must(three, approve(id));

    // Another takes its place, and with a name its deputy ends.
    let ahead = day(2026, 12, 31);
    by_two(floor, [one, three], &deputy(three, two, last, ahead));
    by_two(floor, [one, four], &deputy(three, one, last, ahead));
    assert_eq!(facts(floor, bank).deputies[0].deputy.user, one);
    by_two(floor, [two, four], &approvers(bank, &[one, three]));
    assert_eq!(facts(floor, bank).deputies, [], "who is named stands in for nobody");
    by_two(floor, [two, one], &deputy(three, two, last, ahead));
    by_two(floor, [two, one], &approvers(bank, &[one, four]));
    assert_eq!(facts(floor, bank).deputies, []);
}

/// The deadline that a proposal has to keep, and that it lapses and alarms by it: a working day before, or at once.
fn keeps<B: Book>(floor: &mut Floor<B>, by: UserId, command: &Command, kind: LegalDeadline, at: Timestamp) -> Proposal {
    let id = proposed(floor, by, command);
    let told = proposal(floor, id);
    assert_eq!(told.deadline, Some(Served { kind, at }), "{command:?}");
    let week = Timestamp(floor.at + 7 * 24 * 3_600 * SECOND);
    assert_eq!(told.lapses_at, at.min(week));
    assert_eq!(told.alarmed_at.is_some(), told.alarms_at.unwrap().0 <= floor.at);
    floor.must(by, refuse(id));
    told
}

/// A proposal that has none.
fn keeps_none<B: Book>(floor: &mut Floor<B>, by: UserId, command: &Command) {
    let id = proposed(floor, by, command);
    let told = proposal(floor, id);
    assert_eq!((told.deadline, told.alarms_at, told.alarmed_at), (None, None, None));
    floor.must(by, refuse(id));
}

#[test]
fn a_proposal_alarms_a_working_day_before_its_guarantor_is_free_and_lapses_with_it() {
    let mut desk = Desk::new();
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_firm);
    let loan = desk.loan(|loan| {
        loan.terms.due = day(2026, 6, 1);
        loan.terms.guarantors = vec![guarantor(other, |_| {})];
    });
    let floor = &mut desk.floor;
    // The guarantee ends with Tuesday the 1st of December: free from Wednesday on.
    let free = day(2026, 12, 2);
    floor.until(day(2026, 11, 27));
    let ask = demand(loan, DemandKind::Guarantee, other, day(2026, 11, 27));
    let id = proposed(floor, bank.user, &ask);
    let told = proposal(floor, id);
    let deadline = Served {
        kind: LegalDeadline::Guarantee,
        at: free.start(),
    };
    let monday = day(2026, 11, 30).start();
    assert_eq!((told.deadline, told.lapses_at), (Some(deadline), free.start()));
    assert_eq!((told.alarms_at, told.alarmed_at), (Some(monday), None));
    // On Monday it alarms, to its house; and once.
    let first = floor.events.len();
    at_start_of(floor, day(2026, 11, 30));
    floor.must(OPERATOR, Command::Tick);
    let told = floor.records(first);
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!(told.readers, Readers::one(bank.entity));
    assert!(matches!(&told.record, Record::Proposal(told) if told.alarmed_at == Some(monday)));
    floor.until(day(2026, 12, 1));
    assert_eq!(floor.records(first).len(), 1);
    // Nobody decides: it lapses on that ground.
    just_before(floor, free);
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(proposal(floor, id).state, ProposalState::Open);
    at_start_of(floor, free);
    floor.must(OPERATOR, Command::Tick);
    let told = proposal(floor, id);
    assert_eq!(
        (told.state, told.missed),
        (ProposalState::Lapsed, Some(LegalDeadline::Guarantee))
    );
    let second = user(floor, bank.entity, Roles::BANK);
    refuses(floor, second, approve(id), Reject::ProposalDecided);
    // What it kept is gone: the demand keeps none any more.
    keeps_none(
        floor,
        bank.user,
        &demand(loan, DemandKind::Guarantee, other, day(2026, 11, 27)),
    );
    // A demand on the debtor keeps the limitation, so does what enforces; another's loan has none to tell.
    let run = day(2029, 6, 2).start();
    for command in [
        demand(loan, DemandKind::Payment, firm, day(2026, 12, 2)),
        default(loan, DefaultCause::AgreedEvent),
        opening(loan, |_| {}),
    ] {
        let told = keeps(floor, bank.user, &command, LegalDeadline::Limitation, run);
        assert_eq!(told.alarms_at, Some(last_working_day_before(told.lapses_at).start()));
        keeps_none(floor, desk.other_bank.user, &command);
        keeps_none(floor, desk.firm.user, &command);
    }
}

/// The working day before the last on which it can be decided, without a calendar of days off.
fn last_working_day_before(lapses: Timestamp) -> Date {
    let mut before = Date(Timestamp(lapses.0 - 1).venue_date().0 - 1);
    while before.weekday() > 4 {
        before.0 -= 1;
    }
    before
}

#[test]
fn what_is_proposed_within_the_last_day_alarms_at_once_and_the_rule_book_says_how_long_before() {
    let mut desk = Desk::new();
    let (bank, other) = (desk.bank, desk.other_firm);
    let loan = desk.loan(|loan| {
        loan.terms.due = day(2026, 6, 1);
        loan.terms.guarantors = vec![guarantor(other, |one| one.kind = GuaranteeKind::General)];
    });
    let floor = &mut desk.floor;
    // A general guarantor is asked by a suit against the debtor.
    let suit = demand(loan, DemandKind::Suit, desk.firm, day(2026, 11, 26));
    let free = day(2026, 12, 2);
    floor.until(day(2026, 11, 30));
    let told = keeps(floor, bank.user, &suit, LegalDeadline::Guarantee, free.start());
    assert_eq!(told.alarmed_at, Some(Timestamp(floor.at - 1)), "in the command itself");
    // Approved in time, it is done as ever.
    let second = user(floor, bank.entity, Roles::BANK);
    by_two(
        floor,
        [bank.user, second],
        &demand(loan, DemandKind::Payment, desk.firm, day(2026, 11, 26)),
    );

    for (days, alarms) in [
        (Some(0), day(2026, 12, 1)),
        (None, day(2026, 11, 30)),
        (Some(3), day(2026, 11, 26)),
    ] {
        let mut desk = Desk::new();
        let loan = desk.loan(|loan| {
            loan.terms.due = day(2026, 6, 1);
            loan.terms.guarantors = vec![guarantor(other, |_| {})];
        });
        let mut rules = RuleBook::of(Profile::CnVenue);
        rules.alarm_days = days;
        let floor = &mut desk.floor;
        floor.must(OPERATOR, Command::SetRuleBook(Box::new(SetRuleBook { rules })));
        floor.until(day(2026, 11, 25));
        let ask = demand(loan, DemandKind::Guarantee, other, day(2026, 11, 25));
        let told = keeps(floor, bank.user, &ask, LegalDeadline::Guarantee, free.start());
        assert_eq!(told.alarms_at, Some(alarms.start()));
    }
}

#[test]
fn a_cure_keeps_the_day_of_the_auction() {
    let (mut desk, right, loan, _, case) = disposed();
    let bank = desk.bank;
    // Without a lot there is no day.
    keeps_none(&mut desk.floor, bank.user, &cure(loan));
    desk.announced(&[right]);
    let opens = day(2026, 3, 4).start();
    keeps(
        &mut desk.floor,
        bank.user,
        &cure(loan),
        LegalDeadline::AuctionDay,
        opens,
    );
    let id = proposed(&mut desk.floor, bank.user, &cure(loan));
    at_start_of(&mut desk.floor, day(2026, 3, 4));
    desk.floor.must(OPERATOR, Command::Tick);
    let told = proposal(&desk.floor, id);
    assert_eq!(
        (told.state, told.missed),
        (ProposalState::Lapsed, Some(LegalDeadline::AuctionDay))
    );
    let _ = case;
}

#[test]
fn a_registrar_s_answer_keeps_its_window() {
    let mut desk = Desk::new();
    let right = desk.patent("US1");
    let loan = desk.loan(|_| {});
    let pledge = desk.file(desk.application(loan, &[right]));
    let last = desk.pledge(pledge).window.expect("it waits for the registrar");
    let kind = LegalDeadline::RegistrarWindow;
    keeps(&mut desk.floor, OPERATOR, &recorded(pledge), kind, last.next().start());
    keeps_none(&mut desk.floor, desk.other_bank.user, &recorded(pledge));
    // Once it is overdue, from the first moment on, there is no deadline to keep.
    just_before(&mut desk.floor, last.next());
    desk.floor.must(OPERATOR, Command::Tick);
    keeps_none(&mut desk.floor, OPERATOR, &recorded(pledge));
}

#[test]
fn what_a_consent_permits_keeps_its_end() {
    let mut desk = Desk::new();
    let (bank, firm) = (desk.bank, desk.firm);
    let right = desk.patent("US1");
    let loan = desk.loan(|_| {});
    let pledge = desk.pledged(loan, right);
    let until = day(2026, 3, 6);
    let kind = LegalDeadline::Consent;
    let consents = |act| pledge_consents::consent(pledge, act, |asked| asked.until = Some(until));
    let floor = &mut desk.floor;
    let lists = Command::ListTransfer(Box::new(terms_of(&[right], firm)));
    let offers = offering(right, firm, desk.other_firm, |_| {});
    let asks = ask_open(right, firm.account, |_| {});
    for command in [&lists, &offers, &asks] {
        keeps_none(floor, firm.user, command);
    }
    for (act, command) in [
        (PledgeAct::Transfer, &lists),
        (PledgeAct::Licence, &offers),
        (PledgeAct::OpenLicence, &asks),
    ] {
        // To consent until a day is of no use after it.
        keeps(floor, bank.user, &consents(act), kind, until.start());
        floor.must(bank.user, consents(act));
        keeps(floor, firm.user, command, kind, until.start());
        // Who may not know of the pledge is told of no consent.
        keeps_none(floor, desk.other_firm.user, command);
        floor.must(bank.user, pledge_consents::revoke(pledge, act));
        keeps_none(floor, firm.user, command);
    }
    let co_owner = Command::GiveConsent(Box::new(protocol::title::GiveConsent {
        asset: right,
        act: Act::Transfer,
        floor: None,
        until: Some(until),
    }));
    keeps(floor, firm.user, &co_owner, kind, until.start());
    keeps_none(floor, firm.user, &consent(right, Act::Transfer));
}

#[test]
fn the_steps_of_a_sale_are_kept_by_its_parties() {
    let kind = LegalDeadline::SaleStep;
    for (state, command) in [
        (TransferState::Bidding, bid as fn(_, i64) -> Command),
        (TransferState::Contract, |id, _| sign(id, CONTRACT)),
        (TransferState::Contract, |id, _| fund(id)),
        (TransferState::EscrowFunded, |id, _| file_recordal(id)),
    ] {
        let mut market = Market::new();
        let (ana, bo, dee) = (market.ana, market.bo, market.dee);
        let id = market.at(state, |_| {});
        let command = command(id, 90_000);
        let floor = &mut market.floor;
        let due = floor.exchange.next_deadline();
        for by in [ana.user, bo.user, OPERATOR] {
            keeps(floor, by, &command, kind, due);
        }
        // Of what comes after the price strangers are told nothing.
        if state != TransferState::Bidding {
            keeps_none(floor, dee.user, &command);
        }
        // Of another step it is none.
        keeps_none(floor, ana.user, &sales::enter(id, bo));
    }
}

#[test]
fn the_price_of_a_lot_keeps_its_day() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |_| {});
    // A bid keeps none: the lot's end is its own clock.
    keeps_none(&mut room.market.floor, bo.user, &bid_lot(id, 110_000));
    room.bid(id, bo, 100_000);
    room.tick(room.at(crate::floor::room::ENDS));
    let last = room.lot(id).step_by.expect("it is to be paid");
    let floor = &mut room.market.floor;
    let told = keeps(floor, bo.user, &pay(id), LegalDeadline::LotStep, last.next().start());
    assert_eq!(told.alarms_at, Some(last_working_day_before(told.lapses_at).start()));
}

#[test]
fn a_reverse_licence_s_consent_and_fees_keep_their_days() {
    let (mut desk, _, _, _, case) = disposed();
    let (bank, firm) = (desk.bank, desk.firm);
    let asked = reverse::proposing(case, firm, |_| {});
    let floor = &mut desk.floor;
    let licence = reverse::proposed(floor, bank.user, asked);
    let kind = LegalDeadline::ReverseStep;
    let last = |floor: &Floor<FastBook>| reverse::reverse(floor, licence).last.expect("somebody has to act");
    let consents = reverse::consenting(licence, firm);
    let pays = reverse::pay_fee(licence, day(2026, 4, 1), 100);
    let ends = last(floor).next().start();
    keeps(floor, firm.user, &consents, kind, ends);
    keeps_none(floor, firm.user, &pays);
    keeps_none(floor, desk.other_firm.user, &consents);
    floor.must(firm.user, consents.clone());
    keeps_none(floor, firm.user, &consents);
    floor.must(OPERATOR, Command::Tick);
    let due = last(floor);
    keeps(floor, firm.user, &pays, kind, due.next().start());
    keeps(floor, firm.user, &reverse::settle(licence), kind, due.next().start());
    // In its grace it keeps the last day of that.
    floor.until(due.next());
    let grace = last(floor);
    assert!(grace > due);
    keeps(floor, firm.user, &pays, kind, grace.next().start());
    keeps_none(floor, desk.other_bank.user, &pays);
}

#[test]
fn dues_keep_the_day_after_which_they_are_late_and_then_that_of_the_right() {
    let mut desk = Desk::new();
    let right = desk.patent("US1");
    let dues = |due| {
        Command::RecordDues(Box::new(RecordDues {
            asset: right,
            due,
            expires: None,
            evidence: crate::floor::grants::EVIDENCE,
        }))
    };
    let floor = &mut desk.floor;
    keeps_none(floor, OPERATOR, &dues(None));
    floor.must(OPERATOR, dues(Some(day(2026, 3, 5))));
    let kind = LegalDeadline::Dues;
    keeps(floor, OPERATOR, &dues(None), kind, day(2026, 3, 6).start());
    floor.until(day(2026, 3, 6));
    keeps(floor, OPERATOR, &dues(None), kind, floor_lapse().start());
    keeps_none(floor, desk.other_firm.user, &dues(None));
    floor.must(OPERATOR, change(right, AssetChange::Delist));
}

/// Half a year after the due day, which is a Saturday: the Monday is in time.
fn floor_lapse() -> Date {
    day(2026, 9, 8)
}

#[test]
fn an_outage_gives_time_up_to_the_legal_deadline_and_no_further() {
    let outage = |floor: &mut Floor<FastBook>, over: Timestamp| {
        floor.at = over.0 + 600 * SECOND;
        let down_from = Timestamp(over.0 - 600 * SECOND);
        floor.must(OPERATOR, Command::Resumed { down_from });
    };
    // A guarantee ends whatever happens here, and the proposal with it.
    let mut desk = Desk::new();
    let (bank, other) = (desk.bank, desk.other_firm);
    let loan = desk.loan(|loan| {
        loan.terms.due = day(2026, 6, 1);
        loan.terms.guarantors = vec![guarantor(other, |_| {})];
    });
    let floor = &mut desk.floor;
    floor.until(day(2026, 12, 1));
    let free = day(2026, 12, 2).start();
    let id = proposed(
        floor,
        bank.user,
        &demand(loan, DemandKind::Guarantee, other, day(2026, 12, 1)),
    );
    outage(floor, free);
    let told = proposal(floor, id);
    assert_eq!(
        (told.state, told.lapses_at, told.missed),
        (ProposalState::Lapsed, free, Some(LegalDeadline::Guarantee))
    );

    // A step of a sale has time again, and what is proposed for it has too.
    let mut market = Market::new();
    let id = market.at(TransferState::Contract, |_| {});
    let (bo, floor) = (market.bo, &mut market.floor);
    let due = floor.exchange.next_deadline();
    floor.at = due.0 - 2 * 3_600 * SECOND;
    let proposed = proposed(floor, bo.user, &sign(id, CONTRACT));
    outage(floor, due);
    let told = proposal(floor, proposed);
    let until = floor.exchange.next_deadline();
    assert!(until > due);
    let deadline = Served {
        kind: LegalDeadline::SaleStep,
        at: until,
    };
    assert_eq!((told.state, told.lapses_at), (ProposalState::Open, until));
    assert_eq!(
        (told.deadline, told.alarmed_at),
        (Some(deadline), told.alarmed_at.filter(|at| at.0 < due.0))
    );

    // One that lapses undecided before its legal deadline has time up to that.
    let mut desk = Desk::new();
    let loan = desk.loan(|loan| {
        loan.terms.due = day(2026, 6, 1);
        loan.terms.guarantors = vec![guarantor(other, |_| {})];
    });
    let floor = &mut desk.floor;
    floor.until(day(2026, 11, 24));
    let asks = demand(loan, DemandKind::Guarantee, other, day(2026, 11, 24));
    let id = crate::two_people::proposed(floor, bank.user, &asks);
    let before = proposal(floor, id).lapses_at;
    assert_eq!(before.venue_date(), day(2026, 12, 1));
    outage(floor, before);
    let told = proposal(floor, id);
    assert_eq!((told.state, told.lapses_at), (ProposalState::Open, free));
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(proposal(floor, id).state, ProposalState::Open);
}

#[test]
fn the_lot_that_a_consent_permits_keeps_its_end() {
    let mut desk = Desk::new();
    let (bank, firm) = (desk.bank, desk.firm);
    let right = desk.patent("US1");
    let loan = desk.loan(|_| {});
    let pledge = desk.pledged(loan, right);
    let until = day(2026, 3, 6);
    let announces = Command::AnnounceLot(Box::new(desk.lot_terms(&[right], |_| {})));
    let floor = &mut desk.floor;
    keeps_none(floor, firm.user, &announces);
    let consents = pledge_consents::consent(pledge, PledgeAct::Transfer, |asked| asked.until = Some(until));
    floor.must(bank.user, consents);
    keeps(floor, firm.user, &announces, LegalDeadline::Consent, until.start());
}

#[test]
fn an_answer_to_a_priority_keeps_the_window_that_is_given_for_it() {
    let mut market = Market::new();
    let cy = market.cy;
    let id = market.at(TransferState::PriorityWindow, |terms| {
        terms.priority = vec![cy.entity];
    });
    let floor = &mut market.floor;
    let due = floor.exchange.next_deadline();
    keeps(floor, cy.user, &sales::waive(id), LegalDeadline::SaleStep, due);
}

#[test]
fn what_is_asked_after_a_lots_close_keeps_its_day() {
    let kind = LegalDeadline::LotStep;
    // Below the reserve the two agree within some days.
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = room.open(ascending(100_000, 1_000), |terms| terms.reserve = Some(yuan(200_000)));
    room.bid(id, bo, 150_000);
    room.tick(room.at(crate::floor::room::ENDS));
    let last = room.lot(id).step_by.expect("they may agree until then");
    let names = Command::NegotiateLot(NegotiateLot {
        lot: id,
        price: Some(yuan(180_000)),
    });
    let (ana, floor) = (room.market.ana, &mut room.market.floor);
    keeps(floor, ana.user, &names, kind, last.next().start());
    keeps_none(floor, ana.user, &Command::ConfirmLot(step_of(id)));
    // By the law of auctions the auctioneer confirms what was knocked down.
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let closes = day(2026, 3, 13).start();
    let id = room.open(ascending(100_000, 1_000), |terms| {
        (terms.basis, terms.viewing_days) = (LegalBasis::AuctionLaw, 2);
        (terms.opens_at, terms.closes_at) = (day(2026, 3, 12).start(), closes);
    });
    room.bid(id, bo, 100_000);
    room.tick(closes);
    let last = room.lot(id).step_by.expect("it is to be confirmed");
    let floor = &mut room.market.floor;
    let confirms = Command::ConfirmLot(step_of(id));
    keeps(floor, OPERATOR, &confirms, kind, last.next().start());
}

#[test]
fn the_sale_of_shares_that_a_bank_took_keeps_its_day() {
    let mut of = Claimed::<FastBook>::of_bank(Floor::cn_venue(), |loan| free_of_interest(&mut loan.terms));
    let bank = of.desk.bank;
    let asks = of.proposing(|asked| (asked.exception, asked.sold) = (Some(EVIDENCE), None));
    let id = conversions::proposed(&mut of.desk.floor, bank.user, asks);
    of.fund = bank;
    of.go(id, &conversions::all_steps(120_000_000)[..6]);
    let sold = conversions::step(id, ConversionStep::Disposed {}, of.today());
    keeps_none(&mut of.desk.floor, bank.user, &sold);
    of.go(id, &[conversions::held(EquityOrigin::Enforcement)]);
    let by = of.deal(id).sell_by.expect("a bank has to");
    let kind = LegalDeadline::SaleOfShares;
    let floor = &mut of.desk.floor;
    keeps(floor, bank.user, &sold, kind, by.nominal.next().start());
    // A step before it keeps none.
    let registered = conversions::step(id, ConversionStep::Registered {}, crate::floor::grants::today());
    keeps_none(floor, bank.user, &registered);
}
