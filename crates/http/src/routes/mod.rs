//! The routes: the table, and a file for each.

mod error;
mod get_session;
mod jwks;
mod list_sessions;
mod ok;
mod revoke_other_sessions;
mod revoke_session;
mod revoke_sessions;
mod sign_in_email;
mod sign_out;
mod sign_up_email;
mod token;

use axum::body::Body;
use axum::http::Method;

use crate::exchange::Exchange;
use crate::pipeline::{Endpoint, Outcome, run};

/// A method, a path below the base path, and what answers there.
struct Route {
    method: Method,
    path: &'static str,
    run: Run,
}

type Run = for<'a> fn(&'a mut Exchange, Body) -> Outcome<'a>;

static ROUTES: [Route; 13] = [
    post::<sign_up_email::SignUpEmail>("/sign-up/email"),
    post::<sign_in_email::SignInEmail>("/sign-in/email"),
    post::<sign_out::SignOut>("/sign-out"),
    get::<get_session::GetSession>("/get-session"),
    post::<get_session::PostGetSession>("/get-session"),
    get::<list_sessions::ListSessions>("/list-sessions"),
    post::<revoke_session::RevokeSession>("/revoke-session"),
    post::<revoke_other_sessions::RevokeOtherSessions>("/revoke-other-sessions"),
    post::<revoke_sessions::RevokeSessions>("/revoke-sessions"),
    get::<token::Token>("/token"),
    get::<jwks::Jwks>("/jwks"),
    get::<ok::Healthy>("/ok"),
    get::<error::ErrorPage>("/error"),
];

/// What answers there, if anything does.
pub(crate) fn find(method: &Method, path: &str) -> Option<Run> {
    let route = ROUTES.iter().find(|route| route.path == path && route.method == method)?;
    Some(route.run)
}

/// Whether anything answers there, by whichever method.
pub(crate) fn is_known(path: &str) -> bool {
    ROUTES.iter().any(|route| route.path == path)
}

const fn get<E: Endpoint>(path: &'static str) -> Route {
    Route { method: Method::GET, path, run: run::<E> }
}

const fn post<E: Endpoint>(path: &'static str) -> Route {
    Route { method: Method::POST, path, run: run::<E> }
}
