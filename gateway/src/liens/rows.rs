//! The two files of an extract: `security_interests.csv`, a row a record, and `properties.csv`, a row for each right of
//! each record.
//!
//! All of it is checked before any of it is used. `n_properties` says how many rights a record has, so a file that was cut
//! short is found out; a right may stand twice in one record, and counts twice there.

use super::{
    conveyance::{self, Class, Deed, Unclear},
    number::{Aliases, Disagree, Row, key},
    party::Party,
    place::ReelFrame,
    register::{Record, Register},
};
use crate::csv_lines::Lines;
use csv::{ByteRecord, ReaderBuilder};
use protocol::Date;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The file of records.
pub(crate) const INTERESTS: &str = "security_interests.csv";
/// The file of their rights.
pub(crate) const PROPERTIES: &str = "properties.csv";

/// The longest file, in bytes.
pub(crate) const FILE_MAX: usize = 64 << 20;
/// The most rows of a file, without its heading.
const ROWS_MAX: usize = 500_000;
/// The longest field, in bytes.
const FIELD_MAX: usize = 16 << 10;
/// The most parties on one side of a record, and the most records that one cites.
const PARTIES_MAX: usize = 1_000;
/// How many faults are named.
const FAULTS_MAX: usize = 100;

/// The columns of a file; those from `optional` on may be absent.
struct Columns {
    file: &'static str,
    names: &'static [&'static str],
    optional: usize,
}

const INTEREST_COLUMNS: Columns = Columns {
    file: INTERESTS,
    names: &[
        "reel_frame",
        "recorded_date",
        "conveyance",
        "conveyance_class",
        "assignors",
        "assignees",
        "n_properties",
        "executed_date",
        "last_update",
    ],
    optional: 7,
};
const PROPERTY_COLUMNS: Columns = Columns {
    file: PROPERTIES,
    names: &[
        "reel_frame",
        "seq",
        "patent_number",
        "application_number",
        "publication_number",
        "patent_date",
        "filing_date",
        "title",
    ],
    optional: 5,
};

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// It is longer than the bound.
    FileTooLarge,
    /// It has more rows than the bound.
    RowsTooMany,
    /// Its quotes are not as RFC 4180 has them.
    QuotesInvalid,
    /// Its first line is not the heading.
    HeadingInvalid,
    /// A row has another number of fields than the heading.
    FieldCount,
    /// A field is longer than the bound.
    FieldTooLong,
    /// A text is absent, not UTF-8, or holds control characters.
    TextInvalid,
    /// No date, or one that can't be.
    DateInvalid,
    /// No count.
    MalformedNumber,
    /// No number of a right of its column.
    NumberInvalid,
    /// No reel and frame.
    ReelFrameInvalid,
    /// A class of conveyance that nothing is known of.
    ClassUnknown,
    /// What a record does can't be told, or its words and its class contradict each other.
    ConveyanceUnclear,
    /// The words name a reel, and which can't be told.
    CitationUnreadable,
    /// A record stands twice.
    RecordTwice,
    /// A row of a record stands twice.
    RowTwice,
    /// A right of a record that the other file doesn't have.
    RecordUnknown,
    /// A record has another number of rights than it says.
    CountMismatch,
    /// A row gives a right a second patent or a second application.
    AliasesDisagree,
}

impl Code {
    /// The stable code.
    fn code(self) -> &'static str {
        match self {
            Self::FileTooLarge => "FILE_TOO_LARGE",
            Self::RowsTooMany => "ROWS_TOO_MANY",
            Self::QuotesInvalid => "QUOTES_INVALID",
            Self::HeadingInvalid => "HEADING_INVALID",
            Self::FieldCount => "FIELD_COUNT",
            Self::FieldTooLong => "FIELD_TOO_LONG",
            Self::TextInvalid => "TEXT_INVALID",
            Self::DateInvalid => "DATE_INVALID",
            Self::MalformedNumber => "MALFORMED_NUMBER",
            Self::NumberInvalid => "NUMBER_INVALID",
            Self::ReelFrameInvalid => "REEL_FRAME_INVALID",
            Self::ClassUnknown => "CLASS_UNKNOWN",
            Self::ConveyanceUnclear => "CONVEYANCE_UNCLEAR",
            Self::CitationUnreadable => "CITATION_UNREADABLE",
            Self::RecordTwice => "RECORD_TWICE",
            Self::RowTwice => "ROW_TWICE",
            Self::RecordUnknown => "RECORD_UNKNOWN",
            Self::CountMismatch => "COUNT_MISMATCH",
            Self::AliasesDisagree => "ALIASES_DISAGREE",
        }
    }
}

/// What is wrong in one place: `properties.csv:7: patent_number: NUMBER_INVALID: found "x"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    file: &'static str,
    line: u64,
    field: &'static str,
    code: Code,
    note: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            field,
            code,
            note,
        } = self;
        write!(f, "{file}:{line}: {field}: {}: {note}", code.code())
    }
}

/// All that is wrong with two files; of very many, the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Those that are named.
    pub(crate) named: Vec<Fault>,
    /// How many there are.
    pub(crate) count: usize,
}

impl Faults {
    fn push(&mut self, fault: Fault) {
        self.count += 1;
        if self.named.len() < FAULTS_MAX {
            self.named.push(fault);
        }
    }
}

/// Reads both files, or says everything that is wrong with them.
pub(crate) fn read(interests: &[u8], properties: &[u8]) -> Result<Register, Faults> {
    let mut faults = Faults::default();
    let mut drafts = Drafts::default();
    rows(&INTEREST_COLUMNS, interests, &mut faults, |row| drafts.record(row));
    let records_are_whole = faults.count == 0;
    let mut aliases = Aliases::default();
    rows(&PROPERTY_COLUMNS, properties, &mut faults, |row| {
        drafts.right(row, &mut aliases, records_are_whole)
    });
    if faults.count == 0 {
        drafts.check_counts(&mut faults);
    }
    if faults.count > 0 {
        return Err(faults);
    }
    let (rights, of_node) = aliases.finish();
    let records = drafts.drafts.into_iter().map(|draft| draft.finish(&of_node)).collect();
    Ok(Register::of(records, rights))
}

/// Gives each row to `take`, and gathers what is wrong.
fn rows(columns: &Columns, bytes: &[u8], faults: &mut Faults, mut take: impl FnMut(&Fields<'_>) -> Result<(), Fault>) {
    let file = columns.file;
    let fault = |line, code, note: String| Fault {
        file,
        line,
        field: "row",
        code,
        note,
    };
    if bytes.len() > FILE_MAX {
        faults.push(fault(1, Code::FileTooLarge, format!("at most {FILE_MAX} bytes")));
        return;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut places: Option<Vec<Option<usize>>> = None;
    let mut width = 0;
    for (number, line) in Lines::of(bytes).enumerate() {
        let line = match line {
            Ok(line) => line,
            Err(slip) => {
                faults.push(fault(slip.line(), Code::QuotesInvalid, slip.reason().into()));
                return;
            }
        };
        if number > ROWS_MAX {
            faults.push(fault(line, Code::RowsTooMany, format!("at most {ROWS_MAX} rows")));
            return;
        }
        // Reading from memory as bytes fails nowhere; there is a record for each line.
        if !reader.read_byte_record(&mut record).unwrap_or(false) {
            break;
        }
        let Some(places) = &places else {
            match columns.places(&record) {
                Ok(read) => (places, width) = (Some(read), record.len()),
                Err(note) => {
                    faults.push(fault(line, Code::HeadingInvalid, note));
                    return;
                }
            }
            continue;
        };
        if record.len() != width {
            let note = format!("{} fields, the heading has {width}", record.len());
            faults.push(fault(line, Code::FieldCount, note));
            continue;
        }
        let fields = Fields {
            columns,
            places,
            record: &record,
            line,
        };
        if let Err(fault) = take(&fields) {
            faults.push(fault);
        }
    }
    if places.is_none() {
        faults.push(fault(1, Code::HeadingInvalid, "the file is empty".into()));
    }
}

impl Columns {
    /// Where each column stands, or what is wrong with the heading.
    fn places(&self, heading: &ByteRecord) -> Result<Vec<Option<usize>>, String> {
        let names: Vec<String> = heading
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        for (place, name) in names.iter().enumerate() {
            if !self.names.contains(&name.as_str()) {
                return Err(format!("unknown column {name:?}; known: {}", self.names.join(", ")));
            }
            if names[..place].contains(name) {
                return Err(format!("column {name:?} stands twice"));
            }
        }
        let places: Vec<_> = self
            .names
            .iter()
            .map(|column| names.iter().position(|name| name == column))
            .collect();
        match places[..self.optional].iter().position(Option::is_none) {
            Some(missing) => Err(format!("column {:?} is missing", self.names[missing])),
            None => Ok(places),
        }
    }
}

/// A row, asked by the names of its columns.
struct Fields<'a> {
    columns: &'a Columns,
    places: &'a [Option<usize>],
    record: &'a ByteRecord,
    line: u64,
}

impl Fields<'_> {
    fn fault(&self, field: &'static str, code: Code, note: impl Into<String>) -> Fault {
        Fault {
            file: self.columns.file,
            line: self.line,
            field,
            code,
            note: note.into(),
        }
    }

    fn found(&self, field: &'static str, code: Code, text: &str) -> Fault {
        // A fault is one line, whatever was found.
        let shown: String = text.chars().take(80).collect();
        self.fault(field, code, format!("found {shown:?}"))
    }

    /// A column's text on one line, trimmed: within quotes a line may break. Empty where the file has no such column.
    fn text(&self, field: &'static str) -> Result<String, Fault> {
        let column = self.columns.names.iter().position(|name| *name == field);
        let Some(place) = column.and_then(|column| self.places[column]) else {
            return Ok(String::new());
        };
        let bytes = &self.record[place];
        if bytes.len() > FIELD_MAX {
            return Err(self.fault(field, Code::FieldTooLong, format!("at most {FIELD_MAX} bytes")));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| self.fault(field, Code::TextInvalid, "it is not UTF-8"))?;
        let text = text
            .split(['\r', '\n', '\t'])
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let text = text.collect::<Vec<_>>().join(" ");
        if text.chars().any(char::is_control) {
            return Err(self.found(field, Code::TextInvalid, &text));
        }
        Ok(text)
    }

    fn needed(&self, field: &'static str) -> Result<String, Fault> {
        let text = self.text(field)?;
        if text.is_empty() {
            return Err(self.fault(field, Code::TextInvalid, "it is empty"));
        }
        Ok(text)
    }

    fn date(&self, field: &'static str) -> Result<Option<Date>, Fault> {
        match self.text(field)?.as_str() {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| self.found(field, Code::DateInvalid, text)),
        }
    }

    fn count(&self, field: &'static str) -> Result<usize, Fault> {
        let text = self.text(field)?;
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let count = text.parse().ok().filter(|_| is_plain);
        count.ok_or_else(|| self.found(field, Code::MalformedNumber, &text))
    }

    fn place(&self) -> Result<ReelFrame, Fault> {
        let text = self.text("reel_frame")?;
        text.parse()
            .map_err(|()| self.found("reel_frame", Code::ReelFrameInvalid, &text))
    }

    fn parties(&self, field: &'static str) -> Result<Vec<Party>, Fault> {
        let text = self.needed(field)?;
        let names = text.split('|').map(str::trim).filter(|name| !name.is_empty());
        let mut parties: Vec<Party> = Vec::new();
        for party in names.take(PARTIES_MAX + 1).map(Party::new) {
            if !parties.contains(&party) {
                parties.push(party);
            }
        }
        if parties.is_empty() || parties.len() > PARTIES_MAX {
            return Err(self.fault(field, Code::TextInvalid, format!("1 to {PARTIES_MAX} parties")));
        }
        Ok(parties)
    }

    fn conveyance(&self) -> Result<(String, conveyance::Conveyance), Fault> {
        let class = self.text("conveyance_class")?;
        let class: Class = class
            .parse()
            .map_err(|()| self.found("conveyance_class", Code::ClassUnknown, &class))?;
        let words = self.needed("conveyance")?;
        let read = conveyance::read(class, &words).map_err(|unclear| {
            let code = match unclear {
                Unclear::Deed => Code::ConveyanceUnclear,
                Unclear::Citation => Code::CitationUnreadable,
            };
            self.found("conveyance", code, &words)
        })?;
        Ok((words, read))
    }
}

/// A record before its rights are known.
struct Draft {
    record: Record,
    line: u64,
    /// How many rights it says that it has.
    says: usize,
    /// Its rows of rights, by their numbers.
    rows: BTreeMap<usize, usize>,
}

impl Draft {
    fn finish(self, of_node: &[usize]) -> Record {
        let mut seen = BTreeSet::new();
        let nodes = self.rows.into_values();
        let rights = nodes
            .map(|node| of_node[node])
            .filter(|right| seen.insert(*right))
            .collect();
        Record { rights, ..self.record }
    }
}

/// The records so far, and which place is whose.
#[derive(Default)]
struct Drafts {
    drafts: Vec<Draft>,
    /// The draft of each place, and the line that told it.
    by_place: BTreeMap<ReelFrame, (usize, u64)>,
}

impl Drafts {
    fn record(&mut self, row: &Fields<'_>) -> Result<(), Fault> {
        let place = row.place()?;
        if let Some((_, earlier)) = self.by_place.get(&place) {
            let note = format!("{place} stands on line {earlier} already");
            return Err(row.fault("reel_frame", Code::RecordTwice, note));
        }
        // It stands here, whatever else is wrong with it.
        self.by_place.insert(place, (self.drafts.len(), row.line));
        self.drafts.push(draft(place, row)?);
        Ok(())
    }

    fn right(&mut self, row: &Fields<'_>, aliases: &mut Aliases, records_are_whole: bool) -> Result<(), Fault> {
        let place = row.place()?;
        let seq = row.count("seq")?;
        let keys = numbers(row)?;
        let title = row.text("title")?;
        row.date("patent_date")?;
        row.date("filing_date")?;
        let node = aliases.unite(&keys, &title, row.line).map_err(|disagree| {
            let Disagree { row: kind, line } = disagree;
            let note = format!("its numbers are those of a right that has another such number on line {line}");
            row.fault(column(kind), Code::AliasesDisagree, note)
        })?;
        // Where records are faulty, which of them have no rights can't be told.
        let draft = match self.by_place.get(&place) {
            Some((number, _)) if records_are_whole => &mut self.drafts[*number],
            None if records_are_whole => {
                let note = format!("{INTERESTS} has no {place}");
                return Err(row.fault("reel_frame", Code::RecordUnknown, note));
            }
            _ => return Ok(()),
        };
        if draft.rows.insert(seq, node).is_some() {
            return Err(row.fault("seq", Code::RowTwice, format!("{place} has a row {seq} already")));
        }
        Ok(())
    }

    fn check_counts(&self, faults: &mut Faults) {
        for draft in self.drafts.iter().filter(|draft| draft.rows.len() != draft.says) {
            faults.push(Fault {
                file: INTERESTS,
                line: draft.line,
                field: "n_properties",
                code: Code::CountMismatch,
                note: format!("it says {}, {PROPERTIES} has {}", draft.says, draft.rows.len()),
            });
        }
    }
}

fn draft(place: ReelFrame, row: &Fields<'_>) -> Result<Draft, Fault> {
    let recorded = row.date("recorded_date")?;
    let recorded = recorded.ok_or_else(|| row.found("recorded_date", Code::DateInvalid, ""))?;
    let executed = row.date("executed_date")?;
    row.date("last_update")?;
    if executed.is_some_and(|executed| executed > recorded) {
        return Err(row.fault(
            "executed_date",
            Code::DateInvalid,
            "it was recorded before it was executed",
        ));
    }
    let (words, conveyance) = row.conveyance()?;
    if conveyance.cites.len() > PARTIES_MAX {
        let note = format!("at most {PARTIES_MAX} records are cited");
        return Err(row.fault("conveyance", Code::CitationUnreadable, note));
    }
    Ok(Draft {
        record: Record {
            place,
            recorded,
            executed,
            words,
            from: row.parties("assignors")?,
            to: match conveyance.deed {
                // Who takes a release says nothing about the lien.
                Deed::Closes if row.text("assignees")?.is_empty() => Vec::new(),
                _ => row.parties("assignees")?,
            },
            conveyance,
            rights: Vec::new(),
        },
        line: row.line,
        says: row.count("n_properties")?,
        rows: BTreeMap::new(),
    })
}

const fn column(row: Row) -> &'static str {
    match row {
        Row::Patent => "patent_number",
        Row::Application => "application_number",
        Row::Publication => "publication_number",
    }
}

/// The numbers of a row of rights, one at least.
fn numbers(row: &Fields<'_>) -> Result<Vec<(Row, String)>, Fault> {
    let mut keys = Vec::new();
    for kind in super::number::ROWS {
        let text = row.text(column(kind))?;
        if text.is_empty() {
            continue;
        }
        let key = key(kind, &text).ok_or_else(|| row.found(column(kind), Code::NumberInvalid, &text))?;
        keys.push((kind, key));
    }
    if keys.is_empty() {
        return Err(row.fault("patent_number", Code::NumberInvalid, "the row names no right"));
    }
    Ok(keys)
}
