//! The bare disk: what a journal can't outrun.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::Path,
    time::{Duration, Instant},
};

/// A file that was filled with zeros before, so that a sync has only data to write.
pub(super) struct ZeroFilled {
    file: File,
    offset: u64,
    bytes: Vec<u8>,
}

impl ZeroFilled {
    /// Makes a file of this length, for writes of at most `longest` bytes.
    pub(super) fn new(folder: &Path, length: u64, longest: usize) -> anyhow::Result<Self> {
        let path = folder.join("bare");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        let zeros = vec![0; 1 << 20];
        let mut left = length;
        while left > 0 {
            let now = left.min(zeros.len() as u64);
            file.write_all(&zeros[..now as usize])?;
            left -= now;
        }
        file.sync_all()?;
        Ok(Self {
            file,
            offset: 0,
            bytes: vec![0xA5; longest],
        })
    }

    /// Writes so many bytes behind those before, and syncs.
    pub(super) fn write(&mut self, bytes: usize) -> anyhow::Result<Duration> {
        let started = Instant::now();
        self.file.write_all_at(&self.bytes[..bytes], self.offset)?;
        self.file.sync_data()?;
        self.offset += bytes as u64;
        Ok(started.elapsed())
    }
}
