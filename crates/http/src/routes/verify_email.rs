//! `GET /verify-email`: follows a link that verifies an address or changes it.

use serde::Serialize;
use serde_json::json;
use tessera_engine::addresses::{FollowError, Followed};
use tessera_engine::{EmailProof, EmailTokenError, HashingFailed, Session, SignedIn, User};

use crate::callback_url::CallbackUrl;
use crate::exchange::Exchange;
use crate::failure::{Failure, LinkRefusal};
use crate::guard::Anyone;
use crate::links::{self, Link};
use crate::pipeline::{Endpoint, Protocol};
use crate::reply::Reply;

pub(super) struct VerifyEmail;

/// What is answered when the address has changed; `json!` would sort the account's members.
#[derive(Serialize)]
struct Changed<'a> {
    status: bool,
    user: &'a User,
}

impl Endpoint for VerifyEmail {
    type Input = Link;
    type Guard = Anyone;

    async fn answer(
        exchange: &mut Exchange,
        Link { token, callback_url }: Link,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        let page = CallbackUrl::followed(&exchange.protocol().settings, callback_url)?;
        match (follow(exchange, &token, page.as_ref()).await, page) {
            (Ok(_), Some(page)) => Ok(Reply::redirect(page.as_str())),
            (Ok(reply), None) => Ok(reply),
            (Err(Failure::Link(refusal)), Some(page)) => {
                Ok(Reply::redirect(&page.with("error", refusal.code())))
            }
            (Err(Failure::EmailTaken), Some(page)) => {
                Ok(Reply::redirect(&page.with("error", LinkRefusal::Invalid.code())))
            }
            (Err(failure), _) => Err(failure),
        }
    }
}

async fn follow(
    exchange: &mut Exchange,
    token: &str,
    page: Option<&CallbackUrl>,
) -> Result<Reply, Failure> {
    let Protocol { engine, settings, .. } = exchange.protocol();
    let next = links::verify_email(&settings.base_url, page.map(CallbackUrl::as_str));
    let link = engine.read_email_link(token).map_err(FollowError::from)?;
    let asks_who = match link.proof {
        EmailProof::Owns { .. } => engine.settings().emails.sign_in_after_verification,
        EmailProof::Changes(_) => true,
    };
    let presented = match asks_who {
        true => exchange.session().await?,
        false => None,
    };
    let device = exchange.device(true);
    let engine = &exchange.protocol().engine;
    let followed = engine.follow_email_link(link, presented.as_ref(), device, &next).await?;

    let presented = presented.map(|signed_in| signed_in.session);
    match followed {
        Followed::AlreadyVerified => Ok(Reply::json(&json!({ "status": true, "user": null }))),
        Followed::Verified { user, started } => {
            match started {
                Some(session) => exchange.start_session(&SignedIn { session, user }, true),
                None => resend(exchange, presented, user),
            }
            Ok(Reply::json(&json!({ "status": true, "user": null })))
        }
        Followed::Confirmed => Ok(Reply::json(&json!({ "status": true }))),
        Followed::Changed(user) => {
            let reply = Reply::json(&Changed { status: true, user: &user });
            resend(exchange, presented, user);
            Ok(reply)
        }
    }
}

/// A browser that keeps a copy of the session learns that the account has changed.
fn resend(exchange: &mut Exchange, session: Option<Session>, user: User) {
    if let Some(session) = session {
        exchange.resend_session(&SignedIn { session, user });
    }
}

impl From<FollowError> for Failure {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Link(EmailTokenError::Expired) => Self::Link(LinkRefusal::Expired),
            FollowError::Link(EmailTokenError::Invalid) => Self::Link(LinkRefusal::Invalid),
            FollowError::UserNotFound => Self::Link(LinkRefusal::UserNotFound),
            FollowError::NotTheirs => Self::Link(LinkRefusal::NotTheirs),
            FollowError::EmailTaken => Self::EmailTaken,
            FollowError::NoEntropy(error) => Self::Hashing(HashingFailed::from(error)),
            FollowError::Token(error) => Self::Token(error),
            FollowError::Store(error) => Self::Store(error),
        }
    }
}
