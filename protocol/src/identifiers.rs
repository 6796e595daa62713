//! Identifiers of the outside world and their check digits (RULES.md 5).

use crate::title::PatentKind;

/// Whether `code` is a well-formed unified social credit code, and whether its check digit holds (GB 32100-2015).
/// Some codes were issued with a check digit that fails, so the two are kept apart (RULES.md F10).
pub fn uscc(code: &str) -> Option<bool> {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let bytes: &[u8; 18] = code.as_bytes().try_into().ok()?;
    if !bytes[2..8].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut sum = 0;
    let mut weight = 1;
    for &byte in &bytes[..17] {
        sum += ALPHABET.iter().position(|&letter| letter == byte)? * weight;
        weight = weight * 3 % 31;
    }
    let check = ALPHABET.iter().position(|&letter| letter == bytes[17])?;
    let holds = check == (31 - sum % 31) % 31;
    // Digits alone whose last three are noughts are what a spreadsheet leaves of a code: no evidence makes it one.
    let rounded = bytes.iter().all(u8::is_ascii_digit) && bytes.ends_with(b"000");
    (holds || !rounded).then_some(holds)
}

/// Whether `code` is a legal entity identifier (ISO 17442): letters and digits, the whole ≡ 1 modulo 97.
pub fn lei(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 20
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bytes[18..].iter().all(u8::is_ascii_digit)
        && bytes.iter().fold(0, |rest, &b| match b {
            b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
            _ => (rest * 100 + u32::from(b - b'A') + 10) % 97,
        }) == 1
}

/// Whether `number` is a Chinese patent application number with its check digit: `ZL` or `CN` may precede it, a dot
/// may part the check digit; 8 digits that begin with a year up to 2003 or 12 since then, weights 2 to 9 repeating,
/// modulo 11 with X for 10.
pub fn cn_application(number: &str) -> bool {
    let number = number
        .strip_prefix("ZL")
        .or_else(|| number.strip_prefix("CN"))
        .unwrap_or(number);
    let Some((&check, body)) = number.as_bytes().split_last() else {
        return false;
    };
    let body = body.strip_suffix(b".").unwrap_or(body);
    if !matches!(body.len(), 8 | 12) || !body.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let kind = if body.len() == 12 { body[4] } else { body[2] };
    // Eight digits were given from 1985 to 2003, twelve since: what begins otherwise is of another row of numbers.
    let filed = match body.len() {
        12 => (b"2003".as_slice()..b"2100").contains(&&body[..4]),
        _ => &body[..2] >= b"85".as_slice() || &body[..2] <= b"03".as_slice(),
    };
    let sum: u32 = body
        .iter()
        .zip((2..=9).cycle())
        .map(|(&digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let expected = match sum % 11 {
        10 => b'X',
        digit => b'0' + digit as u8,
    };
    filed && matches!(kind, b'1' | b'2' | b'3' | b'8' | b'9') && check == expected
}

/// The kind of patent that a Chinese application number is of, by its kind digit: 1 and 8 (PCT) an invention, 2 and 9
/// (PCT) a utility model, 3 a design. `None` where it is no such number.
pub fn cn_patent_kind(number: &str) -> Option<PatentKind> {
    if !cn_application(number) {
        return None;
    }
    let digits = number.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let body = digits.len() - 1 - usize::from(digits.contains('.'));
    match digits.as_bytes()[if body == 12 { 4 } else { 2 }] {
        b'1' | b'8' => Some(PatentKind::Invention),
        b'2' | b'9' => Some(PatentKind::UtilityModel),
        _ => Some(PatentKind::Design),
    }
}

/// Whether `code` is an ISIN (ISO 6166) with its Luhn digit. The venue never mints one.
pub fn isin(code: &str) -> bool {
    let bytes = code.as_bytes();
    if bytes.len() != 12
        || !bytes[..2].iter().all(u8::is_ascii_uppercase)
        || !bytes[2..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        || !bytes[11].is_ascii_digit()
    {
        return false;
    }
    // From the right, every second digit of the expansion counts double.
    let mut sum = 0;
    let mut double = false;
    for &byte in bytes.iter().rev() {
        let value = if byte.is_ascii_digit() {
            u32::from(byte - b'0')
        } else {
            u32::from(byte - b'A') + 10
        };
        let digits: &[u32] = if value < 10 {
            &[value]
        } else {
            &[value % 10, value / 10]
        };
        for digit in digits {
            let weighted = if double { digit * 2 } else { *digit };
            sum += weighted / 10 + weighted % 10;
            double = !double;
        }
    }
    sum % 10 == 0
}

/// Whether `number` is a resident identity number with its check digit (GB 11643).
pub fn resident_id(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let Ok(bytes) = <&[u8; 18]>::try_from(number.as_bytes()) else {
        return false;
    };
    bytes[..17].iter().all(u8::is_ascii_digit) && {
        let sum: u32 = bytes
            .iter()
            .zip(WEIGHTS)
            .map(|(&digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        bytes[17] == b"10X98765432"[(sum % 11) as usize]
    }
}

/// Whether `code` has the shape of an IPC symbol, as in `G06Q 50/18` (a blank may be left out, and the group too).
pub fn ipc(code: &str) -> bool {
    let bytes = code.as_bytes();
    if bytes.len() < 4
        || !(b'A'..=b'H').contains(&bytes[0])
        || !bytes[1..3].iter().all(u8::is_ascii_digit)
        || !bytes[3].is_ascii_uppercase()
    {
        return false;
    }
    let group = &bytes[4..];
    if group.is_empty() {
        return true;
    }
    let group = group.strip_prefix(b" ").unwrap_or(group);
    let Some(slash) = group.iter().position(|&b| b == b'/') else {
        return false;
    };
    let (main, sub) = (&group[..slash], &group[slash + 1..]);
    let digits = |part: &[u8], lengths: core::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
    };
    digits(main, 1..=4) && digits(sub, 2..=6)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use serde_json::Value;

    /// The rule book's vectors, one list: every code in it is judged as the name says.
    fn vectors(name: &str) -> std::vec::Vec<std::string::String> {
        let all: Value = serde_json::from_str(include_str!("../../docs/rules/vectors.json")).unwrap();
        let list = all[name].as_array().unwrap();
        assert!(!list.is_empty());
        list.iter().map(|code| code.as_str().unwrap().into()).collect()
    }

    fn check(name: &str, holds: impl Fn(&str) -> bool) {
        for code in vectors(&std::format!("{name}_valid")) {
            assert!(holds(&code), "{name} {code} should hold");
        }
        if name != "rid" {
            for code in vectors(&std::format!("{name}_invalid")) {
                assert!(!holds(&code), "{name} {code} should fail");
            }
        }
    }

    #[test]
    fn the_rule_books_vectors_hold() {
        check("uscc", |code| uscc(code) == Some(true));
        check("lei", lei);
        check("cn_app", cn_application);
        check("isin", isin);
        check("rid", resident_id);
    }

    #[test]
    fn one_changed_digit_is_noticed() {
        assert!(!resident_id("11010519491231002Y") && !resident_id("11010519491231003X"));
        assert_eq!(
            uscc("91350211M0000XUF46"),
            Some(false),
            "well formed, the digit fails (RULES.md F10)"
        );
        assert_eq!(uscc("A1110000600037341I"), None);
        assert_eq!(uscc("914403001922038216"), Some(true));
        assert_eq!(
            uscc("914403001922038000"),
            None,
            "fifteen digits, as a spreadsheet keeps them"
        );
        assert!(!cn_application("专利"));
        assert!(!cn_application(""));
    }

    #[test]
    fn ipc_symbols() {
        for good in ["G06Q 50/18", "G06Q50/18", "H04W 36/00", "G06F16/2458", "A61"] {
            assert_eq!(ipc(good), good != "A61", "{good}");
        }
        for bad in [
            "",
            "I06Q 50/18",
            "G06q 50/18",
            "G06Q 50",
            "G06Q 50/1",
            "G06Q 50000/18",
            "G06Q  50/18",
        ] {
            assert!(!ipc(bad), "{bad}");
        }
    }
}
