//! `GET /list-accounts`: what a person signs in with, without the secrets.

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct ListAccounts;

impl Endpoint for ListAccounts {
    type Input = NoInput;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        _: NoInput,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let accounts = exchange.protocol().engine.linked_accounts(&signed_in.user.id).await?;
        Ok(Reply::json(&accounts))
    }
}
