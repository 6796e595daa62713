//! Short texts with a bound. Long texts never enter the core: facts and a digest do.

use crate::{
    describe::{Describe, Shape, Text},
    writing::is_invisible,
};
use alloc::boxed::Box;
use core::{fmt, marker::PhantomData, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A SHA-256 digest of something that stays outside the core.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl FromStr for Digest {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let digit = |byte: u8| (byte as char).to_digit(16);
        let mut digest = [0; 32];
        if text.len() != 64 {
            return Err(Unreadable::HEX);
        }
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            let (high, low) = (
                digit(pair[0]).ok_or(Unreadable::HEX)?,
                digit(pair[1]).ok_or(Unreadable::HEX)?,
            );
            *byte = (high << 4 | low) as u8;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The reason why a text is not what it should be: a stable code, the same that the wire uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

impl Unreadable {
    /// A bounded text is empty or blank, too long, or holds control characters.
    pub const TEXT: Self = Self("TEXT_INVALID");
    /// A client id is empty, too long, or holds control characters.
    pub const CLIENT_ID: Self = Self("CLIENT_ID_INVALID");
    /// No symbol.
    pub const SYMBOL: Self = Self("SYMBOL_INVALID");
    /// Hex of another length, or no hex.
    pub const HEX: Self = Self("HEX_INVALID");
    /// No date.
    pub const DATE: Self = Self("DATE_INVALID");
    /// No time.
    pub const TIME: Self = Self("TIME_INVALID");
    /// No decimal number.
    pub const NUMBER: Self = Self("MALFORMED_NUMBER");
    /// More decimals than the unit has.
    pub const SCALE: Self = Self("WRONG_SCALE");
    /// Outside what the type holds.
    pub const RANGE: Self = Self("OUT_OF_RANGE");
    /// None of the words that are known.
    pub const WORD: Self = Self("UNKNOWN_VALUE");
    /// No network.
    pub const NETWORK: Self = Self("NETWORK_INVALID");
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for Unreadable {}

/// A mistake in one of several fields that are read together. Said as the wire's code, the field, and a note:
/// `TEXT_INVALID at /code: 1 to 18 bytes of UTF-8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InField {
    /// The code.
    pub code: &'static str,
    /// The field.
    pub field: &'static str,
    /// What exactly, beyond the code; may be empty.
    pub note: &'static str,
}

impl fmt::Display for InField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, field, note } = self;
        write!(f, "{code} at /{field}: {note}")
    }
}

/// How long a text may be at most.
#[derive(Clone, Copy)]
pub(crate) enum Most {
    /// So many bytes.
    Bytes(usize),
    /// So many characters.
    Characters(usize),
}

/// Reads a text as a `T`, borrowed or not. The format learns what it is asked for: `name`, and behind `{:#}` the most
/// bytes that it may have.
pub(crate) fn read_text<'de, T, D>(name: &'static str, most: Option<Most>, deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err = Unreadable>,
    D: Deserializer<'de>,
{
    struct Reader<T>(Option<Most>, PhantomData<T>);

    impl<'de, T: FromStr<Err = Unreadable>> de::Visitor<'de> for Reader<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0 {
                Some(Most::Bytes(most)) if f.alternate() => write!(f, "1 to {most} bytes of UTF-8"),
                Some(Most::Characters(most)) if f.alternate() => write!(f, "1 to {most} characters"),
                _ => f.write_str("a text"),
            }
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
            deserializer.deserialize_str(self)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_newtype_struct(name, Reader(most, PhantomData))
}

/// Serde for a type that is a text to people and something smaller in the journal and the state.
macro_rules! text_for_people {
    ($type:ty, $inner:ty, $out:expr, $back:expr, $wrong:expr, $looks:literal, $pattern:literal, $given:literal, $longest:literal, $example:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    // By its name, for who walks over a state; the bytes are those of what is in it.
                    let out: fn(&$type) -> $inner = $out;
                    serializer.serialize_newtype_struct(stringify!($type), &out(self))
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    $crate::text::read_text(stringify!($type), None, deserializer)
                } else {
                    let back: fn($inner) -> Option<$type> = $back;
                    back(<$inner>::deserialize(deserializer)?)
                        .ok_or_else(|| <D::Error as serde::de::Error>::custom($wrong))
                }
            }
        }

        impl $crate::describe::Describe for $type {
            const SHAPE: $crate::describe::Shape = $crate::describe::Shape::Text(&$crate::describe::Text {
                name: stringify!($type),
                looks: $looks,
                pattern: $pattern,
                given: $given,
                longest: $longest,
                example: $example,
            });
        }
    };
}

pub(crate) use text_for_people;

text_for_people!(
    Digest,
    [u8; 32],
    |digest| digest.0,
    |bytes| Some(Digest(bytes)),
    Unreadable::HEX,
    "64 hex digits (SHA-256)",
    "^[0-9a-fA-F]{64}$",
    "",
    64,
    "7a686968656e67207a686968656e67207a686968656e67207a686968656e6721"
);

/// A text of 1 to `MAX` bytes of UTF-8, or of as many characters where `CHARACTERS`; without control characters, and of
/// which something can be seen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bounded<const MAX: usize, const CHARACTERS: bool = false>(Box<str>);

/// A name of a person or a firm.
pub type Name = Bounded<256>;
/// The title of a right: as long as offices allow 500 characters,
/// whatever the script.
pub type Heading = Bounded<500, true>;
/// A reference in another system: a bank's transfer number, an approval, a register entry.
pub type Reference = Bounded<64>;

impl<const MAX: usize, const CHARACTERS: bool> Bounded<MAX, CHARACTERS> {
    /// The text, if it is within the bound.
    pub fn new(text: &str) -> Option<Self> {
        let length = if CHARACTERS { text.chars().count() } else { text.len() };
        let fits = (1..=MAX).contains(&length) && is_readable(text);
        fits.then(|| Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is without control characters, and not blank: what nobody can see is no name.
fn is_readable(text: &str) -> bool {
    !text.chars().any(char::is_control) && !text.chars().all(is_invisible)
}

impl<const MAX: usize, const CHARACTERS: bool> fmt::Debug for Bounded<MAX, CHARACTERS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize, const CHARACTERS: bool> Serialize for Bounded<MAX, CHARACTERS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize, const CHARACTERS: bool> Deserialize<'de> for Bounded<MAX, CHARACTERS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let most = if CHARACTERS {
            Most::Characters(MAX)
        } else {
            Most::Bytes(MAX)
        };
        read_text("Bounded", Some(most), deserializer)
    }
}

impl<const MAX: usize, const CHARACTERS: bool> FromStr for Bounded<MAX, CHARACTERS> {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::new(text).ok_or(Unreadable::TEXT)
    }
}

impl<const MAX: usize, const CHARACTERS: bool> Describe for Bounded<MAX, CHARACTERS> {
    const SHAPE: Shape = Shape::Text(&Text {
        name: "Text",
        looks: "a text",
        // No control characters. That something can be seen of it, no expression says.
        pattern: r"^[^\u0000-\u001f\u007f-\u009f]+$",
        given: "",
        longest: MAX,
        example: "G06Q",
    });
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
        read_text("Symbol", None, deserializer)
    }
}

impl FromStr for Symbol {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::new(text).ok_or(Unreadable::SYMBOL)
    }
}

impl Describe for Symbol {
    const SHAPE: Shape = Shape::Text(&Text {
        name: "Symbol",
        looks: "a symbol, as in CN201910513128.U",
        pattern: "^[A-Z0-9][A-Z0-9.-]*$",
        given: "",
        longest: Self::MAX,
        example: "CN201910513128.U",
    });
}

/// A country or office: two capital letters (WIPO ST.3), as in `CN`. Whether they are letters is asked by the core, so
/// that a log can tell what was sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Office(pub [u8; 2]);

impl Office {
    /// China.
    pub const CN: Self = Self(*b"CN");

    /// Whether these are two capital letters.
    pub fn is_well_formed(self) -> bool {
        self.0.iter().all(u8::is_ascii_uppercase)
    }
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.0).unwrap_or("??"))
    }
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Office {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let letters = text.as_bytes().try_into().map_err(|_| Unreadable::TEXT)?;
        if text.is_ascii() {
            Ok(Self(letters))
        } else {
            Err(Unreadable::TEXT)
        }
    }
}

text_for_people!(
    Office,
    [u8; 2],
    |office| office.0,
    |letters| Some(Office(letters)),
    Unreadable::TEXT,
    "two letters (WIPO ST.3), as in CN",
    "^[A-Z]{2}$",
    "",
    2,
    "CN"
);

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
        for blank in [" ", "\u{3000}", "\u{A0} ", "\u{200B}", "\u{FEFF}\u{2060}", "\u{3164}"] {
            assert!(
                Name::new(blank).is_none() && Reference::new(blank).is_none(),
                "{blank:?}"
            );
        }
        assert!(Name::new(" a ").is_some());
        assert!(Heading::new(&"专".repeat(500)).is_some() && Heading::new(&"x".repeat(501)).is_none());
        assert!(Name::new("a\nb").is_none());
        assert!(Reference::new(&"x".repeat(65)).is_none());
    }
}
