//! Every way in which a request fails here, and its answer.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use tessera_db::DbError;
use utoipa::ToSchema;

/// What is wrong with each field, by its name.
pub(crate) type FieldErrors = BTreeMap<String, &'static str>;

/// Seconds after which to try again when the database does not answer.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

#[derive(Debug)]
pub(crate) enum Problem {
    /// The body is not a JSON object.
    InvalidJson,
    /// Fields of the body or of the query are wrong.
    Invalid(FieldErrors),
    /// A change without a field.
    NothingToChange,
    UnsupportedMediaType,
    TooLarge,
    /// The body broke off.
    Incomplete,
    NotFound,
    MethodNotAllowed,
    Database(DbError),
    Unwritable(serde_json::Error),
}

/// What went wrong, for people and for programs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Failure {
    /// What happened, in words.
    #[schema(examples("Not found"))]
    pub(crate) message: &'static str,
    /// What happened, as a name that does not change.
    #[schema(examples("NOT_FOUND"))]
    pub(crate) code: &'static str,
    /// With `VALIDATION_ERROR`: every field that is wrong, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BTreeMap<String, String>>, nullable = false)]
    pub(crate) fields: Option<FieldErrors>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, message) = match &self {
            Self::NotFound => return tessera_axum::not_found(),
            Self::InvalidJson => {
                (StatusCode::BAD_REQUEST, "INVALID_JSON", "The body is not a JSON object")
            }
            Self::Incomplete => {
                (StatusCode::BAD_REQUEST, "INCOMPLETE_BODY", "The body is not complete")
            }
            Self::Invalid(_) => {
                (StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "Some fields are not valid")
            }
            Self::NothingToChange => (
                StatusCode::BAD_REQUEST,
                "NOTHING_TO_CHANGE",
                "Give at least one of title, description and completed",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "This path does not take this method",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                "The body is larger than 64 KiB",
            ),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "The content type must be application/json",
            ),
            Self::Database(DbError::Unavailable(_) | DbError::Busy) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "Tasks cannot be reached right now. Please try again.",
            ),
            Self::Database(_) | Self::Unwritable(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "Something went wrong")
            }
        };
        match &self {
            Self::Database(error) => tracing::error!(%error, "the task database failed"),
            Self::Unwritable(error) => tracing::error!(%error, "a task could not be written"),
            _ => {}
        }
        let fields = if let Self::Invalid(fields) = self { Some(fields) } else { None };
        let mut response = (status, Json(Failure { message, code, fields })).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
        }
        response
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Unwritable(error)
    }
}
