//! Who may subscribe to a tranche, and whose the money is.

use crate::floor::grants::{NO_ACCOUNT, cash_posted, consent, freeze, ladder, thaw, user};
use crate::floor::units::{at, listed_with_consent, market, opened, opening, subscribe};
use crate::floor::{CODES, OPERATOR, at_start_of, day, refuses};
use engine::book::FastBook;
use protocol::{
    Command, InstrumentId, Reject, Symbol, TrancheId,
    licence::OpenTranche,
    party::Roles,
    title::{Act, WithdrawConsent},
};

#[test]
fn a_subscription_is_checked_in_order() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let reader = user(floor, bo.entity, Roles::DATA_CONSUMER);
    let poor = floor.party(CODES[3], Roles::INVESTOR);
    let id = opened(floor, ana, |open| open.opens_at = day(2026, 3, 3).start());
    let hold = freeze(floor, market.right);
    ladder(
        floor,
        [
            (reader, subscribe(TrancheId(999), NO_ACCOUNT, 5), Reject::UnknownAccount),
            (bo.user, subscribe(id, cy.account, 5), Reject::UnknownAccount),
            (reader, subscribe(TrancheId(999), bo.account, 5), Reject::UnknownTranche),
            (reader, subscribe(id, bo.account, 5), Reject::NotPermitted),
            (poor.user, subscribe(id, poor.account, 5), Reject::NotTrading),
        ],
    );
    thaw(floor, hold);
    ladder(
        floor,
        [
            (poor.user, subscribe(id, poor.account, 0), Reject::QuantityInvalid),
            (poor.user, subscribe(id, poor.account, 5), Reject::QuantityInvalid),
            (
                poor.user,
                subscribe(id, poor.account, 1_000_000_010),
                Reject::QuantityTooLarge,
            ),
            (poor.user, subscribe(id, poor.account, 110), Reject::InsufficientCash),
            (ana.user, subscribe(id, ana.account, 110), Reject::OwnRight),
            (bo.user, subscribe(id, bo.account, 110), Reject::TrancheNotOpen),
        ],
    );
    at_start_of(floor, day(2026, 3, 3));
    refuses(floor, bo.user, subscribe(id, bo.account, 110), Reject::TrancheFull);
    // A halt of the book alone stops no issue.
    floor.must(
        OPERATOR,
        Command::SetTrading {
            instrument: market.units,
            trading: false,
        },
    );
    floor.must(bo.user, subscribe(id, bo.account, 100));
}

#[test]
fn a_subscriber_is_counted_as_a_holder() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let id = opened(floor, ana, |_| ());
    let mut rules = protocol::control::RuleBook::of(protocol::rules::Profile::UnitMarket);
    // The owner, and one more.
    rules.holder_cap = Some(2);
    let command = protocol::control::SetRuleBook { rules };
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(command)));
    at(floor, opening());
    floor.must(bo.user, subscribe(id, bo.account, 10));
    floor.must(bo.user, subscribe(id, bo.account, 10));
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::HolderCap);
}

#[test]
fn a_co_owner_that_takes_its_consent_back_stops_a_tranche() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let shared = listed_with_consent(floor, ana, cy);
    floor.must(cy.user, consent(shared, Act::Units));
    let of_shared = |open: &mut OpenTranche| open.symbol = Symbol::new("SHARED").unwrap();
    let id = opened(floor, ana, of_shared);
    at(floor, opening());
    floor.must(bo.user, subscribe(id, bo.account, 10));
    let act = Act::Units;
    floor.must(
        cy.user,
        Command::WithdrawConsent(WithdrawConsent { asset: shared, act }),
    );
    refuses(floor, bo.user, subscribe(id, bo.account, 10), Reject::CoOwnerConsent);
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::CoOwnerConsent);
    floor.must(cy.user, consent(shared, Act::Units));
    floor.must(bo.user, subscribe(id, bo.account, 10));
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::OwnRight);
}

#[test]
fn technology_in_units_goes_abroad_once_the_check_is_cleared() {
    let mut market = market::<FastBook>();
    let (ana, cy) = (market.ana, market.cy);
    let right = market.right;
    let floor = &mut market.floor;
    let abroad = crate::floor::grants::foreigner(floor, 7, Roles::TRADER);
    floor.cash_in(abroad.account, 100_000);
    let id = opened(floor, ana, |_| ());
    at(floor, opening());
    refuses(
        floor,
        abroad.user,
        subscribe(id, abroad.account, 10),
        Reject::ExportCheckRequired,
    );
    let buy = crate::floor::titles::buys(abroad, InstrumentId(0), 500, 10);
    refuses(floor, abroad.user, buy.clone(), Reject::ExportCheckRequired);
    // Nor through somebody at home.
    floor.must(
        OPERATOR,
        crate::floor::sales::describe(cy.entity, "CN", &[abroad.entity]),
    );
    refuses(
        floor,
        cy.user,
        subscribe(id, cy.account, 10),
        Reject::ExportCheckRequired,
    );
    floor.must(OPERATOR, crate::floor::sales::export_check(right, abroad.entity, true));
    floor.must(abroad.user, subscribe(id, abroad.account, 10));
    floor.must(abroad.user, buy);
}

#[test]
fn what_a_tranche_brings_is_shared_by_the_owners() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy) = (market.ana, market.bo, market.cy);
    let floor = &mut market.floor;
    let shared = listed_with_consent(floor, ana, cy);
    floor.must(cy.user, consent(shared, Act::Units));
    let id = opened(floor, ana, |open| open.symbol = Symbol::new("SHARED").unwrap());
    at(floor, opening());
    let first = floor.events.len();
    floor.must(bo.user, subscribe(id, bo.account, 10));
    let posted = cash_posted(floor, first);
    let received: Vec<_> = posted
        .iter()
        .filter(|(_, free, held, _)| *free > 0 && *held == 0)
        .map(|(account, free, ..)| (*account, *free))
        .collect();
    assert_eq!(received, [(ana.account, 2_500), (cy.account, 2_500)]);
}

/// 国发〔2011〕38号: who bought of a product sells none of it for five trading days, by a tranche neither.
#[test]
fn an_owner_that_bought_units_back_lets_nobody_subscribe_for_five_trading_days() {
    let mut market = market::<FastBook>();
    let (ana, bo, cy, units) = (market.ana, market.bo, market.cy, market.units);
    market.sells_to(bo, 10);
    let floor = &mut market.floor;
    let mut rules = protocol::control::RuleBook::of(protocol::rules::Profile::UnitMarket);
    rules.lock_days = 5;
    let command = protocol::control::SetRuleBook { rules };
    floor.must(OPERATOR, Command::SetRuleBook(Box::new(command)));
    let id = opened(floor, ana, |_| ());
    at(floor, opening());
    floor.must(cy.user, subscribe(id, cy.account, 10));
    floor.must(bo.user, crate::floor::titles::sells(bo, units, 100, 10));
    floor.must(ana.user, crate::floor::titles::buys(ana, units, 100, 10));
    refuses(floor, cy.user, subscribe(id, cy.account, 10), Reject::T5Lock);
}

#[test]
fn who_turned_out_to_be_from_abroad_buys_no_technology_on_the_book() {
    let mut market = market::<FastBook>();
    let (ana, bo, units) = (market.ana, market.bo, market.units);
    let floor = &mut market.floor;
    let buy = || crate::floor::titles::buys(bo, units, 500, 10);
    floor.must(bo.user, buy());
    floor.must(OPERATOR, crate::floor::sales::describe(bo.entity, "US", &[]));
    refuses(floor, bo.user, buy(), Reject::ExportCheckRequired);
    // It is known again once the venue was saved and loaded.
    floor.exchange = engine::Exchange::load(&floor.exchange.save()).expect("it was saved");
    refuses(floor, bo.user, buy(), Reject::ExportCheckRequired);
    floor.must(OPERATOR, crate::floor::sales::describe(bo.entity, "CN", &[]));
    floor.must(bo.user, buy());
    // Nor through somebody at home who holds for it.
    floor.must(OPERATOR, crate::floor::sales::describe(ana.entity, "US", &[]));
    floor.must(OPERATOR, crate::floor::sales::describe(bo.entity, "CN", &[ana.entity]));
    refuses(floor, bo.user, buy(), Reject::ExportCheckRequired);
}
