//! Rights from CSV: two forms, told apart by the heading; every row is checked before any is used.
//!
//! The office's form is that of USPTO bibliographic exports: `publication_number,type,title,…`, granted patents alone
//! (`USPAT`). The venue's own form names `office,class,number,title` and may name `symbol`, `filed_on`, `granted_on`,
//! `expires_on`, `due_on` and `classifications` (`ipc:G06Q 50/18|nice:9`).
//!
//! A row is checked as the core will check it: texts, numbers with their check digits, classifications, dates, and that
//! neither a right nor a symbol stands twice. What only the core can know (that a right is registered already) is not
//! asked here.

use crate::csv_lines::Lines;
use csv::{ByteRecord, ReaderBuilder};
use protocol::{
    Bounded, Date, Digest, EntityId, Office, Reject, Symbol,
    asset::{AssetClass, Classification, RegisterAsset},
    identifiers, identity,
    listing::BookTerms,
    term::{self, Known},
    text::Unreadable,
    title::{Extract, NewRight},
};
use sha2::{Digest as _, Sha256};
use std::{borrow::Cow, collections::HashMap, str::FromStr};

/// A line that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    /// Its number in the file; the heading is line 1.
    pub(super) line: u64,
    /// What is wrong with it.
    pub(super) reason: String,
}

/// What every right of a file gets.
#[derive(Clone, Debug)]
pub(super) struct Common {
    /// The entity that owns it.
    pub(super) owner: EntityId,
    /// The terms on which its units are listed, if they are; the symbol is the row's.
    pub(super) terms: Option<BookTerms>,
    /// The register's extract that the file is.
    pub(super) extract: Extract,
    /// The date at the venue.
    pub(super) today: Date,
}

/// The columns that the office's form may have beyond what is used.
const USPTO_COLUMNS: [&str; 10] = [
    "publication_number",
    "type",
    "title",
    "publication_date",
    "app_filing_date",
    "application_number",
    "applicants",
    "assignees",
    "ipc_code",
    "main_classification",
];
const OWN_COLUMNS: [&str; 9] = [
    "office",
    "class",
    "number",
    "title",
    "symbol",
    "filed_on",
    "granted_on",
    "expires_on",
    "due_on",
];
const CLASSIFICATIONS: &str = "classifications";

/// Reads a file. The rights in the file's order, or every line that is wrong.
pub(super) fn read(bytes: &[u8], common: &Common) -> Result<Vec<NewRight>, Vec<BadLine>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let (mut rights, mut bad) = (Vec::new(), Vec::new());
    let mut seen = Seen::default();
    let mut heading = None;
    let mut record = ByteRecord::new();
    for line in Lines::of(bytes) {
        let line = match line {
            Ok(line) => line,
            Err(slip) => {
                let (line, reason) = (slip.line(), slip.reason().to_owned());
                bad.push(BadLine { line, reason });
                break;
            }
        };
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let reason = error.to_string();
                bad.push(BadLine { line, reason });
                break;
            }
        }
        let Some(heading) = &heading else {
            match Heading::read(&record) {
                Ok(read) => heading = Some(read),
                Err(reason) => {
                    bad.push(BadLine { line, reason });
                    break;
                }
            }
            continue;
        };
        match heading
            .right(&record, common)
            .and_then(|right| seen.take(&right, line).map(|()| right))
        {
            Ok(right) => rights.push(right),
            Err(reason) => bad.push(BadLine { line, reason }),
        }
    }
    if bad.is_empty() && rights.is_empty() {
        bad.push(BadLine {
            line: 1,
            reason: "the file names no right".into(),
        });
    }
    if bad.is_empty() { Ok(rights) } else { Err(bad) }
}

/// Which column stands where.
struct Heading {
    columns: HashMap<String, usize>,
    width: usize,
    is_uspto: bool,
}

impl Heading {
    fn read(record: &ByteRecord) -> Result<Self, String> {
        let mut columns = HashMap::new();
        for (i, name) in record.iter().enumerate() {
            let name = std::str::from_utf8(name)
                .map_err(|_| "the heading is not UTF-8")?
                .trim()
                .to_owned();
            if columns.insert(name.clone(), i).is_some() {
                return Err(format!("column {name:?} stands twice"));
            }
        }
        let is_uspto = columns.contains_key("publication_number");
        let (known, needed): (Vec<&str>, &[&str]) = if is_uspto {
            (USPTO_COLUMNS.to_vec(), &USPTO_COLUMNS[..3])
        } else {
            (
                OWN_COLUMNS.into_iter().chain([CLASSIFICATIONS]).collect(),
                &OWN_COLUMNS[..4],
            )
        };
        if let Some(unknown) = record
            .iter()
            .find(|name| !known.iter().any(|k| k.as_bytes() == name.trim_ascii()))
        {
            let unknown = String::from_utf8_lossy(unknown);
            return Err(format!("unknown column {unknown:?}; known: {}", known.join(", ")));
        }
        if let Some(missing) = needed.iter().find(|name| !columns.contains_key(**name)) {
            return Err(format!("column {missing:?} is missing"));
        }
        Ok(Self {
            columns,
            width: record.len(),
            is_uspto,
        })
    }

    fn right(&self, record: &ByteRecord, common: &Common) -> Result<NewRight, String> {
        if record.len() != self.width {
            return Err(format!("{} fields, the heading has {}", record.len(), self.width));
        }
        let row = Row { heading: self, record };
        let (asset, symbol) = if self.is_uspto {
            row.uspto(common.owner)?
        } else {
            row.own(common.owner)?
        };
        let units = match &common.terms {
            Some(terms) => Some(BookTerms {
                symbol: value("symbol", &symbol)?,
                ..terms.clone()
            }),
            None => None,
        };
        let right = NewRight {
            extract: Some(common.extract),
            due: row.optional("due_on")?,
            units,
            ..NewRight::from(asset)
        };
        check(&right, common.today)?;
        Ok(right)
    }
}

/// The value of a column as what it should be, or the code of the wire that says why it is not.
fn value<T: FromStr<Err = Unreadable>>(column: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|why| format!("{column}: {why}: found {text:?}"))
}

struct Row<'a> {
    heading: &'a Heading,
    record: &'a ByteRecord,
}

impl Row<'_> {
    /// The value of a column, trimmed; empty where the file has no such column.
    fn get(&self, column: &str) -> Result<&str, String> {
        let Some(&i) = self.heading.columns.get(column) else {
            return Ok("");
        };
        let text = std::str::from_utf8(&self.record[i]).map_err(|_| format!("{column} is not UTF-8"))?;
        Ok(text.trim())
    }

    /// The value of a column on one line: within quotes a line may break (RFC 4180), and a title has none.
    fn line(&self, column: &str) -> Result<Cow<'_, str>, String> {
        let text = self.get(column)?;
        Ok(if text.contains(['\r', '\n']) {
            text.split(['\r', '\n'])
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
                .into()
        } else {
            text.into()
        })
    }

    fn optional<T: FromStr<Err = Unreadable>>(&self, column: &str) -> Result<Option<T>, String> {
        match self.get(column)? {
            "" => Ok(None),
            text => value(column, text).map(Some),
        }
    }

    /// A granted US patent. The file tells no day of expiry: terms are extended and cut, so it is data, not a formula
    /// (RULES.md 2.1), and none is made up.
    fn uspto(&self, owner: EntityId) -> Result<(RegisterAsset, String), String> {
        let kind = self.get("type")?;
        if kind != "USPAT" {
            return Err(format!("type {kind:?}: only granted patents (USPAT) can be listed"));
        }
        let number = self.get("publication_number")?;
        let office = Office(*b"US");
        let symbol = symbol_of(AssetClass::Patent, office, number)
            .ok_or_else(|| format!("publication_number {number:?} is not that of a US patent"))?;
        let title = &*self.line("title")?;
        let ipc = self
            .get("ipc_code")?
            .split('|')
            .map(str::trim)
            .filter(|code| !code.is_empty());
        let classifications = ipc
            .map(|code| value("ipc_code", code).map(Classification::Ipc))
            .collect::<Result<_, _>>()?;
        let asset = RegisterAsset {
            owner,
            class: AssetClass::Patent,
            office,
            number: value("publication_number", number)?,
            title: value("title", title)?,
            filed: self.optional("app_filing_date")?,
            granted: self.optional("publication_date")?,
            expires: None,
            classifications,
            texts: Digest(Sha256::digest(title).into()),
        };
        Ok((asset, symbol))
    }

    fn own(&self, owner: EntityId) -> Result<(RegisterAsset, String), String> {
        let (office, number, title) = (self.get("office")?, self.get("number")?, &*self.line("title")?);
        let office: Office = value("office", office)?;
        let word = self.get("class")?;
        let class = AssetClass::from_word(word).ok_or_else(|| {
            let known: Vec<_> = AssetClass::ALL.iter().map(|class| class.word()).collect();
            format!("class {word:?} is none of {}", known.join(", "))
        })?;
        let classifications = self
            .get(CLASSIFICATIONS)?
            .split('|')
            .map(str::trim)
            .filter(|place| !place.is_empty());
        let classifications = classifications.map(classification).collect::<Result<_, _>>()?;
        let symbol = match self.get("symbol")? {
            "" => symbol_of(class, office, number).ok_or_else(|| rejected("number", Reject::NumberInvalid))?,
            symbol => symbol.to_owned(),
        };
        let asset = RegisterAsset {
            owner,
            class,
            office,
            number: value("number", number)?,
            title: value("title", title)?,
            filed: self.optional("filed_on")?,
            granted: self.optional("granted_on")?,
            expires: self.optional("expires_on")?,
            classifications,
            texts: Digest(Sha256::digest(title).into()),
        };
        Ok((asset, symbol))
    }
}

fn classification(place: &str) -> Result<Classification, String> {
    let wrong = || format!("classification {place:?} is not ipc:…, nice:… or locarno:…");
    let (scheme, code) = place.split_once(':').ok_or_else(wrong)?;
    let (scheme, code) = (scheme.trim(), code.trim());
    let class = || code.parse().map_err(|_| wrong());
    Ok(match scheme {
        "ipc" => Classification::Ipc(Bounded::new(code).ok_or_else(wrong)?),
        "nice" => Classification::Nice(class()?),
        "locarno" => Classification::Locarno(class()?),
        _ => return Err(wrong()),
    })
}

/// The symbol of a right that names none: office, what identifies it there, and `.U` for its units.
fn symbol_of(class: AssetClass, office: Office, number: &str) -> Option<String> {
    let key = identity::key(class, office, number)?;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let plain: String = key.as_str().chars().map(plain).collect();
    Some(format!("{office}{plain}.U").to_ascii_uppercase())
}

/// What is wrong with a column, in the core's own words.
fn rejected(column: &str, reject: Reject) -> String {
    format!("{column}: {}: {}", reject.code(), reject.english())
}

/// What the core will check of a right.
fn check(right: &NewRight, today: Date) -> Result<(), String> {
    let asset = &right.asset;
    let reject = |field: &str, reject: Reject| Err(rejected(field, reject));
    if !asset.office.is_well_formed() {
        return reject("office", Reject::OfficeInvalid);
    }
    let Some(key) = identity::key(asset.class, asset.office, asset.number.as_str()) else {
        return reject("number", Reject::NumberInvalid);
    };
    // It may be registered; units of it may not be listed.
    if asset.class == AssetClass::GeographicalIndication && right.units.is_some() {
        return reject("class", Reject::NotListable);
    }
    let tells_more = matches!(
        asset.class,
        AssetClass::Copyright | AssetClass::CircuitLayout | AssetClass::LicenceIncome
    );
    if right.units.is_some() && tells_more {
        return reject("class", Reject::FactsMissing);
    }
    if asset.class == AssetClass::CircuitLayout && asset.granted.is_none() {
        return reject("granted_on", Reject::DatesInvalid);
    }
    let fits = |place: &Classification| match place {
        Classification::Ipc(code) => identifiers::ipc(code.as_str()),
        Classification::Nice(class) => (1..=45).contains(class),
        Classification::Locarno(class) => (1..=32).contains(class),
    };
    if !asset.classifications.iter().all(fits) {
        return reject("classifications", Reject::ClassificationInvalid);
    }
    let dates = [asset.filed, asset.granted, asset.expires];
    let range = Date::from_civil(1800, 1, 1)..=Date::from_civil(2300, 1, 1);
    if !dates.iter().flatten().is_sorted() || !dates.iter().flatten().all(|date| range.contains(&Some(*date))) {
        return reject("dates", Reject::DatesInvalid);
    }
    let known = Known {
        class: asset.class,
        office: asset.office,
        key: key.as_str(),
        kind: identifiers::cn_patent_kind(key.as_str()).filter(|_| asset.office == Office::CN),
        filed: asset.filed,
        granted: asset.granted,
    };
    let latest = term::latest(&known);
    if asset
        .expires
        .zip(latest)
        .is_some_and(|(expires, latest)| expires > latest)
    {
        return reject("expires_on", Reject::DatesInvalid);
    }
    let expires = asset.expires.or_else(|| term::by_law(&known));
    if expires.is_some_and(|expires| expires <= today) {
        return reject("expires_on", Reject::AssetExpired);
    }
    if expires.is_none() && term::ends(asset.class) {
        return reject("expires_on", Reject::TermUnknown);
    }
    match right.due {
        Some(due) if due < today || expires.is_some_and(|expires| due >= expires) => {
            reject("due_on", Reject::DuesInvalid)
        }
        _ => Ok(()),
    }
}

/// What stood on earlier lines.
#[derive(Default)]
struct Seen {
    rights: HashMap<(AssetClass, Office, Bounded<32>), u64>,
    symbols: HashMap<Symbol, u64>,
}

impl Seen {
    fn take(&mut self, right: &NewRight, line: u64) -> Result<(), String> {
        let asset = &right.asset;
        let number = asset.number.as_str();
        let plain = identity::key(asset.class, asset.office, number).expect("checked with the right");
        let key = (asset.class, asset.office, plain);
        if let Some(earlier) = self.rights.get(&key) {
            return Err(format!(
                "the right {} {number} stands on line {earlier} already",
                asset.office
            ));
        }
        if let Some(terms) = &right.units
            && let Some(earlier) = self.symbols.insert(terms.symbol, line)
        {
            return Err(format!("the symbol {} stands on line {earlier} already", terms.symbol));
        }
        self.rights.insert(key, line);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Currency, Price, Quantity};

    fn common() -> Common {
        let today = Date::from_civil(2026, 3, 2).unwrap();
        Common {
            owner: EntityId(2),
            terms: Some(BookTerms {
                symbol: Symbol::new("X").unwrap(),
                currency: Currency::Cny,
                tick: Price::from_minor(5),
                price_low: Price::from_minor(5),
                price_high: Price::from_minor(500_000),
                lot: Quantity::from_units(1),
                order_max: Quantity::from_units(1_000),
                supply: Quantity::from_units(1_000),
            }),
            extract: Extract {
                drawn: today,
                evidence: Digest([7; 32]),
            },
            today,
        }
    }

    const USPTO: &str = "publication_number,type,title,publication_date,app_filing_date,application_number,applicants,\
                         assignees,ipc_code,main_classification\n";

    fn reasons(file: &[u8]) -> Vec<(u64, String)> {
        read(file, &common())
            .unwrap_err()
            .into_iter()
            .map(|bad| (bad.line, bad.reason))
            .collect()
    }

    #[test]
    fn the_offices_form_is_read() {
        let row = "11803561,USPAT,Approximation query,2023-10-31,2014-03-31,14231597,\"Amazon, Inc.\",\"Amazon, Inc.\",\
                   G06F16/2458|G06F16/31,1/1\n";
        let [right] = read(format!("\u{feff}{USPTO}{row}").as_bytes(), &common())
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(
            (right.units.unwrap().symbol.as_str(), right.asset.office),
            ("US11803561.U", Office(*b"US"))
        );
        assert_eq!(right.asset.classifications.len(), 2);
        assert_eq!(right.asset.filed, Date::from_civil(2014, 3, 31));
    }

    #[test]
    fn the_venues_own_form_is_read() {
        let file = "office,class,number,title,symbol,classifications,expires_on\n\
                    CN,patent,201910513128.0,一种方法,,ipc:G06Q 50/18,2039-06-14\n\
                    CN,trademark,1234567,某牌,TM-1.U,nice:9|nice:42,2034-05-21\n";
        let imports = read(file.as_bytes(), &common()).unwrap();
        let symbol = |i: usize| imports[i].units.as_ref().unwrap().symbol;
        assert_eq!(
            (symbol(0).as_str(), symbol(1).as_str()),
            ("CN2019105131280.U", "TM-1.U")
        );
        assert_eq!(imports[1].asset.classifications[1], Classification::Nice(42));
    }

    #[test]
    fn every_bad_line_is_named() {
        let mut file = USPTO.as_bytes().to_vec();
        for row in [
            "11803561,USPAT,Fine,2023-10-31,2014-03-31,1,a,b,G06F16/2458,1/1",
            "11803562,US-PGPUB,Application,2023-10-31,2014-03-31,1,a,b,G06F16/2458,1/1",
            "11803563,USPAT,,2023-10-31,2014-03-31,1,a,b,G06F16/2458,1/1",
            "11803564,USPAT,Late grant,2013-10-31,2014-03-31,1,a,b,G06F16/2458,1/1",
            "11803565,USPAT,Bad date,2023-10-32,2014-03-31,1,a,b,G06F16/2458,1/1",
            "11803566,USPAT,Bad class,2023-10-31,2014-03-31,1,a,b,G06/2458,1/1",
            "11803561,USPAT,Twice,2023-10-31,2014-03-31,1,a,b,G06F16/2458,1/1",
            "1180356x,USPAT,Bad number,2023-10-31,2014-03-31,1,a,b,G06F16/2458,1/1",
            "11803567,USPAT,Short row",
        ] {
            file.extend_from_slice(row.as_bytes());
            file.push(b'\n');
        }
        file.extend_from_slice(b"11803568,USPAT,\xff\xfe,2023-10-31,2014-03-31,1,a,b,G06F16/2458,1/1\n");
        let found = reasons(&file);
        let expected = [
            (3, "USPAT"),
            (4, "title: TEXT_INVALID"),
            (5, "DATES_INVALID"),
            (6, "publication_date: DATE_INVALID"),
            (7, "CLASSIFICATION_INVALID"),
            (8, "stands on line 2"),
            (9, "publication_number"),
            (10, "3 fields"),
            (11, "not UTF-8"),
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((line, reason), (expected_line, part)) in found.iter().zip(expected) {
            assert!(*line == expected_line && reason.contains(part), "{line} {reason}");
        }
    }

    #[test]
    fn own_rows_are_checked_like_the_core_does() {
        let head = "office,class,number,title,symbol,classifications,expires_on,due_on,filed_on\n";
        for (row, part) in [
            ("CN,patent,202310123456.7,t,,,,,", "NUMBER_INVALID"),
            ("cn,patent,1,t,,,,,", "OFFICE_INVALID"),
            ("CHN,patent,1,t,A,,,,", "office: TEXT_INVALID"),
            ("CN,geographical_indication,1,t,,,,,", "NOT_LISTABLE"),
            ("CN,software,1,t,,,,,", "is none of"),
            ("CN,trademark,1,t,a,,,,", "SYMBOL_INVALID"),
            ("CN,trademark,12345678901234567890123,t,,,,,", "NUMBER_INVALID"),
            ("CN,trademark,1.23457E+07,t,,,,,", "NUMBER_INVALID"),
            ("CN,trademark,12345678.0,t,A,,,,", "NUMBER_INVALID"),
            ("CN,trademark,1,t,,,,,", "TERM_UNKNOWN"),
            ("US,patent,1234567,t,,,,,1920-01-01", "ASSET_EXPIRED"),
            ("US,patent,1234567,t,,,2035-01-01,,1990-01-01", "DATES_INVALID"),
            ("CN,trademark,1,t,,nice:46,,,", "CLASSIFICATION_INVALID"),
            ("CN,trademark,1,t,,cpc:1,,,", "ipc:"),
            ("CN,trademark,1,t,,,2026-03-02,,", "ASSET_EXPIRED"),
            ("CN,trademark,1,t,,,,2026-03-01,2024-03-01", "DUES_INVALID"),
            ("CN,trademark,1,t,,,2036-03-02,2036-03-02,", "DUES_INVALID"),
        ] {
            let found = reasons(format!("{head}{row}\n").as_bytes());
            assert!(
                found.len() == 1 && found[0].0 == 2 && found[0].1.contains(part),
                "{row}: {found:?}"
            );
        }
    }

    #[test]
    fn a_title_has_500_characters_and_a_quoted_line_may_break() {
        let head = "office,class,number,title,expires_on\n";
        let (long, longer) = ("专".repeat(500), "专".repeat(501));
        let file = format!(
            "{head}CN,trademark,1,{long},2034-05-21\nCN,trademark,2,\"一种\r\n  方法\",2034-05-21\nCN,trademark,3,t,2034-05-21\n"
        );
        let rights = read(file.as_bytes(), &common()).unwrap();
        let titles: Vec<_> = rights.iter().map(|right| right.asset.title.as_str()).collect();
        assert_eq!(titles, [long.as_str(), "一种 方法", "t"]);
        // The line is counted as an editor counts it.
        let spoilt = format!("{head}CN,trademark,2,\"一种\n方法\",2034-05-21\nCN,trademark,3,{longer},2034-05-21\n");
        let found = reasons(spoilt.as_bytes());
        assert!(
            found.len() == 1 && found[0].0 == 4 && found[0].1.contains("title: TEXT_INVALID"),
            "{found:?}"
        );
    }

    #[test]
    fn a_line_is_the_one_that_an_editor_shows_however_lines_end() {
        for end in ["\n", "\r\n", "\r"] {
            let lines = [
                "office,class,number,title,expires_on",
                "",
                "CN,trademark,1,t,2034-05-21",
                "CN,trademark,2,,2034-05-21",
            ];
            let found = reasons(lines.map(|line| format!("{line}{end}")).concat().as_bytes());
            assert!(found.len() == 1 && found[0].0 == 4, "{end:?}: {found:?}");
        }
        // A file that ends within a quote is not whole.
        let cut = "office,class,number,title,expires_on\r\nCN,trademark,1,\"t,2034-05-21\r\n";
        let found = reasons(cut.as_bytes());
        assert!(
            found.len() == 1 && found[0].0 == 2 && found[0].1.contains("never closes"),
            "{found:?}"
        );
    }

    #[test]
    fn one_right_stands_once_however_its_number_is_written() {
        let head = "office,class,number,title,symbol,expires_on\n";
        let file = format!("{head}US,patent,10123456,t,A,2035-01-01\nUS,patent,\"US 10,123,456 B2\",t,B,2035-01-01\n");
        let found = reasons(file.as_bytes());
        assert!(
            found.len() == 1 && found[0].1.contains("stands on line 2 already"),
            "{found:?}"
        );
    }

    #[test]
    fn what_is_not_listed_may_be_registered() {
        let file = "office,class,number,title,due_on\nCN,geographical_indication,1,某地特产,2026-03-02\n";
        let only_registered = Common {
            terms: None,
            ..common()
        };
        let [right] = read(file.as_bytes(), &only_registered).unwrap().try_into().unwrap();
        assert!(right.units.is_none());
        assert_eq!(right.due, Some(common().today));
    }

    #[test]
    fn a_heading_is_known_or_the_file_is_refused() {
        for (file, part) in [
            ("", "no right"),
            ("office,class,number,title\n", "no right"),
            ("office,class,number\nCN,patent,1\n", "\"title\" is missing"),
            ("office,class,number,title,price\n", "unknown column"),
            ("office,office,class,number,title\n", "twice"),
            ("\0\n", "unknown column"),
        ] {
            let found = reasons(file.as_bytes());
            assert!(
                found.len() == 1 && found[0].0 == 1 && found[0].1.contains(part),
                "{file}: {found:?}"
            );
        }
    }

    #[test]
    fn the_shared_file_is_good() {
        let roots = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let mut files = roots.map(|root| root.join("shared/data/patents/uspto_biblio_129.csv"));
        let Some(bytes) = files.find_map(|file| std::fs::read(file).ok()) else {
            eprintln!("skipped: the data is not here");
            return;
        };
        let imports = read(&bytes, &common()).unwrap();
        assert_eq!(imports.len(), 129);
        assert!(imports.iter().all(|right| right.asset.expires.is_none()));
    }
}
