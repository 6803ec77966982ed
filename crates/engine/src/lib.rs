#![doc = include_str!("../README.md")]

pub mod accounts;
mod audit;
mod auth_secrets;
pub mod credentials;
pub mod directory;
mod email;
mod engine;
mod entropy;
mod hashing;
mod ids;
mod keys;
pub mod limits;
pub mod linked;
mod password;
pub mod profile;
mod secret;
mod session;
pub mod sessions;
mod settings;
pub mod store;
mod time;
pub mod tokens;
mod user;

pub use auth_secrets::{AuthSecrets, InvalidAuthSecrets, SecretName};
pub use email::{Email, InvalidEmail};
pub use engine::{Engine, KeysChangeHook, Parts, SessionEndHook};
pub use entropy::{Entropy, NoEntropy};
pub use hashing::{HashingLane, LaneBusy};
pub use ids::{SessionId, SessionToken, UserId};
pub use keys::{
    KeyReport, KeyState, KeyTimes, KeyTimesError, KeysError, PublishedKeys, Rewrapped, Rotated,
    Rotation, Seal, SigningKeys, StoredKey,
};
pub use password::{HashRefused, HashingFailed, Password, PasswordHash, PasswordRefused};
pub use secret::{Secret, SecretTooShort};
pub use session::{EndedSession, Ending, Session, SignedIn};
pub use settings::{SessionSettings, Settings, TokenSettings, TokenSigning};
pub use time::{Clock, InvalidTime, Time};
pub use user::User;
