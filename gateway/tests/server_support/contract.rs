//! The API's document, and whether what was asked and answered is as it says.

use gateway::server::documents;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

/// Checks that an answer is one that the document tells of: its address, status, code and body. A request that was done
/// has to be one that the document allows.
///
/// # Panics
/// If not.
#[track_caller]
pub fn hold(method: &str, path: &str, asked: &[u8], status: u16, media_type: Option<&str>, text: &str) {
    let path = path.split('?').next().unwrap_or_default();
    // On a listener of its own, for machines of the house.
    if path == "/metrics" {
        return;
    }
    let body: Option<Value> = serde_json::from_str(text).ok();
    let code = body.as_ref().and_then(|body| body["code"].as_str());
    let Some(template) = template(path) else {
        assert_eq!((status, code), (404, Some("NOT_FOUND")), "{method} {path}: {text}");
        return;
    };
    let operation = &documents().openapi["paths"][template][method.to_lowercase()];
    if operation.is_null() {
        let refused = (405, Some("METHOD_NOT_ALLOWED"));
        assert!(method == "HEAD" || (status, code) == refused, "{method} {path}: {text}");
        return;
    }
    let told = format!("{method} {template} {status}");
    let response = response(operation, status).unwrap_or_else(|| panic!("{told} is not documented: {text}"));
    if let Some(code) = code.filter(|_| status >= 400) {
        let named = |codes: &Value| codes.as_array().is_some_and(|codes| codes.contains(&json!(code)));
        assert!(
            named(&operation["x-codes"]) || named(&response["x-codes"]),
            "{told} does not name {code}"
        );
    }
    let media_type = media_type
        .and_then(|full| full.split(';').next())
        .unwrap_or("application/json");
    let schema = &response["content"][media_type]["schema"];
    match &body {
        Some(body) if !schema.is_null() => fits(&told, schema, &documents().openapi, body),
        _ => assert!(
            response["content"].is_null() || !schema.is_null(),
            "{told} is not of type {media_type}"
        ),
    }
    if status == 200 && !asked.is_empty() {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if !schema.is_null() {
            let asked = serde_json::from_slice(asked).expect("it was read");
            fits(
                &format!("the body of {method} {template}"),
                schema,
                &documents().openapi,
                &asked,
            );
        }
    }
}

/// Checks that a message of the WebSocket is one that the document tells of, and as it says.
///
/// # Panics
/// If not.
#[track_caller]
pub fn hold_message(message: &Value) {
    let word = |name: &str| message[name].as_str();
    let name = match (word("op"), word("channel"), word("type"), word("code")) {
        (Some(op), ..) => op.to_owned(),
        (None, Some(channel), Some(kind), _) => format!("{}_{kind}", channel.replace('.', "_")),
        (None, _, _, Some(_)) => "problem".to_owned(),
        _ => "done".to_owned(),
    };
    let document = &documents().asyncapi;
    let schema = &document["components"]["messages"][&name]["payload"];
    assert!(!schema.is_null(), "no message {name} is documented: {message}");
    fits(&format!("the message {name}"), schema, document, message);
}

/// Checks that a value is as the schema of this document says.
#[track_caller]
fn fits(what: &str, schema: &Value, document: &Value, value: &Value) {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let known = KNOWN.lock().expect("no panic while it is held").get(what).cloned();
    let validator = known.unwrap_or_else(|| {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema], "components": { "schemas": document["components"]["schemas"] },
        });
        let made = Arc::new(jsonschema::draft202012::new(&whole).expect("a schema"));
        KNOWN
            .lock()
            .expect("no panic while it is held")
            .insert(what.to_owned(), made.clone());
        made
    });
    let wrong: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {:?}", error, error.instance_path().as_str()))
        .collect();
    assert!(
        wrong.is_empty(),
        "{what} is not as the document says: {wrong:#?}\n{value:#}"
    );
}

/// The address of the document at which this path lies.
fn template(path: &str) -> Option<&'static str> {
    let paths = documents().openapi["paths"].as_object().expect("it has paths");
    if let Some((exact, _)) = paths.get_key_value(path) {
        return Some(exact);
    }
    let fits = |template: &str| {
        let (theirs, ours): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        theirs.len() == ours.len() && theirs.iter().zip(&ours).all(|(t, o)| t.starts_with('{') || t == o)
    };
    paths.keys().map(String::as_str).find(|template| fits(template))
}

/// What the operation is answered with this status.
fn response(operation: &'static Value, status: u16) -> Option<&'static Value> {
    let responses = &operation["responses"];
    let named = [status.to_string(), format!("{}XX", status / 100)];
    let found = named
        .iter()
        .map(|name| &responses[name])
        .find(|found| !found.is_null())?;
    Some(match found["$ref"].as_str() {
        Some(reference) => documents().openapi.pointer(&reference[1..]).expect("it is there"),
        None => found,
    })
}
