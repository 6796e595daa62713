//! Commands from JSON and back.
//!
//! What always holds: a command that can be written reads back as the same command. What JSON cannot say (a price in
//! a book that does not exist, say) is not written at all: [`CommandJson::from_command`] gives `None`.

use super::command::CancelOrder;
use crate::json::text::{
    error::{At as _, InputCode, InputError},
    names::Names,
    nearest::unknown_operation,
    scalar::read_order_id,
    value::{Object, Value},
    writer::Flat,
};
use protocol::{
    Command, OrderId,
    command::Op,
    control::{Encoded, Propose},
    party::NETWORKS_MAX,
    rules::CALENDAR_DAYS_MAX,
    wire,
};
use serde::{
    Serialize, Serializer,
    ser::{Error as _, SerializeMap},
};

/// An order that no core has: what an order is called that was never accepted.
const NO_ORDER: OrderId = OrderId(u64::MAX);

/// Reads a command from its fields.
///
/// # Errors
/// Where a field is unknown, missing, of the wrong type, or cannot be what it says; or there is no such symbol.
pub(super) fn read_command(op: Op, fields: Object<'_>, names: &dyn Names) -> Result<Command, InputError> {
    match op {
        Op::CancelOrder => cancelled(fields.into_dto()?, names).map(|order| Command::CancelOrder { order }),
        Op::Propose => proposed(fields, names),
        _ => {
            check_lengths(op, &fields)?;
            fields.into_command(op, names)
        }
    }
}

/// Refuses lists that are longer than any that a rule could take, before they are read.
fn check_lengths(op: Op, fields: &Object<'_>) -> Result<(), InputError> {
    let at_most = |max: usize, fields: &Object<'_>, field: &str| match fields.get(field) {
        Some(Value::List(items)) if items.len() > max => {
            Err(InputError::new(InputCode::OutOfRange, format!("at most {max} of them"))).at(field)
        }
        _ => Ok(()),
    };
    match (op, fields.get("calendar")) {
        (Op::RegisterKey, _) => at_most(NETWORKS_MAX, fields, "networks"),
        (Op::Epoch, Some(Value::Object(calendar))) => at_most(CALENDAR_DAYS_MAX, calendar, "holidays")
            .and_then(|()| at_most(CALENDAR_DAYS_MAX, calendar, "working_weekends"))
            .at("calendar"),
        _ => Ok(()),
    }
}

/// The order that is to be cancelled: a script may name it by the client id under which it was placed.
fn cancelled(asked: CancelOrder, names: &dyn Names) -> Result<OrderId, InputError> {
    match (asked.order_id, asked.order_client_id) {
        (Some(order), None) => read_order_id(&order).at("order_id"),
        (None, Some(client_id)) => match names.order(&client_id) {
            Some(named) => Ok(named.unwrap_or(NO_ORDER)),
            None => Err(InputError::new(InputCode::UnknownOrder, client_id)).at("order_client_id"),
        },
        (None, None) => Err(InputError::new(InputCode::MissingField, "")).at("order_id"),
        (Some(_), Some(_)) => {
            let note = "order_id excludes order_client_id";
            Err(InputError::new(InputCode::ConflictingFields, note)).at("order_client_id")
        }
    }
}

/// A proposal of the command that stands in it: `{"command":{"op":…}}`.
fn proposed(mut fields: Object<'_>, names: &dyn Names) -> Result<Command, InputError> {
    let missing = || InputError::new(InputCode::MissingField, "");
    let command = fields.take("command").filter(|command| !matches!(command, Value::Null));
    fields.none_left(&["command"])?;
    let read = |command| {
        let Value::Object(mut fields) = command else {
            return Err(InputError::new(InputCode::WrongType, ""));
        };
        let op = fields.take_as::<String>("op")?.ok_or_else(missing).at("op")?;
        match Op::from_name(&op) {
            Some(Op::Propose) | None => {
                let proposable = Op::ALL.iter().filter(|op| op.can_wait());
                Err(unknown_operation(&op, proposable.map(|op| op.name())))
            }
            Some(op) => read_command(op, fields, names),
        }
    };
    let command = command.ok_or_else(missing).and_then(read).at("command")?;
    let encoded = Encoded(wire::encode_alone(&command));
    Ok(Command::Propose(Box::new(Propose { encoded })))
}

/// A command as JSON: what the field `op` says, and its fields beside it.
pub(in crate::json) struct CommandJson<'a> {
    command: &'a Command,
    names: &'a dyn Names,
}

impl<'a> CommandJson<'a> {
    /// The command in JSON, or `None` where JSON has no words for it.
    pub(in crate::json) fn from_command(command: &'a Command, names: &'a dyn Names) -> Option<Self> {
        let written = Self { command, names };
        let text = serde_json::to_vec(&written).ok()?;
        let mut object = Object::read(&text).ok()?;
        object.take(OP);
        let read = read_command(command.op(), object, names);
        (read.as_ref() == Ok(command)).then_some(written)
    }

    /// Writes it into an object that is open.
    pub(super) fn write_to<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let &Self { command, names } = self;
        let Command::Propose(propose) = command else {
            return command.serialize(Flat::new(map, OP, names));
        };
        let command = &wire::decode_alone(&propose.encoded.0).map_err(M::Error::custom)?;
        map.serialize_entry(OP, Op::Propose.name())?;
        map.serialize_entry("command", &CommandJson { command, names })
    }
}

/// A command with its `op`, as a client would give it; none where JSON has no words for it.
pub(crate) fn written(command: &Command, names: &dyn Names) -> Option<serde_json::Value> {
    let written = CommandJson::from_command(command, names)?;
    serde_json::to_value(written).ok()
}

/// The field that says which command it is.
const OP: &str = "op";

impl Serialize for CommandJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write_to(&mut map)?;
        map.end()
    }
}
