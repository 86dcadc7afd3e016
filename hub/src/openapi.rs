//! The contract, as machines read it: OpenAPI 3.1, served to anyone.
//!
//! Shapes and limits are those of the types that handlers take and answer with; what a type
//! cannot say, who may ask and what can go wrong, stands beside it, a file for each noun. A route
//! that is not described, or a description without a route, fails a test.

mod deliveries;
mod examples;
mod live;
mod operation;
mod ops;
mod orders;
mod payments;
mod statuses;
mod store_orders;
mod stores;
mod world;

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use operation::Writer;

static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// What the whole is about.
const ABOUT: &str = "\
Food from the store to the door, live. Every answer that is no success is a problem (RFC 9457) \
with a `code` to switch on. A command may carry an `Idempotency-Key`; sent again under the same \
key it happens once. News come by WebSocket at `/connection/websocket`, in the protocol of \
Centrifuge clients, or without one by `/connection/http_stream` and `/events`; every operation here \
whose id has a dot can be called there by that id.";

/// The document.
pub(crate) async fn serve() -> Response {
    ([(CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

fn document() -> Value {
    let mut writer = Writer::new();
    orders::describe(&mut writer);
    stores::describe(&mut writer);
    store_orders::describe(&mut writer);
    deliveries::describe(&mut writer);
    payments::describe(&mut writer);
    statuses::describe(&mut writer);
    ops::describe(&mut writer);
    live::describe(&mut writer);
    world::describe(&mut writer);
    let (paths, mut schemas) = writer.finish();
    for (name, example) in examples::all() {
        if let Some(schema) = schemas.get_mut(name) {
            schema["examples"] = json!([example]);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "food-delivery-platform",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "Claims: `sub`, `role`, `exp`, and `storeId` for a store; \
                                a guest's `sub` is the order's id. \
                                The roles that may ask are named beside the scheme.",
            }},
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rpc::METHODS;

    /// `GET /orders`, for everything that is described.
    fn described() -> BTreeSet<String> {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let name = |(path, methods): (&String, &Value)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
        };
        paths.iter().flat_map(name).collect()
    }

    /// The same, of the routes as they are written down.
    fn routed() -> BTreeSet<String> {
        let source = include_str!("routes.rs");
        let route = |text: &str| {
            let (path, handlers) = text.trim_start().split_once(',').unwrap();
            let handlers = &handlers[..handlers.find(";\n").unwrap_or(handlers.len())];
            let path = path.trim().trim_matches('"').to_owned();
            let methods = ["get", "put", "post"].into_iter();
            let methods = methods.filter(|it| {
                handlers.contains(&format!(" {it}(")) || handlers.contains(&format!(".{it}("))
            });
            methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
        };
        source.split(".route(").skip(1).flat_map(route).collect()
    }

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        assert!(routed().len() > 40, "{:?}", routed());
        assert_eq!(described(), routed());
    }

    #[test]
    fn what_a_socket_may_call_is_described_under_that_name() {
        let document = document();
        for (name, method, path, _) in METHODS {
            let method = method.as_str().to_lowercase();
            assert_eq!(document["paths"][path][method]["operationId"], **name);
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(value: &Value, document: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref") {
                        let pointer = reference.trim_start_matches('#');
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                    }
                    fields.values().for_each(|field| check(field, document));
                }
                Value::Array(items) => items.iter().for_each(|item| check(item, document)),
                _ => (),
            }
        }
        let document = document();
        check(&document, &document);
    }

    #[test]
    fn examples_have_what_is_always_there_and_nothing_unheard_of() {
        let document = document();
        for (name, example) in examples::all() {
            let schema = &document["components"]["schemas"][name];
            let example = example.as_object().unwrap();
            for field in schema["required"].as_array().unwrap() {
                assert!(example.contains_key(field.as_str().unwrap()), "{name} lacks {field}");
            }
            for field in example.keys() {
                assert!(schema["properties"].get(field).is_some(), "{name} has no {field}");
            }
        }
    }
}
