//! Statements: what moved of an account's cash and units, why, and what it had after each movement; and each day closed,
//! of an account and of all together.

use super::{
    accounts::owner_of,
    listings,
    page::{Listed, fresh, json},
    reading,
    walk::{listed, walk},
};
use crate::{
    json::{
        command::PostingReason,
        scalar::{read_currency, write_money, write_order_id, write_quantity, write_time, write_trade_id},
        shapes,
    },
    server::{
        core::{
            call::{Call, Params},
            state::State,
        },
        said::{
            problem::{Fault, Problem},
            responses::ReadProblems,
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use history::{Moved, Movement, Window};
use protocol::{AccountId, Currency, Money, Quantity, Reject, Timestamp, rules::Calendar, time::SECOND};
use serde::Serialize;
use utoipa::ToSchema;

walk! {
    /// Of which statement.
    CashQuery {
        /// Of which account.
        #[param(required = true)]
        account_id: Option<u32>,
        /// In which currency.
        #[param(required = true, value_type = shapes::Currency)]
        currency: Option<String>,
    }
}

walk! {
    /// Of which statement.
    UnitsQuery {
        /// Of which account.
        #[param(required = true)]
        account_id: Option<u32>,
        /// Of what.
        #[param(required = true, value_type = shapes::Symbol)]
        symbol: Option<String>,
    }
}

walk! {
    /// Whose days, and of which currency.
    CashDaysQuery {
        /// Of which account. Left out: of all accounts together, for operators and regulators.
        account_id: Option<u32>,
        /// In which currency.
        #[param(required = true, value_type = shapes::Currency)]
        currency: Option<String>,
    }
}

walk! {
    /// Whose days, and of what.
    UnitDaysQuery {
        /// Of which account. Left out: of all accounts together, for operators and regulators.
        account_id: Option<u32>,
        /// Of what.
        #[param(required = true, value_type = shapes::Symbol)]
        symbol: Option<String>,
    }
}

/// What a movement is caused by.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Cause {
    /// Cash reached the venue's bank account.
    Received,
    /// Cash was paid out.
    Paid,
    /// Units were issued to the account.
    Issued,
    /// An order was entered and holds what it needs.
    Ordered,
    /// An order traded.
    Filled,
    /// An order was cancelled and holds nothing any more.
    Cancelled,
    /// The venue collected the fees of a trade.
    Fees,
    /// A deal moved it.
    Posted,
}

/// A line of a statement. Cash is in the currency's scale, units are whole numbers. What of an account is a bidder's secret is booked when its
/// lot has closed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Line {
    /// Its number in the statement, from 1 without a gap.
    number: u64,
    /// When it was booked.
    #[schema(value_type = shapes::Timestamp)]
    at: String,
    /// When it happened, where it was secret until it was booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Timestamp>)]
    happened_at: Option<String>,
    /// By how much the whole changed.
    #[schema(value_type = shapes::Decimal)]
    change: String,
    /// By how much the held part of it changed.
    #[schema(value_type = shapes::Decimal)]
    change_held: String,
    /// The whole, after it.
    #[schema(value_type = shapes::Decimal)]
    total: String,
    /// The held part, after it.
    #[schema(value_type = shapes::Decimal)]
    held: String,
    cause: Cause,
    /// Of what a deal moved: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<PostingReason>,
    /// The order, of what it holds, trades or gives back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::OrderId>)]
    order_id: Option<String>,
    /// The trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::TradeId>)]
    trade_id: Option<String>,
    /// The deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    deal_id: Option<u64>,
    /// Of a fill's cash: the fee that is in the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Decimal>)]
    fee: Option<String>,
    /// The bank's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// A line, with its amounts written so; `cash` writes the fee of a fill, where cash moves.
fn line<T: Copy>(moved: &Movement<T>, write: impl Fn(T) -> String, cash: Option<Currency>) -> Line {
    use history::Cause as Why;
    let mut line = Line {
        number: moved.number,
        at: write_time(moved.at),
        happened_at: (moved.happened_at != moved.at).then(|| write_time(moved.happened_at)),
        change: write(moved.change),
        change_held: write(moved.change_held),
        total: write(moved.total),
        held: write(moved.held),
        cause: Cause::Issued,
        reason: None,
        order_id: None,
        trade_id: None,
        deal_id: None,
        fee: None,
        reference: None,
    };
    match &moved.cause {
        Why::Received { reference } => {
            line.cause = Cause::Received;
            line.reference = Some(reference.as_str().to_owned());
        }
        Why::Paid { reference } => {
            line.cause = Cause::Paid;
            line.reference = Some(reference.as_str().to_owned());
        }
        Why::Issued => {}
        Why::Ordered { order } => {
            line.cause = Cause::Ordered;
            line.order_id = Some(write_order_id(*order));
        }
        Why::Filled { order, trade, fee } => {
            line.cause = Cause::Filled;
            line.order_id = Some(write_order_id(*order));
            line.trade_id = Some(write_trade_id(*trade));
            line.fee = cash.map(|currency| write_money(*fee, currency));
        }
        Why::Cancelled { order } => {
            line.cause = Cause::Cancelled;
            line.order_id = Some(write_order_id(*order));
        }
        Why::Fees { trade } => {
            line.cause = Cause::Fees;
            line.trade_id = Some(write_trade_id(*trade));
        }
        Why::Posted { deal, reason } => {
            line.cause = Cause::Posted;
            line.deal_id = Some(deal.0);
            line.reason = Some(reason.into());
        }
    }
    line
}

/// What there is, of cash in the currency's scale, of units whole numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Balance {
    /// All of it.
    #[schema(value_type = shapes::Decimal)]
    total: String,
    /// The held part of it.
    #[schema(value_type = shapes::Decimal)]
    held: String,
    /// The rest.
    #[schema(value_type = shapes::Decimal)]
    free: String,
}

/// What moved within a day for one cause.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DaySum {
    cause: Cause,
    /// Of what deals moved: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<PostingReason>,
    /// How many lines of the statement these are.
    lines: u64,
    /// By how much the whole changed.
    #[schema(value_type = shapes::Decimal)]
    change: String,
    /// By how much the held part changed.
    #[schema(value_type = shapes::Decimal)]
    change_held: String,
}

/// A day of the venue (UTC+8) on which something moved. `closing` is `opening` and all of `sums`, and the next day's opening;
/// a day that is not listed closes as the one before it. What of an account is a bidder's secret is booked when its lot has
/// closed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Day {
    /// Its date.
    #[schema(value_type = shapes::Date)]
    date: String,
    /// Whether it is a working day by the calendar in force.
    is_working_day: bool,
    /// Whether it is over, so that nothing is booked in it any more.
    is_closed: bool,
    /// What there was before it.
    opening: Balance,
    /// What moved in it.
    sums: Vec<DaySum>,
    /// What there is behind it.
    closing: Balance,
    /// What came into the venue that day less what left it: cash received and paid, units issued and consumed.
    #[schema(value_type = shapes::Decimal)]
    crossed: String,
    /// Of all accounts together: whether what changed is what crossed, so that all that passed between accounts adds up to
    /// nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_reconciled: Option<bool>,
}

/// How long behind midnight a day is closed. What waits for its turn has its time by then.
const CLOSES_AFTER: u64 = 60 * SECOND;

/// A day, with its amounts written so.
fn day(found: &history::Day, write: impl Fn(i64) -> String, of_all: bool, calendar: &Calendar, now: Timestamp) -> Day {
    use history::Kind;
    let balance = |of: history::Balance| Balance {
        total: write(of.total),
        held: write(of.held),
        free: write(of.total.saturating_sub(of.held)),
    };
    let sum = |sum: &history::Sum| {
        let (cause, reason) = match sum.kind {
            Kind::Received => (Cause::Received, None),
            Kind::Paid => (Cause::Paid, None),
            Kind::Issued => (Cause::Issued, None),
            Kind::Ordered => (Cause::Ordered, None),
            Kind::Filled => (Cause::Filled, None),
            Kind::Cancelled => (Cause::Cancelled, None),
            Kind::Fees => (Cause::Fees, None),
            Kind::Posted(reason) => (Cause::Posted, Some((&reason).into())),
        };
        let (change, change_held) = (write(sum.change), write(sum.change_held));
        DaySum {
            cause,
            reason,
            lines: sum.lines,
            change,
            change_held,
        }
    };
    let crossed = found.crossed();
    let changed = found.closing.total.saturating_sub(found.opening.total);
    Day {
        date: found.date.to_string(),
        is_working_day: calendar.is_working_day(found.date),
        is_closed: found.date.next().start().after(CLOSES_AFTER) <= now,
        opening: balance(found.opening),
        sums: found.sums.iter().map(sum).collect(),
        closing: balance(found.closing),
        crossed: write(crossed),
        is_reconciled: of_all.then_some(changed == crossed),
    }
}

/// The days on which an account's cash in a currency moved, closed, the oldest first: what there was before, what moved by its
/// cause, what there is behind. Without an account those of all together, which reconcile: what changed is what came in less
/// what left.
#[utoipa::path(
    get, path = "/v1/statements/days/cash", operation_id = "list_cash_days", tag = "accounts", params(CashDaysQuery),
    extensions(("x-chinese" = json!("账户某一币种资金的日终对账：逐日列示期初、按事由汇总的变动与期末，先发生者在前；未列之日无变动。不指明账户时为全场合计，仅限运营方与监管方，并注明变动是否等于出入之差。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT", "NOT_PERMITTED"]))),
    responses((status = 200, description = "Some of them", body = Listed<Day>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn cash_days(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<CashDaysQuery>,
) -> Result<Response, Problem> {
    call.caller.reader()?;
    let window = query.window()?;
    let currency = read_currency(&needed(query.currency, "currency")?);
    let currency = currency.map_err(|error| Problem::from(error).at_field("currency"))?;
    fresh(&state, &call, query.min_seq).await?;
    let path = format!("/v1/statements/days/cash?currency={}", currency.code());
    let (account, of) = (query.account_id.map(AccountId), Moved::Cash(currency));
    let write = |amount| write_money(Money::from_minor(amount), currency);
    days(&state, &call, (account, of, &path), (query.min_seq, window), write).await
}

/// The days on which an account's units of an instrument moved, closed, the oldest first: as those of cash are.
#[utoipa::path(
    get, path = "/v1/statements/days/units", operation_id = "list_unit_days", tag = "accounts", params(UnitDaysQuery),
    extensions(("x-chinese" = json!("账户某一品种份额的日终对账，列示方式与资金相同；不指明账户时为全场合计，仅限运营方与监管方。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT", "UNKNOWN_INSTRUMENT", "NOT_PERMITTED"]))),
    responses((status = 200, description = "Some of them", body = Listed<Day>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn unit_days(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<UnitDaysQuery>,
) -> Result<Response, Problem> {
    call.caller.reader()?;
    let window = query.window()?;
    let symbol = needed(query.symbol, "symbol")?;
    fresh(&state, &call, query.min_seq).await?;
    let listing = listings::listing(&state, &symbol).map_err(|problem| problem.at_field("symbol"))?;
    let path = format!("/v1/statements/days/units?symbol={symbol}");
    let (account, of) = (query.account_id.map(AccountId), Moved::Units(listing.id));
    let write = |amount| write_quantity(Quantity::from_units(amount));
    days(&state, &call, (account, of, &path), (query.min_seq, window), write).await
}

/// The days of an account, or of all together, with their amounts written so; a read by office is noted at this address.
async fn days(
    state: &State,
    call: &Call,
    (account, of, path): (Option<AccountId>, Moved, &str),
    (min_seq, window): (Option<u64>, Window),
    write: impl Fn(i64) -> String,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    match account {
        Some(AccountId(id)) => {
            let owner = owner_of(state, caller, id)?;
            reading::note(state, call, [owner], &format!("{path}&account_id={id}")).await?;
        }
        None if caller.sees_all() => {}
        None => return Err(Problem::from(Reject::NotPermitted).at_field("account_id")),
    }
    // A day is closed of which everything is booked that the views show.
    let shown = min_seq.or(Some(0));
    let page = state
        .past(shown, move |history| history.days(account, of, &window))
        .await?;
    let calendar = state
        .market
        .directory()
        .epochs()
        .last()
        .map(|epoch| epoch.calendar.clone());
    let (calendar, now) = (calendar.unwrap_or_default(), state.now());
    Ok(json(&listed(page, |found| {
        Some(day(&found, &write, account.is_none(), &calendar, now))
    })))
}

fn needed<T>(given: Option<T>, name: &str) -> Result<T, Problem> {
    given.ok_or_else(|| Problem::from(Fault::QueryInvalid).at_field(name).hint("it is needed"))
}

/// What moved of an account's cash in a currency, and what it had after each movement: the oldest first.
#[utoipa::path(
    get, path = "/v1/statements/cash", operation_id = "list_cash_movements", tag = "accounts", params(CashQuery),
    extensions(("x-chinese" = json!("账户某一币种的资金流水：每笔变动的事由及变动后的余额与冻结额，先发生者在前；涉及密封竞价的变动于该标的竞价结束时入账。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT"]))),
    responses((status = 200, description = "Some of them", body = Listed<Line>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn cash(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<CashQuery>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let window = query.window()?;
    let id = needed(query.account_id, "account_id")?;
    let currency = read_currency(&needed(query.currency, "currency")?);
    let currency = currency.map_err(|error| Problem::from(error).at_field("currency"))?;
    fresh(&state, &call, query.min_seq).await?;
    let (owner, account) = (owner_of(&state, caller, id)?, AccountId(id));
    let path = format!("/v1/statements/cash?account_id={id}&currency={}", currency.code());
    reading::note(&state, &call, [owner], &path).await?;
    let page = state
        .past(query.min_seq, move |history| history.cash(account, currency, &window))
        .await?;
    let write = |money: Money| write_money(money, currency);
    Ok(json(&listed(page, |moved| Some(line(&moved, write, Some(currency))))))
}

/// What moved of an account's units of an instrument, and how many it had after each movement: the oldest first.
#[utoipa::path(
    get, path = "/v1/statements/units", operation_id = "list_unit_movements", tag = "accounts", params(UnitsQuery),
    extensions(("x-chinese" = json!("账户某一品种的份额流水：每笔变动的事由及变动后的余额与冻结额，先发生者在前。")), ("x-codes" = json!(["UNKNOWN_ACCOUNT", "UNKNOWN_INSTRUMENT"]))),
    responses((status = 200, description = "Some of them", body = Listed<Line>), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn units(
    Shared(state): Shared<State>,
    call: Call,
    Params(query): Params<UnitsQuery>,
) -> Result<Response, Problem> {
    let caller = call.caller.reader()?;
    let window = query.window()?;
    let id = needed(query.account_id, "account_id")?;
    let symbol = needed(query.symbol, "symbol")?;
    fresh(&state, &call, query.min_seq).await?;
    let listed_units = listings::listing(&state, &symbol).map_err(|problem| problem.at_field("symbol"))?;
    let (owner, account, instrument) = (owner_of(&state, caller, id)?, AccountId(id), listed_units.id);
    let path = format!("/v1/statements/units?account_id={id}&symbol={symbol}");
    reading::note(&state, &call, [owner], &path).await?;
    let page = state
        .past(query.min_seq, move |history| {
            history.units(account, instrument, &window)
        })
        .await?;
    let write = |units: Quantity| write_quantity(units);
    Ok(json(&listed(page, |moved| Some(line(&moved, write, None)))))
}
