//! The last frame that the followers of every stream were told.

use crate::{
    stream::Stream,
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
        if !stream.channel.is_public() {
            let symbol = executions::symbol(EntityId(stream.subject.0));
            return Some((symbol, self.executions.seq(stream.subject)));
        }
        // Of a paced stream its followers have what was told, and not what is so.
        let last = match stream.channel.pace() {
            Some(_) => self.markets.told(stream),
            None => self.markets.seq(stream)?,
        };
        Some((self.markets.symbol(stream)?.0, last))
    }
}
