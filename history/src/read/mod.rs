//! The reading end: a few connections that only read, lent to whoever asks.
//!
//! A query sees one moment: a whole number of commands. None walks further than [`page::WALK_MAX`] rows.

mod days;
mod market;
pub(crate) mod orders;
pub(crate) mod page;
mod records;
mod statements;

use crate::{
    error::{Error, is_damage},
    state::{Shared, Standing},
    store,
};
use rusqlite::Connection;
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The reading end; cheap to clone. Its queries wait for the disk: not for an asynchronous task's thread.
#[derive(Clone, Debug)]
pub struct History {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    idle: Mutex<Idle>,
    returned: Condvar,
}

#[derive(Debug)]
struct Idle {
    connections: Vec<Connection>,
    /// How many more may be opened.
    to_open: usize,
}

impl Pool {
    /// A half done change can't be seen: each is done before the lock is given back.
    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan.
struct Lent<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.lock();
        match self.connection.take() {
            Some(connection) => idle.connections.push(connection),
            None => idle.to_open += 1,
        }
        drop(idle);
        self.pool.returned.notify_one();
    }
}

impl History {
    pub(crate) fn new(shared: Arc<Shared>, readers: usize) -> Self {
        let idle = Idle {
            connections: Vec::new(),
            to_open: readers.max(1),
        };
        Self {
            shared,
            pool: Arc::new(Pool {
                idle: Mutex::new(idle),
                returned: Condvar::new(),
            }),
        }
    }

    /// What is written, and what waits.
    pub fn state(&self) -> Standing {
        self.shared.standing()
    }

    /// Waits until so many facts can be read ([`Standing::taken`]), so that who was answered finds what it did; whether
    /// they can.
    pub fn wait_for(&self, facts: u64, at_most: Duration) -> bool {
        self.shared.wait_for(facts, at_most)
    }

    /// Reads within one transaction, so that all of it is of one moment.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.shared.check_readable()?;
        let lent = self.lend().map_err(Error::Database)?;
        let Some(connection) = &lent.connection else {
            return Err(Error::Starting);
        };
        let read = || {
            let moment = connection.unchecked_transaction()?;
            query(&moment)
        };
        read().map_err(|error| {
            if is_damage(&error) {
                tracing::error!(%error, "the history's file is damaged");
                self.shared.set_damaged();
                return Error::Damaged;
            }
            Error::Database(error)
        })
    }

    fn lend(&self) -> rusqlite::Result<Lent<'_>> {
        let mut idle = self.pool.lock();
        loop {
            if let Some(connection) = idle.connections.pop() {
                return Ok(Lent {
                    pool: &self.pool,
                    connection: Some(connection),
                });
            }
            if idle.to_open > 0 {
                idle.to_open -= 1;
                drop(idle);
                let mut lent = Lent {
                    pool: &self.pool,
                    connection: None,
                };
                lent.connection = Some(store::reader(&self.shared.path)?);
                return Ok(lent);
            }
            idle = self.pool.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
