//! Commands where they come from: the body of an HTTP request, a WebSocket frame, a line of a script. Each wraps the
//! same command in what its surroundings need.

use super::{
    command::DRAW,
    convert::{CommandJson, read_command},
};
use crate::{
    json::text::{
        error::{At as _, InputCode, InputError},
        names::Names,
        nearest::unknown_operation,
        scalar::*,
        value::{Object, Value},
    },
    proof::signing,
};
use protocol::{
    Client, ClientId, Command, Request, Seq, Stamped, Timestamp, UserId,
    command::{ClientKey, Op},
    wire,
};
use serde::{Serialize, Serializer, de::DeserializeOwned, ser::SerializeMap};

/// A command and the client's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The client's name for it.
    pub client_id: Option<ClientId>,
    /// What is asked.
    pub command: Command,
}

impl Body {
    /// The request that the core is given, on behalf of `by`.
    pub fn into_request(self, by: UserId) -> Request {
        let client = self.client_id.map(|id| wire::client(id, &self.command));
        Request {
            by,
            client,
            command: self.command,
        }
    }

    fn read(op: Op, mut object: Object<'_>, names: &dyn Names) -> Result<Self, InputError> {
        let client_id = take_client_id(&mut object)?;
        match read_command(op, object, names) {
            Ok(command) => Ok(Self { client_id, command }),
            Err(error) => Err(error.under(client_id)),
        }
    }
}

fn take_client_id(object: &mut Object<'_>) -> Result<Option<ClientId>, InputError> {
    object
        .take_as::<String>("client_id")?
        .map(|text| read_client_id(&text))
        .transpose()
        .at("client_id")
}

fn refuse_draw(op: Op, object: &Object<'_>) -> Result<(), InputError> {
    match (op, object.get("command")) {
        (Op::EnterLot, _) if object.get(DRAW).is_some() => {
            Err(InputError::new(InputCode::UnknownField, "the venue draws it")).at(DRAW)
        }
        (Op::Propose, Some(Value::Object(command))) => match command.get("op") {
            Some(Value::Text(op)) if op == Op::EnterLot.name() => refuse_draw(Op::EnterLot, command).at("command"),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Reads the body of an HTTP request whose route says which command it is: the command's fields, and `client_id`.
///
/// # Errors
/// Where it is not that command.
pub fn read_body(op: Op, bytes: &[u8], names: &dyn Names) -> Result<Body, InputError> {
    let object = Object::read(bytes)?;
    refuse_draw(op, &object)?;
    Body::read(op, object, names)
}

/// A WebSocket message: what it asks, the client's number for the question, and the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame<'a> {
    /// What it asks: a command's name, or one of the socket's own (`subscribe` and the like).
    pub op: String,
    /// The client's number for the question, given back with the answer.
    pub id: Option<FrameId>,
    fields: Object<'a>,
}

/// The client's number for a question: an integer of at most 64 bits, or a text of 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum FrameId {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// Reads a WebSocket message: `{"op":…,"id":…,…}`.
///
/// # Errors
/// Where it is none. The id is lost with it: an error over the whole message has no question to belong to.
pub fn read_frame(bytes: &[u8]) -> Result<Frame<'_>, InputError> {
    let mut fields = Object::read(bytes)?;
    let id = match fields.take("id") {
        None | Some(Value::Null) => None,
        Some(Value::Integer(number)) => {
            let range = |_| InputError::new(InputCode::OutOfRange, "0 to 2^64 - 1");
            Some(FrameId::Number(u64::try_from(number).map_err(range).at("id")?))
        }
        Some(Value::Text(text)) => Some(FrameId::Text(read_client_id(&text).at("id")?.to_string())),
        Some(_) => return Err(InputError::new(InputCode::WrongType, "a number or a text")).at("id"),
    };
    let op = fields
        .take_as::<String>("op")?
        .ok_or_else(|| InputError::new(InputCode::MissingField, ""))
        .at("op")?;
    Ok(Frame { op, id, fields })
}

impl Frame<'_> {
    /// The command that `op` names, or `None` where it names none.
    pub fn command(&self) -> Option<Op> {
        Op::from_name(&self.op)
    }

    /// The client's name for the command, as far as that can be told before the command is read.
    pub fn client_id(&self) -> Option<ClientId> {
        match self.fields.get("client_id") {
            Some(Value::Text(text)) => ClientId::new(text),
            _ => None,
        }
    }

    /// Reads the fields as the command `op`, with `client_id`.
    ///
    /// # Errors
    /// Where they are not that command.
    pub fn into_body(self, op: Op, names: &dyn Names) -> Result<Body, InputError> {
        refuse_draw(op, &self.fields)?;
        Body::read(op, self.fields, names)
    }

    /// Reads the fields as a question of the socket's own; `T` should deny unknown fields.
    ///
    /// # Errors
    /// Where they are none.
    pub fn into_dto<T: DeserializeOwned>(self) -> Result<T, InputError> {
        self.fields.into_dto()
    }

    /// The error of an `op` that nobody knows, beside the socket's own.
    pub fn unknown_operation(&self, own: &[&'static str]) -> InputError {
        let commands = Op::ALL.iter().filter(|op| !op.is_sequencers()).map(|op| op.name());
        unknown_operation(&self.op, commands.chain(own.iter().copied()))
    }
}

/// A line of a script: a request with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its time. A script that goes backwards stands still instead, as the sequencer's clock does.
    pub at: Timestamp,
    /// Its place in the journal that the line was dumped from.
    pub journal_seq: Option<Seq>,
    /// The client's name for it, under which later lines may cancel the order.
    pub client_id: Option<ClientId>,
    /// What is asked, by whom.
    pub request: Request,
}

/// The name of a line that holds a request in the journal's encoding: what JSON has no words for.
pub const ENCODED: &str = "encoded";

/// Reads a line of a script: `{"at":…,"by":…,"client_id":…,"op":…,…}`. `by` is the user's number, 0 (the venue's
/// first operator) where none is given. A dumped line has `journal_seq` and, where there is a client id, `client_key` (its
/// trace); the id itself is missing beside that where the journal is of before such were kept. Its `op` may be
/// [`ENCODED`] with the whole request as hex.
///
/// # Errors
/// Where it is none.
pub fn read_line(bytes: &[u8], names: &dyn Names) -> Result<Line, InputError> {
    read_line_of(Object::read(bytes)?, names)
}

/// Reads a line of a script, as [`read_line`] does, whose fields were read.
///
/// # Errors
/// Where it is none.
pub fn read_line_of(mut fields: Object<'_>, names: &dyn Names) -> Result<Line, InputError> {
    let missing = || InputError::new(InputCode::MissingField, "");
    let at = fields
        .take_as::<String>("at")?
        .ok_or_else(missing)
        .and_then(|text| read_time(&text))
        .at("at")?;
    let journal_seq = fields.take_as::<u64>("journal_seq")?.map(Seq);
    let op = fields.take_as::<String>("op")?.ok_or_else(missing).at("op")?;
    if op == ENCODED {
        let hex = fields.take_as::<String>("request")?.ok_or_else(missing).at("request")?;
        let bytes = signing::unhex(&hex).ok_or_else(|| InputError::new(InputCode::HexInvalid, ""));
        let request = wire::decode(&bytes.at("request")?);
        let request = request
            .map_err(|why| InputError::new(InputCode::UnknownValue, why.to_string()))
            .at("request")?;
        fields.none_left(&[])?;
        return Ok(Line {
            at,
            journal_seq,
            client_id: request.client.as_ref().and_then(|client| client.id.clone()),
            request,
        });
    }
    let by = UserId(fields.take_as("by")?.unwrap_or(0));
    let key = fields
        .take_as::<ClientKeyJson>("client_key")?
        .map(ClientKeyJson::read)
        .transpose()
        .at("client_key")?;
    let op = Op::from_name(&op).ok_or_else(|| unknown_operation(&op, Op::ALL.iter().map(|op| op.name())))?;
    let body = Body::read(op, fields, names)?;
    let client_id = body.client_id.clone();
    let mut request = body.into_request(by);
    if let Some(key) = key {
        if client_id
            .as_ref()
            .is_some_and(|id| wire::client_trace(id.as_str()) != key.id)
        {
            let note = "it is the trace of another client_id";
            return Err(InputError::new(InputCode::ConflictingFields, note)).at("client_key");
        }
        let id = client_id.clone();
        request.client = Some(Client { key, id });
    }
    Ok(Line {
        at,
        journal_seq,
        client_id,
        request,
    })
}

/// The trace of a client id.
#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientKeyJson {
    id: String,
    body: String,
}

impl ClientKeyJson {
    fn read(self) -> Result<ClientKey, InputError> {
        Ok(ClientKey {
            id: read_hex(&self.id).at("id")?,
            body: read_hex(&self.body).at("body")?,
        })
    }
}

/// A request with its place and time, in the words of JSON.
struct LineJson<'a> {
    request: &'a Stamped<Request>,
    command: CommandJson<'a>,
}

impl Serialize for LineJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Stamped { seq, at, body } = self.request;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", at)?;
        map.serialize_entry("journal_seq", seq)?;
        map.serialize_entry("by", &body.by)?;
        if let Some(Client { key, id }) = &body.client {
            if let Some(id) = id {
                map.serialize_entry("client_id", id)?;
            }
            let (id, body) = (signing::hex(&key.id), signing::hex(&key.body));
            map.serialize_entry("client_key", &ClientKeyJson { id, body })?;
        }
        self.command.write_to(&mut map)?;
        map.end()
    }
}

#[derive(Serialize)]
struct EncodedLine {
    at: Timestamp,
    journal_seq: Seq,
    op: &'static str,
    request: String,
}

/// Writes a line that [`read_line`] reads as the same request, whatever the request is.
pub fn write_line(request: &Stamped<Request>, names: &dyn Names) -> String {
    let written = match CommandJson::from_command(&request.body.command, names) {
        Some(command) => serde_json::to_string(&LineJson { request, command }),
        None => {
            let mut bytes = Vec::new();
            wire::encode(&request.body, &mut bytes);
            serde_json::to_string(&EncodedLine {
                at: request.at,
                journal_seq: request.seq,
                op: ENCODED,
                request: signing::hex(&bytes),
            })
        }
    };
    written.expect("plain data is JSON")
}
