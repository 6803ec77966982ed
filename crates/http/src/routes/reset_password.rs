//! `/reset-password`: from the mailed link to the new password.

use serde_json::json;
use tessera_engine::password_reset::ResetError;
use zeroize::Zeroizing;

use crate::body::{self, Body, BodyForm, query_members};
use crate::callback_url::CallbackUrl;
use crate::exchange::Exchange;
use crate::failure::{Failure, LinkRefusal};
use crate::guard::Anyone;
use crate::members::Members;
use crate::pipeline::{Endpoint, Protocol};
use crate::reply::Reply;

/// `POST`: sets the password. Without a token in the body, the one in the query counts.
pub(super) struct ResetPassword;

/// `GET` with the token in the path: sends on to the page where the password is chosen.
pub(super) struct ResetPasswordLink;

pub(super) struct NewPassword {
    new_password: Zeroizing<String>,
    token: Option<String>,
}

/// The page.
pub(super) struct Page(String);

impl body::Input for NewPassword {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        let new_password = members.string("newPassword").map(Zeroizing::new);
        match (new_password, members.optional_string("token")) {
            (Some(new_password), Some(token)) => Ok(Self { new_password, token }),
            _ => Err(members.into_failure()),
        }
    }
}

impl body::Input for Page {
    const FORM: BodyForm = BodyForm::Query;

    fn parse(query: Body) -> Result<Self, Failure> {
        let mut members = Members::of_query(query)?;
        members.string("callbackURL").map(Self).ok_or_else(|| members.into_failure())
    }
}

impl Endpoint for ResetPassword {
    type Input = NewPassword;
    type Guard = Anyone;

    async fn answer(
        exchange: &mut Exchange,
        NewPassword { new_password, token }: NewPassword,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        let mut query = Members::of_query(Some(query_members(exchange.query())))?;
        let Some(queried) = query.optional_string("token") else {
            return Err(query.into_failure());
        };
        let token = [token, queried].into_iter().flatten().find(|token| !token.is_empty());
        let token = token.ok_or(Failure::InvalidToken)?;
        exchange.protocol().engine.reset_password(&token, &new_password).await?;
        Ok(Reply::json(&json!({ "status": true })))
    }
}

impl Endpoint for ResetPasswordLink {
    type Input = Page;
    type Guard = Anyone;

    async fn answer(
        exchange: &mut Exchange,
        Page(page): Page,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        let Protocol { engine, settings, .. } = exchange.protocol();
        let token = exchange.path_parameter();
        let refused = LinkRefusal::Invalid.code();
        let Some(page) = CallbackUrl::followed(settings, Some(page))? else {
            let error = settings.base_url.url_of(&format!("/error?error={refused}"));
            return Ok(Reply::redirect(&error));
        };
        let location = match engine.is_reset_token(token).await? {
            true => page.absolute_with(settings, "token", token),
            false => page.absolute_with(settings, "error", refused),
        };
        Ok(Reply::redirect(&location))
    }
}

impl From<ResetError> for Failure {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::InvalidToken => Self::InvalidToken,
            ResetError::UserNotFound => Self::UserNotFound,
            ResetError::Password(refused) => Self::Password(refused),
            ResetError::Busy(busy) => Self::Busy(busy),
            ResetError::Hashing(failed) => Self::Hashing(failed),
            ResetError::Store(error) => Self::Store(error),
        }
    }
}
