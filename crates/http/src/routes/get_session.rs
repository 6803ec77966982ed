//! `/get-session`: who is signed in, or `null`.

use axum::http::header::PRAGMA;
use serde::Serialize;
use tessera_engine::sessions::Renewal;
use tessera_engine::{Session, SignedIn, User};

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct GetSession;

/// `POST`, for servers that defer renewal: it renews what a `GET` has said is due, and so never
/// looks at a copy.
pub(super) struct PostGetSession;

/// What a `GET` answers where renewal is deferred.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deferred<'a> {
    session: &'a Session,
    user: &'a User,
    needs_refresh: bool,
}

impl Endpoint for GetSession {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        exchange.answer_header(PRAGMA, "no-cache");
        if let Some(cached) = exchange.cached_session() {
            return Ok(answer(Some(cached)));
        }
        let renewal = exchange.renewal();
        if !exchange.protocol().settings.defer_session_refresh || renewal == Renewal::Withheld {
            return Ok(answer(exchange.session().await?));
        }
        let Some(live) = exchange.live_session(Renewal::Deferred).await? else {
            return Ok(answer(None));
        };
        let SignedIn { session, user } = &live.signed_in;
        let reply = Reply::json(&Deferred { session, user, needs_refresh: live.due });
        Ok(reply.with_token_of(live.signed_in))
    }
}

impl Endpoint for PostGetSession {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        exchange.answer_header(PRAGMA, "no-cache");
        if !exchange.protocol().settings.defer_session_refresh {
            return Err(Failure::RefreshNotDeferred);
        }
        let live = exchange.live_session(exchange.renewal()).await?;
        Ok(answer(live.map(|live| live.signed_in)))
    }
}

fn answer(session: Option<SignedIn>) -> Reply {
    let mut reply = Reply::json(&session);
    reply.session = session;
    reply
}
