//! `GET /ok`: whether the server answers.

use serde_json::json;

use crate::body::{Body, BodyForm};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct Healthy;

impl Endpoint for Healthy {
    const BODY: BodyForm = BodyForm::Ignored;
    type Input = ();
    type Guard = Anyone;

    fn parse(_: Body) -> Result<(), Failure> {
        Ok(())
    }

    async fn answer(_: &mut Exchange, (): (), _: Anyone) -> Result<Reply, Failure> {
        Ok(Reply::json(&json!({ "ok": true })))
    }
}
