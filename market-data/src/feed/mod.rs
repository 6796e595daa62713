//! The channels: a snapshot, then numbered deltas, in one ordered stream; and a client's two ends of it.
//!
//! # What a client gets
//! - Within a stream (a channel of one symbol: a listing's, or `LOT-` and a lot's number) a client gets a snapshot with
//!   `seq` s and then the deltas s + 1, s + 2, … without a gap and without a repeat, as long as it is not closed.
//!   Between streams there is no order.
//! - `from_seq` is the last `seq` that the client has. If the memory still holds what lies behind it, exactly those
//!   deltas come and no snapshot; else a snapshot that says `gap_too_old`, or `from_seq_ahead` where the number has not
//!   been reached yet; of `auction` every frame is remembered. Numbers are the same after a restart (see
//!   `views/markets.rs`), so a client can resume across one.
//! - Of a channel whose changes are merged the numbers go on with steps: a delta says behind which number it begins, and
//!   fits every client that has that one or a later one. What was missed comes as one delta.
//! - A channel is followed by names or by `*`, not both. Asking again for what is followed begins it anew, which is how
//!   a client whose checksum fails gets a fresh snapshot. `*` takes in symbols that are listed later.
//!
//! # Who does the work
//! The folder encodes a delta once, if anybody follows its stream, and puts a clone of its [`Bytes`](bytes::Bytes) (a
//! counted reference) into the queue of each client that is level with that stream. The queue is bounded in frames and
//! bytes: a client that overflows is closed at that moment, its frames are dropped, and the others notice nothing. A
//! private event is queued as it is: its few followers encode it, for it may have to be signed.
//!
//! A paced channel is told by the pacer, at ticks, in the same way. A client with much waiting loses what waits of such
//! a stream and is behind with it, so that it gets one merged delta where others got many.
//!
//! Snapshots, and deltas that were missed, never enter a queue. The receiver makes them one by one when it is asked for
//! its next frame, so they come as fast as the socket drains and no faster; only when a stream is level do its deltas
//! go to the queue. So a subscription to `*` over a million symbols costs its client a cursor, not a million frames,
//! and a healthy client can't overflow by asking for much. Queued deltas go first, but for every
//! [`LIVE_PER_CATCH_UP`] of them one frame of catching up is let through.
//!
//! A client that only listens costs about 300 bytes here. What is private goes the same way, but by a key that is asked
//! at every frame.
//!
//! `client` holds what is known of one client, `followers` who follows what, `pacer` the ticks, `private` the frames of a participant's
//! own stream, and `ends` the two ends that a client's connection holds.

pub(crate) mod client;
pub(crate) mod ends;
pub(crate) mod followers;
pub(crate) mod last_frames;
pub(crate) mod pacer;
pub(crate) mod private;

pub use ends::LIVE_PER_CATCH_UP;
