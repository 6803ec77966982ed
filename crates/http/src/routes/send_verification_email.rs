//! `POST /send-verification-email`: mails a link that verifies an address.

use serde_json::json;
use tessera_engine::Email;
use tessera_engine::addresses::SendVerificationError;

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::links;
use crate::members::Members;
use crate::pipeline::{Endpoint, Protocol};
use crate::reply::Reply;

pub(super) struct SendVerificationEmail;

pub(super) struct Input {
    email: Email,
    callback_url: Option<String>,
}

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        match (members.email("email"), members.optional_string("callbackURL")) {
            (Some(email), Some(callback_url)) => Ok(Self { email, callback_url }),
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for SendVerificationEmail {
    type Input = Input;
    type Guard = Anyone;

    async fn answer(
        exchange: &mut Exchange,
        Input { email, callback_url }: Input,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        exchange.protocol().engine.mail().map_err(|_| Failure::VerificationDisabled)?;
        let session = exchange.session().await?;
        let Protocol { engine, settings, .. } = exchange.protocol();
        let link = links::verify_email(&settings.base_url, callback_url.as_deref());
        engine.send_verification(&email, session.as_ref(), &link).await?;
        Ok(Reply::json(&json!({ "status": true })))
    }
}

impl From<SendVerificationError> for Failure {
    fn from(error: SendVerificationError) -> Self {
        match error {
            SendVerificationError::NoMail(_) => Self::VerificationDisabled,
            SendVerificationError::NotTheirs => Self::EmailMismatch,
            SendVerificationError::AlreadyVerified => Self::EmailAlreadyVerified,
            SendVerificationError::Token(error) => Self::Token(error),
            SendVerificationError::Store(error) => Self::Store(error),
        }
    }
}
