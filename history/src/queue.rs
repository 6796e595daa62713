//! The way from the views' thread to the writer's: bounded in memory, and behind that a spool on the disk.
//!
//! Invariant: facts come out in the order in which they went in, none twice and none left out, until the disk takes no
//! more of them: from there on none comes at all. Whoever puts facts in never waits for who takes them out.

use crate::{
    fact::Fact,
    spool::{Place, Spool},
};
use std::{
    collections::VecDeque,
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// The way. One thread puts in, one takes out.
#[derive(Debug)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    changed: Condvar,
    facts_max: usize,
}

#[derive(Debug)]
struct Inner {
    /// What is older than everything in the spool.
    memory: VecDeque<Vec<Fact>>,
    /// How many facts are in there.
    facts: usize,
    spool: Spool,
    /// Whether everything goes into the spool and stays there when it is read: it may be needed again.
    keeps: bool,
    taken: u64,
    replayed: bool,
    closed: bool,
    lost: bool,
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Facts of whole commands.
    Facts(Vec<Fact>),
    /// Nothing yet, and it is late.
    Nothing,
    /// Nothing of the replay any more.
    Replayed,
    /// Nothing any more: the venue stops.
    Closed,
    /// What follows had no room, or could not be read back.
    Lost(Option<io::Error>),
}

impl Queue {
    /// An empty one, which holds about `facts_max` facts in memory; whether everything is kept until
    /// [`Self::confirm`].
    pub(crate) fn new(facts_max: usize, spool: Spool, keeps: bool) -> Self {
        Self {
            inner: Mutex::new(Inner {
                memory: VecDeque::new(),
                facts: 0,
                spool,
                keeps,
                taken: 0,
                replayed: false,
                closed: false,
                lost: false,
            }),
            changed: Condvar::new(),
            facts_max,
        }
    }

    /// A half done change can't be seen: each is done before the lock is given back.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in facts of whole commands.
    pub(crate) fn put(&self, facts: Vec<Fact>) {
        let mut inner = self.lock();
        inner.taken += facts.len() as u64;
        if inner.lost {
            return;
        }
        let has_room = inner.facts + facts.len() <= self.facts_max;
        if has_room && !inner.keeps && inner.spool.is_empty() {
            inner.facts += facts.len();
            inner.memory.push_back(facts);
        } else if let Err(error) = inner.spool.write(&facts) {
            tracing::error!(%error, "history has no room for what waits: it stops, and the next start goes on");
            inner.lost = true;
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// What comes next; waits for it until then.
    pub(crate) fn next(&self, until: Option<Instant>) -> Next {
        let mut inner = self.lock();
        loop {
            if let Some(facts) = inner.memory.pop_front() {
                inner.facts -= facts.len();
                return Next::Facts(facts);
            }
            if let Some(place) = inner.spool.next() {
                drop(inner);
                return self.read(&place);
            }
            if inner.lost {
                return Next::Lost(None);
            }
            if inner.keeps && inner.replayed {
                return Next::Replayed;
            }
            if inner.closed {
                return Next::Closed;
            }
            inner = match until {
                None => self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let Some(left) = until
                        .checked_duration_since(Instant::now())
                        .filter(|left| !left.is_zero())
                    else {
                        return Next::Nothing;
                    };
                    let waited = self.changed.wait_timeout(inner, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn read(&self, place: &Place) -> Next {
        match place.read() {
            Ok((facts, next)) => {
                let mut inner = self.lock();
                inner.spool.advance(next);
                if inner.spool.is_empty() && !inner.keeps {
                    inner.spool.clear();
                }
                Next::Facts(facts)
            }
            Err(error) => {
                self.lock().lost = true;
                Next::Lost(Some(error))
            }
        }
    }

    /// What was read is not needed again.
    pub(crate) fn confirm(&self) {
        let mut inner = self.lock();
        inner.keeps = false;
        if inner.spool.is_empty() {
            inner.spool.clear();
        }
    }

    /// What was read since the first fact is to come again, and nothing is kept any more.
    pub(crate) fn again(&self) {
        let mut inner = self.lock();
        inner.spool.rewind();
        inner.keeps = false;
    }

    /// The replay has ended.
    pub(crate) fn replayed(&self) {
        self.lock().replayed = true;
        self.changed.notify_one();
    }

    /// Nothing more will be put in.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    /// Nothing more will be taken out: what waits goes, and what comes.
    pub(crate) fn end(&self) {
        let mut inner = self.lock();
        inner.lost = true;
        inner.memory.clear();
        inner.facts = 0;
        inner.spool.clear();
    }

    /// Whether nothing more will be put in.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits until then, or until nothing more will be put in.
    pub(crate) fn pause(&self, until: Instant) {
        let mut inner = self.lock();
        while !inner.closed {
            let Some(left) = until
                .checked_duration_since(Instant::now())
                .filter(|left| !left.is_zero())
            else {
                return;
            };
            let waited = self.changed.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many facts were put in, and how many bytes wait in the spool.
    pub(crate) fn standing(&self) -> (u64, u64) {
        let inner = self.lock();
        (inner.taken, inner.spool.waiting())
    }
}
