//! One right of several numbers: a patent's, its application's, its publication's.
//!
//! The office counts them in rows of their own: patent 10,000,078 and application 10/000,078 are two rights. So a number is
//! read as what its column says, and the key tells the rows apart. Two records are of one right where they have any number
//! in common; a right has one application and at most one patent, and what would give it two of either is refused.

use protocol::{
    Office,
    asset::AssetClass,
    identity::{self, plain},
};
use std::collections::BTreeMap;

/// In which row the office counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    /// Granted patents.
    Patent,
    /// Applications.
    Application,
    /// Applications as published.
    Publication,
}

/// The rows, in the order in which a bare number is looked for.
pub(crate) const ROWS: [Row; 3] = [Row::Patent, Row::Application, Row::Publication];

const US: Office = Office(*b"US");
const WO: Office = Office(*b"WO");

/// The key of a number of this row, if it is one.
pub(crate) fn key(row: Row, raw: &str) -> Option<String> {
    let text = plain(raw);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Files leave out the stroke behind the series: 14000045 is 14/000,045.
    let with_stroke = match row {
        Row::Application if is_digits(&text) && text.len() == 8 => Some([&text[..2], "/", &text[2..]].concat()),
        _ => None,
    };
    let by_treaty = row == Row::Application && text.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("PCT"));
    let office = if by_treaty { WO } else { US };
    let key = identity::key(AssetClass::Patent, office, with_stroke.as_deref().unwrap_or(&text))?;
    let key = key.as_str();
    let found = match key {
        _ if by_treaty || key.contains('/') => Row::Application,
        _ if key.len() == 11 && is_digits(key) => Row::Publication,
        _ => Row::Patent,
    };
    (found == row).then(|| key.to_owned())
}

/// The numbers of a right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// The patent's key.
    pub(crate) patent: Option<String>,
    /// The application's key.
    pub(crate) application: Option<String>,
    /// The keys of its publications; an application may be published again.
    pub(crate) publications: Vec<String>,
    /// The title that the first of its rows gave it.
    pub(crate) title: String,
}

/// Who is meant by a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The right.
    pub(crate) right: usize,
    /// Another right that has the same digits as its application's number.
    pub(crate) also: Option<usize>,
}

/// What would give one right two numbers of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disagree {
    /// The row of numbers.
    pub(crate) row: Row,
    /// The line that gave it the other.
    pub(crate) line: u64,
}

/// Rights while their numbers are still being told.
#[derive(Default)]
pub(crate) struct Aliases {
    nodes: BTreeMap<String, usize>,
    /// Each node's parent; itself at a root.
    parents: Vec<usize>,
    /// What is known of each root's right, and the lines that told it.
    known: Vec<Known>,
}

#[derive(Clone, Default)]
struct Known {
    numbers: Numbers,
    patent_line: u64,
    application_line: u64,
}

impl Aliases {
    /// Takes a line's numbers for one right, and gives a node of it.
    pub(crate) fn unite(&mut self, keys: &[(Row, String)], title: &str, line: u64) -> Result<usize, Disagree> {
        let nodes: Vec<usize> = keys.iter().map(|(row, key)| self.node(*row, key, line)).collect();
        let mut root = self.root(nodes[0]);
        for node in &nodes[1..] {
            root = self.join(root, *node)?;
        }
        let first = &mut self.known[root].numbers.title;
        if first.is_empty() {
            title.clone_into(first);
        }
        Ok(root)
    }

    fn node(&mut self, row: Row, key: &str, line: u64) -> usize {
        if let Some(node) = self.nodes.get(key) {
            return *node;
        }
        let node = self.parents.len();
        let mut known = Known::default();
        match row {
            Row::Patent => (known.numbers.patent, known.patent_line) = (Some(key.into()), line),
            Row::Application => (known.numbers.application, known.application_line) = (Some(key.into()), line),
            Row::Publication => known.numbers.publications.push(key.into()),
        }
        self.nodes.insert(key.into(), node);
        self.parents.push(node);
        self.known.push(known);
        node
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parents[node] != node {
            self.parents[node] = self.parents[self.parents[node]];
            node = self.parents[node];
        }
        node
    }

    /// Makes two rights one. The elder root stays, so that rights are told in the order of their first line.
    fn join(&mut self, one: usize, other: usize) -> Result<usize, Disagree> {
        let (one, other) = (self.root(one), self.root(other));
        let (elder, younger) = (one.min(other), one.max(other));
        if elder == younger {
            return Ok(elder);
        }
        let [a, b] = [elder, younger].map(|root| &self.known[root]);
        let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        let earlier = |a: u64, b: u64| a.min(b);
        if differ(&a.numbers.patent, &b.numbers.patent) {
            let line = earlier(a.patent_line, b.patent_line);
            return Err(Disagree { row: Row::Patent, line });
        }
        if differ(&a.numbers.application, &b.numbers.application) {
            let line = earlier(a.application_line, b.application_line);
            return Err(Disagree {
                row: Row::Application,
                line,
            });
        }
        let younger_known = std::mem::take(&mut self.known[younger]);
        let known = &mut self.known[elder];
        if known.numbers.patent.is_none() {
            known.numbers.patent = younger_known.numbers.patent;
            known.patent_line = younger_known.patent_line;
        }
        if known.numbers.application.is_none() {
            known.numbers.application = younger_known.numbers.application;
            known.application_line = younger_known.application_line;
        }
        known.numbers.publications.extend(younger_known.numbers.publications);
        if known.numbers.title.is_empty() {
            known.numbers.title = younger_known.numbers.title;
        }
        self.parents[younger] = elder;
        Ok(elder)
    }

    /// The rights, and which of them each node is of.
    pub(crate) fn finish(mut self) -> (Rights, Vec<usize>) {
        let mut rights = Rights::default();
        let mut of_root = BTreeMap::new();
        let mut of_node = Vec::with_capacity(self.parents.len());
        for node in 0..self.parents.len() {
            let root = self.root(node);
            let right = *of_root.entry(root).or_insert_with(|| {
                rights.rights.push(self.known[root].numbers.clone());
                rights.rights.len() - 1
            });
            of_node.push(right);
        }
        rights.by_key = self.nodes.into_iter().map(|(key, node)| (key, of_node[node])).collect();
        (rights, of_node)
    }
}

/// Every right that the register names.
#[derive(Default)]
pub(crate) struct Rights {
    rights: Vec<Numbers>,
    by_key: BTreeMap<String, usize>,
}

impl Rights {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.rights.len()
    }

    /// The numbers of a right.
    pub(crate) fn numbers(&self, right: usize) -> &Numbers {
        &self.rights[right]
    }

    /// The right of a number, however it is written. Eight bare digits are a patent's where there is such a patent, else
    /// an application's.
    pub(crate) fn find(&self, raw: &str) -> Option<Found> {
        let mut found = ROWS
            .into_iter()
            .filter_map(|row| self.by_key.get(&key(row, raw)?).copied());
        let right = found.next()?;
        let also = found.find(|other| *other != right);
        Some(Found { right, also })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_of_its_columns_row() {
        for (row, raw, expected) in [
            (Row::Patent, "US 10,000,078 B2", Some("10000078")),
            (Row::Patent, "10000078", Some("10000078")),
            (Row::Patent, "D0912345", Some("D912345")),
            (Row::Patent, "re45,678", Some("RE45678")),
            (Row::Patent, "10/000,078", None),
            (Row::Patent, "20170000078", None),
            (Row::Application, "10000078", Some("10/000078")),
            (Row::Application, "10/000,078", Some("10/000078")),
            (Row::Application, "29/123456", Some("29/123456")),
            (Row::Application, "PCT/US2019/012345", Some("PCTUS2019012345")),
            // A nought that a spreadsheet lost is lost: it might be any series.
            (Row::Application, "9123456", None),
            (Row::Application, "1.0000078E7", None),
            (Row::Application, "D912345", None),
            (Row::Publication, "US 2017/0000078 A1", Some("20170000078")),
            (Row::Publication, "20170000078", Some("20170000078")),
            (Row::Publication, "10000078", None),
        ] {
            assert_eq!(key(row, raw).as_deref(), expected, "{row:?} {raw}");
        }
    }

    fn united(rows: &[&[(Row, &str)]]) -> Result<Rights, (usize, Disagree)> {
        let mut aliases = Aliases::default();
        for (line, row) in rows.iter().enumerate() {
            let keys: Vec<_> = row.iter().map(|(row, raw)| (*row, key(*row, raw).unwrap())).collect();
            aliases.unite(&keys, "", line as u64).map_err(|why| (line, why))?;
        }
        Ok(aliases.finish().0)
    }

    #[test]
    fn numbers_of_one_line_are_names_of_one_right_in_every_line() {
        use Row::{Application, Patent, Publication};
        let rights = united(&[
            &[(Patent, "10000001")],
            &[(Application, "15000001"), (Publication, "20170000001")],
            &[(Application, "15000002"), (Patent, "10000002")],
            &[(Patent, "10000001"), (Publication, "20170000001")],
            &[(Patent, "10000001"), (Publication, "20180000001")],
        ])
        .unwrap();
        assert_eq!(rights.count(), 2);
        let numbers = rights.numbers(0);
        assert_eq!(numbers.application.as_deref(), Some("15/000001"));
        assert_eq!(
            numbers.publications,
            ["20170000001", "20180000001"],
            "it may be published again"
        );
        for number in ["10,000,001", "15/000,001", "15000001", "US20170000001A1"] {
            assert_eq!(rights.find(number), Some(Found { right: 0, also: None }), "{number}");
        }
        assert_eq!(rights.find("10000003"), None);
    }

    #[test]
    fn the_same_digits_may_be_a_patent_and_another_ones_application() {
        use Row::{Application, Patent};
        let rights = united(&[
            &[(Patent, "6600078"), (Application, "10000078")],
            &[(Patent, "10000078"), (Application, "15000078")],
        ])
        .unwrap();
        assert_eq!(rights.count(), 2);
        assert_eq!(
            rights.find("10000078"),
            Some(Found {
                right: 1,
                also: Some(0)
            })
        );
        assert_eq!(rights.find("10/000,078"), Some(Found { right: 0, also: None }));
        assert_eq!(rights.find("US10000078B2"), Some(Found { right: 1, also: None }));
    }

    #[test]
    fn no_right_has_two_patents_or_two_applications_however_far_apart_they_are_told() {
        use Row::{Application, Patent, Publication};
        let two_patents = united(&[
            &[(Patent, "10000001"), (Publication, "20170000001")],
            &[(Application, "15000001"), (Publication, "20170000001")],
            &[(Patent, "10000002"), (Application, "15000001")],
        ]);
        let line = 0;
        assert_eq!(two_patents.err(), Some((2, Disagree { row: Patent, line })));
        let two_applications = united(&[
            &[(Patent, "10000001"), (Application, "15000001")],
            &[(Patent, "10000001"), (Application, "15000002")],
        ]);
        assert_eq!(two_applications.err(), Some((1, Disagree { row: Application, line })));
    }
}
