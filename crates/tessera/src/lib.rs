#![doc = include_str!("../README.md")]

mod answers;
pub mod cli;
pub mod compose;
pub mod config;
mod database;
mod dev_mail;
mod health;
mod keys;
mod layers;
mod logging;
mod migrate;
mod secrets;
pub mod serve;
mod upgrade;
mod users;
mod watch;
mod web;

pub use compose::{App, BuildError, build};
pub use config::Config;
pub use keys::KeysCommandError;
pub use secrets::SecretError;
pub use upgrade::UpgradeError;
pub use users::UsersError;
pub use web::AssetsError;
