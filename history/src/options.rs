//! How history is kept.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// How much waits, how much is written at once, and how many may read at once.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many facts wait in memory, of about a hundred bytes each; what is more waits in the spool.
    pub queue_facts: usize,
    /// How many facts a transaction holds at least where more wait.
    pub batch_facts: usize,
    /// How long a transaction is filled before it is written: so old is what can be read, at least.
    pub batch_time: Duration,
    /// How many connections read at most; who comes then waits.
    pub readers: usize,
    /// Who holds this holds the writer between two transactions: it neither reads nor writes. For tests.
    pub hold: Option<Arc<Mutex<()>>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_facts: 65_536,
            batch_facts: 8_192,
            batch_time: Duration::from_millis(10),
            readers: 4,
            hold: None,
        }
    }
}
