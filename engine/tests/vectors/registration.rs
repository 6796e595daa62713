//! Section g: what stands in the way of a pledge, until when who has to answer, and what holds and terms do to it
//! (PLEDGES.md 2.2, 3). Each case is asked of an exchange, by the commands of its parties.

use crate::{
    Case, Section,
    floor::{
        self, Fast, Floor, OPERATOR, Party, change,
        grants::{EVIDENCE, consent},
        pledges::{Desk, application, claim_terms, default, demand, file, filed, lent, made_loan, recorded, release},
        titles::trademark,
    },
    interest::{day, money, number},
};
use engine::book::FastBook;
use protocol::{
    AssetId, Bounded, Command, Date, Digest, LoanId, Office, Outcome, PledgeId, Receipt, Record, Reject,
    asset::AssetClass,
    pledge::{
        Acknowledged, Acknowledgement, DefaultCause, DemandKind, FilingWay, PledgeApplication, PledgeState,
        PledgeWarning, PledgorKind, Registrar, Resolution, ResolvedBy,
    },
    rules::{Calendar, Epoch, Profile},
    term,
    title::{
        Act, AssetChange, DescribeRight, Extract, HoldKind, LayoutFacts, LinkMarks, NewRight, PatentKind, PlaceHold,
        RightFacts, Share, Title,
    },
};
use serde_json::{Value, json};

type Registry = Desk<FastBook>;

/// A venue that opens on this day, without a calendar.
fn office(on: Date) -> Registry {
    office_with(on, Calendar::default())
}

fn office_with(on: Date, calendar: Calendar) -> Registry {
    let mut floor: Fast = Floor::new();
    floor.at = on.start().0;
    let epoch = floor::epoch(Profile::CnVenue, protocol::rules::Approval::None, 0, 0);
    let Command::Epoch(epoch) = epoch else { unreachable!() };
    floor.must(OPERATOR, Command::Epoch(Box::new(Epoch { calendar, ..*epoch })));
    Desk::on(floor)
}

/// The days off of 2026, and the days of weekends that work (国务院办公厅, 2025-11-04).
fn calendar_of_2026() -> Calendar {
    let days = |days: &[(u32, u32)]| days.iter().map(|&(month, of)| floor::day(2026, month, of)).collect();
    Calendar {
        years: vec![2026],
        sources: vec![],
        holidays: days(&[
            (1, 1),
            (1, 2),
            (2, 16),
            (2, 17),
            (2, 18),
            (2, 19),
            (2, 20),
            (2, 23),
            (4, 6),
            (5, 1),
            (5, 4),
            (5, 5),
            (6, 19),
            (9, 25),
            (10, 1),
            (10, 2),
            (10, 5),
            (10, 6),
            (10, 7),
        ]),
        working_weekends: days(&[(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]),
    }
}

fn today(desk: &Registry) -> Date {
    protocol::Timestamp(desk.floor.at).venue_date()
}

/// A verified right of the firm, as [`floor::asset`] says it, whatever day it is.
fn right(desk: &mut Registry, name: &str, change: impl FnOnce(&mut NewRight)) -> AssetId {
    right_of(desk, desk.firm, name, change)
}

fn right_of(desk: &mut Registry, owner: Party, name: &str, change: impl FnOnce(&mut NewRight)) -> AssetId {
    let drawn = today(desk);
    desk.floor.right(owner.entity, name, |right| {
        right.extract = Some(Extract {
            drawn,
            evidence: EVIDENCE,
        });
        (right.asset.granted, right.asset.filed) = (Some(drawn), Some(drawn));
        right.asset.expires = Some(drawn.plus_months(240));
        change(right);
    })
}

/// A loan from today until this day.
fn loan_until(desk: &mut Registry, due: Date) -> LoanId {
    let drawn = today(desk);
    loan_between(desk, drawn, due)
}

fn loan_between(desk: &mut Registry, drawn: Date, due: Date) -> LoanId {
    let asked = lent(desk.bank, desk.firm, |asked| {
        asked.terms = claim_terms();
        (asked.terms.drawn, asked.terms.due, asked.terms.rates[0].from) = (drawn, due, drawn);
    });
    made_loan(&mut desk.floor, desk.bank.user, asked)
}

/// A loan of a year.
fn loan(desk: &mut Registry) -> LoanId {
    let due = today(desk).plus_months(12);
    loan_until(desk, due)
}

/// The ground or the guard that stands in the way, in short.
fn code(outcome: Result<Receipt, Reject>) -> String {
    match outcome {
        Ok(_) => "ok".into(),
        Err(reject) => match reject.code().strip_prefix("PLEDGE_") {
            Some(ground) => ground.split('_').next().unwrap().into(),
            None => reject.code().into(),
        },
    }
}

fn files(desk: &mut Registry, application: PledgeApplication) -> String {
    code(desk.floor.try_(desk.bank.user, file(vec![application])))
}

/// What becomes of an application for these rights for a loan of a year.
fn files_for(desk: &mut Registry, assets: &[AssetId], change: impl FnOnce(&mut PledgeApplication)) -> String {
    let loan = loan(desk);
    let mut asked = application(loan, desk.firm, assets);
    change(&mut asked);
    files(desk, asked)
}

fn title(desk: &Registry, asset: AssetId) -> Title {
    let told = desk.floor.records(0).into_iter().rev();
    let mut titles = told.filter_map(|changed| match changed.record {
        Record::Title(title) if title.asset == asset => Some(title),
        _ => None,
    });
    titles.next().expect("a title was told")
}

/// A Chinese application's number of this year and kind, with its check digit (RULES.md 5).
fn application_number(year: i32, kind: PatentKind, serial: u32) -> Bounded<32> {
    let digit = match kind {
        PatentKind::Invention => 1,
        PatentKind::UtilityModel => 2,
        PatentKind::Design => 3,
    };
    let body = format!("{year:04}{digit}{serial:07}");
    let sum: u32 = body
        .bytes()
        .zip([2, 3, 4, 5, 6, 7, 8, 9].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = match sum % 11 {
        10 => 'X',
        rest => char::from_digit(rest, 10).unwrap(),
    };
    Bounded::new(&format!("{body}.{check}")).unwrap()
}

fn kind_of(word: &Value) -> PatentKind {
    match word.as_str().unwrap() {
        "inv" => PatentKind::Invention,
        "um" => PatentKind::UtilityModel,
        "design" => PatentKind::Design,
        other => panic!("{other}"),
    }
}

fn has(given: &Value, field: &str) -> bool {
    given.get(field).is_some()
}

fn hold(asset: AssetId, kind: HoldKind, until: Option<Date>) -> Command {
    Command::PlaceHold(Box::new(PlaceHold {
        asset,
        kind,
        holder: Bounded::new("Court of Shenzhen").unwrap(),
        reference: Bounded::new("(2026) 1").unwrap(),
        until,
        renews: None,
        evidence: EVIDENCE,
    }))
}

fn known(what: Acknowledgement) -> Acknowledged {
    Acknowledged {
        what,
        evidence: EVIDENCE,
    }
}

#[test]
fn section_g() {
    let mut section = Section::read("g_registration");
    for id in [
        "g1", "g2", "g4", "g5", "g7", "g8", "g10", "g11", "g13", "g14", "g16", "g17", "g19",
    ] {
        grounds(id, &section.case(id));
    }
    for id in ["g20", "g22", "g23", "g25", "g26"] {
        terms(id, &section.case(id));
    }
    several(&section.case("g28"));
    for id in ["g29", "g31", "g32"] {
        annuity(id, &section.case(id));
    }
    for id in ["g34", "g35", "g37"] {
        holds(id, &section.case(id));
    }
    second_holds(&section.case("g38"));
    marks(&section.case("g40"));
    renewals(&section.case("g41"));
    layouts(&section.case("g43"));
    income(&section.case("g44"));
    forum(&section.case("g55"));
    resolutions(&section.case("g45"));
    working_days(&section.case("g47"));
    days_off(&section.case("g48"));
    windows(&section.case("g50"));
    held_before_recorded(&section.case("g51"));
    limitation(&section.case("g53"));
    section.end();
}

/// One of the twelve grounds, on the day of the filing.
fn grounds(id: &str, case: &Case) {
    let given = &case.given;
    let on = if has(given, "filed") {
        day(&given["filed"])
    } else {
        floor::day(2026, 3, 2)
    };
    let before = ["invalid", "active_pledge", "released"];
    let first = before
        .iter()
        .filter(|field| has(given, field))
        .map(|field| day(&given[field]))
        .min();
    let mut desk = office(first.unwrap_or(on));
    let names_owner = given
        .get("register_owner")
        .is_some_and(|owner| owner != &given["pledgor"]);
    let owner = if names_owner { desk.other_firm } else { desk.firm };
    let both = [desk.firm, desk.other_firm].map(|party| Share {
        entity: party.entity,
        parts: 1,
    });
    let asset = right_of(&mut desk, owner, "A", |right| {
        if given["status"] == "pending" {
            right.asset.granted = None;
        }
        if given["class"] == "geo_indication" {
            right.asset.class = AssetClass::GeographicalIndication;
        }
        if given["kind"] == "um" {
            right.kind = Some(PatentKind::UtilityModel);
        }
        if has(given, "owners") {
            right.owners = both.to_vec();
        }
    });
    if has(given, "invalid") {
        desk.floor.must(OPERATOR, change(asset, AssetChange::Invalidate));
    }
    if has(given, "active_pledge") || has(given, "released") {
        let earlier = loan(&mut desk);
        let asked = application(earlier, desk.firm, &[asset]);
        let pledge = filed(&mut desk.floor, desk.bank.user, asked);
        desk.floor.must(OPERATOR, recorded(pledge));
        if has(given, "released") {
            desk.floor.must(desk.bank.user, release(pledge, &[]));
        }
    }
    if given["invalidation"] == "pending" {
        desk.floor
            .must(OPERATOR, hold(asset, HoldKind::InvalidationPending, None));
    }
    if given["suspension"] == "ownership_dispute" {
        desk.floor.must(OPERATOR, hold(asset, HoldKind::OwnershipDispute, None));
    }
    if given["consents"].as_array().is_some_and(|consents| consents.len() == 2) {
        desk.floor.must(desk.other_firm.user, consent(asset, Act::Pledge));
    }
    desk.floor.until(on);
    let found = files_for(&mut desk, &[asset], |asked| {
        if given["missing"] == "debt_term" {
            let term = protocol::pledge::ContractTerm::DebtTerm;
            asked.contract.states.retain(|stated| *stated != term);
        }
        asked.same_day = given["same_day_invention"] == true;
        if given["ack"] == true {
            asked.acknowledged = vec![
                known(Acknowledgement::SameDayInvention),
                known(Acknowledgement::InvalidationPending),
            ];
        }
    });
    assert_eq!(case.expected, json!({ "code": found }), "{id}");
}

/// The debt's term against the right's, which the law counts from its filing.
fn terms(id: &str, case: &Case) {
    let Case { given, expected } = case;
    let (kind, filed) = (kind_of(&given["kind"]), day(&given["filed"]));
    let mut desk = office(floor::day(2026, 3, 2));
    let compensated = number(&given["term_compensation_days"]);
    let asset = right(&mut desk, "A", |right| {
        right.asset.office = Office::CN;
        right.asset.number = application_number(filed.to_civil().0, kind, 1_234_567);
        (right.asset.filed, right.asset.granted, right.asset.expires) = (Some(filed), Some(filed.next()), None);
        // Compensation makes the end data (专利法 42).
        if compensated > 0 {
            let years = if kind == PatentKind::Invention { 240 } else { 120 };
            right.asset.expires = Some(Date(filed.plus_months(years).0 + compensated as i32));
        }
    });
    let ends = title(&desk, asset).expires.expect("it ends");
    let loan = loan_until(&mut desk, day(&given["debt_ends"]));
    let asked = application(loan, desk.firm, &[asset]);
    let found = json!({"right_ends": ends.to_string(), "code": files(&mut desk, asked)});
    assert_eq!(*expected, found, "{id}");
}

/// Of several patents the first that ends decides.
fn several(case: &Case) {
    let Case { given, expected } = case;
    let mut desk = office(floor::day(2026, 3, 2));
    let ends = given["ends"].as_array().unwrap();
    let mut assets = Vec::new();
    for (number, end) in ends.iter().enumerate() {
        assets.push(right(&mut desk, &format!("A{number}"), |right| {
            right.asset.expires = Some(day(end))
        }));
    }
    let loan = loan_until(&mut desk, day(&given["debt_ends"]));
    let all = application(loan, desk.firm, &assets);
    assert_eq!(expected["code"], files(&mut desk, all));
    // It is this one that stands in the way of the others.
    for (which, asset) in assets.iter().enumerate() {
        let alone = application(loan, desk.firm, &[*asset]);
        let stands = files(&mut desk, alone) != "ok";
        assert_eq!(stands, expected["which"] == which, "{which}");
    }
}

/// An annuity that is not paid: until when, at which price, and what it does to a pledge.
fn annuity(id: &str, case: &Case) {
    let Case { given, expected } = case;
    let (first, on) = (day(&given["filed"]), day(&given["on"]));
    let years = u32::try_from(number(&given["paid_through_year"])).unwrap();
    let due = first.plus_months(12 * years);
    let mut desk = office_with(floor::day(2026, 3, 2), calendar_of_2026());
    let asset = right(&mut desk, "A", |right| right.due = Some(due));
    desk.floor.until(on);
    let told = title(&desk, asset);
    let found = files_for(&mut desk, &[asset], |_| {});
    let state = if told.late { "late_fee_period" } else { "paid_up" };
    let mut out = json!({
        "state": state,
        "due": told.due.unwrap().to_string(),
        "code": found,
        "surcharge": term::late_fee(money(&given["full_annuity"]), due, on).minor(),
    });
    if let Some(lapses) = told.lapses {
        out["grace_to"] = json!(Date(lapses.0 - 1).to_string());
    }
    assert_eq!(*expected, out, "{id}");
}

/// A court's hold lasts to the end of the corresponding day; nothing is recorded on that.
fn holds(id: &str, case: &Case) {
    let Case { given, expected } = case;
    let received = day(&given["received"]);
    let (class, kind, months) = match given["class"].as_str().unwrap() {
        "patent" => (AssetClass::Patent, HoldKind::Preservation, 6),
        "trademark" => (AssetClass::Trademark, HoldKind::Preservation, 12),
        _ => (AssetClass::CircuitLayout, HoldKind::CourtHold, 36),
    };
    let mut desk = office(received);
    let asset = right(&mut desk, "A", |right| right.asset.class = class);
    let last = received.plus_months(months);
    let too_long = hold(asset, kind, Some(last.next().next()));
    assert_eq!(
        desk.floor.try_(OPERATOR, too_long),
        Err(Reject::HoldTermInvalid),
        "{id}"
    );
    desk.floor.must(OPERATOR, hold(asset, kind, Some(last.next())));
    desk.floor.until(last);
    let on_that_day = files_for(&mut desk, &[asset], |_| {});
    desk.floor.until(last.next());
    let found = json!({
        "lapses": last.to_string(),
        "filing_on_that_day": on_that_day,
        "filing_next_day": files_for(&mut desk, &[asset], |_| {}),
    });
    assert_eq!(*expected, found, "{id}");
}

/// A second court's order: refused where a right is preserved once, in line elsewhere.
fn second_holds(case: &Case) {
    let mut desk = office(floor::day(2026, 3, 2));
    let until = Some(floor::day(2026, 6, 1));
    let rows = case.given["rows"].as_array().unwrap();
    let codes = rows.iter().map(|row| {
        let class = match row.as_str().unwrap() {
            "patent" => AssetClass::Patent,
            "trademark" => AssetClass::Trademark,
            "copyright" => AssetClass::Copyright,
            // Shares stand in no register here; a layout waits by the same rule.
            _ => AssetClass::CircuitLayout,
        };
        let asset = right(&mut desk, &format!("{class:?}"), |right| right.asset.class = class);
        desk.floor.must(OPERATOR, hold(asset, HoldKind::Preservation, until));
        match desk.floor.try_(OPERATOR, hold(asset, HoldKind::Preservation, until)) {
            Err(Reject::HoldStands) => "HOLD_REFUSED",
            Ok(_) => "HOLD_QUEUED",
            Err(other) => panic!("{other:?}"),
        }
    });
    assert_eq!(case.expected["codes"], json!(codes.collect::<Vec<_>>()));
}

fn marks(case: &Case) {
    let mut desk = office(floor::day(2026, 3, 2));
    let names = case.given["marks"].as_array().unwrap();
    let assets: Vec<_> = names
        .iter()
        .map(|name| right(&mut desk, name.as_str().unwrap(), trademark))
        .collect();
    let link = LinkMarks { assets: assets.clone() };
    desk.floor.must(OPERATOR, Command::LinkMarks(Box::new(link)));
    let codes = case.given["pledged"].as_array().unwrap().iter().map(|pledged| {
        let named = |mark: &Value| assets[names.iter().position(|name| name == mark).unwrap()];
        let pledged: Vec<_> = pledged.as_array().unwrap().iter().map(named).collect();
        files_for(&mut desk, &pledged, |_| {})
    });
    assert_eq!(case.expected["codes"], json!(codes.collect::<Vec<_>>()));
}

fn renewals(case: &Case) {
    let Case { given, expected } = case;
    let expires = day(&given["expires"]);
    let (from, to) = term::renewal(expires);
    assert_eq!(
        (&expected["renew_from"], &expected["renew_to"]),
        (&json!(from.to_string()), &json!(to.to_string()))
    );
    let codes = given["renewed"].as_array().unwrap().iter().map(|renewed| {
        let mut desk = office(floor::day(2026, 3, 2));
        let asset = right(&mut desk, "M", |right| {
            trademark(right);
            let term = if *renewed == true { 120 } else { 0 };
            right.asset.expires = Some(expires.plus_months(term));
        });
        let loan = loan_until(&mut desk, day(&given["debt_ends"]));
        let asked = application(loan, desk.firm, &[asset]);
        let pledge = filed(&mut desk.floor, desk.bank.user, asked);
        desk.floor.must(OPERATOR, recorded(pledge));
        if desk.pledge(pledge).warnings.contains(&PledgeWarning::Renewal) {
            "WARN_RENEWAL"
        } else {
            "ok"
        }
    });
    assert_eq!(expected["codes"], json!(codes.collect::<Vec<_>>()));
}

fn layouts(case: &Case) {
    let ends = case.given["rows"].as_array().unwrap().iter().map(|row| {
        let (filed, created) = (day(&row[0]), day(&row[2]));
        let mut desk = office(filed);
        let asset = right(&mut desk, "L", |right| {
            right.asset.class = AssetClass::CircuitLayout;
            (right.asset.filed, right.asset.expires) = (Some(filed), None);
        });
        let used = (!row[1].is_null()).then(|| day(&row[1]));
        let describe = DescribeRight {
            asset,
            facts: RightFacts::Layout(LayoutFacts { created, used }),
            evidence: EVIDENCE,
        };
        desk.floor.must(OPERATOR, Command::DescribeRight(Box::new(describe)));
        title(&desk, asset).expires.expect("it ends").to_string()
    });
    assert_eq!(case.expected["right_ends"], json!(ends.collect::<Vec<_>>()));
}

/// Income of a licence is recorded by its parties in the moment of the filing, whatever a registrar would ask.
fn income(case: &Case) {
    let mut desk = office(floor::day(2026, 3, 2));
    let asset = right(&mut desk, "I", |right| {
        right.asset.class = AssetClass::LicenceIncome;
        right.asset.expires = Some(floor::day(2026, 4, 1));
    });
    desk.floor.must(OPERATOR, hold(asset, HoldKind::OwnershipDispute, None));
    let loan = loan(&mut desk);
    let mut asked = application(loan, desk.firm, &[asset]);
    asked.contract.states.clear();
    let pledge = filed(&mut desk.floor, desk.bank.user, asked);
    let told = desk.pledge(pledge);
    assert_eq!(told.state, PledgeState::Registered);
    let found = json!({
        "registrar": told.registrar.word().to_uppercase(),
        "refusal_codes": [],
        "window_wd": i32::from(told.window.is_some()),
    });
    assert_eq!(case.expected, found);
}

/// A pledgee goes to the court where the pledge is recorded, and who ranks behind may go before who ranks first.
fn forum(case: &Case) {
    let Case { given, expected } = case;
    let seats = given["class"].as_array().unwrap().iter().map(|class| {
        let class = AssetClass::from_word(class.as_str().unwrap()).unwrap();
        Registrar::of(class).seat().expect("an office sits somewhere")
    });
    assert_eq!(expected["forum"], json!(seats.collect::<Vec<_>>()));
    let mut desk = office(floor::day(2026, 3, 2));
    let asset = right(&mut desk, "W", |right| right.asset.class = AssetClass::Copyright);
    let ranked = [(); 2].map(|()| {
        let loan = loan(&mut desk);
        let asked = application(loan, desk.firm, &[asset]);
        let pledge = filed(&mut desk.floor, desk.bank.user, asked);
        desk.floor.must(OPERATOR, recorded(pledge));
        (loan, pledge)
    });
    let [(_, senior), (junior_loan, junior)]: [(LoanId, PledgeId); 2] = ranked;
    let enforced = desk
        .floor
        .try_(desk.bank.user, default(junior_loan, DefaultCause::AgreedEvent));
    let before = desk.pledge(senior).state == PledgeState::Registered;
    let may = enforced.is_ok() && before && desk.pledge(junior).state == PledgeState::Defaulted;
    assert_eq!(expected["junior_may_apply"], may);
}

fn resolutions(case: &Case) {
    let rows = case.given["rows"].as_array().unwrap();
    let codes = rows.iter().map(|row| {
        let mut desk = office(floor::day(2026, 3, 2));
        let pledgor = desk.other_firm;
        let asset = right_of(&mut desk, pledgor, "A", |_| {});
        let loan = loan(&mut desk);
        let mut asked = application(loan, pledgor, &[asset]);
        let (whose, how) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
        asked.intake.kind = if whose == "listed" {
            PledgorKind::ListedCompany
        } else {
            PledgorKind::Company
        };
        asked.intake.controlled = whose == "controller";
        asked.intake.resolution = Some(Resolution {
            by: match how {
                "holders_all_vote" => ResolvedBy::Holders,
                "holders_without_him" => ResolvedBy::HoldersWithoutDebtor,
                _ => ResolvedBy::Board,
            },
            published: how != "not_published",
            evidence: Digest([9; 32]),
        });
        files(&mut desk, asked)
    });
    assert_eq!(case.expected["codes"], json!(codes.collect::<Vec<_>>()));
}

fn working_days(case: &Case) {
    let calendar = calendar_of_2026();
    let due = case.given["rows"].as_array().unwrap().iter().map(|row| {
        let days = u32::try_from(number(&row[1])).unwrap();
        calendar.plus_working_days(day(&row[0]), days).unwrap().to_string()
    });
    assert_eq!(case.expected["due"], json!(due.collect::<Vec<_>>()));
}

fn days_off(case: &Case) {
    let calendar = calendar_of_2026();
    let days = case.given["days"].as_array().unwrap().iter();
    let working = days.map(|of| calendar.is_working_day(day(of)));
    assert_eq!(case.expected["working"], json!(working.collect::<Vec<_>>()));
}

fn windows(case: &Case) {
    let on = day(&case.given["filed"]);
    let due = case.given["ways"].as_array().unwrap().iter().map(|way| {
        let mut desk = office_with(on, calendar_of_2026());
        let (class, way) = match way.as_str().unwrap() {
            "online_2" => (AssetClass::Patent, FilingWay::Online),
            "guide_3" => (AssetClass::Patent, FilingWay::Counter),
            "paper_5" => (AssetClass::Patent, FilingWay::Paper),
            _ => (AssetClass::Copyright, FilingWay::Online),
        };
        let asset = right(&mut desk, "A", |right| right.asset.class = class);
        let loan = loan(&mut desk);
        let mut asked = application(loan, desk.firm, &[asset]);
        asked.way = Some(way);
        let pledge = filed(&mut desk.floor, desk.bank.user, asked);
        desk.pledge(pledge).window.unwrap().to_string()
    });
    assert_eq!(case.expected["due"], json!(due.collect::<Vec<_>>()));
}

fn held_before_recorded(case: &Case) {
    let Case { given, expected } = case;
    let mut desk = office(day(&given["filed"]));
    let asset = right(&mut desk, "A", |_| {});
    let loan = loan(&mut desk);
    let asked = application(loan, desk.firm, &[asset]);
    let pledge = filed(&mut desk.floor, desk.bank.user, asked);
    desk.floor.until(day(&given["hold"]));
    let until = today(&desk).plus_months(3);
    desk.floor
        .must(OPERATOR, hold(asset, HoldKind::Preservation, Some(until)));
    desk.floor.until(day(&given["examined"]));
    let found = code(desk.floor.try_(OPERATOR, recorded(pledge)));
    let created = desk.pledge(pledge).registered_at.is_some();
    let told = if created { "created" } else { "not created" };
    assert_eq!(*expected, json!({"code": found, "pledge": told}));
}

fn limitation(case: &Case) {
    let Case { given, expected } = case;
    let due = day(&given["due"]);
    let asked_on = |interrupted: &Value| {
        let mut desk = office(due);
        let drawn = Date(due.0 - 365);
        let loan = loan_between(&mut desk, drawn, due);
        if !interrupted.is_null() {
            desk.floor.until(day(interrupted));
            let served = demand(loan, DemandKind::Payment, desk.firm, day(interrupted));
            desk.floor.must(desk.bank.user, served);
        }
        (desk, loan)
    };
    let interrupted = given["interrupted"].as_array().unwrap();
    let last = interrupted.iter().map(|interrupted| {
        let (desk, loan) = asked_on(interrupted);
        desk.lent(loan).limitation.to_string()
    });
    assert_eq!(expected["last_day"], json!(last.collect::<Vec<_>>()));
    let codes = given["enforce_on"].as_array().unwrap().iter().map(|on| {
        let (mut desk, loan) = asked_on(&Value::Null);
        desk.floor.until(day(on));
        let answer = desk
            .floor
            .ask(desk.bank.user, None, default(loan, DefaultCause::DueUnpaid));
        match answer.outcome {
            Outcome::Done(_) => "ok".to_owned(),
            Outcome::Rejected(reject) => reject.code().to_owned(),
        }
    });
    assert_eq!(expected["codes_without_interruption"], json!(codes.collect::<Vec<_>>()));
}
