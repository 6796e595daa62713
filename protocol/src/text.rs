//! Short texts with a bound. Long texts never enter the core: facts and a digest do.

use alloc::boxed::Box;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A SHA-256 digest of something that stays outside the core.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text of 1 to `MAX` bytes of UTF-8 without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bounded<const MAX: usize>(Box<str>);

/// A name of a person, a firm or a right.
pub type Name = Bounded<256>;
/// A reference in another system: a bank's transfer number, an approval, a register entry.
pub type Reference = Bounded<64>;

impl<const MAX: usize> Bounded<MAX> {
    /// The text, if it is within the bound.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=MAX).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Bounded<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> Serialize for Bounded<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Bounded<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        Self::new(text).ok_or_else(|| de::Error::custom("text out of bounds"))
    }
}

/// The venue's own id of an instrument: 1 to 24 of `A`–`Z`, `0`–`9`, `-` and `.`, starting with a letter or digit.
/// Never an ISIN (RULES.md 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol([u8; Self::MAX]);

impl Symbol {
    /// The longest symbol, in bytes.
    pub const MAX: usize = 24;

    /// The symbol, if it is well formed.
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let starts_well = bytes.first().is_some_and(u8::is_ascii_alphanumeric);
        let all_known = bytes
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
        if !starts_well || !all_known || bytes.len() > Self::MAX {
            return None;
        }
        let mut symbol = [0; Self::MAX];
        symbol[..bytes.len()].copy_from_slice(bytes);
        Some(Self(symbol))
    }

    /// The symbol as text.
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|&b| b == 0).unwrap_or(Self::MAX);
        core::str::from_utf8(&self.0[..end]).expect("a symbol is ASCII")
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<&str>::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("malformed symbol"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_upper_case_ascii_and_bounded() {
        for good in ["A", "7", "US11803561.U", "CN-201910513128.0-LIC"] {
            assert_eq!(Symbol::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a", "-A", ".A", "A B", "专利", "ABCDEFGHIJKLMNOPQRSTUVWXY"] {
            assert_eq!(Symbol::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn bounded_texts_refuse_control_characters_and_length() {
        assert!(Name::new("深圳市某某科技有限公司").is_some());
        assert!(Name::new("").is_none());
        assert!(Name::new("a\nb").is_none());
        assert!(Reference::new(&"x".repeat(65)).is_none());
    }
}
