//! `GET /list-sessions`: a person's own live sessions, their tokens included (protocol 4.5).

use crate::body::{Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Fresh;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct ListSessions;

impl Endpoint for ListSessions {
    const BODY: BodyForm = BodyForm::Ignored;
    type Input = ();
    type Guard = Fresh;

    fn parse(_: Body) -> Result<(), Failure> {
        Ok(())
    }

    async fn answer(
        exchange: &mut Exchange,
        (): (),
        Fresh(signed_in): Fresh,
    ) -> Result<Reply, Failure> {
        let sessions = exchange.protocol().engine.sessions_of(&signed_in.user.id).await?;
        Ok(Reply::json(&sessions))
    }
}
