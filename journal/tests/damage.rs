//! Damaged bytes, and writes that went astray: refused, or cut where nothing proves that it mattered; never accepted in
//! silence.

mod support;

use journal::{
    Batch, Disk, DiskError, DiskFile, Evidence, Faults, Journal, Mishap, OpenError, Options, Place, Reader, Recovery,
    SimDisk, SimFile,
};
use protocol::{Request, Seq, Stamped, Timestamp};
use std::collections::BTreeMap;
use support::{Ended, Random, Record, SMALL, request, times};

/// A journal on a disk, and where its batches stand.
struct Known {
    disk: SimDisk,
    files: Vec<(String, Vec<u8>)>,
    record: Record,
    /// Place and length in requests of every batch.
    batches: Vec<(Place, usize)>,
    ends_with_mark: bool,
}

impl Known {
    /// A journal of a few sessions, with end marks in its middle.
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let disk = SimDisk::new(random.next(), Faults::default());
        let mut record = Record::default();
        let sessions = 1 + random.below(3);
        for session in 1..=sessions {
            let close = session < sessions || random.one_in(2);
            let batches = 1 + random.below(12) as usize;
            record
                .session(disk.clone(), SMALL, &mut random, batches, close)
                .unwrap();
        }
        disk.power_cut();
        let mut batches = Vec::new();
        let mut reader = Reader::open(disk.clone()).unwrap();
        while let Some(batch) = reader.next_batch().unwrap() {
            batches.push((batch.place, batch.requests.len()));
        }
        assert_eq!(batches.len(), record.ends.len());
        let ends_with_mark = reader.summary().clean;
        let files = disk
            .list()
            .unwrap()
            .into_iter()
            .map(|name| (name.clone(), disk.contents(&name).unwrap()))
            .collect();
        Self {
            disk,
            files,
            record,
            batches,
            ends_with_mark,
        }
    }

    fn last_batch(&self) -> Place {
        self.batches.last().unwrap().0
    }
}

/// What an opening made of a damaged journal.
struct Outcome {
    replayed: usize,
    result: Result<Recovery, OpenError>,
}

/// Opens a copy of the damaged disk; what is replayed must be a prefix of what was written, in whole batches. The
/// reader must come to the same verdict.
fn open_damaged(known: &Known, disk: &SimDisk) -> Outcome {
    let mut replayed = 0;
    let result = Journal::open(disk.fork(), SMALL, &mut |batch| {
        known.record.compare(&mut replayed, batch)
    });
    let result = result.map(|(_, recovery)| recovery);
    if let Err(OpenError::Replay { reason, .. }) = &result {
        panic!("accepted in silence: {reason}");
    }
    let mut read = 0;
    let verdict = Reader::open(disk.clone()).and_then(|mut reader| {
        while let Some(batch) = reader.next_batch()? {
            read += batch.requests.len();
        }
        Ok(reader.summary())
    });
    assert_eq!((read, &verdict), (replayed, &result), "reader and opening disagree");
    Outcome { replayed, result }
}

#[test]
fn of_200_000_damaged_bytes_none_is_accepted_in_silence() {
    let mut kinds = BTreeMap::new();
    let mut random = Random(1);
    let mut damaged = 0;
    let mut seed = 0;
    while damaged < times(200_000) {
        seed += 1;
        let known = Known::new(seed);
        for _ in 0..2_000 {
            // Half of them where the batches are, which is little of it all.
            let (name, bytes) = &known.files[random.below(known.files.len() as u64) as usize];
            let used = bytes
                .iter()
                .rposition(|&byte| byte != 0)
                .map_or(0, |at| at + 1)
                .next_multiple_of(512);
            let reach = if used > 0 && random.one_in(2) {
                used
            } else {
                bytes.len()
            };
            let offset = random.below(reach as u64);
            let bit = random.below(8) as u8;
            assert!(known.disk.flip_bit(name, offset, bit));
            let place = Place {
                segment: name[..16].parse().unwrap(),
                offset,
            };
            let kind = judge_flip(&known, place);
            *kinds.entry(kind).or_insert(0) += 1;
            assert!(known.disk.flip_bit(name, offset, bit));
            damaged += 1;
        }
    }
    println!("{damaged} damaged bytes in {seed} journals: {kinds:?}");
    assert!(
        kinds.values().all(|&count| count > 100) && kinds.len() == 4,
        "{kinds:?}"
    );
}

/// One flipped bit at `place`: what becomes of it?
fn judge_flip(known: &Known, place: Place) -> &'static str {
    let outcome = open_damaged(known, &known.disk);
    let total = known.record.written.len();
    match outcome.result {
        Err(OpenError::Damaged {
            place: found, from_seq, ..
        }) => {
            assert_eq!(found.segment, place.segment, "the wrong segment is blamed");
            assert!(found.offset <= place.offset, "the wrong byte is blamed");
            assert_eq!(from_seq.0, outcome.replayed as u64 + 1);
            assert!(outcome.replayed <= total);
            "refused"
        }
        Err(other) => panic!("{place:?}: {other}"),
        Ok(recovery) => {
            let cut = recovery.cut.expect("a flipped bit was accepted in silence");
            assert!(cut.place.segment == place.segment && cut.place.offset <= place.offset);
            // The cut goes up to the last byte that is not zero: the flip may have made one of that.
            let byte = known.disk.contents(&place.file()).unwrap()[place.offset as usize];
            let end = cut.place.offset + cut.bytes;
            assert!(place.offset < end || byte == 0, "{place:?} {cut:?} {byte}");
            assert_eq!(cut.from_seq.0, outcome.replayed as u64 + 1);
            assert!(!recovery.clean);
            if outcome.replayed == total {
                return if place > known.last_batch() && known.ends_with_mark {
                    "end mark or zeros"
                } else {
                    "zeros"
                };
            }
            // Only the very last batch may go, and only where nothing proves that it was durable.
            let (last, requests) = *known.batches.last().unwrap();
            assert_eq!(outcome.replayed + requests, total, "more than the last batch was cut");
            assert!(!known.ends_with_mark, "cut in spite of an end mark");
            assert!(place.segment == last.segment && (place.offset >= last.offset || last.offset == 512));
            "last batch cut"
        }
    }
}

#[test]
fn damaged_sectors_are_never_accepted_in_silence() {
    let mut random = Random(2);
    let mut kinds = BTreeMap::new();
    for seed in 0..times(60) {
        let known = Known::new(1_000 + seed);
        for _ in 0..300 {
            let disk = known.disk.fork();
            let (name, bytes) = &known.files[random.below(known.files.len() as u64) as usize];
            let mut bytes = bytes.clone();
            let sectors = bytes.len() as u64 / 512;
            let (at, from) = (
                random.below(sectors) as usize * 512,
                random.below(sectors) as usize * 512,
            );
            let kind = match random.below(4) {
                0 => {
                    bytes[at..at + 512].fill(0);
                    "zeroed"
                }
                1 => {
                    bytes.copy_within(from..from + 512, at);
                    "copied"
                }
                2 => {
                    let (_, other) = &known.files[random.below(known.files.len() as u64) as usize];
                    bytes[at..at + 512].copy_from_slice(&other[from..from + 512]);
                    "copied from another segment"
                }
                _ => {
                    bytes[at..at + 512]
                        .iter_mut()
                        .for_each(|byte| *byte = random.next() as u8);
                    "scrambled"
                }
            };
            let same = known.files.iter().any(|(other, old)| other == name && *old == bytes);
            disk.replace(name, bytes);
            let outcome = open_damaged(&known, &disk);
            let missing = known.record.written.len() - outcome.replayed;
            if let Ok(recovery) = &outcome.result {
                let (last, requests) = *known.batches.last().unwrap();
                let place = Place {
                    segment: name[..16].parse().unwrap(),
                    offset: at as u64,
                };
                let at_last = place.segment == last.segment && place >= last;
                let header_of_last = last.offset == 512 && at == 0 && name[..16].parse() == Ok(last.segment);
                let only_last = missing == requests && (at_last || header_of_last) && !known.ends_with_mark;
                assert!(
                    missing == 0 || only_last,
                    "{kind} {name} at {at}: {missing} commands are gone"
                );
                // A last batch of one sector that is all zeros has left no trace; so has an end mark.
                let traceless = place >= last && kind != "scrambled";
                assert!(
                    same || recovery.cut.is_some() || traceless,
                    "{kind} {name} at {at}: accepted in silence"
                );
            }
            *kinds.entry((kind, outcome.result.is_err())).or_insert(0) += 1;
        }
    }
    println!("{kinds:?}");
}

#[test]
fn of_20_000_writes_gone_astray_all_are_detected() {
    let mut outcomes = BTreeMap::new();
    let mut detected = 0;
    let mut seed = 0;
    while detected < times(20_000) {
        for mishap in [Mishap::Lost, Mishap::Stale, Mishap::Misdirected] {
            seed += 1;
            let mut random = Random(seed);
            let disk = SimDisk::new(random.next(), Faults::default());
            let mut record = Record::default();
            // The first session writes zeros above all; the mishap strikes from the first batch on.
            let first = 1 + random.below(4) as usize;
            assert_eq!(
                record.session(disk.clone(), SMALL, &mut random, first, true),
                Ok(Ended::Closed)
            );
            let at = 5 + random.below(20);
            disk.set_faults(Faults {
                mishap_at: Some((at, mishap)),
                ..Faults::default()
            });
            let batches = 6 + random.below(14) as usize;
            assert_eq!(
                record.session(disk.clone(), SMALL, &mut random, batches, true),
                Ok(Ended::Closed)
            );
            let struck = disk.writes() >= at;
            let the_end_mark = disk.writes() == at;
            disk.power_cut();

            let mut replayed = 0;
            let opened = Journal::open(disk, SMALL, &mut |batch| record.compare(&mut replayed, batch));
            let outcome = match opened {
                Err(OpenError::Replay { reason, .. }) => panic!("seed {seed}: {reason}"),
                Err(error) => {
                    assert!(struck, "seed {seed}: refused without a mishap: {error}");
                    detected += 1;
                    match error {
                        OpenError::Damaged { .. } => "damaged",
                        OpenError::Misdirected { .. } => "misdirected",
                        OpenError::Stale { .. } => "stale",
                        OpenError::SequenceGap { .. } => "gap",
                        OpenError::ChainBroken { .. } => "chain",
                        other => panic!("seed {seed}: {other}"),
                    }
                }
                Ok((_, recovery)) => {
                    assert_eq!(replayed, record.written.len(), "seed {seed}: {mishap:?} in silence");
                    if recovery.cut.is_some() {
                        detected += 1;
                        "end mark damaged, or bytes in the zeros behind it"
                    } else if the_end_mark {
                        "end mark lost"
                    } else {
                        "without consequence"
                    }
                }
            };
            *outcomes.entry((format!("{mishap:?}"), outcome)).or_insert(0) += 1;
        }
    }
    println!("{detected} detected: {outcomes:#?}");
}

/// Appends batches of these lengths to a new journal.
fn journal_of(lengths: &[usize], close: bool) -> (SimDisk, Vec<Stamped<Request>>, Vec<Place>) {
    let mut random = Random(7);
    let disk = SimDisk::new(7, Faults::default());
    let (mut journal, _) = Journal::open(disk.clone(), SMALL, &mut |_| Ok(())).unwrap();
    let mut written = Vec::new();
    let mut batch = Batch::new(&SMALL);
    for &length in lengths {
        for _ in 0..length {
            let seq = protocol::Seq(written.len() as u64 + 1);
            written.push(Stamped {
                seq,
                at: protocol::Timestamp(seq.0),
                body: request(&mut random),
            });
            batch.push(written.last().unwrap()).unwrap();
        }
        journal.append(&mut batch).unwrap();
    }
    if close {
        journal.close().unwrap();
    } else {
        drop(journal);
    }
    let mut places = Vec::new();
    let mut reader = Reader::open(disk.clone()).unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        places.push(batch.place);
    }
    (disk, written, places)
}

fn open(disk: &SimDisk, options: Options) -> Result<Recovery, OpenError> {
    Journal::open(disk.clone(), options, &mut |_| Ok(())).map(|(_, recovery)| recovery)
}

/// Changes bytes of a header and makes its checksum right again.
fn forge(disk: &SimDisk, place: Place, header: usize, change: impl FnOnce(&mut [u8])) {
    let mut bytes = disk.contents(&place.file()).unwrap();
    let at = place.offset as usize;
    change(&mut bytes[at..at + header]);
    let crc = crc32c::crc32c(&bytes[at..at + header - 4]);
    bytes[at + header - 4..at + header].copy_from_slice(&crc.to_le_bytes());
    disk.replace(&place.file(), bytes);
}

#[test]
fn a_refusal_names_the_segment_the_byte_and_the_remedy() {
    let (disk, _, places) = journal_of(&[2, 2, 2], true);
    assert!(disk.flip_bit(&places[1].file(), places[1].offset + 200, 3));
    let error = open(&disk, SMALL).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(&format!("0000000000000001.journal at byte {}", places[1].offset)),
        "{message}"
    );
    assert!(
        message.contains("record 3 has a wrong checksum, from sequence 3 on"),
        "{message}"
    );
    assert!(
        message.contains("the batch from sequence 5 in 0000000000000001.journal"),
        "{message}"
    );
    assert!(message.contains("Restore this file from a copy"), "{message}");
    // A refusal changes nothing.
    assert_eq!(open(&disk, SMALL).unwrap_err(), error);
}

#[test]
fn the_last_batch_is_cut_loudly_or_refused_by_the_end_mark() {
    let (disk, _, places) = journal_of(&[2, 3], false);
    disk.flip_bit(&places[1].file(), places[1].offset + 300, 0);
    let recovery = open(&disk, SMALL).unwrap();
    let cut = recovery.cut.unwrap();
    assert_eq!(
        (cut.place, cut.from_seq.0, cut.up_to_seq.map(|seq| seq.0)),
        (places[1], 3, Some(5))
    );
    assert!(cut.to_string().contains("commands 3 to 5 may be lost"), "{cut}");
    assert!(!recovery.clean);
    // It was cut for good.
    assert_eq!(open(&disk, SMALL).unwrap().cut, None);

    let (disk, _, places) = journal_of(&[2, 3], true);
    disk.flip_bit(&places[1].file(), places[1].offset + 300, 0);
    let error = open(&disk, SMALL).unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::Damaged {
                evidence: Evidence::EndMark { .. },
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_damaged_end_mark_costs_no_command_until_something_follows_it() {
    let (disk, written, _) = journal_of(&[2, 3], true);
    let end_mark = {
        let bytes = disk.contents("0000000000000001.journal").unwrap();
        (bytes.iter().rposition(|&byte| byte != 0).unwrap() / 512 * 512) as u64
    };
    let damaged = disk.fork();
    damaged.flip_bit("0000000000000001.journal", end_mark + 20, 0);
    let recovery = open(&damaged, SMALL).unwrap();
    assert_eq!(recovery.last.0, written.len() as u64);
    assert!(!recovery.clean && recovery.cut.is_some());

    // One batch behind it is enough to prove that it was there.
    let mut record = Record {
        written,
        ..Record::default()
    };
    record.ends = vec![2, 5];
    let (mut journal, _) = Journal::open(disk.clone(), SMALL, &mut |_| Ok(())).unwrap();
    record
        .append(&mut journal, &mut Batch::new(&SMALL), &mut Random(1), 1)
        .unwrap()
        .unwrap()
        .unwrap();
    drop(journal);
    disk.flip_bit("0000000000000001.journal", end_mark + 20, 0);
    let error = open(&disk, SMALL).unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::Damaged {
                evidence: Evidence::Batch { .. },
                ..
            }
        ),
        "{error}"
    );
}

/// Written so, with every checksum right: only a program that was made for it writes that.
#[test]
fn a_record_of_no_time_is_refused() {
    for (at, is_read) in [(u64::MAX - 1, true), (u64::MAX, false)] {
        let disk = SimDisk::new(1, Faults::default());
        let (mut journal, _) = Journal::open(disk.clone(), SMALL, &mut |_| Ok(())).unwrap();
        let mut batch = Batch::new(&SMALL);
        let stamped = Stamped {
            seq: Seq(1),
            at: Timestamp(at),
            body: request(&mut Random(1)),
        };
        batch.push(&stamped).unwrap();
        journal.append(&mut batch).unwrap();
        drop(journal);
        let opened = open(&disk, SMALL);
        assert_eq!(opened.is_ok(), is_read, "{opened:?}");
        assert!(is_read || opened.unwrap_err().to_string().contains("no time"));
    }
}

#[test]
fn an_older_program_refuses_a_newer_version() {
    for (at, header) in [(8, 512), (8, 160), (10, 160)] {
        let (disk, _, places) = journal_of(&[2, 3], false);
        // In the last batch, too, which might be taken for torn.
        for place in if header == 512 {
            vec![Place { segment: 1, offset: 0 }]
        } else {
            places
        } {
            let disk = disk.fork();
            forge(&disk, place, header, |bytes| bytes[at] += 1);
            let error = open(&disk, SMALL).unwrap_err();
            assert!(
                matches!(error, OpenError::UnknownVersion { place: found, .. } if found == place),
                "{error}"
            );
        }
    }
}

#[test]
fn each_contradiction_has_its_own_name() {
    type Check = fn(&OpenError) -> bool;
    let forgeries: [(usize, Check); 8] = [
        (16, |error| {
            matches!(error, OpenError::EpochBackwards { .. } | OpenError::Damaged { .. })
        }),
        (24, |error| {
            matches!(error, OpenError::Stale { .. } | OpenError::Malformed { .. })
        }),
        (48, |error| matches!(error, OpenError::Malformed { .. })),
        (40, |error| {
            matches!(error, OpenError::SequenceGap { .. } | OpenError::Malformed { .. })
        }),
        (72, |error| matches!(error, OpenError::ChainBroken { .. })),
        (104, |error| matches!(error, OpenError::Damaged { .. })),
        (136, |error| matches!(error, OpenError::Misdirected { .. })),
        (152, |error| matches!(error, OpenError::Malformed { .. })),
    ];
    for (at, check) in forgeries {
        let (disk, _, places) = journal_of(&[2, 3, 1], true);
        forge(&disk, places[1], 160, |bytes| bytes[at] ^= 1);
        let error = open(&disk, SMALL).unwrap_err();
        assert!(check(&error), "byte {at}: {error}");
    }
    // More records than the body could hold.
    let (disk, _, places) = journal_of(&[2, 3, 1], true);
    forge(&disk, places[1], 160, |bytes| {
        bytes[64..68].copy_from_slice(&u32::MAX.to_le_bytes())
    });
    let error = open(&disk, SMALL).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("kind, count and length of the batch do not agree"),
        "{error}"
    );
    // A batch that says of itself that it was durable before it was written.
    let (disk, _, places) = journal_of(&[2, 3, 1], true);
    forge(&disk, places[1], 160, |bytes| bytes.copy_within(24..32, 32));
    let error = open(&disk, SMALL).unwrap_err();
    assert!(error.to_string().contains("durable before it was written"), "{error}");
    // A batch that is gone among others is no header that is gone.
    let (disk, _, places) = journal_of(&[2, 3, 1], true);
    let mut bytes = disk.contents(&places[1].file()).unwrap();
    bytes[places[1].offset as usize..places[2].offset as usize].fill(0);
    disk.replace(&places[1].file(), bytes);
    let error = open(&disk, SMALL).unwrap_err();
    assert!(error.to_string().contains("zeros where a batch must begin"), "{error}");
    // A segment that was meant for another place, and one of another length.
    let (disk, ..) = journal_of(&[2, 3, 1], true);
    forge(&disk, Place { segment: 1, offset: 0 }, 512, |bytes| bytes[16] = 9);
    assert!(matches!(open(&disk, SMALL).unwrap_err(), OpenError::Misdirected { .. }));
    let (disk, ..) = journal_of(&[2, 3, 1], true);
    let mut bytes = disk.contents("0000000000000001.journal").unwrap();
    bytes.truncate(6 << 10);
    disk.replace("0000000000000001.journal", bytes);
    assert!(matches!(
        open(&disk, SMALL).unwrap_err(),
        OpenError::SegmentLength {
            expected: 8192,
            found: 6144,
            ..
        }
    ));
}

#[test]
fn a_batch_from_another_journal_breaks_the_chain() {
    let (disk, _, places) = journal_of(&[2, 3, 1], true);
    let (other, ..) = journal_of(&[1, 4, 1], true);
    let file = places[0].file();
    let mut bytes = disk.contents(&file).unwrap();
    bytes[512..1024].copy_from_slice(&other.contents(&file).unwrap()[512..1024]);
    disk.replace(&file, bytes);
    let error = open(&disk, SMALL).unwrap_err();
    assert!(
        matches!(error, OpenError::SequenceGap { .. } | OpenError::ChainBroken { .. }),
        "{error}"
    );
}

#[test]
fn a_missing_segment_is_refused() {
    let (disk, ..) = journal_of(&[4; 30], true);
    let names = disk.list().unwrap();
    assert!(names.len() > 3);
    for name in &names[..names.len() - 1] {
        let disk = disk.fork();
        disk.remove(name).unwrap();
        let error = open(&disk, SMALL).unwrap_err();
        assert!(error.to_string().contains(name.as_str()), "{error}");
        assert!(matches!(error, OpenError::SegmentMissing { .. }), "{error}");
    }
    // The last one is only prepared.
    disk.remove(names.last().unwrap()).unwrap();
    assert!(open(&disk, SMALL).unwrap().clean);
}

#[test]
fn a_replay_that_diverges_stops_the_opening() {
    let (disk, ..) = journal_of(&[2, 3], true);
    let mut seen = 0;
    let error = Journal::open(disk, SMALL, &mut |_| {
        seen += 1;
        if seen == 2 {
            Err("other events".to_owned())
        } else {
            Ok(())
        }
    });
    let error = error.map(|_| ()).unwrap_err();
    assert!(matches!(&error, OpenError::Replay { first, reason, .. } if first.0 == 3 && reason == "other events"));
}

/// A disk whose files show zeros in a range of their own at each of the first looks: a batch that a server was still
/// writing then, while what it wrote afterwards may be there already.
#[derive(Debug)]
struct InFlight(SimDisk, Vec<std::ops::Range<usize>>);

#[derive(Debug)]
struct InFlightFile(SimFile, std::sync::Mutex<std::vec::IntoIter<std::ops::Range<usize>>>);

impl Disk for InFlight {
    type File = InFlightFile;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        self.0.list()
    }

    fn create(&self, _: &str) -> Result<InFlightFile, DiskError> {
        Err(DiskError::ReadOnly)
    }

    fn open(&self, name: &str) -> Result<InFlightFile, DiskError> {
        Ok(InFlightFile(
            self.0.open(name)?,
            std::sync::Mutex::new(self.1.clone().into_iter()),
        ))
    }

    fn remove(&self, _: &str) -> Result<(), DiskError> {
        Err(DiskError::ReadOnly)
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        Err(DiskError::ReadOnly)
    }
}

impl DiskFile for InFlightFile {
    fn length(&self) -> Result<u64, DiskError> {
        self.0.length()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, DiskError> {
        let read = self.0.read_at(buffer, offset)?;
        if let Some(gap) = self.1.lock().unwrap().next() {
            // A later look begins where the batch does.
            let place = |at: usize| at.saturating_sub(offset as usize).min(read);
            buffer[place(gap.start)..place(gap.end)].fill(0);
        }
        Ok(read)
    }

    fn write_at(&self, _: &[u8], _: u64) -> Result<usize, DiskError> {
        Err(DiskError::ReadOnly)
    }

    fn sync_data(&self) -> Result<(), DiskError> {
        Err(DiskError::ReadOnly)
    }

    fn claim(&self) -> Result<(), DiskError> {
        Err(DiskError::ReadOnly)
    }

    fn in_place(&self, length: u64) -> Result<(), DiskError> {
        self.0.in_place(length)
    }
}

/// How many requests a reader gets to see.
fn read_in_flight(disk: &SimDisk, looks: Vec<std::ops::Range<usize>>) -> usize {
    let mut reader = Reader::open(InFlight(disk.clone(), looks)).unwrap();
    let mut read = 0;
    while let Some(batch) = reader.next_batch().unwrap() {
        read += batch.requests.len();
    }
    assert_eq!(reader.summary().cut, None);
    read
}

#[test]
fn a_batch_in_flight_is_read_again_before_it_is_called_damaged() {
    let (disk, written, places) = journal_of(&[6, 6, 6, 1], true);
    let sectors: Vec<u64> = (0..16).map(|sector| sector * 512).collect();
    let first = places[1].offset;
    for &sector in sectors.iter().filter(|&&sector| sector >= first) {
        for until in sectors.iter().copied().filter(|&until| until > sector) {
            let gap = sector as usize..until as usize;
            let read = read_in_flight(&disk, vec![gap.clone()]);
            // Zeros to the end are an end, for now.
            assert!(read == written.len() || until > places[3].offset, "{gap:?}: {read}");
            // What is proved at the second look alone is looked at once more.
            let starts = places.iter().any(|place| place.offset == sector);
            if !starts && until <= places[3].offset {
                let read = read_in_flight(&disk, vec![gap.start..SMALL.segment_bytes as usize, gap.clone()]);
                assert_eq!(read, written.len(), "{gap:?}");
            }
        }
    }
}
