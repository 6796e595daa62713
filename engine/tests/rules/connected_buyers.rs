//! Who is party to what a case sells, or connected with one who is: barred, admitted and shown, or named and consented to,
//! by every road (PLEDGES.md 4; 拍卖法 22, 30; 拍卖变卖财产规定 12).

use crate::floor::{
    CODES, OPERATOR, Party,
    buyers::{admit, consent_to, exercise, name, pledged},
    disposals::{agreed, end, opened, opening, payee, sign_plan},
    pledges::{Desk, default},
    room::{bid as bid_lot, enter, maximum, step_of},
    sales::{bid, describe, express, qualify, terms_of},
    yuan,
};
use engine::book::FastBook;
use protocol::{
    AssetId, Command, Currency, DisposalId, EntityId, LoanId, LotId, Reject,
    auction::Ranked,
    buyers::{Connection, Relation},
    party::Roles,
    plan::Plan,
    pledge::DefaultCause,
    transfer::LegalBasis,
};

/// A case of a patent whose plan pays the bank, the firm and an inventor; `other_firm` shares an owner with the bank.
struct Scene {
    desk: Desk<FastBook>,
    right: AssetId,
    loan: LoanId,
    case: DisposalId,
    inventor: Party,
}

impl Scene {
    fn new() -> Self {
        let (mut desk, rights, loan, _) = pledged(&["US1"]);
        let inventor = desk.floor.party(CODES[4], Roles::FIRM.with(Roles::TRADER));
        let behind = desk.floor.party(CODES[5], Roles::INVESTOR);
        for nominee in [desk.bank, desk.other_firm] {
            let held = describe(nominee.entity, "CN", &[behind.entity]);
            desk.floor.must(OPERATOR, held);
        }
        let (bank, firm) = (desk.bank, desk.firm);
        let payees = [bank, firm, inventor].map(payee).to_vec();
        let plan = Plan::by_law(Currency::Cny, payees);
        agreed(&mut desk.floor, loan, &plan, &[bank.user, firm.user]);
        desk.floor.must(inventor.user, sign_plan(loan, &plan));
        desk.floor.must(OPERATOR, default(loan, DefaultCause::AgreedEvent));
        let case = opened(&mut desk.floor, bank.user, opening(loan, |_| {}));
        Self {
            desk,
            right: rights[0],
            loan,
            case,
            inventor,
        }
    }

    fn refuses(&mut self, by: Party, command: Command, reject: Reject) {
        assert_eq!(self.desk.floor.try_(by.user, command), Err(reject));
    }

    fn lot(&mut self, basis: LegalBasis) -> LotId {
        let bank = self.desk.bank;
        let today = self.desk.day();
        let at = |days: i32| protocol::Date(today.0 + days).start();
        let terms = self.desk.lot_terms(&[self.right], |terms| {
            terms.basis = basis;
            terms.viewing_days = 2;
            (terms.opens_at, terms.closes_at) = (at(10), at(11));
        });
        self.desk.announce(bank, terms)
    }

    fn in_days(&mut self, days: i32) {
        let day = self.desk.in_days(days);
        self.desk.floor.until(day);
    }

    /// Named, and all consented.
    fn agreed(&mut self, entity: EntityId) {
        let (bank, firm, inventor) = (self.desk.bank, self.desk.firm, self.inventor);
        self.desk
            .floor
            .must(bank.user, name(self.case, entity, Connection::Creditor));
        for by in [firm, inventor] {
            self.desk.floor.must(by.user, consent_to(self.case, entity));
        }
    }
}

#[test]
fn a_connected_buyer_is_named_and_everybody_else_who_is_paid_consents() {
    let mut scene = Scene::new();
    let (bank, firm, buyer, inventor) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm, scene.inventor);
    let case = scene.case;
    let mut terms = terms_of(&[scene.right], firm);
    terms.ask = yuan(120_000_000);
    let sale = scene.desk.made_sale(bank, Command::ListTransfer(Box::new(terms)));
    scene.refuses(buyer, express(sale, buyer), Reject::ConnectedBuyer);
    scene.refuses(firm, consent_to(case, buyer.entity), Reject::BuyerNotNamed);
    scene.refuses(firm, name(case, buyer.entity, Connection::Creditor), Reject::NotAParty);
    scene.refuses(
        buyer,
        name(case, buyer.entity, Connection::Creditor),
        Reject::UnknownDisposal,
    );
    scene.refuses(
        bank,
        name(case, EntityId(99), Connection::Creditor),
        Reject::UnknownEntity,
    );
    for party in [bank, firm] {
        scene.refuses(
            bank,
            name(case, party.entity, Connection::Creditor),
            Reject::BarredParty,
        );
    }
    scene
        .desk
        .floor
        .must(bank.user, name(case, buyer.entity, Connection::Creditor));
    assert_eq!(
        scene.desk.connected(buyer.entity).needed,
        [firm.entity, inventor.entity]
    );
    scene.refuses(buyer, express(sale, buyer), Reject::ConnectedBuyer);
    // With whom it is connected is not asked, and the buyer learns of no case.
    scene.refuses(bank, consent_to(case, buyer.entity), Reject::NotAParty);
    scene.refuses(buyer, consent_to(case, buyer.entity), Reject::UnknownDisposal);
    scene.refuses(
        scene.desk.other_bank,
        consent_to(case, buyer.entity),
        Reject::UnknownDisposal,
    );
    scene.desk.floor.must(firm.user, consent_to(case, buyer.entity));
    scene.refuses(firm, consent_to(case, buyer.entity), Reject::StateForbids);
    scene.refuses(buyer, express(sale, buyer), Reject::ConnectedBuyer);
    scene.desk.floor.must(inventor.user, consent_to(case, buyer.entity));
    assert!(scene.desk.connected(buyer.entity).needed.is_empty());
    scene.desk.floor.must(buyer.user, express(sale, buyer));
    scene.desk.floor.must(OPERATOR, qualify(sale, buyer.entity, true));
    scene.in_days(9);
    // Named anew, it is asked anew, at each step.
    let copy = scene.desk.floor.exchange.clone();
    scene
        .desk
        .floor
        .must(OPERATOR, name(case, buyer.entity, Connection::Creditor));
    scene.refuses(buyer, bid(sale, 120_000_000), Reject::ConnectedBuyer);
    scene.desk.floor.exchange = copy;
    scene.desk.floor.must(buyer.user, bid(sale, 120_000_000));
}

#[test]
fn who_is_connected_with_the_venue_or_the_appraiser_has_everybodys_consent() {
    let mut scene = Scene::new();
    let (bank, firm, inventor) = (scene.desk.bank, scene.desk.firm, scene.inventor);
    let buyer = scene.desk.other_bank;
    let mut terms = terms_of(&[scene.right], firm);
    terms.ask = yuan(120_000_000);
    let sale = scene.desk.made_sale(bank, Command::ListTransfer(Box::new(terms)));
    let copy = scene.desk.floor.exchange.clone();
    for with in [Connection::Operator, Connection::Appraiser] {
        scene.desk.floor.exchange = copy.clone();
        scene.desk.floor.must(OPERATOR, name(scene.case, buyer.entity, with));
        scene.refuses(buyer, express(sale, buyer), Reject::ConnectedBuyer);
        for by in [bank, firm, inventor] {
            scene.desk.floor.must(by.user, consent_to(scene.case, buyer.entity));
        }
        scene.desk.floor.must(buyer.user, express(sale, buyer));
    }
}

#[test]
fn nobody_is_named_or_consented_to_once_the_case_is_over() {
    let mut scene = Scene::new();
    let (bank, firm, buyer) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let entity = buyer.entity;
    scene
        .desk
        .floor
        .must(bank.user, name(scene.case, entity, Connection::Creditor));
    scene.desk.floor.must(bank.user, end(scene.case));
    scene.refuses(
        bank,
        name(scene.case, entity, Connection::Creditor),
        Reject::StateForbids,
    );
    scene.refuses(firm, consent_to(scene.case, entity), Reject::StateForbids);
}

#[test]
fn in_a_lot_by_the_venues_rules_parties_bid_where_it_says_so_and_are_shown_without_maxima() {
    let mut scene = Scene::new();
    let (bank, firm, buyer) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let lot = scene.lot(LegalBasis::VenueRule);
    scene.in_days(1);
    for party in [bank, firm] {
        scene.refuses(party, enter(lot, party), Reject::BarredParty);
    }
    scene.refuses(buyer, enter(lot, buyer), Reject::ConnectedBuyer);
    scene.refuses(scene.desk.other_bank, admit(lot), Reject::NotAParty);
    scene.refuses(bank, admit(LotId(9_999)), Reject::UnknownLot);
    scene.desk.floor.must(bank.user, admit(lot));
    scene.refuses(bank, admit(lot), Reject::StateForbids);
    scene.agreed(buyer.entity);
    for party in [bank, firm] {
        scene.desk.floor.must(party.user, enter(lot, party));
    }
    // Bank and buyer have the same owner behind them: one of the two bids.
    scene.refuses(buyer, enter(lot, buyer), Reject::AlreadyEntered);
    let related: Vec<_> = scene.desk.related(lot).iter().map(|shown| shown.relation).collect();
    assert_eq!(related, [Relation::Pledgee, Relation::Pledgor]);
    scene.in_days(9);
    for party in [bank, firm] {
        let most = maximum(lot, 110_000_000);
        scene.refuses(party, most, Reject::PartyWithoutMaximum);
    }
    scene.desk.floor.must(bank.user, bid_lot(lot, 100_000_000));
    scene.in_days(2);
    let sold = Command::PayLot(protocol::auction::PayLot { lot });
    scene.desk.floor.must(bank.user, sold);
}

#[test]
fn a_connected_bidder_is_shown_by_its_number_and_leaves_no_maximum() {
    let mut scene = Scene::new();
    let (buyer, free) = (scene.desk.other_firm, scene.desk.other_bank);
    scene.desk.floor.cash_in(free.account, 1_000_000_000);
    let lot = scene.lot(LegalBasis::VenueRule);
    scene.agreed(buyer.entity);
    scene.in_days(1);
    for party in [buyer, free] {
        scene.desk.floor.must(party.user, enter(lot, party));
    }
    let shown = scene.desk.related(lot);
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].relation, Relation::Connected);
    scene.in_days(9);
    let most = maximum(lot, 110_000_000);
    scene.refuses(buyer, most.clone(), Reject::PartyWithoutMaximum);
    scene.desk.floor.must(free.user, most);
}

#[test]
fn parties_are_admitted_before_anybody_entered_to_lots_of_cases_by_the_venues_rules() {
    let mut scene = Scene::new();
    let (bank, free) = (scene.desk.bank, scene.desk.other_bank);
    scene.desk.floor.cash_in(free.account, 1_000_000_000);
    let by_house = scene.lot(LegalBasis::AuctionLaw);
    scene.refuses(bank, admit(by_house), Reject::BasisInvalid);
    scene.in_days(2);
    // An auction house's lot takes nobody related, whatever was consented to.
    let (firm, buyer) = (scene.desk.firm, scene.desk.other_firm);
    scene.agreed(buyer.entity);
    for party in [bank, firm, buyer] {
        scene.refuses(party, enter(by_house, party), Reject::BarredParty);
    }
    let withdraw = Command::WithdrawLot(step_of(by_house));
    scene.desk.floor.must(OPERATOR, withdraw);
    let lot = scene.lot(LegalBasis::VenueRule);
    scene.in_days(1);
    scene.desk.floor.must(free.user, enter(lot, free));
    scene.refuses(bank, admit(lot), Reject::StateForbids);
    // A lot of no case.
    let own = scene.desk.patent("US9");
    let firm = scene.desk.firm;
    let terms = scene.desk.lot_terms(&[own], |_| {});
    let lot = scene.desk.announce(firm, terms);
    assert_eq!(
        scene.desk.floor.try_(OPERATOR, admit(lot)),
        Err(Reject::NothingToDispose)
    );
}

#[test]
fn nobody_is_promised_a_priority_that_it_could_not_use() {
    let mut scene = Scene::new();
    let (bank, firm, buyer) = (scene.desk.bank, scene.desk.firm, scene.desk.other_firm);
    let listing = |entity| {
        let mut terms = terms_of(&[scene.right], firm);
        terms.ask = yuan(120_000_000);
        terms.priority = vec![entity];
        Command::ListTransfer(Box::new(terms))
    };
    let commands = [bank, buyer].map(|party| listing(party.entity));
    for command in commands {
        scene.refuses(bank, command, Reject::PartiesInvalid);
    }
    let ranked = |scene: &Scene, entity| {
        let terms = scene.desk.lot_terms(&[scene.right], |terms| {
            terms.priority = vec![Ranked { entity, rank: 1 }];
        });
        Command::AnnounceLot(Box::new(terms))
    };
    for party in [bank, buyer] {
        let command = ranked(&scene, party.entity);
        scene.refuses(bank, command, Reject::RanksInvalid);
    }
    scene.agreed(buyer.entity);
    let command = ranked(&scene, buyer.entity);
    scene.desk.floor.must(bank.user, command);
}

#[test]
fn a_fund_of_the_banks_own_house_takes_by_its_put_what_the_others_agree_to() {
    let mut scene = Scene::new();
    let (bank, buyer) = (scene.desk.bank, scene.desk.other_firm);
    let put = scene.desk.put_in_force(scene.loan, &[scene.right], buyer);
    let lot = scene.desk.unsold(&[scene.right]);
    scene.refuses(bank, exercise(put, lot), Reject::ConnectedBuyer);
    scene.agreed(buyer.entity);
    scene.desk.made_sale(bank, exercise(put, lot));
}

#[test]
fn consents_are_saved_and_loaded_with_their_case() {
    let mut scene = Scene::new();
    let entity = scene.desk.other_firm.entity;
    scene.agreed(entity);
    let saved = scene.desk.floor.exchange.save();
    let loaded = engine::Exchange::<engine::book::PlainBook>::load(&saved).unwrap();
    assert_eq!(loaded.state_hash(), scene.desk.floor.exchange.state_hash());
}
