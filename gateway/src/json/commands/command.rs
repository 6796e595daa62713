//! Commands as the API's document has them: the body in which each is given, made of the fields that describe themselves.

use crate::json::text::described::{ClientIdShape, Described, collect, collect_inside, definition, name, schema};
use protocol::{command::Op, describe::Describe as _};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema, schema::ObjectBuilder},
};

/// The field of `enter_lot` that a client may not say: from it the bidder's number is drawn, and the gateway draws it.
/// Scripts and dumps have it.
pub const DRAW: &str = "draw";

/// The body of a command over HTTP: its fields, and the client's name for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named<T> {
    /// The client's name for the command.
    pub client_id: String,
    /// The command's own fields.
    #[serde(flatten)]
    pub command: T,
}

/// Takes a resting order out of its book.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// The order. Scripts of `zhiheng apply` may give `order_client_id` instead.
    #[serde(default)]
    pub order_id: Option<String>,
    /// In scripts of `zhiheng apply`: the client id under which the order was placed.
    #[serde(default)]
    pub order_client_id: Option<String>,
}

macro_rules! described {
    ($($module:ident: $($name:ident),*;)*) => {
        $($(
            #[doc = concat!("[`protocol::", stringify!($module), "::", stringify!($name), "`] in JSON.")]
            pub type $name = Described<protocol::$module::$name>;
        )*)*
    };
}

// What answers hold of them.
described! {
    asset: RegisterAsset;
    event: CancelReason, PostingReason;
    listing: BookTerms;
    order: OrderType;
    party: EntityKind, LegalId, RegisterEntity, RegisterKey;
    rules: Epoch;
    title: RegisterRights;
    units: Side;
}

/// The name in the API's document of the body in which a command is given over HTTP.
pub fn request_name(op: Op) -> String {
    format!("{}Request", name(&op.shape()).expect("a command is an object"))
}

/// That body: the command's fields, and the client's name for it.
pub fn request(op: Op) -> Schema {
    let Some(Schema::Object(mut body)) = definition(&op.shape()) else {
        unreachable!("a command is an object")
    };
    match op {
        // What the venue draws, no client says.
        Op::EnterLot => {
            body.properties.remove(DRAW);
            body.required.retain(|field| field != DRAW);
        }
        // Whichever it is, the command stands in it.
        Op::Propose => {
            let command = ObjectBuilder::new()
                .property("op", schema(&Op::SHAPE))
                .required("op")
                .description(Some(
                    "The command: its `op`, and its fields as at its own address, without `client_id`.",
                ));
            body.properties = [("command".to_owned(), command.into())].into_iter().collect();
            body.required = vec!["command".into()];
        }
        _ => {}
    }
    // The operation says what the command does.
    body.description = None;
    let named = Ref::from_schema_name(ClientIdShape::name());
    body.properties.insert(CLIENT_ID.into(), named.into());
    body.required.push(CLIENT_ID.into());
    body.into()
}

/// The field with the client's name for a command.
pub const CLIENT_ID: &str = "client_id";

/// The schemas that the bodies of all commands refer to.
pub fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((ClientIdShape::name().into(), ClientIdShape::schema()));
    collect(&Op::SHAPE, schemas);
    Op::ALL.iter().for_each(|op| collect_inside(&op.shape(), schemas));
}
