//! One WebSocket from its upgrade to its end: one half reads messages and waits for answers, the other writes replies,
//! feed frames and pings. Both run in one task, and the first to end ends both.
//!
//! What always holds: what a client can pile up here is bounded (replies, commands under way, frames), and its
//! slowness reaches nobody else.

use super::{
    operation::{Operations, Outcome},
    own::HEARTBEAT,
};
use crate::{
    json::scalar::write_time,
    server::{
        core::{arrival::Arrival, call::Call, state::State},
        said::problem::{Fault, Problem},
    },
};
use bytes::Bytes;
use futures_util::{
    SinkExt, StreamExt,
    future::BoxFuture,
    stream::{FuturesUnordered, SplitSink, SplitStream},
};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use market_data::{Closed, Receiver, Resume};
use protocol::Timestamp;
use serde_json::{Value, json};
use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Replies that may wait for the writer; then the reader stops reading.
const REPLIES_WAITING: usize = 64;
/// Changes of records that may wait for the writer; then no more are read.
const CHANGES_WAITING: usize = 16;
/// Frames that are written between two flushes.
const FRAMES_PER_FLUSH: usize = 256;
/// How often a client that asked for it gets a heartbeat.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// How many streams a heartbeat tells of at most.
const BEAT_STREAMS: usize = 100;
/// How long the last words may take, and the client's answer to them.
const FAREWELL: Duration = Duration::from_secs(5);
/// How much of a message that is too large is still read away.
const DRAIN_BYTES: usize = 16 << 20;

/// Why a session ends.
#[derive(Debug)]
enum End {
    /// The client closed, or its connection is gone.
    Gone,
    /// The server stops.
    Stopping,
    /// What it acts by has ended: its key was revoked, or its session is over.
    Ended(Problem),
    /// Nothing was heard for too long.
    Idle,
    /// It broke the protocol: the close code, and a word on it.
    Broke(CloseCode, &'static str),
    /// A message larger than the limit.
    TooLarge,
    /// It did not keep up.
    Slow(Closed),
}

/// Runs a session to its end.
pub(super) async fn run(io: TokioIo<Upgraded>, state: State, call: Call) {
    let most = state.limits.message_bytes;
    // Small buffers: ten thousand clients should fit.
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(8 << 10)
        .max_message_size(Some(most))
        .max_frame_size(Some(most));
    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
    state.metrics.websockets.increment(1);
    let seat = state.audience.join();
    let (mut sink, mut stream) = socket.split();
    let (subscriber, mut receiver) = state.market.connect();
    let (replies, mut waiting) = mpsc::channel(REPLIES_WAITING);
    let (changes, mut changed) = mpsc::channel(CHANGES_WAITING);
    let mut operations = Operations::new(state.clone(), call, subscriber, changes);
    let beats = operations.beats();
    let end = tokio::select! {
        end = read(&mut stream, &mut operations, replies, &state) => end,
        end = write(&mut sink, &mut receiver, (&mut waiting, &mut changed), (&state, &beats)) => end,
    };
    drop(operations);
    let end = match end {
        // One that fell behind may look idle by then: it takes nothing, and the writer waits for it. It is told where
        // to go on.
        End::Idle => match receiver.try_next(|| state.now()) {
            Some(Err(closed)) => End::Slow(closed),
            _ => End::Idle,
        },
        end => end,
    };
    drop((receiver, seat));
    state.metrics.websockets.decrement(1);
    farewell(sink, stream, waiting, end, &state).await;
}

async fn read(
    stream: &mut SplitStream<Socket>,
    operations: &mut Operations,
    replies: mpsc::Sender<String>,
    state: &State,
) -> End {
    let mut under_way: FuturesUnordered<BoxFuture<'static, String>> = FuturesUnordered::new();
    let mut ending = std::pin::pin!(state.ending());
    let mut leaving = None;
    loop {
        if under_way.is_empty()
            && let Some(end) = leaving
        {
            // What was taken was answered.
            return end;
        }
        let staying = leaving.is_none();
        let message = tokio::select! {
            () = &mut ending, if staying => {
                leaving = Some(End::Stopping);
                continue;
            }
            why = operations.ended(), if staying => {
                leaving = Some(End::Ended(why));
                continue;
            }
            Some(reply) = under_way.next(), if !under_way.is_empty() => {
                if replies.send(reply).await.is_err() {
                    return End::Gone;
                }
                continue;
            }
            message = timeout(state.limits.idle_timeout, stream.next()),
                if staying && under_way.len() < state.limits.in_flight => message,
        };
        let arrival = Arrival::of_command(state);
        let text = match message {
            Err(_) => return End::Idle,
            Ok(None | Some(Ok(Message::Close(_)))) => return End::Gone,
            Ok(Some(Ok(Message::Text(text)))) => text,
            Ok(Some(Ok(Message::Binary(_)))) => return End::Broke(CloseCode::Unsupported, "text only"),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => continue,
            Ok(Some(Err(error))) => return broken(&error),
        };
        let outcome = operations.handle(&text, &arrival);
        // Handed over, refused, or no command at all.
        drop(arrival);
        match outcome {
            Outcome::Reply(reply) => {
                if replies.send(reply).await.is_err() {
                    return End::Gone;
                }
            }
            Outcome::Pending(reply) => under_way.push(reply),
        }
    }
}

fn broken(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::TooLarge,
        Error::Utf8(_) => End::Broke(CloseCode::Invalid, "not UTF-8"),
        Error::Protocol(tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            End::Gone
        }
        Error::Protocol(_) => End::Broke(CloseCode::Protocol, "RFC 6455 was violated"),
        _ => End::Gone,
    }
}

async fn write(
    sink: &mut SplitSink<Socket, Message>,
    receiver: &mut Receiver,
    (replies, changed): (&mut mpsc::Receiver<String>, &mut mpsc::Receiver<String>),
    (state, beats): (&State, &AtomicBool),
) -> End {
    let now = || state.now();
    let mut pings = interval(state.limits.ping_every);
    let mut heart = interval(BEAT_EVERY);
    for regular in [&mut pings, &mut heart] {
        regular.set_missed_tick_behavior(MissedTickBehavior::Delay);
        regular.reset();
    }
    let mut beat = 0_u64;
    // Until when frames are gathered. What is one's own is not waited for.
    let mut gathered = Instant::now();
    loop {
        let mut has_frames = false;
        let message = tokio::select! {
            biased;
            // First, or a client with always another frame to take would never be asked for a sign of life.
            _ = pings.tick() => Message::Ping(Bytes::new()),
            reply = replies.recv() => match reply {
                Some(reply) => Message::text(reply),
                // The reader has ended, and says why.
                None => std::future::pending().await,
            },
            _ = heart.tick(), if beats.load(Ordering::Relaxed) => {
                beat += 1;
                heartbeat(beat, receiver, state)
            }
            Some(change) = changed.recv() => Message::text(change),
            frame = next(receiver, gathered, now) => match frame {
                Ok(frame) => {
                    has_frames = true;
                    text(frame, state)
                }
                Err(closed) => return End::Slow(closed),
            },
        };
        // A client that takes nothing at all for so long is as good as gone.
        let sent = timeout(state.limits.idle_timeout, async {
            sink.feed(message).await?;
            for _ in 0..FRAMES_PER_FLUSH {
                // Nothing is taken for which there is no room: where a slow client goes on, it goes on from the last
                // frame that was written.
                poll_fn(|cx| sink.poll_ready_unpin(cx)).await?;
                // Changes of records come when nothing else is there: they wait where they are made.
                let next = match replies.try_recv() {
                    Ok(reply) => Message::text(reply),
                    Err(_) => match receiver.try_next(now) {
                        Some(Ok(frame)) => {
                            has_frames = true;
                            text(frame, state)
                        }
                        Some(Err(closed)) => return Ok(Some(closed)),
                        None => match changed.try_recv() {
                            Ok(change) => Message::text(change),
                            Err(_) => break,
                        },
                    },
                };
                sink.start_send_unpin(next)?;
            }
            sink.flush().await.map(|()| None)
        });
        let sent = sent.await;
        if has_frames {
            gathered = Instant::now() + state.audience.gather();
        }
        match sent {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(closed))) => return End::Slow(closed),
            Ok(Err(error)) => return broken(&error),
            Err(_) => return End::Idle,
        }
    }
}

/// The next frame, once frames have been gathered or one is there that does not wait. Cancel-safe.
async fn next(receiver: &mut Receiver, gathered: Instant, now: impl Fn() -> Timestamp) -> Result<Bytes, Closed> {
    if Instant::now() < gathered {
        tokio::select! {
            () = sleep_until(gathered) => {}
            () = receiver.hurried() => {}
        }
    }
    receiver.next(now).await
}

/// A sign of life, and what a copy has when it misses nothing.
fn heartbeat(beat: u64, receiver: &Receiver, state: &State) -> Message {
    let stream = |at: Resume| json!({ "channel": at.channel.name(), "symbol": at.symbol.as_str(), "seq": at.seq });
    let streams: Vec<_> = receiver.level(BEAT_STREAMS).into_iter().map(stream).collect();
    let beat = json!({
        "type": "beat", "channel": HEARTBEAT, "seq": beat, "sent_at": write_time(state.now()), "streams": streams,
    });
    Message::text(beat.to_string())
}

/// The feed encoded it once, for all: it is shared, not copied. What a participant alone is told is not counted: it
/// would show when it bids.
fn text(frame: Bytes, state: &State) -> Message {
    if !market_data::frame::is_private(&frame) {
        state.metrics.frames.increment(1);
    }
    Message::Text(Utf8Bytes::try_from(frame).expect("the feed writes JSON"))
}

/// The last words, in a time that ends.
async fn farewell(
    mut sink: SplitSink<Socket, Message>,
    mut stream: SplitStream<Socket>,
    mut replies: mpsc::Receiver<String>,
    end: End,
    state: &State,
) {
    let (code, reason, last) = match &end {
        End::Gone => (CloseCode::Normal, String::new(), None),
        End::Stopping => (CloseCode::Away, "the server shuts down".to_owned(), None),
        End::Idle => (CloseCode::Library(4000), "no sign of life".to_owned(), None),
        End::Ended(why) => {
            state.metrics.problem(why.code());
            let reason = match why.code() {
                code if code == Fault::SessionEnded.code() => "the session ended",
                _ => "the key was revoked",
            };
            (CloseCode::Library(4001), reason.to_owned(), Some(why.to_json()))
        }
        End::Broke(code, why) => (*code, (*why).to_owned(), None),
        End::TooLarge => {
            let most = state.limits.message_bytes;
            let problem = Problem::from(Fault::MessageTooLarge).hint(format!("at most {most} bytes"));
            state.metrics.problem(problem.code());
            (
                CloseCode::Size,
                format!("at most {most} bytes"),
                Some(problem.to_json()),
            )
        }
        End::Slow(Closed::TooSlow { resume }) => {
            let (reason, last) = slow(resume);
            (CloseCode::Library(Closed::TOO_SLOW_CODE), reason, Some(last))
        }
        End::Slow(Closed::Gone) => (CloseCode::Error, "the feeds ended".to_owned(), None),
    };
    let code_number = u16::from(code);
    tracing::debug!(code = code_number, reason, "a websocket ends");
    let gone = matches!(end, End::Gone);
    let said = timeout(FAREWELL, async {
        if gone {
            // The answer to the client's close frame is under way already.
            return sink.close().await;
        }
        while let Ok(reply) = replies.try_recv() {
            sink.feed(Message::text(reply)).await?;
        }
        if let Some(last) = last {
            sink.feed(Message::text(last.to_string())).await?;
        }
        sink.send(Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        })))
        .await
    })
    .await;
    state.metrics.closed(code_number);
    if gone || !matches!(said, Ok(Ok(()))) {
        return;
    }
    if matches!(end, End::TooLarge) {
        // What is left of the message is read away unseen; dropped now, the client would see a reset.
        if let Ok(socket) = sink.reunite(stream) {
            let mut raw = socket.into_inner();
            let read_away = timeout(state.limits.request_timeout, async {
                raw.shutdown().await?;
                let mut buffer = vec![0; 16 << 10];
                let mut drained = 0;
                while drained < DRAIN_BYTES {
                    match raw.read(&mut buffer).await? {
                        0 => break,
                        read => drained += read,
                    }
                }
                Ok::<_, std::io::Error>(())
            });
            tokio::select! {
                _ = read_away => {}
                () = state.ending() => {}
            }
        }
        return;
    }
    // Until the client's close frame: so it gets all that was written.
    let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = stream.next().await {} }).await;
}

/// The close reason (123 bytes at most) and the last frame of a client that was too slow.
fn slow(resume: &[Resume]) -> (String, Value) {
    let list: Vec<_> = resume
        .iter()
        .map(|at| json!({ "channel": at.channel.name(), "symbol": at.symbol.as_str(), "seq": at.seq }))
        .collect();
    let reason = match resume {
        [one] => {
            let seq = one.seq.map_or_else(|| "none".to_owned(), |seq| seq.to_string());
            format!("too slow; {} {} last seq {seq}", one.channel.name(), one.symbol)
        }
        _ => "too slow; the last frame says where to resume".to_owned(),
    };
    (
        reason,
        json!({ "op": "closed", "code": Closed::TOO_SLOW_CODE, "reason": "too slow", "resume": list }),
    )
}
