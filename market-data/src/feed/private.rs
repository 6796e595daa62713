//! The frames of a participant's own stream, yet to be encoded: whoever sends one writes it, and signs it where it is a
//! receipt.

use crate::{
    memory::CatchUp,
    state::{MarketData, PrivateText},
    stream::Stream,
    views::{
        executions::{self, Execution, Executions, Next},
        frame::{Head, Why},
    },
};
use bytes::Bytes;
use protocol::{EntityId, Timestamp};

/// A frame of a participant's stream that is yet to be encoded.
pub(crate) enum Unwritten {
    /// Its event of this number.
    Event(u64, Execution),
    /// How it stands after this number, as of this time.
    Standing {
        seq: u64,
        at: Option<Timestamp>,
        why: Why,
        members: Box<dyn FnOnce() -> String>,
    },
}

impl Unwritten {
    /// What a client needs next that has this participant's stream up to `position`. While `executions` is locked for
    /// reading neither accounts nor records move, so how it stands is of one moment.
    pub(crate) fn catch_up(
        executions: &Executions,
        (market, words): (&MarketData, &dyn PrivateText),
        stream: Stream,
        position: Option<u64>,
    ) -> (CatchUp, Option<Self>) {
        match executions.catch_up(stream, position) {
            Next::Nothing => (CatchUp::Level, None),
            Next::Event(seq, execution) => (CatchUp::Frame(seq), Some(Self::Event(seq, execution.clone()))),
            Next::Standing { seq, at, why, lots } => {
                let (accounts, records) = (market.views.accounts(), market.views.records());
                let members = words.standing(market, EntityId(stream.subject.0), lots, &accounts, &records);
                (CatchUp::Frame(seq), Some(Self::Standing { seq, at, why, members }))
            }
        }
    }

    /// The text of the frame. No lock is held meanwhile.
    pub(crate) fn write(
        self,
        (market, words): (&MarketData, &dyn PrivateText),
        stream: Stream,
        sent_at: Timestamp,
    ) -> Bytes {
        let mut out = vec![];
        match self {
            Self::Event(seq, execution) => {
                let members = words.event(market, &execution);
                head(stream, seq, execution.event.at, sent_at).delta(members.as_bytes(), &mut out);
            }
            Self::Standing { seq, at, why, members } => {
                let at = at.unwrap_or(sent_at);
                head(stream, seq, at, sent_at).snapshot(why, members().as_bytes(), &mut out);
            }
        }
        out.into()
    }
}

fn head(stream: Stream, seq: u64, matched_at: Timestamp, sent_at: Timestamp) -> Head {
    let symbol = executions::symbol(EntityId(stream.subject.0));
    Head::new(stream.channel, symbol, seq, matched_at, Some(sent_at))
}
