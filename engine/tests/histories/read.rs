//! Reads what was asked in the histories: for the tests of the rules, and for those that put a state wrong.

extern crate alloc;

use alloc::vec::Vec;
use protocol::{Request, Seq, Stamped, Timestamp, wire::decode};

/// What was asked, in its order.
pub(crate) type History = Vec<Stamped<Request>>;

/// Takes a number of four bytes, the lowest first.
fn take_number(bytes: &mut &[u8]) -> usize {
    let (number, rest) = bytes.split_first_chunk().expect("four bytes");
    *bytes = rest;
    u32::from_le_bytes(*number) as usize
}

/// The histories of a file. Each is how many commands it shares with the one before, how many are its own, and these:
/// when (eight bytes, nanoseconds since 1970), a length (four bytes) and an encoded request. Numbers are written lowest
/// byte first.
fn read(mut bytes: &[u8]) -> Vec<History> {
    let mut histories: Vec<History> = Vec::new();
    while !bytes.is_empty() {
        let shared = take_number(&mut bytes);
        let mut history = histories
            .last()
            .map_or_else(Vec::new, |before| before[..shared].to_vec());
        for _ in 0..take_number(&mut bytes) {
            let (at, rest) = bytes.split_first_chunk().expect("a time");
            bytes = rest;
            let length = take_number(&mut bytes);
            let (request, rest) = bytes.split_at(length);
            bytes = rest;
            history.push(Stamped {
                seq: Seq(history.len() as u64 + 1),
                at: Timestamp(u64::from_le_bytes(*at)),
                body: decode(request).expect("a request"),
            });
        }
        histories.push(history);
    }
    histories
}

/// All histories.
pub(crate) fn histories() -> Vec<History> {
    read(include_bytes!("asked.bin"))
}
