//! The contract with those outside is kept: what was released once still holds.

use gateway::server::documents;
use serde_json::Value;
use std::{fs, path::Path};

/// The released documents.
const RELEASED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/contract/0.1.0");

/// A document as it is kept: a line for each address, message and schema, so that a change is read at a glance.
fn kept(document: &Value) -> String {
    let mut text = "{\n".to_owned();
    let members = document.as_object().unwrap();
    for (number, (name, value)) in members.iter().enumerate() {
        let end = if number + 1 < members.len() { ",\n" } else { "\n" };
        text += &format!("\"{name}\": {}{end}", lines(value, 2));
    }
    text + "}\n"
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
fn the_documents_are_the_released_ones() {
    let documents = documents();
    for (name, document) in [
        ("openapi.json", &documents.openapi),
        ("asyncapi.json", &documents.asyncapi),
    ] {
        let path = Path::new(RELEASED).join(name);
        let text = kept(document);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *document);
        if std::env::var_os("ZHIHENG_RENEW").is_some() {
            fs::create_dir_all(RELEASED).unwrap();
            fs::write(&path, &text).unwrap();
        }
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
}
