//! Segments are zero-filled and synced before they are used: appending to them is twice as fast as growing a file, and
//! it cannot fail for want of space.
//!
//! Always true: a segment is handed out only after all its zeros, its length and its name are durable, and segments
//! are handed out in order. A file that is there already (from an earlier run, or half filled) is filled again from
//! its start: nobody knows what of it is on the disk.

use crate::{
    disk::{Disk, DiskError, DiskFile, write_all},
    format::{SECTOR, segment_name},
    options::Options,
    space::{Space, usable},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

/// How much is filled between two syncs, so that the journal's own syncs never wait behind a whole segment.
const CHUNK_MAX: u64 = 1 << 20;
/// How long a full disk is left alone before preparing is tried again.
const RETRY: Duration = Duration::from_millis(250);

static ZEROS: [u8; CHUNK_MAX as usize] = [0; CHUNK_MAX as usize];

/// A segment that is ready for use.
#[derive(Debug)]
pub(crate) struct Prepared<F> {
    pub(crate) index: u64,
    pub(crate) file: F,
    pub(crate) length: u64,
}

/// A segment that is being filled.
#[derive(Debug)]
struct Filling<F> {
    segment: Prepared<F>,
    created: bool,
    filled: u64,
}

#[derive(Debug)]
struct State<F> {
    ready: VecDeque<Prepared<F>>,
    /// The number of the segment to prepare next.
    next: u64,
    stopping: bool,
}

/// How an attempt to prepare a segment ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// One more is ready.
    Prepared,
    /// Enough are ready.
    Enough,
    /// The disk is full.
    NoSpace(DiskError),
    /// The disk failed, now or before; or the journal is closing.
    Over,
}

/// Prepares segments ahead of the one in use.
#[derive(Debug)]
pub(crate) struct Preparer<D: Disk> {
    disk: Arc<D>,
    options: Options,
    space: Arc<Space>,
    state: Mutex<State<D::File>>,
    /// Signals a change of `state`.
    changed: Condvar,
    /// Held while filling.
    filling: Mutex<Option<Filling<D::File>>>,
    failure: OnceLock<DiskError>,
}

impl<D: Disk> Preparer<D> {
    /// A preparer whose first segment will be `next`.
    pub(crate) fn new(disk: Arc<D>, options: Options, space: Arc<Space>, next: u64) -> Self {
        Self {
            disk,
            options,
            space,
            state: Mutex::new(State {
                ready: VecDeque::new(),
                next,
                stopping: false,
            }),
            changed: Condvar::new(),
            filling: Mutex::new(None),
            failure: OnceLock::new(),
        }
    }

    /// The failure that ended preparing: the journal must stop, too.
    pub(crate) fn failure(&self) -> Option<&DiskError> {
        self.failure.get()
    }

    /// Whether a thread prepares; otherwise the journal does so itself, after each append.
    pub(crate) fn in_background(&self) -> bool {
        self.disk.prepares_in_background()
    }

    /// The next segment, if it is ready.
    pub(crate) fn take(&self) -> Option<Prepared<D::File>> {
        let taken = self.state().ready.pop_front();
        self.changed.notify_all();
        taken
    }

    /// The next segment, as soon as it is ready, waiting up to `patience`.
    pub(crate) fn take_within(&self, patience: Duration) -> Option<Prepared<D::File>> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(segment) = self.take() {
                return Some(segment);
            }
            if !self.disk.prepares_in_background() {
                match self.prepare() {
                    Progress::Prepared | Progress::Enough => continue,
                    Progress::NoSpace(_) | Progress::Over => return None,
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.failure().is_some() {
                return None;
            }
            let state = self.state();
            if state.ready.is_empty() {
                drop(self.changed.wait_timeout(state, left.min(RETRY)));
            }
        }
    }

    /// Prepares until enough are ready or the disk is full, and keeps at it as they are used up. The body of the
    /// background thread.
    pub(crate) fn run(&self) {
        loop {
            let pause = match self.prepare() {
                Progress::Prepared => continue,
                Progress::Enough => Duration::MAX,
                Progress::NoSpace(_) => RETRY,
                Progress::Over => return,
            };
            let state = self.state();
            if state.stopping {
                return;
            }
            if pause == Duration::MAX {
                let enough = |state: &mut State<_>| !state.stopping && state.ready.len() >= self.options.prepared_ahead;
                drop(self.changed.wait_while(state, enough));
            } else {
                drop(self.changed.wait_timeout_while(state, pause, |state| !state.stopping));
            }
        }
    }

    /// Ends [`Self::run`] soon.
    pub(crate) fn stop(&self) {
        self.state().stopping = true;
        self.changed.notify_all();
    }

    /// Prepares one segment, if one is wanted.
    pub(crate) fn prepare(&self) -> Progress {
        let mut filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        let next = {
            let state = self.state();
            if state.stopping || self.failure().is_some() {
                return Progress::Over;
            }
            if state.ready.len() >= self.options.prepared_ahead {
                return Progress::Enough;
            }
            state.next
        };
        match self.fill(next, &mut filling) {
            Ok(true) => {}
            Ok(false) => return Progress::Over,
            Err(error) if error.is_no_space() => {
                self.space.set_disk_full(true);
                return Progress::NoSpace(error);
            }
            Err(error) => {
                let _ = self.failure.set(error);
                self.space.set_failed();
                self.changed.notify_all();
                return Progress::Over;
            }
        }
        let segment = filling.take().expect("it was just filled").segment;
        let room = usable(segment.length - SECTOR as u64, self.options.batch_bytes_max);
        let mut state = self.state();
        state.next += 1;
        state.ready.push_back(segment);
        drop(state);
        self.changed.notify_all();
        self.space.set_disk_full(false);
        self.space.settle(room);
        Progress::Prepared
    }

    /// Fills the segment to its end; `false` if the journal is closing meanwhile. On a full disk it is left to be
    /// carried on with.
    fn fill(&self, index: u64, filling: &mut Option<Filling<D::File>>) -> Result<bool, DiskError> {
        if filling.is_none() {
            *filling = Some(self.begin(index)?);
        }
        let Filling {
            segment,
            created,
            filled,
        } = filling.as_mut().expect("it was just begun");
        let chunk = (self.options.segment_bytes / 4)
            .next_multiple_of(SECTOR as u64)
            .min(CHUNK_MAX);
        while *filled < segment.length {
            if self.state().stopping {
                return Ok(false);
            }
            let bytes = chunk.min(segment.length - *filled);
            write_all(&segment.file, &ZEROS[..bytes as usize], *filled)?;
            if let Err(error) = segment.file.sync_data() {
                // What was written may be gone, and only writing it again makes a sync mean something.
                *filled = 0;
                return Err(error);
            }
            *filled += bytes;
        }
        if *created && let Err(error) = self.disk.sync_directory() {
            if error.is_no_space() {
                // The name may be gone, and only creating it again makes a sync mean something.
                *filling = None;
                self.disk.remove(&segment_name(index))?;
            }
            return Err(error);
        }
        Ok(true)
    }

    fn begin(&self, index: u64) -> Result<Filling<D::File>, DiskError> {
        let name = segment_name(index);
        let (file, created) = match self.disk.open(&name) {
            Ok(file) => (file, false),
            Err(DiskError::Missing { .. }) => (self.disk.create(&name)?, true),
            Err(error) => return Err(error),
        };
        file.claim()?;
        let length = self
            .options
            .segment_bytes
            .max(file.length()?.next_multiple_of(SECTOR as u64));
        Ok(Filling {
            segment: Prepared { index, file, length },
            created,
            filled: 0,
        })
    }

    fn state(&self) -> MutexGuard<'_, State<D::File>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
