//! `POST /sign-in/email`: a session for whoever knows the password.

use axum::http::HeaderValue;
use axum::http::header::LOCATION;
use serde::Serialize;
use tessera_engine::accounts::{SignIn, SignInError};
use tessera_engine::{Email, HashingFailed, SessionToken, User};
use zeroize::Zeroizing;

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::TrustedForm;
use crate::links;
use crate::members::Members;
use crate::pipeline::{Endpoint, Protocol};
use crate::reply::Reply;

pub(super) struct SignInEmail;

pub(super) struct Input {
    email: String,
    password: Zeroizing<String>,
    callback_url: Option<String>,
    remember_me: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    redirect: bool,
    token: &'a SessionToken,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    user: &'a User,
}

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::JsonOrForm;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        let email = members.string("email");
        let password = members.string("password").map(Zeroizing::new);
        let callback_url = members.optional_string("callbackURL");
        let remember_me = members.optional_boolean("rememberMe");
        match (email, password, callback_url, remember_me) {
            (Some(email), Some(password), Some(callback_url), Some(remember_me)) => {
                let remember_me = remember_me.unwrap_or(true);
                Ok(Self { email, password, callback_url, remember_me })
            }
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for SignInEmail {
    type Input = Input;
    type Guard = TrustedForm;

    async fn answer(
        exchange: &mut Exchange,
        input: Input,
        _: TrustedForm,
    ) -> Result<Reply, Failure> {
        let Input { email, password, callback_url, remember_me } = input;
        let email = Email::parse(&email).map_err(|_| Failure::InvalidEmail)?;
        let device = exchange.device(remember_me);
        let Protocol { engine, settings, .. } = exchange.protocol();
        let verification = links::verify_email(&settings.base_url, callback_url.as_deref());
        let request = SignIn { email, password, device, verification };
        let signed_in = engine.sign_in(request).await?;
        exchange.start_session(&signed_in, remember_me);

        let location = callback_url.as_deref().filter(|url| !url.is_empty());
        let mut reply = Reply::json(&Answer {
            redirect: location.is_some(),
            token: &signed_in.session.token,
            url: callback_url.as_deref(),
            user: &signed_in.user,
        });
        if let Some(Ok(location)) = location.map(HeaderValue::from_str) {
            reply.headers_mut().insert(LOCATION, location);
        }
        Ok(reply.with_token_of(signed_in))
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::InvalidCredentials => Self::InvalidCredentials,
            SignInError::Password(refused) => Self::Password(refused),
            SignInError::Busy(busy) => Self::Busy(busy),
            // The caller learns no more than from a wrong password; the operator has to see to it.
            SignInError::Hashing(failed @ HashingFailed::Stored(_)) => {
                tracing::error!(error = %failed, "an account cannot be signed in to");
                Self::InvalidCredentials
            }
            SignInError::Hashing(failed) => Self::Hashing(failed),
            SignInError::NotVerified => Self::EmailNotVerified,
            SignInError::Token(error) => Self::Token(error),
            SignInError::Store(error) => Self::Store(error),
        }
    }
}
