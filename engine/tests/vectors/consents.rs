//! c_consent_gate: whether those who hold pledges agree. What the proceeds come to is another module's.

use super::{Case, Section, proceeds};
use engine::sums::consents::{self, Wanted};
use protocol::{
    Amount, Currency, Date, EntityId, Money, PledgeId, Reject,
    licence::LicenceKind,
    pledge::{PledgeAct, PledgeConsent, Proceeds},
    transfer::SalePurpose,
};
use serde_json::Value;

fn yuan(value: &Value) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(value.as_i64().expect("fen")))
}

/// The day after: the vectors name last days, the rules the first day without.
fn after(value: &Value) -> Date {
    let day: Date = value.as_str().expect("a day").parse().expect("a day");
    day.next()
}

fn kind(value: &Value) -> LicenceKind {
    match value.as_str() {
        Some("NONEX") => LicenceKind::NonExclusive,
        Some("SOLE") => LicenceKind::Sole,
        Some("EXCLUSIVE") => LicenceKind::Exclusive,
        other => panic!("{other:?}"),
    }
}

fn act(value: &Value) -> Option<PledgeAct> {
    match value.as_str() {
        Some("LICENSE") => Some(PledgeAct::Licence),
        Some("OPEN_LICENCE") => Some(PledgeAct::OpenLicence),
        Some("BUNDLE") => Some(PledgeAct::Bundle),
        Some("TRANSFER") => Some(PledgeAct::Transfer),
        Some("CAPITAL_CONTRIBUTION") => None,
        other => panic!("{other:?}"),
    }
}

/// A party by its letter.
fn party(value: &Value) -> EntityId {
    EntityId(u32::from(value.as_str().expect("a letter").as_bytes()[0]))
}

/// The last consent to this act that its pledgee gave before the match.
fn last(given: &Value, pledge: &Value, wanted: PledgeAct) -> Option<PledgeConsent> {
    let at = given["request"]["at"].as_u64();
    let consents = given["consents"].as_array().expect("consents");
    let fits = |consent: &&Value| {
        consent["pledge"] == pledge["id"] && act(&consent["act"]) == Some(wanted) && consent["seq"].as_u64() < at
    };
    let last = consents
        .iter()
        .filter(fits)
        .max_by_key(|consent| consent["seq"].as_u64())?;
    let revoked = last["revoked"].as_u64().is_some_and(|seq| Some(seq) <= at);
    Some(PledgeConsent {
        pledge: PledgeId(1),
        entity: party(&last["by"]),
        act: wanted,
        kind: kind(&last["excl"]),
        currency: Currency::Cny,
        floor: Some(yuan(&last["floor"])),
        quantity: last["max_qty"].as_u64(),
        until: Some(after(&last["valid_until"])),
        licence_until: Some(after(&last["licence_until"])),
        proceeds: Proceeds::Prepay,
        used: given["used"][pledge["id"].as_str().expect("an id")]
            .as_u64()
            .unwrap_or(0),
        given: !revoked,
    })
}

fn asked(case: &Case) -> Result<(), Reject> {
    let (given, request) = (&case.given, &case.given["request"]);
    let assets = request["assets"].as_array().expect("rights");
    let on_these = |pledge: &&Value| {
        let pledged = pledge["assets"].as_array().expect("rights");
        pledge["state"] == "ACTIVE" && pledged.iter().any(|asset| assets.contains(asset))
    };
    let standing: Vec<_> = given["pledges"]
        .as_array()
        .expect("pledges")
        .iter()
        .filter(on_these)
        .collect();
    let Some(wanted) = act(&request["act"]) else {
        return consents::check_purpose(!standing.is_empty(), Some(SalePurpose::Capital));
    };
    let question = Wanted {
        kind: kind(&request["excl"]),
        price: Some(yuan(&request["price"])),
        quantity: request["qty"].as_u64().expect("how many"),
        until: Some(after(&request["until"])),
        licence: matches!(wanted, PledgeAct::Licence | PledgeAct::OpenLicence),
    };
    let today: Date = request["date"].as_str().expect("a day").parse().expect("a day");
    let each = standing.into_iter().map(|pledge| {
        let consent = last(given, pledge, wanted);
        consents::check(consent.as_ref(), party(&pledge["pledgee"]), 0, &question, today)
    });
    match each.filter_map(Result::err).min() {
        Some(reject) => Err(reject),
        None => Ok(()),
    }
}

#[test]
fn each_pledgee_agrees_or_says_why_not() {
    let mut section = Section::part("c_consent_gate", |id| !proceeds::IDS.contains(&id));
    for number in 1..100 {
        let id = format!("c{number}");
        if !section.has(&id) {
            continue;
        }
        let case = section.case(&id);
        let code = asked(&case).map_or_else(Reject::code, |()| "OK");
        assert_eq!(case.expected["code"], code, "{id}");
    }
    section.end();
}
