//! A record in as few bytes as it needs: there are many of them, each is asked of rarely, and most of what it could say it
//! does not.
//!
//! It is kept in its canonical bytes, those of the image, with each run of zeros told by its length: a field that says
//! nothing is a zero. Whoever asks gets the whole record, so a field that comes later is kept too, and nothing but this
//! file knows how. Its digests, its times and its texts are what it takes; nothing makes these smaller.
//!
//! An image holds it as it is kept. Bytes that were read are nobody's word yet: they are [`Packed::checked`] before
//! anything opens them.

use alloc::{boxed::Box, vec, vec::Vec};
use core::{fmt, marker::PhantomData};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// A record, packed.
pub(crate) struct Packed<T> {
    bytes: Box<[u8]>,
    of: PhantomData<fn() -> T>,
}

impl<T> Packed<T> {
    fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.into(),
            of: PhantomData,
        }
    }
}

impl<T: Serialize + DeserializeOwned> Packed<T> {
    /// Packs a record.
    pub(crate) fn new(record: &T) -> Self {
        let plain = postcard::to_allocvec(record).expect("a record is plain data in memory");
        Self::of(&squeezed(&plain))
    }

    /// The record.
    pub(crate) fn open(&self) -> T {
        let plain = plain(&self.bytes).expect(SOUND);
        postcard::from_bytes(&plain).expect(SOUND)
    }

    /// The record, if these are the bytes into which it is packed: one record has one form, so that one state has one
    /// image.
    pub(crate) fn checked(&self) -> Option<T> {
        let plain = plain(&self.bytes)?;
        let record: T = postcard::from_bytes(&plain).ok()?;
        let mut room = vec![0; plain.len()];
        let same = postcard::to_slice(&record, &mut room).is_ok_and(|again| *again == *plain);
        (same && *squeezed(&plain) == *self.bytes).then_some(record)
    }

    /// How many bytes it takes beside its place.
    #[cfg(test)]
    pub(crate) fn weight(&self) -> usize {
        self.bytes.len()
    }
}

/// Adds one to a table of such records that only grows: it is never by more than an eighth too large.
pub(crate) fn push_tight<T>(table: &mut Vec<T>, more: T) {
    if table.len() == table.capacity() {
        table.reserve_exact(table.len() / 8 + 1);
    }
    table.push(more);
}

/// What is opened was packed here, or checked.
const SOUND: &str = "it was packed here";

/// The most zeros that one token tells.
const ZEROS_MAX: usize = 0xf;
/// So many bytes that are told as they are, and more: how many more, the next byte says.
const MANY: usize = 0xf;

/// How many bytes there are at the beginning that are such, up to so many.
fn run(bytes: &[u8], most: usize, such: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take(most).take_while(|byte| such(**byte)).count()
}

/// Tokens, each of a number of zeros in its upper half and of bytes that follow as they are in its lower.
fn squeezed(mut plain: &[u8]) -> Vec<u8> {
    let mut squeezed = Vec::with_capacity(plain.len());
    while !plain.is_empty() {
        let zeros = run(plain, ZEROS_MAX, |byte| byte == 0);
        let told = run(&plain[zeros..], MANY + usize::from(u8::MAX), |byte| byte != 0);
        squeezed.push((zeros << 4 | told.min(MANY)) as u8);
        if told >= MANY {
            squeezed.push((told - MANY) as u8);
        }
        let (run, rest) = plain.split_at(zeros + told);
        squeezed.extend_from_slice(&run[zeros..]);
        plain = rest;
    }
    squeezed
}

/// What was squeezed, unless it ends too soon.
fn plain(mut squeezed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(2 * squeezed.len());
    while let Some((&token, mut rest)) = squeezed.split_first() {
        let mut told = usize::from(token) & MANY;
        if told == MANY {
            let (&more, after) = rest.split_first()?;
            told += usize::from(more);
            rest = after;
        }
        let (told, rest) = rest.split_at_checked(told)?;
        plain.resize(plain.len() + usize::from(token >> 4), 0);
        plain.extend_from_slice(told);
        squeezed = rest;
    }
    Some(plain)
}

impl<T> Clone for Packed<T> {
    fn clone(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            of: PhantomData,
        }
    }
}

impl<T> PartialEq for Packed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Packed<T> {}

impl<T: Serialize + DeserializeOwned + fmt::Debug> fmt::Debug for Packed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.open().fmt(f)
    }
}

/// As it is kept: who saves a state opens nothing, and what walks over it by type has to be led in.
impl<T> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.bytes)
    }
}

/// Of bytes that are still to be checked.
impl<'de, T> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(from).map(Self::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_squeezed_is_plain_again() {
        let digest: Vec<u8> = (1..=255).cycle().take(600).collect();
        for bytes in [
            vec![],
            vec![0],
            vec![7],
            vec![0; 100],
            vec![0, 7, 0, 0, 7, 7, 0],
            digest[..14].to_vec(),
            digest[..15].to_vec(),
            digest[..16].to_vec(),
            digest[..270].to_vec(),
            digest[..271].to_vec(),
            [&[0; 40], &digest[..], &[0; 15], &digest[..20]].concat(),
        ] {
            assert_eq!(plain(&squeezed(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn one_record_has_one_form() {
        type Record = (Option<u8>, Vec<u8>);
        let record: Record = (Some(7), vec![0, 0, 9]);
        let packed = Packed::new(&record);
        assert_eq!(*packed.bytes, [0x03, 1, 7, 3, 0x21, 9]);
        assert_eq!(packed.checked(), Some(record));
        let refused = |why: &str, bytes: &[u8]| assert_eq!(Packed::<Record>::of(bytes).checked(), None, "{why}");
        refused("nothing at all", &[]);
        refused("cut short", &[0x03, 1, 7, 3, 0x21]);
        refused("cut short where its length is told", &[0x0f]);
        refused("more behind it", &[0x03, 1, 7, 3, 0x21, 9, 0x01, 1]);
        refused("a token of nothing", &[0x03, 1, 7, 3, 0x21, 9, 0]);
        refused("zeros told one by one", &[0x03, 1, 7, 3, 0x10, 0x11, 9]);
        refused("a zero told as it is", &[0x04, 1, 7, 3, 0, 0x11, 9]);
        refused("told in two tokens", &[0x01, 1, 0x02, 7, 3, 0x21, 9]);
        refused("a number in more bytes than it needs", &[0x03, 1, 7, 0x83, 0x31, 9]);
        refused("neither none nor some", &[0x03, 2, 7, 3, 0x21, 9]);
    }

    #[test]
    fn what_says_nothing_takes_next_to_nothing() {
        let packed = Packed::new(&(vec![0_u8; 32], None::<u64>, [9_u8; 32]));
        assert_eq!(packed.open(), (vec![0_u8; 32], None::<u64>, [9_u8; 32]));
        assert_eq!(packed.weight(), 38);
    }
}
