//! What an approval of a proposal would do, in both languages: whom and what it names, which sums it moves, and what the
//! accounts hold behind it that the reader may see.
//!
//! What always holds: each sum is one that stands in the command or in a record that it names, or the core's own function
//! says it ([`sequencer::previews`]); nothing is guessed, and a command whose sums are neither is told in words alone.

use super::proposed::{Both, Naming};
use crate::{
    json::{
        Described,
        scalar::{write_money, write_quantity},
        shapes, written,
    },
    server::core::{caller::UserCaller, names::ViewNames},
};
use market_data::{
    MarketData,
    records::{Key, Kind, Told},
};
use protocol::{
    AccountId, Amount, Command, Currency, EntityId, InstrumentId, LotId, Money, Notice, Quantity, Record, WithdrawalId,
    account::Withdrawal,
    auction::{Format, Lot},
    describe::Shape,
};
use sequencer::previews;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

type AmountJson = Described<Amount>;

/// So many lines tell of whom and what a command names at the most: the command itself stands beside them.
const LINES_MAX: usize = 200;

/// A line of what would be done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Effect {
    /// Which member of the command it explains, as a JSON Pointer; none: the command as a whole.
    field: Option<String>,
    text: Both,
    /// The sum that is moved, or bound.
    amount: Option<AmountJson>,
}

/// What an account holds now, and what it will behind it: cash in a currency, or units of a symbol.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalanceAfter {
    account_id: u32,
    /// Of which currency; none of units.
    #[schema(value_type = Option<shapes::Currency>)]
    currency: Option<&'static str>,
    /// Of which symbol; none of cash.
    #[schema(value_type = Option<shapes::Symbol>)]
    symbol: Option<String>,
    #[schema(value_type = shapes::Decimal)]
    free: String,
    #[schema(value_type = shapes::Decimal)]
    held: String,
    /// What will be free; none where what is free now does not suffice: then it is refused.
    #[schema(value_type = Option<shapes::Decimal>)]
    free_after: Option<String>,
    #[schema(value_type = Option<shapes::Decimal>)]
    held_after: Option<String>,
}

/// What would be done, as it is found.
pub(crate) struct Effects<'a> {
    market: &'a MarketData,
    naming: Naming<'a>,
    pub(crate) lines: Vec<Effect>,
    pub(crate) balances: Vec<BalanceAfter>,
    /// Whose accounts the balances are of, but for the reader's own: who reads these is noted.
    pub(crate) others: Vec<EntityId>,
}

impl<'a> Effects<'a> {
    /// What this command, proposed by this participant, would do. `stands`: whether it can still be approved; of what was
    /// decided no balance is told.
    pub(crate) fn of(
        command: &Command,
        by: EntityId,
        stands: bool,
        market: &'a MarketData,
        reader: &'a UserCaller,
    ) -> Self {
        let op = command.op();
        let mut found = Self {
            market,
            naming: Naming { market, reader },
            lines: vec![],
            balances: vec![],
            others: vec![],
        };
        found.say(op.meaning().to_owned(), op.chinese().to_owned(), None);
        found.deed(command, by, stands);
        if let Some(Value::Object(mut fields)) = written(command, &ViewNames(market)) {
            fields.remove("draw");
            found.names(&op.shape(), &fields, "");
        }
        found
    }

    fn say(&mut self, en: String, zh: String, amount: Option<Amount>) {
        self.lines.push(Effect {
            field: None,
            text: Both { zh, en },
            amount: amount.map(Into::into),
        });
    }

    /// What it moves.
    fn deed(&mut self, command: &Command, by: EntityId, stands: bool) {
        match command {
            Command::CashIn(cash) => {
                let amount = Amount::new(cash.currency, cash.amount);
                let account = cash.account.0;
                self.say(
                    format!("{} is booked into account {account}.", text(amount)),
                    format!("账户{account}入账 {}。", text(amount)),
                    Some(amount),
                );
                self.cash(stands, cash.account, amount.currency, amount.money.minor(), 0);
            }
            Command::RequestWithdrawal(asked) => {
                let (account, amount) = (asked.account.0, asked.amount);
                self.say(
                    format!(
                        "{} of account {account} is set aside until the bank has paid it.",
                        text(amount)
                    ),
                    format!("账户{account}冻结 {}，至银行付出为止。", text(amount)),
                    Some(amount),
                );
                let minor = amount.money.minor();
                self.cash(stands, asked.account, amount.currency, -minor, minor);
            }
            Command::ApproveWithdrawal(step) => {
                if let Some(Withdrawal { account, amount, .. }) = self.withdrawal(step.withdrawal) {
                    self.say(
                        format!(
                            "The bank is told to pay {} out of account {}; it stays set aside until that is booked.",
                            text(amount),
                            account.0
                        ),
                        format!(
                            "通知银行自账户{}付出 {}，登记付出前款项继续冻结。",
                            account.0,
                            text(amount)
                        ),
                        Some(amount),
                    );
                }
            }
            Command::RefuseWithdrawal(refused) => {
                if let Some(Withdrawal { account, amount, .. }) = self.withdrawal(refused.withdrawal) {
                    self.say(
                        format!("{} of account {} is free again.", text(amount), account.0),
                        format!("账户{}的 {} 解除冻结。", account.0, text(amount)),
                        Some(amount),
                    );
                    let minor = amount.money.minor();
                    self.cash(stands, account, amount.currency, minor, -minor);
                }
            }
            Command::CashOut(paid) => {
                if let Some(Withdrawal { account, amount, .. }) = self.withdrawal(paid.withdrawal) {
                    self.say(
                        format!("{} leaves account {}: the bank has paid it.", text(amount), account.0),
                        format!("银行已付，{} 自账户{}转出。", text(amount), account.0),
                        Some(amount),
                    );
                    self.cash(stands, account, amount.currency, 0, -amount.money.minor());
                }
            }
            Command::IssueUnits(issue) => {
                let listed = self.market.directory().instrument(issue.instrument).cloned();
                if let Some(listed) = listed {
                    let after = write_quantity(listed.issued().plus(issue.quantity));
                    let supply = write_quantity(listed.terms.supply);
                    let (quantity, account) = (write_quantity(issue.quantity), issue.account.0);
                    self.say(
                        format!(
                            "{quantity} units of {} are issued to account {account}; {after} of {supply} are issued then.",
                            listed.symbol()
                        ),
                        format!(
                            "向账户{account}发行 {} 份额 {quantity} 份，发行后累计 {after} 份，总量 {supply} 份。",
                            listed.symbol()
                        ),
                        None,
                    );
                    self.units(stands, issue.account, issue.instrument, issue.quantity.units());
                }
            }
            Command::EnterLot(enter) => {
                if let Some(lot) = self.lot(enter.lot) {
                    let (amount, account) = (lot.deposit, enter.account.0);
                    self.say(
                        format!(
                            "{} of account {account} is set aside as the deposit for lot {}.",
                            text(amount),
                            enter.lot.0
                        ),
                        format!(
                            "账户{account}冻结 {}，作为竞价标的{}的保证金。",
                            text(amount),
                            enter.lot.0
                        ),
                        Some(amount),
                    );
                    let minor = amount.money.minor();
                    self.cash(stands, enter.account, amount.currency, -minor, minor);
                }
            }
            Command::BidLot(bid) => {
                let lot = self.lot(bid.lot);
                // Of several units a unit's price says nothing of the sum, and where a buyer asks the winner is paid.
                let pays = |lot: &Lot| {
                    !matches!(
                        lot.format,
                        Format::Uniform(_) | Format::Reverse(_) | Format::SealedReverse(_)
                    )
                };
                if let Some(lot) = lot.filter(pays)
                    && let Ok(paid) = previews::payable(bid.price.money, lot.fees.premium, lot.deposit.money)
                {
                    let of = |money| text(Amount::new(bid.price.currency, money));
                    self.say(
                        format!(
                            "{} is bid for lot {}, and binds until it is outbid. Whoever wins at it pays {}, of which the deposit leaves {}.",
                            text(bid.price), bid.lot.0, of(paid.total), of(paid.rest)
                        ),
                        format!(
                            "为竞价标的{}报价 {}，被超越前一直有效。按此价得标应付 {}，抵扣保证金后尚需 {}。",
                            bid.lot.0, text(bid.price), of(paid.total), of(paid.rest)
                        ),
                        Some(bid.price),
                    );
                }
            }
            Command::PayLot(pay) => {
                let found = self.record(Key::of_bidder(pay.lot, by));
                if let Some(Record::Bidder(bidder)) = found
                    && let Some(owes) = bidder.owes
                {
                    let account = bidder.account;
                    self.say(
                        format!(
                            "{} of account {} is set aside for lot {}; with the deposit it is all that is owed.",
                            text(owes),
                            account.0,
                            pay.lot.0
                        ),
                        format!(
                            "账户{}为竞价标的{}冻结 {}，连同保证金即为全部应付款。",
                            account.0,
                            pay.lot.0,
                            text(owes)
                        ),
                        Some(owes),
                    );
                    let minor = owes.money.minor();
                    self.cash(stands, account, owes.currency, -minor, minor);
                }
            }
            Command::PayLicence(pay) => {
                if let Some(Record::Licence(licence)) = self.record(Key::new(Kind::Licence, pay.licence.0)) {
                    let (fee, account) = (licence.fee, pay.account.0);
                    self.say(
                        format!(
                            "{} of account {account} pays for licence {}: held until it begins, then its licensor's.",
                            text(fee),
                            pay.licence.0
                        ),
                        format!(
                            "账户{account}支付许可{}的费用 {}，许可开始前冻结，开始时归许可方。",
                            pay.licence.0,
                            text(fee)
                        ),
                        Some(fee),
                    );
                }
            }
            Command::FundEscrow(fund) => {
                let found = self.record(Key::new(Kind::Transfer, fund.transfer.0));
                if let Some(Record::Transfer(sale)) = found
                    && let (Some(account), Some(price)) = (sale.buyer_account, sale.price)
                {
                    self.say(
                        format!(
                            "{} of account {} is held for sale {} until the title has passed.",
                            text(price),
                            account.0,
                            fund.transfer.0
                        ),
                        format!(
                            "账户{}为转让项目{}冻结 {}，至权利转移为止。",
                            account.0,
                            fund.transfer.0,
                            text(price)
                        ),
                        Some(price),
                    );
                    let minor = price.money.minor();
                    self.cash(stands, account, price.currency, -minor, minor);
                }
            }
            _ => {}
        }
    }

    /// What an account's cash comes to, where the reader may see it.
    fn cash(&mut self, stands: bool, account: AccountId, currency: Currency, free: i64, held: i64) {
        let Some(own) = self.sees(account).filter(|_| stands) else {
            return;
        };
        let accounts = self.market.accounts();
        let all = if own {
            accounts.all_cash(account)
        } else {
            accounts.all_cash_for_others(account)
        };
        drop(accounts);
        let now = all.into_iter().find(|(of, _)| *of == currency);
        let now = now.map(|(_, cash)| cash).unwrap_or_default();
        let of = |minor: i64| write_money(Money::from_minor(minor), currency);
        self.balances.push(BalanceAfter {
            account_id: account.0,
            currency: Some(currency.code()),
            symbol: None,
            free: write_money(now.free(), currency),
            held: write_money(now.held, currency),
            free_after: after(now.free().minor(), free).map(of),
            held_after: after(now.held.minor(), held).map(of),
        });
    }

    /// What an account's units come to, where the reader may see them.
    fn units(&mut self, stands: bool, account: AccountId, instrument: InstrumentId, free: i64) {
        if self.sees(account).filter(|_| stands).is_none() {
            return;
        }
        let now = self.market.accounts().holding(account, instrument);
        let symbol = self
            .market
            .directory()
            .instrument(instrument)
            .map(|of| of.symbol().to_string());
        let of = |units| write_quantity(Quantity::from_units(units));
        self.balances.push(BalanceAfter {
            account_id: account.0,
            currency: None,
            symbol,
            free: write_quantity(now.free()),
            held: write_quantity(now.held),
            free_after: after(now.free().units(), free).map(of),
            held_after: Some(write_quantity(now.held)),
        });
    }

    /// Whether the account is the reader's own house's; nothing where the reader may not see it.
    fn sees(&mut self, account: AccountId) -> Option<bool> {
        let owner = self.market.directory().account(account)?.owner;
        let reader = self.naming.reader;
        reader.may_see(owner).ok()?;
        let own = reader.entity == owner;
        if !own {
            self.others.push(owner);
        }
        Some(own)
    }

    fn record(&self, key: Key) -> Option<Record> {
        match &self.market.records().get(key)?.told {
            Told::Record(record) => Some(record.clone()),
            Told::Notice(_) => None,
        }
    }

    fn withdrawal(&self, id: WithdrawalId) -> Option<Withdrawal> {
        match self.record(Key::new(Kind::Withdrawal, id.0))? {
            Record::Withdrawal(withdrawal) => Some(withdrawal),
            _ => None,
        }
    }

    fn lot(&self, id: LotId) -> Option<Lot> {
        match &self.market.records().get(Key::new(Kind::Lot, id.0))?.told {
            Told::Notice(Notice::Lot(lot)) => Some(lot.clone()),
            _ => None,
        }
    }

    /// Whom and what the command's members name.
    fn names(&mut self, shape: &Shape, fields: &Map<String, Value>, within: &str) {
        match shape {
            Shape::Object(object) => {
                for field in object.fields {
                    if let Some(value) = fields.get(field.name) {
                        self.named(&field.shape, value, field.name, &format!("{within}/{}", field.name));
                    }
                }
            }
            Shape::OneOf(_, variants) => {
                for (name, _, inner) in *variants {
                    if let Some(value) = fields.get(*name) {
                        self.named(inner, value, name, &format!("{within}/{name}"));
                    }
                }
            }
            Shape::Optional(inner) | Shape::OrBoolean(inner) => self.names(inner, fields, within),
            _ => {}
        }
    }

    fn named(&mut self, shape: &Shape, value: &Value, name: &str, path: &str) {
        match value {
            Value::Array(items) => {
                let inner = match shape {
                    Shape::List(inner) => inner,
                    other => other,
                };
                for (place, item) in items.iter().enumerate() {
                    self.named(inner, item, name, &format!("{path}/{place}"));
                }
            }
            Value::Object(fields) => self.names(shape, fields, path),
            Value::Number(number) if self.lines.len() < LINES_MAX => {
                let number = number.as_u64().and_then(|number| u32::try_from(number).ok());
                if let Some(text) = number.and_then(|number| self.naming.named(name, number)) {
                    self.lines.push(Effect {
                        field: Some(path.to_owned()),
                        text,
                        amount: None,
                    });
                }
            }
            _ => {}
        }
    }
}

/// What a balance comes to; nothing below zero.
fn after(now: i64, by: i64) -> Option<i64> {
    now.checked_add(by).filter(|after| *after >= 0)
}

/// An amount in one word.
fn text(amount: Amount) -> String {
    format!(
        "{} {}",
        write_money(amount.money, amount.currency),
        amount.currency.code()
    )
}
