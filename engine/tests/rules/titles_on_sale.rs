//! Sales beside the rest of the registry: co-owners and their consents, holds, marks that pass together, licences,
//! values, and a right that is sold on.

use crate::floor::sales::{
    CONTRACT, Market, PAPER, answer, bid, cancel, express, file, fund, operator, sign, terms_of,
};
use crate::floor::{self, CODES, Floor, OPERATOR, Party, day, epoch, yuan};
use protocol::title::{Appraisal, SetAppraiser};
use protocol::{
    AccountId, AssetId, Command, Date, Digest, Event, PrivateEvent, Record, Reject, TransferId,
    asset::AssetClass,
    event::PostingReason,
    licence::{LicenceStep, OfferLicence, PayLicence, Scope},
    party::Roles,
    rules::{Approval, Profile},
    title::{
        Act, AssetChange, Basis, ChangeAsset, Extract, GiveConsent, HoldKind, LinkMarks, NamedValue, PlaceHold,
        RecordValuation, Share, VerifyAsset, WithdrawConsent,
    },
    transfer::{EndDisclosure, TransferRefusal, TransferState},
};
use serde_json::Value;

fn consent(asset: AssetId, floor: Option<i64>) -> Command {
    Command::GiveConsent(Box::new(GiveConsent {
        asset,
        act: Act::Transfer,
        floor: floor.map(yuan),
        until: None,
    }))
}

fn hold(asset: AssetId, kind: HoldKind) -> Command {
    Command::PlaceHold(Box::new(PlaceHold {
        asset,
        kind,
        holder: protocol::Bounded::new("A court").unwrap(),
        reference: protocol::Bounded::new("2026-1").unwrap(),
        until: (kind == HoldKind::CourtHold).then_some(day(2026, 9, 1)),
        renews: None,
        evidence: PAPER,
    }))
}

fn change(asset: AssetId, change: AssetChange) -> Command {
    let evidence = PAPER;
    Command::ChangeAsset(Box::new(ChangeAsset {
        asset,
        change,
        evidence,
    }))
}

/// Verifies the right by an extract of this day.
fn verify(market: &mut Market) {
    let drawn = protocol::Timestamp(market.floor.at).venue_date();
    let verify = VerifyAsset {
        asset: market.right,
        extract: Extract { drawn, evidence: PAPER },
        owners: vec![],
        granted: None,
        expires: None,
    };
    market.floor.must(OPERATOR, Command::VerifyAsset(Box::new(verify)));
}

/// A market whose right is ana's, cy's and dora's by 3, 3 and 1 parts; dora has no account.
fn shared() -> (Market, Party) {
    let mut market = Market::new();
    let dora = market.floor.party_without_account(CODES[5], Roles::FIRM);
    let owners = [(market.ana, 3), (market.cy, 3), (dora, 1)].map(|(party, parts)| Share {
        entity: party.entity,
        parts,
    });
    let ana = market.ana.entity;
    market.right = market.floor.right(ana, "US2", |right| right.owners = owners.to_vec());
    (market, dora)
}

impl Floor<engine::book::FastBook> {
    fn party_without_account(&mut self, code: &str, roles: Roles) -> Party {
        let register = protocol::party::RegisterEntity {
            name: protocol::Bounded::new(code).unwrap(),
            kind: protocol::party::EntityKind::Company,
            legal_id: protocol::party::LegalId::Uscc(protocol::Bounded::new(code).unwrap()),
            evidence: None,
        };
        let protocol::Receipt::Entity(entity) = self.must(OPERATOR, Command::RegisterEntity(Box::new(register))) else {
            panic!()
        };
        let register = protocol::party::RegisterUser { entity, roles };
        let protocol::Receipt::User(user) = self.must(OPERATOR, Command::RegisterUser(register)) else {
            panic!()
        };
        Party {
            entity,
            user,
            account: AccountId(999),
        }
    }
}

#[test]
fn co_owners_consent_and_are_paid_by_their_parts() {
    let (mut market, dora) = shared();
    let (ana, bo, cy, right) = (market.ana, market.bo, market.cy, market.right);
    // Another account of cy's, opened later: the first one is paid.
    market.floor.must(OPERATOR, Command::OpenAccount { entity: cy.entity });
    market.floor.must(cy.user, consent(right, Some(100_001)));
    market.floor.must(dora.user, consent(right, None));
    let below = terms_of(&[right], ana);
    assert_eq!(market.list_by(ana, below), Err(Reject::CoOwnerConsent));
    market.floor.must(cy.user, consent(right, Some(100_000)));
    let id = market.at(TransferState::RecordalFiled, |_| {});
    let first = market.floor.events.len();
    market.floor.must(OPERATOR, answer(id, None));
    let received = |event: &protocol::Stamped<Event>| match &event.body {
        Event::Private(_, PrivateEvent::CashPosted(posting)) if posting.reason == PostingReason::Received => {
            Some((posting.account, posting.free.minor()))
        }
        _ => None,
    };
    // 100,000 fen by 3 : 3 : 1 is 42,857.14, 42,857.14 and 14,285.71: the last fen goes to the largest remainder.
    let paid: Vec<_> = market.floor.events[first..].iter().filter_map(received).collect();
    assert_eq!(
        paid,
        [(ana.account, 42_857), (cy.account, 42_857), (ana.account, 14_286)]
    );
    let mut titles = market.floor.records(first).into_iter().rev();
    let title = titles
        .find(|changed| matches!(changed.record, Record::Title(_)))
        .unwrap();
    for party in [ana, cy, dora, bo] {
        assert!(title.readers.has(party.entity), "old and new owners hear of it");
    }
    assert!(
        matches!(title.record, Record::Title(title) if title.owners[..] == [Share { entity: bo.entity, parts: 1 }])
    );
}

#[test]
fn a_consent_that_is_taken_back_ends_the_sale_until_money_is_held() {
    for (state, end) in [
        (TransferState::Listed, TransferState::Cancelled),
        (TransferState::Contract, TransferState::Cancelled),
        (TransferState::EscrowFunded, TransferState::EscrowFunded),
        (TransferState::RecordalFiled, TransferState::RecordalFiled),
    ] {
        let (mut market, dora) = shared();
        let asset = market.right;
        market.floor.must(market.cy.user, consent(asset, None));
        market.floor.must(dora.user, consent(asset, None));
        let id = market.at(state, |_| {});
        let act = Act::Transfer;
        market
            .floor
            .must(dora.user, Command::WithdrawConsent(WithdrawConsent { asset, act }));
        assert_eq!(market.state(id), end, "{state:?}");
        if end == TransferState::RecordalFiled {
            market.floor.must(OPERATOR, answer(id, None));
            assert_eq!(market.state(id), TransferState::Released, "what is done stays");
        }
    }
}

#[test]
fn a_freeze_ends_the_sale_until_money_is_held_and_then_the_office_refuses() {
    let deeds: [fn(AssetId) -> Command; 3] = [
        |asset| hold(asset, HoldKind::CourtHold),
        |asset| change(asset, AssetChange::Suspend),
        |asset| change(asset, AssetChange::Delist),
    ];
    for deed in deeds {
        for state in [
            TransferState::Listed,
            TransferState::Interest,
            TransferState::Bidding,
            TransferState::PriorityWindow,
            TransferState::Contract,
            TransferState::EscrowFunded,
            TransferState::RecordalFiled,
        ] {
            let mut market = Market::new();
            let dee = market.dee.entity;
            let id = market.at(state, |terms| {
                if state == TransferState::PriorityWindow {
                    terms.priority = vec![dee];
                }
            });
            market.floor.must(OPERATOR, deed(market.right));
            let funded = matches!(state, TransferState::EscrowFunded | TransferState::RecordalFiled);
            let end = if funded { state } else { TransferState::Cancelled };
            assert_eq!(market.state(id), end, "{:?} in {state:?}", deed(market.right));
        }
    }
    let mut market = Market::new();
    let id = market.at(TransferState::RecordalFiled, |_| {});
    market
        .floor
        .must(OPERATOR, hold(market.right, HoldKind::OwnershipDispute));
    market.rejects(operator(), [(answer(id, None), Reject::RightFrozen)]);
    market
        .floor
        .must(OPERATOR, answer(id, Some(TransferRefusal::Preserved)));
    assert_eq!(market.state(id), TransferState::Refunded);
}

#[test]
fn a_right_that_is_void_gives_the_buyer_its_money_back() {
    for (state, end) in [
        (TransferState::Contract, TransferState::Cancelled),
        (TransferState::EscrowFunded, TransferState::Refunded),
        (TransferState::RecordalFiled, TransferState::Refunded),
        (TransferState::Released, TransferState::Released),
    ] {
        let mut market = Market::new();
        let id = market.at(state, |_| {});
        market
            .floor
            .must(OPERATOR, change(market.right, AssetChange::Invalidate));
        assert_eq!(market.state(id), end, "{state:?}");
    }
}

#[test]
fn similar_marks_pass_together() {
    let mut market = Market::new();
    let ana = market.ana;
    let marks = ["1", "2", "3"].map(|number| market.another(number, AssetClass::Trademark));
    let assets = marks[..2].to_vec();
    market
        .floor
        .must(OPERATOR, Command::LinkMarks(Box::new(LinkMarks { assets })));
    let short = terms_of(&[marks[0], marks[2]], ana);
    assert_eq!(market.list_by(ana, short), Err(Reject::BundleIncomplete));
    market.list_by(ana, terms_of(&marks[..2], ana)).unwrap();
}

#[test]
fn every_buyer_is_told_of_a_challenge() {
    for challenged in [true, false] {
        let mut market = Market::new();
        if challenged {
            market
                .floor
                .must(OPERATOR, hold(market.right, HoldKind::InvalidationPending));
        }
        market.list(|_| {});
        let told = market.floor.records(0).into_iter().rev();
        let mut offers = told.filter_map(|changed| match changed.record {
            Record::Offer(offer) => Some(offer.challenged),
            _ => None,
        });
        assert_eq!(offers.next(), Some(challenged));
    }
}

#[test]
fn a_sale_tells_what_the_right_was_valued_at() {
    let value = |asset| {
        Command::RecordValuation(Box::new(RecordValuation {
            asset,
            basis: Basis::Agreed(NamedValue { amount: yuan(90_000) }),
            expires: day(2027, 1, 1),
            evidence: PAPER,
        }))
    };
    let mut market = Market::new();
    market.floor.must(OPERATOR, value(market.right));
    let id = market.at(TransferState::Released, |_| {});
    let realised = market.sale(id).realised.unwrap();
    assert_eq!((realised.value, realised.price), (yuan(90_000), yuan(100_000)));
    // Nobody can say what one right of several brought.
    let mut market = Market::new();
    let second = market.another("US2", AssetClass::Patent);
    market.floor.must(OPERATOR, value(market.right));
    let assets = vec![market.right, second];
    let id = market.at(TransferState::Released, |terms| terms.assets = assets);
    assert_eq!(market.sale(id).realised, None);
}

/// What a licence does to a sale: an offer that waits would tell its licensee of it, what is paid survives it.
#[test]
fn no_licence_waits_beside_a_sale_and_what_was_paid_survives_it() {
    let mut market = Market::new();
    let (ana, dee, asset) = (market.ana, market.dee, market.right);
    let offer = OfferLicence {
        asset,
        licensee: dee.entity,
        kind: None,
        scope: Scope {
            territories: vec![],
            fields: vec![],
            from: day(2027, 1, 1),
            until: day(2028, 1, 1),
        },
        sublicence: false,
        fee: yuan(10_000),
        account: ana.account,
        contract: Digest([4; 32]),
    };
    let protocol::Receipt::Deal(seq) = market.floor.must(ana.user, Command::OfferLicence(Box::new(offer))) else {
        panic!()
    };
    let licence = protocol::LicenceId::from(seq);
    let terms = terms_of(&[asset], ana);
    assert_eq!(market.list_by(ana, terms), Err(Reject::AlreadyOffered));
    market
        .floor
        .must(dee.user, Command::AcceptLicence(LicenceStep { licence }));
    let id = market.list(|terms| terms.deny = vec![dee.entity]);
    // Dee is denied and pays as if there were no sale.
    let account = dee.account;
    market
        .floor
        .must(dee.user, Command::PayLicence(PayLicence { licence, account }));
    market.floor.must(ana.user, cancel(id));
    let id = market.at(TransferState::Contract, |terms| terms.deny = vec![dee.entity]);
    assert_eq!(market.sale(id).surviving, [licence]);
}

/// A market whose right passes from ana to bo on this day.
fn sold_on(first: Date) -> Market {
    let mut floor = Floor::new();
    floor.at = Date(first.0 - 5).start().0;
    // A venue that may loosen cap and lock, with the numbers of a Chinese one.
    floor.must(OPERATOR, epoch(Profile::UnitMarket, Approval::Sandbox, 10, 20));
    let mut market = Market::on(floor);
    market.rule(|rules| rules.disclosure_days = 1);
    market.sold_on(first);
    assert_eq!(protocol::Timestamp(market.floor.at).venue_date(), first);
    verify(&mut market);
    market
}

/// Bo offers what it bought, whatever the lock says.
fn offered_again(market: &mut Market) -> TransferId {
    let (bo, right) = (market.bo, market.right);
    market.rule(|rules| rules.lock_days = 0);
    let id = market.list_by(bo, terms_of(&[right], bo)).unwrap();
    market.rule(|_| {});
    id
}

#[test]
fn what_was_bought_or_sold_goes_back_when_the_vectors_say() {
    let vectors: Value = serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
    for case in vectors["t5"]["cases"].as_array().unwrap() {
        let date = |name: &str| case[name].as_str().unwrap().parse::<Date>().unwrap();
        let mut market = sold_on(date("on"));
        let (ana, bo) = (market.ana, market.bo);
        let outcome = if case["first"] == "buy" {
            market.floor.until(date("try"));
            market.list_by(bo, terms_of(&[market.right], bo)).map(|_| ())
        } else {
            // Five working days from Monday: on the next one the disclosure ends, so it is offered on the day before
            // that.
            market.floor.until(Date(date("try").0 - 3));
            let id = offered_again(&mut market);
            market.floor.until(date("try"));
            market.floor.try_(ana.user, express(id, ana)).map(|_| ())
        };
        let expected = if case["out"] == "ok" {
            Ok(())
        } else {
            Err(Reject::T5Lock)
        };
        assert_eq!(outcome, expected, "{case}");
    }
}

#[test]
fn a_right_is_sold_on_and_who_left_still_counts() {
    let mut market = sold_on(day(2026, 3, 2));
    let (ana, bo, cy, dee, right) = (market.ana, market.bo, market.cy, market.dee, market.right);
    market.rule(|rules| (rules.holder_cap, rules.lock_days) = (Some(3), 0));
    let id = market.list_by(bo, terms_of(&[right], bo)).unwrap();
    // Ana has held it: it takes no place, and bids for what it sold.
    market.qualified(id, &[ana, cy, dee]);
    let disclosed = market.sale(id).disclosed;
    market.pass(disclosed);
    market.floor.must(ana.user, bid(id, 100_000));
    market.floor.must(cy.user, bid(id, 101_000));
    let ends = market.sale(id).bidding_ends.unwrap();
    market.pass(ends);
    market.floor.must(bo.user, sign(id, CONTRACT));
    market.floor.must(cy.user, sign(id, CONTRACT));
    market.floor.must(cy.user, fund(id));
    market.floor.must(bo.user, file(id));
    market.floor.must(OPERATOR, answer(id, None));
    assert_eq!(market.sale(id).state, TransferState::Released);
    verify(&mut market);
    let full = terms_of(&[right], cy);
    assert_eq!(
        market.list_by(cy, full),
        Err(Reject::HolderCap),
        "ana, bo and cy have held it"
    );
}

#[test]
fn a_seller_ends_a_disclosure_once_the_least_has_passed() {
    let mut market = Market::new();
    let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
    let id = market.list(|terms| (terms.disclosure_days, terms.deny) = (10, vec![dee.entity]));
    let end = |transfer| Command::EndDisclosure(EndDisclosure { transfer });
    market.rejects(dee, [(end(id), Reject::UnknownTransfer)]);
    market.rejects(bo, [(end(id), Reject::NotAParty)]);
    market.rejects(ana, [(end(id), Reject::DisclosureInvalid)]);
    market.qualified(id, &[bo, cy]);
    // Five working days from Monday.
    market.floor.at = day(2026, 3, 10).start().0 - 2;
    market.rejects(ana, [(end(id), Reject::DisclosureInvalid)]);
    market.floor.must(ana.user, end(id));
    assert_eq!(market.state(id), TransferState::Bidding);
    assert_eq!(market.sale(id).bidding_ends, Some(day(2026, 3, 13)));
    market.rejects(ana, [(end(id), Reject::StateForbids)]);
}

#[test]
fn a_title_that_is_passing_takes_no_new_book_along() {
    let mut market = Market::on(Floor::unit_market());
    let right = market.right;
    let list = |symbol: &str| {
        Command::ListUnits(Box::new(protocol::listing::ListUnits {
            asset: right,
            terms: floor::terms(symbol),
        }))
    };
    let id = market.at(TransferState::Contract, |_| {});
    let ana = market.ana;
    market.rejects(ana, [(list("US1.U"), Reject::AlreadyOffered)]);
    market.floor.must(OPERATOR, cancel(id));
    market.floor.must(ana.user, list("US1.U"));
}

#[test]
fn a_licence_paid_after_the_price_stood_survives_on_the_record() {
    let mut market = Market::new();
    let (ana, cy, right) = (market.ana, market.cy, market.right);
    let offer = Command::OfferLicence(Box::new(OfferLicence {
        asset: right,
        licensee: cy.entity,
        kind: None,
        scope: Scope {
            territories: vec![],
            fields: vec![],
            from: day(2026, 3, 2),
            until: day(2030, 3, 2),
        },
        sublicence: false,
        fee: yuan(100),
        account: ana.account,
        contract: PAPER,
    }));
    let protocol::Receipt::Deal(seq) = market.floor.must(ana.user, offer) else {
        panic!()
    };
    let licence = protocol::LicenceId::from(seq);
    market
        .floor
        .must(cy.user, Command::AcceptLicence(LicenceStep { licence }));
    let id = market.at(TransferState::RecordalFiled, |_| {});
    assert_eq!(market.sale(id).surviving, [licence], "agreed: it may still be paid");
    let pay = PayLicence {
        licence,
        account: cy.account,
    };
    market.floor.must(cy.user, Command::PayLicence(pay));
    market.floor.must(OPERATOR, answer(id, None));
    assert_eq!(market.sale(id).surviving, [licence]);
}

#[test]
fn buyers_are_told_what_survives_and_what_is_challenged_from_the_first_day_on() {
    let mut market = Market::new();
    let (ana, dee, right) = (market.ana, market.dee, market.right);
    let id = crate::floor::grants::agreed(&mut market.floor, right, ana, dee, |_| {});
    market.list(|_| {});
    let offer = |market: &Market| {
        let told = market.floor.records(0).into_iter().rev();
        let mut offers = told.filter_map(|changed| match changed.record {
            Record::Offer(offer) => Some(offer),
            _ => None,
        });
        offers.next().unwrap()
    };
    assert_eq!(offer(&market).surviving, 1, "{id:?} is agreed and may be paid");
    assert!(!offer(&market).challenged);
    market.floor.must(OPERATOR, hold(right, HoldKind::InvalidationPending));
    assert!(offer(&market).challenged, "while it is on sale, too");
}

#[test]
fn an_appraiser_who_is_denied_learns_nothing_of_the_sale() {
    for denied in [true, false] {
        let mut market = Market::new();
        let dee = market.dee;
        let admit = SetAppraiser {
            entity: dee.entity,
            admitted: true,
            evidence: PAPER,
        };
        market.floor.must(OPERATOR, Command::SetAppraiser(Box::new(admit)));
        let appraised = RecordValuation {
            asset: market.right,
            basis: Basis::Appraised(Appraisal {
                appraiser: dee.entity,
                amount: yuan(90_000),
            }),
            expires: day(2027, 1, 1),
            evidence: PAPER,
        };
        market
            .floor
            .must(OPERATOR, Command::RecordValuation(Box::new(appraised)));
        let told = market.floor.events.len();
        market.at(TransferState::Released, |terms| {
            if denied {
                terms.deny = vec![dee.entity];
            }
        });
        let heard = market.floor.records(told);
        let heard = heard.iter().filter(|changed| changed.readers.has(dee.entity));
        assert_eq!(heard.count() == 0, denied);
    }
}

#[test]
fn marks_are_not_linked_while_one_of_them_is_on_sale() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    let [one, other] = ["1", "2"].map(|number| market.another(number, AssetClass::Trademark));
    let shared = market.floor.right(ana.entity, "3", |right| {
        right.asset.class = AssetClass::Trademark;
        right.owners = vec![crate::floor::titles::share(ana, 1), crate::floor::titles::share(bo, 1)];
    });
    let link = |assets: &[AssetId]| {
        Command::LinkMarks(Box::new(LinkMarks {
            assets: assets.to_vec(),
        }))
    };
    market.list_by(ana, terms_of(&[one], ana)).unwrap();
    market.rejects(
        operator(),
        [
            (link(&[one, other]), Reject::AlreadyOffered),
            // Of other owners, they could never be sold together.
            (link(&[other, shared]), Reject::MarksInvalid),
        ],
    );
}
