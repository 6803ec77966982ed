//! The routes: the table, and a file for each.

mod account_info;
mod account_selection;
mod callback;
mod change_email;
mod change_password;
mod delete_user;
mod error;
mod get_access_token;
mod get_session;
mod jwks;
mod link_social;
mod list_accounts;
mod list_sessions;
mod ok;
mod refresh_token;
mod request_password_reset;
mod reset_password;
mod revoke_other_sessions;
mod revoke_session;
mod revoke_sessions;
mod send_verification_email;
mod sign_in_email;
mod sign_in_social;
mod sign_out;
mod sign_up_email;
mod token;
mod unlink_account;
mod update_session;
mod update_user;
mod verify_email;
mod verify_password;

use std::collections::BTreeSet;

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
    post::<sign_in_social::SignInSocial>("/sign-in/social"),
    get::<callback::Callback>("/callback/:id"),
    post::<callback::PostedCallback>("/callback/:id"),
    post::<sign_out::SignOut>("/sign-out"),
    get::<get_session::GetSession>("/get-session"),
    post::<get_session::PostGetSession>("/get-session"),
    get::<list_sessions::ListSessions>("/list-sessions"),
    post::<revoke_session::RevokeSession>("/revoke-session"),
    post::<revoke_other_sessions::RevokeOtherSessions>("/revoke-other-sessions"),
    post::<revoke_sessions::RevokeSessions>("/revoke-sessions"),
    post::<update_user::UpdateUser>("/update-user"),
    post::<update_session::UpdateSession>("/update-session"),
    post::<change_password::ChangePassword>("/change-password"),
    post::<verify_password::VerifyPassword>("/verify-password"),
    post::<delete_user::DeleteUser>("/delete-user"),
    get::<delete_user::DeleteUserCallback>("/delete-user/callback"),
    get::<list_accounts::ListAccounts>("/list-accounts"),
    post::<unlink_account::UnlinkAccount>("/unlink-account"),
    post::<link_social::LinkSocial>("/link-social"),
    post::<get_access_token::GetAccessToken>("/get-access-token"),
    post::<refresh_token::RefreshToken>("/refresh-token"),
    get::<account_info::AccountInfo>("/account-info"),
    post::<request_password_reset::RequestPasswordReset>("/request-password-reset"),
    post::<reset_password::ResetPassword>("/reset-password"),
    get::<reset_password::ResetPasswordLink>("/reset-password/:token"),
    post::<send_verification_email::SendVerificationEmail>("/send-verification-email"),
    get::<verify_email::VerifyEmail>("/verify-email"),
    post::<change_email::ChangeEmail>("/change-email"),
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

/// The paths of all routes, each once, as the router writes them (`/callback/{id}`).
pub(crate) fn path_patterns() -> BTreeSet<String> {
    let pattern = |route: &Route| match route.path.split_once(':') {
        None => route.path.to_owned(),
        Some((parent, parameter)) => format!("{parent}{{{parameter}}}"),
    };
    ROUTES.iter().map(pattern).collect()
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
