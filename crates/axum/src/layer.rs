//! The guard as a tower layer, for services of any framework.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::guard::Guard;

/// Lets only callers through: the service finds its [`Caller`](crate::Caller) in the request's
/// extensions, and everyone else is answered 401 or 503, with the challenge of RFC 6750 section 3.
///
/// It stands before any service of tower, and so of hyper, whatever its bodies are. Handlers of axum
/// have the caller as `Extension<Caller>`; where they can take `Caller` itself, they need no layer.
///
/// ```
/// use axum::{Extension, Router, body::Body, routing::get};
/// use http::{Request, StatusCode};
/// use tessera_axum::{Caller, testing::TokenFactory};
/// use tower::ServiceExt; // `oneshot`
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = TokenFactory::hs256();
/// let me = async |Extension(caller): Extension<Caller>| caller.user_id().to_string();
/// let app = Router::new().route("/me", get(me)).layer(tokens.guard().layer());
///
/// let nobody = app.clone().oneshot(Request::get("/me").body(Body::empty())?).await?;
/// assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
/// assert_eq!(nobody.headers()["www-authenticate"], r#"Bearer realm="api""#);
///
/// let bearer = format!("Bearer {}", tokens.token("ada"));
/// let ada = Request::get("/me").header("authorization", bearer).body(Body::empty())?;
/// assert_eq!(app.oneshot(ada).await?.status(), StatusCode::OK);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Guard,
}

impl GuardLayer {
    pub(crate) const fn new(guard: Guard) -> Self {
        Self { guard }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService { guard: self.guard.clone(), inner }
    }
}

/// A service behind a [`GuardLayer`].
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    guard: Guard,
    inner: S,
}

impl<S, B, ResponseBody> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<GuardBody<ResponseBody>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; a clone of it may not be.
        let clone = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, clone);
        let guard = self.guard.clone();
        Box::pin(async move {
            match guard.authenticate(request.headers()).await {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    let response = ready.call(request).await?;
                    Ok(response.map(|body| GuardBody { kind: Kind::Service { body } }))
                }
                Err(rejection) => {
                    let response = rejection.into_http();
                    Ok(response.map(|body| GuardBody { kind: Kind::Refusal { body } }))
                }
            }
        })
    }
}

pin_project! {
    /// What a [`GuardService`] answers with: the body of the service behind it, or a refusal's.
    #[derive(Debug)]
    pub struct GuardBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Projected]
    enum Kind<B> {
        Service { #[pin] body: B },
        Refusal { body: Full<Bytes> },
    }
}

impl<B: Body<Data = Bytes>> Body for GuardBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            Projected::Service { body } => body.poll_frame(context),
            Projected::Refusal { body } => Pin::new(body)
                .poll_frame(context)
                .map(|frame| frame.map(|frame| frame.map_err(|never| match never {}))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Service { body } => body.is_end_stream(),
            Kind::Refusal { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Service { body } => body.size_hint(),
            Kind::Refusal { body } => body.size_hint(),
        }
    }
}
