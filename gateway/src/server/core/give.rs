//! The one road of a command, from its JSON to its durable answer: read, give, hand over.
//!
//! [`Asked`] reads it where it comes from. [`give`] asks what can be asked before the core is, draws what the venue
//! draws, and does what follows once the command is durable. [`hand_over`] puts it into the core's inbox. What always
//! holds: what is refused on the way is never journaled and uses no client id, and commands that are given one after
//! another reach the core in that order.

use super::{
    arrival::Arrival,
    caller::UserCaller,
    names::ViewNames,
    state::{Phase, State},
};
use crate::{
    json::{self, AnswerJson, At, Body, Frame, InputCode, InputError, scalar::read_client_id},
    proof::{
        receipt::{BidReceipt, Bids},
        signing,
    },
    server::said::{
        broken::Subject,
        done::Done,
        problem::{Fault, Problem},
    },
};
use protocol::{
    Answer, Client, ClientId, Command, KeyId, Outcome, Receipt, Request, UserId, command::Op, party::KeyMaterial, wire,
};
use sequencer::{Handle, Refused, SealKey};
use std::time::Instant;

/// A command as its client sent it, read and found well formed.
pub(crate) struct Asked {
    client_id: ClientId,
    command: Command,
}

impl Asked {
    /// Reads the body of a request whose address says which command it is.
    pub(crate) fn read_body(state: &State, op: Op, bytes: &[u8]) -> Result<Self, Problem> {
        Self::of(json::read_body(op, bytes, &ViewNames(&state.market))?)
    }

    /// Reads a message whose `op` says which command it is.
    pub(crate) fn read_frame(state: &State, op: Op, frame: Frame<'_>) -> Result<Self, Problem> {
        Self::of(frame.into_body(op, &ViewNames(&state.market))?)
    }

    /// Reads a command that was put together from a path.
    pub(crate) fn read_path(
        client_id: &str,
        read: impl FnOnce() -> Result<Command, InputError>,
    ) -> Result<Self, Problem> {
        let client_id = read_client_id(client_id).at("client_id")?;
        match read() {
            Ok(command) => Self::of(Body {
                client_id: Some(client_id),
                command,
            }),
            Err(error) => Err(error.under(Some(client_id)).into()),
        }
    }

    fn of(Body { client_id, command }: Body) -> Result<Self, Problem> {
        if command.is_sequencers() {
            // The sequencer's own; to everyone else there is no such operation.
            return Err(InputError::new(InputCode::UnknownOperation, "").within("op").into());
        }
        let client_id = client_id.ok_or_else(|| InputError::new(InputCode::MissingField, "").within("client_id"))?;
        Ok(Self { client_id, command })
    }
}

/// Whether a command leaves no trace of its own in the metrics and the log: who reads them would know when somebody bids
/// unseen, and what came of it (法释〔2016〕18号 8, 18). It is a bidder's secret, a question about a lot, a proposal that may hold one, or asks what of
/// its cash is free.
pub(crate) const fn is_untold(op: Op) -> bool {
    op.is_sealed()
        || matches!(
            op,
            Op::AskLot | Op::Propose | Op::Approve | Op::Refuse | Op::RequestWithdrawal
        )
}

/// A command that was done.
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) receipt: Receipt,
    /// When the answer was there.
    pub(crate) durable: Instant,
}

/// Gives a command in a caller's name. What can be refused before the core is asked is refused here and now; the future
/// is the durable answer. It may be dropped: the command is done all the same. Answer and refusal alike carry the client's
/// name for the command.
pub(crate) fn give(
    state: &State,
    caller: &UserCaller,
    asked: Asked,
    arrival: &Arrival,
) -> Result<impl Future<Output = Result<(Done, Answered), Problem>> + Send + use<>, Problem> {
    let client_id = asked.client_id.clone();
    match begin(state, caller, asked, arrival) {
        Ok(pending) => Ok(async move { pending.await.map_err(|problem| problem.under(client_id)) }),
        Err(problem) => Err(problem.under(client_id)),
    }
}

/// [`give`], without the client's name beside a refusal.
fn begin(
    state: &State,
    caller: &UserCaller,
    asked: Asked,
    arrival: &Arrival,
) -> Result<impl Future<Output = Result<(Done, Answered), Problem>> + Send + use<>, Problem> {
    let Asked { client_id, command } = asked;
    caller.still_valid()?;
    caller.needs(command.scopes())?;
    if !state.replays.give(caller.entity, arrival.repeat_of) {
        return Err(Fault::SignatureReplayed.into());
    }
    let command = drawn(command, caller.user, client_id.as_str(), &state.seal_key);
    let follow_up = FollowUp::of(&command);
    let (bids, entity) = (Bids::of(&command), caller.entity);
    let client = wire::client(client_id.clone(), &command);
    let pending = hand_over(state, caller, Some(client), command, arrival)?;
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
                client_id,
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

/// Hands a command over to the core; the future is its durable answer. The hand-over happens here and now, so commands
/// of one caller keep their order. A command without a `client` can't be repeated: the door gives such itself, in a
/// caller's name.
pub(crate) fn hand_over(
    state: &State,
    caller: &UserCaller,
    client: Option<Client>,
    command: Command,
    arrival: &Arrival,
) -> Result<impl Future<Output = Result<Answered, Problem>> + Send + use<>, Problem> {
    let core = open_core(state)?;
    let subject = Subject::of(&command);
    let untold = is_untold(command.op());
    let request = Request {
        by: caller.user,
        client,
        command,
    };
    let began = Instant::now();
    let parsed = began.saturating_duration_since(arrival.instant);
    if !untold {
        state.metrics.parse.record(parsed);
    }
    let pending = arrival.hand_over(core, request).map_err(not_taken)?;
    let state = state.clone();
    Ok(async move {
        let answer = pending
            .await
            .map_err(|_| Problem::from(Fault::OutcomeUnknown).retry_after(1_000))?;
        let durable = Instant::now();
        if !untold {
            state.metrics.durable.record(durable.saturating_duration_since(began));
        }
        match answer.outcome {
            Outcome::Done(receipt) => Ok(Answered {
                answer,
                receipt,
                durable,
            }),
            Outcome::Rejected(reject) => Err(subject.broke(reject, &answer, &state.market)),
        }
    })
}

/// The core, while commands are taken.
fn open_core(state: &State) -> Result<&Handle, Problem> {
    let fault = match state.phase() {
        Phase::Open => return Ok(state.handle().ok_or(Fault::Starting)?),
        Phase::Starting => Fault::Starting,
        Phase::Stopping | Phase::Failed => Fault::Stopping,
    };
    Err(Problem::from(fault).retry_after(1_000))
}

/// Why the core did not take a command.
fn not_taken(refused: Refused) -> Problem {
    match refused {
        Refused::Busy { retry_after_ms } => Problem::from(Fault::Busy).retry_after(retry_after_ms.into()),
        Refused::StorageFull => Problem::from(Fault::StorageFull).retry_after(5_000),
        Refused::TooLarge => Fault::MessageTooLarge.into(),
        Refused::Stopping => Problem::from(Fault::Stopping).retry_after(1_000),
    }
}

/// Gives whoever enters a lot, now or by a proposal, the randomness from which its number is drawn. The same request
/// sent again draws the same: the core knows it by its body.
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
    /// Any other: what it brought into being may be named by the next command, so the views must show it before the
    /// answer leaves.
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
    use protocol::{Seq, Timestamp, control::AcceptLoss};

    #[test]
    fn what_is_the_sequencers_own_is_no_operation_to_anybody_else() {
        let down_from = Timestamp(0);
        let loss = AcceptLoss {
            left: Seq(1),
            known: None,
        };
        for command in [
            Command::Tick,
            Command::Resumed { down_from },
            Command::Stalled { down_from },
            Command::AcceptLoss(loss),
        ] {
            let client_id = ClientId::new("mine");
            let refused = Asked::of(Body { client_id, command }).err().expect("it is refused");
            assert_eq!(refused.code(), "UNKNOWN_OPERATION");
        }
    }
}
