//! `GET /token`: a JWT for resource servers.

use serde::Serialize;

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Recognized;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct Token;

#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
}

impl Endpoint for Token {
    type Input = NoInput;
    type Guard = Recognized;

    async fn answer(
        exchange: &mut Exchange,
        _: NoInput,
        Recognized(signed_in): Recognized,
    ) -> Result<Reply, Failure> {
        let token = exchange.protocol().engine.token(&signed_in)?;
        Ok(Reply::json(&Answer { token: &token }))
    }
}
