//! Types of the protocol that describe themselves, in JSON and in the schema of the API: nothing is written twice.

use protocol::{
    ClientId,
    describe::{Describe, Field, Object, Shape, Text, Words},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, Ref, RefOr, Schema, SchemaFormat,
        extensions::Extensions,
        schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
    },
};

/// A described type as a part of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Described<T>(pub T);

/// What answers hold as texts, for their schemas.
pub mod shapes {
    use super::Described;

    /// Money or a price, in the scale of its currency.
    pub type Decimal = Described<protocol::Money>;
    /// Units.
    pub type Quantity = Described<protocol::Quantity>;
    /// A moment.
    pub type Timestamp = Described<protocol::Timestamp>;
    /// A date at the venue.
    pub type Date = Described<protocol::Date>;
    /// A currency.
    pub type Currency = Described<protocol::Currency>;
    /// The name of an instrument.
    pub type Symbol = Described<protocol::Symbol>;
    /// A client's name for a command.
    pub type ClientId = super::ClientIdShape;
    /// The number of an order.
    pub type OrderId = Described<protocol::OrderId>;
    /// The number of a trade.
    pub type TradeId = Described<protocol::TradeId>;
    /// How a book trades.
    pub type TradingStatus = Described<protocol::event::TradingStatus>;
}

/// The shape of a client's name for a command.
pub struct ClientIdShape;

impl PartialSchema for ClientIdShape {
    fn schema() -> RefOr<Schema> {
        let meaning = "The client's name for the command: the same id with the same body gets the first answer again, with another body a 409.";
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(meaning))
            .min_length(Some(1))
            .max_length(Some(ClientId::MAX))
            .pattern(Some(ClientId::PATTERN))
            .examples(["client-1"]);
        Schema::from(text).into()
    }
}

impl ToSchema for ClientIdShape {
    fn name() -> Cow<'static, str> {
        "ClientId".into()
    }
}

impl<T> From<T> for Described<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Clone> From<&T> for Described<T> {
    fn from(value: &T) -> Self {
        Self(value.clone())
    }
}

impl<T: Describe> PartialSchema for Described<T> {
    fn schema() -> RefOr<Schema> {
        definition(&T::SHAPE).map_or_else(|| schema(&T::SHAPE), Into::into)
    }
}

impl<T: Describe> ToSchema for Described<T> {
    fn name() -> Cow<'static, str> {
        name(&T::SHAPE).unwrap_or("Value".into())
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        collect(&T::SHAPE, schemas);
        // Whoever uses it may have told the shape itself already.
        collect_inside(&T::SHAPE, schemas);
    }
}

/// The name under which a shape stands in the document, if it has one.
pub(crate) fn name(shape: &Shape) -> Option<Cow<'static, str>> {
    match shape {
        Shape::Object(object) => Some(object.name.into()),
        Shape::Word(words) => Some(words.name.into()),
        Shape::OneOf(name, _) => Some((*name).into()),
        // Of texts that are nothing else there is one of each length.
        Shape::Text(Text {
            name: "Text", longest, ..
        }) if *longest > 0 => Some(format!("Text{longest}").into()),
        Shape::Text(text) => Some(text.name.into()),
        Shape::Integer(_) | Shape::Boolean | Shape::List(_) | Shape::Optional(_) | Shape::OrBoolean(_) => None,
    }
}

/// The member of a schema with the expression of such a text where a client gives it, until the document is in form.
pub(crate) const GIVEN: &str = "x-given";

/// Several lines as one text.
fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// A shape where it is used: named ones by reference.
pub(crate) fn schema(shape: &Shape) -> RefOr<Schema> {
    if let Some(name) = name(shape) {
        return Ref::from_schema_name(name).into();
    }
    match shape {
        Shape::Boolean => ObjectBuilder::new().schema_type(Type::Boolean).into(),
        Shape::Integer(max) => integer(*max).into(),
        // Of words each is said once.
        Shape::List(item @ Shape::Word(words)) => ArrayBuilder::new()
            .items(schema(item))
            .unique_items(true)
            .max_items(Some(words.words.len()))
            .into(),
        Shape::List(item) => ArrayBuilder::new().items(schema(item)).into(),
        Shape::Optional(inner) => match schema(inner) {
            // A plain value takes `null` as one of its types, which every generator of clients understands.
            RefOr::T(Schema::Object(mut value)) if value.enum_values.is_none() => {
                if let SchemaType::Type(one) = value.schema_type {
                    value.schema_type = SchemaType::from_iter([one, Type::Null]);
                }
                RefOr::T(Schema::Object(value))
            }
            other => {
                let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null));
                OneOfBuilder::new().item(other).item(null).into()
            }
        },
        Shape::OrBoolean(inner) => {
            let whether = ObjectBuilder::new().schema_type(Type::Boolean);
            OneOfBuilder::new().item(whether).item(schema(inner)).into()
        }
        Shape::Text(_) | Shape::Object(_) | Shape::Word(..) | Shape::OneOf(..) => unreachable!("these have names"),
    }
}

/// A whole number from 0 to `max`. What fills 64 bits has no bound that JSON's readers agree on.
fn integer(max: u64) -> ObjectBuilder {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    if max > i64::MAX as u64 {
        return number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    }
    number.maximum(Some(max as f64))
}

/// A text of a certain form.
fn text(form: &Text) -> ObjectBuilder {
    let mut text = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(form.looks))
        .examples([Value::from(form.example)]);
    if !form.pattern.is_empty() {
        text = text.pattern(Some(form.pattern));
    }
    if form.longest > 0 {
        text = text.max_length(Some(form.longest));
    }
    if !form.given.is_empty() {
        text = text.extensions(Some(Extensions::builder().add(GIVEN, form.given).build()));
    }
    text
}

/// A named shape where it is told.
pub(crate) fn definition(shape: &Shape) -> Option<Schema> {
    Some(match shape {
        Shape::Text(form) => text(form).into(),
        Shape::Object(object) => object_schema(object),
        Shape::Word(Words {
            meaning, words, full, ..
        }) => {
            let each = || words.iter().map(|(word, meaning)| format!("`{word}`:{meaning}"));
            let meaning = if *full {
                joined(meaning)
            } else {
                each().collect::<Vec<_>>().join(" ")
            };
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(words.iter().map(|(word, _)| *word)))
                .description(Some(meaning))
                .into()
        }
        Shape::OneOf(_, variants) => {
            let one = |(word, meaning, shape): &(&str, &str, Shape)| {
                ObjectBuilder::new()
                    .property(*word, schema(shape))
                    .required(*word)
                    .additional_properties(Some(AdditionalProperties::FreeForm(false)))
                    .description(Some(meaning.trim()))
            };
            variants
                .iter()
                .fold(OneOfBuilder::new(), |all, variant| all.item(one(variant)))
                .into()
        }
        _ => return None,
    })
}

fn object_schema(object: &Object) -> Schema {
    let property = |builder: ObjectBuilder, field: &Field| {
        let builder = builder.property(field.name, told(field));
        if field.may_lack || matches!(field.shape, Shape::Optional(_)) {
            builder
        } else {
            builder.required(field.name)
        }
    };
    object
        .fields
        .iter()
        .fold(ObjectBuilder::new(), property)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .description(Some(joined(object.meaning)))
        .into()
}

/// A field: its shape with what it means, and an example where it has one of its own.
fn told(field: &Field) -> RefOr<Schema> {
    let meaning = joined(field.meaning);
    let example = || match field.shape {
        Shape::Integer(_) => field
            .example
            .and_then(|example| example.parse::<u64>().ok())
            .map(Value::from),
        Shape::List(_) => field
            .example
            .map(|example| example.split(' ').collect::<Vec<_>>().into()),
        _ => field.example.map(Value::from),
    };
    match schema(&field.shape) {
        RefOr::Ref(mut named) => {
            named.description = meaning;
            named.into()
        }
        RefOr::T(Schema::Object(mut value)) => {
            value.description = Some(meaning);
            if let Some(example) = example() {
                value.examples = vec![example];
            }
            RefOr::T(Schema::Object(value))
        }
        RefOr::T(Schema::Array(mut list)) => {
            list.description = Some(meaning);
            list.examples = example().into_iter().collect();
            RefOr::T(Schema::Array(list))
        }
        RefOr::T(Schema::OneOf(mut either)) => {
            either.description = Some(meaning);
            RefOr::T(Schema::OneOf(either))
        }
        other => other,
    }
}

/// The named shapes inside of a shape, and itself.
pub(crate) fn collect(shape: &Shape, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    if let (Some(name), Some(definition)) = (name(shape), definition(shape)) {
        let definition = RefOr::from(definition);
        if let Some((_, known)) = schemas.iter().find(|(known, _)| *known == name) {
            assert!(*known == definition, "two shapes are called {name}");
            return;
        }
        schemas.push((name.into(), definition));
    }
    collect_inside(shape, schemas);
}

/// The named shapes inside of a shape.
pub(crate) fn collect_inside(shape: &Shape, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    match shape {
        Shape::Object(object) => object.fields.iter().for_each(|field| collect(&field.shape, schemas)),
        Shape::OneOf(_, variants) => variants.iter().for_each(|(_, _, shape)| collect(shape, schemas)),
        Shape::List(inner) | Shape::Optional(inner) | Shape::OrBoolean(inner) => collect(inner, schemas),
        Shape::Word(..) | Shape::Integer(_) | Shape::Boolean | Shape::Text(..) => {}
    }
}
