//! A year of trading days of the core itself, folded into history day by day: at each midnight its days close with what
//! the live views have, at the end its rows are those of a plain fold of the journal, and a file that is gone is made
//! anew to the same rows. And two years that differ in what bidders do unseen have one history until their lots close.
//!
//! Without `ZHIHENG_WHOLE` it is a month of quiet days.

mod floor;
#[path = "../../../history/tests/common/oracle.rs"]
#[allow(dead_code, unreachable_pub, reason = "a test of history's own uses all of it")]
mod oracle;
mod rows;

use floor::{Floor, Party, Random, ascending, cny, sealed};
use history::{Asked, Balance, Day, History, Keeper, Moved, Options, Owner, Page, Reader, Resolution, State, Window};
use market_data::{Folder, Limits, MarketData};
use oracle::Oracle;
use protocol::{AccountId, Committed, Currency, Date, EntityId, InstrumentId, Timestamp, time::SECOND};
use rows::rows;
use serde_json::json;
use std::{fs, path::Path, time::Duration};

/// What the oracle takes from a venue: all instruments of this one are paid in yuan.
mod venue {
    use protocol::{Currency, InstrumentId};

    pub(crate) fn currency_of(_: InstrumentId) -> Currency {
        Currency::Cny
    }
}

const BOOKS: [&str; 3] = ["SONG.U", "TUNE.U", "HYMN.U"];
const PARTIES: usize = 8;

fn whole() -> bool {
    std::env::var_os("ZHIHENG_WHOLE").is_some()
}

fn open(file: &Path) -> (Keeper, History) {
    let options = Options {
        batch_facts: 500,
        batch_time: Duration::from_millis(1),
        ..Options::default()
    };
    history::open(file, options).unwrap()
}

fn settle(history: &History) {
    let taken = history.state().taken;
    assert!(
        history.wait_for(taken, Duration::from_secs(120)),
        "{:?}",
        history.state()
    );
    assert_eq!(history.state().state, State::Writing);
}

/// A whole journal into the file, from start to stop.
fn fold(file: &Path, batches: &[Committed]) {
    let (mut keeper, history) = open(file);
    batches.iter().for_each(|batch| keeper.take(batch));
    keeper.replayed();
    settle(&history);
    keeper.close();
}

/// All of a list, the oldest first.
fn all<T>(page: impl Fn(&Window) -> Result<Page<T>, history::Error>) -> Vec<T> {
    let mut window = Window {
        newest_first: false,
        limit: 1_000,
        ..Window::default()
    };
    let mut found = Vec::new();
    loop {
        let Page { entries, next } = page(&window).unwrap();
        found.extend(entries);
        match next {
            Some(next) => window.cursor = Some(next),
            None => return found,
        }
    }
}

/// Those who trade, and what they do from a seed.
struct Trading {
    floor: Floor,
    random: Random,
    parties: Vec<Party>,
    resting: Vec<(Party, String)>,
    middle: [u64; BOOKS.len()],
    lot: Option<u64>,
    orders: u64,
}

impl Trading {
    fn open(seed: u64, on: Date) -> Self {
        let mut floor = Floor::open(on);
        let parties: Vec<_> = (0..PARTIES).map(|_| floor.admit(1_000_000)).collect();
        for (symbol, seller) in BOOKS.iter().zip(&parties) {
            floor.list(*seller, symbol);
        }
        // Everybody has something to sell.
        for (symbol, seller) in BOOKS.iter().zip(&parties) {
            for buyer in &parties {
                let order = |by: &Party, side: &str| {
                    json!({
                        "op": "place_order", "account_id": by.account, "symbol": symbol, "side": side, "type": "limit",
                        "price": "100.00", "quantity": "1000"
                    })
                };
                floor.must(seller.user, order(seller, "sell"));
                floor.must(buyer.user, order(buyer, "buy"));
            }
        }
        Self {
            floor,
            random: Random(seed),
            parties,
            resting: vec![],
            middle: [2_000; BOOKS.len()],
            lot: None,
            orders: 0,
        }
    }

    fn party(&mut self) -> Party {
        self.parties[self.random.below(PARTIES as u64) as usize]
    }

    /// A day of so many commands, up to its last second.
    fn day(&mut self, date: Date, commands: u64) {
        let opens = date.start().after(9 * 3_600 * SECOND);
        let step = 7 * 3_600 / commands;
        for number in 0..commands {
            let at = opens.after((number * step + self.random.below(step / 2)) * SECOND);
            self.floor.now = self.floor.now.max(at);
            match self.random.below(100) {
                0..64 => self.place(),
                64..80 => self.cancel(),
                80..86 => {
                    let (to, yuan) = (self.party(), 1 + self.random.below(50_000));
                    self.floor.pay_in(to.account, yuan);
                }
                86..92 => self.pay_out(),
                92..94 => self.halt(),
                _ => self.deal(),
            }
        }
        self.floor.rest_until(Timestamp(date.next().start().0 - 1));
    }

    fn place(&mut self) {
        let (by, book) = (self.party(), self.random.below(BOOKS.len() as u64) as usize);
        let side = if self.random.below(2) == 0 { "buy" } else { "sell" };
        let middle = &mut self.middle[book];
        *middle = (*middle + self.random.below(7)).saturating_sub(3).clamp(200, 15_000);
        // In ticks of five fen.
        let fen = 5 * (*middle + self.random.below(60)).saturating_sub(30);
        let kind = ["limit", "limit", "limit", "ioc", "market"][self.random.below(5) as usize];
        let mut order = json!({
            "op": "place_order", "account_id": by.account, "symbol": BOOKS[book], "side": side, "type": kind,
            "quantity": (1 + self.random.below(300)).to_string()
        });
        if kind != "market" {
            order["price"] = format!("{}.{:02}", fen / 100, fen % 100).into();
        }
        if let Ok(protocol::Receipt::Order(order)) = self.floor.give(by.user, order) {
            self.orders += 1;
            self.resting.push((by, order.0.to_string()));
        }
    }

    fn cancel(&mut self) {
        if self.resting.is_empty() {
            return;
        }
        let place = self.random.below(self.resting.len() as u64) as usize;
        let (by, order) = self.resting.swap_remove(place);
        // It may have traded.
        let _ = self
            .floor
            .give(by.user, json!({ "op": "cancel_order", "order_id": order }));
    }

    fn pay_out(&mut self) {
        let (by, yuan) = (self.party(), 1 + self.random.below(20_000));
        let asked =
            json!({ "op": "request_withdrawal", "account_id": by.account, "amount": cny(&format!("{yuan}.00")) });
        let Ok(protocol::Receipt::Deal(withdrawal)) = self.floor.give(by.user, asked) else {
            return;
        };
        let step = |op: &str| json!({ "op": op, "withdrawal_id": withdrawal.0 });
        if self.random.below(4) == 0 {
            let mut refused = step("refuse_withdrawal");
            refused["reason"] = "a name that is not the account's".into();
            let _ = self.floor.give(0, refused);
            return;
        }
        self.floor.must(0, step("approve_withdrawal"));
        let mut paid = step("cash_out");
        paid["reference"] = format!("OUT-{}", self.floor.last().0).into();
        self.floor.must(0, paid);
    }

    fn halt(&mut self) {
        let symbol = BOOKS[self.random.below(BOOKS.len() as u64) as usize];
        for trading in [false, true] {
            let _ = self
                .floor
                .give(0, json!({ "op": "set_trading", "symbol": symbol, "trading": trading }));
        }
    }

    /// A step of a lot: announced, entered, bid for, paid.
    fn deal(&mut self) {
        let by = self.party();
        match self.lot {
            None => self.lot = Some(self.floor.announce(self.parties[0], ascending())),
            Some(lot) => {
                let draw = self.random.below(1 << 20);
                let bid = cny(&format!("{}.00", 1_000 + 100 * self.random.below(40)));
                let _ = match self.random.below(8) {
                    0..3 => {
                        let enter = json!({ "op": "enter_lot", "lot_id": lot, "account_id": by.account, "draw": draw });
                        self.floor.give(by.user, enter)
                    }
                    3..5 => self
                        .floor
                        .give(by.user, json!({ "op": "bid_lot", "lot_id": lot, "price": bid })),
                    5 => self
                        .floor
                        .give(by.user, json!({ "op": "set_maximum", "lot_id": lot, "maximum": bid })),
                    6 => self.floor.give(by.user, json!({ "op": "pay_lot", "lot_id": lot })),
                    _ => {
                        self.lot = None;
                        return;
                    }
                };
            }
        }
    }
}

/// What an account, or all together, closed its last day with.
fn closing(history: &History, account: Option<AccountId>, of: Moved) -> Option<Day> {
    let page = history
        .days(
            account,
            of,
            &Window {
                limit: 1,
                ..Window::default()
            },
        )
        .unwrap();
    page.entries.into_iter().next()
}

/// Each account closes as the live views have it, for others than its bidder's house; all together add up, and reconcile.
fn closes(history: &History, market: &MarketData, date: Date) {
    let accounts = (0..=PARTIES as u32).map(AccountId);
    let mut all_cash = Balance::default();
    let balance = |total: i64, held: i64| Balance { total, held };
    for account in accounts.clone() {
        let live = market.accounts().all_cash_for_others(account);
        let live = live.iter().find(|(currency, _)| *currency == Currency::Cny);
        let live = live.map_or_else(Balance::default, |(_, cash)| {
            balance(cash.total.minor(), cash.held.minor())
        });
        let closed = closing(history, Some(account), Moved::Cash(Currency::Cny)).map(|day| day.closing);
        assert_eq!(closed.unwrap_or_default(), live, "cash of {account:?} on {date}");
        all_cash.total += live.total;
        all_cash.held += live.held;
        for (instrument, live) in market.accounts().holdings(account, None, 10) {
            let closed = closing(history, Some(account), Moved::Units(instrument)).map(|day| day.closing);
            let live = balance(live.total.units(), live.held.units());
            assert_eq!(closed.unwrap_or_default(), live, "units of {account:?} on {date}");
        }
    }
    let together = closing(history, None, Moved::Cash(Currency::Cny)).unwrap();
    assert_eq!(together.closing, all_cash, "on {date}");
    assert_eq!(
        together.closing.total - together.opening.total,
        together.crossed(),
        "{together:?}"
    );
    assert!(together.date <= date);
}

/// Every list of history is that of a plain fold.
fn is_plain(history: &History, oracle: &Oracle) {
    for entity in (0..=PARTIES as u32).map(EntityId) {
        let orders: Vec<_> = oracle
            .orders
            .iter()
            .filter(|order| order.entity == entity)
            .cloned()
            .collect();
        let asked = Asked::default();
        assert_eq!(
            all(|window| history.orders(Owner::Entity(entity), &asked, window)),
            orders
        );
        let fills: Vec<_> = oracle
            .fills
            .iter()
            .filter(|fill| fill.entity == entity)
            .cloned()
            .collect();
        assert_eq!(all(|window| history.fills(Owner::Entity(entity), None, window)), fills);
    }
    for account in (0..=PARTIES as u32).map(AccountId) {
        let lines = oracle.cash.get(&(account, Currency::Cny)).cloned().unwrap_or_default();
        assert_eq!(all(|window| history.cash(account, Currency::Cny, window)), lines);
        for instrument in (0..=BOOKS.len() as u32).map(InstrumentId) {
            let lines = oracle.units.get(&(account, instrument)).cloned().unwrap_or_default();
            assert_eq!(all(|window| history.units(account, instrument, window)), lines);
        }
    }
    for instrument in (0..=BOOKS.len() as u32).map(InstrumentId) {
        let prints = oracle.prints.get(&instrument).cloned().unwrap_or_default();
        assert_eq!(all(|window| history.prints(instrument, window)), prints);
        for resolution in Resolution::ALL {
            let candles = oracle.candles(instrument, resolution);
            assert_eq!(all(|window| history.candles(instrument, resolution, window)), candles);
        }
    }
    for account in (0..=PARTIES as u32)
        .map(|account| Some(AccountId(account)))
        .chain([None])
    {
        let units = (0..=BOOKS.len() as u32).map(|instrument| Moved::Units(InstrumentId(instrument)));
        for of in units.chain([Moved::Cash(Currency::Cny)]) {
            let days = oracle.days(account, of).expect("less than all money");
            assert_eq!(all(|window| history.days(account, of, window)), days);
        }
    }
    let entities = (0..=PARTIES as u32).map(|entity| Reader::Entity(EntityId(entity)));
    for reader in entities.chain([Reader::Nobody, Reader::Staff, Reader::All]) {
        let mut changes = Vec::new();
        loop {
            let from = changes.last().map_or(0, |change: &history::Change| change.number);
            let page = history.changes(reader, from, 1_000).unwrap();
            if page.is_empty() {
                break;
            }
            changes.extend(page);
        }
        assert_eq!(changes, oracle.changes(reader), "{reader:?}");
    }
}

#[test]
fn a_year_of_trading_days_ends_as_a_plain_fold_of_its_journal() {
    let (days, commands) = if whole() { (365, 240) } else { (31, 60) };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.sqlite");
    let first = Date::from_civil(2026, 3, 2).unwrap();
    let mut trading = Trading::open(7, first);
    let (market, mut folder_of_views): (MarketData, Folder) = market_data::new(Limits::default());
    let (mut keeper, history) = open(&file);
    keeper.replayed();
    let (mut batches, mut date, mut traded) = (Vec::new(), first, 0);
    for _ in 0..days {
        // Money moves on any day, and what is due falls due; orders come on those of trade.
        let is_of_trade = date.weekday() < 5;
        trading.day(date, if is_of_trade { commands } else { 2 });
        traded += u64::from(is_of_trade);
        let batch = trading.floor.taken();
        keeper.take(&batch);
        folder_of_views.fold(&batch, batch.at);
        batches.push(batch);
        settle(&history);
        closes(&history, &market, date);
        date = date.next();
    }
    let oracle = Oracle::of(&batches);
    is_plain(&history, &oracle);
    let prints = all(|window| history.prints(InstrumentId(0), window)).len()
        + all(|window| history.prints(InstrumentId(1), window)).len();
    println!(
        "{traded} days of trade of {days}, {} commands, {} orders, {prints} prints in two books",
        trading.floor.last().0,
        trading.orders
    );
    // Else it proves little.
    assert!(trading.orders > 10 * traded && prints > 100);
    let lines = || oracle.cash.values().flatten();
    assert!(
        lines().any(|line| line.happened_at < line.at),
        "something was sealed, and told with a close"
    );
    assert!(lines().any(|line| matches!(line.cause, history::Cause::Paid { .. })));
    assert!(lines().any(|line| matches!(line.cause, history::Cause::Posted { .. })));
    keeper.close();
    let before = rows(&file);
    fs::remove_file(&file).unwrap();
    fold(&file, &batches);
    assert!(
        rows(&file) == before,
        "another {} rows of {}",
        rows(&file).len(),
        before.len()
    );
}

/// A morning with two lots, in which bidders do unseen what `hidden` says. It ends before the lots do.
fn morning(hidden: &Hidden) -> (Trading, Vec<Committed>) {
    let date = Date::from_civil(2026, 3, 2).unwrap();
    let mut trading = Trading::open(11, date);
    let (seller, parties) = (trading.parties[0], trading.parties.clone());
    let bidders = hidden.bidders.map(|place| parties[place]);
    let lots = [ascending(), sealed()].map(|format| trading.floor.announce(seller, format));
    let after =
        |trading: &mut Trading, minutes: u64| trading.floor.now = trading.floor.now.after(60 * minutes * SECOND);
    after(&mut trading, 11);
    for (place, bidder) in bidders.iter().enumerate() {
        for lot in lots {
            trading.place();
            let enter =
                json!({ "op": "enter_lot", "lot_id": lot, "account_id": bidder.account, "draw": 1_000 + place });
            trading.floor.must(bidder.user, enter);
        }
    }
    after(&mut trading, 12);
    let [rising, blind] = lots;
    let bid = |price: &str| json!({ "op": "bid_lot", "lot_id": rising, "price": cny(price) });
    // What anybody sees of it is the same: who holds the first number bids, who holds the second raises.
    trading.floor.must(bidders[0].user, bid("1000.00"));
    trading.floor.must(
        bidders[1].user,
        json!({ "op": "set_maximum", "lot_id": rising, "maximum": cny(hidden.maxima[0]) }),
    );
    for round in 0..20 {
        trading.place();
        // The leader raises unseen; who does not lead is refused, for one ground or another.
        let raised = json!({ "op": "set_maximum", "lot_id": rising, "maximum": cny(hidden.maxima[1]) });
        let _ = trading.floor.give(bidders[1].user, raised);
        let refused = trading.floor.give(bidders[round % 2].user, bid(hidden.refused));
        assert!(refused.is_err());
    }
    trading.floor.must(
        bidders[2].user,
        json!({ "op": "commit_bid", "lot_id": blind, "commitment": floor::PAPER }),
    );
    trading.place();
    let told = vec![trading.floor.taken()];
    (trading, told)
}

/// What bidders do unseen.
struct Hidden {
    /// Who they are.
    bidders: [usize; 3],
    /// The second's maxima, one after the other.
    maxima: [&'static str; 2],
    /// A price that is refused, for what it is or for what the bidder has.
    refused: &'static str,
}

#[test]
fn two_mornings_that_differ_in_what_bidders_do_unseen_have_one_history() {
    let folder = tempfile::tempdir().unwrap();
    let variants = [
        Hidden {
            bidders: [1, 2, 3],
            maxima: ["5000.00", "7000.00"],
            refused: "900.00",
        },
        Hidden {
            bidders: [6, 4, 7],
            maxima: ["90000.00", "123400.00"],
            refused: "50.00",
        },
    ];
    let mut files = Vec::new();
    let mut mornings = Vec::new();
    for (place, hidden) in variants.iter().enumerate() {
        let file = folder.path().join(format!("{place}.sqlite"));
        let (trading, told) = morning(hidden);
        fold(&file, &told);
        files.push(file);
        mornings.push((trading, told));
    }
    assert_eq!(
        mornings[0].0.floor.last(),
        mornings[1].0.floor.last(),
        "the same commands, in the same places"
    );
    assert!(
        mornings[0].1 != mornings[1].1,
        "who is told everything sees the difference"
    );
    let (one, other) = (rows(&files[0]), rows(&files[1]));
    let differ: Vec<_> = one
        .iter()
        .zip(&other)
        .filter(|(one, other)| one != other)
        .take(3)
        .collect();
    assert!(one == other, "{} and {} rows: {differ:#?}", one.len(), other.len());
    assert!(one.iter().any(|row| row.starts_with("orders")) && one.len() > 200);

    // With the close they are another's: so the comparison above finds what there is.
    let mut closed = Vec::new();
    for (file, (mut trading, mut told)) in files.iter().zip(mornings) {
        let evening = trading.floor.now.after(6 * 3_600 * SECOND);
        trading.floor.rest_until(evening);
        told.push(trading.floor.taken());
        fold(file, &told);
        closed.push(rows(file));
    }
    assert!(closed[0] != closed[1] && closed[0].len() > one.len());
}
