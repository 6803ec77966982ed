//! `POST /update-session`: for sessions with members of an application's own, which these do not have.

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Recognized;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct UpdateSession;

/// An object; none of its members can be updated.
pub(super) struct Request;

impl Input for Request {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        Members::of_record(body).map(|_| Self)
    }
}

impl Endpoint for UpdateSession {
    type Input = Request;
    type Guard = Recognized;

    async fn answer(_: &mut Exchange, _: Request, _: Recognized) -> Result<Reply, Failure> {
        Err(Failure::NothingToUpdate)
    }
}
