//! The protocol through its real router: a fresh SQLite database, a set clock.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bearer;
mod bodies;
mod brought_along;
mod callback;
mod change_password;
mod cookies;
mod corrupt_rows;
mod csrf;
mod deferred_refresh;
mod delete_user;
mod error_page;
mod get_session;
mod hostile;
mod list_accounts;
mod list_and_revoke;
mod logs;
mod outages;
mod password_reset;
mod provider_tokens;
mod rate_limit;
mod redirects;
mod rotation;
mod routing;
mod sign_in;
mod sign_out;
mod sign_up;
mod social;
mod support;
mod tokens;
mod unlink_account;
mod update_session;
mod update_user;
mod verify_password;
