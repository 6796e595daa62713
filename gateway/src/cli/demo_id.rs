//! `demo-id`: identifiers that are well formed and belong to nobody, for examples and trials.
//!
//! Whoever has not been assigned one cannot tell them from real ones by their check digits: they are counted within rows
//! that mean nobody (a serial `DEM…` in a credit code, serials from 9,000,000 in a patent's number).

use super::{
    args::{DemoId, DemoIdArgs},
    error::CliError,
};
use protocol::identifiers;
use std::io::{self, Write as _};

/// The letters of a unified social credit code (GB 32100-2015).
const LETTERS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The `number`-th credit code of a company in Shenzhen that does not exist.
pub(super) fn uscc(number: u32) -> String {
    let mut serial = [b'0'; 4];
    let mut rest = number as usize;
    for place in serial.iter_mut().rev() {
        *place = LETTERS[rest % LETTERS.len()];
        rest /= LETTERS.len();
    }
    // The last letter of its organisation's code is left as counted; the check digit is the standard's.
    let serial = std::str::from_utf8(&serial).expect("ASCII letters");
    let body = format!("91440300MADEM{serial}");
    with_check(&body, |code| identifiers::uscc(code) == Some(true))
}

/// The `number`-th application number of an invention that was not filed.
pub(super) fn patent(number: u32) -> String {
    application(1, number)
}

/// An application number of this kind (1 an invention, 2 a utility model, 3 a design).
fn application(kind: u8, number: u32) -> String {
    let (year, serial) = (2024 - number / 1_000_000 % 20, 9_000_000 + number % 1_000_000);
    let body = format!("{year}{kind}{serial}");
    let weights = [2, 3, 4, 5, 6, 7, 8, 9].into_iter().cycle();
    let sum: u32 = body
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    match sum % 11 {
        10 => format!("{body}.X"),
        check => format!("{body}.{check}"),
    }
}

/// A legal entity identifier (ISO 17442) of nobody: no issuer has the prefix 0000.
fn lei(number: u32) -> String {
    let body = format!("0000ZHIHENGDEM{:04}", number % 10_000);
    (0..100)
        .map(|check| format!("{body}{check:02}"))
        .find(|code| identifiers::lei(code))
        .expect("one of a hundred holds")
}

fn with_check(body: &str, holds: impl Fn(&str) -> bool) -> String {
    let codes = LETTERS.iter().map(|check| format!("{body}{}", char::from(*check)));
    codes.into_iter().find(|code| holds(code)).expect("one letter holds")
}

pub(super) fn print(args: &DemoIdArgs) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    for number in args.from..args.from.saturating_add(args.count) {
        let id = match args.kind {
            DemoId::Uscc => uscc(number),
            DemoId::Lei => lei(number),
            DemoId::Patent => patent(number),
            DemoId::UtilityModel => application(2, number),
            DemoId::Design => application(3, number),
        };
        writeln!(out, "{id}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Office, asset::AssetClass, identity, title::PatentKind};
    use std::collections::HashSet;

    #[test]
    fn every_made_up_identifier_holds_and_none_repeats() {
        let mut seen = HashSet::new();
        for number in 1..3_000 {
            assert_eq!(identifiers::uscc(&uscc(number)), Some(true), "{}", uscc(number));
            assert!(identifiers::lei(&lei(number)));
            for (kind, expected) in [
                (1, PatentKind::Invention),
                (2, PatentKind::UtilityModel),
                (3, PatentKind::Design),
            ] {
                let application = application(kind, number);
                assert_eq!(
                    identifiers::cn_patent_kind(&application),
                    Some(expected),
                    "{application}"
                );
                assert!(identity::key(AssetClass::Patent, Office::CN, &application).is_some());
                assert!(seen.insert(application));
            }
            assert!(seen.insert(uscc(number)) && seen.insert(lei(number)));
        }
    }
}
