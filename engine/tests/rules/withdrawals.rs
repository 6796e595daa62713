//! Cash leaves by its owner's word: each step and each fault of a withdrawal, and the halving with which whoever books
//! cash once found every deposit and every bid.

use crate::floor::{
    OPERATOR, Party, limit, order, refuses,
    room::{Room, enter},
    sales::{describe, operator},
};
use crate::lots_of_units::{bid_for, uniform, units_room, without_rights};
use protocol::{
    Amount, Bounded, Command, Currency, Event, InstrumentId, LotId, Money, PrivateEvent, Quantity, Receipt, Record,
    Reject, Side, Stamped, Symbol, UserId, WithdrawalId,
    account::{
        PayOut, RefuseWithdrawal, RequestWithdrawal, WITHDRAWALS_MAX, Withdrawal, WithdrawalState, WithdrawalStep,
    },
    auction::Rationing,
    control::{Approve, Encoded, Propose},
    licence::AuditConsumption,
    listing::IssueUnits,
    party::{RegisterUser, Roles},
    wire::encode_alone,
};

/// What everybody has in the room, to begin with.
const CASH: i64 = 1_000_000_000;

fn request(of: Party, minor: i64) -> Command {
    Command::RequestWithdrawal(RequestWithdrawal {
        account: of.account,
        amount: Amount::new(Currency::Cny, Money::from_minor(minor)),
    })
}

fn cancel(withdrawal: WithdrawalId) -> Command {
    Command::CancelWithdrawal(WithdrawalStep { withdrawal })
}

fn approve(withdrawal: WithdrawalId) -> Command {
    Command::ApproveWithdrawal(WithdrawalStep { withdrawal })
}

fn refuse(withdrawal: WithdrawalId) -> Command {
    Command::RefuseWithdrawal(Box::new(RefuseWithdrawal {
        withdrawal,
        reason: Bounded::new("returned").unwrap(),
    }))
}

fn pay_out(withdrawal: WithdrawalId, reference: &str) -> Command {
    Command::CashOut(Box::new(PayOut {
        withdrawal,
        reference: Bounded::new(reference).unwrap(),
    }))
}

fn asked(room: &mut Room, of: Party, minor: i64) -> WithdrawalId {
    match room.market.floor.must(of.user, request(of, minor)) {
        Receipt::Deal(seq) => seq.into(),
        other => panic!("{other:?}"),
    }
}

/// The withdrawal as its owner was last told.
fn told(room: &Room, id: WithdrawalId) -> Withdrawal {
    let records = room
        .market
        .floor
        .events
        .iter()
        .rev()
        .filter_map(|event| match &event.body {
            Event::Record(changed) => Some(&changed.record),
            _ => None,
        });
    let mut told = records.filter_map(|record| match record {
        Record::Withdrawal(told) if told.withdrawal == id => Some(told.clone()),
        _ => None,
    });
    told.next().expect("it was told")
}

#[test]
fn a_withdrawal_is_set_aside_approved_and_paid_once() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let id = asked(&mut room, bo, 400_000_000);
    assert_eq!(room.cash(bo), (CASH - 400_000_000, 400_000_000));
    let open = told(&room, id);
    assert_eq!((open.state, open.account), (WithdrawalState::Requested, bo.account));
    let floor = &mut room.market.floor;
    // Nobody pays what is not approved, and nobody but an operator does either.
    for (by, command, reject) in [
        (bo.user, approve(id), Reject::NotPermitted),
        (bo.user, refuse(id), Reject::NotPermitted),
        (bo.user, pay_out(id, "a"), Reject::NotPermitted),
        (OPERATOR, approve(WithdrawalId(1)), Reject::UnknownWithdrawal),
        (OPERATOR, pay_out(id, "a"), Reject::StateForbids),
        (OPERATOR, pay_out(id, "bank-1"), Reject::ReferenceExists),
        // Another's is as good as none.
        (cy.user, cancel(id), Reject::UnknownWithdrawal),
        (OPERATOR, cancel(id), Reject::UnknownWithdrawal),
    ] {
        refuses(floor, by, command, reject);
    }
    floor.must(OPERATOR, approve(id));
    // The bank may have paid by now.
    refuses(floor, bo.user, cancel(id), Reject::StateForbids);
    refuses(floor, OPERATOR, approve(id), Reject::StateForbids);
    floor.must(OPERATOR, pay_out(id, "b-1"));
    for command in [pay_out(id, "b-2"), refuse(id), approve(id)] {
        refuses(floor, OPERATOR, command, Reject::UnknownWithdrawal);
    }
    let paid = told(&room, id);
    assert_eq!(paid.state, WithdrawalState::Paid);
    assert_eq!(paid.reference.unwrap().as_str(), "b-1");
    // What was paid is gone, and the rest is free to the fen.
    let floor = &mut room.market.floor;
    refuses(
        floor,
        bo.user,
        request(bo, CASH - 400_000_000 + 1),
        Reject::InsufficientCash,
    );
    floor.must(bo.user, request(bo, CASH - 400_000_000));
}

#[test]
fn what_is_cancelled_or_refused_is_free_again() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = asked(&mut room, bo, CASH);
    room.market.floor.must(bo.user, cancel(id));
    assert_eq!(told(&room, id).state, WithdrawalState::Cancelled);
    for approved in [false, true] {
        let id = asked(&mut room, bo, CASH);
        if approved {
            room.market.floor.must(OPERATOR, approve(id));
        }
        room.market.floor.must(OPERATOR, refuse(id));
        let told = told(&room, id);
        assert_eq!(told.state, WithdrawalState::Refused);
        assert_eq!(told.reason.unwrap().as_str(), "returned");
        assert_eq!(room.cash(bo), (CASH, 0));
    }
}

#[test]
fn an_account_has_so_many_withdrawals_that_wait() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let first = asked(&mut room, bo, 1);
    for _ in 1..WITHDRAWALS_MAX {
        asked(&mut room, bo, 1);
    }
    refuses(
        &mut room.market.floor,
        bo.user,
        request(bo, 1),
        Reject::WithdrawalsTooMany,
    );
    asked(&mut room, cy, 1);
    room.market.floor.must(bo.user, cancel(first));
    asked(&mut room, bo, 1);
    for minor in [0, -1, i64::MIN] {
        refuses(
            &mut room.market.floor,
            cy.user,
            request(cy, minor),
            Reject::AmountInvalid,
        );
    }
}

#[test]
fn only_the_owner_asks_and_the_venue_for_its_own() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let reader = Command::RegisterUser(RegisterUser {
        entity: bo.entity,
        roles: Roles::APPRAISER,
    });
    let Receipt::User(reader) = room.market.floor.must(OPERATOR, reader) else {
        panic!()
    };
    let floor = &mut room.market.floor;
    refuses(floor, reader, request(bo, 1), Reject::NotPermitted);
    refuses(floor, cy.user, request(bo, 1), Reject::UnknownAccount);
    refuses(floor, OPERATOR, request(bo, 1), Reject::NotYourAccount);
    refuses(floor, OPERATOR, request(operator(), 1), Reject::InsufficientCash);
    floor.cash_in(operator().account, 5);
    floor.must(OPERATOR, request(operator(), 5));
}

/// A room of units with two operators, in which bo has bid all it has for units, or has not even entered.
fn twin(bids: bool) -> (Room, InstrumentId, UserId, LotId) {
    let (mut room, instrument) = units_room();
    let [bo, cy, _] = room.bidders();
    let terms = without_rights(&room, uniform(60, Rationing::Time));
    let id = room.announce(&terms);
    room.go(terms.qualifies_at);
    room.enter(id, cy);
    // What takes bo's place in the other room is refused to it: both have the same places.
    let (first, second) = if bids {
        (enter(id, bo), bid_for(id, 15_000_000, 60))
    } else {
        (enter(LotId(1), bo), bid_for(LotId(1), 15_000_000, 60))
    };
    let outcome = room.market.floor.try_(bo.user, first).is_ok();
    room.go(terms.opens_at);
    room.market.floor.must(OPERATOR, Command::Tick);
    assert_eq!((outcome, room.market.floor.try_(bo.user, second).is_ok()), (bids, bids));
    let second = Command::RegisterUser(RegisterUser {
        entity: operator().entity,
        roles: Roles::OPERATOR,
    });
    let Receipt::User(second) = room.market.floor.must(OPERATOR, second) else {
        panic!()
    };
    (room, instrument, second, id)
}

/// What others than this participant hear of it.
fn heard(events: &[Stamped<Event>]) -> Vec<Stamped<Event>> {
    events.iter().filter(|event| !event.body.is_sealed()).cloned().collect()
}

#[test]
fn halving_tells_nobody_what_a_lot_holds() {
    let (mut with, instrument, second, lot) = twin(true);
    let (mut without, ..) = twin(false);
    let [bo, cy, _] = with.bidders();
    let held = with.cash(bo).1;
    assert!(held > CASH / 2 && without.cash(bo) == (CASH, 0), "{held}");

    let mut probes: Vec<(UserId, Command)> = vec![];
    let mut propose = |command: &Command| {
        let encoded = Encoded(encode_alone(command));
        probes.push((OPERATOR, Command::Propose(Box::new(Propose { encoded }))));
    };
    let mut amount = CASH;
    let mut amounts = vec![];
    while amount > 0 {
        amounts.extend([amount, CASH - amount + 1]);
        amount /= 2;
    }
    amounts.extend([held, held + 1, CASH - held, CASH - held + 1]);
    for &minor in &amounts {
        propose(&request(bo, minor));
        propose(&pay_out(WithdrawalId(minor as u64), "probe"));
    }
    for &minor in &amounts {
        for by in [OPERATOR, second, cy.user] {
            probes.push((by, request(bo, minor)));
            probes.push((by, order(bo.account, instrument, Side::Buy, limit(500), minor / 500)));
            probes.push((by, bid_for(lot, minor / 100, 1)));
        }
    }
    for units in [1, 30, 60, 100, 101] {
        let quantity = Quantity::from_units(units);
        for account in [bo.account, cy.account] {
            probes.push((
                second,
                Command::IssueUnits(IssueUnits {
                    instrument,
                    account,
                    quantity,
                }),
            ));
            probes.push((
                second,
                Command::AuditConsumption(Box::new(AuditConsumption {
                    account,
                    symbol: Symbol::new("ANA").unwrap(),
                    products: units as u32,
                    evidence: Default::default(),
                })),
            ));
        }
    }
    probes.push((second, describe(bo.entity, "CN", &[])));

    let (mut proposals, mut done) = (vec![], 0);
    for (by, command) in probes {
        let first = (with.market.floor.events.len(), without.market.floor.events.len());
        let answers = [&mut with, &mut without].map(|room| room.market.floor.try_(by, command.clone()));
        // A rival's own bid may lead or not, as everybody sees; what is held for it is its own.
        if !matches!(command, Command::BidLot(_)) {
            assert_eq!(answers[0], answers[1], "{by:?}: {command:?}");
        }
        done += usize::from(answers[0].is_ok());
        if let (Command::Propose(_), Ok(Receipt::Deal(seq))) = (&command, answers[0]) {
            proposals.push(seq);
        }
        let heard = (
            heard(&with.market.floor.events[first.0..]),
            heard(&without.market.floor.events[first.1..]),
        );
        assert_eq!(heard.0, heard.1, "{by:?}: {command:?}");
    }
    assert!(done > 10 && proposals.len() == 100, "{done}");
    for seq in proposals {
        let approve = Command::Approve(Approve { proposal: seq.into() });
        let first = (with.market.floor.events.len(), without.market.floor.events.len());
        let answers = [&mut with, &mut without].map(|room| room.market.floor.try_(second, approve.clone()));
        assert_eq!(answers[0], answers[1]);
        assert_eq!(
            heard(&with.market.floor.events[first.0..]),
            heard(&without.market.floor.events[first.1..])
        );
    }
}

#[test]
fn what_is_free_is_told_to_the_owner_alone() {
    let (mut with, instrument, second, _) = twin(true);
    let [bo, ..] = with.bidders();
    let dual = |required| Command::SetDualControl(protocol::control::SetDualControl { required });
    let colleague = Command::RegisterUser(RegisterUser {
        entity: bo.entity,
        roles: Roles::TRADER,
    });
    let floor = &mut with.market.floor;
    let encoded = Encoded(encode_alone(&colleague));
    let Receipt::Deal(seq) = floor.must(OPERATOR, Command::Propose(Box::new(Propose { encoded }))) else {
        panic!()
    };
    let Receipt::User(colleague) = floor.must(second, Command::Approve(Approve { proposal: seq.into() })) else {
        panic!()
    };
    // Alone: a refusal that nobody else hears.
    for command in [
        request(bo, CASH),
        order(bo.account, instrument, Side::Buy, limit(500), 1_000_000),
    ] {
        let first = floor.events.len();
        floor.try_(bo.user, command).unwrap_err();
        let told = &floor.events[first..];
        assert!(
            matches!(told, [only] if matches!(only.body, Event::Sealed(of, PrivateEvent::Rejected { .. }) if of == bo.entity)),
            "{told:?}"
        );
    }
    // By two: the proposal failed, and its house alone hears why.
    floor.must(bo.user, dual(true));
    let encoded = Encoded(encode_alone(&request(bo, CASH)));
    let Receipt::Deal(seq) = floor.must(bo.user, Command::Propose(Box::new(Propose { encoded }))) else {
        panic!()
    };
    let first = floor.events.len();
    floor.must(colleague, Command::Approve(Approve { proposal: seq.into() }));
    let (mut failed, mut why) = (0, 0);
    for event in &floor.events[first..] {
        match &event.body {
            Event::Record(changed) => {
                let Record::Proposal(proposal) = &changed.record else {
                    panic!("{changed:?}")
                };
                failed += u32::from(proposal.failed.is_none());
            }
            Event::Sealed(of, PrivateEvent::Rejected { reject, .. }) => {
                assert_eq!((*of, *reject), (bo.entity, Reject::InsufficientCash));
                why += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((failed, why), (1, 1));
}
