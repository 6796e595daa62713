//! A journal that is taken away under its writer: removed, moved, replaced, written over by a restore. What is written
//! to it then is durable, and nobody will ever find it: so it is not acknowledged, nor is anything after it. And a second
//! writer is kept out by more than a file that can be deleted.

mod support;

use journal::{AppendError, Batch, Faults, Journal, LOCK_FILE, OpenError, Options, RealDisk, SimDisk};
use std::{fs, path::Path};
use support::{Ended, Random, Record, SMALL, times};

/// A segment that holds all that these tests write.
const ONE: Options = Options {
    segment_bytes: 256 << 10,
    ..SMALL
};
const FIRST: &str = "0000000000000001.journal";

/// Writes, does `deed` to the folder, and writes on: what the journal says to that, and to the batch after it.
fn under_the_writer(deed: impl FnOnce(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("journal");
    let mut random = Random(5);
    let mut record = Record::default();
    let (mut journal, _) = record.open(RealDisk::open(&directory).unwrap(), ONE).unwrap().unwrap();
    let mut batch = Batch::new(&ONE);
    for turn in 0..6 {
        if turn == 3 {
            // A backup while it runs.
            fs::copy(directory.join(FIRST), folder.path().join("backup")).unwrap();
        }
        record
            .append(&mut journal, &mut batch, &mut random, 4)
            .unwrap()
            .unwrap()
            .unwrap();
    }
    assert_eq!(journal.look(), Ok(()));
    deed(folder.path());
    let said = record.append(&mut journal, &mut batch, &mut random, 4).unwrap();
    let Some(Err(AppendError::Poisoned { cause })) = said else {
        panic!("it goes on: {said:?}");
    };
    batch.clear();
    let after = record.append(&mut journal, &mut batch, &mut random, 4).unwrap();
    assert!(
        matches!(after, Some(Err(AppendError::Poisoned { .. })) | None),
        "{after:?}"
    );
    assert!(matches!(journal.look(), Err(AppendError::Poisoned { .. })));
    assert!(journal.close().is_err(), "no end mark vouches for it");
    cause
}

#[test]
fn a_segment_that_is_removed_moved_or_replaced_stops_the_writer_before_it_acknowledges() {
    let first = |folder: &Path| folder.join("journal").join(FIRST);
    let removed = under_the_writer(|folder| fs::remove_file(first(folder)).unwrap());
    assert!(
        removed.contains("was taken away under the server: it was removed"),
        "{removed}"
    );
    let moved = under_the_writer(|folder| fs::rename(first(folder), folder.join("elsewhere")).unwrap());
    assert!(moved.contains("was moved"), "{moved}");
    let folder_moved = under_the_writer(|folder| fs::rename(folder.join("journal"), folder.join("j2")).unwrap());
    assert!(folder_moved.contains("was moved"), "{folder_moved}");
    let folder_gone = under_the_writer(|folder| fs::remove_dir_all(folder.join("journal")).unwrap());
    assert!(folder_gone.contains("was removed"), "{folder_gone}");
    let replaced = under_the_writer(|folder| fs::rename(folder.join("backup"), first(folder)).unwrap());
    assert!(replaced.contains("another file has its name"), "{replaced}");
}

#[test]
fn a_restore_over_the_open_segment_stops_the_writer_before_it_acknowledges() {
    let first = |folder: &Path| folder.join("journal").join(FIRST);
    // `cp` writes into the very file.
    let restored = under_the_writer(|folder| assert!(fs::copy(folder.join("backup"), first(folder)).is_ok()));
    assert!(
        restored.contains("other bytes stand where its last batch was"),
        "{restored}"
    );
    let halfway = under_the_writer(|folder| {
        let backup = fs::read(folder.join("backup")).unwrap();
        fs::write(first(folder), &backup[..backup.len() / 2]).unwrap();
    });
    assert!(halfway.contains("its length is another"), "{halfway}");
}

#[test]
fn whoever_writes_nothing_learns_of_it_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut record = Record::default();
    let (mut journal, _) = record
        .open(RealDisk::open(folder.path()).unwrap(), ONE)
        .unwrap()
        .unwrap();
    assert_eq!(journal.look(), Ok(()), "nothing was written yet");
    let mut batch = Batch::new(&ONE);
    record
        .append(&mut journal, &mut batch, &mut Random(1), 4)
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(journal.look(), Ok(()));
    fs::remove_file(folder.path().join(FIRST)).unwrap();
    assert!(journal.look().unwrap_err().to_string().contains("was removed"));
}

#[test]
fn without_its_lock_file_a_journal_keeps_a_second_writer_out() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("journal");
    let mut record = Record::default();
    let (mut journal, _) = record.open(RealDisk::open(&directory).unwrap(), ONE).unwrap().unwrap();
    record
        .append(&mut journal, &mut Batch::new(&ONE), &mut Random(1), 4)
        .unwrap()
        .unwrap()
        .unwrap();
    fs::remove_file(directory.join(LOCK_FILE)).unwrap();
    let error = RealDisk::open(&directory).unwrap_err().to_string();
    assert!(error.contains("in use by another process"), "{error}");
    // The same files in another folder, as a backup of links has them, or a folder that somebody put in the place.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::hard_link(directory.join(FIRST), other.join(FIRST)).unwrap();
    let disk = RealDisk::open(&other).unwrap();
    let error = Journal::open(disk, ONE, &mut |_| Ok(())).map(drop).unwrap_err();
    assert!(matches!(error, OpenError::Disk(_)), "{error}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    drop(journal);
    assert!(Journal::open(RealDisk::open(&other).unwrap(), ONE, &mut |_| Ok(())).is_ok());
    assert!(RealDisk::open(&directory).is_ok());
}

#[test]
fn nothing_is_acknowledged_after_it_at_whatever_batch_it_comes() {
    let mut stopped = 0;
    for seed in 0..times(400) {
        let mut random = Random(seed);
        let disk = SimDisk::new(seed, Faults::default());
        let mut record = Record::default();
        record
            .session(disk.clone(), SMALL, &mut random, 3, seed % 2 == 0)
            .unwrap();
        let mut journal = record.open(disk.clone(), SMALL).unwrap().unwrap().0;
        let mut batch = Batch::new(&SMALL);
        let (mut taken, mut backup) = (None, None);
        for turn in 0..24 {
            let files: Vec<String> = journal::Disk::list(&disk).unwrap();
            if turn == 4 {
                backup = Some(
                    files
                        .iter()
                        .map(|file| (file.clone(), disk.contents(file).unwrap()))
                        .collect::<Vec<_>>(),
                );
            }
            if turn > 5 && taken.is_none() && random.one_in(6) {
                // All of them: the one that is written is among them.
                let old = backup.as_ref().unwrap();
                let way = random.below(4);
                for file in &files {
                    let restored = old.iter().find(|(name, _)| name == file);
                    match (way, restored) {
                        (1, Some((_, bytes))) => disk.replace(file, bytes.clone()),
                        (2, Some((_, bytes))) => assert!(disk.overwrite(file, bytes)),
                        (3, _) => assert!(disk.overwrite(file, &[])),
                        _ => assert!(disk.take_away(file)),
                    }
                }
                taken = Some(record.acknowledged);
            }
            match record.append(&mut journal, &mut batch, &mut random, 3).unwrap() {
                Some(Ok(_)) => assert_eq!(taken, None, "seed {seed}"),
                Some(Err(_)) => {
                    assert!(taken.is_some(), "seed {seed}");
                    stopped += 1;
                    break;
                }
                None => {}
            }
        }
        assert!(taken.is_none_or(|taken| taken == record.acknowledged), "seed {seed}");
        assert_eq!(journal.close().is_err(), taken.is_some(), "seed {seed}");
        if taken.is_none() {
            let ended = record.session(disk, SMALL, &mut random, 3, true).unwrap();
            assert_eq!(ended, Ended::Closed);
        }
    }
    assert!(stopped * 4 > times(400), "only {stopped}");
}
