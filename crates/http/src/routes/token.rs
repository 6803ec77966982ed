//! `GET /token`: a JWT for resource servers.

use serde::Serialize;

use crate::body::NoInput;
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
    type Input = NoInput;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        _: NoInput,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let token = exchange.protocol().engine.token(&signed_in)?;
        Ok(Reply::json(&Answer { token: &token }))
    }
}
