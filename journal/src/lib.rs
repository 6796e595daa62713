//! The durable ordered log.

mod batch;
mod disk;
mod journal;
mod reader;
mod recovery;
mod sim;
mod space;

pub use batch::{Batch, BatchFull, encoded_bytes};
pub use disk::{Disk, DiskError, DiskFile, LOCK_FILE, RealDisk, RealFile};
pub use journal::{AppendError, Journal, Options};
pub use reader::Reader;
pub use recovery::{Cut, OpenError, Place, Recovery, ReplayedBatch};
pub use sim::{Faults, SimDisk, SimFile};
pub use space::{Shortage, Space};
