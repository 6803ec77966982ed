//! Reading a request: the id in its path and the JSON in its body. Each failure is a [`Problem`].

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;

use crate::input::{Input, Members};
use crate::problem::Problem;
use crate::task::TaskId;

/// The `{id}` of the path. What cannot be an id is no task.
pub(crate) struct PathId(pub(crate) TaskId);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::NotFound)?;
        let id =
            params.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| TaskId::parse(id));
        id.map(Self).ok_or(Problem::NotFound)
    }
}

/// The body, as one JSON object of known fields.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: Input> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::UnsupportedMediaType);
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
                BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                    Problem::TooLarge
                }
                _ => Problem::Incomplete,
            })?;
        T::from_members(Members::parse(&bytes)?).map(Self)
    }
}

/// Whether the one content type is `application/json`, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return false };
    value.to_str().is_ok_and(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/json")
    })
}
