//! The bounds of what the views remember and what a client may pile up.

/// The bounds of memories and queues. The defaults suit a venue with a million listings and ten thousand clients on one
/// machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many frames of `book.l2` are remembered per symbol, for `from_seq`.
    pub memory_frames: usize,
    /// How many trades are remembered per symbol, for `from_seq` of `trades` and for the tape.
    pub tape_trades: usize,
    /// How many bytes all symbols together may spend on both memories. Beyond it the oldest of long memories go.
    pub memory_bytes: usize,
    /// How many trades a snapshot of `trades` carries at most.
    pub snapshot_trades: usize,
    /// How many private events are remembered per participant, for `from_seq` of `executions`.
    pub executions_each: usize,
    /// How many private events are remembered of all participants together.
    pub executions_all: usize,
    /// How many unsent frames a client may pile up before it is closed with 4008.
    pub queue_frames: usize,
    /// How many bytes of unsent frames a client may pile up before it is closed with 4008.
    pub queue_bytes: usize,
    /// How many symbols a client may follow by name, over all channels.
    pub symbols_per_client: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_frames: 1_024,
            tape_trades: 256,
            memory_bytes: 256 << 20,
            snapshot_trades: 50,
            executions_each: 1_024,
            executions_all: 1 << 18,
            queue_frames: 4_096,
            queue_bytes: 1 << 20,
            symbols_per_client: 10_000,
        }
    }
}
