//! `POST /change-password`: another password for whoever knows the one there is.

use serde::Serialize;
use tessera_engine::{SessionToken, SignedIn, User, credentials};
use zeroize::Zeroizing;

use crate::body::{self, Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Authenticated;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct ChangePassword;

pub(super) struct Input {
    new: Zeroizing<String>,
    current: Zeroizing<String>,
    revoke_sessions: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    token: Option<&'a SessionToken>,
    user: &'a User,
}

impl body::Input for Input {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        let mut members = Members::of(body)?;
        let new = members.string("newPassword").map(Zeroizing::new);
        let current = members.string("currentPassword").map(Zeroizing::new);
        let revoke_sessions = members.optional_boolean("revokeOtherSessions");
        match (new, current, revoke_sessions) {
            (Some(new), Some(current), Some(revoke_sessions)) => {
                Ok(Self { new, current, revoke_sessions: revoke_sessions.unwrap_or(false) })
            }
            _ => Err(members.into_failure()),
        }
    }
}

impl Endpoint for ChangePassword {
    type Input = Input;
    type Guard = Authenticated;

    async fn answer(
        exchange: &mut Exchange,
        Input { new, current, revoke_sessions }: Input,
        Authenticated(SignedIn { user, .. }): Authenticated,
    ) -> Result<Reply, Failure> {
        // The new session lives as long as one that stays, in whichever form its cookie is kept.
        let start_anew_on = revoke_sessions.then(|| exchange.device(true));
        let change =
            credentials::ChangePassword { user: user.clone(), current, new, start_anew_on };
        match exchange.protocol().engine.change_password(change).await? {
            Some(session) => {
                let signed_in = SignedIn { session, user };
                exchange.resend_session(&signed_in);
                let SignedIn { session, user } = &signed_in;
                Ok(Reply::json(&Answer { token: Some(&session.token), user }))
            }
            None => Ok(Reply::json(&Answer { token: None, user: &user })),
        }
    }
}
