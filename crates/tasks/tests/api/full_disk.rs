//! When SQLite has no more room.

use http::{Method, header};
use serde_json::json;
use tessera_db::{DbError, Sqlite};

use crate::support::{Database, FILE, Server, ada};

#[tokio::test]
async fn v5_a_full_disk_is_503_and_nothing_is_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let db = Sqlite::open(&folder.path().join(FILE)).unwrap();
    db.migrate("", &[tessera_tasks::migrations()]).unwrap();
    let (server, ada) = (Server::over(db.clone(), Database::Sqlite(folder)), ada());
    let task = server.create(&ada, "before").await;
    let pages = |count: u32| {
        db.write(move |connection| -> Result<(), DbError> {
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
