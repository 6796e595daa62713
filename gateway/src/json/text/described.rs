//! Types of the protocol that describe themselves, in JSON and in the schema of the API: nothing is written twice.

use protocol::describe::{Describe, Field, Object, Shape, Words};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, Ref, RefOr, Schema, SchemaFormat,
        schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
    },
};

/// A described type as a part of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Described<T>(pub T);

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
        name(&T::SHAPE).unwrap_or("Value").into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        collect(&T::SHAPE, schemas);
        // Whoever uses it may have told the shape itself already.
        collect_inside(&T::SHAPE, schemas);
    }
}

/// The name under which a shape stands in the document, if it has one.
pub(in crate::json) fn name(shape: &Shape) -> Option<&'static str> {
    match shape {
        Shape::Object(object) => Some(object.name),
        Shape::Word(words) => Some(words.name),
        Shape::OneOf(name, _) => Some(name),
        Shape::Integer(_)
        | Shape::Boolean
        | Shape::Text(..)
        | Shape::List(_)
        | Shape::Optional(_)
        | Shape::OrBoolean(_) => None,
    }
}

/// Several lines as one text.
fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// A shape where it is used: named ones by reference.
fn schema(shape: &Shape) -> RefOr<Schema> {
    if let Some(name) = name(shape) {
        return Ref::from_schema_name(name).into();
    }
    match shape {
        Shape::Boolean => ObjectBuilder::new().schema_type(Type::Boolean).into(),
        Shape::Integer(_) => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into(),
        Shape::Text(looks, example) => ObjectBuilder::new()
            .schema_type(Type::String)
            .examples([Value::from(*example)])
            .description(Some(*looks))
            .into(),
        Shape::List(item) => ArrayBuilder::new().items(schema(item)).into(),
        Shape::Optional(inner) => {
            let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null));
            OneOfBuilder::new().item(null).item(schema(inner)).into()
        }
        Shape::OrBoolean(inner) => {
            let whether = ObjectBuilder::new().schema_type(Type::Boolean);
            OneOfBuilder::new().item(whether).item(schema(inner)).into()
        }
        Shape::Object(_) | Shape::Word(..) | Shape::OneOf(..) => unreachable!("these have names"),
    }
}

/// A named shape where it is told.
pub(in crate::json) fn definition(shape: &Shape) -> Option<Schema> {
    Some(match shape {
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
        let value = if object.full { told_in_full(field) } else { told(field) };
        let may_lack = field.may_lack || matches!(field.shape, Shape::Optional(_));
        let is_list = !object.full && matches!(field.shape, Shape::List(_));
        let builder = builder.property(field.name, value);
        if may_lack || is_list {
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

/// A field, told by its shape.
fn told(field: &Field) -> RefOr<Schema> {
    match schema(&field.shape) {
        RefOr::T(Schema::Object(mut value)) => {
            value.description = Some(joined(field.meaning));
            RefOr::T(Schema::Object(value))
        }
        other => other,
    }
}

/// A field with its meaning and an example. A word that has an example is a text, and its meaning names the words.
fn told_in_full(field: &Field) -> RefOr<Schema> {
    let meaning = joined(field.meaning);
    let scalar = |types: SchemaType, meaning: String, example: Option<Value>| {
        let mut scalar = ObjectBuilder::new()
            .schema_type(types)
            .description(Some(meaning))
            .build();
        scalar.example = example;
        scalar
    };
    let text = || field.example.map(Value::from);
    match &field.shape {
        Shape::Boolean => scalar(Type::Boolean.into(), meaning, None).into(),
        Shape::Integer(max) => {
            let is_long = *max > u64::from(u32::MAX);
            let example = field.example.and_then(|example| example.parse::<u64>().ok());
            let format = if is_long {
                KnownFormat::Int64
            } else {
                KnownFormat::Int32
            };
            let mut integer = scalar(Type::Integer.into(), meaning, example.map(Value::from));
            integer.format = Some(SchemaFormat::KnownFormat(format));
            integer.minimum = Some(0.into());
            integer.into()
        }
        Shape::Text(..) => scalar(Type::String.into(), meaning, text()).into(),
        Shape::Word(words) if is_text(field) => scalar(Type::String.into(), naming(&meaning, words), text()).into(),
        Shape::Optional(Shape::Text(..)) => scalar(text_or_none(), meaning, text()).into(),
        Shape::List(item) => {
            let meaning = match item {
                Shape::Word(words) => naming(&meaning, words),
                _ => meaning,
            };
            let item = ObjectBuilder::new().schema_type(Type::String);
            let mut list = ArrayBuilder::new().items(item).description(Some(meaning)).build();
            list.example = field
                .example
                .map(|example| example.split(' ').collect::<Vec<_>>().into());
            list.into()
        }
        named => {
            let mut reference = Ref::from_schema_name(name(named).expect("all others have names"));
            reference.description = meaning;
            reference.into()
        }
    }
}

/// A text, or `null`.
fn text_or_none() -> SchemaType {
    SchemaType::from_iter([Type::String, Type::Null])
}

/// Whether a field is one of the texts of its object, though it holds words.
fn is_text(field: &Field) -> bool {
    match field.shape {
        Shape::Word(_) => field.example.is_some(),
        Shape::List(Shape::Word(_)) => true,
        _ => false,
    }
}

/// The schema of a text that holds one of a type's words, or is not there.
pub fn word_or_none<T: Describe>(meaning: &str) -> Schema {
    let meaning = match T::SHAPE {
        Shape::Word(words) => naming(meaning, words),
        _ => meaning.into(),
    };
    ObjectBuilder::new()
        .schema_type(text_or_none())
        .description(Some(meaning))
        .into()
}

/// What a field means, and which words it may hold: "Who it is: `a`, `b`."
fn naming(meaning: &str, words: &Words) -> String {
    let words: Vec<_> = words.words.iter().map(|(word, _)| format!("`{word}`")).collect();
    format!("{}: {}.", meaning.trim_end_matches('.'), words.join(", "))
}

/// The named shapes inside of a shape, and itself.
pub(in crate::json) fn collect(shape: &Shape, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    if let (Some(name), Some(definition)) = (name(shape), definition(shape)) {
        if schemas.iter().any(|(known, _)| known == name) {
            return;
        }
        schemas.push((name.into(), definition.into()));
    }
    collect_inside(shape, schemas);
}

/// The named shapes inside of a shape.
fn collect_inside(shape: &Shape, schemas: &mut Vec<(String, RefOr<Schema>)>) {
    match shape {
        Shape::Object(object) => {
            let named = object.fields.iter().filter(|field| !(object.full && is_text(field)));
            named.for_each(|field| collect(&field.shape, schemas));
        }
        Shape::OneOf(_, variants) => variants.iter().for_each(|(_, _, shape)| collect(shape, schemas)),
        Shape::List(inner) | Shape::Optional(inner) | Shape::OrBoolean(inner) => collect(inner, schemas),
        Shape::Word(..) | Shape::Integer(_) | Shape::Boolean | Shape::Text(..) => {}
    }
}
