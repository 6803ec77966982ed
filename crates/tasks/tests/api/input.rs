//! What is refused, and how each refusal reads.

use axum::body::Body;
use http::{Method, Request, header};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use serde_json::{Value, json};
use tessera_tasks::{Description, TaskId, Title};

use crate::support::{JSON, Server, ada, ben};

fn invalid(fields: &Value) -> Value {
    json!({"message": "Some fields are not valid", "code": "VALIDATION_ERROR", "fields": fields})
}

#[tokio::test]
async fn k2_every_field_that_is_wrong_is_named_at_once() {
    let (server, ada) = (Server::new(), ada());
    let task = server.create(&ada, "kept").await;
    let (tasks, one) = (ada.tasks(), ada.task(&task));
    let length = "must be 1 to 200 characters";
    let long = format!(r#"{{"title": "{}"}}"#, "x".repeat(201));
    let wordy = format!(r#"{{"title": "t", "description": "{}"}}"#, "x".repeat(1001));
    for (method, path, body, fields) in [
        (Method::POST, &tasks, "{}", json!({"title": "is required"})),
        (Method::POST, &tasks, r#"{"title": ""}"#, json!({"title": length})),
        (Method::POST, &tasks, r#"{"title": " \u2003\n "}"#, json!({"title": length})),
        (Method::POST, &tasks, &long, json!({"title": length})),
        (Method::POST, &tasks, &wordy, json!({"description": "must be at most 1000 characters"})),
        (Method::POST, &tasks, r#"{"title": null}"#, json!({"title": "must be text"})),
        (
            Method::POST,
            &tasks,
            r#"{"title": "a\u0000b", "description": "a\u0007b"}"#,
            json!({
                "title": "must not contain control characters",
                "description": "must not contain control characters other than line breaks and tabs",
            }),
        ),
        (
            Method::POST,
            &tasks,
            r#"{"title": 7, "description": ["x"], "titel": "x", "user_id": "someone", "id": 1}"#,
            json!({
                "title": "must be text",
                "description": "must be text or null",
                "titel": "is not a field of this request",
                "user_id": "is not a field of this request",
                "id": "is not a field of this request",
            }),
        ),
        (
            Method::POST,
            &tasks,
            r#"{"completed": true}"#,
            json!({"title": "is required", "completed": "is not a field of this request"}),
        ),
        (
            Method::PUT,
            &one,
            r#"{"title": " ", "completed": 1, "description": false, "done": true}"#,
            json!({
                "title": length,
                "completed": "must be true or false",
                "description": "must be text or null",
                "done": "is not a field of this request",
            }),
        ),
        (
            Method::PUT,
            &one,
            r#"{"title": null, "completed": null, "user_id": "someone"}"#,
            json!({
                "title": "must be text",
                "completed": "must be true or false",
                "user_id": "is not a field of this request",
            }),
        ),
    ] {
        server.ask(&ada, method, path, Some(body)).await.assert(400, &invalid(&fields));
    }
    let list = json!({"tasks": [task], "next_cursor": null});
    server.ask(&ada, Method::GET, &tasks, None).await.assert(200, &list);
}

#[tokio::test]
async fn k2_a_body_that_is_no_json_object_is_refused() {
    let (server, ada) = (Server::new(), ada());
    let one = ada.task(&server.create(&ada, "kept").await);
    let refusal = json!({"message": "The body is not a JSON object", "code": "INVALID_JSON"});
    let deep = format!(r#"{{"title": {}1{}}}"#, "[".repeat(5000), "]".repeat(5000));
    for body in [
        "",
        "{",
        "null",
        "[]",
        "\"title\"",
        "{\"title\": \"x\"} x",
        "{'title': 'x'}",
        r#"{"title": "\ud800"}"#,
        "\u{feff}{\"title\": \"x\"}",
        &deep,
    ] {
        for (method, path) in [(Method::POST, &ada.tasks()), (Method::PUT, &one)] {
            server.ask(&ada, method, path, Some(body)).await.assert(400, &refusal);
        }
    }
    let request = ada.request(Method::POST, &ada.tasks()).header(header::CONTENT_TYPE, JSON);
    let request = request.body(Body::from(b"{\"title\": \"\xff\"}".to_vec())).unwrap();
    server.send(request).await.assert(400, &refusal);

    let nothing = json!({
        "message": "Give at least one of title, description and completed",
        "code": "NOTHING_TO_CHANGE",
    });
    server.ask(&ada, Method::PUT, &one, Some("{}")).await.assert(400, &nothing);
}

#[tokio::test]
async fn k2_the_content_type_must_be_json() {
    let (server, ada) = (Server::new(), ada());
    let one = ada.task(&server.create(&ada, "kept").await);
    let refusal = json!({
        "message": "The content type must be application/json",
        "code": "UNSUPPORTED_MEDIA_TYPE",
    });
    let body = r#"{"title": "x"}"#;
    for content_types in [
        &[][..],
        &[&b"text/plain"[..]],
        &[b"application/x-www-form-urlencoded"],
        &[b"application/json-patch+json"],
        &[b"application/jsonx"],
        &[b"\xff"],
        &[b""],
        &[b"application/json", b"text/plain"],
    ] {
        for (method, path) in [(Method::POST, &ada.tasks()), (Method::PUT, &one)] {
            let request = content_types.iter().fold(ada.request(method, path), |request, value| {
                request.header(header::CONTENT_TYPE, *value)
            });
            server.send(request.body(Body::from(body)).unwrap()).await.assert(415, &refusal);
        }
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
    {
        let request = ada.request(Method::PUT, &one).header(header::CONTENT_TYPE, content_type);
        let answer = server.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn k2_a_body_over_64_kib_is_refused() {
    let (server, ada) = (Server::new(), ada());
    let frame = r#"{"title": ""}"#.len();
    let body = |bytes: usize| format!(r#"{{"title": "{}"}}"#, "x".repeat(bytes - frame));
    let fits = body(64 * 1024);
    let too_long = invalid(&json!({"title": "must be 1 to 200 characters"}));
    server.ask(&ada, Method::POST, &ada.tasks(), Some(&fits)).await.assert(400, &too_long);
    let refusal = json!({"message": "The body is larger than 64 KiB", "code": "PAYLOAD_TOO_LARGE"});
    let over = body(64 * 1024 + 1);
    server.ask(&ada, Method::POST, &ada.tasks(), Some(&over)).await.assert(413, &refusal);
}

#[tokio::test]
async fn k2_a_known_path_with_another_method_names_those_it_takes() {
    let (server, ada) = (Server::new(), ada());
    let refusal = json!({
        "message": "This path does not take this method",
        "code": "METHOD_NOT_ALLOWED",
    });
    let one = format!("{}/019e9d1c-6d40-7cc3-98c4-dc0c0c07398f", ada.tasks());
    for (method, path, allow) in [
        (Method::DELETE, ada.tasks(), "GET,HEAD,POST"),
        (Method::POST, one.clone(), "GET,HEAD,PUT,DELETE"),
        (Method::PATCH, one.clone(), "GET,HEAD,PUT,DELETE"),
        (Method::POST, format!("{one}/complete"), "PATCH"),
        (Method::GET, format!("{one}/complete"), "PATCH"),
        (Method::POST, "/api/openapi.json".to_owned(), "GET,HEAD"),
        (Method::from_bytes(b"BREW").unwrap(), ada.tasks(), "GET,HEAD,POST"),
    ] {
        let answer = server.ask(&ada, method, &path, None).await;
        answer.assert(405, &refusal);
        assert_eq!(answer.headers[header::ALLOW], allow, "{path}");
    }
}

#[tokio::test]
async fn k2_the_token_comes_before_the_owner_the_owner_before_the_id_the_id_before_the_body() {
    let (server, ada, ben) = (Server::new(), ada(), ben());
    let one = ada.task(&server.create(&ada, "kept").await);
    let nobody = |method, path: &str| {
        Request::builder().method(method).uri(path).body(Body::from("not json")).unwrap()
    };
    for (method, path) in [
        (Method::GET, format!("{}?limit=x", ada.tasks())),
        (Method::POST, ada.tasks()),
        (Method::GET, one.clone()),
        (Method::PUT, one.clone()),
        (Method::DELETE, one.clone()),
        (Method::PATCH, format!("{one}/complete")),
        (Method::PUT, format!("{}/no-id", ada.tasks())),
    ] {
        let answer = server.send(nobody(method.clone(), &path)).await;
        assert_eq!(answer.status, 401, "{method} {path}");
    }
    let gone = json!({"message": "Not found", "code": "NOT_FOUND"});
    server.ask(&ben, Method::POST, &ada.tasks(), Some("not json")).await.assert(404, &gone);
    let query = format!("{}?limit=x", ada.tasks());
    server.ask(&ben, Method::GET, &query, None).await.assert(404, &gone);
    let no_id = format!("{}/no-id", ada.tasks());
    server.ask(&ada, Method::PUT, &no_id, Some("not json")).await.assert(404, &gone);
}

#[tokio::test]
async fn k1_titles_are_counted_in_characters() {
    let (server, ada) = (Server::new(), ada());
    for title in [
        "x".to_owned(),
        "x".repeat(200),
        "🧀".repeat(200),
        "e\u{301}".repeat(100),
        "שלום עולם".to_owned(),
        "\u{202e}desrever".to_owned(),
        "\"quotes\" \\ and </script>".to_owned(),
        "👩‍👩‍👧‍👦".to_owned(),
    ] {
        let task = server.create(&ada, &title).await;
        assert_eq!(task["title"], json!(title));
        let read = server.ask(&ada, Method::GET, &ada.task(&task), None).await;
        read.assert(200, &task);
    }
    for title in ["🧀".repeat(201), "e\u{301}".repeat(101), "x".repeat(201)] {
        let body = json!({ "title": title }).to_string();
        let refusal = invalid(&json!({"title": "must be 1 to 200 characters"}));
        server.ask(&ada, Method::POST, &ada.tasks(), Some(&body)).await.assert(400, &refusal);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn k1_a_title_is_kept_trimmed_exactly_when_it_fits(text in "\\PC{0,210}|.{0,20}") {
        let trimmed = text.trim();
        let fits = (1..=200).contains(&trimmed.chars().count())
            && !trimmed.chars().any(char::is_control);
        let title = Title::parse(&text);
        prop_assert_eq!(title.is_ok(), fits);
        if let Ok(title) = title {
            prop_assert_eq!(title.as_str(), trimmed);
        }
    }

    #[test]
    fn k1_a_description_is_kept_as_given(text in "\\PC{0,1010}") {
        match Description::parse(&text) {
            Ok(Some(description)) => prop_assert_eq!(description.as_str(), text),
            Ok(None) => prop_assert!(text.trim().is_empty()),
            Err(_) => prop_assert!(text.chars().count() > 1000),
        }
    }

    #[test]
    fn k1_only_the_hyphenated_form_is_an_id(id in any::<u128>(), noise in ".{0,50}") {
        let uuid = uuid::Uuid::from_u128(id);
        let canonical = uuid.hyphenated().to_string();
        let upper = canonical.to_uppercase();
        prop_assert_eq!(TaskId::parse(&canonical).unwrap().to_string(), &canonical[..]);
        prop_assert_eq!(TaskId::parse(&upper).unwrap().to_string(), &canonical[..]);
        for other in [uuid.simple().to_string(), uuid.braced().to_string(), uuid.urn().to_string(), noise] {
            prop_assert_eq!(TaskId::parse(&other), None);
        }
    }
}
