//! One fault of a sale of title at a time: of a listing, an interest, a bid; and what each state forbids.

use crate::floor::sales::{
    CONTRACT, Market, answer, audience, bid, cancel, copy_at, enter, express, file, fund, operator, qualify, sign,
    terms_of, withdraw,
};
use crate::floor::{CODES, OPERATOR, day, extract, grants::ask_open, yuan};
use protocol::{
    AccountId, AssetId, Command, Currency, EntityId, MONEY_MAX, Money, Reject, TransferId, UserId,
    asset::AssetClass,
    party::{RegisterUser, Roles},
    title::{Extract, NewRight, Share},
    transfer::{InterestState, LegalBasis, ListTransfer, TransferRefusal, TransferState},
};

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
    let listed = market.floor.right(bo.entity, "US8", |_| {});
    let open = ask_open(listed, bo.account, |_| {});
    market.floor.must(bo.user, open);
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
    give(&mut market, trader, &terms, Reject::UnknownAccount);
    terms.account = bo.account;
    give(&mut market, trader, &terms, Reject::UnknownAccount);
    terms.account = ana.account;
    give(&mut market, trader, &terms, Reject::UnknownAsset);
    terms.assets[0] = other;
    give(&mut market, trader, &terms, Reject::UnknownAsset);
    terms.assets[0] = draft;
    give(&mut market, trader, &terms, Reject::NotPermitted);
    terms.assets[0] = listed;
    give(&mut market, ana.user, &terms, Reject::NotTheOwner);
    terms.assets[0] = draft;
    // Whoever sells names others by their numbers, once all of its own is in order.
    let nobody = Command::ListTransfer(Box::new(terms.clone()));
    assert_eq!(market.floor.try_(ana.user, nobody), Err(Reject::UnknownEntity));
    terms.allow = vec![cy.entity];
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
    terms.basis = LegalBasis::Private;
    let live = market.list(|terms| terms.assets = vec![draft]);
    give(&mut market, ana.user, &terms, Reject::AlreadyOffered);
    market.floor.must(ana.user, cancel(live));
    assert!(faults.is_sorted(), "the faults count in the order of their numbers");
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
        account: bo.account,
    });
    assert_eq!(market.floor.try_(reader, nowhere), Err(Reject::UnknownTransfer));
    assert_eq!(market.floor.try_(reader, with(bo.account)), Err(Reject::NotPermitted));
    market.rule(|rules| rules.holder_cap = Some(1));
    market.rejects(
        bo,
        [
            (with(cy.account), Reject::UnknownAccount),
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
            (qualify(id, EntityId(99), true), Reject::NotPermitted),
            (qualify(none, bo.entity, true), Reject::NotPermitted),
            (qualify(id, bo.entity, true), Reject::NotPermitted),
        ],
    );
    market.rejects(
        operator(),
        [
            (qualify(id, EntityId(99), true), Reject::UnknownEntity),
            (qualify(none, bo.entity, true), Reject::UnknownTransfer),
        ],
    );
    market.rejects(dee, [(qualify(id, bo.entity, true), Reject::NotPermitted)]);
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
    // More than the venue could hold is no price, as in a lot.
    market.rejects(cy, [(bid(id, i64::MAX), Reject::AmountInvalid)]);
    market.rejects(cy, [(bid(id, 102_000), Reject::OwnBestBid)]);
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
