//! Invented extracts in the form of the office's, and the answers that a plain reading gives.

use super::{
    Effect, Lien, Register, Remark, read,
    rows::{FILE_MAX, Faults},
};
use proptest::prelude::*;
use protocol::Date;
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

const INTERESTS_HEAD: &str =
    "reel_frame,recorded_date,executed_date,last_update,conveyance,conveyance_class,assignors,assignees,n_properties\n";
const PROPERTIES_HEAD: &str =
    "reel_frame,seq,patent_number,patent_date,application_number,filing_date,publication_number,title\n";

/// A record of an invented extract: its place, the days of recording and execution, its class and words, who gives and who
/// takes, and its rights by the patents' numbers.
type Said<'a> = (
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a [&'a str],
);

const SECURITY: &str = "security_interest";
const RELEASE: &str = "release";
const OWNER: &str = "CEDAR TOOLS, INC.";

fn files(said: &[Said<'_>]) -> (String, String) {
    let (mut interests, mut properties) = (INTERESTS_HEAD.to_owned(), PROPERTIES_HEAD.to_owned());
    for (place, recorded, executed, class, words, from, to, rights) in said {
        let count = rights.len();
        writeln!(
            interests,
            "{place},{recorded},{executed},,\"{words}\",{class},\"{from}\",\"{to}\",{count}"
        )
        .unwrap();
        for (seq, right) in rights.iter().enumerate() {
            writeln!(properties, "{place},{},\"{right}\",,,,,A TOOL", seq + 1).unwrap();
        }
    }
    (interests, properties)
}

fn register(said: &[Said<'_>]) -> Register {
    let (interests, properties) = files(said);
    read(interests.as_bytes(), properties.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn place_of(register: &Register, lien: &Lien) -> String {
    register.records()[lien.of].place.to_string()
}

/// The liens that stand, each as `PLACE HOLDER|HOLDER`.
fn standing(register: &Register, right: &str, on: &str) -> Vec<String> {
    let right = register.find(right).unwrap().right;
    let stand = register.standing(right, day(on));
    stand
        .map(|lien| {
            let holders: Vec<_> = lien
                .at(day(on))
                .unwrap()
                .holders
                .iter()
                .map(|party| &*party.name)
                .collect();
            format!("{} {}", place_of(register, lien), holders.join("|"))
        })
        .collect()
}

fn remarks(register: &Register) -> Vec<String> {
    register
        .remarks()
        .map(|(record, remark)| format!("{} {remark:?}", record.place))
        .collect()
}

const LIEN: Said<'_> = (
    "000101-0001",
    "2019-01-10",
    "2019-01-07",
    SECURITY,
    "SECURITY INTEREST (SEE DOCUMENT FOR DETAILS).",
    OWNER,
    "HARBOUR BANK, N.A., AS ADMINISTRATIVE AGENT",
    &["10000001", "10000002"],
);

#[test]
fn a_lien_stands_from_the_day_of_its_recording_to_the_day_before_its_release() {
    let register = register(&[
        LIEN,
        (
            "000102-0001",
            "2019-03-10",
            "2019-03-01",
            RELEASE,
            "RELEASE OF SECURITY INTEREST AT REEL/FRAME 101/1",
            "HARBOUR BANK, N.A.",
            OWNER,
            &["10000001"],
        ),
    ]);
    let one = "000101-0001 HARBOUR BANK, N.A., AS ADMINISTRATIVE AGENT";
    for (on, expected) in [
        ("2019-01-07", &[][..]),
        ("2019-01-09", &[]),
        ("2019-01-10", &[one]),
        ("2019-03-01", &[one]),
        ("2019-03-09", &[one]),
        ("2019-03-10", &[]),
        ("2030-01-01", &[]),
    ] {
        assert_eq!(standing(&register, "10000001", on), expected, "{on}");
    }
    // A release frees the rights that it names, and no other.
    assert_eq!(standing(&register, "10000002", "2030-01-01"), [one]);
    assert_eq!(
        remarks(&register),
        ["000102-0001 Leaves(ReelFrame { reel: 101, frame: 1 }, 1)"]
    );
}

#[test]
fn an_assignment_moves_a_lien_and_may_be_cited_for_it() {
    let moved: Said<'_> = (
        "000103-0007",
        "2019-11-05",
        "2019-10-31",
        SECURITY,
        "ASSIGNMENT OF PATENT SECURITY INTEREST RECORDED AT REEL/FRAME 000101/0001",
        "HARBOUR BANK, N.A.",
        "QUAY LENDING LLC",
        &["10000001", "10000002"],
    );
    let release = |cites: &'static str| -> Said<'_> {
        (
            "000104-0001",
            "2020-06-01",
            "2020-06-01",
            RELEASE,
            cites,
            "QUAY LENDING LLC",
            OWNER,
            &["10000001"],
        )
    };
    for cites in [
        "RELEASE OF SECURITY INTEREST AT REEL/FRAME 000103/0007",
        "RELEASE OF SECURITY INTEREST AT REEL 101 FRAME 1",
        "RELEASE OF SECURITY INTEREST AT REEL/FRAME 000101/0001 AND 000103/0007",
        "RELEASE BY SECURED PARTY",
    ] {
        let register = register(&[release(cites), moved, LIEN]);
        assert_eq!(
            standing(&register, "10000001", "2019-11-04"),
            ["000101-0001 HARBOUR BANK, N.A., AS ADMINISTRATIVE AGENT"]
        );
        assert_eq!(
            standing(&register, "10000001", "2019-11-05"),
            ["000101-0001 QUAY LENDING LLC"],
            "{cites}"
        );
        assert!(standing(&register, "10000001", "2020-06-01").is_empty(), "{cites}");
        assert_eq!(
            standing(&register, "10000002", "2020-06-01"),
            ["000101-0001 QUAY LENDING LLC"]
        );
        assert_eq!(register.history(0).count(), 1, "an assignment opens no lien");
    }
    // Who has given a lien away has nothing to release.
    let late: Said<'_> = (
        "000104-0001",
        "2020-06-01",
        "",
        RELEASE,
        "RELEASE BY SECURED PARTY",
        "HARBOUR BANK, N.A.",
        OWNER,
        &["10000001"],
    );
    let register = register(&[LIEN, moved, late]);
    assert_eq!(
        standing(&register, "10000001", "2020-06-01"),
        ["000101-0001 QUAY LENDING LLC"]
    );
    assert_eq!(remarks(&register), ["000104-0001 Idle(1)"]);
}

#[test]
fn a_release_that_cites_none_closes_what_its_party_holds_on_those_rights() {
    let other: Said<'_> = (
        "000101-0050",
        "2019-01-11",
        "2019-01-11",
        SECURITY,
        "SECURITY AGREEMENT",
        OWNER,
        "MILL FINANCE LLC",
        &["10000001"],
    );
    let second: Said<'_> = (
        "000101-0090",
        "2019-02-01",
        "2019-02-01",
        SECURITY,
        "SECURITY AGREEMENT",
        OWNER,
        "HARBOUR BANK NATIONAL ASSOCIATION",
        &["10000001", "10000003"],
    );
    let release: Said<'_> = (
        "000105-0001",
        "2020-01-01",
        "2019-12-31",
        RELEASE,
        "RELEASE BY SECURED PARTY (SEE DOCUMENT FOR DETAILS).",
        "HARBOUR BANK, N.A., AS COLLATERAL AGENT",
        OWNER,
        &["10000001", "10000002"],
    );
    let register = register(&[LIEN, other, second, release]);
    assert_eq!(standing(&register, "10000001", "2019-12-31").len(), 3);
    assert_eq!(
        standing(&register, "10000001", "2020-01-01"),
        ["000101-0050 MILL FINANCE LLC"]
    );
    assert!(standing(&register, "10000002", "2020-01-01").is_empty());
    assert_eq!(
        standing(&register, "10000003", "2020-01-01").len(),
        1,
        "it is not named"
    );
}

#[test]
fn a_release_that_cites_none_leaves_what_was_signed_after_it() {
    let release: Said<'_> = (
        "000105-0001",
        "2021-01-01",
        "2019-12-31",
        RELEASE,
        "RELEASE BY SECURED PARTY",
        "HARBOUR BANK, N.A.",
        OWNER,
        &["10000001"],
    );
    let anew: Said<'_> = (
        "000104-0001",
        "2020-05-01",
        "2020-04-30",
        SECURITY,
        "SECURITY AGREEMENT",
        OWNER,
        "HARBOUR BANK, N.A.",
        &["10000001"],
    );
    let register = register(&[LIEN, anew, release]);
    assert_eq!(standing(&register, "10000001", "2020-12-31").len(), 2);
    assert_eq!(
        standing(&register, "10000001", "2021-01-01"),
        ["000104-0001 HARBOUR BANK, N.A."]
    );
}

#[test]
fn on_one_day_the_places_tell_the_order_but_what_is_cited_comes_first() {
    let release = |place, cites| -> Said<'_> {
        (
            place,
            "2020-01-01",
            "2020-01-01",
            RELEASE,
            cites,
            "HARBOUR BANK, N.A.",
            OWNER,
            &["10000001"],
        )
    };
    let anew = |place| -> Said<'_> {
        (
            place,
            "2020-01-01",
            "2020-01-01",
            SECURITY,
            "SECURITY AGREEMENT",
            OWNER,
            "HARBOUR BANK, N.A.",
            &["10000001"],
        )
    };
    let uncited = "RELEASE BY SECURED PARTY";
    let refinanced = register(&[anew("000200-0009"), LIEN, release("000200-0001", uncited)]);
    assert_eq!(
        standing(&refinanced, "10000001", "2020-01-01"),
        ["000200-0009 HARBOUR BANK, N.A."]
    );
    let ended = register(&[anew("000200-0001"), LIEN, release("000200-0009", uncited)]);
    assert!(standing(&ended, "10000001", "2020-01-01").is_empty());
    let cited = register(&[
        release("000200-0001", "RELEASE AT REEL/FRAME 200/9"),
        anew("000200-0009"),
    ]);
    assert!(standing(&cited, "10000001", "2020-01-01").is_empty());
    assert_eq!(cited.history(0).count(), 1);
}

#[test]
fn a_correction_says_again_what_it_corrects() {
    let words = "CORRECTIVE ASSIGNMENT TO CORRECT THE ASSIGNEE PREVIOUSLY RECORDED AT REEL: 000101 FRAME: 0001. ASSIGNOR(S) HEREBY CONFIRMS THE SECURITY INTEREST";
    let correction: Said<'_> = (
        "000102-0005",
        "2019-04-01",
        "2019-01-07",
        SECURITY,
        words,
        OWNER,
        "HARBOR CREDIT UNION",
        &["10000001", "10000003"],
    );
    let release: Said<'_> = (
        "000109-0001",
        "2020-01-01",
        "2020-01-01",
        RELEASE,
        "RELEASE AT REEL/FRAME 000102/0005",
        "HARBOR CREDIT UNION",
        OWNER,
        &["10000001", "10000002", "10000003"],
    );
    let register = register(&[LIEN, correction, release]);
    let before = "000101-0001 HARBOUR BANK, N.A., AS ADMINISTRATIVE AGENT";
    assert_eq!(standing(&register, "10000001", "2019-03-31"), [before]);
    assert_eq!(
        standing(&register, "10000001", "2019-04-01"),
        ["000101-0001 HARBOR CREDIT UNION"],
        "it is the same lien"
    );
    assert!(standing(&register, "10000003", "2019-03-31").is_empty());
    assert_eq!(
        standing(&register, "10000003", "2019-04-01"),
        ["000101-0001 HARBOR CREDIT UNION"],
        "it was left out"
    );
    for right in ["10000001", "10000002", "10000003"] {
        assert!(
            standing(&register, right, "2020-01-01").is_empty(),
            "{right}: cited by the correction's place"
        );
    }
}

#[test]
fn a_lien_that_has_moved_is_not_given_back_by_a_correction_of_its_grant() {
    let moved: Said<'_> = (
        "000102-0001",
        "2019-03-01",
        "",
        SECURITY,
        "ASSIGNMENT OF SECURITY INTEREST AT REEL/FRAME 101/1",
        "HARBOUR BANK, N.A.",
        "QUAY LENDING LLC",
        &["10000001"],
    );
    let words = "CORRECTIVE ASSIGNMENT TO CORRECT THE ASSIGNOR PREVIOUSLY RECORDED AT REEL 101 FRAME 1. ASSIGNOR(S) HEREBY CONFIRMS THE SECURITY INTEREST";
    let correction: Said<'_> = (
        "000103-0001",
        "2019-04-01",
        "",
        SECURITY,
        words,
        "CEDAR TOOLS HOLDING, INC.",
        "HARBOUR BANK, N.A.",
        &["10000001"],
    );
    let register = register(&[LIEN, moved, correction]);
    assert_eq!(
        standing(&register, "10000001", "2019-04-01"),
        ["000101-0001 QUAY LENDING LLC"]
    );
    assert_eq!(
        register.history(0).next().unwrap().grantors[0].name,
        "CEDAR TOOLS HOLDING, INC."
    );
}

#[test]
fn a_correction_of_a_release_or_of_an_assignment_does_what_that_did() {
    let release: Said<'_> = (
        "000105-0001",
        "2020-01-01",
        "2020-01-01",
        RELEASE,
        "RELEASE AT REEL/FRAME 101/1",
        "HARBOUR BANK, N.A.",
        OWNER,
        &["10000001"],
    );
    let wider: Said<'_> = (
        "000106-0001",
        "2020-02-01",
        "2020-01-01",
        RELEASE,
        "CORRECTIVE ASSIGNMENT TO CORRECT THE OMITTED PATENT PREVIOUSLY RECORDED AT REEL 000105 FRAME 0001. ASSIGNOR(S) HEREBY CONFIRMS THE RELEASE",
        "HARBOUR BANK, N.A.",
        OWNER,
        &["10000002"],
    );
    let released = register(&[LIEN, release, wider]);
    assert_eq!(standing(&released, "10000002", "2020-01-31").len(), 1);
    assert!(standing(&released, "10000002", "2020-02-01").is_empty());

    // It names the lien too, and before the release that it corrects.
    let both: Said<'_> = (
        "000106-0001",
        "2020-02-01",
        "2020-01-01",
        RELEASE,
        "CORRECTIVE ASSIGNMENT TO CORRECT THE RELEASE OF REEL 101 FRAME 1 PREVIOUSLY RECORDED AT REEL 105 FRAME 1. ASSIGNOR(S) HEREBY CONFIRMS THE RELEASE",
        "HARBOUR BANK, N.A.",
        OWNER,
        &["10000002"],
    );
    let released = register(&[LIEN, release, both]);
    assert!(standing(&released, "10000002", "2020-02-01").is_empty());

    let moved: Said<'_> = (
        "000105-0001",
        "2020-01-01",
        "2020-01-01",
        SECURITY,
        "ASSIGNMENT OF SECURITY INTEREST AT REEL/FRAME 101/1",
        "HARBOUR BANK, N.A.",
        "QUAI LENDING LLC",
        &["10000001"],
    );
    let spelt: Said<'_> = (
        "000106-0001",
        "2020-02-01",
        "2020-01-01",
        SECURITY,
        "CORRECTIVE ASSIGNMENT TO CORRECT THE ASSIGNEE PREVIOUSLY RECORDED AT REEL 000105 FRAME 0001. ASSIGNOR(S) HEREBY CONFIRMS THE ASSIGNMENT OF SECURITY INTEREST",
        "HARBOUR BANK, N.A.",
        "QUAY LENDING LLC",
        &["10000001"],
    );
    let moved = register(&[LIEN, moved, spelt]);
    assert_eq!(
        standing(&moved, "10000001", "2020-01-31"),
        ["000101-0001 QUAI LENDING LLC"]
    );
    assert_eq!(
        standing(&moved, "10000001", "2020-02-01"),
        ["000101-0001 QUAY LENDING LLC"]
    );
    assert!(remarks(&moved).is_empty());

    // It names the lien alone, and confirms a release: it is one.
    let named: Said<'_> = (
        "000106-0001",
        "2020-02-01",
        "",
        RELEASE,
        "CORRECTIVE RELEASE TO CORRECT THE DATE, SECURITY INTEREST RECORDED AT REEL 101 FRAME 1. ASSIGNOR(S) HEREBY CONFIRMS THE RELEASE",
        "HARBOUR BANK, N.A.",
        OWNER,
        &["10000001"],
    );
    assert!(standing(&register(&[LIEN, named]), "10000001", "2020-02-01").is_empty());

    // What it corrects is not in the extract: a security is confirmed and stands; what a release gave up is not known.
    let alone = register(&[
        LIEN,
        (
            "000106-0001",
            "2020-02-01",
            "",
            RELEASE,
            "CORRECTIVE ASSIGNMENT TO CORRECT THE DATE PREVIOUSLY RECORDED AT REEL 999 FRAME 1. ASSIGNOR(S) HEREBY CONFIRMS THE RELEASE",
            "HARBOUR BANK, N.A.",
            OWNER,
            &["10000001"],
        ),
    ]);
    assert_eq!(standing(&alone, "10000001", "2020-02-01").len(), 1);
}

#[test]
fn who_cites_an_unknown_record_releases_nothing() {
    let release: Said<'_> = (
        "000105-0001",
        "2020-01-01",
        "",
        RELEASE,
        "RELEASE AT REEL/FRAME 777/1",
        "HARBOUR BANK, N.A.",
        OWNER,
        &["10000001"],
    );
    let register = register(&[LIEN, release]);
    assert_eq!(standing(&register, "10000001", "2020-01-01").len(), 1);
    let expected = [
        "000105-0001 CitesUnknown(ReelFrame { reel: 777, frame: 1 })",
        "000105-0001 Idle(1)",
    ];
    assert_eq!(remarks(&register), expected);
    assert_eq!(register.idle(0).count(), 1);
}

#[test]
fn nobody_releases_what_another_holds_beside_it_but_a_successor_does() {
    let joint: Said<'_> = (
        "000101-0001",
        "2019-01-10",
        "2019-01-07",
        SECURITY,
        "SECURITY AGREEMENT",
        OWNER,
        "HARBOUR BANK, N.A. | MILL FINANCE LLC",
        &["10000001"],
    );
    let release = |from| -> Said<'_> {
        (
            "000105-0001",
            "2020-01-01",
            "",
            RELEASE,
            "RELEASE AT REEL/FRAME 101/1",
            from,
            OWNER,
            &["10000001"],
        )
    };
    let one = register(&[joint, release("MILL FINANCE LLC, AS AGENT")]);
    assert_eq!(
        standing(&one, "10000001", "2020-01-01"),
        ["000101-0001 HARBOUR BANK, N.A."]
    );
    assert_eq!(one.history(0).next().unwrap().steps[1].effect, Effect::Left);
    let both = register(&[joint, release("HARBOUR BANK, N.A. | MILL FINANCE LLC")]);
    assert!(standing(&both, "10000001", "2020-01-01").is_empty());
    let successor = register(&[joint, release("HARBOUR AND MILL BANK, N.A.")]);
    assert!(standing(&successor, "10000001", "2020-01-01").is_empty());
    assert_eq!(remarks(&successor), ["000105-0001 Stranger(1)"]);
}

#[test]
fn an_instrument_that_was_recorded_twice_opens_two_liens_and_is_told() {
    let again: Said<'_> = (
        "000100-0001",
        "2019-04-10",
        LIEN.2,
        SECURITY,
        LIEN.4,
        OWNER,
        "HARBOUR BANK NATIONAL ASSOCIATION",
        LIEN.7,
    );
    let release: Said<'_> = (
        "000105-0001",
        "2020-01-01",
        "",
        RELEASE,
        "RELEASE AT REEL/FRAME 100/1",
        "HARBOUR BANK, N.A.",
        OWNER,
        LIEN.7,
    );
    let register = register(&[again, LIEN, release]);
    assert_eq!(
        standing(&register, "10000001", "2020-01-01"),
        ["000101-0001 HARBOUR BANK, N.A., AS ADMINISTRATIVE AGENT"]
    );
    let again = |place: &str| [Remark::Again(place.parse().unwrap())];
    assert_eq!(
        register.remarks_of(0),
        again("000100-0001"),
        "the earlier by its day, though its reel is the higher"
    );
    assert_eq!(register.remarks_of(1), again("000101-0001"));
}

/// A row of rights by its three numbers.
fn properties(rows: &[(&str, usize, &str, &str, &str)]) -> String {
    let mut text = PROPERTIES_HEAD.to_owned();
    for (place, seq, patent, application, publication) in rows {
        writeln!(
            text,
            "{place},{seq},\"{patent}\",,\"{application}\",,\"{publication}\",\"A TOOL, AND ITS USE\""
        )
        .unwrap();
    }
    text
}

#[test]
fn one_right_is_named_by_its_patent_its_application_or_its_publication() {
    let (interests, _) = files(&[
        (
            "000101-0001",
            "2019-01-10",
            "",
            SECURITY,
            "SECURITY AGREEMENT",
            OWNER,
            "HARBOUR BANK, N.A.",
            &["", "", ""],
        ),
        (
            "000105-0001",
            "2020-01-01",
            "",
            RELEASE,
            "RELEASE AT REEL/FRAME 101/1",
            "HARBOUR BANK, N.A.",
            OWNER,
            &["", ""],
        ),
    ]);
    let rows = properties(&[
        // Pending when the lien was recorded, and told twice; the release names the patent that came of it.
        ("000101-0001", 1, "", "15000001", "20170000001"),
        ("000101-0001", 2, "", "15/000,001", "US 2017/0000001 A1"),
        ("000101-0001", 3, "", "10000001", ""),
        ("000105-0001", 1, "US 10,000,001 B2", "15000001", ""),
        ("000105-0001", 2, "10000002", "", ""),
    ]);
    let register = read(interests.as_bytes(), rows.as_bytes()).unwrap();
    assert_eq!(register.right_count(), 3);
    let [lien] = register.history(0).collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(
        lien.steps.len(),
        2,
        "a right that stands twice in a record has one lien of it"
    );
    for number in ["10000001", "US10000001", "15000001", "15/000001", "20170000001"] {
        assert_eq!(standing(&register, number, "2019-12-31").len(), 1, "{number}");
        assert!(standing(&register, number, "2020-01-01").is_empty(), "{number}");
    }
    // The application of the same digits as the patent is another right, and is not released.
    assert_eq!(standing(&register, "10/000,001", "2020-01-01").len(), 1);
    assert_eq!(register.find("10000001").unwrap().also, Some(1));
    assert_eq!(register.numbers(0).title, "A TOOL, AND ITS USE");
    assert_eq!(register.most_liens(), Some((0, 2)));
}

fn faults(interests: &str, properties: &str) -> Vec<String> {
    let Faults { named, count } = read(interests.as_bytes(), properties.as_bytes())
        .err()
        .expect("it is faulty");
    assert_eq!(named.len(), count.min(100));
    named.iter().map(ToString::to_string).collect()
}

#[test]
fn every_faulty_row_is_named_with_its_file_line_field_and_code() {
    let good =
        |place: &str| format!("{place},2019-01-10,2019-01-07,,SECURITY AGREEMENT,security_interest,{OWNER:?},BANK,0\n");
    let row = |field: usize, value: &str| {
        let line = good("000102-0001");
        let mut fields: Vec<&str> = line.trim_end().split(',').collect();
        // The name of the owner holds a comma.
        let owner = [fields[6], fields[7]].join(",");
        fields.splice(6..8, [owner.as_str()]);
        fields[field] = value;
        fields.join(",") + "\n"
    };
    let long = "A".repeat(16 << 10) + "A";
    for (bad, expected) in [
        (row(0, "1020001"), "3: reel_frame: REEL_FRAME_INVALID"),
        (row(0, "0000000-0001"), "3: reel_frame: REEL_FRAME_INVALID"),
        (
            good("101-1"),
            "3: reel_frame: RECORD_TWICE: 000101-0001 stands on line 2 already",
        ),
        (row(1, ""), "3: recorded_date: DATE_INVALID"),
        (row(1, "2019-02-29"), "3: recorded_date: DATE_INVALID"),
        (row(2, "2019-01-11"), "3: executed_date: DATE_INVALID"),
        (row(3, "x"), "3: last_update: DATE_INVALID"),
        (row(4, ""), "3: conveyance: TEXT_INVALID"),
        (
            row(4, "\"RELEASE, RECORDED IN ERROR\""),
            "3: conveyance: CONVEYANCE_UNCLEAR",
        ),
        (row(4, "RELEASE AT REEL 5"), "3: conveyance: CITATION_UNREADABLE"),
        (row(4, "A\u{1b}[2J"), "3: conveyance: TEXT_INVALID"),
        (row(4, &long), "3: conveyance: FIELD_TOO_LONG"),
        (row(5, "merger"), "3: conveyance_class: CLASS_UNKNOWN: found \"merger\""),
        (row(6, " | "), "3: assignors: TEXT_INVALID"),
        (row(7, ""), "3: assignees: TEXT_INVALID"),
        (row(8, "-1"), "3: n_properties: MALFORMED_NUMBER"),
        (
            row(8, "1"),
            "3: n_properties: COUNT_MISMATCH: it says 1, properties.csv has 0",
        ),
        ("000102-0001,2019-01-10\n".into(), "3: row: FIELD_COUNT"),
        (row(7, "\"BANK"), "3: row: QUOTES_INVALID"),
    ] {
        for end in ["\n", "\r\n"] {
            let file = format!("\u{feff}{INTERESTS_HEAD}{}{bad}", good("000101-0001")).replace('\n', end);
            let found = faults(&file, &PROPERTIES_HEAD.replace('\n', end));
            let expected = format!("security_interests.csv:{expected}");
            assert!(
                found.len() == 1 && found[0].starts_with(&expected),
                "{expected}: {found:?}"
            );
        }
    }
}

#[test]
fn every_faulty_right_is_named_and_nothing_is_half_read() {
    let (interests, _) = files(&[(
        "000101-0001",
        "2019-01-10",
        "",
        SECURITY,
        "SECURITY AGREEMENT",
        OWNER,
        "BANK",
        &["", ""],
    )]);
    let place = "000101-0001";
    for (rows, expected) in [
        (
            vec![(place, 1, "1.2E+7", "", "")],
            "2: patent_number: NUMBER_INVALID: found \"1.2E+7\"",
        ),
        (
            vec![(place, 1, "", "9000001", "")],
            "2: application_number: NUMBER_INVALID",
        ),
        (
            vec![(place, 1, "", "", "10000001")],
            "2: publication_number: NUMBER_INVALID",
        ),
        (
            vec![(place, 1, "", "", "")],
            "2: patent_number: NUMBER_INVALID: the row names no right",
        ),
        (
            vec![("000109-0001", 1, "10000001", "", "")],
            "2: reel_frame: RECORD_UNKNOWN",
        ),
        (
            vec![(place, 1, "10000001", "", ""), (place, 1, "10000002", "", "")],
            "3: seq: ROW_TWICE",
        ),
        (
            vec![
                (place, 1, "10000001", "15000001", ""),
                (place, 2, "10000001", "15000002", ""),
            ],
            "3: application_number: ALIASES_DISAGREE: its numbers are those of a right that has another such number on line 2",
        ),
        (
            vec![
                (place, 1, "10000001", "", "20170000001"),
                (place, 2, "10000002", "", "20170000001"),
            ],
            "3: patent_number: ALIASES_DISAGREE",
        ),
    ] {
        let found = faults(&interests, &properties(&rows));
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("properties.csv:{expected}")),
            "{expected}: {found:?}"
        );
    }
    // Cut short, the file lacks what the other says that it has.
    let found = faults(&interests, &properties(&[(place, 1, "10000001", "", "")]));
    assert_eq!(
        found,
        ["security_interests.csv:2: n_properties: COUNT_MISMATCH: it says 2, properties.csv has 1"]
    );
}

#[test]
fn a_file_has_its_heading_and_its_bounds() {
    for (head, expected) in [
        ("", "1: row: HEADING_INVALID: the file is empty"),
        (
            "reel_frame\n",
            "1: row: HEADING_INVALID: column \"recorded_date\" is missing",
        ),
        (
            "reel_frame,price\n",
            "1: row: HEADING_INVALID: unknown column \"price\"",
        ),
        (
            "reel_frame,reel_frame\n",
            "1: row: HEADING_INVALID: column \"reel_frame\" stands twice",
        ),
    ] {
        let found = faults(head, PROPERTIES_HEAD);
        assert!(
            found[0].starts_with(&format!("security_interests.csv:{expected}")),
            "{found:?}"
        );
    }
    let long = vec![b'\n'; FILE_MAX + 1];
    let found = read(INTERESTS_HEAD.as_bytes(), &long).err().unwrap();
    assert!(found.named[0].to_string().contains("FILE_TOO_LARGE"));
    let many = INTERESTS_HEAD.to_owned() + &",,,,,,,,\n".repeat(500_001);
    let found = read(many.as_bytes(), PROPERTIES_HEAD.as_bytes()).err().unwrap();
    assert_eq!(
        (found.named.len(), found.count),
        (100, 500_001),
        "a row each, and the bound"
    );
    assert!(
        read(INTERESTS_HEAD.as_bytes(), PROPERTIES_HEAD.as_bytes()).is_ok(),
        "nothing recorded is no fault"
    );
}

/// A record of the oracle: the day, what it does, what it cites by number, who gives and who takes, and its rights.
type Plain = (u8, u8, Option<u8>, u8, u8, u8);

const PARTIES: [&str; 3] = ["HARBOUR BANK, N.A.", "MILL FINANCE LLC", "QUAY CORP."];
const RIGHTS: [&str; 3] = ["10000001", "10000002", "10000003"];

/// What stands on a right on a day, read as a clerk would from the top of the book each time: record by record, what stands
/// is a list of (record, holder).
fn oracle(records: &[Plain], right: u8, on: u8) -> Vec<(usize, u8)> {
    let mut stands: Vec<(usize, u8)> = Vec::new();
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|number| (records[*number].0, *number));
    for number in order {
        let (day, deed, cites, from, to, rights) = records[number];
        if day > on || rights & 1 << right == 0 {
            continue;
        }
        let is_meant = |(of, holder): &(usize, u8)| match cites {
            Some(cited) => means(records, number, cited, *of),
            None => *holder == from,
        };
        match deed {
            0 => stands.push((number, to)),
            1 => stands
                .iter_mut()
                .filter(|lien| is_meant(lien))
                .for_each(|lien| lien.1 = to),
            _ => stands.retain(|lien| !is_meant(lien)),
        }
    }
    stands
}

/// Whether a record that cites another means this one's lien: by its own place, or by that of an assignment that cites it.
fn means(records: &[Plain], number: usize, cited: u8, of: usize) -> bool {
    let cited = usize::from(cited) % records.len();
    let is_before = (records[cited].0, cited) < (records[number].0, number);
    let (_, deed, cites, ..) = records[cited];
    is_before
        && match (deed, cites) {
            (0, _) => cited == of,
            (_, Some(further)) => means(records, cited, further, of),
            // The oracle's records cite no assignment that cites nothing.
            (_, None) => false,
        }
}

fn plain() -> impl Strategy<Value = Vec<Plain>> {
    let record = (
        0..12_u8,
        0..3_u8,
        proptest::option::of(0..12_u8),
        0..3_u8,
        0..3_u8,
        1..8_u8,
    );
    proptest::collection::vec(record, 1..12).prop_map(|mut records| {
        let all = records.clone();
        for (number, record) in records.iter_mut().enumerate() {
            let cited = record.2.map(|cited| &all[usize::from(cited) % all.len()]);
            // What is cited is a security or cites one, and lies on another day or before: the order within a day is
            // told by a test of its own.
            let fits = cited.is_none_or(|cited| (cited.1 == 0 || cited.2.is_some()) && cited.0 != record.0);
            if record.1 == 0 || !fits || record.2.is_some_and(|cited| usize::from(cited) % all.len() == number) {
                record.2 = None;
            }
        }
        // A citation that was taken away leaves none that leads to it.
        let leads_nowhere = |records: &[Plain], record: &Plain| {
            let cited = record.2.map(|cited| records[usize::from(cited) % records.len()]);
            cited.is_some_and(|cited| cited.1 != 0 && cited.2.is_none())
        };
        while let Some(number) = (0..records.len()).find(|number| leads_nowhere(&records, &records[*number])) {
            records[number].2 = None;
        }
        records
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The register agrees with the clerk on each right and each day.
    #[test]
    fn a_plain_reading_agrees(records in plain()) {
        let written: Vec<(String, String, String, Vec<&str>)> = records.iter().enumerate()
            .map(|(number, (day, deed, cites, _, _, rights))| {
                let words = match deed { 0 => "SECURITY AGREEMENT", 1 => "ASSIGNMENT OF SECURITY INTEREST", _ => "RELEASE" };
                let cites = cites.map(|cited| format!(" AT REEL/FRAME {}/7", usize::from(cited) % records.len() + 1));
                let rights = (0..3).filter(|right| rights & 1 << right != 0).map(|right| RIGHTS[right]).collect();
                let words = words.to_owned() + &cites.unwrap_or_default();
                (format!("{}-7", number + 1), format!("2020-01-{:02}", day + 1), words, rights)
            })
            .collect();
        let said: Vec<Said<'_>> = written.iter().zip(&records)
            .map(|((place, day, words, rights), (_, deed, _, from, to, _))| {
                let class = if *deed == 2 { RELEASE } else { SECURITY };
                let from = if *deed == 0 { OWNER } else { PARTIES[usize::from(*from)] };
                let to = if *deed == 2 { OWNER } else { PARTIES[usize::from(*to)] };
                (place.as_str(), day.as_str(), day.as_str(), class, words.as_str(), from, to, rights.as_slice())
            })
            .collect();
        let register = register(&said);
        for (right, number) in RIGHTS.iter().enumerate().filter(|(_, number)| register.find(number).is_some()) {
            for on in 0..12 {
                let expected = oracle(&records, right as u8, on);
                let mut expected: BTreeMap<String, &str> = expected.into_iter()
                    .map(|(of, holder)| (format!("{:06}-0007", of + 1), PARTIES[usize::from(holder)]))
                    .collect();
                let found = standing(&register, number, &format!("2020-01-{:02}", on + 1));
                for lien in &found {
                    let (place, holder) = lien.split_once(' ').unwrap();
                    prop_assert_eq!(expected.remove(place), Some(holder), "{} on {}", number, on);
                }
                prop_assert!(expected.is_empty(), "{} on {}: {:?} is missing", number, on, expected);
            }
        }
    }

    /// Whatever is fed, the answer is a register or faults.
    #[test]
    fn no_bytes_panic(
        interests in "(000101-0001|1-2|,|\"|\n|2019-01-10|RELEASE AT REEL|/|FRAME|security_interest|release|[ -~]|7){0,60}",
        properties in "(000101-0001|,|\"|\n|10000001|20170000001|1|[ -~]){0,60}",
    ) {
        let _ = read(
            format!("{INTERESTS_HEAD}{interests}").as_bytes(),
            format!("{PROPERTIES_HEAD}{properties}").as_bytes(),
        );
    }
}

/// The office's own records: what stands is what a reading of the few records by hand gives.
#[test]
fn the_shared_extract_is_read_and_each_of_its_liens_is_accounted_for() {
    let roots = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = roots.map(|root| root.join("shared/data/pledges"));
    let Some(folder) = folders.find(|folder| folder.is_dir()) else {
        println!("skipped: the data is not here");
        return;
    };
    let [interests, properties] =
        [super::INTERESTS, super::PROPERTIES].map(|name| fs::read(folder.join(name)).unwrap());
    let register = read(&interests, &properties).unwrap();
    let opens = |record: &super::register::Record| record.conveyance.deed == super::conveyance::Deed::Opens;
    let opened: usize = register
        .records()
        .iter()
        .filter(|record| opens(record))
        .map(|record| record.rights.len())
        .sum();
    assert_eq!(
        register.lien_count(),
        opened,
        "a lien for each right of each security interest"
    );
    // Each release closes as many liens as it has rights, less those on which it is remarked to change nothing.
    let closed = (0..register.right_count())
        .flat_map(|right| register.history(right))
        .filter(|lien| lien.closed().is_some());
    let releases = register
        .records()
        .iter()
        .filter(|record| record.conveyance.deed == super::conveyance::Deed::Closes);
    let released: usize = releases.map(|record| record.rights.len()).sum();
    let idle: usize = register
        .remarks()
        .map(|(_, remark)| if let Remark::Idle(idle) = remark { *idle } else { 0 })
        .sum();
    assert_eq!(closed.count(), released - idle);
    assert!(
        !register
            .remarks()
            .any(|(_, remark)| matches!(remark, Remark::CitesUnknown(_) | Remark::Stranger(_)))
    );
    // The one assignment moved every lien of the record that it cites, and opened none.
    let moves: Vec<_> = register
        .records()
        .iter()
        .filter(|record| record.conveyance.deed == super::conveyance::Deed::Moves)
        .collect();
    assert!(moves.len() == 1 && register.history(moves[0].rights[0]).next().unwrap().steps[1].effect == Effect::Moved);
    let (most, _) = register.most_liens().unwrap();
    assert!(register.history(most).count() >= 9);
}
