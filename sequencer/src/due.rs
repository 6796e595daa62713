//! What comes next: a command, or what fell due before it.
//!
//! What always holds: a deadline fires, and a bid is taken, once everything that arrived before it has been taken, and
//! the pulse has shown that the process did not stand still up to then; and the core hears of hours in which bids could
//! not be taken before anything fires that fell due in them.

use crate::{
    config::Fatal,
    engine_thread::{Ending, EngineThread},
    interruption::Span,
    journal_thread::Flight,
    sealing::Secrecy,
};
use journal::{Shortage, encoded_bytes};
use protocol::{Command, Request, Timestamp, UserId, time::SECOND};
use std::{
    mem,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// How long a tick waits when the disk had no room for it.
pub(crate) const TICK_RETRY: Duration = Duration::from_millis(100);
/// How long the thread sleeps between two looks at who is still on the way.
const ARRIVAL_POLL: Duration = Duration::from_micros(100);
/// So much of the time between two looks counts as waited for who is stuck: the rest of a longer one the process stood
/// still.
const LOOK_MAX: Duration = Duration::from_millis(20);
/// How often the clock is compared with the machine's.
const CLOCK_LOOK: Duration = Duration::from_secs(1);
/// How often the thread looks whether a lot's end is near: so often it wakes where one is to come.
const LOOK_AHEAD: Duration = Duration::from_millis(100);
/// An end is near for so long before it, and a while after it for a thread that is late: longer than the ten seconds in
/// which the core counts a standstill.
const NEAR_END: u64 = 12 * SECOND;
/// So many [`Command::Resumed`] always fit, also on a full disk: one that fills pauses what is open, and what opens
/// later is rare.
const RESUMED_KEPT: u32 = 4;
/// The encoded length of a [`Command::Resumed`], and of a [`Command::Stalled`] at most: in the journal they take the same.
const RESUMED_BYTES: usize = 48;

/// What comes next.
pub(crate) enum Next {
    /// The first command that waits.
    Command,
    /// Something was done or learnt: ask again.
    Again,
    /// Nothing that can be done now.
    Nothing,
}

/// How long was waited for who is on the way. A process that stood still has not waited for anybody.
pub(crate) struct Patience {
    waited: Duration,
    looked: Instant,
}

impl Patience {
    fn look(&mut self, now: Instant) {
        self.waited += now.saturating_duration_since(self.looked).min(LOOK_MAX);
        self.looked = now;
    }
}

/// A command of the sequencer's own.
fn own(command: Command) -> Request {
    Request {
        by: UserId(0),
        client: None,
        command,
    }
}

impl EngineThread {
    /// What comes next: the first command, or what was due before it. Does the latter.
    pub(crate) fn next(&mut self, closed: bool, flight: &mut Flight) -> Result<Next, Ending> {
        let interruption = self.interruption();
        let deadline = self.core.exchange.next_deadline();
        let first = self.queue.front();
        let bid = first
            .filter(|first| self.core.sealing.lot_of(first.secrecy).is_some())
            .map(|first| first.arrived);
        let first = first.map(|first| (first.arrived.max(self.core.last_at), first.bytes));
        let due = interruption.map_or(deadline, |(span, _)| span.tell_from().min(deadline));
        let until = match first {
            Some((at, _)) => at,
            None if due == Timestamp::NEVER || (closed && interruption.is_none()) => return self.idle(closed, flight),
            None => self.clock.now(),
        };
        // On a full disk commands that had room go on: each fires what is due before it.
        let full = interruption.is_none() && self.tick_not_before.is_some_and(|time| Instant::now() < time);
        if due > until || full {
            return match first {
                // Of two bids the one that arrived first comes first, whichever was looked at for longer; and none
                // before the core knows that others could not bid.
                Some(_) if bid.is_some_and(|arrived| arrived > self.queue.complete()) => {
                    self.look_for_earlier(bid.expect("it is one"))
                }
                Some((_, bytes)) if !self.fits(flight, bytes) => Ok(Next::Nothing),
                Some(_) => Ok(Next::Command),
                None => self.idle(closed, flight),
            };
        }
        if !self.all_before(due) {
            return self.look_for_earlier(due);
        }
        // Patience starts afresh for the next arrival.
        self.patience = None;
        match interruption {
            Some((span, at)) if span.since <= deadline => self.resume(span, at, flight),
            _ => self.tick(deadline, interruption.is_some(), flight),
        }
    }

    /// Whether everything that arrived before `due` was taken. What is not later than the last command has nothing
    /// before it.
    fn all_before(&self, due: Timestamp) -> bool {
        due <= self.core.last_at || due <= self.queue.complete()
    }

    /// Gathers what arrived before `due`; waits for what is still on its way, but not for long.
    fn look_for_earlier(&mut self, due: Timestamp) -> Result<Next, Ending> {
        let awake = self.gather();
        let earlier = self.queue.front().is_some_and(|first| first.arrived < due);
        if due <= self.queue.complete() || earlier {
            self.patience = None;
            return Ok(Next::Again);
        }
        if !awake {
            // The next beat tells of it. Nobody is stuck who stood still with everyone else.
            if self.pulse.is_dead() {
                return Err(Fatal::Thread("pulse").into());
            }
            self.patience = None;
            self.blocked = Some(ARRIVAL_POLL);
            return Ok(Next::Nothing);
        }
        let now = self.clock.instant();
        let patience = self.patience.get_or_insert(Patience {
            waited: Duration::ZERO,
            looked: now,
        });
        patience.look(now);
        if patience.waited < self.config.arrival_wait {
            self.blocked = Some(ARRIVAL_POLL);
            return Ok(Next::Nothing);
        }
        self.patience = None;
        let stuck = self.arrivals.give_up(due);
        self.queue.give_up(due);
        tracing::error!(stuck, %due, "requests are stuck between their last byte and the inbox; a deadline goes ahead of them");
        Ok(Next::Again)
    }

    /// Takes over everything that has arrived by now, but for what is still on its way. It is known to be everything
    /// only while the process is awake: else its bids may not have been read yet. Whether it is.
    fn gather(&mut self) -> bool {
        let horizon = self.arrivals.horizon();
        let awake = self.pulse.is_young();
        self.queue.gather(if awake { horizon } else { Timestamp(0) });
        awake
    }

    /// What the core was not told yet of bids that could not be taken, and up to which moment, if a lot is concerned.
    fn interruption(&mut self) -> Option<(Span, Timestamp)> {
        let span = self.interruption.pending()?;
        self.gather();
        let first = self.queue.front().map_or(Timestamp::NEVER, |first| first.arrived);
        let at = self.queue.complete().min(first).max(span.since).max(self.core.last_at);
        let exchange = &self.core.exchange;
        let concerned = if span.short {
            exchange.has_lots_ending(span.since, at)
        } else {
            exchange.has_lots_on(at) || exchange.has_steps_due(span.since, at)
        };
        if concerned {
            return Some((span, at));
        }
        // While the disk is full it goes on.
        if self.space.shortage() != Shortage::DiskFull && span.until <= at {
            self.interruption.settle(span.since, at);
        }
        None
    }

    /// Tells the core that bids could not be taken. There is room for it, unless the disk was full from the start.
    fn resume(&mut self, span: Span, at: Timestamp, flight: &mut Flight) -> Result<Next, Ending> {
        if !self.fits(flight, RESUMED_BYTES) {
            return Ok(Next::Nothing);
        }
        if self.resumed_kept > 0 {
            self.resumed_kept -= 1;
        } else if !self.space.try_reserve(RESUMED_BYTES) {
            self.blocked = Some(TICK_RETRY);
            return Ok(Next::Nothing);
        }
        let since = span.since;
        let (down_from, until) = (since, at.max(span.until));
        if span.short {
            tracing::warn!(%since, %until, "the process stood still near a lot's end: the lot goes on for five minutes");
            self.apply(own(Command::Stalled { down_from }), Secrecy::Open, at, flight)?;
            self.progress.stalls.fetch_add(1, Ordering::Relaxed);
            // What the lot is given is longer than any of these: its end need not be told.
            self.interruption.settle(since, until);
        } else {
            tracing::warn!(%since, until = %at, "bids could not be taken: open lots are paused, and steps that fell due have time again");
            self.apply(own(Command::Resumed { down_from }), Secrecy::Open, at, flight)?;
            self.interruption.settle(since, at);
        }
        Ok(Next::Again)
    }

    /// Sequences a tick. It has the time of its deadline, so a command that arrived after the deadline and before the
    /// tick keeps its own time. Where the disk is full commands that had room go on, unless lots `wait` for the core to
    /// be told of it.
    fn tick(&mut self, at: Timestamp, wait: bool, flight: &mut Flight) -> Result<Next, Ending> {
        let tick = own(Command::Tick);
        let bytes = encoded_bytes(&tick);
        if !self.fits(flight, bytes) {
            return Ok(Next::Nothing);
        }
        if !self.space.try_reserve(bytes) {
            if wait {
                self.blocked = Some(TICK_RETRY);
                return Ok(Next::Nothing);
            }
            self.tick_not_before = Some(Instant::now() + TICK_RETRY);
            return Ok(Next::Again);
        }
        self.tick_not_before = None;
        self.apply(tick, Secrecy::Open, at.max(self.core.last_at), flight)?;
        Ok(Next::Again)
    }

    /// Nothing waits and nothing is due. While a lot is open, or a step is due so soon that a stop from here on would
    /// seem to have taken its time, the journal shows now and then, and at a clean stop, that the venue is up.
    fn idle(&mut self, closed: bool, flight: &mut Flight) -> Result<Next, Ending> {
        let last = self.core.last_at;
        let from = if closed {
            last.after(1)
        } else {
            last.after(self.config.heartbeat.as_nanos() as u64)
        };
        let now = self.clock.now();
        if self.parted || now < from {
            return Ok(Next::Nothing);
        }
        let exchange = &self.core.exchange;
        if !exchange.has_lots_on(Timestamp(0)) && !exchange.has_steps_due(last, now) {
            return Ok(Next::Nothing);
        }
        // It overtakes nobody, nor an interruption that was noted meanwhile.
        let awake = self.gather();
        if closed && !awake && !self.pulse.is_dead() {
            // The next beat shows until when it was up.
            self.blocked = Some(ARRIVAL_POLL);
            return Ok(Next::Nothing);
        }
        let at = self.queue.complete();
        if self.queue.front().is_some() || self.interruption.pending().is_some() {
            return Ok(Next::Again);
        }
        if at < from || self.tick_not_before.is_some_and(|time| Instant::now() < time) {
            return Ok(Next::Nothing);
        }
        self.parted = closed;
        self.tick(at, false, flight)
    }

    /// Sets room aside for what must always be written.
    pub(crate) fn keep_room_for_resumed(&mut self) {
        while self.resumed_kept < RESUMED_KEPT && self.space.try_reserve(RESUMED_BYTES) {
            self.resumed_kept += 1;
        }
    }

    /// Tells the pulse whether a lot's end is near: then it beats faster.
    pub(crate) fn look_ahead(&mut self) {
        let recent = |looked: Instant| looked.elapsed() < LOOK_AHEAD;
        if self.looked_ahead.is_some_and(recent) {
            return;
        }
        self.looked_ahead = Some(Instant::now());
        let until = self.clock.now().after(NEAR_END);
        let end = self.core.exchange.lots_end_before(until);
        self.pulse.near_end(end.map(|end| end.after(NEAR_END)));
    }

    /// Looks whether one of the machine's clocks has jumped: then nobody knows which end of a lot is the right one.
    pub(crate) fn look_at_clock(&mut self) {
        if self.looked_at_clock.elapsed() < CLOCK_LOOK {
            return;
        }
        self.looked_at_clock = Instant::now();
        let before = mem::replace(&mut self.drift, self.clock.drift());
        let jump = self.drift.saturating_sub(before);
        if jump.unsigned_abs() > SECOND {
            tracing::warn!(jump_ns = jump, "the machine's clock has jumped");
            let now = self.clock.now();
            self.interruption.note(now, now);
        }
    }
}
