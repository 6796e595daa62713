//! The spool: facts that wait on the disk, first in, first out. It is never synced and never read after a restart,
//! since every start brings all facts again.
//!
//! A frame is its length in four bytes, little end first, and so many bytes of facts in postcard.

use crate::fact::Fact;
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::PathBuf,
    sync::Arc,
};

/// The bytes of a frame's length.
const HEAD: u64 = 4;

/// The writing end; it says as well how far was read.
#[derive(Debug)]
pub(crate) struct Spool {
    path: PathBuf,
    file: Option<Arc<File>>,
    written: u64,
    read: u64,
}

impl Spool {
    /// No file yet; one that an earlier process left is deleted.
    ///
    /// # Errors
    /// Where it cannot be deleted.
    pub(crate) fn new(path: PathBuf) -> io::Result<Self> {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self {
            path,
            file: None,
            written: 0,
            read: 0,
        })
    }

    /// Whether everything was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.read == self.written
    }

    /// How many bytes wait to be read.
    pub(crate) fn waiting(&self) -> u64 {
        self.written - self.read
    }

    /// Appends facts, whole or not at all.
    ///
    /// # Errors
    /// As the file system has them; what was written before stays.
    pub(crate) fn write(&mut self, facts: &[Fact]) -> io::Result<()> {
        let frame = postcard::to_extend(facts, vec![0; HEAD as usize]).map_err(io::Error::other)?;
        let mut frame = frame;
        let length = u32::try_from(frame.len() as u64 - HEAD).map_err(io::Error::other)?;
        frame[..HEAD as usize].copy_from_slice(&length.to_le_bytes());
        let file = match &self.file {
            Some(file) => file,
            None => {
                let mut options = OpenOptions::new();
                options.read(true).write(true).create(true).truncate(true).mode(0o600);
                self.file.insert(Arc::new(options.open(&self.path)?))
            }
        };
        if let Err(error) = file.write_all_at(&frame, self.written) {
            // The room goes back; what a failed write left is overwritten by the next.
            let _ = file.set_len(self.written);
            return Err(error);
        }
        self.written += frame.len() as u64;
        Ok(())
    }

    /// Where the next frame stands, to be read without holding up who writes.
    pub(crate) fn next(&self) -> Option<Place> {
        let file = self.file.as_ref().filter(|_| !self.is_empty())?;
        Some(Place {
            file: file.clone(),
            from: self.read,
        })
    }

    /// The frames before this place are read.
    pub(crate) fn advance(&mut self, to: u64) {
        self.read = to;
    }

    /// Everything is to be read again.
    pub(crate) fn rewind(&mut self) {
        self.read = 0;
    }

    /// Everything was read and will not be asked for again: the file goes.
    pub(crate) fn clear(&mut self) {
        if self.file.take().is_some() {
            // Where it cannot be deleted now, the next start does.
            let _ = fs::remove_file(&self.path);
        }
        (self.written, self.read) = (0, 0);
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A frame of the spool.
#[derive(Debug)]
pub(crate) struct Place {
    file: Arc<File>,
    from: u64,
}

impl Place {
    /// The facts of the frame, and where the next one begins.
    ///
    /// # Errors
    /// As the file system has them, and where the bytes are not what was written.
    pub(crate) fn read(&self) -> io::Result<(Vec<Fact>, u64)> {
        let mut length = [0; HEAD as usize];
        self.file.read_exact_at(&mut length, self.from)?;
        let length = u32::from_le_bytes(length);
        let mut frame = vec![0; length as usize];
        self.file.read_exact_at(&mut frame, self.from + HEAD)?;
        let facts = postcard::from_bytes(&frame).map_err(io::Error::other)?;
        Ok((facts, self.from + HEAD + u64::from(length)))
    }
}
