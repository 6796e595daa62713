//! A disk that says no: input/output errors, no space, short writes. A failed write or sync ends the journal; a full
//! disk is a refusal before anything was taken.

mod support;

use journal::{
    AppendError, Batch, Disk as _, DiskError, Failure, Faults, Journal, OpenError, Options, Shortage, SimDisk,
};
use support::{Ended, Random, Record, SMALL, times};

/// Sessions of `batches` whose `n`-th call fails.
fn fail_everywhere(failure: Failure, calls: u64) {
    let (mut refused, mut stopped, mut harmless) = (0, 0, 0);
    // A part of a search takes every so many calls only.
    let step = (calls / times(calls).clamp(1, calls)) as usize;
    for n in (1..=times(calls).max(calls)).step_by(step) {
        let mut random = Random(n);
        let disk = SimDisk::new(n, Faults::default());
        let mut record = Record::default();
        // A journal with a torn tail now and then, so that cutting is among the calls that fail.
        record.session(disk.clone(), SMALL, &mut random, 3, false).unwrap();
        if random.one_in(2) {
            disk.set_faults(Faults {
                crash_at: Some(6 + random.below(6)),
                ..Faults::default()
            });
            record.session(disk.clone(), SMALL, &mut random, 3, false).unwrap();
            disk.power_cut();
        }
        disk.set_faults(Faults {
            fail_at: Some((n, failure)),
            ..Faults::default()
        });
        let ended = record
            .session(disk.clone(), SMALL, &mut random, n as usize / 3 + 2, true)
            .unwrap();
        assert!(disk.calls() >= n, "call {n} was not reached");
        match (&ended, failure) {
            (Ended::Closed, _) => harmless += 1,
            (Ended::NotOpened(OpenError::Disk(_)), Failure::InputOutput | Failure::NoSpace) => refused += 1,
            (Ended::Stopped(AppendError::Poisoned { .. }), Failure::InputOutput | Failure::NoSpace) => stopped += 1,
            _ => panic!("call {n}, {failure:?}: {ended:?}"),
        }
        // Whoever restarts it, at once or after a power cut or both, finds all that was acknowledged.
        for _ in 0..2 {
            if random.one_in(2) {
                disk.kill()
            } else {
                disk.power_cut()
            }
            disk.set_faults(Faults::default());
            let close = random.one_in(2);
            let ended = record.session(disk.clone(), SMALL, &mut random, 3, close);
            assert!(
                matches!(ended, Ok(Ended::Closed | Ended::Abandoned)),
                "call {n}, {failure:?}: {ended:?}"
            );
        }
        disk.power_cut();
        record.open(disk, SMALL).unwrap().unwrap();
    }
    println!("{failure:?} at each of {calls} calls: {refused} did not open, {stopped} stopped, {harmless} went on");
    assert_eq!(failure == Failure::Short, stopped == 0);
}

#[test]
fn input_output_errors_at_every_call_to_2_000() {
    fail_everywhere(Failure::InputOutput, 2_000);
}

#[test]
fn no_space_at_every_call_to_2_000() {
    fail_everywhere(Failure::NoSpace, 2_000);
}

#[test]
fn short_reads_and_writes_at_every_call_to_2_000() {
    fail_everywhere(Failure::Short, 2_000);
}

#[test]
fn a_segment_whose_name_a_full_disk_lost_is_created_again_before_anything_stands_in_it() {
    let mut went_on = 0;
    for n in 1..=400 {
        let mut random = Random(n);
        let disk = SimDisk::new(
            n,
            Faults {
                fail_at: Some((n, Failure::NoSpace)),
                ..Faults::default()
            },
        );
        let mut record = Record::default();
        let ended = record.session(disk.clone(), SMALL, &mut random, 60, true).unwrap();
        went_on += u32::from(ended == Ended::Closed);
        disk.power_cut();
        record.open(disk, SMALL).unwrap().unwrap();
    }
    assert!(went_on > 100, "{went_on} sessions went on");
}

#[test]
fn a_full_disk_is_a_refusal_and_passes() {
    for seed in 0..200 {
        let mut random = Random(seed);
        // Room for a first segment, and some of the others.
        let capacity = (9 << 10) + random.below(24 << 10);
        let disk = SimDisk::new(
            seed,
            Faults {
                capacity: Some(capacity),
                ..Faults::default()
            },
        );
        let mut record = Record::default();
        let (mut journal, _) = record.open(disk.clone(), SMALL).unwrap().unwrap();
        let mut batch = Batch::new(&SMALL);
        while let Some(appended) = record.append(&mut journal, &mut batch, &mut random, 8).unwrap() {
            appended.unwrap();
        }
        let space = journal.space();
        assert_eq!(space.shortage(), Shortage::DiskFull);
        assert!(!space.try_reserve(2_000));

        // A restart on the full disk finds everything, and refuses as clearly.
        if random.one_in(2) {
            let closed = journal.close();
            assert_eq!(closed, Ok(()), "an end mark always fits");
            disk.power_cut();
            let (again, recovery) = record.open(disk.clone(), SMALL).unwrap().unwrap();
            assert!(recovery.clean);
            journal = again;
        }
        let space = journal.space();
        assert!(!space.try_reserve(2_000));

        disk.set_capacity(None);
        assert!(space.try_reserve(300), "space has come back");
        space.release(300);
        for _ in 0..20 {
            record
                .append(&mut journal, &mut batch, &mut random, 8)
                .unwrap()
                .expect("room")
                .unwrap();
        }
        journal.close().unwrap();
        disk.power_cut();
        record.open(disk, SMALL).unwrap().unwrap();
    }
}

#[test]
fn a_new_journal_on_a_full_disk_says_so() {
    let disk = SimDisk::new(
        1,
        Faults {
            capacity: Some(4_096),
            ..Faults::default()
        },
    );
    let error = Journal::open(disk.clone(), SMALL, &mut |_| Ok(()))
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(error, OpenError::Disk(DiskError::NoSpace { .. })), "{error}");
    disk.set_capacity(None);
    assert!(Journal::open(disk, SMALL, &mut |_| Ok(())).is_ok());
}

#[test]
fn what_was_reserved_always_fits() {
    for seed in 0..300 {
        let mut random = Random(seed);
        let batch_bytes_max = 512 * (1 + random.below(8));
        let options = Options {
            segment_bytes: 512 + batch_bytes_max + 512 * random.below(30),
            batch_bytes_max,
            prepared_ahead: 1 + random.below(3) as usize,
        };
        let capacity = options.segment_bytes * (2 + random.below(6));
        let disk = SimDisk::new(
            seed,
            Faults {
                capacity: Some(capacity),
                ..Faults::default()
            },
        );
        let mut record = Record::default();
        let (mut journal, _) = record.open(disk.clone(), options).unwrap().unwrap();
        let space = journal.space();
        let mut batch = Batch::new(&options);
        // Everything that is ever reserved is waiting before the first of it is written.
        let mut waiting = Vec::new();
        loop {
            let body = support::request(&mut random);
            let bytes = journal::encoded_bytes(&body);
            if bytes as u64 + 200 > batch_bytes_max {
                continue;
            }
            if !space.try_reserve(bytes) {
                break;
            }
            waiting.push(body);
        }
        let mut seq = protocol::Seq(0);
        for body in waiting {
            seq = seq.next();
            let stamped = protocol::Stamped {
                seq,
                at: protocol::Timestamp(1),
                body,
            };
            if batch.push(&stamped).is_err() {
                journal.append(&mut batch).unwrap();
                batch.push(&stamped).unwrap();
            }
            if random.one_in(3) {
                journal.append(&mut batch).unwrap();
            }
        }
        if !batch.is_empty() {
            journal.append(&mut batch).unwrap();
        }
        assert_eq!(journal.durable_up_to(), seq);
        journal.close().unwrap();
    }
}

#[test]
fn as_much_may_be_reserved_as_after_an_opening() {
    for seed in 0..20 {
        let mut random = Random(seed);
        let disk = SimDisk::new(seed, Faults::default());
        let mut record = Record::default();
        let (mut journal, _) = record.open(disk.clone(), SMALL).unwrap().unwrap();
        let mut batch = Batch::new(&SMALL);
        for _ in 0..40 {
            let appended = record.append(&mut journal, &mut batch, &mut random, 8).unwrap();
            appended.expect("room").unwrap();
            // All that was reserved is written, or was given back.
            let (opened, _) = record.clone().open(disk.fork(), SMALL).unwrap().unwrap();
            assert_eq!(journal.space().available(), opened.space().available());
        }
    }
}

#[test]
fn the_worst_packing_still_fits_and_so_does_the_end_mark() {
    // Long requests alone in their batches, and segments that waste all but one sector of a batch.
    let title = protocol::Bounded::new(&"x".repeat(256)).unwrap();
    let entity = |number: u32| protocol::Request {
        by: protocol::UserId(number),
        client: None,
        command: protocol::Command::RegisterEntity(Box::new(protocol::party::RegisterEntity {
            name: title.clone(),
            kind: protocol::party::EntityKind::Fund,
            legal_id: protocol::party::LegalId::Lei(protocol::Bounded::new("529900T8BM49AURSDO55").unwrap()),
            evidence: Some(protocol::Digest([7; 32])),
        })),
    };
    let tick = |number: u32| protocol::Request {
        by: protocol::UserId(number),
        client: None,
        command: protocol::Command::Tick,
    };
    let mut ends = 0;
    for (request, batches) in [(&entity as &dyn Fn(u32) -> _, 1), (&entity, 4), (&tick, 1), (&tick, 3)] {
        let bytes = journal::encoded_bytes(&request(1));
        let batch_bytes_max = batches * (160 + 24 + bytes as u64).next_multiple_of(512);
        for segment_bytes in (512 + batch_bytes_max..20 << 10).step_by(512) {
            for segments in 1..5 {
                let options = Options {
                    segment_bytes,
                    batch_bytes_max,
                    prepared_ahead: 4,
                };
                let capacity = Some(segments * segment_bytes);
                let disk = SimDisk::new(
                    1,
                    Faults {
                        capacity,
                        ..Faults::default()
                    },
                );
                let (mut journal, _) = Journal::open(disk, options, &mut |_| Ok(())).unwrap();
                let space = journal.space();
                let mut batch = Batch::new(&options);
                let mut reserved = 0;
                while space.try_reserve(bytes) {
                    reserved += 1;
                }
                for number in 1..=reserved {
                    let seq = protocol::Seq(number);
                    let at = protocol::Timestamp(number);
                    batch
                        .push(&protocol::Stamped {
                            seq,
                            at,
                            body: request(number as u32),
                        })
                        .unwrap();
                    assert_eq!(journal.append(&mut batch), Ok(seq), "{options:?}, {segments} segments");
                }
                assert_eq!(
                    journal.close(),
                    Ok(()),
                    "{options:?}, {segments} segments, {reserved} reserved"
                );
                ends += 1;
            }
        }
    }
    assert!(ends > 100);
}

#[test]
fn what_was_not_reserved_is_refused_and_costs_nothing() {
    let disk = SimDisk::new(
        1,
        Faults {
            capacity: Some(8 << 10),
            ..Faults::default()
        },
    );
    let (mut journal, _) = Journal::open(disk.clone(), SMALL, &mut |_| Ok(())).unwrap();
    let mut batch = Batch::new(&SMALL);
    let mut seq = protocol::Seq(1);
    let mut refusals = 0;
    while refusals < 3 {
        let body = protocol::Request {
            by: protocol::UserId(0),
            client: None,
            command: protocol::Command::Tick,
        };
        if batch.is_empty() {
            batch
                .push(&protocol::Stamped {
                    seq,
                    at: protocol::Timestamp(0),
                    body,
                })
                .unwrap();
        }
        match journal.append(&mut batch) {
            Ok(durable) => {
                assert_eq!(durable, seq);
                seq = seq.next();
            }
            Err(AppendError::Full) => {
                refusals += 1;
                assert_eq!(batch.len(), 1, "the batch is as it was");
                if refusals == 2 {
                    disk.set_capacity(None);
                    assert_eq!(journal.append(&mut batch), Ok(seq), "and fits once there is room");
                    seq = seq.next();
                    disk.set_capacity(Some(0));
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
    let mut replayed = 0;
    drop(journal);
    Journal::open(disk, SMALL, &mut |batch| {
        replayed += batch.requests.len() as u64;
        Ok(())
    })
    .unwrap();
    assert_eq!(replayed, seq.0 - 1);
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for options in [
        Options {
            segment_bytes: 1_000,
            ..SMALL
        },
        Options {
            batch_bytes_max: 8 << 10,
            ..SMALL
        },
        Options {
            batch_bytes_max: 0,
            ..SMALL
        },
        Options {
            prepared_ahead: 0,
            ..SMALL
        },
    ] {
        let disk = SimDisk::new(1, Faults::default());
        let error = Journal::open(disk.clone(), options, &mut |_| Ok(()))
            .map(|_| ())
            .unwrap_err();
        assert!(matches!(error, OpenError::Options(_)), "{error}");
        assert!(disk.list().unwrap().is_empty());
    }
}
