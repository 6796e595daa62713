//! What a stream remembers of its last frames, and what that is worth to a client that comes late.
//! Invariant: the frames that are remembered are the last ones, without a gap.

/// What a stream remembers.
pub(crate) trait Log {
    /// The number of the last frame; 0 before the first.
    fn seq(&self) -> u64;
    /// How many frames are remembered: the last ones.
    fn len(&self) -> usize;
    /// Drops the oldest frame and gives the bytes that it took; 0 if there is none.
    fn forget(&mut self) -> usize;

    /// The number of the oldest frame that is remembered; one above the last if there is none.
    fn oldest(&self) -> u64 {
        self.seq() - self.len() as u64 + 1
    }
}

/// What comes next for a client that is not yet level with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CatchUp {
    /// Nothing: it has all there is.
    Level,
    /// A frame, after which it has all up to this number.
    Frame(u64),
}
