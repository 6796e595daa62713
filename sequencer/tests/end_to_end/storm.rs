//! A closing storm: a thousand bidders, ten thousand bids in a lot's last second and some after it, from several
//! threads, with the core stalled across the end.

use crate::{
    lots::{ENDS, at, open},
    support::{Control, Watched, clock, config, replica, start},
};
use protocol::{Outcome, Receipt, Reject, Seq, Timestamp, time::SECOND};
use sequencer::{BookKind, RealDisk};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const BIDDERS: u32 = 1_000;
/// In the last second; one more arrives at the end itself, and others after it.
const IN_TIME: u64 = 10_000;
const LATE: u64 = 2_000;
const THREADS: u64 = 4;
/// Between two arrivals, in nanoseconds.
const GAP: u64 = SECOND / IN_TIME;
const STALL: Duration = Duration::from_millis(800);

#[test]
fn no_bid_of_a_storm_is_lost_or_taken_late_while_the_core_is_stalled() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let now = clock();
    let mut config = config();
    config.journal.segment_bytes = 32 << 20;
    // Few commands are with a journal that stalls: the others wait at the door.
    (config.batch_commands, config.in_flight) = (256, 1);
    let running = start(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config,
        now.clone(),
    );
    let handle = &running.handle;
    let room = &open(handle, &now, BIDDERS);
    let first = Timestamp(at(ENDS).0 - IN_TIME * GAP);
    now.set(Timestamp(first.0 - GAP));

    let (arrived, pushed) = (Mutex::new(0), AtomicU64::new(0));
    let stalled = Mutex::new(None);
    // Each bid, with when it arrived, its place at the inbox, and its answer.
    let mut bids: Vec<_> = thread::scope(|scope| {
        let bidder = || {
            let mut bids = Vec::new();
            loop {
                let (number, underway) = {
                    let mut arrived = arrived.lock().unwrap();
                    if *arrived == IN_TIME + LATE {
                        return bids;
                    }
                    *arrived += 1;
                    now.advance(GAP);
                    (*arrived - 1, handle.arrive())
                };
                // 400 ms before the end the journal stalls, and with it the core.
                if number == IN_TIME * 6 / 10 {
                    *stalled.lock().unwrap() = Some(Instant::now());
                    control.hold();
                }
                // Some are looked at for longer than others; the very first, until another has overtaken it.
                while number == 0 && pushed.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
                match number % 61 {
                    0 => thread::sleep(Duration::from_micros(200)),
                    n if n % 7 == 0 => thread::yield_now(),
                    _ => {}
                }
                let bid = room.bid((number % u64::from(BIDDERS)) as usize, 1 + number as i64);
                let place = pushed.fetch_add(1, Ordering::SeqCst);
                let pending = handle.hand_over(bid, &underway).unwrap();
                bids.push((number, underway.at(), place, pending));
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(bidder)).collect();
        let bids = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        let since = stalled.lock().unwrap().expect("it stalled");
        thread::sleep(STALL.saturating_sub(since.elapsed()));
        control.release();
        bids
    });
    bids.sort_by_key(|(number, ..)| *number);
    let in_order = bids.is_sorted_by_key(|(_, _, place, _)| *place);
    assert!(!in_order, "somebody was overtaken on the way to the inbox");

    let mut places: Vec<Seq> = Vec::new();
    for (number, arrived, _, pending) in bids {
        assert_eq!(arrived, first.after(number * GAP));
        let answer = pending.wait().unwrap();
        let expected = if arrived < at(ENDS) {
            Outcome::Done(Receipt::Done)
        } else {
            Outcome::Rejected(Reject::LotClosed)
        };
        assert_eq!((answer.outcome, answer.at), (expected, arrived), "bid {number}");
        places.push(answer.seq);
    }
    assert!(places.is_sorted_by(|a, b| a < b), "the order of arrival");
    // One command stands between the last in time and the first too late: the closing.
    let (last, late) = (places[IN_TIME as usize - 1], places[IN_TIME as usize]);
    assert_eq!(late, last.next().next());
    running.handle.stop();
    running.ended.wait().unwrap();
    replica(dir.path(), BookKind::Plain);
}
