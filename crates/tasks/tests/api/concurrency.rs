//! Many requests at once.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use crate::support::{Server, ada};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn k1_fifty_toggles_at_once_end_where_fifty_in_turn_would() {
    let (server, ada) = (Arc::new(Server::new()), Arc::new(ada()));
    let task = server.create(&ada, "one").await;
    let path = format!("{}/complete", ada.task(&task));
    for (toggles, end) in [(50, false), (51, true)] {
        let requests: Vec<_> = (0..toggles)
            .map(|_| {
                let (server, ada, path) = (Arc::clone(&server), Arc::clone(&ada), path.clone());
                tokio::spawn(async move {
                    let answer = server.ask(&ada, Method::PATCH, &path, None).await;
                    assert_eq!(answer.status, 200);
                    answer.json()["completed"].as_bool().unwrap()
                })
            })
            .collect();
        let mut completed = 0;
        for request in requests {
            completed += usize::from(request.await.unwrap());
        }
        // Each saw a state of its own: they alternate from false.
        assert_eq!(completed, usize::div_ceil(toggles, 2));
        let answer = server.ask(&ada, Method::GET, &ada.task(&task), None).await;
        assert_eq!(answer.json()["completed"], json!(end));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn k1_changes_of_different_fields_at_once_do_not_undo_each_other() {
    let (server, ada) = (Arc::new(Server::new()), Arc::new(ada()));
    let mut task = server.create(&ada, "one").await;
    let path = ada.task(&task);
    let bodies = [r#"{"title": "two"}"#, r#"{"description": "d"}"#, r#"{"completed": true}"#];
    let requests: Vec<_> = bodies
        .into_iter()
        .map(|body| {
            let (server, ada, path) = (Arc::clone(&server), Arc::clone(&ada), path.clone());
            tokio::spawn(
                async move { server.ask(&ada, Method::PUT, &path, Some(body)).await.status },
            )
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 200);
    }
    task["title"] = json!("two");
    task["description"] = json!("d");
    task["completed"] = json!(true);
    server.ask(&ada, Method::GET, &path, None).await.assert(200, &task);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn n1_a_hundred_tasks_made_at_once_are_all_there() {
    let (server, ada) = (Arc::new(Server::new()), Arc::new(ada()));
    let requests: Vec<_> = (0..100)
        .map(|number| {
            let (server, ada) = (Arc::clone(&server), Arc::clone(&ada));
            tokio::spawn(async move { server.create(&ada, &format!("{number}")).await })
        })
        .collect();
    for request in requests {
        let task = request.await.unwrap();
        server.ask(&ada, Method::GET, &ada.task(&task), None).await.assert(200, &task);
    }
    let list = server.ask(&ada, Method::GET, &ada.tasks(), None).await.json();
    assert_eq!(list["tasks"].as_array().unwrap().len(), 100);
}
