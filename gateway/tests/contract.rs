//! The contract with those outside is kept: the documents of this version are those that are kept for it, and what an
//! older client relies on in those of an older version still holds.

use gateway::server::documents;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

/// The documents, a folder a version.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/contract");

/// A document as it is kept: a line for each address, message and schema, so that a change is read at a glance.
fn kept(document: &Value) -> String {
    lines(document, 3) + "\n"
}

fn lines(value: &Value, depth: usize) -> String {
    match value {
        Value::Object(members) if depth > 0 && !members.is_empty() => {
            let each: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), lines(value, depth - 1)))
                .collect();
            format!("{{\n{}\n}}", each.join(",\n"))
        }
        other => other.to_string(),
    }
}

#[test]
fn the_documents_are_those_that_are_kept_for_this_version() {
    let documents = documents();
    let folder = Path::new(KEPT).join(env!("CARGO_PKG_VERSION"));
    for (name, document) in [
        ("openapi.json", &documents.openapi),
        ("asyncapi.json", &documents.asyncapi),
    ] {
        let path = folder.join(name);
        let text = kept(document);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *document);
        if std::env::var_os("ZHIHENG_RENEW").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &text).unwrap();
        }
        assert!(
            fs::read_to_string(&path).unwrap() == text,
            "{} is another; ZHIHENG_RENEW=1 writes it anew",
            path.display()
        );
    }
}

#[test]
fn what_older_clients_rely_on_still_holds() {
    for version in fs::read_dir(KEPT).unwrap() {
        let text = fs::read_to_string(version.unwrap().path().join("openapi.json")).unwrap();
        let broken = broken(&serde_json::from_str(&text).unwrap(), &documents().openapi);
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

/// What a client of the old document can no longer rely on in the new one.
fn broken(old: &Value, new: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, operations) in old["paths"].as_object().unwrap() {
        for (method, before) in operations.as_object().unwrap() {
            let at = format!("{method} {path}");
            let now = &new["paths"][path][method];
            if now.is_null() {
                faults.push(format!("{at} is gone"));
                continue;
            }
            if before["operationId"] != now["operationId"] {
                faults.push(format!("{at} has another name"));
            }
            let needed = |operation: &Value, document: &Value| -> BTreeSet<String> {
                let all = operation["parameters"].as_array().into_iter().flatten();
                let all = all.map(|parameter| followed(parameter, document));
                let needed = all.filter(|parameter| parameter["required"] == true);
                needed.map(|parameter| parameter["name"].to_string()).collect()
            };
            for name in needed(now, new).difference(&needed(before, old)) {
                faults.push(format!("{at} needs {name}"));
            }
            let mut seen = BTreeSet::new();
            let body = "/requestBody/content/application~1json/schema";
            if let Some(given) = now.pointer(body) {
                let before = before.pointer(body).unwrap_or(&Value::Null);
                let both = [(before, old), (given, new)];
                compare(&format!("{at} asks"), both, false, &mut seen, &mut faults);
            }
            for (status, before) in before["responses"].as_object().unwrap() {
                let told = "/content/application~1json/schema";
                let now = followed(&now["responses"][status], new).pointer(told);
                let before = followed(before, old).pointer(told);
                match (before, now) {
                    (Some(before), Some(now)) => {
                        let both = [(before, old), (now, new)];
                        compare(&format!("{at} {status}"), both, true, &mut seen, &mut faults);
                    }
                    (Some(_), None) => faults.push(format!("{at} {status} is told no longer")),
                    (None, _) => {}
                }
            }
        }
    }
    faults
}

/// What a reference leads to.
fn followed<'d>(value: &'d Value, document: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap_or(&Value::Null),
        None => value,
    }
}

/// Holds a schema against the one before. What is told may gain members, what is asked may lose demands.
fn compare(
    at: &str,
    [(before, old), (now, new)]: [(&Value, &Value); 2],
    is_told: bool,
    seen: &mut BTreeSet<String>,
    faults: &mut Vec<String>,
) {
    if let (Some(before), Some(now)) = (before["$ref"].as_str(), now["$ref"].as_str())
        && !seen.insert(format!("{before} {now} {is_told}"))
    {
        return;
    }
    let (before, now) = (followed(before, old), followed(now, new));
    let words = |schema: &Value, name: &str| -> BTreeSet<String> {
        match &schema[name] {
            Value::Array(words) => words.iter().map(Value::to_string).collect(),
            Value::Null => BTreeSet::new(),
            one => [one.to_string()].into(),
        }
    };
    let (types, types_now) = (words(before, "type"), words(now, "type"));
    let fits = if is_told {
        types_now.is_subset(&types)
    } else {
        types.is_subset(&types_now)
    };
    if !types.is_empty() && !fits {
        faults.push(format!("{at}: {types:?} became {types_now:?}"));
    }
    for word in words(before, "enum").difference(&words(now, "enum")) {
        faults.push(format!("{at}: no word {word}"));
    }
    let (needed, needed_now) = (words(before, "required"), words(now, "required"));
    let lost = if is_told {
        needed.difference(&needed_now)
    } else {
        needed_now.difference(&needed)
    };
    faults.extend(lost.map(|name| format!("{at}: {name} is needed by one of them alone")));
    for (name, before) in before["properties"].as_object().into_iter().flatten() {
        match &now["properties"][name] {
            Value::Null => faults.push(format!("{at}: no member {name}")),
            now => {
                let both = [(before, old), (now, new)];
                compare(&format!("{at}/{name}"), both, is_told, seen, faults);
            }
        }
    }
    if !before["items"].is_null() {
        let both = [(&before["items"], old), (&now["items"], new)];
        compare(&format!("{at}/items"), both, is_told, seen, faults);
    }
    let either = |schema: &Value| schema["oneOf"].as_array().map_or(0, Vec::len);
    if either(before) > either(now) {
        faults.push(format!("{at}: one of fewer"));
    }
}

#[test]
fn what_would_break_a_client_is_seen_and_what_is_added_is_not() {
    let old = &documents().openapi;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut new = old.clone();
        change(&mut new);
        broken(old, &new)
    };
    let gone = |pointer: &str, member: &str| {
        let (pointer, member) = (pointer.to_owned(), member.to_owned());
        move |new: &mut Value| {
            let object = new.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
            object.remove(&member).unwrap();
        }
    };
    let schemas = "/components/schemas";
    let order = format!("{schemas}/Order");
    assert!(!with(&gone("/paths", "/v1/orders")).is_empty());
    assert!(!with(&gone(&format!("{order}/properties"), "left")).is_empty());
    assert!(!with(&gone(&order, "required")).is_empty());
    assert!(!with(&|new| new["components"]["schemas"]["Side"]["enum"] = json!(["buy"])).is_empty());
    assert!(
        !with(&|new| new["components"]["schemas"]["Order"]["properties"]["account_id"] = json!({ "type": "string" }))
            .is_empty()
    );
    let asked = |new: &mut Value| {
        let needed = new
            .pointer_mut("/components/schemas/PlaceOrderRequest/required")
            .unwrap();
        needed.as_array_mut().unwrap().push("price".into());
    };
    assert!(!with(&asked).is_empty());
    assert!(!with(&|new| new["paths"]["/v1/venue"]["get"]["operationId"] = "other".into()).is_empty());
    let added = |new: &mut Value| {
        let schemas = &mut new["components"]["schemas"];
        schemas["Order"]["properties"]["colour"] = json!({ "type": "string" });
        schemas["Side"]["enum"].as_array_mut().unwrap().push("lend".into());
        schemas["PlaceOrderRequest"]["properties"]["colour"] = json!({ "type": "string" });
        new["paths"]["/v1/more"] = json!({ "get": {} });
    };
    assert_eq!(with(&added), Vec::<String>::new());
}
