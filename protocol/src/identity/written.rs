//! A number as somebody wrote it: folded to what it says, and refused where a spreadsheet has been at it.

use crate::asset::AssetClass;
use alloc::{borrow::Cow, string::String};

/// The digits that a spreadsheet keeps of a number.
const SPREADSHEET_DIGITS: usize = 15;

/// The text without blanks and signs that nobody sees, and in the width of the keyboard: what is compared where two
/// writings of one reference are the same.
pub fn plain(text: &str) -> Cow<'_, str> {
    let changes = |c: char| is_invisible(c) || narrow(c) != c;
    if !text.contains(changes) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).map(narrow).collect())
}

/// Whether a sign leaves no mark on paper: a blank, or one that only steers how others are shown.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The sign in the width of the keyboard, and any dash as the keyboard's.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        '\u{2044}' | '\u{2215}' => '/',
        other => other,
    }
}

/// A number in capitals, without blanks, in the width of the keyboard.
pub(super) struct Written(String);

impl Written {
    /// The number, unless nothing is left of it or a spreadsheet has been at it.
    pub(super) fn new(class: AssetClass, raw: &str) -> Option<Self> {
        let mut text = plain(raw).into_owned();
        text.make_ascii_uppercase();
        let says_something = text.contains(char::is_alphanumeric);
        // The check digit of a patent's number may be a nought behind a dot, and is asked for with the number.
        let checks = class == AssetClass::Patent;
        (says_something && !is_spreadsheets(&text, checks)).then_some(Self(text))
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
