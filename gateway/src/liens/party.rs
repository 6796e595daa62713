//! When two names are one party.
//!
//! An agent signs with its office (`…, AS COLLATERAL AGENT`) or without, a clerk writes `N.A.` or `NATIONAL ASSOCIATION`, with
//! commas or none: that is one party. A company of another legal form, or with another word in its name, is another.

use protocol::identity::plain;

/// A party as the record names it.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// The name as it was written.
    pub(crate) name: String,
    key: String,
}

impl PartialEq for Party {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// In what office somebody acts for others.
const OFFICES: [&str; 14] = [
    "AGENT",
    "AGENTS",
    "AGT",
    "TRUSTEE",
    "TRUSTEES",
    "COTRUSTEE",
    "LENDER",
    "LENDERS",
    "REPRESENTATIVE",
    "FIDUCIARY",
    "NOTEHOLDER",
    "HOLDER",
    "ADMINISTRATOR",
    "PARTY",
];

/// Words that are written short as well.
const SHORT: [(&str, &str); 6] = [
    ("CORPORATION", "CORP"),
    ("INCORPORATED", "INC"),
    ("COMPANY", "CO"),
    ("LIMITED", "LTD"),
    ("ASSN", "ASSOCIATION"),
    ("NATL", "NATIONAL"),
];

impl Party {
    /// The party of this name.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            key: key(name),
        }
    }
}

/// The name without its signs, its office, and what may be written otherwise.
fn key(name: &str) -> String {
    let words = words(name);
    let spoken = &words[..end_of_name(&words)];
    let mut key: Vec<&str> = Vec::with_capacity(spoken.len());
    for word in spoken {
        let short = SHORT
            .iter()
            .find(|(long, _)| long == word)
            .map_or(word.as_str(), |(_, short)| short);
        match (key.last(), short) {
            (None, "THE") => {}
            (Some(&"NATIONAL"), "ASSOCIATION") => *key.last_mut().expect("it was just seen") = "NA",
            _ => key.push(short),
        }
    }
    // A name of nothing but such words is its own.
    if key.is_empty() { words.join(" ") } else { key.join(" ") }
}

/// Capital words; a dot or an apostrophe within one is none of it (`N.A.`).
fn words(name: &str) -> Vec<String> {
    let mut text = String::with_capacity(name.len());
    for part in name.split_whitespace() {
        text.push(' ');
        for c in plain(part).to_uppercase().chars() {
            match c {
                '.' | '\'' | '\u{2019}' => {}
                '&' => text.push_str(" AND "),
                c if c.is_alphanumeric() => text.push(c),
                _ => text.push(' '),
            }
        }
    }
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Where the office begins that the party acts in: at an `AS` with an office behind it. `AS` is a Norwegian company too, so
/// of two in a row the second leads to the office.
fn end_of_name(words: &[String]) -> usize {
    let has_office = |rest: &[String]| rest.iter().any(|word| OFFICES.contains(&word.as_str()));
    (1..words.len())
        .find(|place| {
            let rest = &words[place + 1..];
            words[*place] == "AS" && rest.first().is_some_and(|next| next != "AS") && has_office(rest)
        })
        .unwrap_or(words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_party_is_written_in_many_ways() {
        for (one, other) in [
            ("Harbour Bank, N.A.", "HARBOUR BANK NATIONAL ASSOCIATION"),
            ("HARBOUR BANK, N.A., AS ADMINISTRATIVE AGENT", "HARBOUR BANK NA"),
            (
                "HARBOUR BANK, FSB",
                "HARBOUR BANK FSB, AS COLLATERAL AGENT AND AS TRUSTEE",
            ),
            ("HARBOUR BANK (AS ADMINSTRATIVE AGENT)", "The Harbour  Bank"),
            ("QUAY CORP.", "QUAY CORPORATION, AS NOTES COLLATERAL AGENT"),
            ("FJORD BANK AS", "FJORD BANK AS, AS AGENT"),
            ("SMITH & QUAY, L.L.C.", "SMITH AND QUAY LLC"),
            ("ＨＡＲＢＯＵＲ　ＢＡＮＫ", "harbour bank"),
        ] {
            assert_eq!(Party::new(one), Party::new(other), "{one} and {other}");
        }
    }

    #[test]
    fn another_word_is_another_party() {
        for (one, other) in [
            (
                "HARBOUR BANK NATIONAL ASSOCIATION",
                "HARBOUR BANK TRUST COMPANY, NATIONAL ASSOCIATION",
            ),
            ("QUAY INC.", "QUAY LLC"),
            ("QUAY HOLDINGS LLC", "QUAY LLC"),
            ("FJORD BANK AS", "FJORD BANK ASA"),
            ("SAME AS AGENT", "AS AGENT"),
        ] {
            assert_ne!(Party::new(one), Party::new(other), "{one} and {other}");
        }
    }
}
