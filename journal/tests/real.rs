//! A real directory: the lock, the background thread, and a reader beside a writer.

mod support;

use journal::{
    Batch, Disk as _, DiskError, DiskFile as _, Journal, LOCK_FILE, Options, Reader, RealDisk, encoded_bytes,
};
use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};
use support::{Random, Record, SMALL};

const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn a_second_process_is_told_who_has_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("data/journal");
    let disk = RealDisk::open(&directory).unwrap();
    let error = RealDisk::open(&directory).unwrap_err();
    assert_eq!(
        error,
        DiskError::Locked {
            directory: directory.display().to_string(),
            process: Some(std::process::id())
        }
    );
    assert!(
        error.to_string().contains("in use by another process (process "),
        "{error}"
    );
    // The lock lives as long as the journal does.
    let (journal, recovery) = Journal::open(disk, SMALL, &mut |_| Ok(())).unwrap();
    assert!(recovery.created && recovery.clean);
    assert!(RealDisk::open(&directory).is_err());
    drop(journal);
    RealDisk::open(&directory).unwrap();
}

#[test]
fn a_disk_opened_for_reading_does_not_write() {
    let folder = tempfile::tempdir().unwrap();
    assert!(RealDisk::open_read_only(folder.path().join("nothing")).is_err());
    let disk = RealDisk::open_read_only(folder.path()).unwrap();
    assert_eq!(disk.create("a").unwrap_err(), DiskError::ReadOnly);
    assert_eq!(disk.remove("a").unwrap_err(), DiskError::ReadOnly);
    assert_eq!(disk.sync_directory().unwrap_err(), DiskError::ReadOnly);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let mut reader = Reader::open(disk).unwrap();
    assert!(reader.next_batch().unwrap().is_none());
    assert!(reader.summary().created);
    // Nor into a file that is there.
    fs::write(folder.path().join("a"), "as it was").unwrap();
    let file = RealDisk::open_read_only(folder.path()).unwrap().open("a").unwrap();
    assert_eq!(file.write_at(b"other", 0), Err(DiskError::ReadOnly));
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"as it was");
}

#[test]
fn segments_are_prepared_in_the_background_and_everything_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(3);
    let mut record = Record::default();
    for session in 0..4 {
        let disk = RealDisk::open(folder.path()).unwrap();
        let (mut journal, recovery) = record.open(disk, SMALL).unwrap().unwrap();
        assert_eq!(recovery.clean, session != 2, "the second session was abandoned");
        let space = journal.space();
        let mut batch = Batch::new(&SMALL);
        for _ in 0..60 {
            // Wait for the room of the largest batch, then give it back.
            assert!(space.reserve_within(1_500, PATIENCE));
            space.release(1_500);
            if let Some(appended) = record.append(&mut journal, &mut batch, &mut random, 8).unwrap() {
                appended.unwrap();
            }
        }
        if session != 1 {
            journal.close().unwrap();
        }
    }
    let segments = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name() != LOCK_FILE);
    assert!(segments.count() > 10);
}

#[test]
fn a_reader_keeps_up_beside_a_writer() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        segment_bytes: 64 << 10,
        batch_bytes_max: 8 << 10,
        prepared_ahead: 1,
    };
    let (mut journal, _) = Journal::open(RealDisk::open(folder.path()).unwrap(), options, &mut |_| Ok(())).unwrap();
    let durable = AtomicU64::new(0);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut random = Random(9);
            let mut batch = Batch::new(&options);
            let space = journal.space();
            let mut seq = protocol::Seq(0);
            for _ in 0..1_500 {
                for _ in 0..1 + random.below(40) {
                    let body = support::request(&mut random);
                    assert!(space.reserve_within(encoded_bytes(&body), PATIENCE));
                    let next = protocol::Stamped {
                        seq: seq.next(),
                        at: protocol::Timestamp(seq.0),
                        body,
                    };
                    if batch.push(&next).is_err() {
                        space.release(encoded_bytes(&next.body));
                        break;
                    }
                    seq = seq.next();
                }
                assert_eq!(journal.append(&mut batch), Ok(seq));
                durable.store(seq.0, Ordering::Release);
            }
        });
        let mut rounds = 0;
        while !writer.is_finished() {
            let before = durable.load(Ordering::Acquire);
            let mut reader = Reader::open(RealDisk::open_read_only(folder.path()).unwrap()).unwrap();
            let mut expected = protocol::Seq(0);
            while let Some(batch) = reader.next_batch().unwrap() {
                for request in batch.requests {
                    expected = expected.next();
                    assert_eq!(request.seq, expected);
                }
            }
            assert!(expected.0 >= before, "{} of {before}", expected.0);
            rounds += 1;
        }
        println!("{rounds} readings beside a writer");
    });
}
