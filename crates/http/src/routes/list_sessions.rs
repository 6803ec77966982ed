//! `GET /list-sessions`: a person's own live sessions, their tokens included.

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Fresh;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct ListSessions;

impl Endpoint for ListSessions {
    type Input = NoInput;
    type Guard = Fresh;

    async fn answer(
        exchange: &mut Exchange,
        _: NoInput,
        Fresh(signed_in): Fresh,
    ) -> Result<Reply, Failure> {
        let sessions = exchange.protocol().engine.sessions_of(&signed_in.user.id).await?;
        Ok(Reply::json(&sessions))
    }
}
