//! The OpenAPI document brought into one form, whoever wrote its parts: no `allOf`, whole numbers with their bounds,
//! bodies of requests closed and of answers open, what several operations share told once, and nothing that nobody refers to.

use super::form::{SCHEMAS, bound, each_object, keep_referred, merge, named, open_all, reached, refer};
use crate::json::described::GIVEN;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The member in which an operation's route says in Chinese what it does.
const CHINESE: &str = "x-chinese";

/// The document in its final form.
///
/// # Panics
/// Where a part refers to what is not there, or is made of parts that can't be one: a mistake of ours, met by every test.
pub(super) fn finish(mut document: Value) -> Value {
    let schemas = document["components"]["schemas"].clone();
    merge(&mut document, &schemas);
    refer(&mut document);
    bound(&mut document);
    say_in_chinese(&mut document);
    part_requests(&mut document);
    forget_unused(&mut document);
    share_parameters(&mut document);
    share_security(&mut document);
    document
}

/// Each operation of the document.
fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().expect("it has paths");
    paths
        .values_mut()
        .flat_map(|path| path.as_object_mut().expect("an address has operations").values_mut())
}

/// What an operation does is said in Chinese behind what is said in English.
fn say_in_chinese(document: &mut Value) {
    for operation in operations(document) {
        let operation = operation.as_object_mut().expect("it is an object");
        if let Some(chinese) = operation.remove(CHINESE) {
            let both = operation.remove("description").into_iter().chain([chinese]);
            let both: Vec<_> = both
                .map(|text| text.as_str().expect("it is a text").to_owned())
                .collect();
            operation.insert("description".into(), both.join("\n\n").into());
        }
    }
}

/// Bodies of requests are closed, answers are open; what stands in both has a schema for each.
fn part_requests(document: &mut Value) {
    let mut schemas = document["components"]["schemas"]
        .as_object()
        .expect("it has schemas")
        .clone();
    let (mut requests, mut answers) = (Vec::new(), Vec::new());
    for operation in operations(document) {
        requests.push(operation.get("requestBody").cloned().unwrap_or_default());
        answers.push(operation["responses"].clone());
    }
    answers.push(document["components"]["responses"].clone());
    let (asked, told) = (reached(&requests, &schemas), reached(&answers, &schemas));
    let is_closed =
        |schema: &Value| schema.to_string().contains("\"additionalProperties\":false") || schema.get(GIVEN).is_some();
    let closed = |name: &String| {
        reached([&json!({ "$ref": format!("{SCHEMAS}{name}") })], &schemas)
            .iter()
            .any(|inner| is_closed(&schemas[inner]))
    };
    let twice: BTreeMap<String, String> = asked
        .intersection(&told)
        .filter(|name| closed(name))
        .map(|name| (name.clone(), format!("{name}Input")))
        .collect();
    let name_as_asked = |value: &mut Value| {
        each_object(value, &mut |object| {
            if let Some(input) = named(object).and_then(|name| twice.get(name)) {
                object.insert("$ref".into(), format!("{SCHEMAS}{input}").into());
            }
        });
    };
    let mut inputs = Vec::new();
    for name in &asked {
        let mut schema = schemas[name].clone();
        name_as_asked(&mut schema);
        if let Some(given) = schema.as_object_mut().and_then(|schema| schema.remove(GIVEN)) {
            schema["pattern"] = given;
        }
        if twice.contains_key(name) {
            // What its members mean, the open one says.
            each_object(&mut schema, &mut |object| {
                if object.get("description").is_some_and(Value::is_string) {
                    object.remove("description");
                }
            });
        }
        inputs.push((twice.get(name).unwrap_or(name).clone(), schema));
    }
    for name in &told {
        schemas[name].as_object_mut().expect("it is an object").remove(GIVEN);
        open_all(&mut schemas[name]);
    }
    schemas.extend(inputs);
    document["components"]["schemas"] = schemas.into();
    for operation in operations(document) {
        if let Some(body) = operation.get_mut("requestBody") {
            name_as_asked(body);
        }
        open_all(&mut operation["responses"]);
    }
}

/// What nobody refers to goes.
fn forget_unused(document: &mut Value) {
    let paths = document["paths"].clone();
    let text = paths.to_string();
    let components = document["components"].as_object_mut().expect("it has components");
    let refusals = components["responses"].as_object_mut().expect("it has refusals");
    refusals.retain(|name, _| text.contains(&format!("\"#/components/responses/{name}\"")));
    let refusals = components["responses"].clone();
    keep_referred(&mut components["schemas"], [&paths, &refusals]);
}

/// A parameter that several operations have in the same words is told once.
fn share_parameters(document: &mut Value) {
    // The first one in other words under the same name stays where it is.
    let mut first: BTreeMap<String, (Value, usize)> = BTreeMap::new();
    for operation in operations(document) {
        for parameter in operation
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let (known, times) = first.entry(called(parameter)).or_insert_with(|| (parameter.clone(), 0));
            *times += usize::from(known == parameter);
        }
    }
    first.retain(|_, (_, times)| *times > 1);
    for operation in operations(document) {
        for parameter in operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let name = called(parameter);
            if first.get(&name).is_some_and(|(known, _)| known == parameter) {
                *parameter = json!({ "$ref": format!("#/components/parameters/{name}") });
            }
        }
    }
    let parameters: Map<_, _> = first
        .into_iter()
        .map(|(name, (parameter, _))| (name, parameter))
        .collect();
    document["components"]["parameters"] = parameters.into();
}

fn called(parameter: &Value) -> String {
    parameter["name"].as_str().expect("a parameter has a name").to_owned()
}

/// Who signs, or has a session, is said once; what anybody may ask says so itself.
fn share_security(document: &mut Value) {
    let (signature, session) = (json!({ "signature": [] }), json!({ "session": [] }));
    let signed = json!([signature, session]);
    for operation in operations(document) {
        let operation = operation.as_object_mut().expect("it is an object");
        // Whatever a signature is good for, a session is.
        if let Some(ways) = operation.get_mut("security").and_then(Value::as_array_mut)
            && ways.contains(&signature)
        {
            ways.push(session.clone());
        }
        match operation.get("security") {
            Some(security) if *security == signed => drop(operation.remove("security")),
            Some(_) => {}
            None => drop(operation.insert("security".into(), json!([]))),
        }
    }
    document["security"] = signed;
}
