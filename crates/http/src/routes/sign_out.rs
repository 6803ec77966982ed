//! `POST /sign-out`: ends the session, and with it its tokens (protocol 4.3).

use serde_json::json;

use crate::body::{Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct SignOut;

impl Endpoint for SignOut {
    const BODY: BodyForm = BodyForm::Json;
    type Input = ();
    type Guard = Anyone;

    fn parse(body: Body) -> Result<(), Failure> {
        match body {
            None => Ok(()),
            body => Members::of(body).map(drop),
        }
    }

    async fn answer(exchange: &mut Exchange, (): (), _: Anyone) -> Result<Reply, Failure> {
        if let Some(token) = exchange.presented() {
            exchange.protocol().engine.sign_out(token).await?;
        }
        exchange.clear_session();
        Ok(Reply::json(&json!({ "success": true })))
    }
}
