//! The layer before services that are not axum's, and where it stands in a router.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::routing::get;
use axum::{Extension, Router};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tessera_axum::Caller;
use tessera_axum::testing::TokenFactory;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::{Layer, Service, ServiceExt, service_fn};

fn name<B>(request: &Request<B>) -> String {
    request.extensions().get::<Caller>().unwrap().user_id().to_string()
}

/// All that a server of hyper writes on one connection.
async fn hyper_answers(authorization: &str) -> String {
    let tokens = TokenFactory::hs256();
    let greet = async |request: Request<Incoming>| {
        let body = BoxBody::new(Full::new(Bytes::from(name(&request))));
        Ok::<_, Infallible>(Response::new(body))
    };
    let service = tokens.guard().layer().layer(service_fn(greet));
    let (mut client, server) = tokio::io::duplex(4096);
    let service = TowerToHyperService::new(service);
    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(server), service));

    let authorization = authorization.replace("TOKEN", &tokens.token("ada"));
    let request =
        format!("GET / HTTP/1.1\r\nhost: localhost\r\n{authorization}connection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn it_guards_a_service_of_hyper() {
    let answer = hyper_answers("authorization: Bearer TOKEN\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-length: 3\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nada"), "{answer}");

    let answer = hyper_answers("").await;
    let body = r#"{"message":"Authentication required","code":"MISSING_TOKEN"}"#;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
    assert!(answer.contains("www-authenticate: Bearer realm=\"api\"\r\n"), "{answer}");
    assert!(answer.contains(&format!("content-length: {}\r\n", body.len())), "{answer}");
    assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
}

/// A body that nothing is turned into, that fails, that says it is over, and that cannot be moved
/// once it is read.
struct Broken(PhantomPinned);

#[derive(Debug, PartialEq)]
struct Cut;

impl Body for Broken {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        Poll::Ready(Some(Err(Cut)))
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(7)
    }
}

#[tokio::test]
async fn a_service_s_body_comes_out_as_it_is() {
    let tokens = TokenFactory::hs256();
    let broken =
        async |_: Request<Empty<Bytes>>| Ok::<_, Infallible>(Response::new(Broken(PhantomPinned)));
    let service = tokens.guard().layer().layer(service_fn(broken));
    let request =
        Request::get("/").header("authorization", format!("Bearer {}", tokens.token("ada")));
    let answer = service.clone().oneshot(request.body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.body().size_hint().exact(), Some(7));
    assert!(answer.body().is_end_stream());
    assert_eq!(answer.into_body().collect().await.unwrap_err(), Cut);

    let answer = service.oneshot(Request::new(Empty::new())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let body = r#"{"message":"Authentication required","code":"MISSING_TOKEN"}"#;
    assert_eq!(answer.body().size_hint().exact(), Some(body.len() as u64));
    assert!(!answer.body().is_end_stream());
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), body);
}

/// What the README says of each.
#[tokio::test]
async fn a_router_is_guarded_where_the_layer_is_put() {
    let tokens = TokenFactory::hs256();
    let routes = || Router::new().route("/inside", get(async |_: Extension<Caller>| "inside"));
    let outside = |router: Router| router.route("/outside", get("outside"));
    let layer = outside(routes().layer(tokens.guard().layer()));
    let route_layer = outside(routes().route_layer(tokens.guard().layer()));
    for (app, unknown) in [(layer, StatusCode::UNAUTHORIZED), (route_layer, StatusCode::NOT_FOUND)]
    {
        let ask = async |path: &str| {
            let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap().status()
        };
        assert_eq!(ask("/inside").await, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("/outside").await, StatusCode::OK);
        assert_eq!(ask("/unknown").await, unknown);
    }
}

/// Never ready.
#[derive(Clone)]
struct Busy;

impl Service<Request<()>> for Busy {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(Empty::new())))
    }
}

#[test]
fn it_is_ready_when_the_service_is() {
    let mut guarded = TokenFactory::hs256().guard().layer().layer(Busy);
    let mut context = Context::from_waker(Waker::noop());
    assert!(guarded.poll_ready(&mut context).is_pending());
}

#[test]
fn n2_a_guard_shows_its_policy_and_no_key() {
    let shown = format!("{:?}", TokenFactory::hs256().guard());
    assert!(shown.starts_with("Guard {") && shown.contains("https://issuer.test"), "{shown}");
    assert!(!shown.contains("a secret for tests"), "{shown}");
}
