//! `POST /verify-password`: whether a password is one's own.

use serde_json::json;
use tessera_engine::credentials::CredentialError;
use zeroize::Zeroizing;

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct VerifyPassword;

pub(super) struct Presented(Zeroizing<String>);

impl Input for Presented {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        match members.string("password") {
            Some(password) => Ok(Self(Zeroizing::new(password))),
            None => Err(members.into_failure()),
        }
    }
}

impl Endpoint for VerifyPassword {
    type Input = Presented;
    type Guard = Authenticated;

    /// To somebody without a password every password is a wrong one.
    async fn answer(
        exchange: &mut Exchange,
        Presented(password): Presented,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let engine = &exchange.protocol().engine;
        match engine.verify_password(&signed_in.user.id, &password).await {
            Ok(()) => Ok(Reply::json(&json!({ "status": true }))),
            Err(CredentialError::NoPassword) => Err(Failure::InvalidPassword),
            Err(error) => Err(error.into()),
        }
    }
}
