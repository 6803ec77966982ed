//! The routes. Each proves its [`Owner`] before it looks at anything else of the request.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{DefaultBodyLimit, FromRef, OriginalUri, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch};
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use tessera_axum::{Guard, Owner};
use utoipa::ToSchema;

use crate::input::{NewTask, TaskChange};
use crate::page::Page;
use crate::problem::{Failure, Problem};
use crate::request::{Body, PathId};
use crate::store::Tasks;
use crate::task::{Task, Time};
use crate::{docs, listing, openapi};

/// The largest body, in bytes. The largest task takes about 8 KiB.
const BODY_LIMIT: usize = 64 * 1024;

/// Tasks are private: no cache keeps them.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The task API under `/api/{user_id}/tasks`, its OpenAPI document at `/api/openapi.json`, and its
/// page at `/docs`.
///
/// `tasks` is where they are kept, a [`Sqlite`](tessera_db::Sqlite) or a
/// [`Postgres`](tessera_db::Postgres) with the tables of [`migrations`](crate::migrations); `clock`
/// gives their times.
/// Paths that are not listed are left to the surrounding application.
pub fn router(
    guard: Guard,
    tasks: impl Into<Tasks>,
    clock: impl Fn() -> SystemTime + Send + Sync + 'static,
) -> Router {
    let api = Api { guard, tasks: tasks.into(), clock: Clock(Arc::new(clock)) };
    Router::new()
        .route("/api/{user_id}/tasks", get(list).post(create))
        .route("/api/{user_id}/tasks/{id}", get(find).put(change).delete(remove))
        .route("/api/{user_id}/tasks/{id}/complete", patch(toggle))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(axum::middleware::map_response(keep_out_of_caches))
        .with_state(api)
        .merge(openapi::router())
        .merge(docs::router())
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
}

#[derive(Clone)]
pub(crate) struct Api {
    guard: Guard,
    tasks: Tasks,
    clock: Clock,
}

#[derive(Clone)]
struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    fn now(&self) -> Time {
        Time::from((self.0)())
    }
}

impl FromRef<Api> for Guard {
    fn from_ref(api: &Api) -> Self {
        api.guard.clone()
    }
}

async fn keep_out_of_caches(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

/// A list of tasks, newest first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `listing` writes straight from the rows")]
pub(crate) struct TaskList {
    /// The tasks.
    tasks: Vec<Task<'static>>,
    /// The `cursor` that leads on, or null at the end of the list.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    #[schema(examples("Task deleted"))]
    message: &'static str,
}

/// List tasks
///
/// Newest first: all of them, or a page of `limit` and what follows it by `cursor`. A cursor stays
/// valid while tasks are added and deleted: nothing is listed twice or left out.
#[utoipa::path(
    get,
    path = "/api/{user_id}/tasks",
    operation_id = "listTasks",
    tag = "Tasks",
    params(
        ("limit" = Option<u8>, Query, minimum = 1, maximum = 200, description = "The most tasks to list; without it, all", example = 50),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "The tasks", body = TaskList),
        (status = 400, description = "`limit` or `cursor` is not valid", body = Failure,
            example = json!({"message": "Some fields are not valid", "code": "VALIDATION_ERROR", "fields": {"limit": "must be a whole number from 1 to 200"}})),
    ),
)]
pub(crate) async fn list(
    owner: Owner,
    State(api): State<Api>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let page = Page::parse(&query)?;
    let body = listing::body(api.tasks, owner, page).await?;
    Ok(([(CONTENT_TYPE, JSON)], body).into_response())
}

/// Create a task
///
/// It is not completed yet.
#[utoipa::path(
    post,
    path = "/api/{user_id}/tasks",
    operation_id = "createTask",
    tag = "Tasks",
    request_body = NewTask,
    responses(
        (status = 201, description = "The new task", body = Task,
            headers(("location" = String, description = "Its path"))),
    ),
)]
pub(crate) async fn create(
    owner: Owner,
    State(api): State<Api>,
    OriginalUri(uri): OriginalUri,
    Body(new): Body<NewTask>,
) -> Result<Response, Problem> {
    let task = api.tasks.of(&owner).create(new, api.clock.now()).await?;
    let location = format!("{}/{}", uri.path(), task.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(task)).into_response())
}

/// Read a task
#[utoipa::path(
    get,
    path = "/api/{user_id}/tasks/{id}",
    operation_id = "getTask",
    tag = "Tasks",
    responses((status = 200, description = "The task", body = Task)),
)]
pub(crate) async fn find(
    owner: Owner,
    PathId(id): PathId,
    State(api): State<Api>,
) -> Result<Json<Task<'static>>, Problem> {
    let task = api.tasks.of(&owner).find(id).await?;
    task.map(Json).ok_or(Problem::NotFound)
}

/// Change a task
///
/// Only the fields given change.
#[utoipa::path(
    put,
    path = "/api/{user_id}/tasks/{id}",
    operation_id = "changeTask",
    tag = "Tasks",
    request_body = TaskChange,
    responses((status = 200, description = "The task as it is now", body = Task)),
)]
pub(crate) async fn change(
    owner: Owner,
    PathId(id): PathId,
    State(api): State<Api>,
    Body(change): Body<TaskChange>,
) -> Result<Json<Task<'static>>, Problem> {
    let task = api.tasks.of(&owner).change(id, change, api.clock.now()).await?;
    task.map(Json).ok_or(Problem::NotFound)
}

/// Delete a task
#[utoipa::path(
    delete,
    path = "/api/{user_id}/tasks/{id}",
    operation_id = "deleteTask",
    tag = "Tasks",
    responses((status = 200, description = "The task is gone", body = inline(Done))),
)]
pub(crate) async fn remove(
    owner: Owner,
    PathId(id): PathId,
    State(api): State<Api>,
) -> Result<Json<Done>, Problem> {
    if api.tasks.of(&owner).remove(id).await? {
        Ok(Json(Done { message: "Task deleted" }))
    } else {
        Err(Problem::NotFound)
    }
}

/// Complete or reopen a task
///
/// Completes it when it is open, reopens it when it is completed. Takes no body.
#[utoipa::path(
    patch,
    path = "/api/{user_id}/tasks/{id}/complete",
    operation_id = "toggleTask",
    tag = "Tasks",
    responses((status = 200, description = "The task as it is now", body = Task)),
)]
pub(crate) async fn toggle(
    owner: Owner,
    PathId(id): PathId,
    State(api): State<Api>,
) -> Result<Json<Task<'static>>, Problem> {
    let task = api.tasks.of(&owner).toggle(id, api.clock.now()).await?;
    task.map(Json).ok_or(Problem::NotFound)
}
