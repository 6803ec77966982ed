//! `POST /revoke-other-sessions`: ends all of a person's sessions but this one (protocol 4.7).

use serde_json::json;

use crate::body::{Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct RevokeOtherSessions;

impl Endpoint for RevokeOtherSessions {
    const BODY: BodyForm = BodyForm::Json;
    type Input = ();
    type Guard = Authenticated;

    fn parse(_: Body) -> Result<(), Failure> {
        Ok(())
    }

    async fn answer(
        exchange: &mut Exchange,
        (): (),
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let engine = &exchange.protocol().engine;
        engine.revoke_other_sessions(&signed_in.user.id, &signed_in.session.token).await?;
        Ok(Reply::json(&json!({ "status": true })))
    }
}
