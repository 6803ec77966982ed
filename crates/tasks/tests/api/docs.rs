//! The document and its page.

use axum::body::Body;
use http::{Request, header};
use serde_json::Value;

use crate::support::{JSON, Server};

fn get(path: &str) -> Request<Body> {
    Request::builder().uri(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn k4_the_document_is_served_and_complete() {
    let server = Server::new();
    let answer = server.send(get("/api/openapi.json")).await;
    assert_eq!((answer.status, &answer.body), (200, &tessera_tasks::openapi()));
    assert_eq!(answer.headers[header::CONTENT_TYPE], JSON);

    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let id = operation["operationId"].as_str().unwrap();
            let statuses: Vec<_> =
                operation["responses"].as_object().unwrap().keys().cloned().collect();
            operations.push(format!("{id}: {method} {path}: {}", statuses.join(" ")));
            assert_eq!(operation["security"], serde_json::json!([{"token": []}]), "{id}");
        }
    }
    operations.sort();
    assert_eq!(
        operations,
        [
            "changeTask: put /api/{user_id}/tasks/{id}: 200 400 401 404 413 415 500 503",
            "createTask: post /api/{user_id}/tasks: 201 400 401 404 413 415 500 503",
            "deleteTask: delete /api/{user_id}/tasks/{id}: 200 401 404 500 503",
            "getTask: get /api/{user_id}/tasks/{id}: 200 401 404 500 503",
            "listTasks: get /api/{user_id}/tasks: 200 400 401 404 500 503",
            "toggleTask: patch /api/{user_id}/tasks/{id}/complete: 200 401 404 500 503",
        ]
    );
    assert_references_resolve(&document, &document);
}

fn assert_references_resolve(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            for member in members.values() {
                assert_references_resolve(document, member);
            }
        }
        Value::Array(items) => {
            for item in items {
                assert_references_resolve(document, item);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn k4_the_page_loads_nothing_from_elsewhere() {
    let server = Server::new();
    let page = server.send(get("/docs")).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(
        page.headers[header::CONTENT_SECURITY_POLICY],
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    assert!(!page.body.contains("://"));
    let mut files = Vec::new();
    for part in page.body.split('"').filter(|part| part.starts_with("/docs/")) {
        let file = server.send(get(part)).await;
        let encoding = file.headers.get(header::CONTENT_ENCODING);
        let encoding = encoding.map_or("", |encoding| encoding.to_str().unwrap());
        let content_type = file.headers[header::CONTENT_TYPE].to_str().unwrap();
        files.push(format!("{} {part} {content_type} {encoding}", file.status));
    }
    assert_eq!(
        files,
        [
            "200 /docs/swagger-ui.css text/css; charset=utf-8 gzip",
            "200 /docs/swagger-ui-bundle.js text/javascript; charset=utf-8 gzip",
            "200 /docs/start.js text/javascript; charset=utf-8 ",
        ]
    );
}

#[tokio::test]
async fn k4_what_a_browser_has_is_not_sent_again() {
    let server = Server::new();
    for path in ["/api/openapi.json", "/docs", "/docs/start.js", "/docs/swagger-ui.css"] {
        let first = server.send(get(path)).await;
        assert_eq!(first.headers[header::CACHE_CONTROL], "no-cache");
        let tag = &first.headers[header::ETAG];
        let again = Request::builder().uri(path).header(header::IF_NONE_MATCH, tag);
        let again = server.send(again.body(Body::empty()).unwrap()).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        let other = Request::builder().uri(path).header(header::IF_NONE_MATCH, "\"other\"");
        assert_eq!(server.send(other.body(Body::empty()).unwrap()).await.body, first.body);
    }
}
