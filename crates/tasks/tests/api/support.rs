//! A server with its database and clock, and people with tokens.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tempfile::TempDir;
use tessera_axum::testing::TokenFactory;
use tessera_db::{Postgres, PostgresUrl, Sqlite};
use tessera_tasks::Tasks;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// 2026-11-21T04:00:00.000Z in milliseconds.
const START: u64 = 1_795_233_600_000;

pub(crate) const FILE: &str = "tasks.db";
pub(crate) const JSON: &str = "application/json";

pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) database: Database,
    clock: Arc<AtomicU64>,
}

/// Where a test keeps its tasks.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres(tessera_test_postgres::Database),
}

pub(crate) struct Person {
    pub(crate) id: &'static str,
    token: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::on(Database::fresh())
    }

    pub(crate) fn without_tables() -> Self {
        Self::open(Database::fresh(), false)
    }

    /// On a database that has tables already.
    pub(crate) fn on(database: Database) -> Self {
        Self::open(database, true)
    }

    fn open(database: Database, with_tables: bool) -> Self {
        match &database {
            Database::Sqlite(folder) => {
                let db = Sqlite::open(&folder.path().join(FILE)).unwrap();
                if with_tables {
                    db.migrate("", &[tessera_tasks::migrations()]).unwrap();
                }
                Self::over(db, database)
            }
            Database::Postgres(server) => {
                Self::over(open_postgres(server.url(), with_tables), database)
            }
        }
    }

    pub(crate) fn over(tasks: impl Into<Tasks>, database: Database) -> Self {
        let clock = Arc::new(AtomicU64::new(START));
        let now = {
            let clock = Arc::clone(&clock);
            move || SystemTime::UNIX_EPOCH + Duration::from_millis(clock.load(Ordering::Relaxed))
        };
        let router = tessera_tasks::router(TokenFactory::hs256().guard(), tasks, now);
        Self { router, database, clock }
    }

    pub(crate) fn pass(&self, millis: u64) {
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Sends as that person; a body is declared as JSON.
    pub(crate) async fn ask(
        &self,
        person: &Person,
        method: Method,
        path: &str,
        body: Option<&str>,
    ) -> Answer {
        let mut request = person.request(method, path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, JSON);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_owned()));
        self.send(request.body(body).unwrap()).await
    }

    /// Makes a task with that title, and answers with it.
    pub(crate) async fn create(&self, person: &Person, title: &str) -> Value {
        let body = serde_json::json!({ "title": title }).to_string();
        let answer = self.ask(person, Method::POST, &person.tasks(), Some(&body)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }
}

impl Person {
    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }

    pub(crate) fn tasks(&self) -> String {
        format!("/api/{}/tasks", self.id)
    }

    pub(crate) fn task(&self, task: &Value) -> String {
        format!("/api/{}/tasks/{}", self.id, task["id"].as_str().unwrap())
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn assert(&self, status: u16, body: &Value) {
        assert_eq!((self.status, &self.json()), (status, body));
        assert_eq!(self.headers[header::CONTENT_TYPE], JSON);
    }
}

impl Database {
    pub(crate) fn fresh() -> Self {
        if crate::ON_POSTGRES {
            Self::Postgres(tessera_test_postgres::fresh())
        } else {
            Self::Sqlite(tempfile::tempdir().unwrap())
        }
    }

    /// Runs SQL behind the API's back.
    pub(crate) fn execute(&self, sqlite: &str, postgres: &str) {
        match self {
            Self::Sqlite(folder) => {
                let db = rusqlite::Connection::open(folder.path().join(FILE)).unwrap();
                db.execute_batch(sqlite).unwrap();
            }
            Self::Postgres(database) => drop(database.execute(postgres)),
        }
    }

    /// From now on there is none.
    pub(crate) fn take_away(&self) {
        match self {
            Self::Sqlite(folder) => std::fs::remove_file(folder.path().join(FILE)).unwrap(),
            Self::Postgres(database) => database.drop(),
        }
    }
}

/// Connections that are made while a test is set up live in a runtime that outlives it; those that
/// it makes itself live in its own.
fn open_postgres(url: String, with_tables: bool) -> Postgres {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    let open = async move {
        let url = PostgresUrl::parse(&url).unwrap();
        let db = Postgres::open(url, NonZeroUsize::new(5).unwrap()).await.unwrap();
        if with_tables {
            db.migrate("", &[tessera_tasks::migrations()]).await.unwrap();
        }
        db
    };
    std::thread::spawn(|| RUNTIME.block_on(open)).join().unwrap()
}

pub(crate) fn person(id: &'static str) -> Person {
    Person { id, token: TokenFactory::hs256().token(id) }
}

pub(crate) fn ada() -> Person {
    person("AdaAdaAdaAdaAdaAdaAdaAdaAdaAdaAd")
}

pub(crate) fn ben() -> Person {
    person("BenBenBenBenBenBenBenBenBenBenBe")
}
