//! The writing end: takes what is durable, and never waits.

use crate::{
    border::Border,
    error::{Error, Fault},
    options::Options,
    queue::Queue,
    read::History,
    spool::Spool,
    state::{Shared, State, Stopped},
    store::{self, Store},
    writer::Writer,
};
use protocol::Committed;
use rusqlite::InterruptHandle;
use std::{
    fmt,
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
};

/// The writing end. There is one, on the views' thread; what it takes is written by a thread of its own.
pub struct Keeper {
    border: Border,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Ends the look through the file that a start begins with.
    interrupt: InterruptHandle,
}

/// Opens the history in a file, or begins it. What lies beside the file has its name with `-wal`, `-shm`, `.spool` and
/// `.aside` behind it; the last is a file that could not be used, and goes with the next such one.
///
/// # Errors
/// Where the place can't be written. A file that is damaged or of another version is none: it is moved aside, said so
/// loudly, and made anew.
pub fn open(path: &Path, options: Options) -> Result<(Keeper, History), Error> {
    let spool = Spool::new(store::beside(path, ".spool"))?;
    let (store, mark) = match Store::open(path) {
        Ok(found) => found,
        Err(Fault::Damaged(why)) => {
            store::replace(path, &why)?;
            Store::open(path).map_err(unusable)?
        }
        Err(fault) => return Err(unusable(fault)),
    };
    let state = if mark.is_some() {
        State::Confirming
    } else {
        State::Writing
    };
    let queue = Queue::new(options.queue_facts, spool, mark.is_some());
    let shared = Arc::new(Shared::new(path.to_owned(), queue, state));
    let history = History::new(shared.clone(), options.readers);
    let interrupt = store.connection.get_interrupt_handle();
    let writer = Writer::new(shared.clone(), options, store);
    let thread = thread::Builder::new().name("history".to_owned()).spawn({
        let end = End(shared.clone());
        move || {
            let _end = end;
            writer.run(mark);
        }
    })?;
    let keeper = Keeper {
        border: Border::default(),
        shared,
        thread: Some(thread),
        interrupt,
    };
    Ok((keeper, history))
}

/// However the writer ends, nothing gathers behind it.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.set_state(State::Stopped(Stopped::Broken));
        }
        self.0.queue.end();
    }
}

fn unusable(fault: Fault) -> Error {
    match fault {
        Fault::Disk(error) => Error::Database(error),
        Fault::Damaged(_) | Fault::Contradiction(_) => Error::Damaged,
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

impl Keeper {
    /// Takes the events of some commands, the next in order; the first call after a start brings the first of the
    /// journal. All events of a command come in one `Committed`.
    pub fn take(&mut self, committed: &Committed) {
        let facts = self.border.admit(committed);
        if !facts.is_empty() {
            self.shared.queue.put(facts);
        }
    }

    /// The replay has ended: what the file holds beyond it is not of this journal. To be called once.
    pub fn replayed(&mut self) {
        self.shared.queue.replayed();
    }

    /// Writes everything that was taken, and ends. Where the disk refuses, the next start goes on.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.shared.queue.close();
        if self.shared.standing().state == State::Confirming {
            self.interrupt.interrupt();
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the history's thread panicked; what it had not written comes with the next start");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end();
    }
}
