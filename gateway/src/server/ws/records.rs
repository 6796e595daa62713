//! The change feed as a channel: what `/v1/changes` tells, as it comes, one frame a change, numbered for the caller.
//!
//! What always holds: a follower is told what its polling would tell it, no sooner than history shows it, at the price of
//! a read a page, and nothing more once its key is revoked or its session has ended. Who reads slowly waits alone: the next page is not read
//! before the last one is on its way.

use super::own::RECORDS;
use crate::{
    json::scalar::write_time,
    server::{
        core::{arrival::Arrival, call::Call, caller::Caller, state::State},
        door::limits::Cost,
        routes::changes::{self, Item},
        said::problem::{Fault, Problem},
    },
};
use serde::Serialize;
use std::time::Duration;
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

/// How often it is looked whether history shows more, at most.
const LOOK: Duration = Duration::from_millis(100);
/// How many changes are read at once.
const PAGE: usize = 100;

/// A follower; dropped, it follows no longer.
pub(super) struct Follower(JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A change as a frame.
#[derive(Serialize)]
struct Frame<'a> {
    r#type: &'static str,
    channel: &'static str,
    seq: u64,
    sent_at: String,
    #[serde(flatten)]
    item: &'a Item,
}

/// Tells what changed behind this number, and what changes from here on.
pub(super) fn follow(state: State, call: Call, from: u64, told: mpsc::Sender<String>) -> Follower {
    Follower(tokio::spawn(async move {
        if let Err(problem) = tell(&state, &call, from, &told).await {
            state.metrics.problem(problem.code());
            let mut last = problem.to_json();
            last["op"] = "ended".into();
            last["channel"] = RECORDS.into();
            // Whoever closed the socket meanwhile needs no word.
            let _ = told.send(last.to_string()).await;
        }
    }))
}

/// Ends with the socket, or with what can't be told.
async fn tell(state: &State, call: &Call, mut from: u64, told: &mpsc::Sender<String>) -> Result<(), Problem> {
    loop {
        let kept = state.past.standing().map(|standing| standing.kept);
        if let Caller::User(caller) = &call.caller {
            caller.still_valid()?;
        }
        if let Err(refusal) = call.charge(&state.rates, Cost::Read) {
            sleep(Duration::from_millis(refusal.retry_after_ms).max(LOOK)).await;
            continue;
        }
        // A page is asked for now, and not when the socket was opened.
        let asked = Call {
            arrival: Arrival::of_question(state),
            ..call.clone()
        };
        match changes::read(state, &asked, None, (from, PAGE)).await {
            Ok(items) if !items.is_empty() => {
                for item in &items {
                    from = item.number();
                    let frame = Frame {
                        r#type: "delta",
                        channel: RECORDS,
                        seq: from,
                        sent_at: write_time(state.now()),
                        item,
                    };
                    let frame = serde_json::to_string(&frame).expect("a change is plain data");
                    if told.send(frame).await.is_err() {
                        return Ok(());
                    }
                }
                continue;
            }
            Ok(_) => {}
            // Behind a start it is held against the journal first.
            Err(problem) if problem.code() == Fault::HistoryStarting.code() => {}
            Err(problem) => return Err(problem),
        }
        loop {
            sleep(LOOK).await;
            if told.is_closed() {
                return Ok(());
            }
            if state.past.standing().map(|standing| standing.kept) != kept {
                break;
            }
        }
    }
}
