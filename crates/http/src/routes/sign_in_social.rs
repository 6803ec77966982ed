//! `POST /sign-in/social`: signing in with an identity provider, of which there is none.

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct SignInSocial;

/// A well-formed request; only a provider would read more of it.
pub(super) struct Request;

impl Input for Request {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        let callback_url = members.optional_string("callbackURL");
        let new_user_callback_url = members.optional_string("newUserCallbackURL");
        let error_callback_url = members.optional_string("errorCallbackURL");
        let provider = members.string_of_union("provider");
        match (callback_url, new_user_callback_url, error_callback_url, provider) {
            (Some(_), Some(_), Some(_), Some(_)) => Ok(Self),
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for SignInSocial {
    type Input = Request;
    type Guard = Anyone;

    async fn answer(_: &mut Exchange, _: Request, _: Anyone) -> Result<Reply, Failure> {
        Err(Failure::ProviderNotFound)
    }
}
