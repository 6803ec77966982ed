//! `POST /link-social`: one more way to sign in, at an identity provider, of which there is none.

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Recognized;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct LinkSocial;

/// A well-formed request; only a provider would read more of it.
pub(super) struct Request;

impl Input for Request {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        let callback_url = members.optional_string("callbackURL");
        let provider = members.string_of_union("provider");
        let error_callback_url = members.optional_string("errorCallbackURL");
        match (callback_url, provider, error_callback_url) {
            (Some(_), Some(_), Some(_)) => Ok(Self),
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for LinkSocial {
    type Input = Request;
    type Guard = Recognized;

    async fn answer(_: &mut Exchange, _: Request, _: Recognized) -> Result<Reply, Failure> {
        Err(Failure::ProviderNotFound)
    }
}
