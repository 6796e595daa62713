//! Histories: what was asked once, command by command, and a digest of what was said to each. A log means tomorrow what
//! it meant when it was written, so that whoever changes what a rule says, or when, or to whom, sees it here.
//!
//! They were drawn from the tests of the rules and from chance, and kept for the faults that they show: a
//! comparison the other way round, a deed that isn't done (decision 0054). What a rule says otherwise on purpose is
//! written anew with `ZHIHENG_RENEW=1`, and the lines that changed are read before they are committed.

#[path = "../histories/read.rs"]
mod read;

use engine::{
    Exchange, SnapshotError,
    book::{FastBook, PlainBook},
};
use protocol::{Answer, Event, Stamped};
pub(crate) use read::{History, histories};
use sha2::{Digest as _, Sha256};
use std::{fs, path::PathBuf};

/// What was said to a history: a digest a command, and that of the state which it led to.
struct Said {
    commands: Vec<u16>,
    state: u32,
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/histories")
        .join(name)
}

/// The first bytes of the digest of what was said to a command: its answer, and each event with whom it is for.
fn digest(answer: &Answer, events: &[Stamped<Event>]) -> u16 {
    let events: Vec<_> = events.iter().map(|event| (event.at, &event.body)).collect();
    let said = postcard::to_allocvec(&(answer, events)).expect("memory takes all");
    let digest = Sha256::digest(said);
    u16::from_be_bytes([digest[0], digest[1]])
}

/// Asks all of a history again. Both books say the same, every invariant holds after each command, and whoever goes on
/// from a snapshot comes to the same state.
fn heard(history: &History) -> Said {
    let (mut fast, mut plain) = (Exchange::<FastBook>::new(), Exchange::<PlainBook>::new());
    let mut commands = Vec::new();
    for asked in history {
        let (mut events, mut expected) = (Vec::new(), Vec::new());
        let answer = fast.apply(asked, &mut events);
        assert_eq!(answer, plain.apply(asked, &mut expected), "{asked:?}");
        assert_eq!(events, expected, "{asked:?}");
        if let Err(broken) = fast.check_invariants() {
            panic!("after {asked:?}: {broken}");
        }
        if asked.seq.0.is_multiple_of(16) {
            plain = Exchange::load(&fast.save()).expect("what was saved can be loaded");
        }
        commands.push(digest(&answer, &events));
    }
    let state = fast.state_hash();
    assert_eq!(state, plain.state_hash());
    let loaded = Exchange::<PlainBook>::load(&fast.save()).expect("what was saved can be loaded");
    assert_eq!(state, loaded.state_hash());
    Said {
        commands,
        state: u32::from_be_bytes(*state.0.first_chunk().expect("a digest is longer")),
    }
}

/// Digests in one line.
fn line(commands: &[u16]) -> String {
    let words: Vec<_> = commands.iter().map(|digest| format!("{digest:04x}")).collect();
    words.join(" ")
}

#[test]
fn what_was_said_once_is_said_again() {
    let histories = histories();
    let heard: Vec<_> = histories.iter().map(heard).collect();
    if std::env::var_os("ZHIHENG_RENEW").is_some() {
        let said = heard.iter().map(|said| line(&said.commands) + "\n").collect::<String>();
        let states = heard
            .iter()
            .map(|said| format!("{:08x}\n", said.state))
            .collect::<String>();
        fs::write(file("said.txt"), said).unwrap();
        fs::write(file("states.txt"), states).unwrap();
    }
    let said = fs::read_to_string(file("said.txt")).unwrap();
    let states = fs::read_to_string(file("states.txt")).unwrap();
    assert_eq!(
        (said.lines().count(), states.lines().count()),
        (histories.len(), histories.len())
    );
    let mut changed = Vec::new();
    for (number, ((history, now), (said, state))) in histories
        .iter()
        .zip(&heard)
        .zip(said.lines().zip(states.lines()))
        .enumerate()
    {
        let now_said = line(&now.commands);
        if now_said != said {
            let differs = |(now, then): (&str, &str)| now != then;
            let place = now_said.split(' ').zip(said.split(' ')).position(differs);
            changed.push(format!(
                "history {number}: something else is said to {:?}",
                place.and_then(|place| history.get(place))
            ));
        } else if *state != format!("{:08x}", now.state) {
            changed.push(format!("history {number} leads to another state"));
        }
    }
    assert!(
        changed.is_empty(),
        "{} of {} histories; the first:\n{}",
        changed.len(),
        histories.len(),
        changed[..changed.len().min(5)].join("\n")
    );
}

/// What a snapshot has before its image, and behind it.
const FRAME: (usize, usize) = (16, 32);

/// What loading says of an image: `.` where it is a state like any other, else a digit of the digest of the fault.
fn verdict(head: &[u8], image: &[u8]) -> char {
    let length = (image.len() as u64).to_le_bytes();
    let snapshot = [&head[..8], &length, image, &Sha256::digest(image)].concat();
    match Exchange::<FastBook>::load(&snapshot) {
        Ok(_) => '.',
        Err(SnapshotError::Malformed(why)) => {
            char::from_digit(u32::from(Sha256::digest(why)[0] >> 4), 16).expect("below sixteen")
        }
        Err(framed) => panic!("the frame is right: {framed}"),
    }
}

/// The verdicts on the image at the end of a history, with each of its bytes in turn put up by so much.
fn verdicts(history: &History, by: u8) -> String {
    let mut exchange = Exchange::<FastBook>::new();
    for asked in history {
        exchange.apply(asked, &mut Vec::new());
    }
    let snapshot = exchange.save();
    let (head, image) = snapshot.split_at(FRAME.0);
    let image = &image[..image.len() - FRAME.1];
    let of_place = |place: usize| {
        let mut image = image.to_vec();
        image[place] = image[place].wrapping_add(by);
        verdict(head, &image)
    };
    (0..image.len()).map(of_place).collect()
}

/// An image whose digest is right and that says a number otherwise is refused for the reason for which it was refused
/// once, or loaded. A new layout of the state changes all of it (`ZHIHENG_RENEW=1`); a rule changes what it is about.
#[test]
fn an_image_with_another_byte_is_answered_as_it_was() {
    let histories = histories();
    let kept = fs::read_to_string(file("images.txt")).unwrap();
    let lines: Vec<_> = kept.lines().map(|line| line.split(' ').collect::<Vec<_>>()).collect();
    let now = |line: &Vec<&str>| {
        let [number, by] = [0, 1].map(|place| line[place].parse::<usize>().expect("a number"));
        verdicts(&histories[number], u8::try_from(by).expect("a byte"))
    };
    let said: Vec<_> = lines.iter().map(now).collect();
    if std::env::var_os("ZHIHENG_RENEW").is_some() {
        let line = |(line, said): (&Vec<&str>, &String)| format!("{} {} {said}\n", line[0], line[1]);
        fs::write(
            file("images.txt"),
            lines.iter().zip(&said).map(line).collect::<String>(),
        )
        .unwrap();
        return;
    }
    assert!(!lines.is_empty());
    for (line, said) in lines.iter().zip(&said) {
        let differs = said.chars().zip(line[2].chars()).position(|(now, then)| now != then);
        assert!(
            differs.is_none() && said.len() == line[2].len(),
            "history {}, bytes put up by {}: at byte {differs:?} of {} another verdict",
            line[0],
            line[1],
            said.len()
        );
    }
}
