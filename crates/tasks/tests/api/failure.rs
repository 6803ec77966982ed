//! When the database fails.

use http::{Method, header};
use serde_json::json;

use crate::support::{Server, ada};

#[tokio::test]
async fn v5_a_database_that_is_gone_is_503() {
    let (server, ada) = (Server::new(), ada());
    server.database.take_away();
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
async fn v5_a_database_without_our_tables_is_500_and_says_nothing_more() {
    let (server, ada) = (Server::without_tables(), ada());
    let failure = json!({"message": "Something went wrong", "code": "INTERNAL_ERROR"});
    server.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(500, &failure);
    let body = Some(r#"{"title": "x"}"#);
    server.ask(&ada, Method::POST, &ada.tasks(), body).await.assert(500, &failure);
}
