//! The one writer: one write and one sync per batch, and a stop for good when either fails.
//!
//! Always true: when [`Journal::append`] has returned `Ok`, the batch and all before it are durable, and so is what a
//! [`Journal::open`] has replayed. A batch never begins before the one before it is durable. After a failed write or
//! sync nothing is acknowledged any more, and nothing is retried: the kernel may have dropped the pages (fsyncgate).
//! And none is acknowledged that went into a file which is no longer the one of its name, or that was restored under us.
//!
//! Which sequence and time a request gets, and when a batch is full, is the sequencer's business.

use crate::{
    batch::Batch,
    disk::{Disk, DiskError, DiskFile, OVERWRITTEN, read_exact, write_all},
    findings::{Cut, OpenError, Recovery, ReplayedBatch},
    format::{BATCH_HEADER, BatchHeader, Place, SECTOR, SegmentHeader, sectors, segment_index, segment_name},
    options::Options,
    prepare::{Preparer, Progress},
    scan::Scanner,
    space::{Space, usable},
};
use protocol::{Digest, Seq, Timestamp};
use std::{
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long [`Journal::close`] waits for a segment where its end mark needs one.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// Why an append was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// There is no zero-filled room for the batch: it was not reserved. Nothing was written; journal and batch are as
    /// they were.
    #[error("no prepared room left for this batch")]
    Full,
    /// A write or a sync failed, now or before. Nothing may be acknowledged any more; the process should stop.
    #[error("the journal has failed and takes no more: {cause}")]
    Poisoned {
        /// The first failure.
        cause: String,
    },
}

/// The segment that is written to.
#[derive(Debug)]
struct Current<F> {
    index: u64,
    file: F,
    length: u64,
    /// Where the next batch goes.
    offset: u64,
    /// The header of the last batch in it, and where that stands: still there, unless the file was written over.
    last: Option<(u64, [u8; BATCH_HEADER])>,
}

impl<F: DiskFile> Current<F> {
    fn remaining(&self) -> u64 {
        self.length.saturating_sub(self.offset)
    }

    /// That what was written to it will be found by its name: it was not removed, moved, replaced or written over. Some
    /// microseconds, beside a sync.
    fn is_there(&self) -> Result<(), DiskError> {
        self.file.in_place(self.length)?;
        let Some((place, last)) = &self.last else { return Ok(()) };
        let mut found = [0; BATCH_HEADER];
        read_exact(&self.file, &mut found, *place)?;
        if found == *last {
            return Ok(());
        }
        Err(DiskError::TakenAway {
            file: segment_name(self.index),
            how: OVERWRITTEN,
        })
    }
}

/// A durable ordered log, open for writing.
#[derive(Debug)]
pub struct Journal<D: Disk> {
    options: Options,
    current: Option<Current<D::File>>,
    preparer: Arc<Preparer<D>>,
    thread: Option<JoinHandle<()>>,
    space: Arc<Space>,
    epoch: u64,
    number: u64,
    last: Seq,
    last_at: Timestamp,
    event_hash: u64,
    link: Digest,
    poison: Option<String>,
}

impl<D: Disk> Journal<D> {
    /// Opens the journal on `disk`, creates it if there is none, and hands every batch to `replay` in order. An error
    /// of `replay` ends the opening. A torn tail is cut, durably, and reported in [`Recovery::cut`]; any other damage
    /// is an [`OpenError`] and leaves the disk as it was.
    pub fn open(
        disk: D,
        options: Options,
        replay: &mut dyn FnMut(ReplayedBatch<'_>) -> Result<(), String>,
    ) -> Result<(Self, Recovery), OpenError> {
        Self::open_if(disk, options, replay, &mut |_| Ok(()))
    }

    /// Like [`Self::open`], and asks `judge` of what was found before anything is changed: whoever knows of commands
    /// that the journal does not hold refuses it.
    pub fn open_if(
        disk: D,
        options: Options,
        replay: &mut dyn FnMut(ReplayedBatch<'_>) -> Result<(), String>,
        judge: &mut dyn FnMut(&Recovery) -> Result<(), String>,
    ) -> Result<(Self, Recovery), OpenError> {
        options.check()?;
        let disk = Arc::new(disk);
        is_nobodys(&*disk)?;
        let mut scanner = Scanner::new(Arc::clone(&disk), false)?;
        while let Some(batch) = scanner.next_batch()? {
            let (place, first) = (batch.place, batch.requests[0].seq);
            replay(batch).map_err(|reason| OpenError::Replay { place, first, reason })?;
        }
        let (number, epoch) = scanner.counters();
        let recovery = Recovery {
            next_is_missing: next_is_missing(&scanner, &options),
            ..scanner.recovery().clone()
        };
        judge(&recovery).map_err(OpenError::Refused)?;
        let current = make_durable(&*disk, &scanner)?;
        drop(scanner);

        let space = Arc::new(Space::new());
        if let Some(current) = &current {
            space.settle(usable(current.remaining(), options.batch_bytes_max));
        }
        let next = current.as_ref().map_or(1, |current| current.index + 1);
        let background = disk.prepares_in_background();
        let preparer = Arc::new(Preparer::new(disk, options, Arc::clone(&space), next));
        prepare_first(&preparer, current.is_none(), background)?;
        let thread = if background {
            let preparer = Arc::clone(&preparer);
            let spawned = thread::Builder::new()
                .name("journal-prepare".to_owned())
                .spawn(move || preparer.run());
            Some(spawned.map_err(|error| DiskError::Failed {
                operation: "start a thread for",
                file: "the next segment".to_owned(),
                reason: error.to_string(),
            })?)
        } else {
            let preparer = Arc::downgrade(&preparer);
            space.set_prepare(Box::new(move || {
                if let Some(preparer) = preparer.upgrade() {
                    preparer.prepare();
                }
            }));
            None
        };
        let journal = Self {
            options,
            current,
            preparer,
            thread,
            space,
            epoch: epoch + 1,
            number,
            last: recovery.last,
            last_at: recovery.last_at,
            event_hash: recovery.event_hash.unwrap_or(0),
            link: recovery.chain_head,
            poison: None,
        };
        Ok((journal, recovery))
    }

    /// Writes and syncs the batch, clears it, and returns the sequence up to which all is durable. After
    /// [`AppendError::Poisoned`] every later call fails, too.
    ///
    /// # Panics
    /// If the batch is empty, longer than [`Options::batch_bytes_max`], does not follow the last request written, or
    /// goes back in time.
    pub fn append(&mut self, batch: &mut Batch) -> Result<Seq, AppendError> {
        assert_eq!(
            batch.first(),
            Some(self.last.next()),
            "a batch follows the one before it"
        );
        assert!(
            batch.times().0 >= self.last_at,
            "time does not fall from batch to batch"
        );
        assert!(
            batch.bytes() <= self.options.batch_bytes_max,
            "a batch is no longer than the options say"
        );
        let count = u32::try_from(batch.len()).expect("a batch is bounded");
        self.write(batch, count, batch.event_hash())?;
        self.last = batch.last().expect("not empty");
        self.last_at = batch.times().1;
        self.event_hash = batch.event_hash();
        batch.clear();
        Ok(self.last)
    }

    /// The room for what is to come, shared with whoever takes commands.
    pub fn space(&self) -> Arc<Space> {
        Arc::clone(&self.space)
    }

    /// The sequence up to which all is durable; 0 if nothing is.
    pub fn durable_up_to(&self) -> Seq {
        self.last
    }

    /// The head of the chain.
    pub fn chain_head(&self) -> Digest {
        self.link
    }

    /// How many batches and end marks there are: the number of the last one.
    pub fn batches(&self) -> u64 {
        self.number - 1
    }

    /// Which opening of the journal this is; counts from 1.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Writes and syncs an end mark, so that the next opening knows that nothing is missing. On
    /// [`AppendError::Full`] nothing is lost, and the next opening will not call the journal clean.
    pub fn close(mut self) -> Result<(), AppendError> {
        let mut end_mark = Batch::new(&self.options);
        self.write(&mut end_mark, 0, self.event_hash)
    }

    /// Writes and syncs `count` requests, or an end mark.
    fn write(&mut self, batch: &mut Batch, count: u32, event_hash: u64) -> Result<(), AppendError> {
        self.must_be_sound()?;
        let bytes = batch.bytes();
        let mut before = self.current.as_ref().map_or(0, |current| self.usable(current));
        let mut segment_header = None;
        if self.current.as_ref().is_none_or(|current| current.remaining() < bytes) {
            let patience = if count == 0 { CLOSE_PATIENCE } else { Duration::ZERO };
            let Some(next) = self.preparer.take_within(patience) else {
                self.must_be_sound()?;
                return Err(AppendError::Full);
            };
            segment_header = Some(SegmentHeader {
                index: next.index,
                length: next.length,
                first_number: self.number,
                first_seq: self.last.0 + 1,
                previous: self.link,
            });
            let next = Current {
                index: next.index,
                file: next.file,
                length: next.length,
                offset: SECTOR as u64,
                last: None,
            };
            before += self.usable(&next);
            let full = self.current.replace(next);
            // Nobody looks at it any more.
            if let Some(Err(error)) = full.map(|full| full.is_there()) {
                return Err(self.fail(error.to_string()));
            }
        }
        let current = self.current.as_mut().expect("there is a segment now");
        let header = BatchHeader {
            epoch: self.epoch,
            number: self.number,
            durable_number: self.number - 1,
            first_seq: self.last.0 + 1,
            durable_up_to: self.last.0,
            event_hash,
            count,
            body_len: batch.body_len(),
            previous: self.link,
            link: Digest::default(),
            place: Place {
                segment: current.index,
                offset: current.offset,
            },
        };
        let offset = if segment_header.is_some() { 0 } else { current.offset };
        let (sealed, link) = batch.seal(&header, segment_header.as_ref());
        let written = write_all(&current.file, sealed, offset)
            .and_then(|()| current.file.sync_data())
            .and_then(|()| current.is_there());
        if let Err(error) = written {
            return Err(self.fail(error.to_string()));
        }
        let head = (current.offset - offset) as usize;
        let header = sealed[head..head + BATCH_HEADER].try_into().expect("a header");
        current.last = Some((current.offset, header));
        current.offset += bytes;
        self.number += 1;
        self.link = link;
        let after = self.current.as_ref().map_or(0, |current| self.usable(current));
        self.space.settle(batch.reserved() as i64 - (before - after));
        if !self.preparer.in_background() {
            // On a full disk the space says so, and a failure shows at the next append.
            self.preparer.prepare();
        }
        Ok(())
    }

    /// That the journal is still where it was opened. For a writer that has nothing to write: it need not learn from its
    /// next batch that it has long been answering for a journal that is gone.
    pub fn look(&mut self) -> Result<(), AppendError> {
        self.must_be_sound()?;
        match self.current.as_ref().map_or(Ok(()), Current::is_there) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.fail(error.to_string())),
        }
    }

    fn usable(&self, current: &Current<D::File>) -> i64 {
        usable(current.remaining(), self.options.batch_bytes_max)
    }

    fn must_be_sound(&mut self) -> Result<(), AppendError> {
        if let Some(cause) = &self.poison {
            return Err(AppendError::Poisoned { cause: cause.clone() });
        }
        match self.preparer.failure().map(ToString::to_string) {
            Some(cause) => Err(self.fail(cause)),
            None => Ok(()),
        }
    }

    fn fail(&mut self, cause: String) -> AppendError {
        self.space.set_failed();
        self.poison = Some(cause.clone());
        AppendError::Poisoned { cause }
    }
}

impl<D: Disk> Drop for Journal<D> {
    fn drop(&mut self) {
        self.preparer.stop();
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported; the segment is prepared again at the next opening.
            let _ = thread.join();
        }
    }
}

/// Has the first segments prepared: at once where there is no thread that does, or nothing to write to.
fn prepare_first<D: Disk>(preparer: &Preparer<D>, needed: bool, background: bool) -> Result<(), OpenError> {
    let mut needed = needed;
    while needed || !background {
        match preparer.prepare() {
            Progress::Prepared if needed && background => break,
            Progress::Prepared => needed = false,
            Progress::NoSpace(error) if needed => return Err(error.into()),
            Progress::NoSpace(_) | Progress::Enough => break,
            Progress::Over => return Err(preparer.failure().cloned().expect("nobody closes it yet").into()),
        }
    }
    Ok(())
}

/// Whether the last segment is so full that the next one must have been there: it is prepared, and its name is durable,
/// before the room for the longest batch is used up. Less than half of that is taken for it, for how long a batch may be
/// can be another by now.
fn next_is_missing<D: Disk>(scanner: &Scanner<D>, options: &Options) -> bool {
    let Some(next) = scanner.end().next else { return false };
    let length = scanner.segment_length(next.segment);
    let spared = options.batch_bytes_max.min(length / 16) / 2;
    next.segment == scanner.segment_count() as u64 && length.saturating_sub(next.offset) < spared
}

/// Makes what was replayed durable, and cuts what must be cut. Until this has succeeded nothing may build on the
/// replay: a process that was killed, or stopped by a failed sync, leaves batches that only the page cache holds.
fn make_durable<D: Disk>(disk: &D, scanner: &Scanner<D>) -> Result<Option<Current<D::File>>, OpenError> {
    let end = scanner.end();
    if let Some((place, bytes)) = scanner.tail() {
        // All before the last batch was durable when that was written. The last batch itself is written again, byte
        // for byte: after a failed sync the kernel calls its pages clean, and a sync alone would prove nothing.
        let from = if place.offset == SECTOR as u64 { 0 } else { place.offset };
        write_again(disk, place.segment, from, place.offset + bytes)?;
    }
    if let Some(next) = end.next.filter(|next| next.offset == SECTOR as u64) {
        // A segment with a header and nothing else: its first batch was torn.
        write_again(disk, next.segment, 0, next.offset)?;
    }
    if let Some(cut) = &end.cut {
        zero_out(disk, cut)?;
    }
    disk.sync_directory()?;
    let Some(next) = end.next else { return Ok(None) };
    let file = disk.open(&segment_name(next.segment))?;
    file.claim()?;
    let length = file.length()?;
    let last = match scanner.tail().filter(|(place, _)| place.segment == next.segment) {
        Some((place, _)) => {
            let mut header = [0; BATCH_HEADER];
            read_exact(&file, &mut header, place.offset)?;
            Some((place.offset, header))
        }
        None => None,
    };
    Ok(Some(Current {
        index: next.segment,
        file,
        length,
        offset: next.offset,
        last,
    }))
}

/// That no other process writes one of the segments: by another way to the same files, where the locks of this folder
/// say nothing.
fn is_nobodys<D: Disk>(disk: &D) -> Result<(), DiskError> {
    for name in disk.list()?.iter().filter(|name| segment_index(name).is_some()) {
        disk.open(name)?.claim()?;
    }
    Ok(())
}

/// Writes the bytes `from..to` of a segment again as they are, and syncs them.
fn write_again<D: Disk>(disk: &D, segment: u64, from: u64, to: u64) -> Result<(), DiskError> {
    let file = disk.open(&segment_name(segment))?;
    let mut bytes = vec![0; (to - from) as usize];
    read_exact(&file, &mut bytes, from)?;
    write_all(&file, &bytes, from)?;
    file.sync_data()
}

/// Writes zeros over a torn tail, and syncs them. A power cut in between leaves less of a torn tail.
fn zero_out<D: Disk>(disk: &D, cut: &Cut) -> Result<(), DiskError> {
    let file = disk.open(&cut.place.file())?;
    let zeros = vec![0; sectors(cut.bytes as usize)];
    write_all(&file, &zeros, cut.place.offset)?;
    file.sync_data()
}
