//! `GET /list-accounts`: what a person signs in with, without the secrets.

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Recognized;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct ListAccounts;

impl Endpoint for ListAccounts {
    type Input = NoInput;
    type Guard = Recognized;

    async fn answer(
        exchange: &mut Exchange,
        _: NoInput,
        Recognized(signed_in): Recognized,
    ) -> Result<Reply, Failure> {
        let accounts = exchange.protocol().engine.linked_accounts(&signed_in.user.id).await?;
        Ok(Reply::json(&accounts))
    }
}
