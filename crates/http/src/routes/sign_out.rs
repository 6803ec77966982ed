//! `POST /sign-out`: ends the session, and with it its tokens.

use serde_json::json;

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct SignOut;

/// An object or nothing; its members are for identity providers, of which there is none.
pub(super) struct Request;

impl Input for Request {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        match body {
            None => Ok(Self),
            body => Members::of(body).map(|_| Self),
        }
    }
}

impl Endpoint for SignOut {
    type Input = Request;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: Request, _: Anyone) -> Result<Reply, Failure> {
        if let Some(token) = exchange.presented() {
            exchange.protocol().engine.sign_out(token).await?;
        }
        exchange.clear_session();
        Ok(Reply::json(&json!({ "success": true })))
    }
}
