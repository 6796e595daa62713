//! Deadlines: fired in time without anyone's command, and never ahead of who came before them.

use crate::support::{
    ANA, Control, EXPIRY, START, Watched, ask, clock, config, done, eventually, found, named, nth, order, start,
    start_watched,
};
use protocol::{Command, Event, Outcome, PublicEvent, Reject, Seq, Side, Timestamp, event::TradingStatus};
use sequencer::{RealDisk, offline};
use std::{sync::Arc, thread, time::Duration};

fn ticks(dir: &std::path::Path) -> Vec<(Seq, Timestamp)> {
    let mut ticks = Vec::new();
    offline::dump(dir, Seq(1), &mut |request| {
        if request.body.command == Command::Tick {
            ticks.push((request.seq, request.at));
        }
        true
    })
    .unwrap();
    ticks
}

#[test]
fn a_deadline_fires_without_a_command_and_at_its_own_time() {
    let dir = tempfile::tempdir().unwrap();
    let now = clock();
    let (running, watcher) = start_watched(RealDisk::open(dir.path()).unwrap(), config(), now.clone());
    let instrument = found(&running.handle);
    let before = running.handle.status().durable;

    now.set(Timestamp(EXPIRY.start().0 - 1));
    thread::sleep(Duration::from_millis(30));
    assert_eq!(running.handle.status().durable, before, "it is not yet due");
    now.set(EXPIRY.start().after(10));
    eventually("the tick", || running.handle.status().durable == before.next());

    // What arrived after the deadline and before the tick keeps its own time.
    let arrived = EXPIRY.start().after(7);
    let order = named(1, "late", order(ANA, instrument, Side::Sell, 1_000, 1));
    let answer = running.handle.submit(order, arrived).unwrap().wait().unwrap();
    assert_eq!(
        (answer.outcome, answer.at),
        (Outcome::Rejected(Reject::NotTrading), arrived)
    );
    running.handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(ticks(dir.path()), [(before.next(), EXPIRY.start())]);
    let closed = watcher.join().unwrap().events.into_iter().find(|event| {
        event.body
            == Event::Public(PublicEvent::TradingChanged {
                instrument,
                status: TradingStatus::Closed,
            })
    });
    assert_eq!(
        closed.map(|event| (event.seq, event.at)),
        Some((before.next(), EXPIRY.start()))
    );
}

#[test]
fn a_tick_waits_for_everything_that_arrived_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let now = clock();
    let mut config = config();
    (config.batch_commands, config.in_flight) = (1, 1);
    let running = start(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config,
        now.clone(),
    );
    let handle = running.handle;
    let instrument = found(&handle);
    let sell = |name: &str, arrived| {
        handle
            .submit(named(1, name, order(ANA, instrument, Side::Sell, 1_000, 1)), arrived)
            .unwrap()
    };

    control.hold();
    let timely: Vec<_> = (0..50).map(|n| sell(&format!("timely-{n}"), START)).collect();
    now.set(EXPIRY.start().after(3_600_000_000_000));
    let late = sell("late", EXPIRY.start());
    thread::sleep(Duration::from_millis(20));
    control.release();
    let timely: Vec<_> = timely.into_iter().map(|pending| pending.wait().unwrap()).collect();
    for answer in &timely {
        done(*answer);
    }
    let late = late.wait().unwrap();
    assert_eq!(late.outcome, Outcome::Rejected(Reject::NotTrading));
    handle.stop();
    running.ended.wait().unwrap();
    // The tick stands between the last that was timely and the first that was not.
    let tick = timely.last().unwrap().seq.next();
    assert_eq!(ticks(dir.path()), [(tick, EXPIRY.start())]);
    assert_eq!(late.seq, tick.next());
}

#[test]
fn what_fell_due_while_the_venue_was_down_fires_at_its_start() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), clock());
    let instrument = found(&running.handle);
    ask(&running.handle, nth(instrument, 0));
    running.handle.stop();
    let last = running.ended.wait().unwrap();

    let later = clock();
    later.set(EXPIRY.start().after(86_400_000_000_000));
    let running = start(RealDisk::open(dir.path()).unwrap(), config(), later);
    eventually("the tick", || running.handle.status().durable == last.next());
    running.handle.stop();
    running.ended.wait().unwrap();
    assert_eq!(ticks(dir.path()), [(last.next(), EXPIRY.start())]);
}
