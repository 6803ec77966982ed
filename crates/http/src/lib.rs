#![doc = include_str!("../README.md")]

mod base_url;
mod bearer;
mod body;
mod callback_url;
mod cookies;
mod csrf;
mod exchange;
mod failure;
mod guard;
mod links;
mod members;
mod origin;
mod pipeline;
mod rate_limit;
mod reply;
mod routes;
mod settings;
mod trusted_origins;
mod web_origin;

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use cookies::{CacheForm, CookieCache};
pub use exchange::ClientAddress;
pub use pipeline::router;
pub use settings::{RateLimit, Settings};
pub use trusted_origins::{InvalidTrustedOrigin, TrustedOrigins};
pub use web_origin::{InvalidWebOrigin, WebOrigin};
