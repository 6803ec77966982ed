//! `POST /get-access-token`: a provider's token; there is no provider to give one.

use super::account_selection::SelectedInBody;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::QuietlyAuthenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct GetAccessToken;

impl Endpoint for GetAccessToken {
    type Input = SelectedInBody;
    type Guard = QuietlyAuthenticated;

    async fn answer(
        exchange: &mut Exchange,
        SelectedInBody(selection): SelectedInBody,
        QuietlyAuthenticated(signed_in): QuietlyAuthenticated,
    ) -> Result<Reply, Failure> {
        let account = selection.find(exchange, &signed_in.user.id).await?;
        Err(Failure::ProviderNotSupported(account.provider_id))
    }
}
