//! Extractors for whoever makes the request.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use http::header::AUTHORIZATION;
use http::request::Parts;
use tessera_verify::{Claims, UserId};

use crate::guard::Guard;
use crate::rejection::Rejection;

/// Whoever makes the request, verified. A handler that takes a `Caller` runs for nobody else.
///
/// Only a [`Guard`] makes one. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Claims>);

impl Caller {
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(claims))
    }

    /// `sub`.
    pub fn user_id(&self) -> &UserId {
        self.0.user_id()
    }

    /// `email`.
    pub fn email(&self) -> Option<&str> {
        self.0.email()
    }

    /// `sid`.
    pub fn session_id(&self) -> Option<&str> {
        self.0.session_id()
    }

    /// All claims.
    pub fn claims(&self) -> &Claims {
        &self.0
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Guard: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        Guard::from_ref(state).authenticate(&parts.headers).await
    }
}

/// Whoever makes the request, if they say so: none without an `Authorization` header. A header that
/// is there and does not verify is refused as by [`Caller`].
#[derive(Clone, Debug)]
pub struct MaybeCaller(pub Option<Caller>);

impl<S> FromRequestParts<S> for MaybeCaller
where
    S: Send + Sync,
    Guard: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(Self(None));
        }
        Caller::from_request_parts(parts, state).await.map(|caller| Self(Some(caller)))
    }
}
