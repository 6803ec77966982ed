//! `POST /revoke-session`: ends one of a person's own sessions (protocol 4.6).

use serde_json::json;
use tessera_engine::SessionToken;

use crate::body::{Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct RevokeSession;

impl Endpoint for RevokeSession {
    const BODY: BodyForm = BodyForm::Json;
    type Input = SessionToken;
    type Guard = Authenticated;

    fn parse(body: Body) -> Result<SessionToken, Failure> {
        let mut members = Members::of(body)?;
        match members.string("token") {
            Some(token) => Ok(SessionToken::presented(token)),
            None => Err(members.into_failure()),
        }
    }

    /// Somebody else's token and an unknown one are answered like one's own.
    async fn answer(
        exchange: &mut Exchange,
        token: SessionToken,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        exchange.protocol().engine.revoke_session(&signed_in.user.id, &token).await?;
        if token == signed_in.session.token {
            exchange.clear_session();
        }
        Ok(Reply::json(&json!({ "status": true })))
    }
}
