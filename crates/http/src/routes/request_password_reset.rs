//! `POST /request-password-reset`: mails a link to a new password, and never says to whom.

use serde::Serialize;
use tessera_engine::Email;
use tessera_engine::password_reset::RequestResetError;

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::links;
use crate::members::Members;
use crate::pipeline::{Endpoint, Protocol};
use crate::reply::Reply;

pub(super) struct RequestPasswordReset;

pub(super) struct Input {
    email: Email,
    /// The page where the new password is chosen.
    redirect_to: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    status: bool,
    message: &'static str,
}

/// Whoever asks, whether or not there is such an account.
const SAID: Answer = Answer {
    status: true,
    message: "If this email exists in our system, check your email for the reset link",
};

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        match (members.email("email"), members.optional_string("redirectTo")) {
            (Some(email), Some(redirect_to)) => Ok(Self { email, redirect_to }),
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for RequestPasswordReset {
    type Input = Input;
    type Guard = Anyone;

    async fn answer(
        exchange: &mut Exchange,
        Input { email, redirect_to }: Input,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        let Protocol { engine, settings, .. } = exchange.protocol();
        let link = links::reset_password(&settings.base_url, redirect_to.as_deref());
        engine.request_password_reset(&email, link).await?;
        Ok(Reply::json(&SAID))
    }
}

impl From<RequestResetError> for Failure {
    fn from(error: RequestResetError) -> Self {
        match error {
            RequestResetError::NoMail(_) => Self::ResetDisabled,
            RequestResetError::Store(error) => Self::Store(error),
        }
    }
}
