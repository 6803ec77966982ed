//! Reading a request's body: how large, of which type, well-formed or not.

use axum::http::header::CONTENT_TYPE;
use axum::http::request;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

use crate::failure::Failure;

/// What a request says, in its body or its query, before its members are looked at. `None` when it
/// says nothing.
pub(crate) type Body = Option<Value>;

/// What a route reads.
pub(crate) trait Input: Sized {
    /// Which bodies it reads.
    const FORM: BodyForm;

    /// Takes the body apart.
    fn parse(body: Body) -> Result<Self, Failure>;
}

/// A route that reads nothing.
pub(crate) struct NoInput;

/// A route that takes JSON and looks at none of it.
pub(crate) struct AnyJson;

/// Which bodies a route reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyForm {
    /// None; whatever is sent is left unread.
    Ignored,
    /// JSON.
    Json,
    /// JSON or an HTML form; a form's values are all strings.
    JsonOrForm,
    /// None; the route reads its query instead.
    Query,
}

/// The largest body that is read.
const LIMIT: usize = 64 * 1024;

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

impl BodyForm {
    fn allowed(self) -> &'static [&'static str] {
        match self {
            Self::Ignored | Self::Query => &[],
            Self::Json => &[JSON],
            Self::JsonOrForm => &[FORM, JSON],
        }
    }
}

impl Input for NoInput {
    const FORM: BodyForm = BodyForm::Ignored;

    fn parse(_: Body) -> Result<Self, Failure> {
        Ok(Self)
    }
}

impl Input for AnyJson {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(_: Body) -> Result<Self, Failure> {
        Ok(Self)
    }
}

/// Reads what the route reads. A body without a content type, or empty, counts as absent. A byte
/// order mark before JSON is passed over, as RFC 8259 (8.1) allows.
pub(crate) async fn read(
    form: BodyForm,
    head: &request::Parts,
    body: axum::body::Body,
) -> Result<Body, Failure> {
    match form {
        BodyForm::Ignored => return Ok(None),
        BodyForm::Query => return Ok(Some(query_members(head.uri.query().unwrap_or_default()))),
        BodyForm::Json | BodyForm::JsonOrForm => {}
    }
    let bytes = collect(body).await?;
    let sent = head.headers.get(CONTENT_TYPE).filter(|sent| !sent.is_empty());
    let Some(sent) = sent.filter(|_| !bytes.is_empty()) else {
        return Ok(None);
    };
    let sent = String::from_utf8_lossy(sent.as_bytes());
    let media_type = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |allowed: &&&str| media_type.contains(**allowed);
    match form.allowed().iter().find(is) {
        Some(&FORM) => Ok(Some(Value::Object(form_members(&bytes)))),
        Some(_) => {
            let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
            serde_json::from_slice(text).map(Some).map_err(|_| Failure::MalformedJson)
        }
        None => Err(Failure::UnsupportedMediaType {
            sent: sent.into_owned(),
            allowed: form.allowed().join(", "),
        }),
    }
}

/// The first value of a query member, decoded.
pub(crate) fn query_value(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The members of a query as an object: strings, and arrays of strings for names that come twice.
pub(crate) fn query_members(query: &str) -> Value {
    let mut members = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = Value::String(value.into_owned());
        match members.get_mut(&*name) {
            None => {
                members.insert(name.into_owned(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(members)
}

/// Whether JavaScript takes the value for true.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

async fn collect(body: axum::body::Body) -> Result<Bytes, Failure> {
    match Limited::new(body, LIMIT).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure::PayloadTooLarge),
        // The client broke off; nobody is left to read the answer.
        Err(_) => Err(Failure::MalformedJson),
    }
}

/// The last of several values of one name counts, as it does in the npm package.
fn form_members(bytes: &[u8]) -> Map<String, Value> {
    form_urlencoded::parse(bytes)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}
