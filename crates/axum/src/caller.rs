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
/// Only a [`Guard`] makes one. Cloning shares it. For handlers that strangers may reach there is
/// [`MaybeCaller`], in place of an `Option<Caller>`.
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, StatusCode};
/// use tessera_axum::{Caller, testing::TokenFactory};
/// use tower::ServiceExt; // `oneshot`
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = TokenFactory::hs256();
/// let me = async |caller: Caller| caller.user_id().to_string();
/// let app = Router::new().route("/me", get(me)).with_state(tokens.guard());
///
/// let ada = format!("Bearer {}", tokens.token("ada"));
/// let forged = format!("Bearer {}", TokenFactory::eddsa().token("ada"));
/// for (authorization, status) in [(ada, StatusCode::OK), (forged, StatusCode::UNAUTHORIZED)] {
///     let request = Request::get("/me").header("authorization", authorization);
///     let response = app.clone().oneshot(request.body(Body::empty())?).await?;
///     assert_eq!(response.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
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
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, StatusCode};
/// use tessera_axum::{MaybeCaller, testing::TokenFactory};
/// use tower::ServiceExt; // `oneshot`
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let greet = async |MaybeCaller(caller): MaybeCaller| match caller {
///     Some(caller) => format!("Hello, {}", caller.user_id()),
///     None => "Hello, stranger".to_owned(),
/// };
/// let app = Router::new().route("/", get(greet)).with_state(TokenFactory::hs256().guard());
///
/// let stranger = Request::get("/").body(Body::empty())?;
/// assert_eq!(app.clone().oneshot(stranger).await?.status(), StatusCode::OK);
///
/// let bad_token = Request::get("/").header("authorization", "Bearer a.b.c").body(Body::empty())?;
/// assert_eq!(app.oneshot(bad_token).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(())
/// # }
/// ```
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
