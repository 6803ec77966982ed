//! The routes: the table, and a file for each.

mod callback;
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
///
/// The last segment of a path may be a parameter (`/callback/:id`): any one segment that is not empty.
struct Route {
    method: Method,
    path: &'static str,
    run: Run,
}

type Run = for<'a> fn(&'a mut Exchange, Body) -> Outcome<'a>;

static ROUTES: &[Route] = &[
    post::<sign_up_email::SignUpEmail>("/sign-up/email"),
    post::<sign_in_email::SignInEmail>("/sign-in/email"),
    get::<callback::Callback>("/callback/:id"),
    post::<callback::PostedCallback>("/callback/:id"),
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
    let route = ROUTES.iter().find(|route| route.method == method && route.is_at(path))?;
    Some(route.run)
}

/// What requests for this path are counted under: one name for all values of a parameter, and one
/// for all paths where nothing answers, so that inventing paths fills no memory and evades no limit.
pub(crate) fn counted_as(path: &str) -> &'static str {
    ROUTES.iter().find(|route| route.is_at(path)).map_or("*", |route| route.path)
}

impl Route {
    fn is_at(&self, path: &str) -> bool {
        match self.path.split_once(':') {
            None => path == self.path,
            Some((parent, _)) => path
                .strip_prefix(parent)
                .is_some_and(|segment| !segment.is_empty() && !segment.contains('/')),
        }
    }
}

const fn get<E: Endpoint>(path: &'static str) -> Route {
    Route { method: Method::GET, path, run: run::<E> }
}

const fn post<E: Endpoint>(path: &'static str) -> Route {
    Route { method: Method::POST, path, run: run::<E> }
}
