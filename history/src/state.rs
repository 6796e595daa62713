//! How history stands: what is written, what waits, and whether it may be read.

use crate::{error::Error, queue::Queue};
use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What history does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The replay is held against the file that was found. It can't be read yet: it may be another journal's.
    Confirming,
    /// Facts are written as they come.
    Writing,
    /// The disk takes no writes: it is full or fails. What comes waits; it is tried again each second.
    DiskRefuses,
    /// Nothing more is written until the next start, which goes on, or begins a new file.
    Stopped(Stopped),
}

/// Why nothing more is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// What waited had no room in memory and none on the disk. What was written before can be read.
    NoRoom,
    /// The file is damaged. It was moved aside, and can't be read.
    Damaged,
    /// The events contradict what was written of them before. That can be read.
    Contradiction,
    /// The writer ended by a fault of its own. What was written before can be read.
    Broken,
}

/// How far history is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it does.
    pub state: State,
    /// How many facts came since the start, from the first of the journal on: events that are open, as far as something
    /// is kept of them.
    pub taken: u64,
    /// How many of them can be read.
    pub kept: u64,
    /// How many bytes wait in the spool.
    pub spooled: u64,
}

/// What both threads and the readers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    pub(crate) queue: Queue,
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Debug)]
struct Progress {
    state: State,
    kept: u64,
    /// Whether the file is this journal's, and whole as far as anybody knows.
    is_readable: bool,
    is_damaged: bool,
}

impl Shared {
    pub(crate) fn new(path: PathBuf, queue: Queue, state: State) -> Self {
        Self {
            path,
            queue,
            progress: Mutex::new(Progress {
                state,
                kept: 0,
                is_readable: state == State::Writing,
                is_damaged: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// A half done change can't be seen: each is done before the lock is given back.
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn standing(&self) -> Standing {
        let (taken, spooled) = self.queue.standing();
        let progress = self.lock();
        Standing {
            state: progress.state,
            taken,
            kept: progress.kept,
            spooled,
        }
    }

    /// Says what is done now; whether it is something else than before.
    pub(crate) fn set_state(&self, state: State) -> bool {
        let before = std::mem::replace(&mut self.lock().state, state);
        self.changed.notify_all();
        before != state
    }

    /// So many facts can be read now.
    pub(crate) fn set_kept(&self, kept: u64) {
        let mut progress = self.lock();
        progress.state = State::Writing;
        progress.is_readable = true;
        progress.kept = kept;
        drop(progress);
        self.changed.notify_all();
    }

    /// The file was found damaged: nobody reads it any more, and the writer moves it aside.
    pub(crate) fn set_damaged(&self) {
        let mut progress = self.lock();
        progress.is_damaged = true;
        progress.is_readable = false;
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.lock().is_damaged
    }

    /// Whether the file may be read.
    ///
    /// # Errors
    /// [`Error::Starting`] or [`Error::Damaged`].
    pub(crate) fn check_readable(&self) -> Result<(), Error> {
        let progress = self.lock();
        if progress.is_damaged {
            Err(Error::Damaged)
        } else if progress.is_readable {
            Ok(())
        } else {
            Err(Error::Starting)
        }
    }

    /// Waits until so many facts can be read; whether they can.
    pub(crate) fn wait_for(&self, facts: u64, at_most: Duration) -> bool {
        let until = Instant::now() + at_most;
        let mut progress = self.lock();
        while progress.kept < facts {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || matches!(progress.state, State::Stopped(_)) {
                return false;
            }
            let waited = self.changed.wait_timeout(progress, left);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}
