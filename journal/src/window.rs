//! A segment's file, read in large pieces.

use crate::{
    disk::{Disk, DiskFile, read_exact},
    findings::OpenError,
    format::{is_zero, segment_name},
};

/// How much is read at once.
const CHUNK: u64 = 4 << 20;
/// How much is compared with zero at once.
const STEP: u64 = 64 << 10;

/// The part of a segment that is in memory.
#[derive(Debug)]
pub(crate) struct Window<F> {
    file: Option<F>,
    segment: u64,
    /// The first `filled` bytes stand at `start` in the file.
    bytes: Vec<u8>,
    filled: usize,
    start: u64,
}

impl<F> Default for Window<F> {
    fn default() -> Self {
        Self {
            file: None,
            segment: 0,
            bytes: Vec::new(),
            filled: 0,
            start: 0,
        }
    }
}

impl<F: DiskFile> Window<F> {
    /// Turns to a segment; its length, if it is another than before.
    pub(crate) fn open<D: Disk<File = F>>(&mut self, disk: &D, segment: u64) -> Result<Option<u64>, OpenError> {
        if self.file.is_some() && self.segment == segment {
            return Ok(None);
        }
        let file = disk.open(&segment_name(segment))?;
        let length = file.length()?;
        self.file = Some(file);
        self.segment = segment;
        self.forget();
        Ok(Some(length))
    }

    /// Forgets what was read.
    pub(crate) fn forget(&mut self) {
        self.filled = 0;
        self.start = 0;
    }

    /// `len` bytes at `offset` of a file of `length`.
    pub(crate) fn get(&mut self, offset: u64, len: usize, length: u64) -> Result<&[u8], OpenError> {
        let end = self.start + self.filled as u64;
        if offset < self.start || offset + len as u64 > end {
            let kept = if (self.start..end).contains(&offset) {
                (end - offset) as usize
            } else {
                0
            };
            self.bytes.copy_within(self.filled - kept..self.filled, 0);
            let wanted = (length - offset).min(CHUNK.max(len as u64)) as usize;
            if self.bytes.len() < wanted {
                self.bytes.resize(wanted, 0);
            }
            // Nothing is kept of a read that fails half way.
            self.filled = 0;
            self.start = offset;
            let file = self.file.as_ref().expect("a segment is open");
            read_exact(file, &mut self.bytes[kept..wanted], offset + kept as u64)?;
            self.filled = wanted;
        }
        let from = (offset - self.start) as usize;
        Ok(&self.bytes[from..from + len])
    }

    /// The first byte from `offset` on that is not zero.
    pub(crate) fn nonzero(&mut self, mut offset: u64, length: u64) -> Result<Option<u64>, OpenError> {
        while offset < length {
            let len = (length - offset).min(STEP);
            let bytes = self.get(offset, len as usize, length)?;
            if !is_zero(bytes) {
                return Ok(bytes.iter().position(|&byte| byte != 0).map(|at| offset + at as u64));
            }
            offset += len;
        }
        Ok(None)
    }

    /// The last byte from `offset` on that is not zero.
    pub(crate) fn last_nonzero(&mut self, mut offset: u64, length: u64) -> Result<Option<u64>, OpenError> {
        let mut last = None;
        while offset < length {
            let len = (length - offset).min(STEP);
            let bytes = self.get(offset, len as usize, length)?;
            if !is_zero(bytes) {
                last = bytes.iter().rposition(|&byte| byte != 0).map(|at| offset + at as u64);
            }
            offset += len;
        }
        Ok(last)
    }
}
