//! The interactive page for the API: Swagger UI, with nothing loaded from elsewhere.

use axum::Router;
use axum::routing::get;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use http::{HeaderMap, HeaderValue};

use crate::asset::Asset;

/// Only what is served here. Swagger UI sets style attributes, hence the exception for styles.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

pub(crate) fn router() -> Router {
    let page = Asset::new("text/html; charset=utf-8", include_str!("../docs/index.html"))
        .with(CONTENT_SECURITY_POLICY, POLICY)
        .with(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let start = Asset::new("text/javascript; charset=utf-8", include_str!("../docs/start.js"));
    let script = Asset::new(
        "text/javascript; charset=utf-8",
        &include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"))[..],
    );
    let style = Asset::new(
        "text/css; charset=utf-8",
        &include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"))[..],
    );
    [
        ("/docs", page),
        ("/docs/start.js", start),
        ("/docs/swagger-ui-bundle.js", script.gzipped()),
        ("/docs/swagger-ui.css", style.gzipped()),
    ]
    .into_iter()
    .fold(Router::new(), |router, (path, asset)| {
        router.route(path, get(async move |headers: HeaderMap| asset.answer(&headers)))
    })
}
