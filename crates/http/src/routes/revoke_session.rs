//! `POST /revoke-session`: ends one of a person's own sessions.

use serde_json::json;
use tessera_engine::SessionToken;

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct RevokeSession;

/// The token of the session to end.
pub(super) struct Revoked(SessionToken);

impl Input for Revoked {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        match members.string("token") {
            Some(token) => Ok(Self(SessionToken::presented(token))),
            None => Err(members.into_failure()),
        }
    }
}

impl Endpoint for RevokeSession {
    type Input = Revoked;
    type Guard = Authenticated;

    /// Somebody else's token and an unknown one are answered like one's own.
    async fn answer(
        exchange: &mut Exchange,
        Revoked(token): Revoked,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        exchange.protocol().engine.revoke_session(&signed_in.user.id, &token).await?;
        if token == signed_in.session.token {
            exchange.clear_session();
        }
        Ok(Reply::json(&json!({ "status": true })))
    }
}
