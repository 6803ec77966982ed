//! A complete resource server: it knows whose request it handles, and holds no session.
//!
//! `JWT_SECRET=... cargo run --example resource_server`, or `JWKS_URL=...` for an issuer that publishes
//! its keys; then `curl -H "Authorization: Bearer $TOKEN" http://localhost:8000/api/me`.

use std::env;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tessera_axum::verify::{RemoteKeys, Verifier};
use tessera_axum::{Caller, Guard, MaybeCaller, Owner};
use tokio::net::TcpListener;

async fn greet(MaybeCaller(caller): MaybeCaller) -> String {
    let name = caller.as_ref().and_then(Caller::email).unwrap_or("stranger");
    format!("Hello, {name}")
}

async fn me(caller: Caller) -> Json<Value> {
    Json(json!({ "id": caller.user_id(), "email": caller.email() }))
}

async fn notes(owner: Owner) -> Json<Value> {
    Json(json!({ "owner": owner.user_id(), "notes": [] }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let policy =
        Verifier::builder().issuer("http://localhost:3000").audience("http://localhost:3000");
    let policy = match env::var("JWKS_URL") {
        Ok(url) => policy.keys(RemoteKeys::new(&url)?),
        Err(_) => {
            policy.shared_secret(env::var("JWT_SECRET").map_err(|_| "set JWT_SECRET or JWKS_URL")?)
        }
    };
    let guard = Guard::new(policy.build()?);
    guard.probe()?;

    let app = Router::new()
        .route("/", get(greet))
        .route("/api/me", get(me))
        .route("/api/{user_id}/notes", get(notes))
        .with_state(guard);
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app).await?)
}
