//! Keys: no road ends the last one that rules the venue, the way back, and the key that the venue itself signs with.

use crate::floor::{CODES, Fast, OPERATOR, epoch, titles::book};
use protocol::{
    Bounded, Command, Digest, Event, KeyId, Notice, Outcome, ProposalId, PublicEvent, Readers, Receipt, Record, Reject,
    StaffEvent, UserId,
    command::ClientKey,
    control::{Approve, Encoded, Propose, Recover, Recovery, VenueKey},
    party::{KeyMaterial, Network, RegisterKey, RegisterUser, Roles, Scopes},
    rules::{Approval, Profile},
    wire::encode_alone,
};

fn register(user: UserId, scopes: Scopes) -> Command {
    Command::RegisterKey(Box::new(RegisterKey {
        user,
        material: KeyMaterial::HmacSha256,
        scopes,
        networks: vec![],
    }))
}

fn revoke(key: KeyId) -> Command {
    Command::RevokeKey { key }
}

fn recover(seed: u8, end_others: bool) -> Command {
    Command::Recover(Box::new(Recover {
        public_key: Digest([seed; 32]),
        networks: vec![],
        end_others,
    }))
}

fn key(floor: &mut Fast, by: UserId, command: Command) -> KeyId {
    match floor.must(by, command) {
        Receipt::Key(key) => key,
        other => panic!("{other:?}"),
    }
}

fn operator(floor: &mut Fast, by: UserId) -> UserId {
    let entity = protocol::EntityId(0);
    let roles = Roles::OPERATOR;
    match floor.must(by, Command::RegisterUser(RegisterUser { entity, roles })) {
        Receipt::User(user) => user,
        other => panic!("{other:?}"),
    }
}

fn proposed(floor: &mut Fast, by: UserId, command: &Command) -> ProposalId {
    let encoded = Encoded(encode_alone(command));
    match floor.must(by, Command::Propose(Box::new(Propose { encoded }))) {
        Receipt::Deal(seq) => ProposalId::from(seq),
        other => panic!("{other:?}"),
    }
}

fn approve(proposal: ProposalId) -> Command {
    Command::Approve(Approve { proposal })
}

#[test]
fn the_last_key_that_rules_is_ended_by_no_road() {
    let mut floor = Fast::cn_venue();
    let last = key(
        &mut floor,
        OPERATOR,
        register(OPERATOR, Scopes::ADMIN.with(Scopes::READ)),
    );
    // None of these rules the venue: one lacks the scope, one is a trader's, one has ended.
    key(
        &mut floor,
        OPERATOR,
        register(OPERATOR, Scopes::READ.with(Scopes::TRADE).with(Scopes::LIST)),
    );
    let ana = floor.party(CODES[0], Roles::TRADER);
    key(&mut floor, OPERATOR, register(ana.user, Scopes::ADMIN));
    let ended = key(&mut floor, OPERATOR, register(OPERATOR, Scopes::ADMIN));
    floor.must(OPERATOR, revoke(ended));
    assert_eq!(floor.try_(OPERATOR, revoke(last)), Err(Reject::LastAdminKey));

    // Nor by two people: the proposal fails, and says why.
    let second = operator(&mut floor, OPERATOR);
    let proposal = proposed(&mut floor, second, &revoke(last));
    floor.must(OPERATOR, approve(proposal));
    let failed = floor
        .records(0)
        .into_iter()
        .rev()
        .find_map(|changed| match changed.record {
            Record::Proposal(told) if told.proposal == proposal => told.failed,
            _ => None,
        });
    assert_eq!(failed, Bounded::new("LAST_ADMIN_KEY"));

    // With another that rules, whosever of the operators, it ends.
    key(&mut floor, OPERATOR, register(second, Scopes::ADMIN));
    floor.must(OPERATOR, revoke(last));
    floor.exchange.check_invariants().unwrap();
}

#[test]
fn who_only_reads_is_nobody_s_second() {
    let mut floor = Fast::cn_venue();
    key(&mut floor, OPERATOR, register(OPERATOR, Scopes::ADMIN));
    let second = operator(&mut floor, OPERATOR);
    key(&mut floor, OPERATOR, register(second, Scopes::READ));
    // It could approve nothing: without this, the two were shut out for ever.
    key(&mut floor, OPERATOR, register(second, Scopes::ADMIN));
    let third = floor.try_(OPERATOR, register(second, Scopes::ADMIN));
    assert_eq!(third, Err(Reject::TwoPeopleNeeded), "now two can decide");
}

#[test]
fn a_venue_whose_keys_are_lost_is_given_back_to_its_first_operator() {
    let mut floor = Fast::cn_venue();
    let ana = floor.party(CODES[0], Roles::TRADER);
    let hers = key(&mut floor, OPERATOR, register(ana.user, Scopes::TRADE));
    let first = key(&mut floor, OPERATOR, register(OPERATOR, Scopes::ADMIN));
    let second = operator(&mut floor, OPERATOR);
    let other = key(&mut floor, OPERATOR, register(second, Scopes::ADMIN));

    // Both are lost: neither can let the other sign, nor end a key of the other.
    let from = floor.events.len();
    let found = key(&mut floor, OPERATOR, recover(7, false));
    let told = floor.records(from);
    let expected = Recovery {
        key: found,
        public_key: Digest([7; 32]),
        ended: vec![],
    };
    assert!(matches!(&told[..], [told] if told.record == Record::Recovery(expected)));
    assert!(matches!(&told[..], [told] if told.readers == Readers::one(protocol::EntityId(0))));
    assert_eq!(
        floor.try_(OPERATOR, register(second, Scopes::ADMIN)),
        Err(Reject::TwoPeopleNeeded)
    );

    // With the others' ended, one person lets the second sign, and two rule again. Who deals keeps its keys.
    let from = floor.events.len();
    let again = key(&mut floor, OPERATOR, recover(8, true));
    let ended: Vec<_> = floor.events[from..]
        .iter()
        .filter_map(|event| match event.body {
            Event::Staff(StaffEvent::KeyRevoked { key }) => Some(key),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [first, other, found]);
    assert!(!ended.contains(&hers) && !ended.contains(&again));
    key(&mut floor, OPERATOR, register(second, Scopes::ADMIN));
    floor.exchange.check_invariants().unwrap();
}

#[test]
fn what_the_venue_says_of_itself_nobody_else_says() {
    let mut floor = Fast::cn_venue();
    let ana = floor.party(CODES[0], Roles::TRADER);
    let second = operator(&mut floor, OPERATOR);
    let venue_key = |seed| {
        Command::SetVenueKey(VenueKey {
            public_key: Digest([seed; 32]),
        })
    };
    for command in [venue_key(1), recover(1, true)] {
        // A trader, another operator, the first operator by a client: none of them is the venue.
        for by in [ana.user, second] {
            assert_eq!(floor.try_(by, command.clone()), Err(Reject::NotPermitted));
        }
        let client = ClientKey {
            id: [1; 16],
            body: [1; 8],
        };
        let answer = floor.ask(OPERATOR, Some(client), command.clone());
        assert_eq!(answer.outcome, Outcome::Rejected(Reject::NotPermitted));
        let encoded = Encoded(encode_alone(&command));
        let proposal = Command::Propose(Box::new(Propose { encoded }));
        assert_eq!(floor.try_(OPERATOR, proposal), Err(Reject::NotProposable));
    }

    let from = floor.events.len();
    floor.must(OPERATOR, venue_key(1));
    let told: Vec<_> = floor.events[from..].iter().map(|event| &event.body).collect();
    assert!(
        matches!(&told[..], [Event::Public(PublicEvent::Notice(notice))]
            if matches!(**notice, Notice::VenueKey(key) if key.public_key == Digest([1; 32]))),
        "{told:?}"
    );
    assert_eq!(floor.try_(OPERATOR, venue_key(1)), Err(Reject::KeyStands));
    floor.must(OPERATOR, venue_key(2));
    floor.must(OPERATOR, venue_key(1));
}

#[test]
fn a_recovery_asks_what_a_registration_asks() {
    let mut floor = Fast::cn_venue();
    let network = Network {
        address: [0; 16],
        prefix: 129,
    };
    let recover = Command::Recover(Box::new(Recover {
        public_key: Digest([7; 32]),
        networks: vec![network],
        end_others: true,
    }));
    assert_eq!(floor.try_(OPERATOR, recover), Err(Reject::NetworksInvalid));
}

#[test]
fn the_demo_s_mark_is_put_on_with_the_first_rules_or_never() {
    let demo = || epoch(Profile::UnitMarket, Approval::Demo, 10, 20);
    let sandbox = || epoch(Profile::UnitMarket, Approval::Sandbox, 10, 20);
    for (first, other) in [(demo(), sandbox()), (sandbox(), demo())] {
        let mut floor = Fast::new();
        floor.must(OPERATOR, first.clone());
        assert_eq!(floor.try_(OPERATOR, other), Err(Reject::DemoMark));
        floor.must(OPERATOR, first);
    }
    // It is a sandbox: every print is marked.
    let mut floor = Fast::new();
    floor.must(OPERATOR, demo());
    let ana = floor.party(CODES[0], Roles::FIRM);
    let right = floor.right(ana.entity, "1", |_| {});
    book(&mut floor, ana, right, "A");
    let marked = |event: &protocol::Stamped<Event>| matches!(&event.body, Event::Public(PublicEvent::UnitsListed(listed)) if listed.sandbox);
    assert!(floor.events.iter().any(marked));
}
