//! `POST /unlink-account`: one way less to sign in, as long as another is left.

use serde_json::json;
use tessera_engine::linked::UnlinkError;

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Fresh;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct UnlinkAccount;

/// The id of the account's row.
pub(super) struct Unlinked(String);

impl Input for Unlinked {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        members.string("accountId").map(Self).ok_or_else(|| members.into_failure())
    }
}

impl Endpoint for UnlinkAccount {
    type Input = Unlinked;
    type Guard = Fresh;

    async fn answer(
        exchange: &mut Exchange,
        Unlinked(id): Unlinked,
        Fresh(signed_in): Fresh,
    ) -> Result<Reply, Failure> {
        exchange.protocol().engine.unlink_account(&signed_in.user.id, &id).await?;
        Ok(Reply::json(&json!({ "status": true })))
    }
}

impl From<UnlinkError> for Failure {
    fn from(error: UnlinkError) -> Self {
        match error {
            UnlinkError::LastAccount => Self::LastAccount,
            UnlinkError::NotFound => Self::AccountNotFound,
            UnlinkError::Store(error) => Self::Store(error),
        }
    }
}
