//! The thread that writes: it holds the replay against the file, then folds facts in transactions.
//!
//! Invariant: the mark is in the same transaction as the rows, so the file is always a whole prefix of the facts, at
//! the end of a command. Until the mark has been confirmed everything that comes stays in the spool: if the file turns
//! out to be another journal's, or to be ahead of this one, a new one is made from the first fact on.

use crate::{
    error::Fault,
    fact::Fact,
    fold::Fold,
    options::Options,
    queue::Next,
    state::{Shared, State, Stopped},
    store::{self, Mark, Store},
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

/// After how long a disk that refuses is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// The thread's own.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    options: Options,
    store: Store,
    fold: Fold,
    /// Of all facts up to the mark.
    hasher: Sha256,
    kept: u64,
    /// Facts that were taken out of the queue and are behind the mark.
    ahead: VecDeque<Fact>,
    /// A fact's encoding.
    encoded: Vec<u8>,
}

/// Whether the thread goes on.
enum Flow {
    On,
    End,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, options: Options, store: Store) -> Self {
        Self {
            shared,
            options,
            store,
            fold: Fold::default(),
            hasher: Sha256::new(),
            kept: 0,
            ahead: VecDeque::new(),
            encoded: Vec::new(),
        }
    }

    /// Works until the queue is closed and everything is written, or nothing more can be.
    pub(crate) fn run(mut self, mark: Option<Mark>) {
        if let Some(mark) = mark
            && let Flow::End = self.confirm(&mark)
        {
            return;
        }
        self.shared.set_kept(self.kept);
        let hold = self.options.hold.clone();
        let held = || {
            hold.as_ref()
                .map(|hold| hold.lock().unwrap_or_else(PoisonError::into_inner))
        };
        loop {
            // Before it reads, too: what is read is gone from the spool.
            drop(held());
            let Some(batch) = self.next_batch() else { return };
            let _held = held();
            if let Flow::End = self.write(&batch) {
                return;
            }
        }
    }

    /// Holds the replay against the file; where it is not this journal's, begins a new one.
    fn confirm(&mut self, mark: &Mark) -> Flow {
        let why = match self.store.check() {
            // The venue stops: the look through the file was broken off.
            Err(_) if self.shared.queue.is_closed() => return Flow::End,
            Err(fault) => fault.to_string(),
            Ok(()) => loop {
                match self.shared.queue.next(None) {
                    Next::Facts(facts) => {
                        let mut facts = facts.into_iter();
                        while self.kept < mark.facts {
                            let Some(fact) = facts.next() else { break };
                            if let Err(fault) = hash(&mut self.hasher, &mut self.encoded, &fact) {
                                return self.stop(Stopped::Contradiction, &fault);
                            }
                            self.kept += 1;
                        }
                        if self.kept < mark.facts {
                            continue;
                        }
                        if <[u8; 32]>::from(self.hasher.clone().finalize()) == mark.hash {
                            self.ahead.extend(facts);
                            self.shared.queue.confirm();
                            return Flow::On;
                        }
                        break "it is of other events than the journal's".to_owned();
                    }
                    Next::Replayed => break "it holds more than the journal".to_owned(),
                    Next::Nothing => {}
                    Next::Closed => return Flow::End,
                    Next::Lost(error) => return self.lost(error.as_ref()),
                }
            },
        };
        self.begin_anew(&why)
    }

    /// Moves the file aside and begins another, from the first fact on.
    fn begin_anew(&mut self, why: &str) -> Flow {
        match self.try_begin_anew(why) {
            Ok(()) => Flow::On,
            Err(fault) => {
                self.shared.set_damaged();
                self.stop(Stopped::Damaged, &fault)
            }
        }
    }

    fn try_begin_anew(&mut self, why: &str) -> Result<(), Fault> {
        // Nobody reads before the file is confirmed, so this is its last connection.
        let closed = rusqlite::Connection::open_in_memory()?;
        drop(std::mem::replace(&mut self.store.connection, closed));
        store::replace(&self.shared.path, why).map_err(|error| Fault::Damaged(error.to_string()))?;
        self.store = Store::open(&self.shared.path)?.0;
        self.hasher = Sha256::new();
        self.kept = 0;
        self.fold.forget();
        self.shared.queue.again();
        Ok(())
    }

    /// The next facts for one transaction, up to the end of a command: as many as there are within a moment, and not
    /// too many. None once nothing more comes.
    fn next_batch(&mut self) -> Option<Vec<Fact>> {
        let mut batch: Vec<Fact> = Vec::new();
        let mut until = None;
        loop {
            while let Some(fact) = self.ahead.pop_front() {
                let is_last = fact.last;
                batch.push(fact);
                if is_last && batch.len() >= self.options.batch_facts {
                    return Some(batch);
                }
            }
            if !batch.is_empty() {
                until.get_or_insert_with(|| Instant::now() + self.options.batch_time);
            }
            match self.shared.queue.next(until) {
                Next::Facts(facts) => self.ahead.extend(facts),
                Next::Nothing => return Some(batch),
                Next::Replayed => {}
                Next::Closed if batch.is_empty() => return None,
                Next::Closed => return Some(batch),
                Next::Lost(error) => {
                    if batch.is_empty() {
                        self.lost(error.as_ref());
                        return None;
                    }
                    return Some(batch);
                }
            }
        }
    }

    /// Writes a transaction; tries again while the disk refuses.
    fn write(&mut self, batch: &[Fact]) -> Flow {
        loop {
            match self.try_write(batch) {
                Ok(()) => {
                    self.shared.set_kept(self.kept);
                    return Flow::On;
                }
                Err(fault) => {
                    self.fold.forget();
                    match fault {
                        Fault::Disk(_) => {
                            if self.shared.set_state(State::DiskRefuses) {
                                tracing::error!(%fault, "history waits for the disk; the venue goes on");
                            }
                            if self.shared.queue.is_closed() {
                                return Flow::End;
                            }
                            self.shared.queue.pause(Instant::now() + RETRY);
                        }
                        Fault::Damaged(_) => {
                            self.shared.set_damaged();
                            let moved = store::move_aside(&self.shared.path);
                            tracing::error!(
                                ?moved,
                                "the history's file was moved aside; the next start makes it anew"
                            );
                            return self.stop(Stopped::Damaged, &fault);
                        }
                        Fault::Contradiction(_) => return self.stop(Stopped::Contradiction, &fault),
                    }
                }
            }
        }
    }

    fn try_write(&mut self, batch: &[Fact]) -> Result<(), Fault> {
        if self.shared.is_damaged() {
            return Err(Fault::Damaged("a reader found it damaged".to_owned()));
        }
        let mut hasher = self.hasher.clone();
        let transaction = self.store.begin()?;
        for fact in batch {
            hash(&mut hasher, &mut self.encoded, fact)?;
            self.fold.fold(&transaction, fact)?;
        }
        self.fold.flush(&transaction)?;
        let mark = Mark {
            facts: self.kept + batch.len() as u64,
            hash: hasher.clone().finalize().into(),
        };
        store::set_mark(&transaction, &mark)?;
        transaction.commit()?;
        (self.hasher, self.kept) = (hasher, mark.facts);
        Ok(())
    }

    fn lost(&self, error: Option<&std::io::Error>) -> Flow {
        if let Some(error) = error {
            tracing::error!(%error, "what waited for history can't be read back");
        }
        self.shared.set_state(State::Stopped(Stopped::NoRoom));
        Flow::End
    }

    fn stop(&self, why: Stopped, fault: &Fault) -> Flow {
        tracing::error!(%fault, "history stops until the next start; the venue goes on");
        self.shared.set_state(State::Stopped(why));
        Flow::End
    }
}

/// Takes a fact's encoding into the hash. An encoding says where it ends, so facts can't run into each other.
fn hash(hasher: &mut Sha256, encoded: &mut Vec<u8>, fact: &Fact) -> Result<(), Fault> {
    encoded.clear();
    *encoded = postcard::to_extend(fact, std::mem::take(encoded))?;
    hasher.update(&*encoded);
    Ok(())
}
