//! What sales got wrong once: rules that lots were asked alone, hours in which nobody could bid, a holder of priority
//! that never signed.

use crate::floor::{
    OPERATOR, Party, refuses,
    sales::{CONTRACT, Market, bid, describe, enter, express, fund, sign, terms_of, waive},
};
use protocol::{
    Command, Reject, Timestamp, TransferId, UserId,
    time::SECOND,
    transfer::{ListTransfer, PriorityState, TransferState},
};

fn outage(market: &mut Market, from: u64, to: u64) {
    market.floor.at = to - 1;
    let resumed = Command::Resumed {
        down_from: Timestamp(from),
    };
    market.floor.must(UserId(0), resumed);
}

/// A sale that bo won at 1,000.00 and dee, and where `both` cy too, entered by priority.
fn entered(market: &mut Market, both: bool) -> TransferId {
    let (cy, dee) = (market.cy, market.dee);
    let id = market.at(TransferState::PriorityWindow, |terms: &mut ListTransfer| {
        terms.priority = if both {
            vec![dee.entity, cy.entity]
        } else {
            vec![dee.entity]
        };
    });
    if both {
        market.floor.must(cy.user, enter(id, cy));
    }
    market.floor.must(dee.user, enter(id, dee));
    assert_eq!(market.state(id), TransferState::Contract);
    id
}

/// Lets the last day of a sale's step pass.
fn late(market: &mut Market, id: TransferId) {
    let by = market.sale(id).step_by.unwrap();
    market.pass(by);
}

#[test]
fn nobody_outbids_itself_nor_through_a_nominee() {
    let mut market = Market::new();
    let (bo, cy) = (market.bo, market.cy);
    let id = market.at(TransferState::Bidding, |_| {});
    market.floor.must(OPERATOR, describe(cy.entity, "CN", &[bo.entity]));
    market.floor.must(bo.user, bid(id, 100_000));
    refuses(&mut market.floor, bo.user, bid(id, 101_000), Reject::OwnBestBid);
    refuses(&mut market.floor, cy.user, bid(id, 101_000), Reject::OwnBestBid);
    // Too little is said first: nothing is learned of who leads.
    refuses(&mut market.floor, bo.user, bid(id, 100_500), Reject::BidBelowIncrement);
}

#[test]
fn priority_is_promised_to_nobody_who_sells_or_stands_before_who_does() {
    let mut market = Market::new();
    let (ana, dee) = (market.ana, market.dee);
    market.floor.must(OPERATOR, describe(dee.entity, "CN", &[ana.entity]));
    let mut terms = terms_of(&[market.right], ana);
    terms.priority = vec![dee.entity];
    refuses(
        &mut market.floor,
        ana.user,
        Command::ListTransfer(Box::new(terms)),
        Reject::PartiesInvalid,
    );
}

#[test]
fn no_step_of_a_sale_ends_in_an_outage() {
    for state in [
        TransferState::Listed,
        TransferState::Interest,
        TransferState::Bidding,
        TransferState::PriorityWindow,
        TransferState::Contract,
    ] {
        let mut market = Market::new();
        let dee = market.dee;
        let id = market.at(state, |terms| {
            if state == TransferState::PriorityWindow {
                terms.priority = vec![dee.entity];
            }
        });
        let sale = market.sale(id);
        let due = match state {
            TransferState::Listed => Some(sale.disclosed),
            TransferState::Bidding => sale.bidding_ends,
            TransferState::PriorityWindow => sale.priority_ends,
            _ => sale.step_by,
        };
        let due = due.unwrap().next().start().0;
        let asked = |until| {
            market
                .floor
                .exchange
                .has_steps_due(Timestamp(market.floor.at), Timestamp(until))
        };
        assert!(!asked(due - 3_600 * SECOND - 1) && asked(due));
        outage(&mut market, due - 3_600 * SECOND, due + 3_600 * SECOND);
        assert_eq!(market.state(id), state, "{state:?} has time again");
        // Until the next working day ends, and no longer.
        let mut last = Timestamp(due).venue_date().next();
        while last.weekday() > 4 {
            last = last.next();
        }
        market.floor.until(last);
        assert_eq!(market.state(id), state, "{state:?} until {last}");
        market.floor.until(last.next());
        assert_ne!(market.state(id), state);
    }
}

#[test]
fn a_holder_that_does_not_sign_bears_the_default_and_the_best_bidder_may_take_it() {
    let mut market = Market::new();
    let (ana, bo, dee) = (market.ana, market.bo, market.dee);
    let id = entered(&mut market, false);
    market.floor.must(ana.user, sign(id, CONTRACT));
    late(&mut market, id);
    let sale = market.sale(id);
    assert_eq!((sale.state, sale.buyer), (TransferState::SecondOffer, None));
    assert_eq!(sale.priority[0].state, PriorityState::Defaulted);
    refuses(&mut market.floor, dee.user, enter(id, dee), Reject::NoPriority);
    market.floor.must(bo.user, enter(id, bo));
    let sale = market.sale(id);
    assert_eq!((sale.state, sale.buyer), (TransferState::Contract, Some(bo.entity)));
    assert_eq!(
        (sale.price, sale.seller_signed),
        (sale.best, None),
        "at its price, by a contract of its own"
    );
    market.floor.must(ana.user, sign(id, CONTRACT));
    market.floor.must(bo.user, sign(id, CONTRACT));
    market.floor.must(bo.user, fund(id));
    assert_eq!(market.state(id), TransferState::EscrowFunded);
}

#[test]
fn the_best_bidder_declines_without_loss_and_who_defaulted_is_barred() {
    for silent in [false, true] {
        let mut market = Market::new();
        let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
        let id = entered(&mut market, false);
        late(&mut market, id);
        if silent {
            late(&mut market, id);
        } else {
            market.floor.must(bo.user, waive(id));
        }
        assert_eq!(market.state(id), TransferState::Cancelled);
        let again = market.list(|_| {});
        let expresses = |market: &mut Market, party: Party| market.floor.try_(party.user, express(again, party));
        assert_eq!(expresses(&mut market, dee), Err(Reject::BarredDefaulter));
        assert!(expresses(&mut market, bo).is_ok());
        assert!(expresses(&mut market, cy).is_ok());
        let _ = ana;
    }
}

#[test]
fn another_holder_that_entered_comes_before_the_best_bidder() {
    let mut market = Market::new();
    let (ana, cy, dee) = (market.ana, market.cy, market.dee);
    let id = entered(&mut market, true);
    assert_eq!(market.sale(id).buyer, Some(dee.entity));
    market.floor.must(ana.user, sign(id, CONTRACT));
    late(&mut market, id);
    let sale = market.sale(id);
    assert_eq!((sale.state, sale.buyer), (TransferState::Contract, Some(cy.entity)));
    // Now the seller does not sign: that is no default of the buyer's.
    market.floor.must(cy.user, sign(id, CONTRACT));
    late(&mut market, id);
    let sale = market.sale(id);
    assert_eq!(sale.state, TransferState::Cancelled);
    assert_eq!(sale.priority[1].state, PriorityState::Exercised);
}
