//! What the tests of licences and licence units share, beyond the floor itself.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

use crate::floor::{CODES, Fast, Floor, OPERATOR, Party, day, refuses, yuan};
use engine::book::Book;
use protocol::{
    AccountId, AssetId, Bounded, Command, Date, Digest, EntityId, Event, HoldId, LicenceId, Notice, OpenLicenceId,
    PrivateEvent, PublicEvent, Receipt, Record, Reject, UserId,
    event::{CashPosting, PostingReason},
    licence::{
        AskOpenLicence, Licence, LicenceKind, LicenceRefusal, LicenceState, LicenceStep, OfferLicence, OpenLicence,
        PayLicence, RecordLicence, Scope, TakeOpenLicence, TerminateLicence, WithdrawOpenLicence,
    },
    party::{EntityKind, LegalId, RegisterEntity, RegisterUser, Roles},
    title::{Act, GiveConsent, HoldKind, LiftHold, NewRight, PlaceHold, Share},
};

/// Any digest.
pub const EVIDENCE: Digest = Digest([9; 32]);
pub const NO_ACCOUNT: AccountId = AccountId(999);
/// The day on which the floor opens.
pub fn today() -> Date {
    day(2026, 3, 2)
}

/// Refuses each command for its reason, tells nobody else anything, and the reasons rise: one fault after another is
/// mended.
pub fn ladder<B: Book>(floor: &mut Floor<B>, steps: impl IntoIterator<Item = (UserId, Command, Reject)>) {
    let mut last = None;
    for (by, command, reject) in steps {
        assert!(last <= Some(reject), "{reject:?} comes before {last:?}");
        last = Some(reject);
        refuses(floor, by, command, reject);
    }
}

/// Another user of a party.
pub fn user<B: Book>(floor: &mut Floor<B>, entity: EntityId, roles: Roles) -> UserId {
    match floor.must(OPERATOR, Command::RegisterUser(RegisterUser { entity, roles })) {
        Receipt::User(user) => user,
        other => panic!("{other:?}"),
    }
}

/// A party from abroad, known by its LEI: this number, and its check digits (ISO 17442).
pub fn foreigner<B: Book>(floor: &mut Floor<B>, number: u64, roles: Roles) -> Party {
    let body = format!("{number:018}");
    let rest = body
        .bytes()
        .fold(0, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    let lei = format!("{body}{:02}", 98 - rest * 100 % 97);
    let register = RegisterEntity {
        name: Bounded::new(&lei).unwrap(),
        kind: EntityKind::Company,
        legal_id: LegalId::Lei(Bounded::new(&lei).unwrap()),
        evidence: None,
    };
    let Receipt::Entity(entity) = floor.must(OPERATOR, Command::RegisterEntity(Box::new(register))) else {
        panic!()
    };
    let user = user(floor, entity, roles);
    let Receipt::Account(account) = floor.must(OPERATOR, Command::OpenAccount { entity }) else {
        panic!()
    };
    Party { entity, user, account }
}

/// Everywhere, for everything, on these days.
pub fn term(from: Date, until: Date) -> Scope {
    Scope {
        territories: vec![],
        fields: vec![],
        from,
        until,
    }
}

/// An offer as most tests make it: non-exclusive, everywhere, of the year 2027, for 100.00 yuan.
pub fn offer(asset: AssetId, licensor: Party, licensee: Party) -> OfferLicence {
    OfferLicence {
        asset,
        licensee: licensee.entity,
        kind: None,
        scope: term(day(2027, 1, 1), day(2028, 1, 1)),
        sublicence: false,
        fee: yuan(10_000),
        account: licensor.account,
        contract: Digest([5; 32]),
    }
}

/// An offer, changed.
pub fn offering(asset: AssetId, licensor: Party, licensee: Party, change: impl FnOnce(&mut OfferLicence)) -> Command {
    let mut offer = offer(asset, licensor, licensee);
    change(&mut offer);
    Command::OfferLicence(Box::new(offer))
}

pub fn kind(kind: LicenceKind) -> impl Fn(&mut OfferLicence) {
    move |offer| offer.kind = Some(kind)
}

/// The licence that a command made.
pub fn made<B: Book>(floor: &mut Floor<B>, by: UserId, command: Command) -> LicenceId {
    match floor.must(by, command) {
        Receipt::Deal(seq) => LicenceId::from(seq),
        other => panic!("{other:?}"),
    }
}

pub fn accept(licence: LicenceId) -> Command {
    Command::AcceptLicence(LicenceStep { licence })
}

pub fn withdraw(licence: LicenceId) -> Command {
    Command::WithdrawLicence(LicenceStep { licence })
}

pub fn pay(licence: LicenceId, account: AccountId) -> Command {
    Command::PayLicence(PayLicence { licence, account })
}

pub fn terminate(licence: LicenceId) -> Command {
    Command::TerminateLicence(Box::new(TerminateLicence {
        licence,
        evidence: EVIDENCE,
    }))
}

pub fn ask_open(asset: AssetId, account: AccountId, change: impl FnOnce(&mut AskOpenLicence)) -> Command {
    let mut ask = AskOpenLicence {
        asset,
        price: yuan(10_000),
        days: 365,
        until: None,
        report: None,
        account,
    };
    change(&mut ask);
    Command::AskOpenLicence(Box::new(ask))
}

pub fn withdraw_open(open_licence: OpenLicenceId) -> Command {
    Command::WithdrawOpenLicence(WithdrawOpenLicence { open_licence })
}

pub fn take_open(open_licence: OpenLicenceId, account: AccountId) -> Command {
    Command::TakeOpenLicence(TakeOpenLicence { open_licence, account })
}

/// Offered, agreed and paid, as `change` says.
pub fn licensed<B: Book>(
    floor: &mut Floor<B>,
    asset: AssetId,
    licensor: Party,
    licensee: Party,
    change: impl FnOnce(&mut OfferLicence),
) -> LicenceId {
    let licence = agreed(floor, asset, licensor, licensee, change);
    floor.must(licensee.user, pay(licence, licensee.account));
    licence
}

/// Offered and agreed, as `change` says.
pub fn agreed<B: Book>(
    floor: &mut Floor<B>,
    asset: AssetId,
    licensor: Party,
    licensee: Party,
    change: impl FnOnce(&mut OfferLicence),
) -> LicenceId {
    let licence = made(floor, licensor.user, offering(asset, licensor, licensee, change));
    floor.must(licensee.user, accept(licence));
    licence
}

/// A licence as its parties last heard.
pub fn licence<B: Book>(floor: &Floor<B>, id: LicenceId) -> Licence {
    let told = floor.records(0).into_iter().rev();
    let mut licences = told.filter_map(|changed| match changed.record {
        Record::Licence(licence) if licence.licence == id => Some(licence),
        _ => None,
    });
    licences.next().expect("a licence was told")
}

pub fn state<B: Book>(floor: &Floor<B>, id: LicenceId) -> LicenceState {
    licence(floor, id).state
}

/// An open licence as everyone last heard.
pub fn open_licence<B: Book>(floor: &Floor<B>, id: OpenLicenceId) -> OpenLicence {
    let told = floor.events.iter().rev().find_map(|event| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => match **notice {
            Notice::OpenLicence(open) if open.open_licence == id => Some(open),
            _ => None,
        },
        _ => None,
    });
    told.expect("everyone was told")
}

/// What deals did to cash since `first`: whose account, free, held, why.
pub fn cash_posted<B: Book>(floor: &Floor<B>, first: usize) -> Vec<(AccountId, i64, i64, PostingReason)> {
    let posting = |event: &protocol::Stamped<Event>| match &event.body {
        Event::Private(_, PrivateEvent::CashPosted(posted)) => {
            let CashPosting {
                account,
                free,
                held,
                reason,
                ..
            } = **posted;
            Some((account, free.minor(), held.minor(), reason))
        }
        _ => None,
    };
    floor.events[first..].iter().filter_map(posting).collect()
}

/// A dispute freezes the right until it is lifted.
pub fn freeze<B: Book>(floor: &mut Floor<B>, asset: AssetId) -> HoldId {
    let hold = PlaceHold {
        asset,
        kind: HoldKind::OwnershipDispute,
        holder: Bounded::new("Court of Shenzhen").unwrap(),
        reference: Bounded::new("(2026) 1").unwrap(),
        until: None,
        renews: None,
        evidence: EVIDENCE,
    };
    match floor.must(OPERATOR, Command::PlaceHold(Box::new(hold))) {
        Receipt::Deal(seq) => HoldId::from(seq),
        other => panic!("{other:?}"),
    }
}

pub fn thaw<B: Book>(floor: &mut Floor<B>, hold: HoldId) {
    let lift = LiftHold {
        hold,
        evidence: EVIDENCE,
    };
    floor.must(OPERATOR, Command::LiftHold(Box::new(lift)));
}

pub fn consent(asset: AssetId, act: Act) -> Command {
    Command::GiveConsent(Box::new(GiveConsent {
        asset,
        act,
        floor: None,
        until: None,
    }))
}

/// Owned in equal parts, the first acting.
pub fn owned_by(owners: &[Party]) -> impl Fn(&mut NewRight) {
    let share = |owner: &Party| Share {
        entity: owner.entity,
        parts: 1,
    };
    let owners: Vec<_> = owners.iter().map(share).collect();
    move |right| right.owners = owners.clone()
}

/// No change.
pub fn plain<T>(_: &mut T) {}

/// Of a work: the right to copy it.
pub fn to_copy(offer: &mut OfferLicence) {
    offer.scope.fields = vec![Bounded::new("use:reproduction").unwrap()];
}

/// A venue with an owner, two who may be licensed, and a right of the owner; each has 10,000.00 yuan.
pub fn venue() -> (Fast, [Party; 3], AssetId) {
    let mut floor = Fast::cn_venue();
    let parties = [0, 1, 2].map(|code| {
        let party = floor.party(CODES[code], Roles::TRADER.with(Roles::FIRM));
        floor.cash_in(party.account, 1_000_000);
        party
    });
    let right = floor.right(parties[0].entity, "US1", plain);
    (floor, parties, right)
}

/// The office's answer.
pub fn record(licence: LicenceId, refused: Option<LicenceRefusal>) -> Command {
    Command::RecordLicence(Box::new(RecordLicence {
        licence,
        refused,
        evidence: EVIDENCE,
    }))
}

/// From the day on which the floor opens, to the end of the year.
pub fn begins_today(offer: &mut OfferLicence) {
    offer.scope = term(today(), day(2027, 1, 1));
}
