//! A journal whose last segments were taken away while nobody wrote it. Nothing in what is left is damaged; but a full
//! segment without the one that was prepared after it shows that there was more.

mod support;

use journal::{Disk as _, Faults, Journal, OpenError, Options, SimDisk};
use support::{Ended, Random, Record};

/// Batches are short beside a segment, as they are in real life.
const LONG: Options = Options {
    segment_bytes: 64 << 10,
    batch_bytes_max: 16 << 10,
    prepared_ahead: 1,
};

#[test]
fn a_full_segment_without_the_one_prepared_after_it_is_noticed_before_anything_is_changed() {
    let disk = SimDisk::new(1, Faults::default());
    let mut random = Random(1);
    let mut record = Record::default();
    for session in 0..8 {
        // Some are abandoned: a journal that crashed looks no different.
        let ended = record
            .session(disk.clone(), LONG, &mut random, 60, session % 2 == 0)
            .unwrap();
        assert_ne!(matches!(ended, Ended::Abandoned), session % 2 == 0);
    }
    let mut files = disk.list().unwrap();
    files.sort();
    assert!(files.len() > 4, "{files:?}");
    for kept in 1..files.len() {
        let wiped = disk.fork();
        for file in &files[kept..] {
            assert!(wiped.take_away(file));
        }
        let before: Vec<_> = files.iter().map(|file| wiped.contents(file)).collect();
        let mut seen = None;
        let refused = Journal::open_if(wiped.clone(), LONG, &mut |_| Ok(()), &mut |found| {
            seen = Some(found.next_is_missing);
            if found.next_is_missing {
                Err("no".to_owned())
            } else {
                Ok(())
            }
        });
        // The last of them was in use, and its successor is no loss.
        let complete = kept == files.len() - 1;
        assert_eq!(seen, Some(!complete), "{kept} of {files:?}");
        if !complete {
            assert_eq!(refused.map(drop), Err(OpenError::Refused("no".to_owned())));
            let after: Vec<_> = files.iter().map(|file| wiped.contents(file)).collect();
            assert!(before == after, "it was changed");
        }
    }
}
