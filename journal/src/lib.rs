//! The durable ordered log: segment files of batches, one write and one sync per batch, a chain of SHA-256 links.
//!
//! [`Journal`] appends, [`Reader`] reads along, both through a [`Disk`]: a directory ([`RealDisk`]) or its simulated
//! twin ([`SimDisk`]) that loses power, sectors and whole writes at will. [`Space`] tells the sequencer, before it
//! takes a command, whether that command is sure to fit.
//!
//! Always true: what was acknowledged is replayed, or the opening is refused; what is replayed is a prefix of what was
//! written. Only damage to the very last batch cannot be told from a torn write; it is cut, and reported
//! ([`Recovery::cut`]). What a command means is not known here: a record is bytes in the encoding of
//! [`protocol::wire`]. The bytes of a segment are described in `format.rs`.

mod batch;
mod body;
mod disk;
mod findings;
mod format;
mod journal;
mod options;
mod prepare;
mod reader;
mod scan;
mod sim;
mod space;
mod window;

pub use batch::{Batch, BatchFull, encoded_bytes};
pub use disk::{Disk, DiskError, DiskFile, LOCK_FILE, RealDisk, RealFile};
pub use findings::{Cut, Damage, Evidence, OpenError, Recovery, ReplayedBatch};
pub use format::{FORMAT_VERSION, Place};
pub use journal::{AppendError, Journal};
pub use options::Options;
pub use reader::Reader;
pub use sim::{Failure, Faults, Mishap, SimDisk, SimFile};
pub use space::{Shortage, Space};
