//! Two people on every route and every form of its path.

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};

use crate::support::{Answer, JSON, Person, Server, ada, ben};

const MISSING: &str = "019e9d1c-6d40-7cc3-98c4-dc0c0c07398f";

/// Every route that names a task: method, what follows the id, body.
const ROUTES: [(Method, &str, Option<&str>); 4] = [
    (Method::GET, "", None),
    (Method::PUT, "", Some(r#"{"title": "taken over"}"#)),
    (Method::DELETE, "", None),
    (Method::PATCH, "/complete", None),
];

async fn the_one_not_found(server: &Server, person: &Person) -> Answer {
    let path = format!("{}/{MISSING}", person.tasks());
    let answer = server.ask(person, Method::GET, &path, None).await;
    answer.assert(404, &json!({"message": "Not found", "code": "NOT_FOUND"}));
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    answer
}

async fn list(server: &Server, person: &Person) -> Value {
    server.ask(person, Method::GET, &person.tasks(), None).await.json()
}

#[tokio::test]
async fn v2_foreign_task_is_the_same_bytes() {
    let (server, ada, ben) = (Server::new(), ada(), ben());
    let hers = server.create(&ada, "hers").await["id"].as_str().unwrap().to_owned();
    let his = server.create(&ben, "his").await["id"].as_str().unwrap().to_owned();
    let expected = the_one_not_found(&server, &ben).await;
    let before = (list(&server, &ada).await, list(&server, &ben).await);

    let (own_path, foreign_path) = (ben.tasks(), ada.tasks());
    for path in [
        format!("{own_path}/{hers}"),
        format!("{own_path}/{}", hers.to_uppercase()),
        format!("{foreign_path}/{hers}"),
        format!("{foreign_path}/{his}"),
        format!("{foreign_path}/{MISSING}"),
        format!("{own_path}/{MISSING}"),
        format!("{own_path}/no-id"),
        format!("{own_path}/%00"),
        format!("{own_path}/%ff"),
        format!("{own_path}/{}", hers.replace('-', "")),
        format!("{own_path}/%7B{hers}%7D"),
        format!("{own_path}/{hers}%20"),
        format!("{own_path}/{hers}%2F"),
        format!("/api/%FF/tasks/{his}"),
        format!("/api/{}%00/tasks/{his}", ben.id),
        format!("/api/{}%20/tasks/{his}", ben.id),
        format!("/api/{}/tasks/{his}", ben.id.to_lowercase()),
        format!("/api/{}%2F..%2F{}/tasks/{hers}", ada.id, ben.id),
    ] {
        for (method, rest, body) in ROUTES {
            let path = format!("{path}{rest}");
            let answer = server.ask(&ben, method.clone(), &path, body).await;
            assert_eq!(answer, expected, "{method} {path}");
        }
    }
    for (method, body) in [(Method::GET, None), (Method::POST, Some(r#"{"title": "planted"}"#))] {
        for path in [ada.tasks(), "/api/nobody/tasks".to_owned(), "/api/%FF/tasks".to_owned()] {
            let answer = server.ask(&ben, method.clone(), &path, body).await;
            assert_eq!(answer, expected, "{method} {path}");
        }
    }
    assert_eq!((list(&server, &ada).await, list(&server, &ben).await), before);
}

/// Paths that are no route here: whatever they answer, it does not tell a foreign task from none,
/// and nobody's tasks change.
#[tokio::test]
async fn v2_odd_paths_do_not_tell_a_foreign_task_from_none() {
    let (server, ada, ben) = (Server::new(), ada(), ben());
    let hers = server.create(&ada, "hers").await["id"].as_str().unwrap().to_owned();
    server.create(&ben, "his").await;
    let before = (list(&server, &ada).await, list(&server, &ben).await);
    let forms = |id: &str| {
        let encoded: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
        [
            format!("{}/{encoded}", ben.tasks()),
            format!("{}/{id}/", ben.tasks()),
            format!("{}//{id}", ben.tasks()),
            format!("//api/{}/tasks/{id}", ben.id),
            format!("{}/./{id}", ben.tasks()),
            format!("{}/../../{}/tasks/{id}", ben.tasks(), ada.id),
            format!("{}/%2e%2e/%2e%2e/{}/tasks/{id}", ben.tasks(), ada.id),
            format!("/api/{}/../{}/tasks/{id}", ben.id, ada.id),
            format!("/API/{}/tasks/{id}", ada.id),
            format!("/api/{}/Tasks/{id}", ada.id),
            format!("{}/{id};a=b", ben.tasks()),
            format!("{}/{id}?user_id={}", ben.tasks(), ada.id),
        ]
    };
    for (foreign, missing) in forms(&hers).iter().zip(forms(MISSING)) {
        for (method, rest, body) in ROUTES {
            let foreign = format!("{foreign}{rest}");
            let missing = format!("{missing}{rest}");
            let answer = server.ask(&ben, method.clone(), &foreign, body).await;
            assert_eq!(answer, server.ask(&ben, method.clone(), &missing, body).await, "{foreign}");
            assert!((400..500).contains(&answer.status), "{method} {foreign}: {}", answer.status);
        }
    }
    assert_eq!((list(&server, &ada).await, list(&server, &ben).await), before);
}

#[tokio::test]
async fn v1_no_route_answers_without_a_token() {
    let (server, ada) = (Server::new(), ada());
    let hers = server.create(&ada, "hers").await;
    let before = list(&server, &ada).await;
    let collection = [(Method::GET, ada.tasks()), (Method::POST, ada.tasks())];
    let item = ROUTES.map(|(method, rest, _)| (method, format!("{}{rest}", ada.task(&hers))));
    for (method, path) in collection.into_iter().chain(item) {
        let request = Request::builder().method(&method).uri(&path);
        let request = request.header(header::CONTENT_TYPE, JSON);
        let answer = server.send(request.body(Body::from(r#"{"title": "x"}"#)).unwrap()).await;
        assert_eq!(answer.status, 401, "{method} {path}");
        assert!(answer.headers[header::WWW_AUTHENTICATE].as_bytes().starts_with(b"Bearer"));
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
    assert_eq!(list(&server, &ada).await, before);
}
