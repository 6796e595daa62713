//! The views against the truth of a small venue, on random streams of commands.

mod venue;

use market_data::{Limits, OrderState, new};
use protocol::{AccountId, Currency, InstrumentId, Seq, Side, Timestamp};
use std::{collections::BTreeSet, time::Duration};
use venue::{Venue, join};

/// The checksum as `market_data::depth` documents it, from the venue's own levels.
fn checksum(venue: &Venue, instrument: InstrumentId) -> u32 {
    let currency = venue.symbols[instrument.index() - 1].2;
    let price = |minor: i64| match currency.exponent() {
        0 => minor.to_string(),
        decimals => {
            let one = 10_i64.pow(decimals);
            format!("{}.{:0width$}", minor / one, minor % one, width = decimals as usize)
        }
    };
    let sides = [Side::Buy, Side::Sell].map(|side| venue.levels(instrument, side));
    let top = sides.iter().flat_map(|levels| levels.iter().take(10));
    let entries: Vec<_> = top.map(|level| format!("{}:{}", price(level.0), level.1)).collect();
    crc32fast::hash(entries.join(",").as_bytes())
}

fn check(venue: &Venue, data: &market_data::MarketData) {
    for &(instrument, ..) in &venue.symbols {
        let depth = data.depth(instrument, usize::MAX).unwrap();
        for (side, levels) in [(Side::Buy, &depth.bids), (Side::Sell, &depth.asks)] {
            let levels: Vec<_> = levels
                .iter()
                .map(|l| (l.price.minor(), l.quantity.units(), l.orders))
                .collect();
            assert_eq!(
                levels,
                venue.levels(instrument, side),
                "{instrument:?} {side:?} after {}",
                venue.seq
            );
        }
        if let Some(&changed) = venue.changed.get(&instrument) {
            assert_eq!(depth.matched_at.0, changed, "{instrument:?} after {}", venue.seq);
        }
        assert_eq!(
            depth.checksum,
            checksum(venue, instrument),
            "{instrument:?} after {}",
            venue.seq
        );
    }
    let accounts = data.accounts();
    for account in (0..=venue.accounts).map(AccountId) {
        for &currency in Currency::ALL {
            let cash = accounts.cash(account, currency);
            let truth = venue.cash.get(&(account, currency)).copied().unwrap_or_default();
            assert_eq!(
                (cash.total.minor(), cash.held.minor()),
                truth,
                "{account:?} {currency:?}"
            );
            assert_eq!(cash.free().plus(cash.held), cash.total);
        }
        for (instrument, holding) in accounts.holdings(account, None, usize::MAX) {
            let truth = venue.units[&(account, instrument)];
            assert_eq!(
                (holding.total.units(), holding.held.units()),
                truth,
                "{account:?} {instrument:?}"
            );
            assert_eq!(holding.free().plus(holding.held), holding.total);
        }
        let open = accounts.open_orders(account, None, usize::MAX);
        assert!(open.is_sorted_by_key(|view| view.seq));
        assert_eq!(open.len(), accounts.open_order_count(account));
        let ids: BTreeSet<_> = open.iter().map(|view| view.order).collect();
        let truth = venue.orders.values().filter(|order| order.account == account);
        assert_eq!(ids, truth.map(|order| order.id).collect());
        for view in open {
            assert_eq!(view.left.units(), venue.orders[&view.order].left);
            assert_eq!(view.filled.plus(view.left), view.quantity);
            assert_eq!(accounts.order(view.order), Some(view));
        }
    }
}

#[test]
fn the_views_tell_the_truth_after_every_command() {
    for seed in 0..40 {
        let (mut venue, opening) = Venue::open(seed, 4, 3);
        venue.ends = 30;
        let (data, mut folder) = new(Limits::default());
        folder.fold(&join(&opening), Timestamp(0));
        for _ in 0..150 {
            folder.fold(&venue.step(), Timestamp(0));
            check(&venue, &data);
        }
        assert_eq!(data.applied(), Seq(venue.seq));
    }
}

#[test]
fn a_book_deeper_than_its_array_of_levels_stays_true() {
    let (mut venue, opening) = Venue::open(7, 8, 1);
    venue.depth = 900;
    let (data, mut folder) = new(Limits::default());
    folder.fold(&join(&opening), Timestamp(0));
    // Beyond 512 levels a side the worse ones stand in a tree.
    (venue.cancels, venue.ends, venue.away) = (50, 0, 4);
    for step in 0..4_000 {
        folder.fold(&venue.step(), Timestamp(0));
        if step % 100 == 0 {
            check(&venue, &data);
        }
    }
    assert!(venue.levels(InstrumentId(1), Side::Buy).len() > 520);
    // Emptied from the best level on, the tree has to come forward.
    while !venue.levels(InstrumentId(1), Side::Buy).is_empty() {
        folder.fold(&venue.cancel_best(InstrumentId(1), Side::Buy), Timestamp(0));
    }
    check(&venue, &data);
    folder.fold(&venue.step(), Timestamp(0));
    check(&venue, &data);
}

#[test]
fn cash_and_units_are_conserved_over_all_accounts() {
    let (mut venue, opening) = Venue::open(11, 6, 4);
    let (data, mut folder) = new(Limits::default());
    folder.fold(&join(&opening), Timestamp(0));
    for _ in 0..2_000 {
        folder.fold(&venue.step(), Timestamp(0));
        let accounts = data.accounts();
        for &currency in Currency::ALL {
            let all: i64 = (0..=6)
                .map(|id| accounts.cash(AccountId(id), currency).total.minor())
                .sum();
            assert_eq!(all, 6 * 1_000_000_000);
        }
        for instrument in (1..=4).map(InstrumentId) {
            let all: i64 = (0..=6)
                .map(|id| accounts.holding(AccountId(id), instrument).total.units())
                .sum();
            assert_eq!(all, 6 * 100_000);
        }
    }
}

#[test]
fn lists_page_by_cursor_and_finished_orders_stay_readable() {
    let (mut venue, opening) = Venue::open(3, 3, 5);
    let (data, mut folder) = new(Limits::default());
    folder.fold(&join(&opening), Timestamp(0));
    let mut finished = None;
    for _ in 0..300 {
        let before: BTreeSet<_> = venue.orders.keys().copied().collect();
        folder.fold(&venue.step(), Timestamp(0));
        finished = before
            .into_iter()
            .find(|id| !venue.orders.contains_key(id))
            .or(finished);
        if let Some(id) = finished
            && let Some(view) = data.accounts().order(id)
        {
            assert_ne!(view.state, OrderState::Open);
            assert_eq!((view.left.units(), view.held.minor()), (0, 0));
        }
    }
    assert!(finished.is_some());

    let accounts = data.accounts();
    let all = accounts.open_orders(AccountId(1), None, usize::MAX);
    assert!(all.len() > 5);
    let mut paged = vec![];
    loop {
        let page = accounts.open_orders(
            AccountId(1),
            paged.last().map(|view: &market_data::OrderView| view.seq),
            2,
        );
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let second = accounts.holdings(AccountId(1), Some(InstrumentId(1)), 2);
    assert_eq!(second.iter().map(|entry| entry.0.0).collect::<Vec<_>>(), [2, 3]);
    drop(accounts);

    let directory = data.directory();
    assert_eq!(directory.instrument_count(), 5);
    let page = directory.instruments(Some(InstrumentId(3)), 10);
    assert_eq!(
        page.iter().map(|instrument| instrument.id.0).collect::<Vec<_>>(),
        [4, 5]
    );
    assert_eq!(directory.by_symbol(&venue.symbols[2].1).unwrap().id, InstrumentId(3));
    assert_eq!(page[0].issued().units(), 300_000);
    assert_eq!(directory.accounts(None, None, 10).len(), 4);
    assert_eq!(directory.account(AccountId(2)).unwrap().owner.0, 2);
}

#[test]
fn trades_come_newest_first_and_page_by_seq() {
    let (mut venue, opening) = Venue::open(5, 4, 1);
    let (data, mut folder) = new(Limits {
        tape_trades: 20,
        ..Limits::default()
    });
    folder.fold(&join(&opening), Timestamp(0));
    for _ in 0..1_200 {
        folder.fold(&venue.step(), Timestamp(0));
    }
    let all = data.trades(InstrumentId(1), None, usize::MAX);
    assert_eq!(all.len(), 20, "the tape is bounded");
    assert!(
        all.windows(2)
            .all(|pair| pair[0].seq == pair[1].seq + 1 && pair[0].trade > pair[1].trade)
    );
    let page = data.trades(InstrumentId(1), Some(all[4].seq), 3);
    assert_eq!(page, all[5..8]);
    assert!(data.trades(InstrumentId(1), Some(1), 3).is_empty());
    assert!(data.trades(InstrumentId(99), None, 3).is_empty());
}

/// What a fold of these events says when it stops.
fn stops(change: impl FnOnce(&mut Vec<protocol::Committed>)) -> String {
    let (mut venue, opening) = Venue::open(21, 3, 1);
    let mut batches = vec![join(&opening)];
    batches.extend((0..60).map(|_| venue.step()));
    change(&mut batches);
    let (_, mut folder) = new(Limits::default());
    let folded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        batches.iter().for_each(|batch| folder.fold(batch, Timestamp(0)));
    }));
    let panic = folded.expect_err("the events contradict each other");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&s| s.into()))
        .unwrap()
}

#[test]
fn events_that_contradict_each_other_stop_the_fold() {
    use protocol::{Event, OrderId, PublicEvent};
    assert!(stops(|batches| batches.insert(30, batches[29].clone())).contains("once"));
    assert!(stops(|batches| batches.swap(30, 31)).contains("order"));
    let stale = |public_only: bool| {
        stops(move |batches| {
            let events = batches.iter_mut().flat_map(|batch| &mut batch.events);
            for event in events {
                match &mut event.body {
                    Event::Public(PublicEvent::OrderRemoved { order, .. }) => {
                        *order = OrderId::new(order.slot(), order.generation() + 1);
                        return;
                    }
                    Event::Private(_, protocol::PrivateEvent::OrderCancelled { order, .. }) if !public_only => {
                        *order = OrderId::new(order.slot(), order.generation() + 1);
                        return;
                    }
                    _ => {}
                }
            }
        })
    };
    assert!(stale(true).contains("rests"));
    assert!(stale(false).contains("is an open order") || stale(false).contains("rests"));
}

#[tokio::test]
async fn a_read_can_wait_for_its_write() {
    let (mut venue, opening) = Venue::open(1, 2, 1);
    let (data, mut folder) = new(Limits::default());
    folder.fold(&join(&opening), Timestamp(0));
    let now = data.applied();
    assert!(data.wait_for(now, Duration::ZERO).await);
    assert!(!data.wait_for(now.next(), Duration::from_millis(5)).await);
    let waiting = tokio::spawn({
        let data = data.clone();
        async move { data.wait_for(now.next().next(), Duration::from_secs(20)).await }
    });
    tokio::task::yield_now().await;
    folder.fold(&venue.step(), Timestamp(0));
    folder.fold(&venue.step(), Timestamp(0));
    assert!(waiting.await.unwrap());
    // Commands without events move it as well.
    let up_to = Seq(venue.seq + 5);
    folder.fold(
        &protocol::Committed {
            up_to,
            at: Timestamp(0),
            events: vec![],
            asked: vec![],
        },
        Timestamp(0),
    );
    assert_eq!(data.applied(), up_to);
}
