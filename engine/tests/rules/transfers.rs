//! Sales of title, told as deals: who may do what when, and what becomes of right and money (RULES.md 2.5).

use crate::floor::sales::{
    self, CONTRACT, Market, PAPER, answer, audience, bid, cancel, describe, enter, export_check, express, file, fund,
    operator, qualify, sign, terms_of, waive, withdraw,
};
use crate::floor::{self, CODES, Floor, OPERATOR, day, extract, yuan};
use engine::book::FastBook;
use protocol::{
    AccountId, AssetId, Command, Currency, EntityId, Event, MONEY_MAX, Money, Notice, PrivateEvent, PublicEvent,
    Readers, Record, Reject, Stamped, TransferId, UserId,
    command::AssetClass,
    event::{CashPosting, PostingReason},
    party::{RegisterUser, Roles},
    title::{AssetState, Extract, NewRight, Share, Title},
    transfer::{
        Disclosure, InterestState, LegalBasis, ListTransfer, Offer, PriorityState, TitlePrint, TransferRefusal,
        TransferState,
    },
};

/// Every change of an account's cash for a deal since `first`.
fn postings(market: &Market, first: usize) -> Vec<(AccountId, i64, i64, PostingReason)> {
    let posting = |event: &Stamped<Event>| match &event.body {
        Event::Private(_, PrivateEvent::CashPosted(posting)) => {
            let CashPosting {
                account,
                free,
                held,
                reason,
                ..
            } = **posting;
            Some((account, free, held, reason))
        }
        _ => None,
    };
    market.floor.events[first..].iter().filter_map(posting).collect()
}

/// Every print.
fn prints(market: &Market) -> Vec<(u64, TitlePrint)> {
    let print = |event: &Stamped<Event>| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match &**notice {
            Notice::TitleSold(print) => Some((event.at.0, print.clone())),
            _ => None,
        },
        _ => None,
    };
    market.floor.events.iter().filter_map(print).collect()
}

/// The states that a sale's seller saw, in turn.
fn states(market: &Market, id: TransferId) -> Vec<TransferState> {
    let mut states: Vec<_> = market
        .floor
        .records(0)
        .into_iter()
        .filter_map(|changed| match changed.record {
            Record::Transfer(transfer) if transfer.transfer == id => Some(transfer.state),
            _ => None,
        })
        .collect();
    states.dedup();
    states
}

fn offers(market: &Market, id: TransferId) -> Vec<(Readers, Offer)> {
    let offer = |changed: protocol::record::RecordChanged| match changed.record {
        Record::Offer(offer) if offer.transfer == id => Some((changed.readers, offer)),
        _ => None,
    };
    market.floor.records(0).into_iter().filter_map(offer).collect()
}

fn title(market: &Market, asset: AssetId) -> (Readers, Title) {
    let records = market.floor.records(0);
    let last = records.into_iter().rev().find_map(|changed| match changed.record {
        Record::Title(title) if title.asset == asset => Some((changed.readers, title)),
        _ => None,
    });
    last.unwrap()
}

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
        postings(&market, first),
        [(bo.account, -123_456, 123_456, PostingReason::Held)]
    );
    market.floor.must(ana.user, file(id));
    assert!(prints(&market).is_empty());
    let first = market.floor.events.len();
    market.floor.must(OPERATOR, answer(id, None));

    assert_eq!(
        postings(&market, first),
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
    market.floor.must(bo.user, bid(id, 102_000));
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
        (4, Some(yuan(103_000)), Some(yuan(103_000)))
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

/// A right of ana's and bo's parts, the consents given.
fn shared(market: &mut Market, parts: &[(EntityId, u32)]) -> AssetId {
    let owners = parts.iter().map(|&(entity, parts)| Share { entity, parts }).collect();
    market
        .floor
        .right(market.ana.entity, "US2", |right: &mut NewRight| right.owners = owners)
}

#[test]
fn every_fault_of_a_listing_in_turn() {
    let mut market = Market::new();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    market.rule(|rules| (rules.holder_cap, rules.disclosure_days) = (Some(1), 5));
    let other = market.floor.right(bo.entity, "US9", |_| {});
    let draft = market.another("US3", AssetClass::Patent);
    let mut terms = terms_of(&[AssetId(99), market.right, market.right], bo);
    terms.account = AccountId(99);
    terms.allow = vec![EntityId(99), cy.entity];
    terms.deny = vec![cy.entity];
    terms.ask = yuan(0);
    terms.disclosure_days = 4;
    terms.basis = LegalBasis::Judicial;
    let mut faults = vec![];
    let mut give = |market: &mut Market, by: UserId, terms: &ListTransfer, expected: Reject| {
        let command = Command::ListTransfer(Box::new(terms.clone()));
        assert_eq!(market.floor.try_(by, command), Err(expected));
        faults.push(expected);
    };
    let trader = Command::RegisterUser(RegisterUser {
        entity: ana.entity,
        roles: Roles::TRADER,
    });
    let protocol::Receipt::User(trader) = market.floor.must(OPERATOR, trader) else {
        panic!()
    };
    give(&mut market, trader, &terms, Reject::UnknownEntity);
    terms.allow = vec![cy.entity];
    give(&mut market, trader, &terms, Reject::UnknownAccount);
    terms.account = bo.account;
    give(&mut market, trader, &terms, Reject::UnknownAsset);
    terms.assets[0] = other;
    give(&mut market, trader, &terms, Reject::NotPermitted);
    give(&mut market, ana.user, &terms, Reject::NotYourAccount);
    terms.account = ana.account;
    give(&mut market, ana.user, &terms, Reject::NotTheOwner);
    terms.assets[0] = draft;
    give(&mut market, ana.user, &terms, Reject::HolderCap);
    market.rule(|rules| (rules.holder_cap, rules.disclosure_days) = (Some(2), 5));
    give(&mut market, ana.user, &terms, Reject::LotOfRightsInvalid);
    terms.assets.truncate(2);
    give(&mut market, ana.user, &terms, Reject::AmountInvalid);
    terms.ask = yuan(MONEY_MAX);
    terms.increment = yuan(0);
    give(&mut market, ana.user, &terms, Reject::AmountInvalid);
    terms.increment = protocol::Amount::new(Currency::Hkd, Money::from_minor(1));
    give(&mut market, ana.user, &terms, Reject::AmountInvalid);
    terms.increment = yuan(1);
    let live = market.list(|terms| terms.assets = vec![draft]);
    give(&mut market, ana.user, &terms, Reject::AlreadyOffered);
    market.floor.must(ana.user, cancel(live));
    give(&mut market, ana.user, &terms, Reject::DisclosureInvalid);
    terms.disclosure_days = 367;
    give(&mut market, ana.user, &terms, Reject::DisclosureInvalid);
    (terms.disclosure_days, terms.state_owned) = (19, true);
    give(&mut market, ana.user, &terms, Reject::DisclosureInvalid);
    (terms.disclosure_days, terms.bidding_days) = (20, 61);
    give(&mut market, ana.user, &terms, Reject::DisclosureInvalid);
    terms.bidding_days = 0;
    give(&mut market, ana.user, &terms, Reject::DisclosureInvalid);
    terms.bidding_days = 60;
    give(&mut market, ana.user, &terms, Reject::PartiesInvalid);
    terms.allow = vec![bo.entity, bo.entity];
    give(&mut market, ana.user, &terms, Reject::PartiesInvalid);
    terms.allow = vec![ana.entity];
    give(&mut market, ana.user, &terms, Reject::PartiesInvalid);
    (terms.allow, terms.priority) = (vec![], vec![cy.entity]);
    give(&mut market, ana.user, &terms, Reject::PartiesInvalid);
    terms.priority = vec![];
    give(&mut market, ana.user, &terms, Reject::BasisInvalid);
    terms.basis = LegalBasis::AuctionLaw;
    give(&mut market, ana.user, &terms, Reject::BasisInvalid);
    assert!(faults.is_sorted(), "the faults count in the order of their numbers");
    terms.basis = LegalBasis::Private;
    market.list_by(ana, terms).unwrap();
}

#[test]
fn what_is_not_in_order_is_not_listed() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    // An operator lists for an owner, into the owner's account, and never rights of two owners as one lot.
    let other = market.floor.right(bo.entity, "US9", |_| {});
    let mixed = terms_of(&[market.right, other], ana);
    assert_eq!(market.list_by(operator(), mixed), Err(Reject::LotOfRightsInvalid));
    let empty = terms_of(&[], ana);
    assert_eq!(market.list_by(ana, empty.clone()), Err(Reject::LotOfRightsInvalid));
    assert_eq!(market.list_by(operator(), empty), Err(Reject::NotYourAccount));
    let long = terms_of(&vec![market.right; 65], ana);
    assert_eq!(market.list_by(ana, long), Err(Reject::LotOfRightsInvalid));
    // The same owners with other parts are not the same.
    let shared_one = shared(&mut market, &[(ana.entity, 1), (bo.entity, 1)]);
    let both = terms_of(&[market.right, shared_one], ana);
    assert_eq!(market.list_by(ana, both), Err(Reject::LotOfRightsInvalid));
    let alone = terms_of(&[shared_one], ana);
    assert_eq!(market.list_by(ana, alone), Err(Reject::CoOwnerConsent));
    let indication = market.another("US4", AssetClass::GeographicalIndication);
    let barred = terms_of(&[indication], ana);
    assert_eq!(market.list_by(ana, barred), Err(Reject::NotTransferable));
    let draft = market.floor.right(ana.entity, "US5", |right| right.extract = None);
    let unverified = terms_of(&[market.right, draft], ana);
    assert_eq!(market.list_by(ana, unverified), Err(Reject::NotVerified));
    let short = market.floor.right(ana.entity, "US6", |right| {
        right.asset.expires = Some(day(2026, 3, 4));
        right.extract = Some(Extract { ..extract() });
    });
    market.pass(day(2026, 3, 4));
    let expired = terms_of(&[short], ana);
    assert_eq!(market.list_by(ana, expired), Err(Reject::AssetExpired));
    let terms = terms_of(&[market.right], ana);
    market.list_by(operator(), terms).unwrap();
}

#[test]
fn every_fault_of_an_interest_in_turn() {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    let id = market.list(|terms| terms.deny = vec![dee.entity]);
    let none = TransferId(1);
    let reader = Command::RegisterUser(RegisterUser {
        entity: bo.entity,
        roles: Roles::DATA_CONSUMER,
    });
    let protocol::Receipt::User(reader) = market.floor.must(OPERATOR, reader) else {
        panic!()
    };
    let with = |account| Command::ExpressInterest(protocol::transfer::ExpressInterest { transfer: id, account });
    assert_eq!(
        market.floor.try_(reader, with(AccountId(99))),
        Err(Reject::UnknownAccount)
    );
    let nowhere = Command::ExpressInterest(protocol::transfer::ExpressInterest {
        transfer: none,
        account: cy.account,
    });
    assert_eq!(market.floor.try_(reader, nowhere), Err(Reject::UnknownTransfer));
    assert_eq!(market.floor.try_(reader, with(cy.account)), Err(Reject::NotPermitted));
    market.rule(|rules| rules.holder_cap = Some(1));
    market.rejects(
        bo,
        [
            (with(cy.account), Reject::NotYourAccount),
            (with(bo.account), Reject::HolderCap),
        ],
    );
    market.rejects(dee, [(with(dee.account), Reject::UnknownTransfer)]);
    market.rule(|rules| rules.holder_cap = Some(2));
    market.rejects(ana, [(with(ana.account), Reject::OwnRight)]);
    market.floor.must(bo.user, with(bo.account));
    market.rejects(bo, [(with(bo.account), Reject::StateForbids)]);
    market.floor.must(bo.user, withdraw(id));
    assert_eq!(market.sale(id).interested, 0);
    market.floor.must(bo.user, with(bo.account));

    market.rejects(
        bo,
        [
            (qualify(id, EntityId(99), true), Reject::UnknownEntity),
            (qualify(none, bo.entity, true), Reject::UnknownTransfer),
            (qualify(id, bo.entity, true), Reject::NotPermitted),
        ],
    );
    market.rejects(dee, [(qualify(id, bo.entity, true), Reject::UnknownTransfer)]);
    market.rejects(operator(), [(qualify(id, cy.entity, true), Reject::StateForbids)]);
    market.floor.must(OPERATOR, qualify(id, bo.entity, true));
    market.rejects(operator(), [(qualify(id, bo.entity, true), Reject::StateForbids)]);
    market.floor.must(OPERATOR, qualify(id, bo.entity, false));
    assert_eq!(market.interest(id, bo).state, InterestState::Excluded);
    market.rejects(operator(), [(qualify(id, bo.entity, true), Reject::StateForbids)]);
    market.rejects(
        bo,
        [
            (with(bo.account), Reject::StateForbids),
            (withdraw(id), Reject::StateForbids),
        ],
    );
    market.rejects(cy, [(withdraw(id), Reject::NotAParty)]);
    assert_eq!(market.floor.try_(reader, withdraw(id)), Err(Reject::NotPermitted));
    market.rejects(dee, [(withdraw(id), Reject::UnknownTransfer)]);
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
        [(qualify(id, bo.entity, true), Reject::ExportCheckRequired)],
    );
    market.rejects(
        bo,
        [
            (export_check(market.right, EntityId(99), true), Reject::UnknownEntity),
            (export_check(AssetId(99), bo.entity, true), Reject::UnknownAsset),
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
fn every_fault_of_a_bid_in_turn() {
    let mut market = Market::new();
    let (bo, cy, dee) = (market.bo, market.cy, market.dee);
    let eve = market.floor.party(CODES[4], Roles::INVESTOR);
    let id = market.list(|terms| terms.deny = vec![dee.entity]);
    market.qualified(id, &[bo, cy]);
    market.rejects(dee, [(bid(id, 0), Reject::UnknownTransfer)]);
    let reader = Command::RegisterUser(RegisterUser {
        entity: bo.entity,
        roles: Roles::APPRAISER,
    });
    let protocol::Receipt::User(reader) = market.floor.must(OPERATOR, reader) else {
        panic!()
    };
    assert_eq!(market.floor.try_(reader, bid(id, 0)), Err(Reject::NotPermitted));
    market.rule(|rules| rules.holder_cap = Some(1));
    market.rejects(eve, [(bid(id, 0), Reject::HolderCap)]);
    market.rule(|rules| rules.holder_cap = Some(200));
    let dollars = Command::BidTransfer(protocol::transfer::BidTransfer {
        transfer: id,
        price: protocol::Amount::new(Currency::Usd, Money::from_minor(1)),
    });
    market.rejects(
        eve,
        [
            (bid(id, 0), Reject::AmountInvalid),
            (dollars, Reject::AmountInvalid),
            (bid(id, 1), Reject::StateForbids),
        ],
    );
    market.pass(day(2026, 3, 9));
    market.rejects(eve, [(bid(id, 1), Reject::NotQualified)]);
    market.rejects(bo, [(bid(id, 99_999), Reject::BidBelowAsk)]);
    market.floor.must(bo.user, bid(id, 100_000));
    market.rejects(cy, [(bid(id, 100_999), Reject::BidBelowIncrement)]);
    market.floor.must(cy.user, bid(id, 101_000));
    // The best binds; who was outbid may go, and then bids no more.
    market.rejects(cy, [(withdraw(id), Reject::BestBidBinds)]);
    market.floor.must(bo.user, withdraw(id));
    market.rejects(bo, [(bid(id, 102_000), Reject::NotQualified)]);
    market.floor.must(cy.user, bid(id, i64::MAX));
    market.rejects(cy, [(bid(id, i64::MAX), Reject::BidBelowIncrement)]);
}

#[test]
fn holders_of_priority_enter_by_rank() {
    // dee before cy: dee waits, cy enters, dee's silence lets cy in.
    let mut market = Market::new();
    let (bo, cy, dee) = (market.bo, market.cy, market.dee);
    let ranks = vec![dee.entity, cy.entity];
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = ranks.clone());
    assert_eq!(market.sale(id).priority_ends, Some(day(2026, 3, 16)));
    assert_eq!(
        offers(&market, id).last().unwrap().1.priority_ends,
        Some(day(2026, 3, 16))
    );
    assert_eq!(market.sale(id).buyer, Some(bo.entity));
    let with = |account: Option<AccountId>| {
        Command::AnswerPriority(protocol::transfer::AnswerPriority { transfer: id, account })
    };
    market.rejects(cy, [(with(Some(AccountId(99))), Reject::UnknownAccount)]);
    market.rejects(cy, [(waive(TransferId(1)), Reject::UnknownTransfer)]);
    market.rejects(cy, [(with(Some(bo.account)), Reject::NotYourAccount)]);
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
    market.pass(day(2026, 3, 16));
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
    market.pass(day(2026, 3, 16));
    assert_eq!(market.sale(id).buyer, Some(bo.entity));
    let mut market = Market::new();
    let id = market.at(TransferState::PriorityWindow, |terms| terms.priority = ranks);
    market.rule(|rules| rules.holder_cap = Some(1));
    market.pass(day(2026, 3, 16));
    assert_eq!(market.state(id), TransferState::Cancelled);
}

#[test]
fn both_sign_the_same_then_money_is_held() {
    let mut market = Market::new();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let id = market.at(TransferState::Contract, |_| {});
    let poor = market.floor.cash(bo.account, 1_000_000_000);
    market.floor.must(OPERATOR, Command::CashOut(poor));
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
    market.rejects(
        bo,
        [
            (fund(id), Reject::NothingToFund),
            (sign(id, PAPER), Reject::ContractDiffers),
        ],
    );
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
fn what_a_state_does_not_open_it_forbids() {
    use TransferState as S;
    let states = [
        S::Listed,
        S::Interest,
        S::Bidding,
        S::PriorityWindow,
        S::Contract,
        S::EscrowFunded,
        S::RecordalFiled,
        S::Released,
        S::Refunded,
        S::Cancelled,
    ];
    for state in states {
        let mut market = Market::new();
        let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
        let with_priority = state == S::PriorityWindow;
        let id = market.at(state, |terms| {
            terms.priority = if with_priority { vec![dee.entity] } else { vec![] };
        });
        // Who asks, what, and in which states it is open.
        let table: [(_, Command, &[S]); 13] = [
            (ana, audience(id, &[], &[]), &[S::Listed]),
            (dee, express(id, dee), &[S::Listed]),
            (operator(), qualify(id, cy.entity, false), &[]),
            (cy, withdraw(id), &[S::Bidding]),
            (bo, bid(id, 200_000), &[S::Interest, S::Bidding]),
            (dee, enter(id, dee), &[S::PriorityWindow]),
            (ana, sign(id, CONTRACT), &[S::Contract]),
            (bo, fund(id), &[]),
            (ana, file(id), &[S::EscrowFunded]),
            (operator(), answer(id, None), &[S::RecordalFiled]),
            (
                operator(),
                answer(id, Some(TransferRefusal::Other)),
                &[S::RecordalFiled],
            ),
            (ana, cancel(id), &[S::Listed, S::Interest, S::Bidding]),
            (
                operator(),
                cancel(id),
                &[
                    S::Listed,
                    S::Interest,
                    S::Bidding,
                    S::PriorityWindow,
                    S::Contract,
                    S::EscrowFunded,
                    S::RecordalFiled,
                ],
            ),
        ];
        for (by, command, open) in table {
            let mut floor = copy_at(&market, market.floor.at);
            let outcome = floor.try_(by.user, command.clone());
            if open.contains(&state) {
                assert!(outcome.is_ok(), "{command:?} in {state:?}: {outcome:?}");
            } else {
                // Who is no party, has no interest or signed nothing is told that first or last, as the numbers go.
                let expected = match command {
                    Command::WithdrawInterest(_) => Reject::NotAParty,
                    Command::FundEscrow(_) if market.sale(id).buyer.is_none() => Reject::NotAParty,
                    Command::FundEscrow(_) if state == S::Contract => Reject::NothingToFund,
                    _ => Reject::StateForbids,
                };
                assert_eq!(outcome, Err(expected), "{command:?} in {state:?}");
            }
        }
    }
}

/// The floor as it is, at another time: what is tried there is not kept.
fn copy_at(market: &Market, at: u64) -> Floor<FastBook> {
    let mut floor = Floor::new();
    floor.exchange = market.floor.exchange.clone();
    floor.at = at;
    floor
}

/// Gives the command a nanosecond before the first moment of a day, and in that moment.
fn around(market: &Market, when: protocol::Date, by: UserId, command: &Command) -> [Result<(), Reject>; 2] {
    [when.start().0 - 2, when.start().0 - 1].map(|at| {
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
    assert_eq!(told.unwrap().at, day(2026, 3, 9).start(), "a deadline has its own time");

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
    assert_eq!(around(&market, day(2026, 3, 16), dee.user, &enter(id, dee)), forbidden);

    // Signing; funding has days of its own.
    let mut market = Market::new();
    let id = market.at(TransferState::Contract, |_| {});
    assert_eq!(
        around(&market, day(2026, 3, 16), ana.user, &sign(id, CONTRACT)),
        forbidden
    );
    market.pass(day(2026, 3, 13));
    market.floor.must(ana.user, sign(id, CONTRACT));
    assert_eq!(market.sale(id).step_by, Some(day(2026, 3, 16)));
    market.floor.must(bo.user, sign(id, CONTRACT));
    assert_eq!(market.sale(id).step_by, Some(day(2026, 3, 20)));
    assert_eq!(around(&market, day(2026, 3, 20), bo.user, &fund(id)), forbidden);
    market.pass(day(2026, 3, 20));
    assert_eq!(market.state(id), TransferState::Cancelled);

    // A late filing is flagged, and still done.
    let mut market = Market::new();
    let id = market.at(TransferState::EscrowFunded, |_| {});
    let first = market.floor.events.len();
    market.floor.at = day(2026, 3, 16).start().0 - 2;
    market.floor.must(OPERATOR, Command::Tick);
    assert!(!market.sale(id).late);
    market.floor.must(OPERATOR, Command::Tick);
    assert!(market.sale(id).late);
    assert_eq!(market.state(id), TransferState::EscrowFunded);
    assert!(postings(&market, first).is_empty(), "the money stays held");
    market.floor.must(ana.user, file(id));
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
            postings(&market, first),
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
        postings(&market, first),
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
    // … and not any more once it has a contract: its place is reserved, whatever comes, and what the office recorded is so.
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
            postings(&market, first),
            [(market.bo.account, 100_000, -100_000, PostingReason::Released)]
        );
    }
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
    let due = day(2026, 4, 8);
    market.floor.at = due.start().0 - 2;
    market.floor.must(OPERATOR, Command::Tick);
    assert!(prints(&market).is_empty());
    market.floor.must(OPERATOR, Command::Tick);
    let [(at, _)] = prints(&market)[..] else { panic!() };
    assert_eq!(at, due.start().0, "thirty days after the ninth of March");

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
    let disclosed = day(2026, 3, 9).start().0;
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
        (14, day(2026, 3, 12).start().0),
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
    assert!(answers.iter().all(|answer| *answer == Err(Reject::UnknownTransfer)));
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
            (audience(id, &[ghost], &[]), Reject::UnknownEntity),
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
