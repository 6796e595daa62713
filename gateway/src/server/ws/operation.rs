//! What a message asks, and what it is answered.
//!
//! Every message is a JSON object with `op` and, if the client wants to know its answer, an `id` that is given back.
//! An answer is an object with that `id`; a refusal is the same problem object as over HTTP. Each carries `rate_limit`,
//! the numbers of the `RateLimit-…` headers.

use super::{
    own::{HEARTBEAT, RECORDS},
    records::{self, Follower},
};
use crate::{
    json::{
        Frame, FrameId, InputCode, InputError,
        read::read_frame,
        scalar::{read_symbol, write_time},
    },
    proof::request::Parts,
    server::{
        core::{
            arrival::Arrival,
            call::Call,
            caller::{Caller, UserCaller},
            give::{Asked, give, is_untold},
            state::State,
        },
        door::{
            auth::{self, Claim, LOGIN_PATH, Proven, Purpose},
            limits::{Cost, Origin, Standing},
        },
        said::problem::{Fault, Problem},
    },
};
use futures_util::future::BoxFuture;
use market_data::{Channel, Selection, Shard, SubscribeError, Subscriber, Wanted};
use protocol::{KeyId, Symbol, command::Op};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use tokio::sync::mpsc;

/// What comes of a message.
pub(super) enum Outcome {
    /// An answer.
    Reply(String),
    /// An answer once the command is durable.
    Pending(BoxFuture<'static, String>),
}

/// The client's end of one socket.
pub(super) struct Operations {
    state: State,
    call: Call,
    subscriber: Subscriber,
    /// Whether the client asked for heartbeats.
    beats: Arc<AtomicBool>,
    /// Whoever tells it what changes of records, if it asked for that.
    records: Option<Follower>,
    /// The way to the client for what changes of records.
    changes: mpsc::Sender<String>,
}

/// `{"op":"auth","key":…,"timestamp":…,"nonce":…,"signature":…}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    key: u32,
    timestamp: u64,
    #[serde(default)]
    nonce: Option<String>,
    signature: String,
    #[serde(default)]
    window: Option<u64>,
}

/// `{"op":"subscribe","channel":…,"symbol":…}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    channel: String,
    /// Not of `executions` and `account`, which are the caller's own, of `records` and of `heartbeat`.
    #[serde(default)]
    symbol: Option<Symbols>,
    #[serde(default)]
    shard: Option<(u32, u32)>,
    /// One number for the one symbol, or a number per symbol.
    #[serde(default)]
    from_seq: Option<FromSeq>,
}

/// `{"op":"unsubscribe","channel":…,"symbol":…}`; all symbols of the channel where none is named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unsubscribe {
    channel: String,
    #[serde(default)]
    symbol: Option<Symbols>,
}

/// A symbol, a list of them, or `*`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Symbols {
    One(String),
    Many(Vec<String>),
}

/// The last `seq` that the client has: of the one symbol, or by symbol.
#[derive(Deserialize)]
#[serde(untagged)]
enum FromSeq {
    One(u64),
    Each(std::collections::BTreeMap<String, u64>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Operations {
    pub(super) fn new(state: State, call: Call, subscriber: Subscriber, changes: mpsc::Sender<String>) -> Self {
        Self {
            state,
            call,
            subscriber,
            beats: Arc::default(),
            records: None,
            changes,
        }
    }

    /// Whether the client asked for heartbeats: as it is at any time.
    pub(super) fn beats(&self) -> Arc<AtomicBool> {
        self.beats.clone()
    }

    /// Waits until what the socket acts by has ended, a key or a session, and gives why; for ever where it acts for
    /// nobody.
    pub(super) fn ended(&self) -> impl Future<Output = Problem> + use<> {
        let ended = self.call.caller.signed_in().ok().map(UserCaller::ended);
        async move {
            match ended {
                Some(ended) => ended.await,
                None => std::future::pending().await,
            }
        }
    }

    /// The client does something: its session is no idle one. A sign of life alone is nothing of somebody's.
    fn is_used(&self) {
        if let Some(session) = self.call.caller.signed_in().ok().and_then(UserCaller::session) {
            self.state.people.see(session, self.state.now());
        }
    }

    /// Answers a message. Commands are handed over before this returns, so they keep the order of the messages.
    pub(super) fn handle(&mut self, text: &str, arrival: &Arrival) -> Outcome {
        let frame = match read_frame(text.as_bytes()) {
            Ok(frame) => frame,
            Err(error) => {
                self.state.metrics.messages.increment(1);
                let (problem, standing) = match self.charge(Cost::Read) {
                    Ok(standing) => (error.into(), standing),
                    Err((problem, standing)) => (problem, standing),
                };
                return Outcome::Reply(self.refuse(None, &problem, standing));
            }
        };
        match frame.command() {
            Some(op) => {
                if !is_untold(op) {
                    self.state.metrics.messages.increment(1);
                }
                self.is_used();
                self.command(op, frame, arrival)
            }
            None => {
                self.state.metrics.messages.increment(1);
                self.own(frame)
            }
        }
    }

    fn command(&mut self, op: Op, frame: Frame<'_>, arrival: &Arrival) -> Outcome {
        let id = frame.id.clone();
        let cost = match op {
            Op::PlaceOrder => Cost::Order,
            Op::CancelOrder => Cost::Cancel,
            Op::RegisterRights => Cost::Import,
            _ => Cost::Command,
        };
        let standing = match self.charge(cost) {
            Ok(standing) => standing,
            Err((problem, standing)) => {
                let problem = problem.under(frame.client_id());
                return Outcome::Reply(broken(&self.state, op, id, &problem, standing));
            }
        };
        let sent = match self.call.caller.known() {
            Ok(caller) => {
                let asked = Asked::read_frame(&self.state, op, frame);
                asked.and_then(|asked| give(&self.state, caller, asked, arrival))
            }
            Err(problem) => Err(problem.under(frame.client_id())),
        };
        match sent {
            Err(problem) => Outcome::Reply(broken(&self.state, op, id, &problem, standing)),
            Ok(pending) => {
                let state = self.state.clone();
                Outcome::Pending(Box::pin(async move {
                    match pending.await {
                        Err(problem) => broken(&state, op, id, &problem, standing),
                        Ok((done, answered)) => {
                            let body = serde_json::to_value(&done).expect("an answer is plain data");
                            let reply = reply(id, body, standing);
                            if !is_untold(op) {
                                state.metrics.reply.record(answered.durable.elapsed());
                            }
                            reply
                        }
                    }
                }))
            }
        }
    }

    /// The socket's own questions.
    fn own(&mut self, frame: Frame<'_>) -> Outcome {
        let id = frame.id.clone();
        if frame.op == "auth" {
            let (result, standing) = self.authenticate(frame);
            return Outcome::Reply(match result {
                Ok(body) => reply(id, body, standing),
                Err(problem) => self.refuse(id, &problem, standing),
            });
        }
        let standing = match self.charge(Cost::Read) {
            Ok(standing) => standing,
            Err((problem, standing)) => return Outcome::Reply(self.refuse(id, &problem, standing)),
        };
        let result = match frame.op.as_str() {
            "subscribe" => {
                self.is_used();
                self.subscribe(frame)
            }
            "unsubscribe" => self.unsubscribe(frame),
            "ping" => frame
                .into_dto::<Nothing>()
                .map_err(Problem::from)
                .map(|Nothing {}| json!({ "op": "pong", "at": write_time(self.state.now()) })),
            _ => Err(frame.unknown_operation(&["subscribe", "unsubscribe", "ping"]).into()),
        };
        Outcome::Reply(match result {
            Ok(body) => reply(id, body, standing),
            Err(problem) => self.refuse(id, &problem, standing),
        })
    }

    /// Charges the key or the user, or the address of a client without either.
    fn charge(&self, cost: Cost) -> Result<Option<Standing>, (Problem, Option<Standing>)> {
        let charged = self.call.charge(&self.state.rates, cost);
        charged
            .map(Some)
            .map_err(|refusal| (refusal.into(), Some(refusal.standing)))
    }

    fn authenticate(&mut self, frame: Frame<'_>) -> (Result<Value, Problem>, Option<Standing>) {
        if self
            .call
            .caller
            .signed_in()
            .is_ok_and(|caller| caller.session().is_some())
        {
            // Two who act over one socket would be told apart by nobody.
            return match self.charge(Cost::Read) {
                Ok(standing) => (Err(Fault::AlreadySignedIn.into()), standing),
                Err((problem, standing)) => (Err(problem), standing),
            };
        }
        let auth: Auth = match frame.into_dto() {
            Ok(auth) => auth,
            Err(error) => {
                self.state.rates.failed(Origin::from(self.call.peer), Instant::now());
                return (Err(error.into()), None);
            }
        };
        let Auth {
            key,
            timestamp,
            nonce,
            signature,
            window,
        } = auth;
        let nonce = match Claim::nonce(nonce.as_deref(), "/nonce") {
            Ok(nonce) => nonce,
            Err(problem) => {
                self.state.rates.failed(Origin::from(self.call.peer), Instant::now());
                return (Err(problem), None);
            }
        };
        let claim = Claim {
            key: KeyId(key),
            timestamp_ms: timestamp,
            nonce,
            signature,
            window_ms: window,
        };
        let signed = Parts::of("GET", LOGIN_PATH, b"");
        let what = (Purpose::Login, Cost::Read);
        let (proven, standing) = auth::authenticate(&self.state, &claim, &signed, self.call.peer, what);
        let result = proven.map(|Proven { caller, .. }| {
            let body = json!({ "op": "auth", "key_id": key, "user_id": caller.user.0, "entity_id": caller.entity.0 });
            self.call.caller = Caller::User(caller);
            body
        });
        (result, standing)
    }

    fn subscribe(&mut self, frame: Frame<'_>) -> Result<Value, Problem> {
        let Subscribe {
            channel,
            symbol,
            shard,
            from_seq,
        } = frame.into_dto()?;
        if channel == HEARTBEAT {
            no_symbols(&symbol, shard)?;
            if from_seq.is_some() {
                return Err(excluded("from_seq"));
            }
            self.beats.store(true, Ordering::Relaxed);
            return Ok(json!({ "op": "subscribe", "channel": channel }));
        }
        if channel == RECORDS {
            no_symbols(&symbol, shard)?;
            let from = one(from_seq)?.unwrap_or(0);
            if let Caller::User(_) = &self.call.caller {
                self.call.caller.reader()?.still_valid()?;
            }
            let follower = records::follow(self.state.clone(), self.call.clone(), from, self.changes.clone());
            self.records = Some(follower);
            return Ok(json!({ "op": "subscribe", "channel": channel }));
        }
        let channel = channel_of(&channel)?;
        let followed = match (channel, symbol) {
            (own, symbol) if !own.is_public() => {
                no_symbols(&symbol, shard)?;
                // Whoever may read its accounts may follow what happens to them.
                let caller = self.call.caller.reader()?;
                caller.still_valid()?;
                self.subscriber
                    .follow_own(own, caller.entity, caller.mandate(), one(from_seq)?)
            }
            (_, Some(symbol)) => self
                .subscriber
                .subscribe(channel, &selection(&symbol, shard, from_seq)?),
            (_, None) => return Err(InputError::new(InputCode::MissingField, "").within("symbol").into()),
        };
        followed.map_err(|error| match error {
            SubscribeError::UnknownSymbol(symbol) => Problem::from(match channel {
                Channel::Auction => protocol::Reject::UnknownLot,
                _ => protocol::Reject::UnknownInstrument,
            })
            .at_field("/symbol")
            .hint(symbol.to_string()),
            SubscribeError::ShardInvalid => Problem::from(Fault::ShardInvalid).at_field("/shard"),
            SubscribeError::Overlap => Problem::from(Fault::SubscriptionOverlap).at_field("/symbol"),
            SubscribeError::TooManySymbols => Problem::from(Fault::TooManySymbols).at_field("/symbol"),
            SubscribeError::Private => Problem::from(Fault::UnknownChannel).at_field("/channel"),
            SubscribeError::Closed => Problem::from(Fault::Stopping),
        })?;
        Ok(json!({ "op": "subscribe", "channel": channel.name() }))
    }

    fn unsubscribe(&mut self, frame: Frame<'_>) -> Result<Value, Problem> {
        let Unsubscribe { channel, symbol } = frame.into_dto()?;
        if channel == HEARTBEAT {
            no_symbols(&symbol, None)?;
            self.beats.store(false, Ordering::Relaxed);
            return Ok(json!({ "op": "unsubscribe", "channel": channel }));
        }
        if channel == RECORDS {
            no_symbols(&symbol, None)?;
            self.records = None;
            return Ok(json!({ "op": "unsubscribe", "channel": channel }));
        }
        let channel = channel_of(&channel)?;
        let symbols = match &symbol {
            None => None,
            Some(Symbols::One(one)) if one == "*" => None,
            Some(named) => Some(named.read()?),
        };
        self.subscriber.unsubscribe(channel, symbols.as_deref());
        Ok(json!({ "op": "unsubscribe", "channel": channel.name() }))
    }

    fn refuse(&self, id: Option<FrameId>, problem: &Problem, standing: Option<Standing>) -> String {
        refusal(&self.state, id, problem, standing)
    }
}

fn channel_of(name: &str) -> Result<Channel, Problem> {
    Channel::from_name(name).ok_or_else(|| {
        let known: Vec<_> = Channel::ALL
            .iter()
            .map(|channel| channel.name())
            .chain([HEARTBEAT, RECORDS])
            .collect();
        Problem::from(Fault::UnknownChannel)
            .at_field("/channel")
            .hint(format!("known: {}", known.join(", ")))
    })
}

impl Symbols {
    fn read(&self) -> Result<Vec<Symbol>, Problem> {
        let texts = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        };
        let read = |text: &String| read_symbol(text).map_err(|error| Problem::from(error.within("symbol")));
        texts.iter().map(read).collect()
    }
}

/// A channel that is not of symbols is followed without one.
fn no_symbols(symbol: &Option<Symbols>, shard: Option<(u32, u32)>) -> Result<(), Problem> {
    match (symbol, shard) {
        (None, None) => Ok(()),
        (Some(_), _) => Err(excluded("symbol")),
        (None, Some(_)) => Err(excluded("shard")),
    }
}

/// The one number to go on from.
fn one(from_seq: Option<FromSeq>) -> Result<Option<u64>, Problem> {
    match from_seq {
        None => Ok(None),
        Some(FromSeq::One(seq)) => Ok(Some(seq)),
        Some(FromSeq::Each(_)) => Err(excluded("from_seq")),
    }
}

/// A field that does not go with the others.
fn excluded(field: &'static str) -> Problem {
    Problem::from(InputError::new(InputCode::ConflictingFields, "").within(field))
}

fn selection(symbol: &Symbols, shard: Option<(u32, u32)>, from_seq: Option<FromSeq>) -> Result<Selection, Problem> {
    let from = |symbol: Symbol, from_seq: &Option<FromSeq>| match from_seq {
        Some(FromSeq::Each(each)) => each.get(symbol.as_str()).copied(),
        Some(FromSeq::One(seq)) => Some(*seq),
        None => None,
    };
    if matches!(symbol, Symbols::One(one) if one == "*") {
        let from = match from_seq {
            None => vec![],
            // One number can't fit all of them.
            Some(FromSeq::One(_)) => return Err(excluded("from_seq")),
            Some(FromSeq::Each(each)) => each
                .into_iter()
                .map(|(symbol, seq)| {
                    let symbol = read_symbol(&symbol).map_err(|error| error.within("from_seq"))?;
                    Ok(Wanted {
                        symbol,
                        from_seq: Some(seq),
                    })
                })
                .collect::<Result<_, Problem>>()?,
        };
        return Ok(Selection::All {
            shard: shard.map(|(part, of)| Shard { part, of }),
            from,
        });
    }
    if shard.is_some() {
        return Err(excluded("shard"));
    }
    let symbols = symbol.read()?;
    if symbols.len() != 1 && matches!(from_seq, Some(FromSeq::One(_))) {
        return Err(excluded("from_seq"));
    }
    Ok(Selection::Symbols(
        symbols
            .into_iter()
            .map(|symbol| Wanted {
                symbol,
                from_seq: from(symbol, &from_seq),
            })
            .collect(),
    ))
}

/// The refusal of a command.
fn broken(state: &State, op: Op, id: Option<FrameId>, problem: &Problem, standing: Option<Standing>) -> String {
    if is_untold(op) {
        state.metrics.untold_problem(problem.code());
        return reply(id, problem.to_json(), standing);
    }
    refusal(state, id, problem, standing)
}

fn refusal(state: &State, id: Option<FrameId>, problem: &Problem, standing: Option<Standing>) -> String {
    state.metrics.problem(problem.code());
    reply(id, problem.to_json(), standing)
}

/// `body` with the question's `id` in front and the rate behind.
fn reply(id: Option<FrameId>, body: Value, standing: Option<Standing>) -> String {
    let mut whole = Map::new();
    if let Some(id) = id {
        whole.insert("id".into(), serde_json::to_value(id).expect("a number or a text"));
    }
    if let Value::Object(fields) = body {
        whole.extend(fields);
    }
    if let Some(Standing {
        limit,
        remaining,
        reset_ms,
    }) = standing
    {
        whole.insert(
            "rate_limit".into(),
            json!({ "limit": limit, "remaining": remaining, "reset_ms": reset_ms }),
        );
    }
    Value::Object(whole).to_string()
}
