//! `GET /ok`: whether the server answers.

use serde_json::json;

use crate::body::NoInput;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct Healthy;

impl Endpoint for Healthy {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(_: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        Ok(Reply::json(&json!({ "ok": true })))
    }
}
