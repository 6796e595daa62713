//! What a sale of the title and a licence do to each other (法释〔2020〕19号 24), and what a licensee from abroad waits for.

use crate::floor::grants::{
    accept, agreed, ask_open, begins_today, cash_posted, foreigner, kind, licence, licensed, made, offering, pay,
    plain, state, take_open, to_copy,
};
use crate::floor::sales::{self, Market, cancel, export_check};
use crate::floor::{OPERATOR, day, refuses, titles};
use protocol::{
    Command, OpenLicenceId, Readers, Record, Reject,
    asset::AssetClass,
    event::PostingReason::{Paid, Received},
    licence::{LicenceKind, LicenceState},
    party::Roles,
    title::AssetState,
    transfer::TransferState,
};

#[test]
fn licences_survive_a_sale_and_nothing_new_is_granted_under_it() {
    let mut market = Market::new();
    let (ana, cy, dee, right) = (market.ana, market.cy, market.dee, market.right);
    let floor = &mut market.floor;
    let running = licensed(floor, right, ana, cy, begins_today);
    let paid = licensed(floor, right, ana, cy, plain);
    let of_the_buyer = licensed(floor, right, ana, market.bo, begins_today);
    let paid_late = agreed(floor, right, ana, cy, plain);
    let never_paid = agreed(floor, right, ana, cy, plain);

    let id = market.list(|_| {});
    let floor = &mut market.floor;
    refuses(
        floor,
        ana.user,
        offering(right, ana, dee, plain),
        Reject::AlreadyOffered,
    );
    refuses(
        floor,
        ana.user,
        ask_open(right, ana.account, plain),
        Reject::AlreadyOffered,
    );
    // What was agreed before may be paid, and then survives.
    floor.must(cy.user, pay(paid_late, cy.account));
    market.floor.must(ana.user, cancel(id));
    let id = market.at(TransferState::Contract, |_| {});
    let told = market.sale(id).surviving;
    assert_eq!(told[..4], [running, paid, of_the_buyer, paid_late]);
    assert_eq!(told.len(), 5, "what is agreed may still be paid");

    let (bo, from) = (market.bo, day(2027, 1, 1));
    market.floor.must(ana.user, sales::sign(id, sales::CONTRACT));
    market.floor.must(bo.user, sales::sign(id, sales::CONTRACT));
    market.floor.must(bo.user, sales::fund(id));
    market.floor.must(ana.user, sales::file(id));
    let first = market.floor.events.len();
    market.floor.must(OPERATOR, sales::answer(id, None));
    let floor = &mut market.floor;
    assert_eq!(titles::state(floor, right), AssetState::Transferred);
    for (licence, expected) in [
        (running, LicenceState::Effective),
        (paid, LicenceState::Paid),
        (paid_late, LicenceState::Paid),
        (of_the_buyer, LicenceState::Terminated),
        (never_paid, LicenceState::Withdrawn),
    ] {
        assert_eq!(state(floor, licence), expected, "{licence:?}");
    }
    // The new owner is the licensor, and the old one hears of it.
    assert_eq!(licence(floor, running).licensor, bo.entity);
    let readers: Vec<_> = floor
        .records(first)
        .into_iter()
        .filter(|changed| matches!(&changed.record, Record::Licence(licence) if licence.licence == running))
        .map(|changed| changed.readers)
        .collect();
    assert_eq!(readers, [Readers::Only(vec![bo.entity, cy.entity, ana.entity])]);
    // What is in escrow follows the contract: to the account that it names.
    let first = floor.events.len();
    floor.until(from);
    assert_eq!(state(floor, paid), LicenceState::Effective);
    let posted = cash_posted(floor, first);
    assert_eq!(
        posted[..2],
        [(cy.account, 0, -10_000, Paid), (ana.account, 10_000, 0, Received)]
    );
}

#[test]
fn technology_goes_abroad_once_the_check_is_cleared() {
    let mut market = Market::new();
    let (ana, right) = (market.ana, market.right);
    let work = market.another("W1", AssetClass::Copyright);
    let secret = market.another("K1", AssetClass::KnowHow);
    let floor = &mut market.floor;
    let abroad = foreigner(floor, 1, Roles::FIRM);
    floor.cash_in(abroad.account, 100_000);
    // A work is no technology.
    agreed(floor, work, ana, abroad, to_copy);
    for asset in [right, secret] {
        let offered = made(floor, ana.user, offering(asset, ana, abroad, plain));
        refuses(floor, abroad.user, accept(offered), Reject::ExportCheckRequired);
        floor.must(OPERATOR, export_check(asset, abroad.entity, false));
        refuses(floor, abroad.user, accept(offered), Reject::ExportCheckRequired);
        floor.must(OPERATOR, export_check(asset, abroad.entity, true));
        floor.must(abroad.user, accept(offered));
        // A clearance that is taken back before the payment is none.
        floor.must(OPERATOR, export_check(asset, abroad.entity, false));
        refuses(
            floor,
            abroad.user,
            pay(offered, abroad.account),
            Reject::ExportCheckRequired,
        );
        floor.must(OPERATOR, export_check(asset, abroad.entity, true));
        floor.must(abroad.user, pay(offered, abroad.account));
    }
    let open = OpenLicenceId(made(floor, ana.user, ask_open(right, ana.account, plain)).0);
    floor.must(OPERATOR, export_check(right, abroad.entity, false));
    refuses(
        floor,
        abroad.user,
        take_open(open, abroad.account),
        Reject::ExportCheckRequired,
    );
    floor.must(OPERATOR, export_check(right, abroad.entity, true));
    floor.must(abroad.user, take_open(open, abroad.account));
    refuses(
        floor,
        ana.user,
        offering(right, ana, abroad, kind(LicenceKind::Exclusive)),
        Reject::LicenceConflict,
    );
    floor.must(OPERATOR, Command::Tick);
}
