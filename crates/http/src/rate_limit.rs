//! Better Auth's rate limits.

use std::net::IpAddr;
use std::time::Duration;

use tessera_engine::limits::{Limit, client_network};

/// For all paths that no special rule names.
const DEFAULT: Limit = Limit { window: Duration::from_secs(10), max: 100 };

/// Paths beginning so, and their limit.
const SPECIAL: [(&str, Limit); 9] = [
    ("/sign-in", GUESSING),
    ("/sign-up", GUESSING),
    ("/change-password", GUESSING),
    ("/change-email", GUESSING),
    // Not the npm package's: here, too, a password can be guessed.
    ("/verify-password", GUESSING),
    ("/delete-user", GUESSING),
    ("/request-password-reset", MAILING),
    ("/send-verification-email", MAILING),
    ("/forget-password", MAILING),
];
const GUESSING: Limit = Limit { window: Duration::from_secs(10), max: 3 };
const MAILING: Limit = Limit { window: Duration::from_secs(60), max: 3 };

/// How often one client may ask for `path`.
pub(crate) fn limit(path: &str) -> Limit {
    SPECIAL.iter().find(|(prefix, _)| path.starts_with(prefix)).map_or(DEFAULT, |&(_, limit)| limit)
}

/// What requests of one client to one path are counted under. Clients without a known address are
/// one client.
pub(crate) fn key(client: Option<IpAddr>, path: &str) -> String {
    match client {
        Some(address) => format!("{}|{path}", client_network(address)),
        None => format!("no-trusted-ip|{path}"),
    }
}
