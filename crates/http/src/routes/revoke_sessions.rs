//! `POST /revoke-sessions`: ends all of a person's sessions, this one too.

use serde_json::json;

use crate::body::AnyJson;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct RevokeSessions;

impl Endpoint for RevokeSessions {
    type Input = AnyJson;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        _: AnyJson,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        exchange.protocol().engine.revoke_sessions(&signed_in.user.id).await?;
        exchange.clear_session();
        Ok(Reply::json(&json!({ "status": true })))
    }
}
