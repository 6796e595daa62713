//! What bidders ask: closed on the disk, opened by its key alone, and otherwise like every other command.

use crate::support::{BO, START, ask, clock, config, done, found, named, nth, start};
use protocol::{
    Amount, Command, Currency, LotId, Money, Outcome, ProposalId, Receipt, Reject, Request, Seq, Stamped, UserId,
    auction::{EnterLot, SetMaximum},
    control::{Approve, Encoded, Propose},
    party::{RegisterUser, Roles},
    wire,
};
use sequencer::{
    BookKind, Config, RealDisk, Replica, Running, SealError, SealKey, Sealing, StartError,
    offline::{self, VerifyError},
};
use std::{fs, path::Path};

const LOT: LotId = LotId(4_000);
/// A maximum that nothing else looks like.
const MAXIMUM: i64 = 0x12_3456_789A;

fn key(byte: u8) -> Option<SealKey> {
    Some(SealKey::new([byte; 32]))
}

fn sealed(key: Option<SealKey>) -> Config {
    Config {
        seal_key: key,
        ..config()
    }
}

fn open(dir: &Path) -> Running {
    start(RealDisk::open(dir).unwrap(), sealed(key(7)), clock())
}

fn maximum() -> Command {
    Command::SetMaximum(SetMaximum {
        lot: LOT,
        maximum: Amount::new(Currency::Cny, Money::from_minor(MAXIMUM)),
    })
}

/// Everything in the files of a folder.
fn bytes(dir: &Path) -> Vec<u8> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| fs::read(file).unwrap()).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_bidders_ask_lies_closed_on_the_disk_and_its_key_alone_opens_it() {
    let dir = tempfile::tempdir().unwrap();
    let running = open(dir.path());
    let instrument = found(&running.handle);
    // bo has a second user, who decides with the first.
    let second = RegisterUser {
        entity: protocol::EntityId(2),
        roles: Roles::TRADER,
    };
    let register = Request {
        by: UserId(0),
        client: None,
        command: Command::RegisterUser(second),
    };
    let Receipt::User(second) = done(ask(&running.handle, register)) else {
        panic!("no user")
    };
    let enter = Command::EnterLot(EnterLot {
        lot: LOT,
        account: BO,
        draw: 5,
    });
    let propose = Command::Propose(Box::new(Propose {
        encoded: Encoded(wire::encode_alone(&maximum())),
    }));
    let mut secret = vec![
        named(2, "enter", enter),
        named(2, "the highest that bo will go", maximum()),
        named(2, "both", propose),
    ];
    // There is no such lot: a bidder's refusal is as secret as what is taken.
    let mut answers: Vec<_> = secret
        .iter()
        .map(|request| ask(&running.handle, request.clone()))
        .collect();
    assert_eq!(answers[1].outcome, Outcome::Rejected(Reject::UnknownLot));
    let Outcome::Done(Receipt::Deal(proposal)) = answers[2].outcome else {
        panic!("{:?}", answers[2])
    };
    let approve = Command::Approve(Approve {
        proposal: ProposalId::from(proposal),
    });
    secret.push(named(second.0, "yes", approve));
    answers.push(ask(&running.handle, secret[3].clone()));
    done(answers[3]);
    ask(&running.handle, nth(instrument, 1));
    running.handle.stop();
    running.ended.wait().unwrap();

    // Of one length, by nobody, in the place of the answer.
    let mut stored: Vec<Stamped<Request>> = Vec::new();
    offline::dump(dir.path(), Seq(1), &mut |request| {
        stored.push(request.clone());
        true
    })
    .unwrap();
    let (mut sealing, mut lengths) = (Sealing::new(key(7)), Vec::new());
    for (request, answer) in secret.iter().zip(&answers) {
        let found = &stored[answer.seq.0 as usize - 1];
        assert_eq!((found.body.by, &found.body.client), (UserId(0), &None));
        let Command::Sealed(closed) = &found.body.command else {
            panic!("in the clear: {found:?}")
        };
        assert_eq!(closed.lot, LOT);
        lengths.push(closed.sealed.0.len());
        assert_eq!(sealing.open(found).unwrap().body, *request);
    }
    lengths.dedup();
    assert_eq!(lengths.len(), 1, "{lengths:?}");
    let before = bytes(dir.path());
    let mut written = postcard(MAXIMUM);
    written.extend([0]);
    for part in [
        &MAXIMUM.to_le_bytes()[..6],
        &written[..5],
        &secret[1].client.as_ref().unwrap().key.id,
        secret[1]
            .client
            .as_ref()
            .unwrap()
            .id
            .as_ref()
            .unwrap()
            .as_str()
            .as_bytes(),
    ] {
        assert!(!holds(&before, part), "{part:02x?} lies on the disk");
    }

    // Without the key or with another, nothing starts and nothing changes.
    let first = (answers[0].seq, LOT);
    for (with, expected) in [
        (
            None,
            SealError::NoKey {
                seq: first.0,
                lot: first.1,
            },
        ),
        (
            key(8),
            SealError::WrongKey {
                seq: first.0,
                lot: first.1,
            },
        ),
    ] {
        let disk = RealDisk::open(dir.path()).unwrap();
        let started = sequencer::start(disk, sealed(with.clone()), clock(), sequencer::Publisher::none());
        match started.map(|running| running.recovery) {
            Err(StartError::Sealed(error)) => assert_eq!(error, expected),
            other => panic!("{other:?}"),
        }
        let verified = offline::verify(dir.path(), BookKind::Fast, with, &mut |_| {});
        assert_eq!(verified, Err(VerifyError::Sealed(expected)));
        assert_eq!(bytes(dir.path()), before);
    }

    // With it, everything is as it was: the state on both books, and the answers to what is sent again.
    let reports =
        [BookKind::Fast, BookKind::Plain].map(|book| offline::verify(dir.path(), book, key(7), &mut |_| {}).unwrap());
    assert_eq!(reports[0], reports[1]);
    let (mut replica, mut events) = (Replica::new(BookKind::Plain), Vec::new());
    for request in &stored {
        replica.apply(&sealing.open(request).unwrap(), &mut events);
    }
    assert_eq!(replica.state_hash(), reports[0].state_hash);
    let running = open(dir.path());
    assert_eq!(running.recovery.last_at, START);
    for (request, answer) in secret.iter().zip(&answers) {
        assert_eq!(ask(&running.handle, request.clone()), *answer);
    }
    // What was sent again was closed again, the decision on the proposal too: the proposals of before are known.
    running.handle.stop();
    let last = running.ended.wait().unwrap();
    offline::dump(dir.path(), reports[0].last.next(), &mut |request| {
        assert!(matches!(request.body.command, Command::Sealed(_)), "{request:?}");
        true
    })
    .unwrap();
    assert_eq!(last.0, reports[0].last.0 + 4);
}

/// How the journal writes a number.
fn postcard(number: i64) -> Vec<u8> {
    let mut rest = number.cast_unsigned() << 1;
    let mut bytes = Vec::new();
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

/// The room that is set aside for a closed request is the room that it takes.
#[test]
fn a_thousand_bids_leave_the_room_as_it_was_counted() {
    let dir = tempfile::tempdir().unwrap();
    let running = open(dir.path());
    found(&running.handle);
    // Segments of one MiB: the room would run out, or be counted twice, within a few turns.
    for n in 0..4_000 {
        let answer = ask(&running.handle, named(2, &format!("m-{n}"), maximum()));
        assert_eq!(answer.outcome, Outcome::Rejected(Reject::UnknownLot));
    }
    running.handle.stop();
    let last = running.ended.wait().unwrap();
    let report = offline::verify(dir.path(), BookKind::Fast, key(7), &mut |_| {}).unwrap();
    assert_eq!((report.last, report.clean), (last, true));
}

#[test]
#[should_panic(expected = "needs a key")]
fn without_a_key_no_bidder_is_taken_in() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(RealDisk::open(dir.path()).unwrap(), sealed(None), clock());
    found(&running.handle);
    let _ = running
        .handle
        .submit(named(2, "the highest that bo will go", maximum()), START);
}
