//! A number as somebody wrote it: folded to what it says, and refused where a spreadsheet has been at it.

use crate::{text::Office, writing::plain};
use alloc::string::String;

/// The digits that a spreadsheet keeps of a number.
const SPREADSHEET_DIGITS: usize = 15;

/// A number in capitals, without blanks, in the width of the keyboard.
pub(super) struct Written(String);

impl Written {
    /// The number, unless nothing is left of it or a spreadsheet has been at it.
    /// A `check` digit may stand behind a dot.
    pub(super) fn new(raw: &str, check: bool) -> Option<Self> {
        let mut text = plain(raw).into_owned();
        text.make_ascii_uppercase();
        let says_something = text.contains(char::is_alphanumeric);
        (says_something && !is_spreadsheets(&text, check)).then_some(Self(text))
    }

    /// It.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// It without these signs between its parts.
    pub(super) fn joined(&self, signs: &str) -> String {
        self.0.chars().filter(|c| !signs.contains(*c)).collect()
    }
}

/// Whether a spreadsheet has made this of a number: `1.23E+11`, `12345678.0`, or digits beyond the fifteenth lost to
/// zeros.
fn is_spreadsheets(text: &str, checks: bool) -> bool {
    if let Some((mantissa, exponent)) = text.split_once('E') {
        let rounded = mantissa.contains('.') || exponent.starts_with(['+', '-']);
        let number = mantissa.replace('.', "");
        let power = exponent.trim_start_matches(['+', '-']);
        if rounded && is_digits(&number) && is_digits(power) && power.len() <= 3 {
            return true;
        }
    }
    if let Some((whole, zeros)) = text.split_once('.') {
        let check = checks && zeros.len() == 1 && matches!(whole.len(), 7 | 8 | 12);
        if is_digits(whole) && is_digits(zeros) && zeros.bytes().all(|b| b == b'0') && !check {
            return true;
        }
    }
    is_digits(text) && text.len() > SPREADSHEET_DIGITS && text[SPREADSHEET_DIGITS..].bytes().all(|b| b == b'0')
}

/// Whether this is digits, one at least.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The number without its office's letters before it.
pub(super) fn without_office(office: Office, text: &str) -> &str {
    let letters = core::str::from_utf8(&office.0).unwrap_or("");
    match text.strip_prefix(letters) {
        Some(rest) if !letters.is_empty() && rest.bytes().any(|b| b.is_ascii_digit()) => rest,
        _ => text,
    }
}

/// Capital letters at the beginning, and what follows.
pub(super) fn split_letters(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|b| !b.is_ascii_uppercase()).unwrap_or(text.len());
    text.split_at(end)
}

/// Digits without zeros before them; `0` where there is nothing else.
pub(super) fn without_zeros(digits: &str) -> &str {
    let plain = digits.trim_start_matches('0');
    if plain.is_empty() { "0" } else { plain }
}
