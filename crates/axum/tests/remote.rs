//! A service whose keys come from the issuer's URL.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use tessera_axum::testing::{AUDIENCE, ISSUER, NOW, TokenFactory, guard_at};
use tessera_axum::verify::token::{Algorithm, Jwks, SigningKey};
use tessera_axum::verify::{RemoteKeys, Verifier};
use tessera_axum::{Caller, Guard};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

fn tokens(kid: &str) -> TokenFactory {
    TokenFactory::new(SigningKey::generate(Algorithm::EdDSA).unwrap().with_kid(kid))
}

/// An issuer on loopback: each answer needs a permit. Its URL, and how often it was asked.
async fn issuer(jwks: Jwks, permits: Arc<Semaphore>) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let json = jwks.to_json();
    let answer = move || async move {
        count.fetch_add(1, Ordering::SeqCst);
        permits.acquire().await.unwrap().forget();
        ([("content-type", "application/json")], json)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().route("/jwks", get(answer))).await });
    (url, asked)
}

fn service(url: &str) -> Router {
    let policy = Verifier::builder().issuer(ISSUER).audience(AUDIENCE);
    let guard = guard_at(policy.keys(RemoteKeys::new(url).unwrap()).build().unwrap(), NOW);
    let me = |caller: Caller| async move { caller.user_id().to_string() };
    Router::new().route("/me", get(me)).with_state(guard)
}

async fn ask(service: &Router, token: &str) -> StatusCode {
    let request = Request::get("/me").header("authorization", format!("Bearer {token}"));
    service.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn t4_requests_wait_for_the_keys_they_need_and_none_is_refused() {
    let tokens = tokens("a");
    let jwks = Jwks::from_iter(tokens.public_jwk());
    let permits = Arc::new(Semaphore::new(0));
    let (url, asked) = issuer(jwks, Arc::clone(&permits)).await;
    let service = service(&url);

    let waiting: Vec<_> = (0..20)
        .map(|i| {
            let (service, token) = (service.clone(), tokens.token(&format!("user-{i}")));
            tokio::spawn(async move { ask(&service, &token).await })
        })
        .collect();
    while asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert!(waiting.iter().all(|request| !request.is_finished()));
    permits.add_permits(1);
    for request in waiting {
        assert_eq!(request.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_issuer_that_cannot_be_reached_is_503_and_not_401() {
    let service = service("http://127.0.0.1:1/jwks");
    assert_eq!(ask(&service, &tokens("a").token("ada")).await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_probe_at_the_start_names_the_url() {
    let policy = Verifier::builder().issuer(ISSUER).audience(AUDIENCE);
    let keys = RemoteKeys::builder("http://127.0.0.1:1/jwks".parse().unwrap());
    let keys = keys.timeout(Duration::from_secs(1)).build();
    let guard = Guard::new(policy.keys(keys).build().unwrap());
    let error = guard.probe().unwrap_err().to_string();
    assert!(error.contains("http://127.0.0.1:1/jwks"), "{error}");

    assert!(TokenFactory::hs256().guard().probe().is_ok());
}
