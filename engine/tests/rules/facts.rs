//! What the register of a right's class tells: rights in a work, the end of a layout, the debtor of a licence's income.

use crate::floor::{
    CODES, Floor, NOTHING, OPERATOR, at_start_of, day, described_work,
    grants::{licensed, made, offering, plain, to_copy},
    refuses,
    sales::{Market, terms_of},
    titles::{self, market, share, state},
    yuan,
};
use engine::book::FastBook;
use protocol::{
    AssetId, Bounded, Command, Date, Digest, Readers, Record, Reject,
    asset::AssetClass,
    listing::ListUnits,
    party::Roles,
    title::{
        AssetChange, AssetState, DescribeRight, IncomeFacts, LayoutFacts, NewRight, RightFacts, VerifyAsset, WorkRight,
    },
    transfer::TransferState,
};

fn described(asset: AssetId, facts: RightFacts) -> Command {
    Command::DescribeRight(Box::new(DescribeRight {
        asset,
        facts,
        evidence: Digest([9; 32]),
    }))
}

fn layout(created: Date, used: Option<Date>) -> RightFacts {
    RightFacts::Layout(LayoutFacts { created, used })
}

fn income(acknowledged: Date) -> RightFacts {
    RightFacts::Income(IncomeFacts {
        obligor: Bounded::new("Anji Sensors").unwrap(),
        acknowledged,
    })
}

fn of_class(class: AssetClass) -> impl Fn(&mut NewRight) {
    move |right| right.asset.class = class
}

#[test]
fn every_fault_of_a_description_in_turn() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let floor = &mut floor;
    let work = floor.right(ana.entity, "W1", of_class(AssetClass::Copyright));
    let over = floor.right(ana.entity, "W2", |right| {
        right.asset.class = AssetClass::Copyright;
        right.asset.expires = Some(day(2026, 3, 4));
    });
    let void = floor.right(ana.entity, "W3", of_class(AssetClass::Copyright));
    floor.must(OPERATOR, crate::floor::change(void, AssetChange::Invalidate));
    let copy = [WorkRight::Reproduction];
    refuses(floor, ana.user, described_work(NOTHING, &copy), Reject::NotPermitted);
    refuses(floor, OPERATOR, described_work(NOTHING, &copy), Reject::UnknownAsset);
    refuses(floor, ana.user, described_work(work, &copy), Reject::NotPermitted);
    for personal in [
        WorkRight::Publication,
        WorkRight::Attribution,
        WorkRight::Alteration,
        WorkRight::Integrity,
    ] {
        let named = [WorkRight::Reproduction, personal];
        refuses(floor, OPERATOR, described_work(work, &named), Reject::NotListable);
    }
    let (today, tomorrow) = (day(2026, 3, 2), day(2026, 3, 3));
    let twice = [WorkRight::Network, WorkRight::Network];
    for wrong in [
        described_work(work, &[]),
        described_work(work, &twice),
        described(work, layout(today, None)),
        described(work, income(today)),
    ] {
        refuses(floor, OPERATOR, wrong, Reject::FactsInvalid);
    }
    refuses(floor, OPERATOR, described_work(void, &copy), Reject::StateForbids);
    let told = floor.events.len();
    floor.must(OPERATOR, described_work(work, &copy));
    let records = floor.records(told);
    assert!(
        records
            .iter()
            .any(|told| matches!(told.record, Record::Facts(_)) && told.readers == Readers::one(ana.entity))
    );
    // What is on offer, or licensed, is what was described.
    let offered = made(floor, ana.user, offering(work, ana, bo, to_copy));
    refuses(floor, OPERATOR, described_work(work, &copy), Reject::AlreadyOffered);
    floor.must(bo.user, crate::floor::grants::accept(offered));
    refuses(floor, OPERATOR, described_work(work, &copy), Reject::LicenceConflict);

    let chip = floor.right(ana.entity, "L1", of_class(AssetClass::CircuitLayout));
    for wrong in [
        layout(tomorrow, None),
        layout(today, Some(tomorrow)),
        layout(day(2014, 1, 2), Some(day(2014, 1, 1))),
        // Filed on 2014-03-31: before it was made.
        layout(day(2014, 4, 1), None),
    ] {
        refuses(floor, OPERATOR, described(chip, wrong), Reject::FactsInvalid);
    }
    let claim = floor.right(ana.entity, "I1", of_class(AssetClass::LicenceIncome));
    refuses(
        floor,
        OPERATOR,
        described(claim, income(tomorrow)),
        Reject::FactsInvalid,
    );
    floor.must(OPERATOR, described(claim, income(today)));
    at_start_of(floor, day(2026, 3, 4));
    floor.must(OPERATOR, Command::Tick);
    refuses(floor, OPERATOR, described_work(over, &copy), Reject::AssetExpired);
}

#[test]
fn a_right_whose_register_tells_more_is_offered_once_that_is_recorded() {
    let mut market = Market::new();
    let (ana, bo) = (market.ana, market.bo);
    for (number, class, facts) in [
        (
            "L1",
            AssetClass::CircuitLayout,
            layout(day(2013, 1, 1), Some(day(2020, 1, 1))),
        ),
        ("I1", AssetClass::LicenceIncome, income(day(2026, 3, 2))),
    ] {
        let asset = market.floor.right(ana.entity, number, |right| {
            right.asset.class = class;
            right.asset.filed = Some(day(2018, 1, 1));
        });
        assert_eq!(market.list_by(ana, terms_of(&[asset], ana)), Err(Reject::FactsMissing));
        refuses(
            &mut market.floor,
            ana.user,
            offering(asset, ana, bo, plain),
            Reject::FactsMissing,
        );
        market.floor.must(OPERATOR, described(asset, facts));
        assert!(market.list_by(ana, terms_of(&[asset], ana)).is_ok());
    }
    let (mut floor, [ana, bo, _]) = titles::market::<FastBook>();
    let work = floor.right(ana.entity, "W1", of_class(AssetClass::Copyright));
    // Which rights in it are held here nobody knows yet: that is what is missing, and none is withheld.
    let licence = offering(work, ana, bo, to_copy);
    refuses(&mut floor, ana.user, licence, Reject::FactsMissing);
    let list = Command::ListUnits(Box::new(ListUnits {
        asset: work,
        terms: crate::floor::terms("WORK"),
    }));
    refuses(&mut floor, ana.user, list.clone(), Reject::FactsMissing);
    let mut at_once = NewRight::from(crate::floor::asset(ana.entity, "W2"));
    at_once.asset.class = AssetClass::Copyright;
    at_once.extract = Some(crate::floor::extract());
    at_once.units = Some(crate::floor::terms("WORK2"));
    let register = protocol::title::RegisterRights {
        rights: vec![at_once],
        issue_to: None,
    };
    refuses(
        &mut floor,
        OPERATOR,
        Command::RegisterRights(Box::new(register)),
        Reject::FactsMissing,
    );
    floor.must(OPERATOR, described_work(work, &[WorkRight::Network]));
    floor.must(ana.user, list);
}

#[test]
fn a_licence_of_a_work_names_the_rights_it_grants() {
    let (mut floor, [ana, bo, _]) = market::<FastBook>();
    let floor = &mut floor;
    let cy = floor.party(CODES[5], Roles::FIRM);
    floor.cash_in(cy.account, 100_000);
    let work = floor.right(ana.entity, "W1", of_class(AssetClass::Copyright));
    let patent = floor.right(ana.entity, "P1", plain);
    floor.must(
        OPERATOR,
        described_work(work, &[WorkRight::Reproduction, WorkRight::Network]),
    );
    let fields = |asset, named: &[&str]| {
        let fields = named.iter().map(|field| Bounded::new(field).unwrap()).collect();
        offering(asset, ana, bo, |offer| offer.scope.fields = fields)
    };
    // Nothing stated, nothing granted; what is not held; a field that is no right in a work; a work's right in a
    // patent.
    for (asset, named) in [
        (work, &[][..]),
        (work, &["use:adaptation"]),
        (work, &["use:reproduction", "use:attribution"]),
        (work, &["use:reproduction", "nice:9"]),
        (patent, &["use:reproduction"]),
    ] {
        refuses(floor, ana.user, fields(asset, named), Reject::RightWithheld);
    }
    refuses(
        floor,
        ana.user,
        fields(work, &["use:reproduction", "use:copying"]),
        Reject::FieldInvalid,
    );
    let exclusive = |field: &'static str| {
        move |offer: &mut protocol::licence::OfferLicence| {
            offer.kind = Some(protocol::licence::LicenceKind::Exclusive);
            offer.scope.fields = vec![Bounded::new(field).unwrap()];
        }
    };
    // Two exclusive licences of one work: each of another right in it.
    licensed(floor, work, ana, bo, exclusive("use:reproduction"));
    licensed(floor, work, ana, cy, exclusive("use:network"));
    refuses(
        floor,
        ana.user,
        offering(work, ana, cy, exclusive("use:reproduction")),
        Reject::LicenceConflict,
    );
}

#[test]
fn a_layout_ends_by_law() {
    let (mut floor, [ana, ..]) = market::<FastBook>();
    let floor = &mut floor;
    let chip = |floor: &mut Floor<FastBook>, number: &str, filed| {
        floor.right(ana.entity, number, |right| {
            right.asset.class = AssetClass::CircuitLayout;
            (right.asset.filed, right.asset.granted) = (Some(filed), Some(filed));
        })
    };
    let asset = chip(floor, "L1", day(2018, 5, 1));
    let late = chip(floor, "L2", day(2018, 5, 1));
    floor.must(OPERATOR, described(asset, layout(day(2012, 3, 3), None)));
    assert_eq!(
        titles::title(floor, asset).expires,
        Some(day(2027, 3, 3)),
        "fifteen years from its creation"
    );
    let verify = |expires| {
        Command::VerifyAsset(Box::new(VerifyAsset {
            asset,
            extract: crate::floor::extract(),
            owners: vec![],
            granted: None,
            expires: Some(expires),
        }))
    };
    refuses(floor, OPERATOR, verify(day(2027, 3, 4)), Reject::DatesInvalid);
    floor.must(OPERATOR, verify(day(2027, 3, 3)));
    at_start_of(floor, day(2027, 3, 3));
    floor.must(OPERATOR, Command::Tick);
    assert_eq!(state(floor, asset), AssetState::Expired);
    // Its register tells that it had ended.
    floor.must(
        OPERATOR,
        described(late, layout(day(2015, 3, 3), Some(day(2017, 1, 1)))),
    );
    assert_eq!(state(floor, late), AssetState::Expired);
}

#[test]
fn the_debtor_of_an_income_acknowledges_each_owner() {
    let mut market = Market::new();
    let claim = market.another("I1", AssetClass::LicenceIncome);
    market.floor.must(OPERATOR, described(claim, income(day(2026, 3, 2))));
    let id = market.at(TransferState::Released, |terms| terms.assets = vec![claim]);
    assert_eq!(market.state(id), TransferState::Released);
    let bo = market.bo;
    market.unlock();
    let extract = protocol::title::Extract {
        drawn: protocol::Timestamp(market.floor.at).venue_date(),
        evidence: Digest([1; 32]),
    };
    let verify = VerifyAsset {
        asset: claim,
        extract,
        owners: vec![],
        granted: None,
        expires: None,
    };
    market.floor.must(OPERATOR, Command::VerifyAsset(Box::new(verify)));
    assert_eq!(market.list_by(bo, terms_of(&[claim], bo)), Err(Reject::FactsMissing));
}

#[test]
fn a_fee_is_shared_by_the_owners_parts() {
    let (mut floor, [ana, bo, cy]) = market::<FastBook>();
    let floor = &mut floor;
    let shared = floor.right(ana.entity, "P1", |right| {
        right.owners = vec![share(ana, 2), share(cy, 1)];
    });
    let free = |floor: &Floor<FastBook>, first: usize| crate::floor::grants::cash_posted(floor, first);
    // Cy grants it alone (专利法 14), and ana has her part.
    let first = floor.events.len();
    licensed(floor, shared, cy, bo, |offer| {
        offer.scope.from = day(2026, 3, 2);
        offer.fee = yuan(100);
    });
    let received: Vec<_> = free(floor, first)
        .into_iter()
        .filter(|(_, free, held, _)| *free > 0 && *held == 0)
        .map(|(account, free, ..)| (account, free))
        .collect();
    assert_eq!(received, [(ana.account, 67), (cy.account, 33)]);
}
