#![doc = include_str!("../README.md")]

pub mod accounts;
pub mod addresses;
mod audit;
mod auth_secrets;
pub mod credentials;
pub mod directory;
mod email;
mod email_token;
mod engine;
mod entropy;
mod hashing;
mod ids;
mod keys;
pub mod limits;
pub mod linked;
mod mail;
mod password;
pub mod password_reset;
pub mod profile;
mod secret;
mod session;
pub mod sessions;
mod settings;
pub mod store;
mod text;
mod time;
pub mod tokens;
mod user;
mod verification;

pub use auth_secrets::{AuthSecrets, InvalidAuthSecrets, SecretName};
pub use email::{Email, InvalidEmail};
pub use email_token::{ChangeStep, EmailChange, EmailLink, EmailProof, EmailTokenError};
pub use engine::{Engine, KeysChangeHook, Parts, SessionEndHook, UserDeleteHook};
pub use entropy::{Entropy, NoEntropy};
pub use hashing::{HashingLane, LaneBusy};
pub use ids::{SessionId, SessionToken, UserId};
pub use keys::{
    KeyReport, KeyState, KeyTimes, KeyTimesError, KeysError, PublishedKeys, Rewrapped, Rotated,
    Rotation, Seal, SigningKeys, StoredKey,
};
pub use mail::{Mail, MailLink, MailSubject, NoMail, SendMail};
pub use password::{HashRefused, HashingFailed, Password, PasswordHash, PasswordRefused};
pub use secret::{Secret, SecretTooShort};
pub use session::{EndedSession, Ending, Session, SignedIn};
pub use settings::{EmailSettings, SessionSettings, Settings, TokenSettings, TokenSigning};
pub use text::{ImageAddress, InvalidText, Name};
pub use time::{Clock, InvalidTime, Time};
pub use user::User;
pub use verification::{Purpose, Verification, VerificationId};
