//! `GET /account-info`: what a provider knows about a person; there is no provider to ask.

use super::account_selection::SelectedInQuery;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::QuietlyAuthenticated;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct AccountInfo;

impl Endpoint for AccountInfo {
    type Input = SelectedInQuery;
    type Guard = QuietlyAuthenticated;

    async fn answer(
        exchange: &mut Exchange,
        SelectedInQuery(selection): SelectedInQuery,
        QuietlyAuthenticated(signed_in): QuietlyAuthenticated,
    ) -> Result<Reply, Failure> {
        selection.find(exchange, &signed_in.user.id).await?;
        Err(Failure::ProviderNotConfigured)
    }
}
