//! The answer to a command that was done.

use crate::{
    json::{AnswerJson, shapes},
    proof::receipt::BidReceipt,
};
use protocol::ClientId;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer to a command that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// Where it stands, when, and what came of it.
    #[serde(flatten)]
    pub(crate) answer: AnswerJson,
    /// The client's name for the command, as it was sent.
    #[schema(value_type = shapes::ClientId)]
    pub(crate) client_id: ClientId,
    /// For a new `hmac-sha256` key: its secret in hex, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    /// For a bidder's command, given or approved: the venue's signed word that it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<BidReceipt>,
}
