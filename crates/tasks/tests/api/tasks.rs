//! What the routes do when all is well.

use axum::body::Body;
use http::{Method, header};
use serde_json::json;

use crate::support::{Server, ada, ben, person};

#[tokio::test]
async fn k1_a_task_lives_from_post_to_delete() {
    let (server, ada) = (Server::new(), ada());
    let empty = json!({"tasks": [], "next_cursor": null});
    server.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(200, &empty);

    let body = r#"{"title": "  Buy milk ", "description": "The oat one"}"#;
    let created = server.ask(&ada, Method::POST, &ada.tasks(), Some(body)).await;
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let mut task = json!({
        "id": id,
        "user_id": ada.id,
        "title": "Buy milk",
        "description": "The oat one",
        "completed": false,
        "created_at": "2026-11-21T04:00:00.000Z",
        "updated_at": "2026-11-21T04:00:00.000Z",
    });
    created.assert(201, &task);
    let path = ada.task(&task);
    assert_eq!(created.headers[header::LOCATION], path);
    assert_eq!(created.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);

    server.ask(&ada, Method::GET, &path, None).await.assert(200, &task);
    let list = json!({"tasks": [task], "next_cursor": null});
    let answer = server.ask(&ada, Method::GET, &ada.tasks(), None).await;
    answer.assert(200, &list);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");

    server.pass(1001);
    task["title"] = json!("Buy more milk");
    task["updated_at"] = json!("2026-11-21T04:00:01.001Z");
    let body = r#"{"title": "Buy more milk"}"#;
    server.ask(&ada, Method::PUT, &path, Some(body)).await.assert(200, &task);

    server.pass(1);
    let complete = format!("{path}/complete");
    task["completed"] = json!(true);
    task["updated_at"] = json!("2026-11-21T04:00:01.002Z");
    server.ask(&ada, Method::PATCH, &complete, None).await.assert(200, &task);
    server.ask(&ada, Method::GET, &path, None).await.assert(200, &task);
    task["completed"] = json!(false);
    server.ask(&ada, Method::PATCH, &complete, None).await.assert(200, &task);

    let deleted = json!({"message": "Task deleted"});
    server.ask(&ada, Method::DELETE, &path, None).await.assert(200, &deleted);
    server.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(200, &empty);
    let gone = json!({"message": "Not found", "code": "NOT_FOUND"});
    for method in [Method::GET, Method::DELETE] {
        server.ask(&ada, method, &path, None).await.assert(404, &gone);
    }
    server.ask(&ada, Method::PUT, &path, Some(body)).await.assert(404, &gone);
    server.ask(&ada, Method::PATCH, &complete, None).await.assert(404, &gone);
}

#[tokio::test]
async fn k1_put_changes_only_the_fields_given() {
    let (server, ada) = (Server::new(), ada());
    let mut task = server.create(&ada, "one").await;
    let path = ada.task(&task);
    for (body, field, value) in [
        (r#"{"description": " kept\n\tas given "}"#, "description", json!(" kept\n\tas given ")),
        (r#"{"completed": true}"#, "completed", json!(true)),
        (r#"{"title": "two"}"#, "title", json!("two")),
        (r#"{"completed": true}"#, "completed", json!(true)),
        (r#"{"description": null}"#, "description", json!(null)),
        (r#"{"description": "again"}"#, "description", json!("again")),
        (r#"{"description": " \n "}"#, "description", json!(null)),
        (r#"{"completed": false}"#, "completed", json!(false)),
    ] {
        task[field] = value;
        server.ask(&ada, Method::PUT, &path, Some(body)).await.assert(200, &task);
        server.ask(&ada, Method::GET, &path, None).await.assert(200, &task);
    }
    let body = r#"{"title": "three", "description": "d", "completed": true}"#;
    task["title"] = json!("three");
    task["description"] = json!("d");
    task["completed"] = json!(true);
    server.ask(&ada, Method::PUT, &path, Some(body)).await.assert(200, &task);
}

#[tokio::test]
async fn k1_newest_first_also_within_a_millisecond() {
    let (server, ada) = (Server::new(), ada());
    let mut tasks = Vec::new();
    for number in 0..20 {
        tasks.insert(0, server.create(&ada, &format!("task {number}")).await);
        server.pass(u64::from(number > 10));
    }
    let list = json!({"tasks": tasks, "next_cursor": null});
    server.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(200, &list);
}

#[tokio::test]
async fn k1_toggling_needs_no_body_and_ignores_any() {
    let (server, ada) = (Server::new(), ada());
    let task = server.create(&ada, "one").await;
    let request = ada
        .request(Method::PATCH, &format!("{}/complete", ada.task(&task)))
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from("not json"))
        .unwrap();
    let answer = server.send(request).await;
    assert_eq!((answer.status, &answer.json()["completed"]), (200, &json!(true)));
}

#[tokio::test]
async fn k1_everyone_has_a_list_of_their_own() {
    let (server, ada, ben) = (Server::new(), ada(), ben());
    let hers = server.create(&ada, "hers").await;
    let his = server.create(&ben, "his").await;
    for (person, task) in [(&ada, hers), (&ben, his)] {
        let list = json!({"tasks": [task], "next_cursor": null});
        server.ask(person, Method::GET, &person.tasks(), None).await.assert(200, &list);
    }
}

#[tokio::test]
async fn k1_the_location_is_a_path_whatever_the_owner_is_called() {
    let (server, zoe) = (Server::new(), person("zoë ?#%"));
    let path = "/api/zo%C3%AB%20%3f%23%25/tasks";
    let created = server.ask(&zoe, Method::POST, path, Some(r#"{"title": "one"}"#)).await;
    let task = created.json();
    assert_eq!(task["user_id"], json!("zoë ?#%"));
    let location = created.headers[header::LOCATION].to_str().unwrap();
    assert_eq!(location, format!("{path}/{}", task["id"].as_str().unwrap()));
    server.ask(&zoe, Method::GET, location, None).await.assert(200, &task);
}
