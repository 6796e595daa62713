//! What the start finds in the journal: replayed through the core, and told to the views.
//!
//! What always holds: the core ends where the journal does, and each batch came to the events that were written with
//! it; otherwise there is no start.

use crate::{
    config::{Config, Fatal, StartError},
    engine_thread::Core,
    evidence::{Comparison, Mark, Missed, believe},
    queue::LOOK_AHEAD,
    sealing::Secrecy,
    views::{Gone, Publisher},
};
use journal::{Disk, Journal, Recovery, ReplayedBatch};
use protocol::{Committed, Seq, Timestamp};
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

/// Events of the replay go to the views in chunks of about so many: few enough to stay in the cache.
const REPLAY_CHUNK: usize = 2_048;

/// What the start found in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryReport {
    /// The last command of the journal; 0 in a new one, whose first command must then be an epoch.
    pub last: Seq,
    /// The time of that command.
    pub last_at: Timestamp,
    /// How many batches were replayed.
    pub batches: u64,
    /// How many events the batches led to.
    pub events: u64,
    /// Whether the last shutdown was a clean one.
    pub clean: bool,
    /// How the torn end was cut, in words, if there was one: nothing acknowledged was in it.
    pub cut: Option<String>,
    /// What the journal is known to have held, and the start went on without.
    pub missed: Option<Missed>,
    /// How far the journal reaches; nothing where it is empty.
    pub mark: Option<Mark>,
    /// The running hash of all events.
    pub event_hash: u64,
    /// How long the replay took.
    pub took: Duration,
}

/// Opens the journal of `disk` and replays it.
pub(crate) fn recover<D: Disk>(
    disk: D,
    config: &Config,
    now: Timestamp,
    publisher: &Publisher,
) -> Result<(Journal<D>, Core, RecoveryReport), StartError> {
    let started = Instant::now();
    let mut core = Core::new(config.seal_key.clone());
    let mut committed = Committed::default();
    let mut events = 0;
    let (mut stopped, mut mark, mut missed) = (None, None, None);
    let comparison = RefCell::new(Comparison::new(&config.known));
    let mut replay = |batch: ReplayedBatch<'_>| {
        comparison.borrow_mut().see(&batch);
        mark = batch.requests.last().map(|last| Mark {
            seq: last.seq,
            batch: batch.number,
            link: batch.link,
            closed: false,
        });
        let replayed = replay_batch(&mut core, &batch, &mut committed).and_then(|()| {
            (committed.up_to, committed.at) = (core.last, core.last_at);
            if committed.events.len() < REPLAY_CHUNK {
                return Ok(());
            }
            events += committed.events.len() as u64;
            publisher.publish(&mut committed).map_err(|Gone| Fatal::Views.into())
        });
        replayed.map_err(|error| {
            let text = error.to_string();
            stopped = Some(error);
            text
        })
    };
    let mut doubt = None;
    let mut judge = |found: &Recovery| {
        let judged = comparison.borrow().judge(found).and_then(|found_missing| {
            missed = found_missing;
            let last = (found.last > Seq(0)).then_some(found.last_at);
            believe(now, last, &config.known)
        });
        judged.map_err(|error| {
            let text = error.to_string();
            doubt = Some(error);
            text
        })
    };
    let opened = Journal::open_if(disk, config.journal, &mut replay, &mut judge);
    if let Some(error) = stopped.or(doubt.map(StartError::Doubt)) {
        return Err(error);
    }
    let (journal, found) = opened.map_err(|error| StartError::Journal(error.to_string()))?;
    assert!(found.last == core.last, "what was replayed is what the journal holds");
    // The last chunk goes even where it is empty, so that the views know how far they are.
    events += committed.events.len() as u64;
    publisher.publish(&mut committed).map_err(|Gone| Fatal::Views)?;
    let report = RecoveryReport {
        last: core.last,
        last_at: core.last_at,
        batches: found.batches,
        events,
        clean: found.clean,
        cut: found.cut.as_ref().map(ToString::to_string),
        missed,
        mark,
        event_hash: core.hash.value(),
        took: started.elapsed(),
    };
    if let Some(cut) = &report.cut {
        tracing::warn!(%cut, "the journal's torn end was cut; nothing acknowledged was in it");
    }
    Ok((journal, core, report))
}

fn replay_batch(core: &mut Core, batch: &ReplayedBatch<'_>, committed: &mut Committed) -> Result<(), StartError> {
    for requests in batch.requests.chunks(LOOK_AHEAD) {
        core.look_at(requests.iter().map(|stamped| &stamped.body));
        for request in requests {
            let opened = core.sealing.open(request)?;
            let secret = core.sealing.lot_of(Secrecy::of(&opened.body.command));
            core.apply(&opened, secret, committed)?;
        }
    }
    let found = core.hash.value();
    if found != batch.event_hash {
        return Err(StartError::Diverged {
            seq: core.last.0,
            written: batch.event_hash,
            found,
        });
    }
    Ok(())
}
