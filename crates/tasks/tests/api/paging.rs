//! Long lists.

use std::collections::HashMap;

use axum::body::Body;
use http::Method;
use http_body_util::BodyExt;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, prop_assert_eq, proptest};
use serde_json::{Value, json};
use tessera_tasks::Cursor;
use tower::ServiceExt;

use crate::support::{Person, Server, ada, ben};

#[tokio::test]
async fn k3_pages_follow_each_other_and_end() {
    let (server, ada) = (Server::new(), ada());
    let mut tasks = Vec::new();
    for number in 0..5 {
        tasks.insert(0, server.create(&ada, &format!("{number}")).await);
        server.pass(1);
    }
    let mut path = format!("{}?limit=2", ada.tasks());
    for (from, to) in [(0, 2), (2, 4)] {
        let page = server.ask(&ada, Method::GET, &path, None).await.json();
        assert_eq!(page["tasks"], json!(tasks[from..to]));
        let cursor = page["next_cursor"].as_str().unwrap();
        path = format!("{}?limit=2&cursor={cursor}", ada.tasks());
        // Without a limit the rest comes at once.
        let rest = format!("{}?cursor={cursor}", ada.tasks());
        let rest = server.ask(&ada, Method::GET, &rest, None).await;
        rest.assert(200, &json!({"tasks": tasks[to..], "next_cursor": null}));
    }
    let last = json!({"tasks": tasks[4..], "next_cursor": null});
    server.ask(&ada, Method::GET, &path, None).await.assert(200, &last);

    // A page that ends exactly with the list says so.
    let whole = json!({"tasks": tasks, "next_cursor": null});
    let path = format!("{}?limit=5", ada.tasks());
    server.ask(&ada, Method::GET, &path, None).await.assert(200, &whole);
    let path = format!("{}?limit=200&colour=blue", ada.tasks());
    server.ask(&ada, Method::GET, &path, None).await.assert(200, &whole);
}

#[tokio::test]
async fn k3_what_is_no_limit_or_cursor_is_named() {
    let (server, ada) = (Server::new(), ada());
    let limit = "must be a whole number from 1 to 200";
    let cursor = "must be a next_cursor of this list";
    for (query, fields) in [
        ("limit=", json!({"limit": limit})),
        ("limit=0", json!({"limit": limit})),
        ("limit=201", json!({"limit": limit})),
        ("limit=256", json!({"limit": limit})),
        ("limit=-1", json!({"limit": limit})),
        ("limit=ten", json!({"limit": limit})),
        ("limit=1.5", json!({"limit": limit})),
        ("limit=%ff", json!({"limit": limit})),
        ("limit=99999999999999999999", json!({"limit": limit})),
        ("cursor=", json!({"cursor": cursor})),
        ("cursor=abc", json!({"cursor": cursor})),
        ("cursor=%00&limit=x", json!({"cursor": cursor, "limit": limit})),
        ("cursor=x&limit=5&limit=500", json!({"cursor": cursor, "limit": limit})),
    ] {
        let refusal = json!({
            "message": "Some fields are not valid",
            "code": "VALIDATION_ERROR",
            "fields": fields,
        });
        let path = format!("{}?{query}", ada.tasks());
        server.ask(&ada, Method::GET, &path, None).await.assert(400, &refusal);
    }
}

#[tokio::test]
async fn k3_a_cursor_of_someone_else_shows_only_ones_own() {
    let (server, ada, ben) = (Server::new(), ada(), ben());
    let his = server.create(&ben, "his, older").await;
    server.pass(1);
    server.create(&ada, "one").await;
    server.create(&ada, "two").await;
    let path = format!("{}?limit=1", ada.tasks());
    let page = server.ask(&ada, Method::GET, &path, None).await.json();
    let path = format!("{}?cursor={}", ben.tasks(), page["next_cursor"].as_str().unwrap());
    let list = json!({"tasks": [his], "next_cursor": null});
    server.ask(&ben, Method::GET, &path, None).await.assert(200, &list);
}

/// A person with so many tasks, written behind the API's back: titles `0`, `1`, … from the newest.
fn with_tasks(count: usize) -> (Server, Person) {
    let (server, ada) = (Server::new(), ada());
    let id = ada.id;
    server.database.execute(
        &format!(
            "INSERT INTO tessera_task
             SELECT printf('01a1fca3-2c5c-76c5-adec-%012d', value), '{id}', {count} - 1 - value, NULL, 0,
                    printf('2026-11-21T04:00:00.%03dZ', value / 10), '2026-11-21T04:00:00.000Z'
             FROM (WITH RECURSIVE n(value) AS
                   (SELECT 0 UNION ALL SELECT value + 1 FROM n LIMIT {count}) SELECT value FROM n)"
        ),
        &format!(
            "insert into tessera_task
             select ('01a1fca3-2c5c-76c5-adec-' || lpad(value::text, 12, '0'))::uuid, '{id}',
                    {count} - 1 - value, null, false,
                    timestamptz '2026-11-21T04:00:00Z' + value / 10 * interval '1 millisecond',
                    '2026-11-21T04:00:00Z'
             from generate_series(0, {count} - 1) as n(value)"
        ),
    );
    (server, ada)
}

fn titles(list: &Value) -> Vec<usize> {
    let tasks = list["tasks"].as_array().unwrap();
    tasks.iter().map(|task| task["title"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn k3_without_a_cursor_the_whole_list_comes_however_long() {
    for count in [199, 200, 201, 400, 1_000] {
        let (server, ada) = with_tasks(count);
        let list = server.ask(&ada, Method::GET, &ada.tasks(), None).await.json();
        assert_eq!(titles(&list), (0..count).collect::<Vec<_>>());
        assert_eq!(list["next_cursor"], json!(null));
    }
}

#[tokio::test]
async fn a_long_list_is_read_as_the_client_takes_it() {
    let (server, ada) = with_tasks(1_000);
    let request = ada.request(Method::GET, &ada.tasks()).body(Body::empty()).unwrap();
    let mut body = server.router.clone().oneshot(request).await.unwrap().into_body();
    let mut json = body.frame().await.unwrap().unwrap().into_data().unwrap().to_vec();
    assert!(json.len() < 100_000, "one part is not the list: {}", json.len());

    // What is deleted before its part is read does not come, even when nothing is left to come.
    let delete = "DELETE FROM tessera_task WHERE CAST(title AS INTEGER) >= 200";
    server.database.execute(delete, delete);
    json.extend(body.collect().await.unwrap().to_bytes());
    let list = serde_json::from_slice(&json).unwrap();
    assert_eq!(titles(&list), (0..200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_that_cannot_be_finished_breaks_off() {
    let (server, ada) = with_tasks(1_000);
    let request = ada.request(Method::GET, &ada.tasks()).body(Body::empty()).unwrap();
    let body = server.router.clone().oneshot(request).await.unwrap().into_body();
    server.database.execute("DROP TABLE tessera_task", "DROP TABLE tessera_task");
    assert!(body.collect().await.is_err(), "nobody takes a part for the whole");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Pages through a list while, between two pages, tasks come and go: what was there from
    /// beginning to end is seen exactly once, in order.
    #[test]
    fn k3_paging_visits_each_task_exactly_once(
        pauses in prop::collection::vec(0..2_u64, 0..25),
        limit in 1..7_usize,
        deletions in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        runtime().block_on(async {
            let (server, ada) = (Server::new(), ada());
            let mut stay = Vec::new();
            for (number, pause) in pauses.into_iter().enumerate() {
                stay.insert(0, server.create(&ada, &format!("{number}")).await);
                server.pass(pause);
            }
            let mut deletions = deletions.into_iter();
            let mut seen: HashMap<String, usize> = HashMap::new();
            let mut order = Vec::new();
            let mut query = format!("?limit={limit}");
            loop {
                let path = format!("{}{query}", ada.tasks());
                let page = server.ask(&ada, Method::GET, &path, None).await.json();
                let tasks = page["tasks"].as_array().unwrap();
                prop_assert!(tasks.len() <= limit);
                for task in tasks {
                    *seen.entry(task["id"].to_string()).or_default() += 1;
                    order.push(task.clone());
                }
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                prop_assert_eq!(tasks.len(), limit);
                query = format!("?limit={limit}&cursor={cursor}");
                server.create(&ada, "came later").await;
                if let Some(index) = deletions.next() && !stay.is_empty() {
                    let gone = stay.remove(index.index(stay.len()));
                    server.ask(&ada, Method::DELETE, &ada.task(&gone), None).await;
                }
            }
            prop_assert!(seen.values().all(|&times| times == 1));
            order.retain(|task| stay.contains(task));
            prop_assert_eq!(order, stay);
            Ok(())
        })?;
    }

    #[test]
    fn k3_no_cursor_breaks_the_list(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let forged = base64_simd::URL_SAFE_NO_PAD.encode_to_string(&bytes);
        prop_assert_eq!(Cursor::parse(&forged), None);
        let escaped: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        runtime().block_on(async {
            let (server, ada) = (Server::new(), ada());
            for cursor in [forged, escaped] {
                let path = format!("{}?cursor={cursor}", ada.tasks());
                prop_assert_eq!(server.ask(&ada, Method::GET, &path, None).await.status, 400);
            }
            Ok(())
        })?;
    }

    /// Well-formed cursors of places that never were, to the ends of time.
    #[test]
    fn k3_a_cursor_may_point_anywhere(year in 0..=9999_u16, id in any::<u128>()) {
        let id = uuid::Uuid::from_u128(id);
        let text = format!("{year:04}-06-01T00:00:00.000Z {id}");
        let cursor = base64_simd::URL_SAFE_NO_PAD.encode_to_string(&text);
        prop_assert_eq!(Cursor::parse(&cursor).unwrap().to_string(), &cursor[..]);
        runtime().block_on(async {
            let (server, ada) = (Server::new(), ada());
            let task = server.create(&ada, "one").await;
            let path = format!("{}?cursor={cursor}", ada.tasks());
            let list = server.ask(&ada, Method::GET, &path, None).await.json();
            let expected: Vec<Value> = if year > 2026 { vec![task] } else { vec![] };
            prop_assert_eq!(&list["tasks"], &json!(expected));
            Ok(())
        })?;
    }
}
