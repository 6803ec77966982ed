//! `POST /revoke-other-sessions`: ends all of a person's sessions but this one.

use serde_json::json;

use crate::body::AnyJson;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct RevokeOtherSessions;

impl Endpoint for RevokeOtherSessions {
    type Input = AnyJson;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        _: AnyJson,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let engine = &exchange.protocol().engine;
        engine.revoke_other_sessions(&signed_in.user.id, &signed_in.session.token).await?;
        Ok(Reply::json(&json!({ "status": true })))
    }
}
