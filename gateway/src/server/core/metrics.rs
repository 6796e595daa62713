//! What the metrics show: how long each hop takes, what is refused and how often, how many are connected. No secret,
//! no identity: labels are codes and hops, never keys, accounts or symbols.
//!
//! Who watches them sees a second, so a count that goes up by one tells that something was asked then. Of a bidder's
//! command (and of a proposal, which may hold one) none does: it stands in no hop and no request, its refusal has one
//! name whatever the rule, and what counts all that was written moves in steps of [`STEP`] batches.
//!
//! Each server has its own recorder, so several can live in one process; the handles are made once, and recording
//! takes no lock and looks nothing up.

use crate::server::said::problem::codes;
use history::{Standing, State as Keeps};
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use protocol::Reject;
use sequencer::Status;
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The upper ends of the latency buckets, in seconds.
const BUCKETS: [f64; 18] = [
    2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.5, 1.0, 5.0,
];

/// How many batches lie between two readings of what counts everything that was written.
const STEP: u64 = 100;
/// The name of every refusal of a bidder's command.
const SEALED: &str = "SEALED";

/// The close codes that a WebSocket may end with.
const CLOSE_CODES: [(u16, &str); 10] = [
    (1000, "1000"),
    (1001, "1001"),
    (1002, "1002"),
    (1003, "1003"),
    (1007, "1007"),
    (1009, "1009"),
    (1011, "1011"),
    (4000, "4000"),
    (4001, "4001"),
    (4008, "4008"),
];

/// The instruments, in the musical sense.
pub(crate) struct Metrics {
    exporter: PrometheusHandle,
    /// From the last byte of a command to its hand-over to the sequencer.
    pub(crate) parse: Histogram,
    /// From the hand-over to the durable answer.
    pub(crate) durable: Histogram,
    /// From the durable answer to the finished response.
    pub(crate) reply: Histogram,
    /// A whole request, reads included.
    pub(crate) request: Histogram,
    pub(crate) frames: Counter,
    pub(crate) messages: Counter,
    pub(crate) websockets: Gauge,
    pub(crate) panics: Counter,
    done: Counter,
    refused_by_disk: Counter,
    disk_full: Gauge,
    disk_free: Gauge,
    journal_room: Gauge,
    connections: Gauge,
    ready: Gauge,
    views_lag: Gauge,
    history_lag: Gauge,
    history_keeps: Gauge,
    waiting: Gauge,
    capacity: Gauge,
    batches: Counter,
    journal_seconds: Gauge,
    journal_max_seconds: Gauge,
    behind: Gauge,
    stalls: Counter,
    problems: HashMap<&'static str, Counter>,
    closes: HashMap<u16, Counter>,
    /// Refusals of bidders' commands.
    untold: AtomicU64,
    untold_shown: Counter,
    /// How many batches there were when last what counts everything was shown.
    shown_at: Mutex<Option<u64>>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
            .expect("there are buckets")
            .build_recorder();
        let exporter = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            describe_histogram!(
                "zhiheng_hop_seconds",
                "Time a command spends in each hop: parse (last byte to inbox), durable (inbox to journal), reply (journal to response). \
                 Without bidders' commands and proposals."
            );
            describe_histogram!(
                "zhiheng_request_seconds",
                "Time from a request's head to its response, reads included, bidders' commands and proposals not."
            );
            describe_counter!(
                "zhiheng_commands_done_total",
                "Commands that were done and are durable, whoever gave them, since the start; in steps of 100 batches."
            );
            describe_counter!(
                "zhiheng_commands_refused_by_disk_total",
                "Commands that were refused since the start because the disk had no room for them."
            );
            describe_gauge!("zhiheng_disk_full", "Whether the disk has no room for an order.");
            describe_gauge!(
                "zhiheng_disk_free_bytes",
                "Free bytes of the disk that the journal lies on."
            );
            describe_gauge!(
                "zhiheng_journal_room_bytes",
                "Bytes that commands may still take in segments that are prepared; in steps of 100 batches, but on a full disk."
            );
            describe_counter!(
                "zhiheng_problems_total",
                "Refusals by code; those of bidders' commands and of proposals as SEALED, in steps of 100 batches."
            );
            describe_counter!("zhiheng_websocket_frames_total", "Public feed frames sent to clients.");
            describe_counter!(
                "zhiheng_websocket_messages_total",
                "Messages received from clients, but bidders' commands and proposals."
            );
            describe_counter!(
                "zhiheng_websocket_closes_total",
                "Closed WebSockets by close code (4000: gone without a word)."
            );
            describe_counter!("zhiheng_panics_total", "Handlers that panicked.");
            describe_gauge!("zhiheng_connections", "Open connections.");
            describe_gauge!("zhiheng_websockets", "Open WebSockets.");
            describe_gauge!("zhiheng_ready", "Whether the exchange takes commands.");
            describe_gauge!("zhiheng_views_lag", "Durable commands that the views do not show yet.");
            describe_gauge!(
                "zhiheng_history_lag",
                "Facts that wait to be written into the history; of bidders' commands none before the close."
            );
            describe_gauge!(
                "zhiheng_history_keeps",
                "Whether the history is written: 0 while it is held against the journal, while its disk refuses, and once it stopped."
            );
            describe_gauge!("zhiheng_inbox_waiting", "Commands that wait for the core.");
            describe_gauge!("zhiheng_inbox_capacity", "Commands that may wait for the core.");
            describe_counter!(
                "zhiheng_journal_batches_total",
                "Batches written since the start, in steps of 100, as the seconds of their writing."
            );
            describe_gauge!(
                "zhiheng_journal_write_seconds_sum",
                "Time spent in write and sync since the start."
            );
            describe_gauge!(
                "zhiheng_journal_write_seconds_max",
                "The longest write and sync since the start."
            );
            describe_gauge!(
                "zhiheng_clock_behind_seconds",
                "By how much the machine's clock is behind the last command: above 0 time stands still, and no lot opens or ends."
            );
            describe_counter!(
                "zhiheng_stalls_near_end_total",
                "Short standstills near a lot's end since the start: each gave the lot five minutes."
            );
            Self {
                exporter,
                parse: histogram!("zhiheng_hop_seconds", "hop" => "parse"),
                durable: histogram!("zhiheng_hop_seconds", "hop" => "durable"),
                reply: histogram!("zhiheng_hop_seconds", "hop" => "reply"),
                request: histogram!("zhiheng_request_seconds"),
                done: counter!("zhiheng_commands_done_total"),
                refused_by_disk: counter!("zhiheng_commands_refused_by_disk_total"),
                disk_full: gauge!("zhiheng_disk_full"),
                disk_free: gauge!("zhiheng_disk_free_bytes"),
                journal_room: gauge!("zhiheng_journal_room_bytes"),
                frames: counter!("zhiheng_websocket_frames_total"),
                messages: counter!("zhiheng_websocket_messages_total"),
                websockets: gauge!("zhiheng_websockets"),
                panics: counter!("zhiheng_panics_total"),
                connections: gauge!("zhiheng_connections"),
                ready: gauge!("zhiheng_ready"),
                views_lag: gauge!("zhiheng_views_lag"),
                history_lag: gauge!("zhiheng_history_lag"),
                history_keeps: gauge!("zhiheng_history_keeps"),
                waiting: gauge!("zhiheng_inbox_waiting"),
                capacity: gauge!("zhiheng_inbox_capacity"),
                batches: counter!("zhiheng_journal_batches_total"),
                journal_seconds: gauge!("zhiheng_journal_write_seconds_sum"),
                journal_max_seconds: gauge!("zhiheng_journal_write_seconds_max"),
                behind: gauge!("zhiheng_clock_behind_seconds"),
                stalls: counter!("zhiheng_stalls_near_end_total"),
                problems: codes()
                    .map(|(code, _)| (code, counter!("zhiheng_problems_total", "code" => code)))
                    .collect(),
                untold: AtomicU64::new(0),
                untold_shown: counter!("zhiheng_problems_total", "code" => SEALED),
                shown_at: Mutex::new(None),
                closes: CLOSE_CODES
                    .iter()
                    .map(|&(code, label)| (code, counter!("zhiheng_websocket_closes_total", "code" => label)))
                    .collect(),
            }
        })
    }

    /// Counts a refusal: one for want of cash under the name of bidders' refusals, for it tells what a lot holds.
    pub(crate) fn problem(&self, code: &str) {
        if code == Reject::InsufficientCash.code() {
            self.untold.fetch_add(1, Ordering::Relaxed);
        } else if let Some(counter) = self.problems.get(code) {
            counter.increment(1);
        }
    }

    /// Counts a refusal of a bidder's command: under its own name only where it tells how the venue is, and nothing of
    /// the lot.
    pub(crate) fn untold_problem(&self, code: &'static str) {
        let of_the_venue = codes().any(|(known, status)| known == code && (status == 429 || status >= 500));
        if of_the_venue {
            self.problem(code);
        } else {
            self.untold.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether what counts everything that was written is shown anew: at first, and a step on.
    fn is_a_step(&self, batches: u64) -> bool {
        let mut shown = self.shown_at.lock().unwrap_or_else(PoisonError::into_inner);
        let due = shown.is_none_or(|before| batches.saturating_sub(before) >= STEP);
        if due {
            *shown = Some(batches);
        }
        due
    }

    /// Counts the end of a WebSocket.
    pub(crate) fn closed(&self, code: u16) {
        if let Some(counter) = self.closes.get(&code) {
            counter.increment(1);
        }
    }

    /// The text for Prometheus; `free` is what the disk has left, where it can be told.
    pub(crate) fn render(
        &self,
        status: Option<Status>,
        free: Option<u64>,
        applied: u64,
        connections: usize,
        ready: bool,
        history: Option<Standing>,
    ) -> String {
        if let Some(free) = free {
            self.disk_free.set(free as f64);
        }
        self.connections.set(connections as f64);
        self.ready.set(if ready { 1.0 } else { 0.0 });
        if let Some(Standing { state, taken, kept, .. }) = history {
            self.history_lag.set(taken.saturating_sub(kept) as f64);
            self.history_keeps.set(if state == Keeps::Writing { 1.0 } else { 0.0 });
        }
        if let Some(status) = status {
            // How far, not where: places in the journal tell of others' commands.
            self.views_lag.set(status.durable.0.saturating_sub(applied) as f64);
            self.waiting.set(status.waiting as f64);
            self.capacity.set(status.capacity as f64);
            let step = self.is_a_step(status.batches);
            if step {
                self.batches.absolute(status.batches);
                // Counted where they are durable: most are not given through the door, such as the demo's own.
                self.done.absolute(status.done);
                self.untold_shown.absolute(self.untold.load(Ordering::Relaxed));
                self.journal_seconds
                    .set(Duration::from_nanos(status.journal_ns).as_secs_f64());
                self.journal_max_seconds
                    .set(Duration::from_nanos(status.journal_max_ns).as_secs_f64());
            }
            // Nothing is written to a full disk.
            if step || status.disk_full {
                self.journal_room.set(status.journal_room as f64);
            }
            self.refused_by_disk.absolute(status.refused_by_disk);
            self.disk_full.set(if status.disk_full { 1.0 } else { 0.0 });
            self.behind.set(Duration::from_nanos(status.behind_ns).as_secs_f64());
            self.stalls.absolute(status.stalls);
        }
        self.exporter.render()
    }

    /// Folds what was recorded into the buckets; now and then, so that it never piles up.
    pub(crate) fn upkeep(&self) {
        self.exporter.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hop_and_every_code_is_shown() {
        let metrics = Metrics::new();
        metrics.parse.record(Duration::from_micros(3));
        metrics.problem("BUSY");
        metrics.problem("QUANTITY_INVALID");
        metrics.closed(4008);
        let status = Status {
            done: 9,
            refused_by_disk: 4,
            disk_full: true,
            behind_ns: 1_500_000_000,
            stalls: 2,
            ..Status::default()
        };
        let history = Standing {
            state: Keeps::Writing,
            taken: 9,
            kept: 5,
            spooled: 0,
        };
        let text = metrics.render(Some(status), Some(5), 7, 3, true, Some(history));
        for line in [
            "zhiheng_hop_seconds_bucket{hop=\"parse\",le=\"0.000005\"} 1",
            "zhiheng_problems_total{code=\"BUSY\"} 1",
            "zhiheng_problems_total{code=\"QUANTITY_INVALID\"} 1",
            "zhiheng_problems_total{code=\"STALE_TIMESTAMP\"} 0",
            "zhiheng_websocket_closes_total{code=\"4008\"} 1",
            "zhiheng_views_lag 0",
            "zhiheng_connections 3",
            "zhiheng_commands_done_total 9",
            "zhiheng_commands_refused_by_disk_total 4",
            "zhiheng_disk_full 1",
            "zhiheng_history_lag 4",
            "zhiheng_history_keeps 1",
            "zhiheng_disk_free_bytes 5",
            "zhiheng_clock_behind_seconds 1.5",
            "zhiheng_stalls_near_end_total 2",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }

    #[test]
    fn what_bidders_do_is_counted_in_steps_and_their_refusals_have_one_name() {
        let metrics = Metrics::new();
        let shown = |batches: u64| {
            let status = Status {
                done: batches,
                batches,
                journal_ns: batches,
                ..Status::default()
            };
            let text = metrics.render(Some(status), None, 0, 0, true, None);
            // They come in any order.
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            lines.join("\n")
        };
        let first = shown(7);
        for code in ["MAXIMUM_LOWERED", "NOT_QUALIFIED", "STALE_TIMESTAMP", "UNKNOWN_FIELD"] {
            metrics.untold_problem(code);
        }
        // Who withdraws or orders too much says by it what is free.
        metrics.problem("INSUFFICIENT_CASH");
        assert_eq!(shown(8), first);
        assert_eq!(shown(106), first);
        let text = shown(107);
        for line in [
            "zhiheng_commands_done_total 107",
            "zhiheng_journal_batches_total 107",
            "zhiheng_problems_total{code=\"SEALED\"} 5",
            "zhiheng_problems_total{code=\"INSUFFICIENT_CASH\"} 0",
            "zhiheng_problems_total{code=\"MAXIMUM_LOWERED\"} 0",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
        // What says how the venue is, says it at once.
        metrics.untold_problem("BUSY");
        assert!(shown(108).contains("zhiheng_problems_total{code=\"BUSY\"} 1"));
    }
}
