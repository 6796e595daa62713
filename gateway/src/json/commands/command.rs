//! Commands as the API's document has them. Their fields describe themselves; those of two, which JSON says otherwise
//! than the journal, stand here.

use crate::json::text::described::{Described, collect, definition, name};
use protocol::command::Op;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AdditionalProperties, ObjectBuilder},
    },
};

/// Takes a resting order out of its book.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// The order. Scripts of `zhiheng apply` may give `order_client_id` instead.
    #[serde(default)]
    #[schema(example = "4294967303")]
    pub order_id: Option<String>,
    /// In scripts of `zhiheng apply`: the client id under which the order was placed.
    #[serde(default)]
    pub order_client_id: Option<String>,
}

/// What a proposal looks like: the command stands in it, whichever it is.
fn proposal() -> Schema {
    let command = ObjectBuilder::new().description(Some("The command, with its `op`."));
    let meaning = "Proposes a command: nothing of it is done before another person of the same entity approves.";
    ObjectBuilder::new()
        .property("command", command)
        .required("command")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .description(Some(meaning))
        .into()
}

macro_rules! described {
    ($($module:ident: $($name:ident),*;)*) => {
        $($(
            #[doc = concat!("[`protocol::", stringify!($module), "::", stringify!($name), "`] in JSON.")]
            pub type $name = Described<protocol::$module::$name>;
        )*)*
    };
}

// What the routes name of them.
described! {

    asset: RegisterAsset;
    listing: BookTerms, IssueUnits, ListUnits;
    order: PlaceOrder;
    party: LegalId, RegisterEntity, RegisterKey, RegisterUser;
    rules: Epoch;
    title: RegisterRights;
    units: Side;
}

macro_rules! of_the_roll {
    ($($name:ident),*) => {$(
        #[doc = concat!("The fields of [`Op::", stringify!($name), "`], which stand in the roll itself.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                definition(&Op::$name.shape()).expect("a command is an object").into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                schema_name(Op::$name).into()
            }
        }
    )*};
}

of_the_roll!(OpenAccount, SetTrading);

/// The body of a command over HTTP: its fields, and the client's name for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named<T> {
    /// The client's name for the command, 1 to 64 characters: the same id with the same body gets the first answer
    /// again, with another body a 409.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The command's own fields.
    #[serde(flatten)]
    pub command: T,
}

/// The name of a command's fields in the API's document.
pub fn schema_name(op: Op) -> &'static str {
    name(&op.shape()).expect("a command is an object")
}

/// The schemas of all commands.
pub fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((CancelOrder::name().into(), CancelOrder::schema()));
    schemas.push((schema_name(Op::Propose).into(), proposal().into()));
    Op::ALL.iter().for_each(|op| collect(&op.shape(), schemas));
}
