//! Room for what is to come.

/// Room in segments that are already zero-filled.
#[derive(Debug)]
pub struct Space {}

/// Why a reservation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// The next segment is still being prepared: try again in a moment.
    Preparing,
    /// The disk is full: nothing can be taken until there is space again. Preparing is retried.
    DiskFull,
    /// The journal has failed for good.
    Failed,
}

impl Space {
    /// Sets room aside for one request of `bytes` encoded bytes ([`encoded_bytes`](crate::encoded_bytes)), alone in a
    /// batch in the worst case. After `true` its append cannot fail for want of space. What was reserved is given back
    /// by the append of the batch that holds the request, or by [`Self::release`]. Every request that is pushed must
    /// have been reserved, ticks too. Lock-free; any thread.
    pub fn try_reserve(&self, _bytes: usize) -> bool {
        unimplemented!()
    }

    /// Gives back what [`Self::try_reserve`] set aside for a request of `bytes` that will not be pushed after all.
    pub fn release(&self, _bytes: usize) {
        unimplemented!()
    }

    /// Why [`Self::try_reserve`] said no just now.
    pub fn shortage(&self) -> Shortage {
        unimplemented!()
    }

    /// Like [`Self::try_reserve`], but waits for preparation up to `patience`. For tools, never for the core.
    pub fn reserve_within(&self, _bytes: usize, _patience: std::time::Duration) -> bool {
        unimplemented!()
    }
}
