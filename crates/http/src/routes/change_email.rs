//! `POST /change-email`: asks for another address.

use serde_json::json;
use tessera_engine::addresses::{ChangeRequested, RequestChangeError};
use tessera_engine::{Email, SignedIn};

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::links;
use crate::members::Members;
use crate::pipeline::{Endpoint, Protocol};
use crate::reply::Reply;

pub(super) struct ChangeEmail;

pub(super) struct Input {
    new_email: Email,
    callback_url: Option<String>,
}

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        match (members.email("newEmail"), members.optional_string("callbackURL")) {
            (Some(new_email), Some(callback_url)) => Ok(Self { new_email, callback_url }),
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for ChangeEmail {
    type Input = Input;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        Input { new_email, callback_url }: Input,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let Protocol { engine, settings, .. } = exchange.protocol();
        let link = links::verify_email(&settings.base_url, callback_url.as_deref());
        match engine.request_email_change(&signed_in, new_email, &link).await? {
            ChangeRequested::LinkSent => {}
            ChangeRequested::Changed(user) => {
                exchange.resend_session(&SignedIn { user, ..signed_in });
            }
        }
        Ok(Reply::json(&json!({ "status": true })))
    }
}

impl From<RequestChangeError> for Failure {
    fn from(error: RequestChangeError) -> Self {
        match error {
            RequestChangeError::Disabled => Self::EmailChangeDisabled,
            RequestChangeError::Same => Self::SameEmail,
            RequestChangeError::NoMail(_) => Self::NobodyToVerify,
            RequestChangeError::Token(error) => Self::Token(error),
            RequestChangeError::Store(error) => Self::Store(error),
        }
    }
}
