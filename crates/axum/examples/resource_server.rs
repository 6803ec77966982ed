//! A complete resource server: it knows whose request it handles, and holds no session.
//!
//! `JWT_SECRET=... cargo run --example resource_server`, then
//! `curl -H "Authorization: Bearer $TOKEN" http://localhost:8000/api/me`.

use axum::Json;
use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tessera_axum::verify::Verifier;
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
    let verifier = Verifier::builder()
        .issuer("http://localhost:3000")
        .audience("http://localhost:3000")
        .shared_secret(std::env::var("JWT_SECRET")?)
        .build()?;
    let app = Router::new()
        .route("/", get(greet))
        .route("/api/me", get(me))
        .route("/api/{user_id}/notes", get(notes))
        .with_state(Guard::new(verifier));
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app).await?)
}
