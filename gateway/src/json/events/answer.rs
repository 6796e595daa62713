//! Answers as JSON: `{"journal_seq":…,"at":…,"outcome":{"status":"done",…}}`, or `"status":"rejected"` with the code.

use crate::json::text::{described::shapes, error::Detail, scalar::*};
use protocol::{Answer, Outcome, Receipt, Reject};
use serde::Serialize;
use utoipa::ToSchema;

/// What the core answers: where the command stands, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnswerJson {
    /// Its place in the one order of everything.
    #[schema(example = 17)]
    pub journal_seq: u64,
    /// Its time: RFC 3339, UTC, nine decimals.
    #[schema(value_type = shapes::Timestamp)]
    pub at: String,
    /// What came of it.
    pub outcome: OutcomeJson,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum OutcomeJson {
    /// It was done.
    Done(ReceiptJson),
    /// It broke a rule, and nothing changed.
    Rejected(RejectJson),
}

/// What a command brought into being; nothing, where all are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReceiptJson {
    /// A participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<u32>,
    /// A user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u32>,
    /// A key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<u32>,
    /// An account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<u32>,
    /// A right; of an import, the first: the others follow in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<u32>,
    /// A listing; of an import, the first: the others follow in a row. Other commands name it by its symbol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instrument_id: Option<u32>,
    /// An order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::OrderId>)]
    pub order_id: Option<String>,
    /// How many rights, numbered in a row from `asset_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// A pledge, or the first of several; `count` says how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pledge_id: Option<u32>,
    /// A deal of the registry: the `hold_id`, `valuation_id`, `licence_id`, `open_licence_id`, `tranche_id`,
    /// `transfer_id`, `proposal_id` or `withdrawal_id` of what the command began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deal_id: Option<u64>,
}

/// Which rule a command broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RejectJson {
    /// The stable code.
    #[schema(example = "INSUFFICIENT_CASH")]
    pub code: String,
    /// What is wrong, in both languages.
    pub detail: Detail,
}

impl From<Reject> for RejectJson {
    fn from(reject: Reject) -> Self {
        Self {
            code: reject.code().into(),
            detail: reject.into(),
        }
    }
}

impl From<Receipt> for ReceiptJson {
    fn from(receipt: Receipt) -> Self {
        let none = Self::default();
        match receipt {
            Receipt::Done => none,
            Receipt::Entity(id) => Self {
                entity_id: Some(id.0),
                ..none
            },
            Receipt::User(id) => Self {
                user_id: Some(id.0),
                ..none
            },
            Receipt::Key(id) => Self {
                key_id: Some(id.0),
                ..none
            },
            Receipt::Account(id) => Self {
                account_id: Some(id.0),
                ..none
            },
            Receipt::Asset(id) => Self {
                asset_id: Some(id.0),
                ..none
            },
            Receipt::Instrument(id) => Self {
                instrument_id: Some(id.0),
                ..none
            },
            Receipt::Order(id) => Self {
                order_id: Some(write_order_id(id)),
                ..none
            },
            Receipt::Rights(first, count) => Self {
                asset_id: Some(first.0),
                count: Some(count),
                ..none
            },
            Receipt::Pledges(first, count) => Self {
                pledge_id: Some(first.0),
                count: Some(count),
                ..none
            },
            Receipt::Deal(seq) => Self {
                deal_id: Some(seq.0),
                ..none
            },
        }
    }
}

impl From<Outcome> for OutcomeJson {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done(receipt) => Self::Done(receipt.into()),
            Outcome::Rejected(reject) => Self::Rejected(reject.into()),
        }
    }
}

impl From<Answer> for AnswerJson {
    fn from(answer: Answer) -> Self {
        Self {
            journal_seq: answer.seq.0,
            at: write_time(answer.at),
            outcome: answer.outcome.into(),
        }
    }
}
