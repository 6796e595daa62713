//! The encoding of requests, the core on both books, its snapshots, and the journal.

use engine::{
    Exchange,
    book::{Book, FastBook, PlainBook},
};
use journal::{Batch, Disk, Faults, Journal, Options, Reader, SimDisk};
use protocol::{
    Command, Request, Seq, Stamped, Timestamp, UserId,
    control::{Encoded, Propose},
    time::DAY,
    wire::{decode, encode},
};
use sha2::{Digest as _, Sha256};

/// What decodes is written as bytes that decode to the same.
pub(crate) fn wire(bytes: &[u8]) {
    let Ok(request) = decode(bytes) else { return };
    let written = encoded(&request);
    assert_eq!(decode(&written), Ok(request));
}

fn encoded(request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(request, &mut bytes);
    bytes
}

/// A number of two bytes, the lower first.
fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let (head, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(usize::from(u16::from_le_bytes(*head)))
}

/// The next of a script: how long after the last, and what is asked; nothing at the script's end. What doesn't decode
/// is left out. A frame is a wait (one byte), a length (two) and an encoded request.
fn next_ask(bytes: &mut &[u8]) -> Option<(u64, Option<Request>)> {
    let (&wait, rest) = bytes.split_first()?;
    *bytes = rest;
    let length = take_number(bytes)?.min(bytes.len());
    let (frame, rest) = bytes.split_at(length);
    *bytes = rest;
    // From a nanosecond to 58 years.
    let wait = 1_u64 << (wait % 61);
    // A sealed request is opened before the core sees it.
    let opened = |request: &Request| !matches!(request.command, Command::Sealed(_));
    Some((wait, decode(frame).ok().filter(opened)))
}

/// The first moment of a script: 2026-03-02T02:00:00Z.
const OPENING: Timestamp = Timestamp(1_772_416_800_000_000_000);

/// A script means the same on both books, every invariant holds at its end, and its snapshot is the same state.
pub(crate) fn scripts(mut bytes: &[u8]) {
    let (mut fast, mut plain) = (Exchange::<FastBook>::new(), Exchange::<PlainBook>::new());
    let (mut told, mut expected) = (Vec::new(), Vec::new());
    for _ in 0..400 {
        let Some((wait, request)) = next_ask(&mut bytes) else {
            break;
        };
        let Some(body) = request else { continue };
        let at = fast.at().max(OPENING).after(wait);
        if at == Timestamp::NEVER {
            break;
        }
        let stamped = Stamped {
            seq: fast.seq().next(),
            at,
            body,
        };
        assert_eq!(fast.apply(&stamped, &mut told), plain.apply(&stamped, &mut expected));
        assert_eq!(told, expected);
        told.clear();
        expected.clear();
    }
    fast.check_invariants().expect("the invariants hold");
    assert_eq!(fast.state_hash(), plain.state_hash());
    // A state from beyond the year 2262 is saved and not loaded.
    if fast.at().0 <= u64::MAX / 2 {
        let loaded = Exchange::<PlainBook>::load(&fast.save()).expect("what was saved can be loaded");
        assert_eq!(loaded.state_hash(), fast.state_hash());
    }
}

/// An image whose digest is right is refused, or is a state that hears what comes. Before the image stands what is
/// asked of it: the length of that (two bytes), and as much of a script.
pub(crate) fn load(mut bytes: &[u8]) {
    let Some(length) = take_number(&mut bytes) else { return };
    let (script, image) = bytes.split_at(length.min(bytes.len()));
    hear(Exchange::<FastBook>::load(&framed(image)).ok(), script);
    hear(Exchange::<PlainBook>::load(&framed(image)).ok(), script);
}

fn hear<B: Book>(loaded: Option<Exchange<B>>, mut script: &[u8]) {
    let Some(mut exchange) = loaded else { return };
    let mut events = Vec::new();
    let mut ask = |wait: u64, body: Request| {
        let at = exchange.at().after(wait);
        if at != Timestamp::NEVER {
            exchange.apply(
                &Stamped {
                    seq: exchange.seq().next(),
                    at,
                    body,
                },
                &mut events,
            );
        }
    };
    while let Some((wait, request)) = next_ask(&mut script) {
        if let Some(request) = request {
            ask(wait, request);
        }
    }
    for days in [1, 40, 400, 4_000] {
        let tick = Request {
            by: UserId(0),
            client: None,
            command: Command::Tick,
        };
        ask(days * DAY, tick);
    }
}

/// A snapshot of this image, whatever it is.
fn framed(image: &[u8]) -> Vec<u8> {
    // Of an empty state: it begins with the magic and the version.
    let empty = Exchange::<FastBook>::new().save();
    let length = (image.len() as u64).to_le_bytes();
    [&empty[..8], &length, image, &Sha256::digest(image)].concat()
}

const OPTIONS: Options = Options {
    segment_bytes: 4_096,
    batch_bytes_max: 2_048,
    prepared_ahead: 1,
};

fn tick(seq: u64) -> Stamped<Request> {
    let command = match seq % 3 {
        0 => Command::Tick,
        1 => Command::Resumed {
            down_from: Timestamp(seq),
        },
        _ => Command::Propose(Box::new(Propose {
            encoded: Encoded(vec![seq as u8; 40 * (seq as usize % 5)]),
        })),
    };
    let body = Request {
        by: UserId(0),
        client: None,
        command,
    };
    Stamped {
        seq: Seq(seq),
        at: Timestamp(OPENING.0 + seq),
        body,
    }
}

/// A journal of two segments, and what was written to it.
fn written() -> (SimDisk, Vec<Stamped<Request>>) {
    let disk = SimDisk::new(1, Faults::default());
    let (mut journal, _) =
        Journal::open(disk.clone(), OPTIONS, &mut |_| Ok(())).expect("an empty disk takes a journal");
    let written: Vec<_> = (1..=60).map(tick).collect();
    for few in written.chunks(5) {
        let mut batch = Batch::new(&OPTIONS);
        few.iter().for_each(|one| batch.push(one).expect("a small batch"));
        journal.append(&mut batch).expect("the disk takes it");
    }
    journal.close().expect("the disk takes the end mark");
    (disk, written)
}

/// A journal whose bytes were changed is refused, or a prefix of what was written comes back, to the writer and to a
/// reader alike. A change is a file (one byte), a place (two) and what is put there; where the first byte of all is odd,
/// all that follows is a whole segment instead, in which anything may stand.
pub(crate) fn journal(bytes: &[u8]) {
    let Some((&kind, mut changes)) = bytes.split_first() else {
        return;
    };
    let (disk, written) = written();
    let names = disk.list().expect("a disk has files");
    let whole = kind.is_multiple_of(2);
    if !whole {
        disk.replace(&names[0], changes.to_vec());
        changes = &[];
    }
    while let Some((change, rest)) = changes.split_first_chunk::<4>() {
        changes = rest;
        let name = &names[usize::from(change[0]) % names.len()];
        let mut file = disk.contents(name).expect("it was listed");
        let place = usize::from(u16::from_le_bytes([change[1], change[2]]));
        if let Some(byte) = file.get_mut(place) {
            *byte ^= change[3];
        }
        disk.replace(name, file);
    }
    let mut read = Vec::new();
    if let Ok(mut reader) = Reader::open(disk.clone()) {
        while let Ok(Some(batch)) = reader.next_batch() {
            read.extend_from_slice(batch.requests);
        }
    }
    assert!(
        !whole || written.starts_with(&read),
        "a reader is told what was not written"
    );
    let mut replayed = Vec::new();
    let opened = Journal::open(disk, OPTIONS, &mut |batch| {
        replayed.extend_from_slice(batch.requests);
        Ok(())
    });
    assert!(
        !whole || written.starts_with(&replayed),
        "what was not written is replayed"
    );
    drop(opened);
}
