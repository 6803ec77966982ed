//! `POST /delete-user`: the end of an account, if the operator allows it.

use serde::Serialize;
use zeroize::Zeroizing;

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct DeleteUser;

pub(super) struct Input {
    password: Option<Zeroizing<String>>,
    token: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    success: bool,
    message: &'static str,
}

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::Json;

    /// What is empty counts as absent.
    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        let callback_url = members.optional_string("callbackURL");
        let password = members.optional_string("password");
        let token = members.optional_string("token");
        match (callback_url, password, token) {
            (Some(_), Some(password), Some(token)) => {
                let password = password.map(Zeroizing::new).filter(|text| !text.is_empty());
                Ok(Self { password, token: token.filter(|text| !text.is_empty()) })
            }
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for DeleteUser {
    type Input = Input;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        Input { password, token }: Input,
        Authenticated(signed_in): Authenticated,
    ) -> Result<Reply, Failure> {
        let engine = &exchange.protocol().engine;
        if !exchange.protocol().settings.delete_user {
            return Err(Failure::NotFound);
        }
        if let Some(password) = &password {
            engine.verify_password(&signed_in.user.id, password).await?;
        }
        if token.is_some() {
            return Err(Failure::DeletionTokenUnknown);
        }
        if password.is_none() && !engine.is_fresh(&signed_in.session) {
            return Err(Failure::SessionTooOld);
        }
        engine.delete_user(&signed_in.user.id).await?;
        exchange.clear_session();
        Ok(Reply::json(&Answer { success: true, message: "User deleted" }))
    }
}
