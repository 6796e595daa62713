//! A venue that is spoken to in JSON lines, through `zhiheng apply`'s own code; its parties and rights.
#![allow(dead_code, reason = "each test uses its part")]

use gateway::cli::script::Script;
use protocol::{Date, Outcome, Receipt};
use sequencer::BookKind;
use serde_json::{Value, json};

pub(crate) const PAPER: &str = "0505050505050505050505050505050505050505050505050505050505050505";
pub(crate) const OPERATOR: u32 = 0;

pub(crate) fn vectors(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
    all[name].clone()
}

pub(crate) fn texts(name: &str) -> Vec<String> {
    serde_json::from_value(vectors(name)).unwrap()
}

pub(crate) fn date(text: &Value) -> Date {
    text.as_str().unwrap().parse().unwrap()
}

/// A unified social credit code of our own making, the digit by RULES.md 5.
pub(crate) fn uscc(serial: u32) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("91440300MA5D{serial:05}");
    let place = |letter: u8| ALPHABET.iter().position(|&other| other == letter).unwrap();
    let weights = std::iter::successors(Some(1), |weight| Some(weight * 3 % 31));
    let sum: usize = body
        .bytes()
        .map(place)
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    format!("{body}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// The number of a Chinese patent application: kind 1 an invention, 2 a utility model, 3 a design.
pub(crate) fn application(kind: u32, serial: u32) -> String {
    let body = format!("2018{kind}{serial:07}");
    let digits = body.bytes().map(|digit| u32::from(digit - b'0'));
    let sum: u32 = digits.zip((2..=9).cycle()).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        10 => format!("{body}.X"),
        check => format!("{body}.{check}"),
    }
}

/// A participant with a user and an account.
#[derive(Clone, Copy)]
pub(crate) struct Party {
    pub(crate) entity: u32,
    pub(crate) user: u32,
    pub(crate) account: u32,
}

/// A venue that is spoken to in lines.
pub(crate) struct Venue {
    pub(crate) script: Script,
    pub(crate) today: Date,
    parties: u32,
    rights: u32,
}

impl Venue {
    pub(crate) fn new(profile: &str, today: Date) -> Self {
        let mut venue = Self {
            script: Script::new(BookKind::Fast),
            today,
            parties: 0,
            rights: 0,
        };
        let epoch = json!({"op": "epoch", "rules_version": 2, "profile": profile, "approval": (profile == "unit-market").then_some("sandbox"), "fees": {"maker_bps": 0, "taker_bps": 0}, "judicial_listing": "法〔2026〕7号"});
        venue.must(OPERATOR, epoch);
        venue
    }

    pub(crate) fn cn() -> Self {
        Self::new("cn-venue", "2026-03-02".parse().unwrap())
    }

    /// Gives a command at ten o'clock of the day; what came of it, or the code of the broken rule.
    pub(crate) fn give(&mut self, by: u32, command: Value) -> Result<Receipt, &'static str> {
        let at = format!("{}T02:00:00Z", self.today);
        self.give_at(&at, by, command)
    }

    /// Gives a command at this moment.
    pub(crate) fn give_at(&mut self, at: &str, by: u32, mut command: Value) -> Result<Receipt, &'static str> {
        command["at"] = json!(at);
        command["by"] = json!(by);
        let answer = self.script.apply(command.to_string().as_bytes());
        let answer = answer.unwrap_or_else(|error| panic!("{command}: {error}"));
        match answer.outcome {
            Outcome::Done(receipt) => Ok(receipt),
            Outcome::Rejected(reject) => Err(reject.code()),
        }
    }

    #[track_caller]
    pub(crate) fn must(&mut self, by: u32, command: Value) -> Receipt {
        self.give(by, command.clone())
            .unwrap_or_else(|code| panic!("{command}: {code}"))
    }

    #[track_caller]
    pub(crate) fn deal(&mut self, by: u32, command: Value) -> u64 {
        match self.must(by, command) {
            Receipt::Deal(seq) => seq.0,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn entity(&mut self, scheme: &str, code: &str, evidence: Option<&str>) -> Result<Receipt, &'static str> {
        let legal_id = json!({"scheme": scheme, "code": code});
        let register = json!({"op": "register_entity", "name": code, "kind": "company", "legal_id": legal_id, "evidence_sha256": evidence});
        self.give(OPERATOR, register)
    }

    pub(crate) fn party(&mut self) -> Party {
        self.parties += 1;
        let Ok(Receipt::Entity(entity)) = self.entity("uscc", &uscc(self.parties), None) else {
            panic!()
        };
        let register = json!({"op": "register_user", "entity_id": entity.0, "roles": ["firm", "trader"]});
        let Receipt::User(user) = self.must(OPERATOR, register) else {
            panic!()
        };
        let open = json!({"op": "open_account", "entity_id": entity.0});
        let Receipt::Account(account) = self.must(OPERATOR, open) else {
            panic!()
        };
        Party {
            entity: entity.0,
            user: user.0,
            account: account.0,
        }
    }

    pub(crate) fn extract(&self) -> Value {
        json!({"drawn_on": self.today.to_string(), "evidence_sha256": PAPER})
    }

    /// Registers a verified invention of `owner` that runs to 2038, changed by `change`.
    pub(crate) fn right(&mut self, owner: Party, change: impl FnOnce(&mut Value)) -> u32 {
        self.rights += 1;
        let asset = json!({"owner_id": owner.entity, "class": "patent", "office": "CN", "number": application(1, self.rights), "title": "示范方法", "filed_on": "2018-07-05", "granted_on": "2020-05-12", "expires_on": "2038-07-05", "classifications": [], "texts_sha256": PAPER});
        let mut right = json!({"asset": asset, "extract": self.extract()});
        change(&mut right);
        match self.must(OPERATOR, json!({"op": "register_rights", "rights": [right]})) {
            Receipt::Rights(asset, 1) => asset.0,
            other => panic!("{other:?}"),
        }
    }

    /// Changes numbers of the rule book.
    pub(crate) fn rule(&mut self, holder_cap: Option<u64>, lock_days: u32) {
        let rules = json!({"holder_cap": holder_cap, "lock_days": lock_days, "extract_days": 30, "disclosure_days": 1, "state_disclosure_days": 20, "priority_days": 5, "step_days": 5, "print_delay_days": 30, "recordal_months": 3, "preservation_months": 6, "court_hold_months": 12, "grace_months": 6, "proposal_days": 7});
        self.must(OPERATOR, json!({"op": "set_rule_book", "rules": rules}));
    }

    /// The last record of this kind that the last command told.
    pub(crate) fn record(&self, kind: &str) -> Value {
        let events = self.script.events().map(|event| serde_json::to_value(&event).unwrap());
        let records = events.filter_map(|event| event["record"].get(kind).cloned());
        records.last().unwrap_or_else(|| panic!("no {kind} was told"))
    }
}

pub(crate) fn cny(amount: &str) -> Value {
    json!({"currency": "CNY", "amount": amount})
}
