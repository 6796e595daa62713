//! How a sale of title ends without a new owner: by a day that passes, by one who goes, by the office, with its right;
//! and whose the money is then.

use crate::floor::grants::cash_posted;
use crate::floor::sales::{
    CONTRACT, Market, PAPER, answer, bid, cancel, copy_at, enter, express, file, fund, prints, sign, states, title,
    withdraw,
};
use crate::floor::{OPERATOR, day};
use protocol::{
    Command, Event, Reject, UserId,
    event::PostingReason,
    title::AssetState,
    transfer::{TransferRefusal, TransferState},
};

/// Gives the command in the last nanosecond of a day, and in the first moment after it.
fn around(market: &Market, when: protocol::Date, by: UserId, command: &Command) -> [Result<(), Reject>; 2] {
    [when.next().start().0 - 2, when.next().start().0 - 1].map(|at| {
        let mut floor = copy_at(market, at);
        floor.try_(by, command.clone()).map(|_| ())
    })
}

#[test]
fn every_step_is_due_at_its_nanosecond() {
    let forbidden = [Ok(()), Err(Reject::StateForbids)];
    // The disclosure.
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    let id = market.list(|_| {});
    assert_eq!(around(&market, day(2026, 3, 9), bo.user, &express(id, bo)), forbidden);
    market.pass(day(2026, 3, 9));
    assert_eq!(market.state(id), TransferState::Cancelled, "nobody was qualified");
    assert_eq!(title(&market, market.right).1.state, AssetState::Verified);
    let told = market
        .floor
        .events
        .iter()
        .rev()
        .find(|event| matches!(event.body, Event::Record(_)));
    assert_eq!(
        told.unwrap().at,
        day(2026, 3, 10).start(),
        "a deadline has its own time"
    );

    // One party's time to agree; several parties' bidding, without and with a bid.
    let mut market = Market::new();
    let id = market.at(TransferState::Interest, |_| {});
    assert_eq!(around(&market, day(2026, 3, 16), bo.user, &bid(id, 100_000)), forbidden);
    market.pass(day(2026, 3, 16));
    assert_eq!(market.state(id), TransferState::Cancelled);
    let mut market = Market::new();
    let id = market.at(TransferState::Bidding, |_| {});
    assert_eq!(around(&market, day(2026, 3, 12), bo.user, &bid(id, 100_000)), forbidden);
    market.pass(day(2026, 3, 12));
    assert_eq!(market.state(id), TransferState::Cancelled);
    let mut market = Market::new();
    let id = market.at(TransferState::Bidding, |_| {});
    market.floor.must(bo.user, bid(id, 100_000));
    assert_eq!(around(&market, day(2026, 3, 12), cy.user, &bid(id, 200_000)), forbidden);

    // The window of priority.
    let mut market = Market::new();
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = vec![dee.entity]);
    assert_eq!(around(&market, day(2026, 3, 17), dee.user, &enter(id, dee)), forbidden);

    // Signing; funding has days of its own.
    let mut market = Market::new();
    let id = market.at(TransferState::Contract, |_| {});
    assert_eq!(
        around(&market, day(2026, 3, 17), ana.user, &sign(id, CONTRACT)),
        forbidden
    );
    market.pass(day(2026, 3, 13));
    market.floor.must(ana.user, sign(id, CONTRACT));
    // The buyer sees the contract only now.
    assert_eq!(market.sale(id).step_by, Some(day(2026, 3, 20)));
    market.floor.must(bo.user, sign(id, CONTRACT));
    assert_eq!(market.sale(id).step_by, Some(day(2026, 3, 20)));
    assert_eq!(around(&market, day(2026, 3, 20), bo.user, &fund(id)), forbidden);
    market.pass(day(2026, 3, 20));
    assert_eq!(market.state(id), TransferState::Cancelled);

    // A late filing is flagged, and still done.
    let mut market = Market::new();
    let id = market.at(TransferState::EscrowFunded, |_| {});
    let first = market.floor.events.len();
    market.floor.at = day(2026, 3, 18).start().0 - 2;
    market.floor.must(OPERATOR, Command::Tick);
    assert!(!market.sale(id).late);
    market.floor.must(OPERATOR, Command::Tick);
    assert!(market.sale(id).late);
    assert_eq!(market.state(id), TransferState::EscrowFunded);
    assert!(cash_posted(&market.floor, first).is_empty(), "the money stays held");
    market.floor.must(ana.user, file(id));
    assert_eq!(market.sale(id).step_by, None, "the office has all the time it takes");
    market.floor.must(OPERATOR, answer(id, None));
    assert_eq!(market.state(id), TransferState::Released);
}

#[test]
fn the_one_party_that_goes_ends_the_sale() {
    let mut market = Market::new();
    let (bo, cy) = (market.bo, market.cy);
    let id = market.at(TransferState::Interest, |_| {});
    market.floor.must(bo.user, withdraw(id));
    assert_eq!(market.state(id), TransferState::Cancelled);
    let mut market = Market::new();
    let id = market.at(TransferState::Bidding, |_| {});
    market.floor.must(bo.user, withdraw(id));
    assert_eq!(market.state(id), TransferState::Bidding);
    market.floor.must(cy.user, withdraw(id));
    assert_eq!(market.state(id), TransferState::Cancelled);
    // With the right free again, it can be listed again.
    market.list(|_| {});
}

#[test]
fn a_seller_calls_off_what_binds_nobody_an_operator_more() {
    let mut market = Market::new();
    let (ana, bo, dee) = (market.ana, market.bo, market.dee);
    let id = market.list(|terms| terms.deny = vec![dee.entity]);
    market.rejects(dee, [(cancel(id), Reject::UnknownTransfer)]);
    market.rejects(bo, [(cancel(id), Reject::NotAParty)]);
    market.floor.must(ana.user, cancel(id));
    assert_eq!(market.sale(id).evidence, Some(PAPER));
    let id = market.at(TransferState::Bidding, |_| {});
    market.floor.must(bo.user, bid(id, 100_000));
    market.rejects(ana, [(cancel(id), Reject::StateForbids)]);
    market.floor.must(OPERATOR, cancel(id));
    assert_eq!(market.state(id), TransferState::Cancelled);
    for state in [TransferState::EscrowFunded, TransferState::RecordalFiled] {
        let id = market.at(state, |_| {});
        market.rejects(ana, [(cancel(id), Reject::StateForbids)]);
        let first = market.floor.events.len();
        market.floor.must(OPERATOR, cancel(id));
        assert_eq!(market.state(id), TransferState::Refunded);
        assert_eq!(
            cash_posted(&market.floor, first),
            [(bo.account, 100_000, -100_000, PostingReason::Released)]
        );
    }
}

#[test]
fn the_office_refuses_and_the_money_goes_back() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let id = market.at(TransferState::RecordalFiled, |_| {});
    let first = market.floor.events.len();
    market
        .floor
        .must(OPERATOR, answer(id, Some(TransferRefusal::SimilarMarks)));
    assert_eq!(
        cash_posted(&market.floor, first),
        [(bo.account, 100_000, -100_000, PostingReason::Released)]
    );
    let told = states(&market, id);
    assert!(told.ends_with(&[
        TransferState::RecordalFiled,
        TransferState::RecordalRefused,
        TransferState::Refunded
    ]));
    assert_eq!(market.sale(id).refused, Some(TransferRefusal::SimilarMarks));
    let (_, right) = title(&market, market.right);
    assert_eq!(
        (right.state, right.owners[0].entity),
        (AssetState::Verified, ana.entity)
    );
    assert!(prints(&market).is_empty());
}

#[test]
fn a_buyer_who_may_not_hold_it_loses_the_sale_at_the_match() {
    // When the price stands …
    let mut market = Market::new();
    let id = market.at(TransferState::Bidding, |_| {});
    market.floor.must(market.bo.user, bid(id, 100_000));
    market.rule(|rules| rules.holder_cap = Some(1));
    market.pass(day(2026, 3, 12));
    assert_eq!(market.state(id), TransferState::Cancelled);
    // … and not any more once it has a contract: its place is reserved, whatever comes, and what the office recorded is
    // so.
    let mut market = Market::new();
    market.rule(|rules| rules.holder_cap = Some(2));
    let id = market.at(TransferState::Contract, |_| {});
    let (ana, right) = (market.ana, market.right);
    market.rule(|rules| rules.holder_cap = Some(1));
    for step in [sign(id, CONTRACT), sign(id, CONTRACT), fund(id)]
        .into_iter()
        .enumerate()
    {
        let by = if step.0 == 0 { ana } else { market.bo };
        market.floor.must(by.user, step.1);
    }
    market.floor.must(ana.user, file(id));
    market.floor.must(OPERATOR, answer(id, None));
    assert_eq!(market.state(id), TransferState::Released);
    assert_eq!(title(&market, right).1.owners[0].entity, market.bo.entity);
}

#[test]
fn a_right_that_ends_ends_its_sale() {
    let short = |market: &mut Market| {
        market.right = market.floor.right(market.ana.entity, "US7", |right| {
            right.asset.expires = Some(day(2026, 3, 11));
        });
    };
    let mut market = Market::new();
    short(&mut market);
    let id = market.at(TransferState::Contract, |_| {});
    market.pass(day(2026, 3, 11));
    assert_eq!(market.state(id), TransferState::Cancelled);
    for state in [TransferState::EscrowFunded, TransferState::RecordalFiled] {
        let mut market = Market::new();
        short(&mut market);
        let id = market.at(state, |_| {});
        let first = market.floor.events.len();
        market.pass(day(2026, 3, 11));
        assert_eq!(market.state(id), TransferState::Refunded);
        assert_eq!(
            cash_posted(&market.floor, first),
            [(market.bo.account, 100_000, -100_000, PostingReason::Released)]
        );
    }
}
