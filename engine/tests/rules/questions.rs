//! Questions about a lot: who may ask and answer, when, how often; and that nobody learns who asked.

use crate::floor::{
    OPERATOR,
    buyers::pledged,
    disposals::{agreed, opened, opening, payee},
    grants,
    pledges::default,
    refuses,
    room::{OPENS, Room, answer_to, ascending, ask, refuses_sealed, withhold},
    titles,
};
use engine::{Exchange, book::PlainBook};
use protocol::{
    Command, Currency, EntityId, Event, LotId, Notice, PrivateEvent, PublicEvent, Readers, Record, Reject, Stamped,
    auction::LotState,
    control::{LogRead, READ_APART},
    party::Roles,
    plan::Plan,
    pledge::DefaultCause,
    questions::{LotQuestion, QUESTIONS_MAX, QUESTIONS_OF_ONE_MAX, QuestionPart},
    transfer::LegalBasis,
};

/// A lot of ana's that is announced.
fn announced(room: &mut Room) -> LotId {
    let terms = room.terms(ascending(100_000, 1_000));
    room.announce(&terms)
}

/// The questions of a lot as everyone is told of them.
fn told(room: &Room, lot: LotId) -> Vec<LotQuestion> {
    let mut all: Vec<LotQuestion> = Vec::new();
    for event in &room.market.floor.events {
        let Event::Public(PublicEvent::Notice(notice)) = &event.body else {
            continue;
        };
        match &**notice {
            Notice::LotQuestion(question) if question.lot == lot => {
                assert_eq!(question.number as usize, all.len() + 1);
                all.push(question.clone());
            }
            Notice::LotAnswer(answer) if answer.lot == lot => answer.change(&mut all[answer.number as usize - 1]),
            Notice::TextWithheld(gone) if gone.lot == lot => gone.change(&mut all[gone.number as usize - 1]),
            _ => {}
        }
    }
    all
}

#[test]
fn a_question_is_asked_and_answered_once_and_everyone_reads_both() {
    let mut room = Room::new();
    let [bo, cy, dee] = room.bidders();
    let ana = room.market.ana;
    let id = announced(&mut room);
    room.market.floor.must(bo.user, ask(id, "年费缴到哪一年？"));
    room.market.floor.must(cy.user, ask(id, "Is there a second source?"));
    refuses(
        &mut room.market.floor,
        dee.user,
        answer_to(id, 1, "no"),
        Reject::NotAParty,
    );
    refuses(
        &mut room.market.floor,
        ana.user,
        answer_to(id, 0, "no"),
        Reject::UnknownQuestion,
    );
    refuses(
        &mut room.market.floor,
        ana.user,
        answer_to(id, 3, "no"),
        Reject::UnknownQuestion,
    );
    room.market.floor.must(ana.user, answer_to(id, 1, "2027年。"));
    refuses(
        &mut room.market.floor,
        ana.user,
        answer_to(id, 1, "2028年。"),
        Reject::AlreadyAnswered,
    );
    // The venue stands in for who is silent.
    room.market.floor.must(OPERATOR, answer_to(id, 2, "Yes."));
    let all = told(&room, id);
    let texts: Vec<_> = all
        .iter()
        .map(|one| {
            (
                one.question.as_ref().unwrap().as_str(),
                one.answer.as_ref().unwrap().as_str(),
            )
        })
        .collect();
    assert_eq!(
        texts,
        [("年费缴到哪一年？", "2027年。"), ("Is there a second source?", "Yes.")]
    );
    assert!(all.iter().all(|one| one.answered > Some(one.asked)));
}

#[test]
fn who_asks_is_told_to_the_asker_and_the_regulators_alone() {
    let mut room = Room::new();
    let [bo, ..] = room.bidders();
    let id = announced(&mut room);
    let first = room.market.floor.events.len();
    room.market.floor.must(bo.user, ask(id, "?"));
    let events = &room.market.floor.events[first..];
    let [notice, own] = events else { panic!("{events:?}") };
    assert!(matches!(&notice.body, Event::Public(PublicEvent::Notice(_))));
    let Event::Record(changed) = &own.body else {
        panic!("{own:?}")
    };
    assert_eq!(changed.readers, Readers::Apart(bo.entity));
    assert!(changed.readers.has(bo.entity));
    for other in [EntityId(0), room.market.ana.entity, room.market.cy.entity] {
        assert!(!changed.readers.has(other));
    }
    assert!(
        matches!(&changed.record, Record::AskedQuestion(asked) if (asked.lot, asked.number, asked.entity) == (id, 1, bo.entity))
    );
    // A refusal is the asker's alone.
    refuses_sealed(&mut room.market.floor, bo, ask(LotId(9_999), "?"), Reject::UnknownLot);
    // That a regulator read who asked, no operator is told.
    let regulator = grants::user(&mut room.market.floor, room.market.dee.entity, Roles::REGULATOR);
    let read = |path: &str| {
        Command::LogRead(Box::new(LogRead {
            entity: bo.entity,
            record: protocol::Bounded::new(path).unwrap(),
        }))
    };
    for (path, readers) in [
        (READ_APART, Readers::Apart(bo.entity)),
        ("/v1/bidders", Readers::one(bo.entity)),
    ] {
        room.market.floor.must(regulator, read(path));
        let last = room.market.floor.events.last().unwrap();
        assert!(
            matches!(&last.body, Event::Record(changed) if changed.readers == readers),
            "{path}: {last:?}"
        );
    }
}

#[test]
fn nobody_asks_who_sells_nor_who_may_not_buy() {
    let mut room = Room::new();
    let ana = room.market.ana;
    let id = announced(&mut room);
    refuses_sealed(&mut room.market.floor, ana, ask(id, "?"), Reject::BarredParty);
    let consumer = grants::user(&mut room.market.floor, room.market.bo.entity, Roles::DATA_CONSUMER);
    let floor = &mut room.market.floor;
    assert_eq!(floor.try_(consumer, ask(id, "?")), Err(Reject::NotPermitted));
    assert_eq!(floor.try_(OPERATOR, ask(id, "?")), Err(Reject::NotPermitted));
    assert_eq!(floor.try_(consumer, answer_to(id, 1, "!")), Err(Reject::NotPermitted));
    assert_eq!(
        floor.try_(ana.user, withhold(id, 1, QuestionPart::Question)),
        Err(Reject::NotPermitted)
    );
}

#[test]
fn questions_are_taken_from_the_announcement_to_the_end_of_the_bidding() {
    let mut room = Room::new();
    let [bo, cy, _] = room.bidders();
    let ana = room.market.ana;
    let id = announced(&mut room);
    for (at, state) in [(100, LotState::Qualifying), (OPENS, LotState::Open)] {
        let before = room.at(at);
        room.go(before);
        room.market.floor.must(bo.user, ask(id, "?"));
        assert_eq!(room.lot(id).state, state);
    }
    let ends = room.lot(id).ends_at;
    // At its end the lot is over before anything is asked of it.
    room.go(ends);
    assert_eq!(room.market.floor.try_(cy.user, ask(id, "?")), Err(Reject::LotClosed));
    refuses(
        &mut room.market.floor,
        ana.user,
        answer_to(id, 1, "!"),
        Reject::LotClosed,
    );
    // What harms is withheld whenever it is seen.
    room.market
        .floor
        .must(OPERATOR, withhold(id, 1, QuestionPart::Question));
}

#[test]
fn questions_are_bounded_for_one_and_for_all() {
    let mut room = Room::new();
    let bo = room.market.bo;
    let id = announced(&mut room);
    for _ in 0..QUESTIONS_OF_ONE_MAX {
        room.market.floor.must(bo.user, ask(id, "?"));
    }
    refuses_sealed(&mut room.market.floor, bo, ask(id, "?"), Reject::QuestionsTooMany);
    // Another user of the same house is the same participant.
    let second = grants::user(&mut room.market.floor, bo.entity, Roles::TRADER);
    assert_eq!(
        room.market.floor.try_(second, ask(id, "?")),
        Err(Reject::QuestionsTooMany)
    );
    let others: Vec<_> = (1..=QUESTIONS_MAX / QUESTIONS_OF_ONE_MAX)
        .map(|number| grants::foreigner(&mut room.market.floor, number as u64, Roles::TRADER))
        .collect();
    let mut asked = QUESTIONS_OF_ONE_MAX;
    for party in others {
        for _ in 0..QUESTIONS_OF_ONE_MAX {
            let command = ask(id, "?");
            if asked == QUESTIONS_MAX {
                assert_eq!(
                    room.market.floor.try_(party.user, command),
                    Err(Reject::QuestionsTooMany)
                );
            } else {
                room.market.floor.must(party.user, command);
                asked += 1;
            }
        }
    }
    assert_eq!(told(&room, id).len(), asked);
}

#[test]
fn a_text_is_withheld_and_the_fact_stays() {
    let mut room = Room::new();
    let bo = room.market.bo;
    let ana = room.market.ana;
    let id = announced(&mut room);
    room.market.floor.must(bo.user, ask(id, "张三是骗子。"));
    let [question, answer] = [QuestionPart::Question, QuestionPart::Answer].map(|part| withhold(id, 1, part));
    let floor = &mut room.market.floor;
    assert_eq!(floor.try_(OPERATOR, answer.clone()), Err(Reject::NothingToWithhold));
    assert_eq!(
        floor.try_(OPERATOR, withhold(id, 2, QuestionPart::Question)),
        Err(Reject::UnknownQuestion)
    );
    floor.must(OPERATOR, question.clone());
    assert_eq!(floor.try_(OPERATOR, question), Err(Reject::NothingToWithhold));
    floor.must(ana.user, answer_to(id, 1, "不属实。"));
    floor.must(OPERATOR, answer);
    let [one] = &told(&room, id)[..] else { panic!() };
    assert_eq!((&one.question, &one.answer), (&None, &None));
    assert!(one.answered.is_some() && one.withheld.len() == 2);
}

#[test]
fn who_disposes_of_the_rights_answers_beside_their_owner() {
    let (mut desk, rights, loan, _) = pledged(&["US1"]);
    let (bank, firm, other) = (desk.bank, desk.firm, desk.other_firm);
    let plan = Plan::by_law(Currency::Cny, [bank, firm].map(payee).to_vec());
    agreed(&mut desk.floor, loan, &plan, &[bank.user, firm.user]);
    desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
    opened(&mut desk.floor, bank.user, opening(loan, |_| {}));
    let today = desk.day();
    let at = |days: i32| protocol::Date(today.0 + days).start();
    let terms = desk.lot_terms(&rights, |terms| {
        terms.basis = LegalBasis::AuctionLaw;
        terms.viewing_days = 2;
        (terms.opens_at, terms.closes_at) = (at(10), at(11));
    });
    let lot = desk.announce(bank, terms);
    for by in [bank, firm] {
        assert_eq!(desk.floor.try_(by.user, ask(lot, "?")), Err(Reject::BarredParty));
    }
    desk.floor.must(other.user, ask(lot, "?"));
    desk.floor.must(other.user, ask(lot, "??"));
    assert_eq!(
        desk.floor.try_(other.user, answer_to(lot, 1, "!")),
        Err(Reject::NotAParty)
    );
    desk.floor.must(bank.user, answer_to(lot, 1, "!"));
}

#[test]
fn what_is_kept_of_questions_is_loaded_as_it_was() {
    let mut room = Room::new();
    let bo = room.market.bo;
    let id = announced(&mut room);
    room.market.floor.must(bo.user, ask(id, "?"));
    room.market.floor.must(room.market.ana.user, answer_to(id, 1, "!"));
    room.market.floor.must(OPERATOR, withhold(id, 1, QuestionPart::Answer));
    let exchange = &room.market.floor.exchange;
    exchange.check_invariants().unwrap();
    let loaded = Exchange::<PlainBook>::load(&exchange.save()).unwrap();
    assert_eq!(loaded.state_hash(), exchange.state_hash());
}

#[test]
fn a_title_is_translated_by_its_owner_or_the_venue() {
    let mut room = Room::new();
    let (ana, bo, right) = (room.market.ana, room.market.bo, room.market.right);
    let said = |events: &[Stamped<Event>]| match &events.last().unwrap().body {
        Event::Private(entity, PrivateEvent::TitleTranslated { asset, title, .. }) => {
            (*entity, *asset, title.as_ref().map(|title| title.as_str().to_owned()))
        }
        other => panic!("{other:?}"),
    };
    let floor = &mut room.market.floor;
    floor.must(ana.user, titles::translate(right, Some("A relay")));
    assert_eq!(said(&floor.events), (ana.entity, right, Some("A relay".into())));
    floor.must(OPERATOR, titles::translate(right, None));
    assert_eq!(said(&floor.events), (ana.entity, right, None));
    assert_eq!(
        floor.try_(bo.user, titles::translate(right, None)),
        Err(Reject::UnknownAsset)
    );
    announced(&mut room);
    let floor = &mut room.market.floor;
    assert_eq!(
        floor.try_(bo.user, titles::translate(right, None)),
        Err(Reject::NotTheOwner)
    );
    let consumer = grants::user(floor, ana.entity, Roles::DATA_CONSUMER);
    assert_eq!(
        floor.try_(consumer, titles::translate(right, None)),
        Err(Reject::NotPermitted)
    );
}
