//! The protocol through its real router: a fresh SQLite database, a set clock.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bearer;
mod bodies;
mod brought_along;
mod callback;
mod cookies;
mod corrupt_rows;
mod csrf;
mod error_page;
mod get_session;
mod hostile;
mod list_and_revoke;
mod logs;
mod outages;
mod rate_limit;
mod redirects;
mod routing;
mod sign_in;
mod sign_out;
mod sign_up;
mod support;
mod tokens;
