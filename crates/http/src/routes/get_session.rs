//! `GET /get-session`: who is signed in, or `null`.

use axum::http::header::PRAGMA;

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct GetSession;

/// `POST /get-session` is for servers that defer renewal, which this one does not.
pub(super) struct PostGetSession;

impl Endpoint for GetSession {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        exchange.answer_header(PRAGMA, "no-cache");
        let session = exchange.session().await?;
        let mut reply = Reply::json(&session);
        reply.session = session;
        Ok(reply)
    }
}

impl Endpoint for PostGetSession {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        exchange.answer_header(PRAGMA, "no-cache");
        Err(Failure::RefreshNotDeferred)
    }
}
