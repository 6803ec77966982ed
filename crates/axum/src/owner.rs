//! The caller, where the path says whose things are asked for.

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use tessera_verify::UserId;

use crate::caller::Caller;
use crate::guard::Guard;
use crate::rejection::{Rejection, not_found};

/// A caller whose id is the path's `{user_id}`.
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
pub enum NotOwner {
    /// There is no verified caller: 401 or 503.
    Rejected(Rejection),
    /// The path is another person's: [`not_found`], as for what does not exist.
    NotFound,
}

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
        // A path that is not UTF-8 is nobody's, and so is one without `{user_id}`.
        let path = RawPathParams::from_request_parts(parts, state).await;
        let is_own = path.is_ok_and(|params| {
            let mut ids = params.iter().filter(|(name, _)| *name == "user_id");
            ids.next().is_some_and(|(_, id)| id == caller.user_id().as_str())
        });
        if !is_own {
            let user = tracing::field::display(caller.user_id());
            tracing::warn!(target: "tessera::audit", event = "not_owner", user, "the path is another user's");
            return Err(NotOwner::NotFound);
        }
        Ok(Self(caller))
    }
}
