//! When the database fails.

use http::{Method, header};
use serde_json::json;
use tessera_db::DbError;

use crate::support::{Server, ada};

#[tokio::test]
async fn v5_a_database_that_is_gone_is_503() {
    let (server, ada) = (Server::new(), ada());
    std::fs::remove_file(server.folder.path().join("tasks.db")).unwrap();
    let one = format!("{}/019e9d1c-6d40-7cc3-98c4-dc0c0c07398f", ada.tasks());
    for path in [ada.tasks(), one] {
        let answer = server.ask(&ada, Method::GET, &path, None).await;
        answer.assert(
            503,
            &json!({
                "message": "Tasks cannot be reached right now. Please try again.",
                "code": "UNAVAILABLE",
            }),
        );
        assert_eq!(answer.headers[header::RETRY_AFTER], "1");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn v5_a_full_disk_is_503_and_nothing_is_half_written() {
    let (server, ada) = (Server::new(), ada());
    let task = server.create(&ada, "before").await;
    let pages = |count: u32| {
        server.db.write(move |connection| -> Result<(), DbError> {
            Ok(connection.execute_batch(&format!("PRAGMA max_page_count = {count}"))?)
        })
    };
    pages(1).await.unwrap();
    // Long enough to need a new page.
    let body = json!({"title": "after", "description": "🧀".repeat(1000)}).to_string();
    let answer = server.ask(&ada, Method::POST, &ada.tasks(), Some(&body)).await;
    answer.assert(
        503,
        &json!({
            "message": "Tasks cannot be reached right now. Please try again.",
            "code": "UNAVAILABLE",
        }),
    );
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    let list = json!({"tasks": [task], "next_cursor": null});
    server.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(200, &list);

    pages(100_000).await.unwrap();
    let answer = server.ask(&ada, Method::POST, &ada.tasks(), Some(&body)).await;
    assert_eq!(answer.status, 201);
}

#[tokio::test]
async fn v5_a_database_without_our_tables_is_500_and_says_nothing_more() {
    let (server, ada) = (Server::without_tables(), ada());
    let failure = json!({"message": "Something went wrong", "code": "INTERNAL_ERROR"});
    server.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(500, &failure);
    let body = Some(r#"{"title": "x"}"#);
    server.ask(&ada, Method::POST, &ada.tasks(), body).await.assert(500, &failure);
}
