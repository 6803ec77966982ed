//! The web app, carried in the binary and served from memory.

mod assets;
mod encoding;
mod manifest;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;
use tessera_http::WebOrigin;

use crate::answers;
pub(crate) use assets::Assets;
pub use assets::AssetsError;
use assets::{Asset, Variant};

const NOT_FOUND_PAGE: &str = "/404.html";

/// Shown in place of every page when the binary was built without the web app.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Tessera</title><h1>Tessera is running</h1>\
    <p>This binary was built without the web app. Run <code>make build</code> to include it.</p>\n";

/// What pages read in `/config.json`.
#[derive(Clone, Copy)]
pub(crate) struct SiteConfig<'a> {
    /// Where the task API is; `None` for the pages' own origin.
    pub(crate) api_url: Option<&'a WebOrigin>,
    /// Whether the tasks of an account that is deleted are deleted too.
    pub(crate) tasks_go_with_account: bool,
}

/// The web app, for every path that belongs to no API, and `/config.json`.
pub(crate) fn router(assets: Assets, config: SiteConfig<'_>) -> Router {
    let config = json!({
        "apiUrl": config.api_url.map(ToString::to_string),
        "tasksGoWithAccount": config.tasks_go_with_account,
    });
    let config = ([(CACHE_CONTROL, "no-cache")], Json(config));
    Router::new()
        .route("/config.json", get(async move || config))
        .method_not_allowed_fallback(async || answers::method_not_allowed())
        .fallback(serve)
        .with_state(Arc::new(assets))
}

/// A file, a page, or a 404.
async fn serve(State(assets): State<Arc<Assets>>, request: Request) -> Response {
    let path = request.uri().path();
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    match assets.find(path) {
        Some(_) if !readable => not_allowed(),
        Some(asset) => file(asset, request.headers(), StatusCode::OK),
        None if readable && wants_page(path, request.headers()) => {
            missing_page(&assets, request.headers())
        }
        None => answers::not_found(),
    }
}

fn not_allowed() -> Response {
    let mut response = answers::method_not_allowed();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// A person following a link gets a page; a program gets JSON.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let accepts_html = headers
        .get_all(ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|accept| accept.contains("text/html")));
    accepts_html && path != "/api" && !path.starts_with("/api/")
}

fn missing_page(assets: &Assets, headers: &HeaderMap) -> Response {
    if let Some(page) = assets.find(NOT_FOUND_PAGE) {
        return file(page, headers, StatusCode::NOT_FOUND);
    }
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    let status = if assets.is_empty() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    (status, headers, NOT_BUILT).into_response()
}

fn file(asset: &Asset, asked: &HeaderMap, status: StatusCode) -> Response {
    let variant = asset.best_for(encoding::accepted(asked));
    // A missing page is new each time: 304 would say that something is there.
    let unchanged = status == StatusCode::OK && matches(asked, variant);
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (status, variant.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.insert(ETAG, variant.etag.clone());
    headers.insert(CACHE_CONTROL, asset.cache_control.clone());
    if asset.is_compressed() {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if unchanged {
        return response;
    }
    headers.insert(CONTENT_TYPE, asset.content_type.clone());
    if let Some(encoding) = variant.encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    if let Some(policy) = &asset.content_security_policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    response
}

/// Whether the client holds this variant already (RFC 9110 section 13.1.2, weak comparison).
fn matches(asked: &HeaderMap, variant: &Variant) -> bool {
    let Ok(etag) = variant.etag.to_str() else { return false };
    asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value
            .split(',')
            .map(str::trim)
            .any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == etag)
    })
}
