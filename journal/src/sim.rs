//! The simulated disk.
use crate::{Disk, DiskError, DiskFile};

/// What goes wrong on a [`SimDisk`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Faults {
    /// Power fails during this call that changes the disk (counted from 1).
    pub crash_at: Option<u64>,
    /// Syncs succeed and do nothing: the build without sync.
    pub ignore_sync: bool,
    /// How many bytes of files fit; more is ENOSPC.
    pub capacity: Option<u64>,
}

/// A seeded disk in memory. A clone is another handle on the same disk.
#[derive(Clone, Debug)]
pub struct SimDisk {}

/// An open file of a [`SimDisk`].
#[derive(Debug)]
pub struct SimFile {}

impl SimDisk {
    /// An empty disk.
    pub fn new(_seed: u64, _faults: Faults) -> Self {
        unimplemented!()
    }

    /// Cuts the power and restores it: of what was not synced, a seeded subset of 512-byte sectors survives.
    pub fn power_cut(&self) {
        unimplemented!()
    }

    /// Other faults from here on; calls are counted from 1 again.
    pub fn set_faults(&self, _faults: Faults) {
        unimplemented!()
    }

    /// Flips one bit of a file, on the platter and in the cache. `false` if there is no such byte.
    pub fn flip_bit(&self, _name: &str, _offset: u64, _bit: u8) -> bool {
        unimplemented!()
    }
}

impl Disk for SimDisk {
    type File = SimFile;
    fn list(&self) -> Result<Vec<String>, DiskError> {
        unimplemented!()
    }
    fn create(&self, _name: &str) -> Result<SimFile, DiskError> {
        unimplemented!()
    }
    fn open(&self, _name: &str) -> Result<SimFile, DiskError> {
        unimplemented!()
    }
    fn remove(&self, _name: &str) -> Result<(), DiskError> {
        unimplemented!()
    }
    fn sync_directory(&self) -> Result<(), DiskError> {
        unimplemented!()
    }
    fn prepares_in_background(&self) -> bool {
        false
    }
}

impl DiskFile for SimFile {
    fn length(&self) -> Result<u64, DiskError> {
        unimplemented!()
    }
    fn read_at(&self, _buffer: &mut [u8], _offset: u64) -> Result<usize, DiskError> {
        unimplemented!()
    }
    fn write_at(&self, _bytes: &[u8], _offset: u64) -> Result<usize, DiskError> {
        unimplemented!()
    }
    fn sync_data(&self) -> Result<(), DiskError> {
        unimplemented!()
    }
}
