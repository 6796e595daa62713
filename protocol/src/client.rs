//! Clients' own names for their commands: the name itself, which views and history tell again, and the trace of it by
//! which the core knows a repeat.
//!
//! The core never reads the name: two journals that differ in names alone, under the same traces, give the same events.

use crate::text::{Most, Unreadable, read_text};
use alloc::boxed::Box;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A client's name for a command: 1 to 64 characters without control characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ClientId(Kept);

/// The most bytes that are kept without asking the heap: a UUID's 36 are among them, so on the way of an order its name
/// is copied and nothing is allocated.
const SHORT_MAX: usize = 38;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Kept {
    /// The first so many bytes of these, up to [`SHORT_MAX`]; the others are zero.
    Short(u8, [u8; SHORT_MAX]),
    /// More than that.
    Long(Box<str>),
}

const _: () = assert!(size_of::<Option<Client>>() == 64);

impl ClientId {
    /// The most characters.
    pub const MAX: usize = 64;
    /// The most bytes: characters of four bytes each.
    pub const BYTES_MAX: usize = 4 * Self::MAX;
    /// A regular expression (ECMA-262) that every client id fits.
    pub const PATTERN: &'static str = r"^[^\u0000-\u001f\u007f-\u009f]+$";

    /// The client id of this text, if it is one.
    pub fn new(text: &str) -> Option<Self> {
        if !is_client_id(text) {
            return None;
        }
        let mut bytes = [0; SHORT_MAX];
        Some(Self(match bytes.get_mut(..text.len()) {
            Some(short) => {
                short.copy_from_slice(text.as_bytes());
                Kept::Short(text.len() as u8, bytes)
            }
            None => Kept::Long(text.into()),
        }))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Short(..) => core::str::from_utf8(self.as_bytes()).expect("it was made of a text"),
            Kept::Long(text) => text,
        }
    }

    /// The text's bytes: who writes them needs not know that they are a text.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Kept::Short(length, bytes) => &bytes[..usize::from(*length)],
            Kept::Long(text) => text.as_bytes(),
        }
    }

    /// How many bytes the text has.
    pub fn bytes(&self) -> usize {
        self.as_bytes().len()
    }
}

/// Whether a text is a client id. A replay asks it for each command, and nearly all are ASCII.
fn is_client_id(text: &str) -> bool {
    if text.is_ascii() {
        return (1..=ClientId::MAX).contains(&text.len()) && !text.bytes().any(|byte| byte.is_ascii_control());
    }
    text.chars().take(ClientId::MAX + 1).count() <= ClientId::MAX && !text.chars().any(char::is_control)
}

impl FromStr for ClientId {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::new(text).ok_or(Unreadable::CLIENT_ID)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_text("ClientId", Some(Most::Characters(Self::MAX)), deserializer)
    }
}

/// The trace that the core keeps of a client id: enough to tell a repeat from a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClientKey {
    /// The first 16 bytes of the SHA-256 of the client's id.
    pub id: [u8; 16],
    /// The first 8 bytes of the SHA-256 of the encoded command.
    pub body: [u8; 8],
}

/// What a request carries of its client's name for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The trace by which the core tells a repeat from a conflict.
    pub key: ClientKey,
    /// The name itself; none where the journal is of before names were kept.
    pub id: Option<ClientId>,
}

/// A name of which nothing is known but its trace.
impl From<ClientKey> for Client {
    fn from(key: ClientKey) -> Self {
        Self { key, id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_counts_characters_and_reads_back_whatever_its_length() {
        for character in ["x", "é", "专", "\u{20000}"] {
            for length in 1..=ClientId::MAX {
                let text = character.repeat(length);
                let id = ClientId::new(&text).unwrap();
                assert_eq!((id.as_str(), id.bytes()), (text.as_str(), text.len()));
                assert_eq!(postcard::from_bytes(&postcard::to_allocvec(&id).unwrap()), Ok(id));
            }
            assert_eq!(ClientId::new(&character.repeat(ClientId::MAX + 1)), None);
        }
        assert_eq!(
            ClientId::new(&"\u{20000}".repeat(ClientId::MAX)).map(|id| id.bytes()),
            Some(ClientId::BYTES_MAX)
        );
        for bad in ["", "a\u{7}", "a\n", "\u{85}"] {
            assert_eq!(bad.parse::<ClientId>(), Err(Unreadable::CLIENT_ID), "{bad:?}");
        }
    }
}
