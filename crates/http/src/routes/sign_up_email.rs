//! `POST /sign-up/email`: a new account, and its owner signed in.

use serde::Serialize;
use serde_json::Value;
use tessera_engine::accounts::{SignUp, SignUpError, SignedUp};
use tessera_engine::{Email, SessionToken, SignedIn, User};
use zeroize::Zeroizing;

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::TrustedForm;
use crate::links;
use crate::members::{Members, expected};
use crate::pipeline::{Endpoint, Protocol};
use crate::reply::Reply;

pub(super) struct SignUpEmail;

pub(super) struct Input {
    name: String,
    email: Email,
    password: Zeroizing<String>,
    image: Option<String>,
    callback_url: Option<String>,
    remember_me: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    token: Option<&'a SessionToken>,
    user: &'a User,
}

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::JsonOrForm;

    fn parse(body: Body) -> Result<Self, Failure> {
        if !matches!(body, Some(Value::Object(_))) {
            // Better Auth checks the fixed members and the open rest, and reports both.
            let wanted = ["object", "record"];
            let issues = wanted.map(|wanted| expected("body", wanted, body.as_ref()));
            return Err(Failure::Validation(issues.join("; ")));
        }
        let mut members = Members::of(body)?;
        let name = members.name("name");
        let email = members.email("email");
        let password = members.nonempty_string("password").map(Zeroizing::new);
        let image = members.optional_image("image");
        let callback_url = members.optional_string("callbackURL");
        let remember_me = members.optional_boolean("rememberMe");
        match (name, email, password, image, callback_url, remember_me) {
            (
                Some(name),
                Some(email),
                Some(password),
                Some(image),
                Some(callback_url),
                Some(remember_me),
            ) => {
                let remember_me = remember_me.unwrap_or(true);
                Ok(Self { name, email, password, image, callback_url, remember_me })
            }
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for SignUpEmail {
    type Input = Input;
    type Guard = TrustedForm;

    async fn answer(
        exchange: &mut Exchange,
        input: Input,
        _: TrustedForm,
    ) -> Result<Reply, Failure> {
        let Input { name, email, password, image, callback_url, remember_me } = input;
        let device = exchange.device(remember_me);
        let Protocol { engine, settings, .. } = exchange.protocol();
        let verification = links::verify_email(&settings.base_url, callback_url.as_deref());
        let request = SignUp { name, email, password, image, device, verification };
        let SignedUp { user, session } = engine.sign_up(request).await?;
        let token = session.as_ref().map(|session| &session.token);
        let reply = Reply::json(&Answer { token, user: &user });
        match session {
            Some(session) => {
                let signed_in = SignedIn { session, user };
                exchange.start_session(&signed_in, remember_me);
                Ok(reply.with_token_of(signed_in))
            }
            None => Ok(reply),
        }
    }
}

impl From<SignUpError> for Failure {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::Password(refused) => Self::Password(refused),
            SignUpError::EmailTaken => Self::EmailTaken,
            SignUpError::Busy(busy) => Self::Busy(busy),
            SignUpError::Hashing(failed) => Self::Hashing(failed),
            SignUpError::Token(error) => Self::Token(error),
            SignUpError::Store(error) => Self::Store(error),
        }
    }
}
