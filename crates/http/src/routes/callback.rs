//! `/callback/:id`: where an identity provider sends people back to. There is none, so nobody has been
//! sent there, and all who come anyway are told so.

use serde_json::{Map, Value};

use crate::body::{self, Body, BodyForm, query_members};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::members::Members;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

/// `GET`, with the provider's answer in the query.
pub(super) struct Callback;

/// `POST`, with the answer in a form, for providers that send forms. A browser withholds `SameSite`
/// cookies from a form of another site, so it is sent on to the `GET`.
pub(super) struct PostedCallback;

/// The members of a provider's answer, in the order in which they are sent on.
const MEMBERS: [&str; 7] =
    ["code", "error", "device_id", "error_description", "state", "user", "iss"];

pub(super) struct Queried(Answered);

pub(super) struct Posted(Answered);

/// The members that are there.
struct Answered(Vec<(&'static str, String)>);

impl Answered {
    fn read(mut members: Members) -> Result<Self, Failure> {
        let found = MEMBERS.map(|name| (name, members.optional_string(name)));
        if found.iter().any(|(_, value)| value.is_none()) {
            return Err(members.into_failure());
        }
        let there = found.into_iter().filter_map(|(name, value)| Some((name, value??)));
        Ok(Self(there.collect()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(member, _)| *member == name).map(|(_, value)| value.as_str())
    }
}

impl body::Input for Queried {
    const FORM: BodyForm = BodyForm::Query;

    fn parse(query: Body) -> Result<Self, Failure> {
        Answered::read(Members::of_query(query)?).map(Self)
    }
}

impl body::Input for Posted {
    const FORM: BodyForm = BodyForm::JsonOrForm;

    fn parse(body: Body) -> Result<Self, Failure> {
        let body = body.or_else(|| Some(Value::Object(Map::new())));
        Answered::read(Members::of(body)?).map(Self)
    }
}

impl Endpoint for Callback {
    type Input = Queried;
    type Guard = Anyone;

    async fn answer(
        exchange: &mut Exchange,
        Queried(answered): Queried,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        let error = match answered.get("state") {
            None | Some("") => "state_not_found",
            Some(_) => "state_mismatch",
        };
        let base_url = &exchange.protocol().settings.base_url;
        Ok(Reply::redirect(&base_url.url_of(&format!("/error?error={error}"))))
    }
}

impl Endpoint for PostedCallback {
    type Input = Posted;
    type Guard = Anyone;

    /// What stands in the query counts before what is in the body.
    async fn answer(
        exchange: &mut Exchange,
        Posted(posted): Posted,
        _: Anyone,
    ) -> Result<Reply, Failure> {
        let queried = Answered::read(Members::of_query(Some(query_members(exchange.query())))?)?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in MEMBERS {
            if let Some(value) = queried.get(name).or_else(|| posted.get(name)) {
                query.append_pair(name, value);
            }
        }
        let path = format!("/callback/{}?{}", exchange.path_parameter(), query.finish());
        Ok(Reply::redirect(&exchange.protocol().settings.base_url.url_of(&path)))
    }
}
