//! How a text is written, beside what it says: blanks, signs that nobody sees, and the width of the keyboard.

use alloc::borrow::Cow;

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
