//! `GET /token`: a JWT for resource servers (protocol 4.17).

use serde::Serialize;

use crate::body::{Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct Token;

#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
}

impl Endpoint for Token {
    const BODY: BodyForm = BodyForm::Ignored;
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
        let token = exchange.protocol().engine.token(&signed_in)?;
        Ok(Reply::json(&Answer { token: &token }))
    }
}
