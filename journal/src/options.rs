//! How a journal is laid out on its disk: the lengths of segments and batches, and how far ahead segments are prepared.
//! What the lengths have to do with each other is checked once, when a journal is opened.

use crate::{
    findings::OpenError,
    format::{BATCH_HEADER, SECTOR, sectors},
};
use protocol::wire;

/// How a journal is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The length of a new segment file in bytes, a multiple of 512, longer than the longest batch. Existing segments
    /// keep theirs. Default 64 MiB.
    pub segment_bytes: u64,
    /// The longest batch in bytes, a multiple of 512. Default: a little more than the longest request
    /// ([`wire::REQUEST_MAX`]).
    pub batch_bytes_max: u64,
    /// How many segments are kept zero-filled ahead of the one in use, at least 1. Default 1.
    pub prepared_ahead: usize,
}

impl Default for Options {
    fn default() -> Self {
        let batch_bytes_max = sectors(wire::REQUEST_MAX + (64 << 10)) as u64;
        Self {
            segment_bytes: 64 << 20,
            batch_bytes_max,
            prepared_ahead: 1,
        }
    }
}

impl Options {
    /// Whether the numbers fit each other.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let sector = SECTOR as u64;
        if !self.segment_bytes.is_multiple_of(sector) || !self.batch_bytes_max.is_multiple_of(sector) {
            return Err(OpenError::Options(
                "segments and batches are whole sectors of 512 bytes",
            ));
        }
        if self.batch_bytes_max < sectors(BATCH_HEADER) as u64 || self.batch_bytes_max > 1 << 31 {
            return Err(OpenError::Options("the longest batch has 512 bytes to 2 GiB"));
        }
        if self.segment_bytes < sector + self.batch_bytes_max {
            return Err(OpenError::Options("a segment holds its header and the longest batch"));
        }
        if self.prepared_ahead == 0 {
            return Err(OpenError::Options("at least one segment is prepared ahead"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_batches_fit_each_other() {
        let fits = |segment_bytes, batch_bytes_max, prepared_ahead| {
            let options = Options {
                segment_bytes,
                batch_bytes_max,
                prepared_ahead,
            };
            options.check().is_ok()
        };
        assert!(fits(1_024, 512, 1));
        assert!(fits((1 << 31) + 512, 1 << 31, 1));
        for (segment_bytes, batch_bytes_max, prepared_ahead) in [
            (1_025, 512, 1),
            (1_536, 513, 1),
            (512, 0, 1),
            ((1 << 31) + 1_024, (1 << 31) + 512, 1),
            (1 << 33, 1 << 32, 1),
            (1_024, 1_024, 1),
            (1_024, 512, 0),
        ] {
            assert!(!fits(segment_bytes, batch_bytes_max, prepared_ahead));
        }
    }
}
