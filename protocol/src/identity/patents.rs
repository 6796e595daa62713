//! Numbers of patents and applications, office by office. A letter that tells one row of numbers from another belongs to
//! the number; a kind code (WIPO ST.16) tells which document of the right is meant, and does not.

use super::written::{Written, is_digits, split_letters, without_office, without_zeros};
use crate::{identifiers, text::Office};
use alloc::{format, string::String};

const US: Office = Office(*b"US");
const EP: Office = Office(*b"EP");
const WO: Office = Office(*b"WO");
const JP: Office = Office(*b"JP");
const KR: Office = Office(*b"KR");
const DE: Office = Office(*b"DE");
const GB: Office = Office(*b"GB");

/// Where a European patent may have a part: the members of the convention, and who extends or validates it.
const EUROPEAN: &[&[u8; 2]] = &[
    b"AL", b"AT", b"BA", b"BE", b"BG", b"CH", b"CY", b"CZ", b"DE", b"DK", b"EE", b"ES", b"FI", b"FR", b"GB", b"GE",
    b"GR", b"HR", b"HU", b"IE", b"IS", b"IT", b"KH", b"LI", b"LT", b"LU", b"LV", b"MA", b"MC", b"MD", b"ME", b"MK",
    b"MT", b"NL", b"NO", b"PL", b"PT", b"RO", b"RS", b"SE", b"SI", b"SK", b"SM", b"TN", b"TR",
];

pub(super) fn key(office: Office, number: &Written) -> Option<String> {
    match office {
        Office::CN => chinese(number),
        US => american(number),
        EP => european(number),
        WO => international(number),
        JP => japanese(number),
        KR => korean(number),
        _ if number.text().starts_with("EP") => {
            // A granted European patent is a bundle of national rights: each part is a right at its own office.
            let part = EUROPEAN.contains(&&office.0).then(|| european(number)).flatten()?;
            (part.len() == 7).then(|| format!("EP{part}"))
        }
        _ => other(office, number),
    }
}

/// Whether a key's own letters tell a design: a US `D`, or a Japanese one.
pub fn is_design(office: Office, key: &str) -> bool {
    matches!(office, US | JP) && key.starts_with('D')
}

/// The application number with its check digit. A publication number is no key: it names the same right in another row
/// of numbers.
fn chinese(number: &Written) -> Option<String> {
    let text = number.text();
    if !identifiers::cn_application(text) {
        return None;
    }
    let bare = text
        .strip_prefix("ZL")
        .or_else(|| text.strip_prefix("CN"))
        .unwrap_or(text);
    Some(bare.replace('.', ""))
}

/// A kind code behind a number, as in `B2`; and what stands before it.
fn split_kind(text: &str) -> (&str, &str) {
    let digit = usize::from(text.ends_with(|c: char| c.is_ascii_digit()));
    let letter = text.len().saturating_sub(digit + 1);
    let at = |place: usize| text.as_bytes().get(place).copied().unwrap_or(b' ');
    let follows_digit = letter > 0 && at(letter - 1).is_ascii_digit();
    if follows_digit && at(letter).is_ascii_uppercase() {
        text.split_at(letter)
    } else {
        (text, "")
    }
}

/// The letters of kind codes that the US office uses or used.
const AMERICAN_KINDS: [char; 12] = ['A', 'B', 'C', 'E', 'F', 'H', 'I', 'J', 'K', 'O', 'P', 'S'];

fn american(number: &Written) -> Option<String> {
    let text = number.joined(",-");
    let (body, kind) = split_kind(without_office(US, &text));
    let (letters, digits) = split_letters(body);
    if let Some((series, serial)) = digits.split_once('/') {
        // 2019/0123456 is a publication, 16/123,456 an application.
        return match (letters, series.len(), serial.len()) {
            ("", 4, 7) if is_digits(series) && is_digits(serial) => Some([series, serial].concat()),
            ("", 2, 6) if is_digits(series) && is_digits(serial) => Some(String::from(digits)),
            _ => None,
        };
    }
    if !is_digits(digits) || !kind.is_empty() && !kind.starts_with(AMERICAN_KINDS) {
        return None;
    }
    let letters = match (letters, kind.as_bytes().first()) {
        ("", Some(b'S')) => "D",
        ("", Some(b'E')) => "RE",
        ("", Some(b'P')) if digits.len() < 10 => "PP",
        (letters, _) => letters,
    };
    let serial = without_zeros(digits);
    match (letters, digits.len()) {
        ("" | "D" | "RE" | "PP" | "AI" | "H" | "T" | "X" | "RX", 1..=9) if serial != "0" && serial.len() <= 8 => {
            Some([letters, serial].concat())
        }
        ("", 11) if digits.starts_with("20") => Some(digits.into()),
        // Data bases leave out the nought behind the year of a publication.
        ("", 10) if digits.starts_with("20") => Some([&digits[..4], "0", &digits[4..]].concat()),
        _ => None,
    }
}

/// `EP1234567`, seven digits, or an application `19123456.7`, eight and a check digit.
fn european(number: &Written) -> Option<String> {
    let text = number.joined(",-/");
    let (body, _) = split_kind(without_office(EP, &text));
    match body.split_once('.') {
        // A nought is what a spreadsheet appends: it has to be the check digit (modulus 10).
        Some((application, check)) if application.len() == 8 && check.len() == 1 => {
            let fits = is_digits(application) && is_digits(check) && (check != "0" || luhn(application) == 0);
            fits.then(|| application.into())
        }
        Some(_) => None,
        None if !is_digits(body) => None,
        None => match body.len() {
            7 | 8 => Some(body.into()),
            9 => Some(body[..8].into()),
            // The data bases' form: the year, then seven digits.
            11 if body.as_bytes()[4] == b'0' => Some([&body[2..4], &body[5..]].concat()),
            _ => None,
        },
    }
}

/// The check digit of these digits, modulus 10.
fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| {
            let weighted = u32::from(digit - b'0') * weight;
            weighted / 10 + weighted % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

/// `WO 2019/123456`, of 1978 to 2003 also with two digits of the year; `PCT/CN2019/123456` is an application.
fn international(number: &Written) -> Option<String> {
    let text = number.joined("/-,");
    let (body, kind) = split_kind(&text);
    let (before, digits) = match body.strip_prefix("PCT") {
        Some(application) if kind.is_empty() => {
            let (receiver, digits) = split_letters(application);
            (receiver.len() == 2).then(|| (format!("PCT{receiver}"), digits))?
        }
        Some(_) => return None,
        None => (String::new(), without_office(WO, body)),
    };
    if !is_digits(digits) || digits.len() < 7 {
        return None;
    }
    let (year, serial) = digits.split_at(if matches!(digits.len(), 9 | 10) { 4 } else { 2 });
    let serial = match (year.len(), serial.len()) {
        (4, 6) | (2, 6) => serial.into(),
        (4, 5) | (2, 5) => format!("0{serial}"),
        _ => return None,
    };
    let year = match (year.len(), year.parse::<u16>().ok()?) {
        (2, year @ 78..) => 1900 + year,
        (2, year @ 0..=3) => 2000 + year,
        // Four digits since 2004; where two are written, no year is meant but this.
        (2, year) if digits.len() == 8 => 2000 + year,
        (4, year @ 1978..=2099) => year,
        _ => return None,
    };
    Some(format!("{before}{year}{serial}"))
}

/// `特許第6123456号` and `JP6123456B2`; `特願2019-123456`, which is another number than that of the publication
/// `特開2019-123456` or `JP2019123456A`. Years of an era are those of the calendar.
fn japanese(number: &Written) -> Option<String> {
    let mut text = String::from(number.text());
    let mut row = None;
    for (word, letter) in [
        ("実用新案登録", "U"),
        ("意匠登録", "S"),
        ("特願", ""),
        ("特開", "A"),
        ("特表", "A"),
        ("再表", "A"),
        ("特公", "B"),
        ("特許", ""),
        ("実願", "N"),
        ("実開", "U"),
        ("実公", "Y"),
        ("意願", "D"),
    ] {
        if let Some(rest) = text.strip_prefix(word) {
            (text, row) = (rest.into(), Some(letter));
            break;
        }
    }
    for (word, letter) in [
        ("昭和", "S"),
        ("平成", "H"),
        ("令和", "R"),
        ("昭", "S"),
        ("平", "H"),
        ("令", "R"),
    ] {
        text = text.replace(word, letter);
    }
    for word in ["第", "号", "號"] {
        text = text.replace(word, "");
    }
    // JP-6123456-B2, as some data bases part what belongs together.
    let bare = without_office(JP, &text).trim_start_matches('-');
    let joined = match bare.rsplit_once('-') {
        Some((body, kind)) if kind.len() <= 2 && kind.starts_with(|c: char| c.is_ascii_uppercase()) => {
            [body, kind].concat()
        }
        _ => bare.into(),
    };
    let (body, kind) = split_kind(&joined);
    let row = row.unwrap_or(&kind[..kind.len().min(1)]);
    if let Some((year, serial)) = japanese_year(body) {
        let serial = without_zeros(serial);
        return Some(format!("{year}-{serial:0>6}{row}"));
    }
    let (letters, digits) = split_letters(body);
    let row = match (letters, row) {
        ("", "U" | "Y") => "U",
        ("", "S") | ("D", _) => "D",
        ("U", _) => "U",
        ("", _) => "",
        _ => return None,
    };
    let known = is_digits(digits) && digits.len() <= 7 && without_zeros(digits) != "0";
    known.then(|| [row, without_zeros(digits)].concat())
}

/// The year and the number within it.
fn japanese_year(text: &str) -> Option<(u16, &str)> {
    let (letters, rest) = split_letters(text);
    let (year, serial) = match rest.split_once('-') {
        Some(parts) => parts,
        None if letters.is_empty() && rest.len() == 10 => rest.split_at_checked(4)?,
        None if !letters.is_empty() && rest.len() == 8 => rest.split_at_checked(2)?,
        None => return None,
    };
    let fits = is_digits(year) && is_digits(serial) && serial.len() <= 6;
    let begins = match (letters, year.len()) {
        ("", 4) => 0,
        ("S", 1 | 2) => 1925,
        ("H", 1 | 2) => 1988,
        ("R", 1 | 2) => 2018,
        _ => return None,
    };
    let year: u16 = year.parse().ok().filter(|_| fits)?;
    Some((begins + year, serial))
}

/// `10-1234567` a registration (`10` an invention, `20` a utility model, `30` a design), with or without four noughts
/// that say nothing; `10-2019-0012345` an application.
fn korean(number: &Written) -> Option<String> {
    let mut text = number.text().replace([',', '/'], "-");
    for word in ["특허", "실용신안", "디자인", "등록", "출원", "공개", "제", "호"] {
        text = text.replace(word, "");
    }
    let (parted, kind) = split_kind(without_office(KR, &text));
    let body = &parted.replace('-', "");
    if !is_digits(body) {
        return None;
    }
    match body.len() {
        9 if body.starts_with(['1', '2', '3']) => Some(body.into()),
        13 => korean_row(parted),
        11 if is_korean_year(body) => {
            let row = if kind.starts_with(['U', 'Y']) { "20" } else { "10" };
            Some([row, body].concat())
        }
        _ => None,
    }
}

fn is_korean_year(text: &str) -> bool {
    text.starts_with("19") || text.starts_with("20")
}

/// Thirteen Korean digits, with or without signs between: an application by its year and serial, `10-2019-0012345`, or a
/// registration with four noughts that say nothing, `10-1234567-0000`. Without signs a number that could be both is
/// refused: it would be one key for two rights.
pub(super) fn korean_row(parted: &str) -> Option<String> {
    let digits = parted.replace('-', "");
    if !is_digits(&digits) || digits.len() != 13 {
        return None;
    }
    // Serials of applications begin with 0, or 7 where they came by the treaty.
    let application = is_korean_year(&digits[2..]) && matches!(digits.as_bytes()[6], b'0' | b'7');
    let registration = digits.strip_suffix("0000");
    let lengths: ([usize; 3], usize) = parted.split('-').fold(([0; 3], 0), |(mut lengths, count), part| {
        if let Some(length) = lengths.get_mut(count) {
            *length = part.len();
        }
        (lengths, count + 1)
    });
    match (lengths, registration) {
        (([2, 4, 7], 3), _) => application.then_some(digits),
        (([2, 7, 4], 3), registered) => registered.map(Into::into),
        (_, Some(registered)) if !application => Some(registered.into()),
        (_, None) if application => Some(digits),
        _ => None,
    }
}

/// Any other office: letters that belong to the number, digits, and the letter of a row where a kind code tells one
/// (utility models `U`, designs `S`), since offices count these apart.
fn other(office: Office, number: &Written) -> Option<String> {
    let mut text = number.joined(" ,-/");
    if let Some((before, check)) = text.clone().split_once('.') {
        let digits = before.bytes().filter(u8::is_ascii_digit).count();
        let check = check.bytes().take_while(u8::is_ascii_digit).count() == 1;
        text = match office {
            // The check digit says nothing.
            DE if check && matches!(digits, 8 | 12) => before.into(),
            GB if check && digits == 7 => text.replace('.', ""),
            _ if text.ends_with(".0") => return None,
            _ => text.replace('.', ""),
        };
    }
    let (body, kind) = split_kind(without_office(office, &text));
    let (letters, digits) = split_letters(body);
    let row = match kind.as_bytes().first() {
        // A German number tells by its own digits.
        _ if office == DE => "",
        Some(b'U' | b'Y') => "U",
        Some(b'S') => "S",
        _ => "",
    };
    let fits = letters.len() <= 3 && is_digits(digits) && without_zeros(digits) != "0";
    fits.then(|| [letters, without_zeros(digits), row].concat())
}
