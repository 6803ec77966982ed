//! The password of somebody who is signed in: checking and changing it.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::accounts::Device;
use crate::audit;
use crate::engine::{Engine, to_the_end};
use crate::entropy::NoEntropy;
use crate::hashing::LaneBusy;
use crate::ids::UserId;
use crate::password::{HashingFailed, Password, PasswordHash, PasswordRefused};
use crate::session::Session;
use crate::sessions::sessions_ended;
use crate::store::{PasswordChange, StoreError};
use crate::user::User;

/// Somebody who is signed in wants another password.
#[derive(Debug)]
pub struct ChangePassword {
    /// Who.
    pub user: User,
    /// The password that they say they have.
    pub current: Zeroizing<String>,
    /// The one that they want.
    pub new: Zeroizing<String>,
    /// On which device a new session begins when all of theirs end; without it none ends.
    pub start_anew_on: Option<Device>,
}

/// Why a password was not accepted, or not changed.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The password breaks a rule.
    #[error(transparent)]
    Refused(#[from] PasswordRefused),
    /// The person has no password to sign in with.
    #[error("the account has no password")]
    NoPassword,
    /// It is not theirs, or no longer.
    #[error("wrong password")]
    Wrong,
    /// The hashing lane is full.
    #[error(transparent)]
    Busy(#[from] LaneBusy),
    /// A password could not be hashed or checked.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Whether this is the person's password; an error says why not.
    pub async fn verify_password(
        &self,
        user: &UserId,
        password: &str,
    ) -> Result<(), CredentialError> {
        self.check_own_password(user, password).await.map(drop)
    }

    /// Changes a password and, if so asked, ends all sessions of its owner and begins a new one, which
    /// is the answer.
    ///
    /// The password that was checked is the one that is replaced: of changes that race, one wins, and
    /// to all others the password is no longer right.
    pub async fn change_password(
        &self,
        request: ChangePassword,
    ) -> Result<Option<Session>, CredentialError> {
        let ChangePassword { user, current, new, start_anew_on } = request;
        let new = Password::choose(&new)?;
        let checked = self.check_own_password(&user.id, &current).await?;
        let new = self.hash_chosen::<CredentialError>(new, &user.email, &user.name).await?;

        let cutoff = self.cutoff();
        let session = start_anew_on
            .map(|device| self.new_session(&user, device, cutoff.ended_at))
            .transpose()?;
        let change =
            PasswordChange { user: user.id.clone(), checked, new, session: session.clone() };
        let (store, on_end) = (Arc::clone(&self.store), Arc::clone(&self.on_session_end));
        to_the_end(async move {
            let Some(ended) = store.change_password(change, cutoff).await? else {
                audit::password_refused(&user.id, "changed_meanwhile");
                return Err(CredentialError::Wrong);
            };
            audit::password_changed(&user.id);
            sessions_ended(&on_end, &ended, "change_password");
            if let Some(session) = &session {
                audit::signed_in(session);
            }
            Ok(session)
        })
        .await
    }

    /// The stored form of the person's password, if it is the one presented.
    async fn check_own_password(
        &self,
        user: &UserId,
        presented: &str,
    ) -> Result<PasswordHash, CredentialError> {
        let presented = Password::present(presented)?;
        let Some(stored) = self.store.find_password(user).await? else {
            audit::password_refused(user, "account_without_password");
            return Err(CredentialError::NoPassword);
        };
        let check = move || stored.verify(&presented).map(|right| right.then_some(stored));
        match self.hashing.run(check).await? {
            Ok(Some(checked)) => Ok(checked),
            Ok(None) => {
                audit::password_refused(user, "wrong_password");
                Err(CredentialError::Wrong)
            }
            Err(error) => {
                audit::password_refused(user, "password_not_checked");
                Err(error.into())
            }
        }
    }
}

impl From<NoEntropy> for CredentialError {
    fn from(error: NoEntropy) -> Self {
        Self::Hashing(error.into())
    }
}
