//! The contract with those outside: the documents of the API in the form that validators and generators of clients read.
//!
//! What always holds: what a client sends is closed (a member that is not named is refused), what it is sent is open (a
//! member may come to it within a version), and everything that is told stands in a document once.

mod asyncapi;
mod form;
mod openapi;
pub(crate) mod page;

use serde_json::Value;

/// Both documents.
#[derive(Debug)]
pub struct Documents {
    /// What is asked over HTTP: OpenAPI 3.1.
    pub openapi: Value,
    /// What goes over the WebSocket: AsyncAPI 3.0.
    pub asyncapi: Value,
}

/// The documents, made of what the routes tell of themselves.
pub(super) fn documents(mut told: Value) -> Documents {
    let schemas = told["components"]["schemas"].as_object_mut().expect("it has schemas");
    for (name, schema) in asyncapi::schemas() {
        schemas.entry(name).or_insert(schema);
    }
    Documents {
        asyncapi: asyncapi::document(&told["components"]["schemas"], &told["info"]),
        openapi: openapi::finish(told),
    }
}
