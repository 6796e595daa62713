//! A journal whose end was wiped, and a clock that is wrong: a start goes on by somebody's word alone, and says so in
//! the journal.

use crate::support::{START, ask, clock, config, done, found, nth, start};
use protocol::{Command, Event, Notice, PublicEvent, Seq, Timestamp, control::AcceptLoss, time::SECOND};
use sequencer::{BookKind, Config, Doubt, Known, Mark, Missed, Publisher, RealDisk, Running, StartError};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

const DAY: u64 = 86_400 * SECOND;

fn knowing(known: Known) -> Config {
    Config { known, ..config() }
}

fn marked(mark: Option<Mark>) -> Known {
    Known {
        mark,
        ..Known::default()
    }
}

fn try_start(dir: &Path, known: Known, now: Timestamp) -> Result<Running, Doubt> {
    let manual = clock();
    manual.set(now);
    let disk = RealDisk::open(dir).unwrap();
    match sequencer::start(disk, knowing(known), manual, Publisher::none()) {
        Ok(running) => Ok(running),
        Err(StartError::Doubt(doubt)) => Err(doubt),
        Err(other) => panic!("{other}"),
    }
}

/// Runs a venue, on with what is there, for `count` orders; gives the mark it leaves, before and after its clean stop.
fn run(dir: &Path, from: u64, count: u64) -> (Mark, Mark) {
    let running = start(RealDisk::open(dir).unwrap(), config(), clock());
    let instrument = if from == 0 {
        found(&running.handle)
    } else {
        protocol::InstrumentId(0)
    };
    (from..from + count).for_each(|n| {
        ask(&running.handle, nth(instrument, n));
    });
    let before = running.handle.mark().unwrap();
    running.handle.stop();
    let last = running.ended.wait().unwrap();
    let after = running.handle.mark().unwrap();
    assert_eq!((before.seq, before.closed), (last, false));
    assert_eq!(after, Mark { closed: true, ..before });
    (before, after)
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some())
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect()
}

fn restore(files: &BTreeMap<String, Vec<u8>>) {
    files.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
}

#[test]
fn an_old_folder_is_not_gone_on_with_but_by_the_word_that_names_its_last_command() {
    let dir = tempfile::tempdir().unwrap();
    let (old, _) = run(dir.path(), 0, 20);
    let backup = files(dir.path());
    let (_, mark) = run(dir.path(), 20, 20);
    let whole = files(dir.path());
    // What is whole is believed, whatever is known of it.
    for known in [marked(Some(mark)), marked(Some(old)), Known::default()] {
        let running = try_start(dir.path(), known, START).unwrap();
        assert_eq!(running.recovery.missed, None);
        running.handle.stop();
        running.ended.wait().unwrap();
        restore(&whole);
    }

    restore(&backup);
    let left = old.seq;
    for accepted in [None, Some(mark.seq), Some(Seq(left.0 - 1))] {
        let known = Known {
            accept_loss: accepted,
            ..marked(Some(mark))
        };
        let doubt = try_start(dir.path(), known, START).err().expect("it goes on");
        assert!(
            matches!(doubt, Doubt::Missing { known, .. } if known == Some(mark.seq)),
            "{doubt}"
        );
        let said = doubt.to_string();
        let range = format!("commands {} to {} are missing", left.0 + 1, mark.seq.0);
        assert!(
            said.contains(&range) && said.contains(&format!("--accept-loss {}", left.0)),
            "{said}"
        );
        assert!(files(dir.path()) == backup, "nothing was changed");
    }
    // A receipt says as much.
    let receipts = vec![(Seq(left.0 + 3), START)];
    let known = Known {
        receipts,
        ..Known::default()
    };
    assert!(matches!(
        try_start(dir.path(), known, START).err(),
        Some(Doubt::Missing { .. })
    ));

    let known = Known {
        accept_loss: Some(left),
        ..marked(Some(mark))
    };
    let running = try_start(dir.path(), known, START).unwrap();
    let missed = Missed {
        left,
        known: Some(mark.seq),
    };
    assert_eq!(running.recovery.missed, Some(missed));
    let loss = AcceptLoss {
        left: missed.left,
        known: missed.known,
    };
    let told = running
        .handle
        .submit_own(Command::AcceptLoss(loss))
        .unwrap()
        .wait()
        .unwrap();
    done(told);
    running.handle.stop();
    running.ended.wait().unwrap();
    let (_, events) = crate::support::replica(dir.path(), BookKind::Plain);
    let public = |event: &protocol::Stamped<Event>| match &event.body {
        Event::Public(PublicEvent::Notice(notice)) => **notice == Notice::LossAccepted(loss),
        _ => false,
    };
    assert!(events.iter().any(public));
    // The mark of before is of another journal by now.
    let instead = try_start(dir.path(), marked(Some(mark)), START);
    assert!(instead.is_err(), "commands {} and before are others", mark.seq.0);
}

#[test]
fn another_journal_and_another_command_are_told_from_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, other) = (dir.path().join("ours"), dir.path().join("other"));
    let (_, mark) = run(&ours, 0, 20);
    run(&other, 0, 0);
    run(&other, 500, 60);
    let doubt = try_start(&other, marked(Some(mark)), START).err();
    assert!(
        matches!(doubt, Some(Doubt::Another { seq, .. }) if seq == mark.seq),
        "{doubt:?}"
    );
    let receipt = |at| Known {
        receipts: vec![(mark.seq, at)],
        ..Known::default()
    };
    assert!(matches!(
        try_start(&ours, receipt(START.after(1)), START).err(),
        Some(Doubt::Another { .. })
    ));
    let running = try_start(&ours, receipt(START), START).unwrap();
    running.handle.stop();
    running.ended.wait().unwrap();
}

#[test]
fn the_end_mark_of_a_clean_stop_is_missed() {
    let dir = tempfile::tempdir().unwrap();
    let (before, mark) = run(dir.path(), 0, 20);
    for (path, mut bytes) in files(dir.path()) {
        // The last header in the file is the end mark's.
        let Some(place) = bytes.windows(8).rposition(|window| window == b"\x89ZHb\r\n\x1a\n") else {
            continue;
        };
        bytes[place..place + 512].fill(0);
        fs::write(path, bytes).unwrap();
    }
    let doubt = try_start(dir.path(), marked(Some(mark)), START)
        .err()
        .expect("it goes on");
    assert!(doubt.to_string().contains("the end mark of a clean stop"), "{doubt}");
    let running = try_start(dir.path(), marked(Some(before)), START).unwrap();
    assert!(!running.recovery.clean);
    running.handle.stop();
    running.ended.wait().unwrap();
}

/// A start after a clean stop was killed in its first write: the mark of the stop is still the last one.
#[test]
fn a_torn_write_behind_a_clean_stop_is_no_loss() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mark) = run(dir.path(), 0, 20);
    let stopped = files(dir.path());
    run(dir.path(), 20, 1);
    for (path, whole) in files(dir.path()) {
        let Some(mut torn) = stopped.get(&path).cloned() else {
            continue;
        };
        let Some(begins) = (0..torn.len()).find(|&place| torn[place] != whole[place]) else {
            continue;
        };
        torn[begins..begins + 200].copy_from_slice(&whole[begins..begins + 200]);
        fs::write(path, torn).unwrap();
    }
    let running = try_start(dir.path(), marked(Some(mark)), START).unwrap();
    assert!(running.recovery.cut.is_some());
    assert_eq!((running.recovery.last, running.recovery.missed), (mark.seq, None));
    running.handle.stop();
    running.ended.wait().unwrap();
}

#[test]
fn a_clock_far_ahead_is_not_believed_and_one_behind_shows_that_time_stands_still() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 0, 3);
    let ahead = START.after(40 * DAY);
    let before = files(dir.path());
    let doubt = try_start(dir.path(), Known::default(), ahead).err();
    assert!(matches!(doubt, Some(Doubt::Clock { days: 40, .. })), "{doubt:?}");
    assert!(files(dir.path()) == before, "nothing was changed");
    let patient = Known {
        gap_max: Duration::from_secs(60 * 86_400),
        ..Known::default()
    };
    let accepting = Known {
        accept_time: Some(ahead),
        ..Known::default()
    };
    for known in [patient, accepting] {
        let running = try_start(dir.path(), known, ahead).unwrap();
        assert_eq!(running.handle.status().behind_ns, 0);
        running.handle.stop();
        running.ended.wait().unwrap();
    }
    // One command under a clock of a day ahead, and the clock is mended. Above the right may have ended meanwhile.
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 0, 3);
    let running = try_start(dir.path(), Known::default(), START.after(DAY)).unwrap();
    done(ask(
        &running.handle,
        crate::support::request(
            0,
            Command::OpenAccount {
                entity: protocol::EntityId(1),
            },
        ),
    ));
    running.handle.stop();
    running.ended.wait().unwrap();
    let running = try_start(dir.path(), Known::default(), START).unwrap();
    assert_eq!(running.handle.status().behind_ns, DAY);
    running.handle.stop();
    running.ended.wait().unwrap();
}
