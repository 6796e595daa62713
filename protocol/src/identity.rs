//! What makes a right the same right: one key for each, however its number is written (RULES.md 5).
//!
//! Offices write a number with their own letters before it, a kind code behind it, blanks, commas and slashes within;
//! people add the width of their keyboard and signs that nobody sees. The key holds what identifies and nothing else.
//! What a spreadsheet made of a number (`1.23E+11`, a trailing `.0`, zeros that are lost, digits beyond the fifteenth) is
//! no number any more. The raw text stays in the record of the right; the key alone decides whether two are one.
//!
//! `patents` reads the numbers of patents, office by office; here are the other classes and what all share.

mod patents;
mod written;

use crate::{
    asset::AssetClass,
    text::{Bounded, Office},
};
use alloc::string::String;
use written::{Written, is_digits, split_letters, without_office, without_zeros};

pub use crate::writing::plain;
pub use patents::is_design;

/// The longest number, raw or plain, in bytes.
pub const NUMBER_MAX: usize = 32;

/// What identifies a right of this class at this office, or `None` where this is no number of such a right.
///
/// Two numbers with the same key are one right. A Chinese publication number has no key: it is another name of what an
/// application number names, and only the register knows of which.
pub fn key(class: AssetClass, office: Office, raw: &str) -> Option<Bounded<NUMBER_MAX>> {
    // The check digit of a patent may be a nought behind a dot, and is asked for with its number.
    let number = Written::new(raw, class == AssetClass::Patent)?;
    let key = match class {
        AssetClass::Patent => patents::key(office, &number)?,
        AssetClass::Trademark => mark(office, &number)?,
        AssetClass::Copyright => work(office, &number)?,
        AssetClass::CircuitLayout => layout(office, &number)?,
        AssetClass::GeographicalIndication => number.joined("-./,"),
        // What no office numbers is a text of its parties.
        AssetClass::LicenceIncome | AssetClass::KnowHow => number.text().into(),
    };
    Bounded::new(&key)
}

/// A trademark: letters before the number (`G` for an international registration), digits, and the letters at its end,
/// which tell the parts of a divided mark and belong to it.
fn mark(office: Office, number: &Written) -> Option<String> {
    let mut text = number.joined("-/,");
    let international = ["国际", "國際"].iter().any(|word| text.contains(word));
    for word in ["商标", "商標", "国际", "國際", "登録", "注册", "註冊", "第", "号", "號"] {
        text = text.replace(word, "");
    }
    let text = without_office(office, &text);
    let (letters, rest) = split_letters(text);
    // An international registration counts in a row of its own, whether its G is written or the words are.
    let letters = if international && letters.is_empty() {
        "G"
    } else {
        letters
    };
    let digits_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, end) = rest.split_at(digits_end);
    let (letters_max, digits_max) = if office == Office::CN { (1, 8) } else { (3, 13) };
    let known = letters.is_empty() || office != Office::CN || letters == "G";
    let fits = known
        && letters.len() <= letters_max
        && !digits.is_empty()
        && end.len() <= 2
        && end.bytes().all(|b| b.is_ascii_uppercase());
    // 40-1234567-0000 is a Korean registration, and its last four say nothing.
    let korean = (office == Office(*b"KR") && digits.len() == 13).then(|| {
        let parted = number.text().replace(['/', ','], "-");
        patents::korean_row(without_office(office, &parted))
    });
    let digits = match &korean {
        Some(row) => row.as_deref()?,
        None => digits,
    };
    let digits = without_zeros(digits);
    (fits && digits != "0" && digits.len() <= digits_max).then(|| [letters, digits, end].concat())
}

/// A registration of a work, as in `2024SR0123456` or `国作登字-2019-F-00123456`: zeros before its last number say nothing.
fn work(office: Office, number: &Written) -> Option<String> {
    let mut text = number.joined("-./,");
    for word in ["第", "号", "號"] {
        text = text.replace(word, "");
    }
    let text = without_office(office, &text);
    // A letter of another script that looks like one of these would make another right of the same number.
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || is_east_asian(c)) {
        return None;
    }
    let (before, last) = text.split_at(text.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    let last = if last.is_empty() { last } else { without_zeros(last) };
    Some([before, last].concat())
}

/// Whether a sign is one of those in which East Asian offices write.
fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
}

/// A circuit layout, as in `BS.195001234`.
fn layout(office: Office, number: &Written) -> Option<String> {
    let text = number.joined("-./,");
    let text = without_office(office, &text);
    let digits = text.strip_prefix("BS").unwrap_or(text);
    is_digits(digits).then(|| ["BS", digits].concat())
}

#[cfg(test)]
mod tests;
