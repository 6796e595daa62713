//! The history beside the views: opened once the journal is this process's, given every event on the views' thread, and
//! closed behind the last one.
//!
//! What always holds: it is given events before the views show them; and whatever it meets, the venue goes on.

use super::core::state::State;
use history::{Keeper, Options};
use protocol::Committed;
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Where it lies in the data folder.
const FOLDER: &str = "history";
const FILE: &str = "history.sqlite";

/// The writing end of the history.
pub(super) struct Keeping {
    folder: PathBuf,
    state: State,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// None before the first events, and where it can't be opened.
    keeper: Option<Keeper>,
    was_opened: bool,
    /// Whether the replay has ended.
    replayed: bool,
}

impl Keeping {
    pub(super) fn new(data_dir: &Path, state: State) -> Self {
        Self {
            folder: data_dir.join(FOLDER),
            state,
            inner: Mutex::default(),
        }
    }

    /// Held by the views' thread and, once, by who says that the replay has ended.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next events, before the views do. The first of all come behind the journal's lock: so no other process
    /// has the file.
    pub(super) fn take(&self, committed: &Committed) {
        let mut inner = self.lock();
        let is_first = !inner.was_opened;
        if is_first {
            inner.was_opened = true;
            inner.keeper = self.open();
        }
        let Inner { keeper, replayed, .. } = &mut *inner;
        if let Some(keeper) = keeper {
            keeper.take(committed);
            if is_first && *replayed {
                keeper.replayed();
            }
        }
    }

    /// Everything that was replayed was taken, and the venue goes on from there.
    pub(super) fn replayed(&self) {
        let mut inner = self.lock();
        inner.replayed = true;
        if let Some(keeper) = &mut inner.keeper {
            keeper.replayed();
        }
    }

    /// Writes what was taken, and ends.
    pub(super) fn close(&self) {
        let keeper = self.lock().keeper.take();
        if let Some(keeper) = keeper {
            keeper.close();
        }
    }

    fn open(&self) -> Option<Keeper> {
        let opened = std::fs::create_dir_all(&self.folder)
            .map_err(Into::into)
            .and_then(|()| history::open(&self.folder.join(FILE), Options::default()));
        match opened {
            Ok((keeper, history)) => {
                self.state.past.opened(history);
                Some(keeper)
            }
            Err(error) => {
                tracing::error!(%error, folder = %self.folder.display(), "there is no history until the next start; the venue goes on");
                None
            }
        }
    }
}
