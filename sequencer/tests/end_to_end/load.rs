//! Many at once.

use crate::support::{clock, config, found, nth, replica};
use sequencer::{BookKind, RealDisk, Refused, offline};
use std::{collections::VecDeque, thread, time::Instant};

#[test]
fn a_hundred_thousand_commands_from_four_threads() {
    const THREADS: u64 = 4;
    const EACH: u64 = 25_000;
    let dir = tempfile::tempdir().unwrap();
    let mut config = config();
    config.journal.segment_bytes = 8 << 20;
    // Small enough to be full at times.
    (config.ordinary, config.reserved) = (256, 64);
    let (running, watcher) = crate::support::start_watched(RealDisk::open(dir.path()).unwrap(), config, clock());
    let handle = running.handle;
    let instrument = found(&handle);
    let begun = Instant::now();
    let askers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let handle = handle.clone();
            thread::spawn(move || {
                let (mut seqs, mut pending, mut busy) = (Vec::new(), VecDeque::new(), 0);
                for n in 0..EACH {
                    let request = nth(instrument, n * THREADS + thread);
                    loop {
                        match handle.submit(request.clone(), handle.now()) {
                            Ok(answer) => break pending.push_back(answer),
                            Err(Refused::Busy { .. }) => {
                                busy += 1;
                                match pending.pop_front() {
                                    Some(oldest) => seqs.push(oldest.wait().unwrap().seq),
                                    None => thread::yield_now(),
                                }
                            }
                            Err(refused) => panic!("{refused}"),
                        }
                    }
                }
                seqs.extend(pending.into_iter().map(|answer| answer.wait().unwrap().seq));
                assert!(seqs.is_sorted_by(|a, b| a < b), "one asker's commands keep their order");
                (seqs, busy)
            })
        })
        .collect();
    let (mut seqs, mut busy) = (Vec::new(), 0);
    for asker in askers {
        let (asked, refused) = asker.join().unwrap();
        seqs.extend(asked);
        busy += refused;
    }
    let status = handle.status();
    println!(
        "{} commands in {:?}, {} batches, refused as busy {busy} times, mean sync {} us",
        seqs.len(),
        begun.elapsed(),
        status.batches,
        status.journal_ns / 1_000 / status.batches
    );
    handle.stop();
    let last = running.ended.wait().unwrap();
    seqs.sort();
    seqs.dedup();
    assert_eq!(seqs.len() as u64, THREADS * EACH);
    assert_eq!(seqs.last(), Some(&last));

    let (fast, events) = replica(dir.path(), BookKind::Fast);
    assert_eq!(watcher.join().unwrap().events, events);
    let report = offline::verify(dir.path(), BookKind::Plain, None, &mut |_| {}).unwrap();
    assert_eq!((report.last, report.state_hash), (last, fast.state_hash()));
}
