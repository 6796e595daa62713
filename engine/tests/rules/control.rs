//! How the venue is governed: the rule book, two people, nominees, and who read what.

use crate::floor::sales::{self, CONTRACT, Market, bid, describe, express, fund, operator, sign, terms_of};
use crate::floor::{self, Floor, OPERATOR, cash_move, day, epoch};
use protocol::{
    AccountId, Bounded, Command, EntityId, Event, Money, Notice, ProposalId, PublicEvent, Readers, Receipt, Record,
    Reject, UserId,
    control::{
        Approve, Encoded, EntityFacts, LogRead, PROPOSAL_MAX, Proposal, ProposalState, Propose, Read, Refuse, RuleBook,
        SetDualControl, SetRuleBook,
    },
    party::{RegisterUser, Roles},
    rules::{Approval, Profile},
    time::DAY,
    wire::encode_alone,
};
use protocol::{
    Currency, Digest, KeyId, LicenceId,
    account::CashMove,
    licence::TerminateLicence,
    party::{KeyMaterial, RegisterKey, Scopes},
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

fn log_read(entity: EntityId) -> Command {
    let record = Bounded::new("/v1/transfers/7").unwrap();
    Command::LogRead(Box::new(LogRead { entity, record }))
}

fn user(market: &mut Market, entity: EntityId, roles: Roles) -> UserId {
    let register = Command::RegisterUser(RegisterUser { entity, roles });
    match market.floor.must(OPERATOR, register) {
        Receipt::User(user) => user,
        other => panic!("{other:?}"),
    }
}

fn proposed(market: &mut Market, by: UserId, command: &Command) -> ProposalId {
    match market.floor.must(by, propose(command)) {
        Receipt::Deal(seq) => ProposalId::from(seq),
        other => panic!("{other:?}"),
    }
}

/// A proposal as its house last saw it.
fn proposal(market: &Market, id: ProposalId) -> Proposal {
    let records = market.floor.records(0);
    let last = records.into_iter().rev().find_map(|changed| match changed.record {
        Record::Proposal(proposal) if proposal.proposal == id => {
            assert_eq!(changed.readers, Readers::one(proposal.entity));
            Some(proposal)
        }
        _ => None,
    });
    last.unwrap()
}

fn rule_books(market: &Market) -> Vec<RuleBook> {
    let rules = |event: &protocol::Stamped<Event>| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match **notice {
            Notice::RuleBook(rules) => Some(rules),
            _ => None,
        },
        _ => None,
    };
    market.floor.events.iter().filter_map(rules).collect()
}

#[test]
fn the_rule_book_is_public_and_within_bounds() {
    let mut market = Market::new();
    assert_eq!(
        rule_books(&market),
        [RuleBook::of(Profile::CnVenue)],
        "told with the epoch"
    );
    let set = |change: fn(&mut RuleBook)| {
        let mut rules = RuleBook::of(Profile::CnVenue);
        change(&mut rules);
        Command::SetRuleBook(Box::new(SetRuleBook { rules }))
    };
    let ana = market.ana;
    market.rejects(ana, [(set(|rules| rules.step_days = 0), Reject::NotPermitted)]);
    let broken: [fn(&mut RuleBook); 7] = [
        |rules| rules.step_days = 0,
        |rules| rules.proposal_days = 0,
        |rules| rules.alarm_days = Some(31),
        |rules| rules.lock_days = 367,
        |rules| rules.grace_months = 0,
        |rules| rules.court_hold_months = 61,
        |rules| rules.holder_cap = Some(0),
    ];
    market.rejects(operator(), broken.map(|change| (set(change), Reject::RuleBookInvalid)));
    market.floor.must(OPERATOR, set(|rules| rules.disclosure_days = 7));
    assert_eq!(rule_books(&market).last().unwrap().disclosure_days, 7);
    let terms = terms_of(&[market.right], ana);
    assert_eq!(market.list_by(ana, terms), Err(Reject::DisclosureInvalid));
    // What an operator set outlives an epoch, and is told again with each.
    market
        .floor
        .must(OPERATOR, epoch(Profile::CnVenue, Approval::None, 10, 20));
    assert_eq!(rule_books(&market).last().unwrap().disclosure_days, 7);
    assert_eq!(rule_books(&market).len(), 3);
}

#[test]
fn who_stands_behind_whom_is_one_look_deep() {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    market.rejects(
        ana,
        [
            (describe(EntityId(99), "??", &[ana.entity]), Reject::NotPermitted),
            (describe(ana.entity, "??", &[EntityId(99)]), Reject::NotPermitted),
            (describe(ana.entity, "??", &[ana.entity]), Reject::NotPermitted),
        ],
    );
    let many: Vec<_> = (0..65).map(|_| bo.entity).collect();
    market.rejects(
        operator(),
        [
            (describe(EntityId(99), "??", &[ana.entity]), Reject::UnknownEntity),
            (describe(ana.entity, "??", &[EntityId(99)]), Reject::UnknownEntity),
            (describe(ana.entity, "??", &[ana.entity]), Reject::BeneficiariesInvalid),
            (
                describe(ana.entity, "??", &[bo.entity, bo.entity]),
                Reject::BeneficiariesInvalid,
            ),
            (describe(ana.entity, "??", &many), Reject::BeneficiariesInvalid),
            (describe(ana.entity, "??", &[bo.entity]), Reject::OfficeInvalid),
        ],
    );
    let first = market.floor.events.len();
    market
        .floor
        .must(OPERATOR, describe(ana.entity, "HK", &[bo.entity, cy.entity]));
    let [told] = &market.floor.records(first)[..] else {
        panic!()
    };
    assert_eq!(told.readers, Readers::one(ana.entity));
    let facts = EntityFacts {
        entity: ana.entity,
        country: protocol::Office(*b"HK"),
        beneficiaries: vec![bo.entity, cy.entity],
        dual_control: false,
        approvers: vec![],
        deputies: vec![],
    };
    assert_eq!(told.record, Record::Entity(facts));
    // No nominee of a nominee, from either end.
    market.rejects(
        operator(),
        [
            (describe(dee.entity, "CN", &[ana.entity]), Reject::BeneficiariesInvalid),
            (describe(bo.entity, "CN", &[dee.entity]), Reject::BeneficiariesInvalid),
        ],
    );
    market.floor.must(OPERATOR, describe(ana.entity, "CN", &[]));
    market.floor.must(OPERATOR, describe(bo.entity, "CN", &[dee.entity]));
}

#[test]
fn a_read_of_anothers_record_is_told_to_it() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    market.rejects(
        ana,
        [
            (log_read(EntityId(99)), Reject::NotPermitted),
            (log_read(bo.entity), Reject::NotPermitted),
        ],
    );
    for roles in [
        Roles::REGULATOR,
        Roles::COURT,
        Roles::AGENCY_IP,
        Roles::AGENCY_CENTRAL_BANK,
        Roles::AGENCY_BANKING,
        Roles::AGENCY_LOCAL_FINANCE,
        Roles::OPERATOR,
    ] {
        let reader = user(&mut market, EntityId(0), roles);
        let first = market.floor.events.len();
        market.floor.must(reader, log_read(bo.entity));
        let nobody = market.floor.try_(reader, log_read(EntityId(99)));
        assert_eq!(nobody, Err(Reject::UnknownEntity));
        let [told] = &market.floor.records(first)[..] else {
            panic!()
        };
        assert_eq!(told.readers, Readers::one(bo.entity));
        let read = Read {
            by: reader,
            reader: EntityId(0),
            entity: bo.entity,
            record: Bounded::new("/v1/transfers/7").unwrap(),
        };
        assert_eq!(told.record, Record::Read(read));
    }
}

#[test]
fn with_a_second_operator_the_venue_acts_by_two() {
    let mut market = Market::new();
    let bo = market.bo;
    market.floor.cash_in(bo.account, 1);
    let auditor = user(&mut market, EntityId(0), Roles::REGULATOR);
    let second = user(&mut market, EntityId(0), Roles::OPERATOR);
    let cash = Command::CashIn(market.floor.cash(bo.account, 100));
    for alone in [OPERATOR, second] {
        assert_eq!(market.floor.try_(alone, cash.clone()), Err(Reject::TwoPeopleNeeded));
    }
    let rules = RuleBook::of(Profile::CnVenue);
    let set = Command::SetRuleBook(Box::new(SetRuleBook { rules }));
    assert_eq!(market.floor.try_(second, set), Err(Reject::TwoPeopleNeeded));
    let list = Command::ListTransfer(Box::new(terms_of(&[market.right], market.ana)));
    assert_eq!(market.floor.try_(second, list), Err(Reject::TwoPeopleNeeded));
    // What moves neither money nor title takes one.
    market.floor.must(second, Command::OpenAccount { entity: bo.entity });
    market.floor.must(second, Command::Tick);
    market.floor.must(
        market.ana.user,
        Command::ListTransfer(Box::new(terms_of(&[market.right], market.ana))),
    );

    let id = proposed(&mut market, second, &cash);
    let told = proposal(&market, id);
    assert_eq!(
        (told.entity, told.by, told.state),
        (EntityId(0), second, ProposalState::Open)
    );
    assert_eq!(
        market.floor.try_(market.ana.user, approve(id)),
        Err(Reject::UnknownProposal)
    );
    assert_eq!(
        market.floor.try_(market.ana.user, refuse(id)),
        Err(Reject::UnknownProposal)
    );
    assert_eq!(
        market.floor.try_(auditor, approve(ProposalId(1))),
        Err(Reject::UnknownProposal)
    );
    assert_eq!(market.floor.try_(auditor, approve(id)), Err(Reject::NotPermitted));
    assert_eq!(market.floor.try_(auditor, refuse(id)), Err(Reject::NotPermitted));
    assert_eq!(market.floor.try_(second, approve(id)), Err(Reject::SamePerson));
    assert_eq!(market.floor.must(OPERATOR, approve(id)), Receipt::Done);
    let told = proposal(&market, id);
    assert_eq!(
        (told.state, told.decided_by, told.failed),
        (ProposalState::Done, Some(OPERATOR), None)
    );
    assert_eq!(market.floor.try_(second, approve(id)), Err(Reject::SamePerson));
    assert_eq!(market.floor.try_(OPERATOR, approve(id)), Err(Reject::ProposalDecided));
    assert_eq!(market.floor.try_(second, refuse(id)), Err(Reject::ProposalDecided));

    // The receipt is the command's own; a number that it gives is the approval's place.
    let third = Command::RegisterUser(RegisterUser {
        entity: EntityId(0),
        roles: Roles::OPERATOR,
    });
    let id = proposed(&mut market, OPERATOR, &third);
    assert!(matches!(market.floor.must(second, approve(id)), Receipt::User(_)));
}

#[test]
fn what_breaks_a_rule_by_then_is_not_done() {
    let mut market = Market::new();
    let bo = market.bo;
    let second = user(&mut market, EntityId(0), Roles::OPERATOR);
    let out = Command::CashIn(cash_move(bo.account, protocol::MONEY_MAX, "too much"));
    let id = proposed(&mut market, OPERATOR, &out);
    let first = market.floor.events.len();
    assert_eq!(market.floor.must(second, approve(id)), Receipt::Done);
    assert_eq!(market.floor.events.len(), first + 1, "nothing of it happened");
    let told = proposal(&market, id);
    assert_eq!(told.state, ProposalState::Failed);
    assert_eq!(told.failed.unwrap().as_str(), "MONEY_LIMIT");
    assert_eq!(market.floor.try_(second, approve(id)), Err(Reject::ProposalDecided));
    // Either may take it off.
    for by in [OPERATOR, second] {
        let id = proposed(&mut market, OPERATOR, &out);
        market.floor.must(by, refuse(id));
        let told = proposal(&market, id);
        assert_eq!((told.state, told.decided_by), (ProposalState::Refused, Some(by)));
    }
}

#[test]
fn a_proposal_lapses_at_its_nanosecond() {
    for late in [0, 1] {
        let mut market = Market::new();
        let second = user(&mut market, EntityId(0), Roles::OPERATOR);
        let id = proposed(&mut market, OPERATOR, &Command::OpenAccount { entity: EntityId(0) });
        let lapses = market.floor.at + 7 * DAY;
        assert_eq!(proposal(&market, id).lapses_at.0, lapses);
        market.floor.at = lapses - 2 + late;
        let outcome = market.floor.try_(second, approve(id));
        let told = proposal(&market, id);
        if late == 0 {
            assert_eq!(
                (outcome, told.state),
                (Ok(Receipt::Account(AccountId(5))), ProposalState::Done)
            );
        } else {
            assert_eq!(
                (outcome, told.state),
                (Err(Reject::ProposalDecided), ProposalState::Lapsed)
            );
            assert_eq!(told.decided_by, None);
        }
    }
}

#[test]
fn not_everything_can_be_proposed_and_not_without_end() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let reader = user(&mut market, ana.entity, Roles::DATA_CONSUMER);
    let raw = |bytes: Vec<u8>| {
        let encoded = Encoded(bytes);
        Command::Propose(Box::new(Propose { encoded }))
    };
    assert_eq!(market.floor.try_(reader, raw(vec![])), Err(Reject::NotPermitted));
    let tick = propose(&Command::Tick);
    let order = floor::order(
        ana.account,
        protocol::InstrumentId(0),
        protocol::Side::Buy,
        floor::limit(5),
        1,
    );
    let cancel = Command::CancelOrder {
        order: protocol::OrderId(0),
    };
    let harmless = Command::OpenAccount { entity: ana.entity };
    let mut long = encode_alone(&harmless);
    long.resize(PROPOSAL_MAX + 1, 0);
    let rights = protocol::title::RegisterRights {
        issue_to: None,
        rights: vec![floor::asset(ana.entity, &"9".repeat(32)).into(); 1_000],
    };
    let large = Command::RegisterRights(Box::new(rights));
    assert!(encode_alone(&large).len() > PROPOSAL_MAX);
    let cases = [
        raw(vec![]),
        raw(vec![9]),
        raw(long),
        propose(&large),
        propose(&order),
        propose(&cancel),
        propose(&approve(ProposalId(1))),
        propose(&refuse(ProposalId(1))),
        propose(&log_read(ana.entity)),
        propose(&tick),
        tick,
    ];
    market.rejects(ana, cases.map(|command| (command, Reject::NotProposable)));
    let mut last = None;
    for _ in 0..100 {
        last = Some(proposed(&mut market, ana.user, &harmless));
    }
    market.rejects(ana, [(propose(&harmless), Reject::TooManyProposals)]);
    proposed(&mut market, bo.user, &harmless);
    market.floor.must(ana.user, refuse(last.unwrap()));
    proposed(&mut market, ana.user, &harmless);
}

#[test]
fn an_entity_asks_for_two() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let auditor = user(&mut market, bo.entity, Roles::DATA_CONSUMER);
    assert_eq!(market.floor.try_(auditor, dual(true)), Err(Reject::NotPermitted));
    market.rejects(operator(), [(dual(true), Reject::NotPermitted)]);
    market.rejects(bo, [(dual(true), Reject::TwoPeopleNeeded)]);
    let other = user(&mut market, bo.entity, Roles::TRADER);
    let first = market.floor.events.len();
    market.floor.must(bo.user, dual(true));
    let [told] = &market.floor.records(first)[..] else {
        panic!()
    };
    assert!(matches!(&told.record, Record::Entity(facts) if facts.dual_control));

    let id = market.list(|_| {});
    market.floor.must(bo.user, express(id, bo));
    market.floor.must(OPERATOR, sales::qualify(id, bo.entity, true));
    market.pass(day(2026, 3, 9));
    market.rejects(
        bo,
        [
            (bid(id, 100_000), Reject::TwoPeopleNeeded),
            (sign(id, CONTRACT), Reject::TwoPeopleNeeded),
            (fund(id), Reject::TwoPeopleNeeded),
            (dual(false), Reject::TwoPeopleNeeded),
        ],
    );
    let proposal = proposed(&mut market, bo.user, &bid(id, 100_000));
    assert_eq!(
        market.floor.try_(ana.user, approve(proposal)),
        Err(Reject::UnknownProposal)
    );
    assert_eq!(market.floor.try_(auditor, approve(proposal)), Err(Reject::NotPermitted));
    assert_eq!(market.floor.try_(bo.user, approve(proposal)), Err(Reject::SamePerson));
    market.floor.must(other, approve(proposal));
    assert_eq!(market.sale(id).buyer, Some(bo.entity));
    market.floor.must(ana.user, sign(id, CONTRACT));
    for command in [sign(id, CONTRACT), fund(id), dual(false)] {
        let proposal = proposed(&mut market, other, &command);
        market.floor.must(bo.user, approve(proposal));
    }
    assert_eq!(market.state_of_funding(id), Some(Money::from_minor(100_000)));
    market.floor.must(bo.user, dual(false));
}

impl Market {
    /// What a sale holds, if it is funded.
    fn state_of_funding(&self, id: protocol::TransferId) -> Option<Money> {
        let sale = self.sale(id);
        let funded = sale.state == protocol::transfer::TransferState::EscrowFunded;
        sale.price.filter(|_| funded).map(|price| price.money)
    }
}

fn key(user: UserId) -> Command {
    Command::RegisterKey(Box::new(RegisterKey {
        user,
        material: KeyMaterial::HmacSha256,
        scopes: Scopes::ADMIN,
        networks: vec![],
    }))
}

fn keyed(market: &mut Market, by: UserId, user: UserId) -> KeyId {
    match market.floor.must(by, key(user)) {
        Receipt::Key(key) => key,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_second_operator_can_be_let_sign_and_is_not_shut_out_by_the_first() {
    let mut market = Market::new();
    let venue = operator().entity;
    let first = keyed(&mut market, OPERATOR, OPERATOR);
    let second = user(&mut market, venue, Roles::OPERATOR);
    // Two operators from here on, of whom one can sign: it lets the other.
    let own = keyed(&mut market, OPERATOR, second);
    let another = market.floor.try_(OPERATOR, key(second));
    assert_eq!(another, Err(Reject::TwoPeopleNeeded), "now two can");
    let revoke = |key| Command::RevokeKey { key };
    assert_eq!(market.floor.try_(OPERATOR, revoke(own)), Err(Reject::TwoPeopleNeeded));
    let proposal = proposed(&mut market, OPERATOR, &revoke(own));
    market.floor.must(second, refuse(proposal));
    // Its own key anyone ends at once: a leaked one must not wait.
    market.floor.must(OPERATOR, revoke(first));
    keyed(&mut market, second, OPERATOR);
}

#[test]
fn only_operators_decide_for_the_venue() {
    let mut market = Market::new();
    let venue = operator().entity;
    let second = user(&mut market, venue, Roles::OPERATOR);
    let cash = Command::CashIn(Box::new(CashMove {
        account: market.bo.account,
        currency: Currency::Cny,
        amount: Money::from_minor(1),
        reference: Bounded::new("B-1").unwrap(),
    }));
    let id = proposed(&mut market, OPERATOR, &cash);
    // A trader of the venue's own, registered by two.
    let register = Command::RegisterUser(RegisterUser {
        entity: venue,
        roles: Roles::TRADER,
    });
    let trader = proposed(&mut market, OPERATOR, &register);
    let Receipt::User(trader) = market.floor.must(second, approve(trader)) else {
        panic!()
    };
    assert_eq!(market.floor.try_(trader, approve(id)), Err(Reject::NotPermitted));
    assert_eq!(market.floor.try_(trader, propose(&cash)), Err(Reject::NotPermitted));
    market.floor.must(second, approve(id));
}

#[test]
fn one_operator_alone_shuts_nobody_out_and_ends_no_licence() {
    let mut market = Market::new();
    let venue = operator().entity;
    let id = market.list(|_| {});
    user(&mut market, venue, Roles::OPERATOR);
    let bo = market.bo;
    let ended = Command::TerminateLicence(Box::new(TerminateLicence {
        licence: LicenceId(1),
        evidence: Digest([1; 32]),
    }));
    for command in [
        describe(bo.entity, "US", &[]),
        sales::export_check(market.right, bo.entity, false),
        ended,
    ] {
        assert_eq!(market.floor.try_(OPERATOR, command), Err(Reject::TwoPeopleNeeded));
    }
    // The lists are the seller's alone.
    let deny = sales::audience(id, &[], &[bo]);
    assert_eq!(market.floor.try_(OPERATOR, deny), Err(Reject::NotPermitted));
}

#[test]
fn a_chinese_venue_s_cap_and_lock_are_never_looser_than_the_law() {
    let mut market = Market::new();
    for loose in [
        |rules: &mut RuleBook| rules.holder_cap = None,
        |rules: &mut RuleBook| rules.holder_cap = Some(201),
        |rules: &mut RuleBook| rules.lock_days = 4,
    ] {
        let mut rules = RuleBook::of(Profile::CnVenue);
        loose(&mut rules);
        let set = Command::SetRuleBook(Box::new(SetRuleBook { rules }));
        assert_eq!(market.floor.try_(OPERATOR, set), Err(Reject::RuleBookInvalid));
    }
    // What another profile allowed does not outlive it.
    let mut market = Market::on(Floor::unit_market());
    market.rule(|rules| (rules.holder_cap, rules.lock_days, rules.step_days) = (None, 0, 9));
    market
        .floor
        .must(OPERATOR, epoch(Profile::CnVenue, Approval::None, 10, 20));
    assert_eq!(rule_books(&market).last(), Some(&RuleBook::of(Profile::CnVenue)));
}
