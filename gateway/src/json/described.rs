//! Types of the protocol that describe themselves, in JSON and in the schema of the API: nothing is written twice.

use protocol::describe::{Describe, Field, Object, Shape};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr, Schema,
        schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
    },
};

/// A described type as a part of the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Described<T>(pub T);

impl<T: Describe> PartialSchema for Described<T> {
    fn schema() -> RefOr<Schema> {
        match &T::SHAPE {
            Shape::Object(object) => object_schema(object).into(),
            other => schema(other),
        }
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
fn name(shape: &Shape) -> Option<&'static str> {
    match shape {
        Shape::Object(object) => Some(object.name),
        Shape::Word(name, _) | Shape::OneOf(name, _) => Some(name),
        Shape::Integer(_) | Shape::Boolean | Shape::Text(..) | Shape::List(_) | Shape::Optional(_) => None,
    }
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
            .examples([serde_json::Value::from(*example)])
            .description(Some(*looks))
            .into(),
        Shape::List(item) => ArrayBuilder::new().items(schema(item)).into(),
        Shape::Optional(inner) => {
            let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null));
            OneOfBuilder::new().item(null).item(schema(inner)).into()
        }
        Shape::Object(_) | Shape::Word(..) | Shape::OneOf(..) => unreachable!("these have names"),
    }
}

/// A named shape where it is told.
fn definition(shape: &Shape) -> Option<Schema> {
    Some(match shape {
        Shape::Object(object) => object_schema(object),
        Shape::Word(_, words) => {
            let meaning: Vec<_> = words
                .iter()
                .map(|(word, meaning)| format!("`{word}`:{meaning}"))
                .collect();
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(words.iter().map(|(word, _)| *word)))
                .description(Some(meaning.join(" ")))
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
    let meaning = |lines: &[&str]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let property = |builder: ObjectBuilder, field: &Field| {
        let value = match schema(&field.shape) {
            RefOr::T(Schema::Object(mut value)) => {
                value.description = Some(meaning(field.meaning));
                RefOr::T(Schema::Object(value))
            }
            other => other,
        };
        let builder = builder.property(field.name, value);
        match field.shape {
            Shape::Optional(_) | Shape::List(_) => builder,
            _ => builder.required(field.name),
        }
    };
    object
        .fields
        .iter()
        .fold(ObjectBuilder::new(), property)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .description(Some(meaning(object.meaning)))
        .into()
}

/// The named shapes inside of a shape, and itself.
fn collect(shape: &Shape, schemas: &mut Vec<(String, RefOr<Schema>)>) {
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
        Shape::Object(object) => object.fields.iter().for_each(|field| collect(&field.shape, schemas)),
        Shape::OneOf(_, variants) => variants.iter().for_each(|(_, _, shape)| collect(shape, schemas)),
        Shape::List(inner) | Shape::Optional(inner) => collect(inner, schemas),
        Shape::Word(..) | Shape::Integer(_) | Shape::Boolean | Shape::Text(..) => {}
    }
}
