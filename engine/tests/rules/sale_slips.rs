//! What sales got wrong once: rules that lots were asked alone, hours in which nobody could bid, a holder of priority
//! that never signed.

use crate::floor::{
    OPERATOR, Party,
    grants::user,
    refuses,
    sales::{CONTRACT, Market, PAPER, bid, describe, enter, express, fund, sign, terms_of, waive},
};
use protocol::{
    Command, Digest, Reject, Timestamp, TransferId, UserId,
    party::Roles,
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

/// A sale in which the seller has signed and the holder that entered signs nothing.
fn shown(market: &mut Market, both: bool) -> TransferId {
    let id = entered(market, both);
    let ana = market.ana;
    market.floor.must(ana.user, sign(id, CONTRACT));
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
        let (bo, cy, dee) = (market.bo, market.cy, market.dee);
        let id = shown(&mut market, false);
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
    }
}

#[test]
fn another_holder_that_entered_comes_before_the_best_bidder() {
    let mut market = Market::new();
    let (cy, dee) = (market.cy, market.dee);
    let id = shown(&mut market, true);
    assert_eq!(market.sale(id).buyer, Some(dee.entity));
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

/// An operator sees every account; one that buys for a participant as well pays from that participant's own.
#[test]
fn nobody_enters_a_sale_by_priority_with_anothers_account() {
    let mut market = Market::new();
    let (bo, dee) = (market.bo, market.dee);
    let id = market.at(TransferState::PriorityWindow, |terms| {
        terms.priority = vec![dee.entity];
    });
    let both = user(&mut market.floor, dee.entity, Roles::OPERATOR.with(Roles::TRADER));
    refuses(&mut market.floor, both, enter(id, bo), Reject::NotYourAccount);
    market.floor.must(both, enter(id, dee));
    let sale = market.sale(id);
    assert_eq!((sale.buyer, sale.buyer_account), (Some(dee.entity), Some(dee.account)));
}

/// Whether this party may still say that it would buy the right in a sale anew.
fn barred(market: &mut Market, party: Party) -> bool {
    let again = market.list(|_| {});
    market.floor.try_(party.user, express(again, party)) == Err(Reject::BarredDefaulter)
}

#[test]
fn a_seller_that_signs_what_nobody_agreed_to_is_rid_of_no_holder_of_priority() {
    for seller_signs in [None, Some(PAPER)] {
        let mut market = Market::new();
        let (ana, dee) = (market.ana, market.dee);
        let id = entered(&mut market, true);
        if let Some(contract) = seller_signs {
            market.floor.must(ana.user, sign(id, contract));
        }
        // The holder signs what it holds to be agreed, or was shown nothing that it could sign.
        if seller_signs.is_some() {
            market.floor.must(dee.user, sign(id, CONTRACT));
        }
        late(&mut market, id);
        let sale = market.sale(id);
        assert_eq!(sale.state, TransferState::Cancelled, "nobody else is bound or asked");
        assert_eq!(sale.priority[0].state, PriorityState::Exercised);
        assert!(!barred(&mut market, dee));
    }
}

#[test]
fn no_buyer_is_in_default_by_a_contract_that_the_seller_alone_wrote() {
    // The one who bid, and the best bidder to whom it is offered again.
    for again in [false, true] {
        let mut market = Market::new();
        let (ana, bo) = (market.ana, market.bo);
        let id = if again {
            let id = shown(&mut market, false);
            late(&mut market, id);
            market.floor.must(bo.user, enter(id, bo));
            id
        } else {
            market.at(TransferState::Contract, |_| {})
        };
        let buyer = market.sale(id).buyer.unwrap();
        assert_eq!(buyer, bo.entity);
        market.floor.must(bo.user, sign(id, CONTRACT));
        market.floor.must(ana.user, sign(id, PAPER));
        refuses(&mut market.floor, bo.user, fund(id), Reject::NothingToFund);
        late(&mut market, id);
        assert_eq!(market.state(id), TransferState::Cancelled);
        assert!(!barred(&mut market, bo));
    }
}

#[test]
fn an_announced_contract_is_the_one_that_is_signed() {
    let mut market = Market::new();
    let (ana, dee) = (market.ana, market.dee);
    let id = market.at(TransferState::PriorityWindow, |terms| {
        terms.priority = vec![dee.entity];
        terms.contract = Some(CONTRACT);
    });
    market.floor.must(dee.user, enter(id, dee));
    for party in [ana, dee] {
        refuses(&mut market.floor, party.user, sign(id, PAPER), Reject::ContractDiffers);
    }
    // It could have signed, whatever the seller did: its silence is its default.
    late(&mut market, id);
    assert_eq!(market.state(id), TransferState::SecondOffer);
    assert_eq!(market.sale(id).priority[0].state, PriorityState::Defaulted);
}

#[test]
fn a_contract_that_is_shown_on_the_last_day_leaves_the_whole_time_and_is_not_stretched_by_those_who_differ() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let id = market.at(TransferState::Contract, |_| {});
    let by = market.sale(id).step_by.unwrap();
    market.floor.until(by);
    market.floor.must(ana.user, sign(id, CONTRACT));
    let longer = market.sale(id).step_by.unwrap();
    assert!(longer > by, "the buyer sees it only now");
    market.floor.must(ana.user, sign(id, CONTRACT));
    market.floor.until(by.next());
    market.floor.must(bo.user, sign(id, PAPER));
    market.floor.must(ana.user, sign(id, digest_of(7)));
    market.floor.must(bo.user, sign(id, digest_of(8)));
    assert_eq!(market.sale(id).step_by, Some(longer));
}

fn digest_of(byte: u8) -> Digest {
    Digest([byte; 32])
}
