//! `POST /update-user`: another name or picture.

use serde_json::json;
use tessera_engine::SignedIn;
use tessera_engine::profile::UserChange;

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct UpdateUser;

pub(super) struct Input {
    names_email: bool,
    change: UserChange,
}

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of_record(body)?;
        let names_email = members.is_truthy("email");
        let name = members.optional_name("name");
        let image = members.nullable_image("image");
        match (name, image) {
            (Some(name), Some(image)) => {
                Ok(Self { names_email, change: UserChange { name, image } })
            }
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for UpdateUser {
    type Input = Input;
    type Guard = Authenticated;

    /// The answer carries a new copy of the session for the cookie cache, so an old copy is not enough
    /// to get it: it would never end.
    async fn answer(
        exchange: &mut Exchange,
        Input { names_email, change }: Input,
        Authenticated(SignedIn { session, user }): Authenticated,
    ) -> Result<Reply, Failure> {
        if names_email {
            return Err(Failure::EmailNotUpdatable);
        }
        if change == UserChange::default() {
            return Err(Failure::NothingToUpdate);
        }
        let engine = &exchange.protocol().engine;
        let Some(user) = engine.update_user(&user.id, change).await? else {
            exchange.clear_session();
            return Err(Failure::SessionEndedMeanwhile);
        };
        exchange.resend_session(&SignedIn { session, user });
        Ok(Reply::json(&json!({ "status": true })))
    }
}
