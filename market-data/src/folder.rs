//! The one writer: events in, views and frames out.

use crate::{
    feed::{
        client::{Frame, Text},
        followers::{Aftermath, Followers},
        last_frames::LastFrames,
    },
    memory::CatchUp,
    state::{MarketData, Views},
    stream::{Channel, Stream},
    views::{
        directory::Directory,
        executions::{self, Execution, Executions},
        markets::{Markets, Touched},
        records::Records,
        tape::Trade,
    },
};
use bytes::Bytes;
use protocol::{
    Asked, Committed, EntityId, InstrumentId, PublicEvent, Seq, Stamped, Timestamp,
    event::{Event, LotEvent, UnitsListed},
};
use std::sync::{Arc, atomic::Ordering};

/// About how many events are folded under one lock, so that readers never wait long.
const CHUNK: usize = 512;
/// After about how many handed out frames the lock is given up in between.
pub(crate) const HANDED_MAX: usize = 4_096;

/// The writing end: folds events into the views and publishes frames. There is one, on a thread of its own.
#[derive(Debug)]
pub struct Folder {
    pub(crate) views: Arc<Views>,
    applied: Seq,
    /// The levels that the current command has touched.
    touched: Vec<Touched>,
    /// What of a chunk is told participants; empty between chunks.
    told: Vec<(EntityId, Execution)>,
    text: Vec<u8>,
    aftermath: Aftermath,
}

impl Folder {
    pub(crate) fn new(views: Arc<Views>) -> Self {
        Self {
            views,
            applied: Seq(0),
            touched: vec![],
            told: vec![],
            text: vec![],
            aftermath: Aftermath::default(),
        }
    }

    /// Takes in the events of some commands, the next in order, publishes their frames (with `now` as `sent_at`), and
    /// then moves [`MarketData::applied`] to [`Committed::up_to`]. All events of a command come in one `Committed`.
    ///
    /// # Panics
    /// Where the events contradict each other or what was folded before, or come twice: the process should stop.
    pub fn fold(&mut self, committed: &Committed, now: Timestamp) {
        assert!(committed.up_to >= self.applied, "commands are folded in order");
        assert!(
            committed.events.first().is_none_or(|first| first.seq > self.applied),
            "commands are folded once"
        );
        let mut rest = committed.events.as_slice();
        while !rest.is_empty() {
            // A chunk ends with a command.
            let mut end = CHUNK.min(rest.len());
            while end < rest.len() && rest[end].seq == rest[end - 1].seq {
                end += 1;
            }
            let (chunk, behind) = rest.split_at(end);
            self.fold_chunk(chunk, &committed.asked, now);
            rest = behind;
        }
        self.applied = committed.up_to;
        self.views.set_applied(self.applied);
    }

    /// One view after another, each under its own lock, so that no reader who holds a guard of one and asks for another
    /// can be in the way; accounts and records under that of the executions, which no reader asks for behind theirs.
    fn fold_chunk(&mut self, chunk: &[Stamped<Event>], asked: &[Asked], now: Timestamp) {
        if chunk.iter().any(|event| Directory::concerns(&event.body)) {
            let mut directory = self.views.directory_mut();
            chunk.iter().for_each(|event| directory.fold(event));
        }
        self.fold_private(chunk, asked);
        let mut rest = chunk;
        while !rest.is_empty() {
            let folded = self.fold_markets(rest, now);
            rest = &rest[folded..];
            for client in self.aftermath.wake.drain(..) {
                client.wake();
            }
            self.views.let_readers_in();
        }
    }

    /// Accounts, records, and what each participant is told of both: under one lock, so that a snapshot is of one
    /// moment.
    fn fold_private(&mut self, chunk: &[Stamped<Event>], asked: &[Asked]) {
        let views = self.views.clone();
        let mut executions = views.executions_mut();
        let mut told = std::mem::take(&mut self.told);
        {
            let mut accounts = views.accounts_mut();
            let first = chunk.first().map_or(Seq(0), |event| event.seq);
            let mut asked = asked[asked.partition_point(|asked| asked.seq < first)..]
                .iter()
                .peekable();
            for event in chunk {
                while asked.next_if(|asked| asked.seq < event.seq).is_some() {}
                let asked = asked.peek().copied().filter(|asked| asked.seq == event.seq);
                accounts.fold(event, asked);
                if let Some(entity) = executions::of(&event.body) {
                    told.push((entity, Execution::new(event, asked, &accounts)));
                }
            }
        }
        if chunk.iter().any(|event| Records::concerns(&event.body)) {
            let mut records = views.records_mut();
            let mut waits = views.waits_mut();
            for event in chunk {
                if let Some(key) = records.fold(event) {
                    waits.fold(&records, key, event);
                }
            }
        }
        let markets = views.markets();
        let mut followers = views.followers();
        let is_told = views.private_text.get().is_some();
        for (entity, execution) in told.drain(..) {
            let stream = executions::stream(entity, Channel::Executions);
            let wanted = (is_told && followers.wants(stream, 0)).then(|| Arc::new(execution.clone()));
            let seq = executions.tell(entity, execution);
            followers.move_on(executions::stream(entity, Channel::Account), seq - 1);
            let Some(text) = wanted.map(Text::Private) else {
                continue;
            };
            let last_frames = LastFrames {
                markets: &markets,
                executions: &executions,
            };
            let prev = seq - 1;
            let frame = Frame {
                stream,
                seq,
                prev,
                text,
            };
            followers.publish(&frame, 0, last_frames, &mut self.aftermath);
        }
        followers.settle(&mut self.aftermath);
        drop((followers, markets, executions));
        self.told = told;
        for client in self.aftermath.wake.drain(..) {
            client.wake();
        }
    }

    /// Folds and publishes until [`HANDED_MAX`] frames have been handed out; how many events that took.
    fn fold_markets(&mut self, chunk: &[Stamped<Event>], now: Timestamp) -> usize {
        let views = self.views.clone();
        let mut markets = views.markets_mut();
        let executions = views.executions();
        let mut followers = views.followers();
        let mut publisher = Publisher {
            followers: &followers,
            executions: &executions,
            text: &mut self.text,
            now,
            aftermath: &mut self.aftermath,
            handed: 0,
        };
        let ends = markets.ends();
        let mut step = chunk.first().map(|event| (event.seq, event.at));
        let mut folded = chunk.len();
        for (place, event) in chunk.iter().enumerate() {
            if step != Some((event.seq, event.at)) {
                publisher.flush(&mut markets, &mut self.touched, step);
                step = Some((event.seq, event.at));
                if publisher.handed >= HANDED_MAX {
                    folded = place;
                    break;
                }
            }
            let Event::Public(public) = &event.body else { continue };
            match *public {
                PublicEvent::OrderAdded {
                    instrument,
                    order,
                    side,
                    price,
                    quantity,
                } => {
                    markets.add(instrument, order, side, price, quantity);
                    self.touched.push((instrument, side, price));
                }
                PublicEvent::OrderRemoved {
                    instrument,
                    order,
                    side,
                    price,
                    quantity,
                } => {
                    markets.remove(instrument, order, side, price, quantity);
                    self.touched.push((instrument, side, price));
                }
                PublicEvent::Traded {
                    instrument,
                    trade,
                    maker,
                    taker_side,
                    price,
                    quantity,
                    sandbox,
                } => {
                    let print = Trade {
                        seq: 0,
                        trade,
                        price,
                        quantity,
                        taker_side,
                        sandbox,
                        matched_at: event.at,
                    };
                    let seq = markets.trade(instrument, maker, print);
                    self.touched.push((instrument, taker_side.opposite(), price));
                    publisher.publish(
                        &markets,
                        Stream {
                            subject: instrument.into(),
                            channel: Channel::Trades,
                        },
                        seq,
                    );
                }
                PublicEvent::UnitsListed(ref listed) => list(&views, &mut markets, listed),
                PublicEvent::LotBid(_) | PublicEvent::Notice(_) => {
                    if let Some(step) = LotEvent::of(public) {
                        let (subject, seq) = markets.lots.tell(step, event.at);
                        let channel = Channel::Auction;
                        publisher.publish(&markets, Stream { subject, channel }, seq);
                    }
                }
                PublicEvent::TradingChanged { instrument, status } => {
                    markets.change(instrument, Some(status), event.at);
                    publisher.changed(&markets, instrument, &[Channel::Status, Channel::Instruments]);
                }
                PublicEvent::UnitsIssued { instrument, .. } => {
                    markets.change(instrument, None, event.at);
                    publisher.changed(&markets, instrument, &[Channel::Instruments]);
                }
                PublicEvent::EpochOpened(_) => {}
            }
        }
        publisher.flush(&mut markets, &mut self.touched, step);
        followers.settle(&mut self.aftermath);
        if markets.ends() != ends {
            for (known, end) in views.ends.iter().zip(markets.ends()) {
                known.store(end, Ordering::Release);
            }
            self.aftermath.wake.extend(followers.stars().cloned());
        }
        folded
    }

    /// The reading end of the same views.
    pub fn market_data(&self) -> MarketData {
        MarketData {
            views: self.views.clone(),
        }
    }
}

/// An instrument that the directory has already.
fn list(views: &Views, markets: &mut Markets, listed: &UnitsListed) {
    let instrument = views.directory().instrument(listed.instrument).cloned();
    markets.list(instrument.expect("the directory is folded first"));
}

/// Encodes the frames that somebody wants, once, and hands them out.
struct Publisher<'a> {
    followers: &'a Followers,
    executions: &'a Executions,
    text: &'a mut Vec<u8>,
    now: Timestamp,
    aftermath: &'a mut Aftermath,
    /// How many frames have been handed to clients.
    handed: usize,
}

impl Publisher<'_> {
    /// Ends a command (or a due time of it): one frame for each book that it touched.
    fn flush(&mut self, markets: &mut Markets, touched: &mut Vec<Touched>, step: Option<(Seq, Timestamp)>) {
        let Some((_, at)) = step else { return };
        if touched.len() > 1 {
            // Best first on each side, and each level once.
            touched.sort_unstable_by_key(|&(id, side, price)| {
                (
                    id,
                    side,
                    if side == protocol::Side::Buy {
                        -price.minor()
                    } else {
                        price.minor()
                    },
                )
            });
            touched.dedup();
        }
        for book in touched.chunk_by(|a, b| a.0 == b.0) {
            let (id, seq) = markets.flush(book, at);
            for channel in [Channel::BookL2, Channel::BookL3] {
                let subject = id.into();
                self.publish(markets, Stream { subject, channel }, seq);
            }
        }
        touched.clear();
    }

    /// An instrument's status or its terms have changed.
    fn changed(&mut self, markets: &Markets, instrument: InstrumentId, channels: &[Channel]) {
        for &channel in channels {
            let stream = Stream {
                subject: instrument.into(),
                channel,
            };
            let seq = markets.seq(stream).expect("it is listed");
            self.publish(markets, stream, seq);
        }
    }

    fn publish(&mut self, markets: &Markets, stream: Stream, seq: u64) {
        let (_, crc) = markets.symbol(stream).expect("it has just changed");
        if !self.followers.wants(stream, crc) {
            return;
        }
        self.text.clear();
        let made = markets.catch_up(stream, Some(seq - 1), self.now, self.text);
        assert_eq!(made, CatchUp::Frame(seq), "the last frame is remembered");
        let frame = Frame {
            stream,
            seq,
            prev: seq - 1,
            text: Text::Encoded(Bytes::copy_from_slice(self.text)),
        };
        let last_frames = LastFrames {
            markets,
            executions: self.executions,
        };
        self.handed += self.followers.publish(&frame, crc, last_frames, self.aftermath);
    }
}
