//! `POST /revoke-sessions`: ends all of a person's sessions, this one too (protocol 4.8).

use serde_json::json;

use crate::body::{Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct RevokeSessions;

impl Endpoint for RevokeSessions {
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
        exchange.protocol().engine.revoke_sessions(&signed_in.user.id).await?;
        exchange.clear_session();
        Ok(Reply::json(&json!({ "status": true })))
    }
}
