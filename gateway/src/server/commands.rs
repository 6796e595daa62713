//! From JSON to the core and back: what REST and WebSocket share.

use super::{
    auth::KeyCaller,
    problem::{Fault, Problem},
    state::{Answered, Arrival, State},
};
use crate::{
    json::{AnswerJson, At, Body, ClientId, InputCode, InputError, Names},
    receipt::{BidReceipt, Bids},
    signing,
};
use market_data::MarketData;
use protocol::{Command, Currency, InstrumentId, KeyId, Receipt, Symbol, UserId, party::KeyMaterial, wire};
use sequencer::SealKey;
use serde::Serialize;
use utoipa::ToSchema;

/// The symbols and scales of the views.
pub(crate) struct ViewNames<'a>(pub(crate) &'a MarketData);

impl Names for ViewNames<'_> {
    fn instrument(&self, symbol: &Symbol) -> Option<(InstrumentId, Currency)> {
        self.0
            .directory()
            .by_symbol(symbol)
            .map(|instrument| (instrument.id, instrument.currency()))
    }

    fn listing(&self, instrument: InstrumentId) -> Option<(Symbol, Currency)> {
        self.0
            .directory()
            .instrument(instrument)
            .map(|instrument| (instrument.symbol(), instrument.currency()))
    }
}

/// A command as its client sent it, read and found well formed.
pub(crate) struct Asked {
    pub(crate) client_id: ClientId,
    pub(crate) command: Command,
}

impl TryFrom<Body> for Asked {
    type Error = Problem;

    fn try_from(body: Body) -> Result<Self, Problem> {
        if body.command.is_sequencers() {
            // The sequencer's own; to everyone else there is no such operation.
            return Err(InputError::new(InputCode::UnknownOperation, "").within("op").into());
        }
        let client_id = body
            .client_id
            .ok_or_else(|| InputError::new(InputCode::MissingField, "").within("client_id"))?;
        Ok(Self {
            client_id,
            command: body.command,
        })
    }
}

impl Asked {
    /// A command that was put together from a path and a query.
    pub(crate) fn of(client_id: Option<String>, command: Command) -> Result<Self, Problem> {
        let client_id = client_id.map(ClientId::new).transpose().at("client_id")?;
        Self::try_from(Body { client_id, command })
    }
}

/// The answer to a command that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// Where it stands, when, and what came of it.
    #[serde(flatten)]
    pub(crate) answer: AnswerJson,
    /// For a new `hmac-sha256` key: its secret in hex, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    /// For a bidder's command, given or approved: the venue's signed word that it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<BidReceipt>,
}

/// Sends a command for a caller. What can be refused before the core is asked is refused here and now; the future is
/// the durable answer. It may be dropped: the command is done all the same.
pub(crate) fn send(
    state: &State,
    caller: &KeyCaller,
    asked: Asked,
    arrived: &Arrival,
) -> Result<impl Future<Output = Result<(Done, Answered), Problem>> + Send + use<>, Problem> {
    let Asked { client_id, command } = asked;
    caller.still_valid()?;
    caller.needs(command.scopes())?;
    let command = drawn(command, caller.user, client_id.as_str(), &state.seal_key);
    let follow_up = FollowUp::of(&command);
    let (bids, entity) = (Bids::of(&command), caller.entity);
    let pending = state.submit(caller, client_id.as_str(), command, arrived)?;
    let state = state.clone();
    let on_its_own = !matches!(follow_up, FollowUp::Nothing);
    let work = async move {
        let answered = pending.await?;
        let secret = follow_up.run(&state, &answered).await?;
        // The views show it by now; where they are late, the same client_id gets the receipt later.
        let taken = bids.and_then(|bids| bids.taken(&state.market, entity, &answered.answer));
        let receipt = taken.map(|taken| BidReceipt::sign(&taken, &state.certificate_key));
        Ok((
            Done {
                answer: AnswerJson::from(answered.answer),
                secret,
                receipt,
            },
            answered,
        ))
    };
    Ok(async move {
        if on_its_own {
            // A client that hangs up must not leave a key without its secret.
            tokio::spawn(work).await.unwrap_or_else(|_| Err(Fault::Internal.into()))
        } else {
            work.await
        }
    })
}

/// Gives whoever enters a lot, now or by a proposal, the randomness from which its number is drawn. The same request sent again draws
/// the same: the core knows it by its body.
fn drawn(command: Command, by: UserId, client_id: &str, key: &SealKey) -> Command {
    match command {
        Command::EnterLot(mut enter) => {
            enter.draw = key.draw(enter.lot, by, client_id);
            Command::EnterLot(enter)
        }
        Command::Propose(mut propose) => {
            if let Ok(enter @ Command::EnterLot(_)) = wire::decode_alone(&propose.encoded.0) {
                propose.encoded.0 = wire::encode_alone(&drawn(enter, by, client_id, key));
            }
            Command::Propose(propose)
        }
        other => other,
    }
}

/// What the door does once a command is durable.
enum FollowUp {
    /// An order or cancel: answered at once.
    Nothing,
    /// What it brought into being may be named by the next command, so the views must show it before the answer leaves.
    View,
    /// A key that signs with a shared secret gets one.
    Secret,
    /// A key that has ended needs its secret no more.
    Forget(KeyId),
}

impl FollowUp {
    fn of(command: &Command) -> Self {
        match command {
            Command::PlaceOrder(_) | Command::CancelOrder { .. } => Self::Nothing,
            Command::RegisterKey(key) if key.material == KeyMaterial::HmacSha256 => Self::Secret,
            Command::RevokeKey { key } => Self::Forget(*key),
            _ => Self::View,
        }
    }

    async fn run(self, state: &State, answered: &Answered) -> Result<Option<String>, Problem> {
        if matches!(self, Self::Nothing) {
            return Ok(None);
        }
        state
            .market
            .wait_for(answered.answer.seq, state.limits.min_seq_wait)
            .await;
        let (store, failed) = (state.clone(), |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "the store of secrets failed");
            Problem::from(Fault::Internal).hint("the command was done; send it again with the same client_id")
        });
        match (self, answered.receipt) {
            (Self::Secret, Receipt::Key(key)) => {
                let made = tokio::task::spawn_blocking(move || store.secrets.create(key)).await;
                let secret = made.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
                Ok(secret.map(|secret| signing::hex(&*secret)))
            }
            (Self::Forget(key), _) => {
                let forgot = tokio::task::spawn_blocking(move || store.secrets.forget(key)).await;
                forgot
                    .map_err(|error| failed(&error))?
                    .map_err(|error| failed(&error))?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Timestamp;

    #[test]
    fn what_is_the_sequencers_own_is_no_operation_to_anybody_else() {
        let down_from = Timestamp(0);
        for command in [Command::Tick, Command::Resumed { down_from }] {
            let client_id = Some(ClientId::new("mine".to_owned()).unwrap());
            let refused = Asked::try_from(Body { client_id, command })
                .err()
                .expect("it is refused");
            assert_eq!(refused.code(), "UNKNOWN_OPERATION");
        }
    }
}
