//! The passes that bring schemas into one form, whoever wrote them.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where schemas stand.
pub(super) const SCHEMAS: &str = "#/components/schemas/";

/// Calls `change` on every object of the tree, the inner ones first.
pub(super) fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(|inner| each_object(inner, change));
            change(object);
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| each_object(inner, change)),
        _ => {}
    }
}

/// The schema that is referred to, in the document's own words.
fn target<'d>(schemas: &'d Value, reference: &str) -> &'d Value {
    let found = reference.strip_prefix(SCHEMAS).and_then(|name| schemas.get(name));
    found.unwrap_or_else(|| panic!("there is no {reference}"))
}

/// One object in the place of several of which it is made (`allOf`).
pub(super) fn merge(document: &mut Value, schemas: &Value) {
    each_object(document, &mut |object| {
        let Some(Value::Array(parts)) = object.remove("allOf") else {
            return;
        };
        for part in &parts {
            add(object, part, true, schemas);
        }
        object.insert("type".into(), "object".into());
    });
}

/// Adds the members of a part, which may be a reference, made of parts itself, or that or nothing.
fn add(whole: &mut Map<String, Value>, part: &Value, needed: bool, schemas: &Value) {
    if let Some(Value::String(reference)) = part.get("$ref") {
        return add(whole, target(schemas, reference), needed, schemas);
    }
    if let Some(Value::Array(either)) = part.get("oneOf") {
        let there: Vec<_> = either.iter().filter(|one| one["type"] != "null").collect();
        let [one] = there[..] else {
            panic!("one of several is no part: {part}")
        };
        return add(whole, one, false, schemas);
    }
    for part in part.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        add(whole, part, needed, schemas);
    }
    for (name, value) in part.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let properties = whole.entry("properties").or_insert_with(|| json!({}));
        properties[name] = value.clone();
    }
    if needed {
        let required = whole.entry("required").or_insert_with(|| json!([]));
        let required = required.as_array_mut().expect("it is a list");
        required.extend(
            part.get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .cloned(),
        );
    }
    if let Some(meaning) = part.get("description") {
        whole.entry("description").or_insert_with(|| meaning.clone());
    }
}

/// Where a page of a list repeats the schema of what it lists, it refers to it.
pub(super) fn refer(document: &mut Value) {
    let known = document["components"]["schemas"].clone();
    let known = known.as_object().expect("it has schemas");
    each_object(document, &mut |object| {
        let Some(items) = object
            .get_mut("items")
            .filter(|items| items.get("properties").is_some())
        else {
            return;
        };
        if let Some((name, _)) = known.iter().find(|(_, schema)| *schema == items) {
            *items = json!({ "$ref": format!("{SCHEMAS}{name}") });
        }
    });
}

/// Whole numbers say what they may be: those of 32 bits without a sign are no `int32`. Examples stand in a list.
pub(super) fn bound(document: &mut Value) {
    each_object(document, &mut |object| {
        // A parameter's example stands beside its schema, alone.
        if !object.contains_key("in")
            && let Some(example) = object.remove("example")
        {
            object.insert("examples".into(), json!([example]));
        }
        let is_unsigned = object.get("minimum").is_some_and(|least| least == &json!(0));
        if object.get("format").is_some_and(|format| format == "int32") && is_unsigned {
            object.remove("format");
            object.entry("maximum").or_insert_with(|| u32::MAX.into());
        }
    });
}

/// The name of the schema that an object refers to.
pub(super) fn named(object: &Map<String, Value>) -> Option<&str> {
    object.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)
}

/// The names of schemas that a part refers to.
pub(super) fn referred(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            found.extend(named(object).map(str::to_owned));
            object.values().for_each(|inner| referred(inner, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| referred(inner, found)),
        _ => {}
    }
}

/// The schemas that are reached from these parts.
pub(super) fn reached<'v>(
    parts: impl IntoIterator<Item = &'v Value>,
    schemas: &Map<String, Value>,
) -> BTreeSet<String> {
    let mut new = BTreeSet::new();
    parts.into_iter().for_each(|part| referred(part, &mut new));
    let mut all = BTreeSet::new();
    while let Some(name) = new.pop_first() {
        let schema = schemas
            .get(&name)
            .unwrap_or_else(|| panic!("there is no schema {name}"));
        if all.insert(name) {
            referred(schema, &mut new);
        }
    }
    all
}

/// What is sent is open.
fn open(object: &mut Map<String, Value>) {
    if object.get("additionalProperties") == Some(&json!(false)) {
        object.remove("additionalProperties");
    }
}

/// Every object of these is open.
pub(super) fn open_all(value: &mut Value) {
    each_object(value, &mut open);
}

/// Of these schemas those stay that the parts refer to.
pub(super) fn keep_referred<'v>(schemas: &mut Value, parts: impl IntoIterator<Item = &'v Value>) {
    let schemas = schemas.as_object_mut().expect("schemas have names");
    let used = reached(parts, schemas);
    schemas.retain(|name, _| used.contains(name));
}

/// No object has this member any more.
pub(super) fn forget(value: &mut Value, member: &str) {
    each_object(value, &mut |object| drop(object.remove(member)));
}
