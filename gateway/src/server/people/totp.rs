//! Codes that change with time (RFC 6238): SHA-1, six digits, steps of 30 seconds, one step of grace either way.

use super::kept::{FACTOR_SECRET, Factor};
use data_encoding::BASE32_NOPAD;
use protocol::Timestamp;
use std::fmt::Write as _;
use totp_rs::{Algorithm, Builder};

const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
const GRACE_STEPS: u16 = 1;
const ISSUER: &str = "Zhiheng";

/// The time step whose code this is; none where it is none's of now.
pub(super) fn step(secret: &[u8; FACTOR_SECRET], code: &str, now: Timestamp) -> Option<u64> {
    let digits = code.len() == usize::from(DIGITS) && code.bytes().all(|byte| byte.is_ascii_digit());
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(GRACE_STEPS)
        .with_step_duration(STEP_SECONDS)
        .with_secret(*secret)
        .build()
        .ok()?;
    digits.then(|| totp.check(code, now.0 / 1_000_000_000)).flatten()
}

impl Factor {
    /// Uses a code: it, and those of the steps before, are good no more. False where it is not good now.
    pub(super) fn takes(&mut self, code: &str, now: Timestamp) -> bool {
        match step(&self.secret, code, now) {
            Some(step) if step > self.last_step => {
                self.last_step = step;
                true
            }
            _ => false,
        }
    }
}

/// The secret as people type it, and the address that authenticator programs read.
pub(super) fn told(secret: &[u8; FACTOR_SECRET], login: &str) -> (String, String) {
    let typed = BASE32_NOPAD.encode(secret);
    let mut account = String::new();
    for byte in login.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => account.push(char::from(byte)),
            _ => write!(account, "%{byte:02X}").expect("a text takes it"),
        }
    }
    let uri = format!(
        "otpauth://totp/{ISSUER}:{account}?secret={typed}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    );
    (typed, uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; FACTOR_SECRET] = b"12345678901234567890";

    fn second(n: u64) -> Timestamp {
        Timestamp(n * 1_000_000_000)
    }

    /// RFC 6238, appendix B, the rows of SHA-1: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_u64, "353130"),
        ] {
            // The last one lies beyond what a timestamp holds.
            if at < 18_000_000_000 {
                assert_eq!(step(SECRET, code, second(at)), Some(at / 30), "{at}");
                assert_eq!(step(SECRET, code, second(at + 30)), Some(at / 30), "a step late");
                assert_eq!(step(SECRET, code, second(at + 60)), None, "two steps late");
            }
        }
        for wrong in ["", "28708", "2870820", " 287082", "28708a", "２８７０８２"] {
            assert_eq!(step(SECRET, wrong, second(59)), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_is_good_once_and_those_before_it_no_more() {
        let mut factor = Factor {
            secret: *SECRET,
            last_step: 0,
        };
        // Of the steps 37037036 and 37037037.
        assert!(factor.takes("050471", second(1_111_111_111)));
        assert!(!factor.takes("050471", second(1_111_111_112)));
        assert!(!factor.takes("081804", second(1_111_111_113)), "the step before");
    }

    #[test]
    fn the_address_holds_any_login() {
        let (typed, uri) = told(SECRET, "安a@b");
        assert_eq!(typed, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            uri.starts_with("otpauth://totp/Zhiheng:%E5%AE%89a%40b?secret=GEZD"),
            "{uri}"
        );
    }
}
