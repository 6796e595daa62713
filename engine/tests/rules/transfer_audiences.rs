//! Who may know of a sale of title, before it and after: to everybody else it is as good as none.

use crate::floor::sales::{
    self, CONTRACT, Market, answer, audience, bid, cancel, describe, express, file, fund, offers, prints, qualify,
    sign, terms_of, waive, withdraw,
};
use crate::floor::{self, CODES, OPERATOR, day};
use protocol::{
    Command, EntityId, Event, Readers, Record, Reject, Stamped, TransferId, UserId,
    party::{RegisterUser, Roles},
    transfer::{Disclosure, InterestState, TransferState},
};

/// What somebody could know: what everyone may, what is its own, and the answers to what it asked itself.
fn view(market: &Market, of: EntityId) -> Vec<Stamped<Event>> {
    let reads = |event: &&Stamped<Event>| match &event.body {
        Event::Public(_) => true,
        Event::Private(entity, _) | Event::Sealed(entity, _) => *entity == of,
        Event::Staff(_) => false,
        Event::Record(changed) => changed.readers.has(of),
    };
    market.floor.events.iter().filter(reads).cloned().collect()
}

/// One sale's whole life, with what dee tries in between; or the same places of the journal without the sale.
fn life_beside_dee(
    there: bool,
    deny: impl Fn(&Market) -> Vec<EntityId>,
) -> (Vec<Stamped<Event>>, Vec<Result<(), Reject>>) {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    // Eve holds for dee and for nobody else; fay is whom dee asks about.
    let eve = market.floor.party(CODES[4], Roles::INVESTOR);
    market.floor.must(OPERATOR, describe(eve.entity, "CN", &[dee.entity]));
    let id = TransferId(market.floor.exchange.seq().0 + 1);
    let mut answers = Vec::new();
    let mut terms = terms_of(&[market.right], ana);
    terms.deny = deny(&market);
    let disclosed = day(2026, 3, 10).start().0;
    let mut script: Vec<(UserId, Command)> = vec![
        (ana.user, Command::ListTransfer(Box::new(terms))),
        (dee.user, express(id, dee)),
        (eve.user, express(id, eve)),
        (bo.user, express(id, bo)),
        (cy.user, express(id, cy)),
        (OPERATOR, qualify(id, bo.entity, true)),
        (OPERATOR, qualify(id, cy.entity, true)),
        (dee.user, withdraw(id)),
        (dee.user, audience(id, &[], &[])),
        (dee.user, cancel(id)),
        (OPERATOR, Command::Tick),
        (dee.user, bid(id, 100_000)),
        (bo.user, bid(id, 100_000)),
        (cy.user, bid(id, 101_000)),
        (OPERATOR, Command::Tick),
        (dee.user, sign(id, CONTRACT)),
        (eve.user, fund(id)),
        (ana.user, sign(id, CONTRACT)),
        (cy.user, sign(id, CONTRACT)),
        (cy.user, fund(id)),
        (ana.user, file(id)),
        (dee.user, file(id)),
        (OPERATOR, answer(id, None)),
        (dee.user, qualify(id, bo.entity, true)),
        (dee.user, answer(id, None)),
        (dee.user, waive(id)),
        (OPERATOR, Command::Tick),
    ];
    let pauses = [
        (10, disclosed),
        (14, day(2026, 3, 13).start().0),
        (26, day(2027, 1, 1).start().0),
    ];
    for (place, (by, command)) in script.drain(..).enumerate() {
        if let Some((_, at)) = pauses.iter().find(|(pause, _)| *pause == place) {
            market.floor.at = *at;
        }
        let denied = [dee.user, eve.user].contains(&by);
        if there || denied {
            let answer = market.floor.try_(by, command).map(|_| ());
            if denied {
                answers.push(answer);
            } else {
                answer.unwrap();
            }
        } else {
            market.floor.must(OPERATOR, Command::Tick);
        }
    }
    assert!(!there || market.state(id) == TransferState::Released);
    let both = view(&market, dee.entity).into_iter().chain(view(&market, eve.entity));
    (both.collect(), answers)
}

#[test]
fn to_who_is_denied_a_sale_is_as_good_as_none() {
    let deny = |market: &Market| vec![market.dee.entity];
    let (told, answers) = life_beside_dee(true, deny);
    let (told_without, answers_without) = life_beside_dee(false, deny);
    assert_eq!(answers, answers_without);
    assert_eq!(told, told_without);
    // What the venue's operators alone may do, it may not, wherever.
    let none = [Err(Reject::UnknownTransfer), Err(Reject::NotPermitted)];
    assert!(answers.iter().all(|answer| none.contains(answer)));
    assert_eq!(answers.iter().filter(|answer| **answer == none[1]).count(), 1);
    // The comparison sees something: without the list, dee does learn of it.
    let (open, answers) = life_beside_dee(true, |_| vec![]);
    assert!(open.len() > told.len() && answers.contains(&Ok(())));
}

#[test]
fn who_may_know_is_who_is_allowed_and_not_beside_the_denied() {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    let [eve, fay] = [4, 5].map(|i| market.floor.party(CODES[i], Roles::INVESTOR));
    // Eve holds for dee and fay: who denies dee denies eve, and who denies eve denies dee and fay.
    market
        .floor
        .must(OPERATOR, describe(eve.entity, "CN", &[dee.entity, fay.entity]));
    let id = market.list(|terms| terms.deny = vec![dee.entity]);
    let readers = |market: &Market| offers(market, id).pop().unwrap().0;
    assert_eq!(
        readers(&market),
        Readers::AllBut(vec![dee.entity, eve.entity, ana.entity])
    );
    market.floor.must(ana.user, audience(id, &[], &[eve]));
    assert_eq!(
        readers(&market),
        Readers::AllBut(vec![dee.entity, eve.entity, fay.entity, ana.entity])
    );
    market.floor.must(ana.user, audience(id, &[bo, cy, fay], &[dee]));
    assert_eq!(readers(&market), Readers::Only(vec![bo.entity, cy.entity, fay.entity]));
    market.rejects(eve, [(express(id, eve), Reject::UnknownTransfer)]);

    // Who is shut out later is told that it is out, and no more.
    market.qualified(id, &[bo, cy]);
    let first = market.floor.events.len();
    market.floor.must(ana.user, audience(id, &[cy], &[]));
    let told: Vec<_> = market.floor.records(first);
    let told: Vec<_> = told.iter().filter(|changed| changed.readers.has(bo.entity)).collect();
    assert!(
        matches!(&told[..], [only] if matches!(only.record, Record::Interest(interest) if interest.state == InterestState::Excluded))
    );
    assert_eq!((market.sale(id).interested, market.sale(id).qualified), (1, 1));
    market.rejects(bo, [(express(id, bo), Reject::StateForbids)]);

    // Cy is found to hold for dee: it is out as soon as dee is denied, and at once where dee is.
    market.floor.must(ana.user, audience(id, &[], &[dee]));
    market.floor.must(OPERATOR, describe(cy.entity, "CN", &[dee.entity]));
    assert_eq!(market.interest(id, cy).state, InterestState::Excluded);
    assert_eq!(market.sale(id).qualified, 1, "the seller is told with the next change");
}

#[test]
fn every_fault_of_an_audience_in_turn() {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    let id = market.list(|terms| {
        (terms.deny, terms.priority) = (vec![dee.entity], vec![cy.entity]);
    });
    let nobody = sales::operator();
    let ghost = floor::Party {
        entity: EntityId(99),
        ..nobody
    };
    let trader = Command::RegisterUser(RegisterUser {
        entity: ana.entity,
        roles: Roles::TRADER,
    });
    let protocol::Receipt::User(trader) = market.floor.must(OPERATOR, trader) else {
        panic!()
    };
    market.rejects(
        dee,
        [
            (audience(id, &[ghost], &[]), Reject::UnknownTransfer),
            (audience(id, &[cy], &[cy]), Reject::UnknownTransfer),
        ],
    );
    assert_eq!(
        market.floor.try_(trader, audience(id, &[cy], &[cy])),
        Err(Reject::NotPermitted)
    );
    market.rejects(bo, [(audience(id, &[cy], &[cy]), Reject::NotAParty)]);
    market.rejects(
        ana,
        [
            (audience(id, &[ghost], &[]), Reject::UnknownEntity),
            (audience(id, &[bo], &[bo]), Reject::PartiesInvalid),
            (audience(id, &[bo, bo], &[]), Reject::PartiesInvalid),
            (audience(id, &[ana], &[]), Reject::PartiesInvalid),
            (audience(id, &[], &[ana]), Reject::PartiesInvalid),
            (audience(id, &[], &[cy]), Reject::PartiesInvalid),
        ],
    );
    // A holder of priority is asked, whoever else is allowed.
    market.floor.must(ana.user, audience(id, &[bo], &[]));
    assert_eq!(
        offers(&market, id).pop().unwrap().0,
        Readers::Only(vec![bo.entity, cy.entity])
    );
    market.floor.must(ana.user, cancel(id));
    market.rejects(ana, [(audience(id, &[bo], &[bo]), Reject::StateForbids)]);
}

#[test]
fn a_teaser_names_no_right() {
    let mut market = Market::new();
    let text = protocol::Bounded::new("A way to approximate queries").unwrap();
    let id = market.list(|terms| (terms.anonymous, terms.teaser) = (true, Some(text.clone())));
    let (_, offer) = offers(&market, id).pop().unwrap();
    assert!(offer.assets.is_empty() && offer.fields.is_empty());
    assert_eq!(offer.teaser, Some(text));
    assert_eq!(market.sale(id).assets, [market.right]);
}

#[test]
fn a_print_comes_at_once_later_or_never() {
    let mut market = Market::new();
    market.at(TransferState::Released, |terms| {
        terms.disclosure = Disclosure::Aggregated
    });
    assert!(prints(&market).is_empty());

    let mut market = Market::new();
    market.at(TransferState::Released, |terms| terms.disclosure = Disclosure::Delayed);
    assert!(prints(&market).is_empty());
    let due = day(2026, 4, 9);
    market.floor.at = due.start().0 - 2;
    market.floor.must(OPERATOR, Command::Tick);
    assert!(prints(&market).is_empty());
    market.floor.must(OPERATOR, Command::Tick);
    let [(at, _)] = prints(&market)[..] else { panic!() };
    assert_eq!(at, due.start().0, "thirty days after the tenth of March");

    let mut market = Market::new();
    market.rule(|rules| rules.print_delay_days = 0);
    market.at(TransferState::Released, |terms| terms.disclosure = Disclosure::Delayed);
    assert_eq!(prints(&market).len(), 1);

    // What only some could see is printed for nobody: its readers saw it end.
    let mut market = Market::new();
    let bo = market.bo.entity;
    let id = market.at(TransferState::Released, |terms| terms.allow = vec![bo]);
    assert!(prints(&market).is_empty());
    let (readers, offer) = offers(&market, id).pop().unwrap();
    assert_eq!(
        (readers, offer.state),
        (Readers::Only(vec![bo]), TransferState::Released)
    );
}
