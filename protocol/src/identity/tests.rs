extern crate std;
use super::*;
use std::{collections::BTreeMap, eprintln, fs, string::ToString as _, vec::Vec};

fn office(letters: &str) -> Office {
    letters.parse().unwrap()
}

fn key_of(class: AssetClass, letters: &str, raw: &str) -> Option<std::string::String> {
    key(class, office(letters), raw).map(|key| key.as_str().to_string())
}

/// Each line is one right: the office, and every way to write its number.
const PATENTS: &[(&str, &[&str])] = &[
    (
        "US",
        &[
            "10123456",
            "US10123456B2",
            "10,123,456",
            "US 10,123,456 B2",
            "us10123456b2",
            "ＵＳ１０１２３４５６",
            "US 010123456",
        ],
    ),
    (
        "US",
        &["D912345", "USD912345S1", "US D912,345 S", "D0912345", "912345S1"],
    ),
    ("US", &["912345", "US0912345A"]),
    ("US", &["RE45678", "USRE45678E1", "RE45,678", "US45678E1"]),
    ("US", &["PP31234", "USPP31234P3", "PP 31,234"]),
    (
        "US",
        &[
            "2019/0123456",
            "US20190123456A1",
            "US 2019/0123456 A1",
            "US2019123456A1",
        ],
    ),
    ("US", &["16/123,456", "16/123456"]),
    (
        "CN",
        &[
            "201080056946.X",
            "ZL201080056946.X",
            "CN201080056946X",
            "zl 2010 8005 6946.x",
            "２０１０８００５６９４６．Ｘ",
        ],
    ),
    (
        "EP",
        &["EP1234567", "EP1234567B1", "EP 1 234 567", "1234567", "EP1234567C0"],
    ),
    ("EP", &["EP0123456", "EP 0 123 456 B1"]),
    ("EP", &["19123456.7", "EP19123456", "EP20190123456", "191234567"]),
    ("DE", &["EP1234567", "EP 1 234 567 B1"]),
    ("FR", &["EP1234567"]),
    (
        "DE",
        &["DE102010012345B4", "10 2010 012 345.6", "DE 10 2010 012 345 A1"],
    ),
    (
        "WO",
        &[
            "WO2019/123456",
            "WO 2019/123456 A1",
            "WO2019123456A1",
            "2019/123456",
            "WO19/123456",
        ],
    ),
    ("WO", &["WO99/12345", "WO9912345A1", "WO 1999/012345"]),
    ("WO", &["PCT/CN2019/123456", "PCTCN2019123456"]),
    ("JP", &["特許第6123456号", "JP6123456B2", "6123456", "JP-6123456-B2"]),
    ("JP", &["特願2019-123456", "JP2019-123456"]),
    (
        "JP",
        &[
            "特開2019-123456",
            "JP2019123456A",
            "JP 2019-123456 A",
            "JP-2019123456-A",
        ],
    ),
    ("JP", &["特願平11-123456", "JPH11-123456", "特願1999-123456"]),
    ("JP", &["実用新案登録第3123456号", "JP3123456U"]),
    ("JP", &["JP3123456B2", "特許第3123456号"]),
    (
        "KR",
        &[
            "10-1234567",
            "KR101234567B1",
            "특허 제10-1234567호",
            "10-1234567-0000",
            "1012345670000",
        ],
    ),
    (
        "KR",
        &[
            "10-2019-0012345",
            "1020190012345",
            "KR20190012345A",
            "KR 10-2019-0012345 A",
        ],
    ),
    ("KR", &["20-0412345", "KR200412345Y1"]),
    ("GB", &["GB2345678A", "2345678", "GB 2,345,678 B"]),
    ("FR", &["FR2345678A1", "2 345 678"]),
];

#[test]
fn a_patent_has_one_key_however_it_is_written() {
    let mut rights = BTreeMap::new();
    for (number, (letters, spellings)) in PATENTS.iter().enumerate() {
        for raw in *spellings {
            let found = key_of(AssetClass::Patent, letters, raw);
            let key = found.unwrap_or_else(|| panic!("{letters} {raw} is a number"));
            let first = *rights.entry((*letters, key.clone())).or_insert(number);
            assert_eq!(first, number, "{letters} {raw} is {key}: two rights are one");
            let canonical = key_of(AssetClass::Patent, letters, spellings[0]);
            assert_eq!(canonical.as_deref(), Some(&*key), "{letters} {raw}: one right is two");
        }
    }
}

#[test]
fn a_key_is_a_number_of_the_same_right() {
    for (letters, spellings) in PATENTS {
        let once = key_of(AssetClass::Patent, letters, spellings[0]).unwrap();
        assert_eq!(
            key_of(AssetClass::Patent, letters, &once),
            Some(once.clone()),
            "{letters} {once}"
        );
    }
}

#[test]
fn marks_works_and_layouts_have_one_key() {
    use AssetClass::{CircuitLayout, Copyright, KnowHow, Trademark};
    for (class, letters, spellings) in [
        (
            Trademark,
            "CN",
            &[
                "12345678",
                "12345678 ",
                "12345678\u{200B}",
                "１２３４５６７８",
                "012345678",
                "第12345678号",
                "CN12345678",
            ][..],
        ),
        (Trademark, "CN", &["12345678A", "12345678 a", "１２３４５６７８Ａ"]),
        (Trademark, "CN", &["G1234567", "g 1234567", "国际注册第G1234567号"]),
        (Trademark, "US", &["88/123,456", "88123456"]),
        (Trademark, "EM", &["018123456", "18123456"]),
        (Trademark, "KR", &["40-1234567-0000", "401234567"]),
        (Copyright, "CN", &["2024SR0123456", "2024sr 0123456", "2024SR123456"]),
        (Copyright, "CN", &["国作登字-2019-F-00123456", "国作登字2019F00123456"]),
        (Copyright, "US", &["TX 8-123-456", "TX0008123456"]),
        (
            CircuitLayout,
            "CN",
            &["BS.195001234", "BS195001234", "195001234", "ｂｓ.195001234"],
        ),
        (KnowHow, "CN", &["KH-1", "kh-1", "KH -1"]),
    ] {
        let keys: std::collections::BTreeSet<_> = spellings.iter().map(|raw| key_of(class, letters, raw)).collect();
        assert!(
            keys.len() == 1 && !keys.contains(&None),
            "{class:?} {letters}: {keys:?}"
        );
    }
    let marks = ["12345678", "12345678A", "12345678B", "G12345678"];
    let keys: std::collections::BTreeSet<_> = marks.iter().map(|raw| key_of(Trademark, "CN", raw)).collect();
    assert_eq!(keys.len(), marks.len(), "a letter belongs to the mark");
}

#[test]
fn what_a_spreadsheet_made_of_a_number_is_none() {
    use AssetClass::{CircuitLayout, Copyright, GeographicalIndication, KnowHow, LicenceIncome, Patent, Trademark};
    let everywhere = [
        "1.23E+11",
        "1.23457E+07",
        "1E+07",
        "1.2345E7",
        "123456789.0",
        "1234567890123450000",
        "",
        " ",
        "\u{200B}",
        "#####",
        "-",
    ];
    for class in [
        Patent,
        Trademark,
        Copyright,
        GeographicalIndication,
        CircuitLayout,
        LicenceIncome,
        KnowHow,
    ] {
        for letters in ["CN", "US", "EP", "JP", "SE"] {
            for raw in everywhere {
                assert_eq!(key_of(class, letters, raw), None, "{class:?} {letters} {raw:?}");
            }
        }
    }
    for (class, letters, raw) in [
        (Trademark, "CN", "12345678.0"),
        (Trademark, "CN", "0"),
        (Trademark, "CN", "123456789"),
        (Trademark, "CN", "1E7"),
        (Copyright, "CN", "1234567.0"),
        (Copyright, "CN", "2024\u{405}R0123456"),
        (Trademark, "CN", "1234567\u{410}"),
        (Patent, "US", "\u{661}0123456"),
        (Patent, "US", "10123456.0"),
        (Patent, "US", "US10123456.0"),
        (Patent, "US", "1180356x"),
        (Patent, "US", "EP1234567"),
        (Patent, "EP", "123456"),
        (Patent, "EP", "1234567.0"),
        (Patent, "EP", "19123456.0"),
        (Patent, "SE", "1234567.0"),
        (Patent, "WO", "19/12345"),
        (Patent, "KR", "1234567"),
        // The check digit of 201910513128.0 went with its dot.
        (Patent, "CN", "201910513128"),
        // 01123456.4 without its first nought, and publication numbers.
        (Patent, "CN", "1123456.4"),
        (Patent, "CN", "CN102687573B"),
        (Patent, "CN", "CN102687573"),
        (Patent, "CN", "CN1234567A"),
    ] {
        assert_eq!(key_of(class, letters, raw), None, "{class:?} {letters} {raw:?}");
    }
}

/// A Chinese publication number of nine digits is never taken for an application's of nine: no year begins like it.
#[test]
fn no_publication_number_is_an_application_number() {
    for number in (100_000_000..=122_000_000)
        .step_by(7)
        .chain((200_000_000..=224_000_000).step_by(7))
    {
        let raw = std::format!("CN{number}");
        assert_eq!(key_of(AssetClass::Patent, "CN", &raw), None, "{raw}");
    }
}

/// The columns of a file beside the checkout, if it is there.
fn column(path: &str, name: &str) -> Option<Vec<std::string::String>> {
    let roots = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut files = roots.map(|root| root.join("shared/data").join(path));
    let Some(text) = files.find_map(|file| fs::read_to_string(file).ok()) else {
        eprintln!("skipped: {path} is not here");
        return None;
    };
    let mut lines = text.lines();
    let place = lines.next()?.split(',').position(|column| column == name)?;
    // The columns asked for stand before any that is quoted.
    Some(
        lines
            .map(|line| line.split(',').nth(place).unwrap_or("").into())
            .collect(),
    )
}

#[test]
fn real_numbers_of_patents_have_keys_of_their_own() {
    if let Some(numbers) = column("patents/uspto_biblio_129.csv", "publication_number") {
        let keys: std::collections::BTreeSet<_> = numbers
            .iter()
            .map(|n| key_of(AssetClass::Patent, "US", n).unwrap())
            .collect();
        assert_eq!(keys.len(), numbers.len());
    }
    if let Some(numbers) = column("pledges/properties.csv", "patent_number") {
        let granted: Vec<_> = numbers.iter().filter(|number| !number.is_empty()).collect();
        assert!(granted.len() > 1_000);
        for number in granted {
            let key = key_of(AssetClass::Patent, "US", number).unwrap_or_else(|| panic!("{number} is a number"));
            assert_eq!(key, without_zeros(number), "{number}");
        }
    }
}

/// Whatever somebody writes is read or refused: short digits, half a word, signs of several bytes.
#[test]
fn no_text_is_too_odd_to_be_refused() {
    let pieces = [
        "1", "5", "19", "2019", "0012345", "0000", "PCT", "CN", "WO", "JP", "KR", "EP", "US", "D", "漢", "登録", "第",
        "号", "特願", "昭", "H", "국", "특허", "-", "/", ".", ",", "B2", "S1", "é", "G", "国际", "注册", "𝟙",
    ];
    let offices = [*b"CN", *b"US", *b"EP", *b"WO", *b"JP", *b"KR", *b"DE", *b"GB", *b"FR"];
    let mut state = 7_u64;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..200_000 {
        let text: std::string::String = (0..1 + next(6)).map(|_| pieces[next(pieces.len())]).collect();
        let office = Office(offices[next(offices.len())]);
        for class in AssetClass::ALL {
            let _ = key(*class, office, &text);
        }
    }
}

/// What an office parts by signs is what it parts by them: a registration is not an application of the same digits.
#[test]
fn a_korean_registration_and_an_application_are_two_rights() {
    let patent = |text| key_of(AssetClass::Patent, "KR", text);
    assert_eq!(patent("10-2019012"), patent("10-2019012-0000"));
    assert_ne!(patent("10-2019012"), patent("10-2019-0120000"));
    assert!(patent("10-2019-0120000").is_some());
    assert_eq!(patent("1020190120000"), None, "it could be both");
    let mark = |text| key_of(AssetClass::Trademark, "KR", text);
    assert_eq!(mark("40-2019001"), mark("40-2019001-0000"));
    assert_ne!(mark("40-2019-0010000"), mark("40-2019001"));
    let chinese = |text| key_of(AssetClass::Trademark, "CN", text);
    assert_eq!(chinese("国际注册第1234567号"), chinese("G1234567"));
    assert_ne!(chinese("国际注册第1234567号"), chinese("1234567"));
}
