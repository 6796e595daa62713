//! Sales of title, told as deals: from the listing to the title against payment (RULES.md 2.5).

use crate::floor::grants::cash_posted;
use crate::floor::sales::{
    CONTRACT, Market, PAPER, answer, bid, describe, enter, export_check, express, file, fund, offers, operator, prints,
    qualify, sign, states, terms_of, title, waive,
};
use crate::floor::{OPERATOR, day, yuan};
use protocol::{
    AccountId, AssetId, Command, EntityId, Readers, Record, Reject, TransferId,
    asset::AssetClass,
    event::PostingReason,
    party::{RegisterUser, Roles},
    title::{AssetState, Share},
    transfer::{InterestState, LegalBasis, PriorityState, TransferState},
};

#[test]
fn one_party_agrees_and_the_title_passes_against_payment() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let id = market.list(|_| {});
    assert_eq!(market.sale(id).disclosed, day(2026, 3, 9));
    assert_eq!(title(&market, market.right).1.state, AssetState::Listed);
    market.qualified(id, &[bo]);
    market.pass(day(2026, 3, 9));
    assert_eq!(market.sale(id).step_by, Some(day(2026, 3, 16)));
    market.floor.must(bo.user, bid(id, 123_456));
    let agreed_at = market.floor.at;
    let sale = market.sale(id);
    assert_eq!(
        (sale.buyer, sale.buyer_account, sale.price),
        (Some(bo.entity), Some(bo.account), Some(yuan(123_456)))
    );
    market.floor.must(bo.user, sign(id, CONTRACT));
    market.floor.must(ana.user, sign(id, CONTRACT));
    let first = market.floor.events.len();
    market.floor.must(bo.user, fund(id));
    assert_eq!(
        cash_posted(&market.floor, first),
        [(bo.account, -123_456, 123_456, PostingReason::Held)]
    );
    market.floor.must(ana.user, file(id));
    assert!(prints(&market).is_empty());
    let first = market.floor.events.len();
    market.floor.must(OPERATOR, answer(id, None));

    assert_eq!(
        cash_posted(&market.floor, first),
        [
            (bo.account, 0, -123_456, PostingReason::Paid),
            (ana.account, 123_456, 0, PostingReason::Received)
        ]
    );
    assert_eq!(
        states(&market, id),
        [
            TransferState::Listed,
            TransferState::Interest,
            TransferState::Contract,
            TransferState::EscrowFunded,
            TransferState::RecordalFiled,
            TransferState::Recorded,
            TransferState::Released
        ]
    );
    let (readers, passed) = title(&market, market.right);
    assert_eq!(readers, Readers::Only(vec![ana.entity, bo.entity]));
    assert_eq!(passed.state, AssetState::Transferred);
    assert_eq!(
        passed.owners,
        [Share {
            entity: bo.entity,
            parts: 1
        }]
    );
    let [(at, print)] = &prints(&market)[..] else { panic!() };
    assert_eq!(*at, market.floor.at);
    assert_eq!((print.bidders, print.bids, print.agreed_at.0), (1, 1, agreed_at));
    assert_eq!((print.price, print.basis), (yuan(123_456), LegalBasis::VenueRule));
    // The seller is paid once and the right is not its own any more.
    let again = terms_of(&[market.right], ana);
    assert_eq!(market.list_by(ana, again), Err(Reject::NotTheOwner));
}

#[test]
fn several_bid_by_price_and_then_time_and_nobody_sees_who() {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    let id = market.list(|_| {});
    market.qualified(id, &[bo, cy]);
    market.floor.must(dee.user, express(id, dee));
    assert_eq!((market.sale(id).interested, market.sale(id).qualified), (3, 2));
    market.pass(day(2026, 3, 9));
    assert_eq!(market.sale(id).bidding_ends, Some(day(2026, 3, 12)));
    let first = market.floor.events.len();
    market.floor.must(bo.user, bid(id, 100_000));
    market.floor.must(cy.user, bid(id, 101_000));
    assert_eq!(
        market.floor.try_(bo.user, bid(id, 101_000)),
        Err(Reject::BidBelowIncrement)
    );
    market.floor.must(bo.user, bid(id, 103_000));
    let interest = market.interest(id, bo);
    assert_eq!((interest.bid, interest.best), (Some(yuan(103_000)), true));
    let interest = market.interest(id, cy);
    assert_eq!((interest.bid, interest.best), (Some(yuan(101_000)), false));
    for changed in market.floor.records(first) {
        match changed.record {
            Record::Interest(interest) => assert_eq!(changed.readers, Readers::one(interest.entity)),
            Record::Transfer(sale) => assert!(sale.buyer.is_none() && sale.buyer_account.is_none()),
            Record::Offer(_) => {}
            other => panic!("{other:?}"),
        }
    }
    market.pass(day(2026, 3, 12));
    let sale = market.sale(id);
    assert_eq!((sale.state, sale.buyer), (TransferState::Contract, Some(bo.entity)));
    assert_eq!(
        (sale.bids, sale.best, sale.price),
        (3, Some(yuan(103_000)), Some(yuan(103_000)))
    );
    // The buyer sees the contract's days, and no lists.
    let copy = market
        .floor
        .records(first)
        .into_iter()
        .find_map(|changed| match changed.record {
            Record::Transfer(sale) if changed.readers == Readers::one(bo.entity) => Some(sale),
            _ => None,
        });
    assert_eq!(copy.unwrap().step_by, Some(day(2026, 3, 19)));
    let readers = Readers::AllBut(vec![ana.entity]);
    assert!(offers(&market, id).iter().all(|(told, _)| *told == readers));
    assert!(prints(&market).is_empty(), "what is agreed is not sold yet");
}

#[test]
fn a_party_from_abroad_waits_for_the_export_check() {
    let mut market = Market::new();
    let (bo, cy) = (market.bo, market.cy);
    let secret = market.another("US2", AssetClass::KnowHow);
    let work = market.another("US3", AssetClass::Copyright);
    market.floor.must(OPERATOR, describe(bo.entity, "US", &[]));
    let assets = vec![market.right, secret, work];
    let id = market.list(|terms| terms.assets = assets);
    market.floor.must(bo.user, express(id, bo));
    assert_eq!(market.interest(id, bo).state, InterestState::Stopped);
    market.rejects(
        operator(),
        [
            (qualify(id, bo.entity, true), Reject::ExportCheckRequired),
            (export_check(market.right, EntityId(99), true), Reject::UnknownEntity),
            (export_check(AssetId(99), bo.entity, true), Reject::UnknownAsset),
        ],
    );
    market.rejects(
        bo,
        [
            (export_check(market.right, EntityId(99), true), Reject::NotPermitted),
            (export_check(AssetId(99), bo.entity, true), Reject::NotPermitted),
            (export_check(market.right, bo.entity, true), Reject::NotPermitted),
        ],
    );
    let first = market.floor.events.len();
    market.floor.must(OPERATOR, export_check(market.right, bo.entity, true));
    assert!(
        market
            .floor
            .records(first)
            .iter()
            .all(|changed| changed.readers == Readers::one(bo.entity))
    );
    assert_eq!(
        market.interest(id, bo).state,
        InterestState::Stopped,
        "one technology is not cleared"
    );
    market.floor.must(OPERATOR, export_check(secret, bo.entity, false));
    market.rejects(
        operator(),
        [(qualify(id, bo.entity, true), Reject::ExportCheckRequired)],
    );
    market.floor.must(OPERATOR, export_check(secret, bo.entity, true));
    assert_eq!(market.interest(id, bo).state, InterestState::Expressed);
    market.floor.must(OPERATOR, qualify(id, bo.entity, true));
    market.floor.must(OPERATOR, export_check(secret, bo.entity, false));
    assert_eq!(
        market.interest(id, bo).state,
        InterestState::Stopped,
        "what is taken back stops it again"
    );
    market.floor.must(OPERATOR, export_check(secret, bo.entity, true));
    market.floor.must(OPERATOR, qualify(id, bo.entity, true));
    market.pass(day(2026, 3, 9));
    // Taken back while one may bid: the bid is stopped.
    market.floor.must(OPERATOR, export_check(secret, bo.entity, false));
    market.rejects(bo, [(bid(id, 1), Reject::ExportCheckRequired)]);

    // A nominee at home that holds for somebody abroad is from abroad; a work is no technology.
    let mut market = Market::new();
    market.floor.must(OPERATOR, describe(bo.entity, "US", &[]));
    market.floor.must(OPERATOR, describe(cy.entity, "CN", &[bo.entity]));
    let id = market.list(|_| {});
    market.floor.must(cy.user, express(id, cy));
    assert_eq!(market.interest(id, cy).state, InterestState::Stopped);
    market.floor.must(OPERATOR, qualify(id, cy.entity, false));
    assert_eq!(market.interest(id, cy).state, InterestState::Excluded);
    let work = market.another("US3", AssetClass::Copyright);
    let id = market.list(|terms| terms.assets = vec![work]);
    market.floor.must(bo.user, express(id, bo));
    assert_eq!(market.interest(id, bo).state, InterestState::Expressed);
}

#[test]
fn holders_of_priority_enter_by_rank() {
    // dee before cy: dee waits, cy enters, dee's silence lets cy in.
    let mut market = Market::new();
    let (bo, cy, dee) = (market.bo, market.cy, market.dee);
    let ranks = vec![dee.entity, cy.entity];
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = ranks.clone());
    assert_eq!(market.sale(id).priority_ends, Some(day(2026, 3, 17)));
    assert_eq!(
        offers(&market, id).last().unwrap().1.priority_ends,
        Some(day(2026, 3, 17))
    );
    assert_eq!(market.sale(id).buyer, Some(bo.entity));
    let with = |account: Option<AccountId>| {
        Command::AnswerPriority(protocol::transfer::AnswerPriority { transfer: id, account })
    };
    market.rejects(cy, [(with(Some(AccountId(99))), Reject::UnknownAccount)]);
    market.rejects(cy, [(waive(TransferId(1)), Reject::UnknownTransfer)]);
    market.rejects(cy, [(with(Some(bo.account)), Reject::UnknownAccount)]);
    market.rejects(bo, [(waive(id), Reject::NoPriority)]);
    market.rule(|rules| rules.holder_cap = Some(1));
    market.rejects(cy, [(enter(id, cy), Reject::HolderCap)]);
    market.rule(|_| {});
    market.floor.must(OPERATOR, describe(cy.entity, "US", &[]));
    market.rejects(cy, [(enter(id, cy), Reject::ExportCheckRequired)]);
    market.floor.must(OPERATOR, describe(cy.entity, "CN", &[]));
    market.floor.must(cy.user, enter(id, cy));
    market.rejects(cy, [(waive(id), Reject::NoPriority)]);
    assert_eq!(market.state(id), TransferState::PriorityWindow, "dee stands before cy");
    market.pass(day(2026, 3, 17));
    let sale = market.sale(id);
    assert_eq!((sale.state, sale.buyer), (TransferState::Contract, Some(cy.entity)));
    assert_eq!(
        (sale.buyer_account, sale.price),
        (Some(cy.account), Some(yuan(100_000)))
    );
    assert_eq!(sale.priority[0].state, PriorityState::Waived);
    assert!(!market.interest(id, bo).best, "bo hears that it does not buy");
    market.rejects(bo, [(sign(id, CONTRACT), Reject::NotAParty)]);
    market.floor.must(cy.user, sign(id, CONTRACT));

    // The first rank enters: nobody else is waited for.
    let mut market = Market::new();
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = ranks.clone());
    market.floor.must(dee.user, enter(id, dee));
    let sale = market.sale(id);
    assert_eq!((sale.state, sale.buyer), (TransferState::Contract, Some(dee.entity)));

    // All waive: bo buys, at once.
    let mut market = Market::new();
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = ranks.clone());
    market.floor.must(dee.user, waive(id));
    market.floor.must(cy.user, waive(id));
    assert_eq!(
        (market.state(id), market.sale(id).buyer),
        (TransferState::Contract, Some(bo.entity))
    );

    // Whose price it is holds its own rank; and without days there is no window.
    let mut market = Market::new();
    let id = market.at(TransferState::Contract, |terms| {
        terms.priority = vec![bo.entity, cy.entity]
    });
    assert_eq!(market.sale(id).priority[0].state, PriorityState::Exercised);
    let mut market = Market::new();
    market.rule(|rules| rules.priority_days = 0);
    let id = market.at(TransferState::Contract, |terms| terms.priority = vec![cy.entity]);
    assert_eq!(
        (market.sale(id).buyer, market.sale(id).priority_ends),
        (Some(bo.entity), None)
    );

    // Who entered and may not buy any more is passed over; if nobody may, the sale is off.
    let mut market = Market::new();
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = ranks.clone());
    market.floor.must(cy.user, enter(id, cy));
    market.floor.must(OPERATOR, describe(cy.entity, "US", &[]));
    market.pass(day(2026, 3, 17));
    assert_eq!(market.sale(id).buyer, Some(bo.entity));
    let mut market = Market::new();
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = ranks);
    market.rule(|rules| rules.holder_cap = Some(1));
    market.pass(day(2026, 3, 17));
    assert_eq!(market.state(id), TransferState::Cancelled);
}

#[test]
fn both_sign_the_same_then_money_is_held() {
    let mut market = Market::new();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let id = market.at(TransferState::Contract, |_| {});
    market.floor.withdraw(bo, 1_000_000_000);
    let reader = Command::RegisterUser(RegisterUser {
        entity: bo.entity,
        roles: Roles::APPRAISER,
    });
    let protocol::Receipt::User(reader) = market.floor.must(OPERATOR, reader) else {
        panic!()
    };
    for command in [sign(id, CONTRACT), fund(id), file(id)] {
        assert_eq!(market.floor.try_(reader, command), Err(Reject::NotPermitted));
    }
    market.rejects(
        cy,
        [
            (sign(TransferId(1), CONTRACT), Reject::UnknownTransfer),
            (fund(TransferId(1)), Reject::UnknownTransfer),
            (file(TransferId(1)), Reject::UnknownTransfer),
            (sign(id, CONTRACT), Reject::NotAParty),
            (fund(id), Reject::NotAParty),
            (file(id), Reject::NotAParty),
        ],
    );
    market.rejects(ana, [(fund(id), Reject::NotAParty)]);
    market.rejects(
        bo,
        [(file(id), Reject::NotAParty), (fund(id), Reject::InsufficientCash)],
    );
    market.floor.cash_in(bo.account, 100_000);
    market.rejects(bo, [(fund(id), Reject::NothingToFund)]);
    market.floor.must(ana.user, sign(id, PAPER));
    market.floor.must(ana.user, sign(id, CONTRACT));
    market.rejects(bo, [(fund(id), Reject::NothingToFund)]);
    // What the other side wrote binds nobody: two that differ are no contract.
    market.floor.must(bo.user, sign(id, PAPER));
    market.rejects(bo, [(fund(id), Reject::NothingToFund)]);
    market.floor.must(bo.user, sign(id, CONTRACT));
    market.rejects(
        ana,
        [
            (sign(id, PAPER), Reject::StateForbids),
            (file(id), Reject::StateForbids),
        ],
    );
    let sale = market.sale(id);
    assert_eq!(
        (sale.seller_signed, sale.buyer_signed),
        (Some(CONTRACT), Some(CONTRACT))
    );
    market.floor.must(bo.user, fund(id));
    market.rejects(bo, [(fund(id), Reject::InsufficientCash)]);
    market.floor.must(OPERATOR, file(id));
    assert_eq!(market.sale(id).evidence, Some(PAPER));
    market.rejects(bo, [(answer(id, None), Reject::NotPermitted)]);
    market.rejects(operator(), [(answer(TransferId(1), None), Reject::UnknownTransfer)]);
}

#[test]
fn a_lot_passes_whole() {
    let mut market = Market::new();
    let bo = market.bo;
    let second = market.another("US2", AssetClass::Trademark);
    let assets = vec![market.right, second];
    let id = market.at(TransferState::Released, |terms| terms.assets = assets.clone());
    for asset in assets {
        let (_, right) = title(&market, asset);
        assert_eq!(
            (right.state, right.owners[0].entity),
            (AssetState::Transferred, bo.entity)
        );
    }
    assert_eq!(market.sale(id).price, Some(yuan(100_000)));
}
