//! One request on its way to its answer.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, HeaderName, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, request};
use axum::response::{IntoResponse, Response};
use tessera_engine::accounts::Device;
use tessera_engine::sessions::{LiveSession, Renewal};
use tessera_engine::{SessionToken, SignedIn};

use crate::bearer;
use crate::body::query_value;
use crate::cookies::{RequestCookies, ResponseCookies, SetCookie};
use crate::failure::{Failure, chain};
use crate::pipeline::Protocol;
use crate::reply::Reply;

const SET_AUTH_JWT: HeaderName = HeaderName::from_static("set-auth-jwt");
const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");

/// How much of `user-agent` a session remembers, in bytes; more does not tell a device apart.
const MAX_USER_AGENT: usize = 512;

/// Value of the `dont_remember` cookie.
const DONT_REMEMBER: &str = "true";

/// Where a request comes from: an extension that an outer layer sets from the connection, or from
/// a proxy that it trusts. Without it the client is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// A request with its cookies, the session token it presents, and the cookies that its answer will
/// set, whether it succeeds or fails.
pub(crate) struct Exchange {
    protocol: Arc<Protocol>,
    head: request::Parts,
    sent: RequestCookies,
    presented: Option<SessionToken>,
    cookies: ResponseCookies,
    answer_headers: HeaderMap,
}

impl Exchange {
    pub(crate) fn new(protocol: Arc<Protocol>, head: request::Parts) -> Self {
        let sent = RequestCookies::of(&head.headers);
        Self {
            protocol,
            head,
            sent,
            presented: None,
            cookies: ResponseCookies::default(),
            answer_headers: HeaderMap::new(),
        }
    }

    pub(crate) fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    pub(crate) fn head(&self) -> &request::Parts {
        &self.head
    }

    pub(crate) fn query(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    /// The last segment of the path as it was sent: the value of the route's parameter.
    pub(crate) fn path_parameter(&self) -> &str {
        self.head.uri.path().rsplit('/').next().unwrap_or_default()
    }

    /// A query option as JavaScript reads it: any value but the empty one is true, `false` too.
    pub(crate) fn query_flag(&self, name: &str) -> bool {
        query_value(self.query(), name).is_some_and(|value| !value.is_empty())
    }

    /// Finds the session token: a bearer token that is one, else the cookie's.
    pub(crate) fn find_credential(&mut self) {
        let Protocol { signer, names, .. } = self.protocol.as_ref();
        let bearer = bearer::token(&self.head.headers, signer);
        self.presented = bearer.or_else(|| {
            let cookie = self.sent.get(&names.session_token)?;
            signer.verify(&cookie).map(SessionToken::presented)
        });
    }

    /// The session token that the request presents; whether it opens anything is another question.
    pub(crate) fn presented(&self) -> Option<&SessionToken> {
        self.presented.as_ref()
    }

    /// The copy of the session in the cookie cache, if that is on and the copy is good. Whoever has
    /// only a bad one is to lose it.
    pub(crate) fn cached_session(&mut self) -> Option<SignedIn> {
        let Protocol { settings, names, engine, .. } = self.protocol.as_ref();
        let cache = settings.cookie_cache.as_ref()?;
        let token = self.presented.as_ref()?;
        if self.query_flag("disableCookieCache") {
            return None;
        }
        let copies_last = engine.settings().sessions.copies_last;
        let copy = self.sent.whole(&names.session_data)?;
        let cached = cache.open(&copy, token, engine.now(), copies_last);
        if cached.is_none() {
            self.cookies.push(SetCookie::cleared(&names.session_data));
        }
        cached
    }

    /// Reads the session from the database, and renews one that is due unless that is deferred.
    pub(crate) async fn session(&mut self) -> Result<Option<SignedIn>, Failure> {
        let deferred = self.protocol.settings.defer_session_refresh;
        let renewal = if deferred { Renewal::Deferred } else { self.renewal() };
        Ok(self.live_session(renewal).await?.map(|live| live.signed_in))
    }

    /// Whether a session may be renewed: not one that ends with the browser, nor if the query says
    /// `disableRefresh`.
    pub(crate) fn renewal(&self) -> Renewal {
        if self.is_unremembered() || self.query_flag("disableRefresh") {
            Renewal::Withheld
        } else {
            Renewal::IfDue
        }
    }

    /// Reads the session. The cookie of one that is renewed is sent again; when the token opens
    /// nothing any more, the cookies are cleared.
    pub(crate) async fn live_session(
        &mut self,
        renewal: Renewal,
    ) -> Result<Option<LiveSession>, Failure> {
        let Some(token) = self.presented.clone() else {
            return Ok(None);
        };
        match self.protocol.engine.session(&token, renewal).await {
            Ok(Some(live)) => {
                let is_cached = self.protocol.settings.cookie_cache.is_some();
                if !is_cached {
                    self.clear_session_data();
                }
                if live.renewed {
                    self.set_session_token(&token, true);
                }
                // What is not renewed is not copied anew either: Better Auth stops at the same place.
                if is_cached && self.renewal() == Renewal::IfDue {
                    self.set_session_data(&live.signed_in, true);
                }
                Ok(Some(live))
            }
            Ok(None) => {
                self.clear_session();
                Ok(None)
            }
            Err(error) => {
                let failure = Failure::from(error);
                if matches!(failure, Failure::SessionEndedMeanwhile) {
                    self.clear_session();
                }
                Err(failure)
            }
        }
    }

    /// What a new session remembers of the client.
    pub(crate) fn device(&self, stays_signed_in: bool) -> Device {
        let ip_address = match self.head.extensions.get::<ClientAddress>() {
            Some(ClientAddress(address)) => address.to_canonical().to_string(),
            None => String::new(),
        };
        let user_agent = match self.head.headers.get(USER_AGENT) {
            Some(value) => {
                let text = String::from_utf8_lossy(value.as_bytes());
                text[..text.floor_char_boundary(MAX_USER_AGENT)].to_owned()
            }
            None => String::new(),
        };
        Device { ip_address, user_agent, stays_signed_in }
    }

    /// Sends the cookies of a new session.
    pub(crate) fn start_session(&mut self, signed_in: &SignedIn, stays_signed_in: bool) {
        self.set_session_token(&signed_in.session.token, stays_signed_in);
        let name = &self.protocol.names.dont_remember;
        if !stays_signed_in {
            let value = self.protocol.signer.sign(DONT_REMEMBER);
            self.cookies.push(SetCookie::new(name, value, None));
        } else if self.sent.get(name).is_some() {
            self.cookies.push(SetCookie::cleared(name));
        }
        if self.protocol.settings.cookie_cache.is_some() {
            self.cookies.forget(&self.protocol.names.session_data);
            self.set_session_data(signed_in, stays_signed_in);
        }
    }

    /// Sends the cookies of a session that has changed in the form in which the browser keeps those that
    /// it has sent.
    pub(crate) fn resend_session(&mut self, signed_in: &SignedIn) {
        self.start_session(signed_in, !self.is_unremembered());
    }

    /// Clears all cookies of the session.
    pub(crate) fn clear_session(&mut self) {
        let names = &self.protocol.names;
        self.cookies.set(SetCookie::cleared(&names.session_token));
        self.cookies.set(SetCookie::cleared(&names.session_data));
        self.clear_session_data();
        self.cookies.push(SetCookie::cleared(&self.protocol.names.dont_remember));
    }

    /// Adds a header to the answer, whether the request succeeds or fails.
    pub(crate) fn answer_header(&mut self, name: HeaderName, value: &'static str) {
        self.answer_headers.insert(name, HeaderValue::from_static(value));
    }

    /// Turns the outcome into the response, with the cookies and headers that go along.
    pub(crate) fn respond(mut self, outcome: Result<Reply, Failure>) -> Response {
        let (mut response, session) = match outcome {
            Ok(Reply { response, session }) => (response, session),
            Err(failure) => (failure.into_response(), None),
        };
        let headers = response.headers_mut();
        headers.extend(std::mem::take(&mut self.answer_headers));
        self.cookies.write(&self.protocol.names, headers);
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));

        let jwt = session.and_then(|session| self.jwt(&session));
        let token = self
            .cookies
            .session_token(&self.protocol.names)
            .and_then(|token| HeaderValue::from_str(token).ok());
        let exposed = match (&jwt, &token) {
            (Some(_), Some(_)) => Some("set-auth-jwt, set-auth-token"),
            (Some(_), None) => Some("set-auth-jwt"),
            (None, Some(_)) => Some("set-auth-token"),
            (None, None) => None,
        };
        for (name, value) in [(SET_AUTH_JWT, jwt), (SET_AUTH_TOKEN, token)] {
            if let Some(mut value) = value {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        if let Some(exposed) = exposed {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
        }
        response
    }

    /// A JWT for a response header. The session is good without it, so a failure stays in the log.
    fn jwt(&self, session: &SignedIn) -> Option<HeaderValue> {
        match self.protocol.engine.token(session) {
            Ok(token) => HeaderValue::from_str(&token).ok(),
            Err(error) => {
                tracing::error!(error = chain(&error), "session answered without a token");
                None
            }
        }
    }

    /// Whether the session ends with the browser.
    fn is_unremembered(&self) -> bool {
        let cookie = self.sent.get(&self.protocol.names.dont_remember);
        cookie.is_some_and(|cookie| self.protocol.signer.verify(&cookie) == Some(DONT_REMEMBER))
    }

    fn set_session_token(&mut self, token: &SessionToken, remembered: bool) {
        let protocol = &self.protocol;
        let value = protocol.signer.sign(token.expose());
        let max_age = remembered.then_some(protocol.engine.settings().sessions.expires_in);
        self.cookies.set(SetCookie::new(&protocol.names.session_token, value, max_age));
    }

    /// Puts a copy of the session into the cookie cache, if that is on, and clears what is in the
    /// browser of an earlier one that had more pieces. The session is good without a copy, so a failure
    /// stays in the log.
    fn set_session_data(&mut self, signed_in: &SignedIn, remembered: bool) {
        let Protocol { settings, names, engine, .. } = self.protocol.as_ref();
        let Some(cache) = &settings.cookie_cache else { return };
        let kept = remembered.then_some(engine.settings().sessions.copies_last);
        let mut pieces = match cache.seal(signed_in, engine.now(), kept) {
            Ok(value) => SetCookie::new(&names.session_data, value, kept).in_pieces(names.secure),
            Err(error) => {
                tracing::warn!(error = chain(&error), "session answered without a copy of it");
                Vec::new()
            }
        };
        for kept in self.sent.with_pieces(&names.session_data) {
            let again = pieces.iter().position(|piece| piece.name() == kept);
            let cookie = again.map_or_else(|| SetCookie::cleared(kept), |at| pieces.remove(at));
            self.cookies.push(cookie);
        }
        for piece in pieces {
            self.cookies.push(piece);
        }
    }

    /// Clears what is in the browser of the cookie cache, pieces too.
    fn clear_session_data(&mut self) {
        for name in self.sent.with_pieces(&self.protocol.names.session_data) {
            self.cookies.push(SetCookie::cleared(name));
        }
    }
}
