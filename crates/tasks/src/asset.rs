//! A file that is part of the program.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Caches keep it, and ask each time whether it is still the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(Clone)]
pub(crate) struct Asset {
    headers: HeaderMap,
    body: Bytes,
}

impl Asset {
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, REVALIDATE);
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        if let Ok(tag) = HeaderValue::try_from(format!("\"{:016x}\"", hasher.finish())) {
            headers.insert(ETAG, tag);
        }
        Self { headers, body }
    }

    /// The body is gzip. It is sent to everyone: every browser takes it, and a second copy for
    /// whoever does not would triple its size.
    pub(crate) fn gzipped(mut self) -> Self {
        self.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        self
    }

    pub(crate) fn with(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn answer(&self, request: &HeaderMap) -> Response {
        let known =
            request.get(IF_NONE_MATCH).is_some_and(|tag| Some(tag) == self.headers.get(ETAG));
        if known {
            return (StatusCode::NOT_MODIFIED, self.headers.clone()).into_response();
        }
        (self.headers.clone(), self.body.clone()).into_response()
    }
}
