//! The last frame of every stream.

use crate::{
    stream::{Channel, Stream},
    views::{
        executions::{self, Executions},
        markets::Markets,
    },
};
use protocol::{EntityId, Symbol};

/// The views that know the last frame of every stream, by which a closed client learns where to go on.
#[derive(Clone, Copy)]
pub(crate) struct LastFrames<'a> {
    pub(crate) markets: &'a Markets,
    pub(crate) executions: &'a Executions,
}

impl LastFrames<'_> {
    /// The symbol of a stream, and the number of its last frame.
    pub(crate) fn of(self, stream: Stream) -> Option<(Symbol, u64)> {
        if stream.channel == Channel::Executions {
            let symbol = executions::symbol(EntityId(stream.subject.0));
            return Some((symbol, self.executions.seq(stream.subject)));
        }
        Some((self.markets.symbol(stream)?.0, self.markets.seq(stream)?))
    }
}
