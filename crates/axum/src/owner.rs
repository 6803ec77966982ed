//! The caller, where the path says whose things are asked for.

use std::fmt;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRef, FromRequestParts, MatchedPath, RawPathParams};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use tessera_verify::UserId;

use crate::caller::Caller;
use crate::guard::Guard;
use crate::rejection::{Rejection, not_found};

/// A caller whose id is the path's `{user_id}`: every one, where a nested route has several. The name
/// is fixed. A route without it answers 404 to everybody, and logs the mistake as an error.
///
/// There is no other way to make one, so what takes an `Owner` cannot be reached for another
/// person's things. Storage that asks for an `&Owner` everywhere cannot forget whose rows it reads.
///
/// ```compile_fail
/// fn forged(caller: tessera_axum::Caller) -> tessera_axum::Owner {
///     tessera_axum::Owner(caller)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Owner(Caller);

impl Owner {
    /// Whose things these are, and who asks.
    pub fn user_id(&self) -> &UserId {
        self.0.user_id()
    }

    /// The caller.
    pub const fn caller(&self) -> &Caller {
        &self.0
    }
}

/// Why there is no [`Owner`].
#[derive(Debug)]
#[non_exhaustive]
pub enum NotOwner {
    /// There is no verified caller: 401 or 503.
    Rejected(Rejection),
    /// The path is another person's, or has no `{user_id}`: [`not_found`], as for what does not exist.
    NotFound,
}

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::NotFound => f.write_str("the path is not the caller's"),
        }
    }
}

impl std::error::Error for NotOwner {}

impl IntoResponse for NotOwner {
    fn into_response(self) -> Response {
        match self {
            Self::Rejected(rejection) => rejection.into_response(),
            Self::NotFound => not_found(),
        }
    }
}

impl<S> FromRequestParts<S> for Owner
where
    S: Send + Sync,
    Guard: FromRef<S>,
{
    type Rejection = NotOwner;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, NotOwner> {
        let caller = Caller::from_request_parts(parts, state).await.map_err(NotOwner::Rejected)?;
        let params = match RawPathParams::from_request_parts(parts, state).await {
            Ok(params) => Some(params),
            // A path that is not UTF-8 is nobody's.
            Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) => return Err(foreign(&caller)),
            // A fallback has no parameters.
            Err(_) => None,
        };
        let mut ids = params.iter().flatten().filter(|(name, _)| *name == "user_id").peekable();
        if ids.peek().is_none() {
            let route = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
            tracing::error!(route, "`Owner` needs a route with {{user_id}}, under that name");
            return Err(NotOwner::NotFound);
        }
        // A nested route may have several, and which one a handler reads is not known here.
        if !ids.all(|(_, id)| id == caller.user_id().as_str()) {
            return Err(foreign(&caller));
        }
        Ok(Self(caller))
    }
}

fn foreign(caller: &Caller) -> NotOwner {
    let user = tracing::field::display(caller.user_id());
    tracing::warn!(target: "tessera::audit", event = "not_owner", user, "the path is another user's");
    NotOwner::NotFound
}
