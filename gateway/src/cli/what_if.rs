//! What a script may leave out or call by a name: `apply` fills it in before the line is read.
//!
//! A line may name what it brings into being, `"as":"ana"`, and later lines say `"entity_id":"ana"` for its number. A
//! name stands for one thing of a kind: the field says which kind is meant, so that a participant, its user and its
//! account may share one. What a what-if need not say has a default; what decides an outcome (a price, a quantity, who)
//! has none. Nothing of this is part of the core: a line that says everything is read as it is.

use crate::{
    cli::demo_id,
    json::{InputCode, InputError, Line, Names, Object, Value, read_line_of},
};
use protocol::{AssetId, PledgeId, Receipt, Timestamp, rules::RULES_VERSION, time::SECOND};
use std::{borrow::Cow, collections::HashMap};

/// When a script begins that says no time: 2026-03-02T02:00:00Z, ten o'clock at the venue.
const BEGINS: Timestamp = Timestamp(1_772_416_800 * SECOND);
/// The most defaults of one line.
const DEFAULTS_MAX: usize = 256;

/// Of which kind a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Entity,
    User,
    Key,
    Account,
    Asset,
    Pledge,
    /// A deal: a lot, a sale, a licence, a hold, a proposal …
    Deal,
}

impl Kind {
    /// The kind of number that a field holds, if it holds any.
    fn of(field: &str) -> Option<Self> {
        let field = field
            .strip_suffix('s')
            .filter(|field| field.ends_with("_id"))
            .unwrap_or(field);
        let ends = |ending: &str| field == ending || field.ends_with(&format!("_{ending}"));
        let deals = [
            "lot_id",
            "transfer_id",
            "licence_id",
            "tranche_id",
            "proposal_id",
            "withdrawal_id",
            "hold_id",
            "loan_id",
            "valuation_id",
            "deal_id",
        ];
        let entities = [
            "entity_id",
            "owner_id",
            "seller_id",
            "licensee_id",
            "licensor_id",
            "appraiser_id",
            "buyer_id",
            "allow_id",
            "deny_id",
            "priority_id",
            "beneficiary_id",
            "creditor_id",
            "debtor_id",
            "pledgor_id",
            "to_id",
            "on_id",
        ];
        let any = |names: &[&str]| names.iter().any(|name| ends(name));
        Some(match field {
            "by" => Self::User,
            _ if ends("user_id") => Self::User,
            _ if ends("key_id") => Self::Key,
            _ if ends("account_id") => Self::Account,
            _ if ends("pledge_id") => Self::Pledge,
            _ if ends("asset_id") => Self::Asset,
            _ if any(&deals) => Self::Deal,
            _ if any(&entities) => Self::Entity,
            _ => return None,
        })
    }
}

/// The names that a script gave, and where its clock stands.
#[derive(Debug)]
pub(super) struct WhatIf {
    names: HashMap<(Kind, String), u64>,
    /// What is made up is counted, so that no two are alike.
    made: u32,
    /// The time of a line that says none.
    next: Timestamp,
}

impl Default for WhatIf {
    fn default() -> Self {
        Self {
            names: HashMap::new(),
            made: 0,
            next: BEGINS,
        }
    }
}

impl WhatIf {
    /// Takes the name out under which what the line brings into being will be known, says numbers for names, and a time
    /// where there is none.
    fn prepare(&self, line: &mut Object<'_>) -> Result<Option<String>, InputError> {
        let name = match line.take("as") {
            None => None,
            Some(Value::Text(name)) if !name.trim().is_empty() => Some(name.into_owned()),
            Some(_) => return Err(InputError::new(InputCode::WrongType, "a name").within("as")),
        };
        self.name_numbers(line)?;
        // Courts' sales can be played at, whatever the venue; a dump says for itself whether it may hold them.
        let begins = matches!(line.get("op"), Some(Value::Text(op)) if op == "epoch");
        if begins && line.get("judicial_listing").is_none() && line.get("approval").is_none() {
            line.set("judicial_listing", Value::Text("what-if".into()));
        }
        if line.get("at").is_none() {
            line.set("at", Value::Text(self.next.to_string().into()));
        }
        Ok(name)
    }

    /// Says the number for each name in a field that holds numbers, however deep.
    fn name_numbers(&self, object: &mut Object<'_>) -> Result<(), InputError> {
        for (field, value) in object.iter_mut() {
            let named = match Kind::of(field) {
                Some(kind) => self.name_number(kind, value),
                None => Ok(()),
            };
            named
                .and_then(|()| self.look_within(value))
                .map_err(|error| error.within(field))?;
        }
        Ok(())
    }

    fn look_within(&self, value: &mut Value<'_>) -> Result<(), InputError> {
        match value {
            Value::Object(object) => self.name_numbers(object),
            Value::List(items) => items
                .iter_mut()
                .enumerate()
                .try_for_each(|(place, item)| self.look_within(item).map_err(|error| error.within(place))),
            _ => Ok(()),
        }
    }

    fn name_number(&self, kind: Kind, value: &mut Value<'_>) -> Result<(), InputError> {
        match value {
            Value::Text(name) => {
                let known = self.names.get(&(kind, name.to_string()));
                let number = known
                    .ok_or_else(|| InputError::new(InputCode::UnknownName, format!("no line before is as {name:?}")))?;
                *value = Value::Integer((*number).into());
                Ok(())
            }
            Value::List(items) => items
                .iter_mut()
                .enumerate()
                .try_for_each(|(place, item)| self.name_number(kind, item).map_err(|error| error.within(place))),
            _ => Ok(()),
        }
    }

    /// Reads a line, with defaults for what it does not say; and the name that it gives.
    pub(super) fn read(&mut self, bytes: &[u8], names: &dyn Names) -> Result<(Line, Option<String>), InputError> {
        let mut defaults: Vec<(String, String, Value<'static>)> = Vec::new();
        loop {
            let mut object = Object::read(bytes)?;
            let name = self.prepare(&mut object)?;
            for (inside, field, default) in &defaults {
                if let Some(object) = object.within(inside) {
                    object.set(field, default.clone());
                }
            }
            let text = |field: &str| match object.get(field) {
                Some(Value::Text(text)) => text.to_string(),
                _ => String::new(),
            };
            let (op, at) = (text("op"), text("at").parse().unwrap_or(self.next));
            let missed = match read_line_of(object, names) {
                Ok(line) => return Ok((line, name)),
                Err(missed) => missed,
            };
            let (inside, field) = missed.path.rsplit_once('/').unwrap_or_default();
            let default = match missed.code {
                InputCode::MissingField if defaults.len() < DEFAULTS_MAX => self.default_of(&op, inside, field, at),
                _ => None,
            };
            // Where it was filled in already, and is missed still, there is nothing to be done.
            let anew = defaults
                .iter()
                .all(|(known, of, _)| (&**known, &**of) != (inside, field));
            let Some(default) = default.filter(|_| anew) else {
                return Err(missed);
            };
            defaults.push((inside.to_owned(), field.to_owned(), default));
        }
    }

    /// What stands for a field that a what-if need not say.
    fn default_of(&mut self, op: &str, inside: &str, field: &str, at: Timestamp) -> Option<Value<'static>> {
        let text = |text: &str| Some(Value::Text(Cow::Owned(text.to_owned())));
        let object = |fields: Vec<(&'static str, Value<'static>)>| Some(Value::Object(fields.into_iter().collect()));
        let number = |number: i128| Some(Value::Integer(number));
        let later = |seconds: u64| text(&at.after(seconds * SECOND).to_string());
        let zero = || Value::Integer(0);
        match (op, field) {
            (_, field) if field.ends_with("_sha256") => text(&"00".repeat(32)),
            ("epoch", "rules_version") => number(RULES_VERSION.into()),
            ("epoch", "profile") => text("cn-venue"),
            ("epoch", "fees") => object(vec![("maker_bps", zero()), ("taker_bps", zero())]),
            ("register_entity", "name") => text(&self.count("主体")),
            ("register_entity", "kind") => text("company"),
            ("register_entity", "legal_id") => {
                let code = demo_id::uscc(self.made());
                object(vec![
                    ("scheme", Value::Text("uscc".into())),
                    ("code", Value::Text(code.into())),
                ])
            }
            ("register_user", "roles") => Some(Value::List(
                ["firm", "trader"].map(|role| Value::Text(role.into())).into(),
            )),
            ("cash_in", "currency") => text("CNY"),
            ("cash_in" | "cash_out", "reference") => text(&self.count("what-if-")),
            (_, "class") => text("patent"),
            (_, "office") => text("CN"),
            (_, "number") => text(&demo_id::patent(self.made())),
            (_, "title") if inside.ends_with("asset") || op == "register_asset" => text("示范权利"),
            (_, "drawn_on") => text(&at.venue_date().to_string()),
            ("announce_lot" | "list_transfer", "basis") => text("venue_rule"),
            ("announce_lot" | "list_transfer", "state_owned") => Some(Value::Bool(false)),
            ("announce_lot", "viewing_days") => number(0),
            ("announce_lot", "payment_days") => number(5),
            ("announce_lot", "refunds_excess") => Some(Value::Bool(false)),
            ("announce_lot", "fees") => object(vec![
                ("seller", zero()),
                ("premium", zero()),
                ("commission", Value::Bool(false)),
            ]),
            ("announce_lot", "clock") => object(vec![
                ("window_seconds", Value::Integer(300)),
                ("extension", Value::Text("from_bid".into())),
            ]),
            ("announce_lot", "maxima") => Some(Value::Bool(false)),
            ("announce_lot", "qualifies_at") => later(1),
            ("announce_lot", "opens_at") => later(2),
            ("announce_lot", "closes_at") => later(3_602),
            ("enter_lot", "draw") => number(self.made().into()),
            ("list_transfer", "disclosure") => text("full"),
            ("list_transfer", "anonymous") => Some(Value::Bool(false)),
            ("list_transfer", "disclosure_days") => number(20),
            ("list_transfer", "bidding_days") => number(5),
            _ => None,
        }
    }

    fn made(&mut self) -> u32 {
        self.made += 1;
        self.made
    }

    fn count(&mut self, word: &str) -> String {
        format!("{word}{}", self.made())
    }

    /// A line was applied at this time: what follows comes a second later, and what it brought into being has its name.
    pub(super) fn learn(&mut self, at: Timestamp, name: Option<String>, receipt: Option<Receipt>) {
        self.next = at.after(SECOND);
        let Some(name) = name else {
            return;
        };
        let (kind, number) = match receipt {
            Some(Receipt::Entity(entity)) => (Kind::Entity, entity.0.into()),
            Some(Receipt::User(user)) => (Kind::User, user.0.into()),
            Some(Receipt::Key(key)) => (Kind::Key, key.0.into()),
            Some(Receipt::Account(account)) => (Kind::Account, account.0.into()),
            Some(Receipt::Asset(asset)) => (Kind::Asset, asset.0.into()),
            Some(Receipt::Rights(first, 1)) => (Kind::Asset, first.0.into()),
            Some(Receipt::Pledges(first, 1)) => (Kind::Pledge, first.0.into()),
            // The rights or pledges of one line are name.1, name.2 and so on; the bare name is the first.
            Some(Receipt::Rights(AssetId(first), count)) => self.learn_row(Kind::Asset, &name, first, count),
            Some(Receipt::Pledges(PledgeId(first), count)) => self.learn_row(Kind::Pledge, &name, first, count),
            Some(Receipt::Deal(seq)) => (Kind::Deal, seq.0),
            Some(Receipt::Done | Receipt::Instrument(_) | Receipt::Order(_)) | None => return,
        };
        self.names.insert((kind, name), number);
    }

    /// What one line made several of, numbered in a row: the first of them.
    fn learn_row(&mut self, kind: Kind, name: &str, first: u32, count: u32) -> (Kind, u64) {
        for place in 0..count {
            let number = u64::from(first + place);
            self.names.insert((kind, format!("{name}.{}", place + 1)), number);
        }
        (kind, first.into())
    }
}
