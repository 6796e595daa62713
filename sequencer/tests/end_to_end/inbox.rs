//! A full inbox: who still gets in, and what the others are told.

use crate::{
    lots,
    support::{
        ANA, Control, Watched, ask, cash, clock, config, done, eventually, found, named, nth, order, request, start,
    },
};
use protocol::{Command, OrderId, Side};
use sequencer::{Handle, PendingAnswer, RealDisk, Refused};
use std::sync::Arc;

fn cancel(n: u32) -> Command {
    Command::CancelOrder {
        order: OrderId::new(n, 0),
    }
}

fn submit(handle: &Handle, name: &str, command: Command) -> Result<PendingAnswer, Refused> {
    handle.submit(named(1, name, command), handle.now())
}

#[test]
fn when_orders_no_longer_get_in_cancels_still_do() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let mut config = config();
    (
        config.ordinary,
        config.reserved,
        config.batch_commands,
        config.in_flight,
    ) = (4, 2, 1, 1);
    let running = start(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config,
        clock(),
    );
    let handle = running.handle;
    let instrument = found(&handle);

    control.hold();
    // One batch is with the journal, one is full and waits for it: from here on commands stay in the inbox.
    let mut taken: Vec<_> = (0..2)
        .map(|n| {
            let pending = handle.submit(nth(instrument, n), handle.now()).unwrap();
            eventually("the core takes it", || handle.status().waiting == 0);
            pending
        })
        .collect();
    taken.extend(
        (0..4).map(|n| submit(&handle, &format!("w-{n}"), order(ANA, instrument, Side::Sell, 1_100, 1)).unwrap()),
    );
    let busy = Refused::Busy { retry_after_ms: 100 };
    assert_eq!(
        submit(&handle, "late", order(ANA, instrument, Side::Sell, 1_100, 1)).unwrap_err(),
        busy
    );
    taken.extend((0..2).map(|n| submit(&handle, &format!("c-{n}"), cancel(n)).unwrap()));
    assert_eq!(submit(&handle, "c-late", cancel(9)).unwrap_err(), busy);
    assert_eq!(handle.status().waiting, 6);

    control.release();
    let seqs: Vec<_> = taken.into_iter().map(|pending| pending.wait().unwrap().seq).collect();
    assert!(
        seqs.is_sorted_by(|a, b| a.next() == *b),
        "in the order of arrival: {seqs:?}"
    );
    // The refused one did not use up its name.
    let again = submit(&handle, "late", order(ANA, instrument, Side::Sell, 1_100, 2))
        .unwrap()
        .wait()
        .unwrap();
    done(again);
}

/// The next segment of the journal takes long to prepare. The last bytes of this one are kept for bids: an order can
/// come again.
#[test]
fn while_a_segment_is_prepared_bids_still_get_in() {
    let dir = tempfile::tempdir().unwrap();
    let control = Arc::new(Control::default());
    let mut config = config();
    config.journal.segment_bytes = 320 << 10;
    let clock = clock();
    // The first segment is made, and no other.
    control.creates.hold_after(1);
    let running = start(
        Watched(RealDisk::open(dir.path()).unwrap(), Arc::clone(&control)),
        config,
        clock.clone(),
    );
    let handle = running.handle;
    let room = lots::open(&handle, &clock, 2);
    // Alone in its batch, each takes a sector.
    let paid = |n: u32| {
        let command = cash(room.bidders[0].account, &format!("more-{n}"));
        handle.submit(request(0, command), handle.now())
    };
    let busy = Refused::Busy { retry_after_ms: 100 };
    let refused = (0..5_000).find_map(|n| paid(n).map(|pending| done(pending.wait().unwrap())).err());
    assert_eq!(refused, Some(busy));
    for n in 0..20 {
        done(ask(&handle, room.bid(n % 2, 1 + n as i64)));
        assert_eq!(paid(5_000).unwrap_err(), busy, "while bids are taken");
    }
    control.creates.release();
    eventually("there is room for all", || paid(5_000).is_ok());
}
