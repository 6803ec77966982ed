//! `/delete-user`: the end of an account, if the operator allows it, and by a mailed link if they ask
//! for one.

use serde::Serialize;
use tessera_engine::HashingFailed;
use tessera_engine::profile::RequestDeletionError;
use zeroize::Zeroizing;

use crate::body::{self, Body, BodyForm};
use crate::callback_url::CallbackUrl;
use crate::exchange::Exchange;
use crate::failure::{Failure, LinkRefusal};
use crate::guard::{Anyone, Authenticated};
use crate::links::{self, Link};
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

/// `POST`: deletes the account, or mails the link.
pub(super) struct DeleteUser;

/// `GET /delete-user/callback`: follows it.
pub(super) struct DeleteUserCallback;

pub(super) struct Input {
    callback_url: Option<String>,
    password: Option<Zeroizing<String>>,
    token: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    message: &'static str,
}

const DELETED: Answer = Answer { success: true, message: "User deleted" };

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::Json;

    /// What is empty counts as absent.
    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        let callback_url = members.optional_string("callbackURL");
        let password = members.optional_string("password");
        let token = members.optional_string("token");
        match (callback_url, password, token) {
            (Some(callback_url), Some(password), Some(token)) => {
                let password = password.map(Zeroizing::new).filter(|text| !text.is_empty());
                let token = token.filter(|text| !text.is_empty());
                Ok(Self { callback_url, password, token })
            }
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for DeleteUser {
    type Input = Input;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        Input { callback_url, password, token }: Input,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let engine = &exchange.protocol().engine;
        if !exchange.protocol().settings.delete_user {
            return Err(Failure::NotFound);
        }
        if let Some(password) = &password {
            engine.verify_password(&signed_in.user.id, password).await?;
        }
        let user = &signed_in.user;
        if let Some(token) = token {
            if !engine.delete_user_by_link(&user.id, &token).await? {
                return Err(Failure::DeletionTokenUnknown);
            }
        } else if exchange.protocol().settings.delete_user_verification {
            let base_url = &exchange.protocol().settings.base_url;
            let link = links::delete_user(base_url, callback_url.as_deref());
            engine.request_deletion(user, &link).await?;
            let message = "Verification email sent";
            return Ok(Reply::json(&Answer { success: true, message }));
        } else if password.is_none() && !engine.is_fresh(&signed_in.session) {
            return Err(Failure::SessionTooOld);
        } else {
            engine.delete_user(&user.id).await?;
        }
        exchange.clear_session();
        Ok(Reply::json(&DELETED))
    }
}

impl Endpoint for DeleteUserCallback {
    type Input = Link;
    type Guard = Anyone;

    /// A person who follows a link that leads nowhere is sent to the page it names, not to raw JSON.
    async fn answer(
        exchange: &mut Exchange,
        Link { token, callback_url }: Link,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        let settings = &exchange.protocol().settings;
        if !settings.delete_user {
            return Err(Failure::NoSuchPage);
        }
        let page = CallbackUrl::followed(settings, callback_url)?;
        match (follow(exchange, &token).await, page) {
            (Ok(()), Some(page)) => Ok(Reply::redirect(page.as_str())),
            (Ok(()), None) => Ok(Reply::json(&DELETED)),
            (Err(Failure::NoUserInfo), Some(page)) => {
                Ok(Reply::redirect(&page.with("error", "FAILED_TO_GET_USER_INFO")))
            }
            (Err(Failure::DeletionTokenUnknown), Some(page)) => {
                Ok(Reply::redirect(&page.with("error", LinkRefusal::Invalid.code())))
            }
            (Err(failure), _) => Err(failure),
        }
    }
}

async fn follow(exchange: &mut Exchange, token: &str) -> Result<(), Failure> {
    let signed_in = exchange.session().await?.ok_or(Failure::NoUserInfo)?;
    let engine = &exchange.protocol().engine;
    if !engine.delete_user_by_link(&signed_in.user.id, token).await? {
        return Err(Failure::DeletionTokenUnknown);
    }
    exchange.clear_session();
    Ok(())
}

impl From<RequestDeletionError> for Failure {
    fn from(error: RequestDeletionError) -> Self {
        match error {
            // The operator asked for links: without one, nothing is deleted.
            RequestDeletionError::NoMail(_) => Self::NotFound,
            RequestDeletionError::NoEntropy(error) => Self::Hashing(HashingFailed::from(error)),
            RequestDeletionError::Store(error) => Self::Store(error),
        }
    }
}
