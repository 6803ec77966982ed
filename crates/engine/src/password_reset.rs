//! A new password for whoever reads the account's mail.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::audit;
use crate::email::Email;
use crate::engine::{Engine, afterwards, to_the_end};
use crate::hashing::LaneBusy;
use crate::mail::{Mail, MailLink, MailSubject, NoMail};
use crate::password::{HashingFailed, Password, PasswordRefused};
use crate::sessions::sessions_ended;
use crate::store::{PasswordReset, ResetEnding, StoreError};
use crate::user::User;
use crate::verification::{Purpose, Verification, VerificationId};

/// Why no link was sent. That nobody has the address is no reason: nobody is told.
#[derive(Debug, thiserror::Error)]
pub enum RequestResetError {
    /// Nobody sends mail.
    #[error(transparent)]
    NoMail(#[from] NoMail),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the password is the old one.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// There is no such token, it is used or it has expired.
    #[error("the link is not valid")]
    InvalidToken,
    /// The account is gone.
    #[error("there is no such account")]
    UserNotFound,
    /// The password breaks a rule. The token is as good as before.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// The hashing lane is full.
    #[error(transparent)]
    Busy(#[from] LaneBusy),
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Sends a link with which whoever reads the mail can choose another password, for an hour.
    ///
    /// An address that nobody has is answered alike, after as long: the account is looked up, and
    /// all that follows happens afterwards.
    pub async fn request_password_reset(
        &self,
        email: &Email,
        link: MailLink,
    ) -> Result<(), RequestResetError> {
        let send = Arc::clone(self.mail()?);
        let found = self.store.find_credential(email).await?.map(|found| found.user);
        audit::password_reset_requested(found.as_ref().map(|user| &user.id));
        let (store, entropy, now) = (Arc::clone(&self.store), self.entropy.clone(), self.now());
        afterwards(async move {
            if let Some(User { id, email: to, .. }) = found {
                let issued = Verification::issue(Purpose::ResetPassword, id, &entropy, now)?;
                let (verification, token) = issued;
                store.create_verification(verification).await?;
                send(Mail { to, subject: MailSubject::ResetPassword, link: link.with(&token) });
            }
            Ok(())
        });
        Ok(())
    }

    /// Whether the token would be taken for a new password.
    pub async fn is_reset_token(&self, token: &str) -> Result<bool, StoreError> {
        let identifier = VerificationId::new(Purpose::ResetPassword, token);
        Ok(self.store.find_verification(&identifier, self.now()).await?.is_some())
    }

    /// Sets the password of the account that the token was mailed for. The token works once, however
    /// many try at once, and a password that is refused does not spend it. Other tokens of the
    /// account are good no more.
    ///
    /// When nobody had verified the address, this is the first proof of it: whoever made the account
    /// may have been somebody else, so all its sessions end.
    pub async fn reset_password(
        &self,
        token: &str,
        password: &Zeroizing<String>,
    ) -> Result<(), ResetError> {
        let password = Password::choose(password)?;
        let identifier = VerificationId::new(Purpose::ResetPassword, token);
        // An unknown token is not worth a hash.
        let Some(user_id) = self.store.find_verification(&identifier, self.now()).await? else {
            audit::password_reset_refused();
            return Err(ResetError::InvalidToken);
        };
        let Some(user) = self.store.find_user(&user_id).await? else {
            audit::password_reset_refused();
            return Err(ResetError::UserNotFound);
        };
        let hash = self.hash_chosen::<ResetError>(password, &user.email, &user.name).await?;
        let ending = match self.settings.emails.revoke_sessions_on_password_reset {
            true => ResetEnding::All,
            false => ResetEnding::Unproven,
        };
        let reset = PasswordReset {
            identifier,
            password: hash,
            account_id: self.entropy.alphanumeric(32).map_err(HashingFailed::from)?,
            ending,
            cutoff: self.cutoff(),
        };
        let (store, on_end) = (Arc::clone(&self.store), Arc::clone(&self.on_session_end));
        to_the_end(async move {
            let Some(done) = store.reset_password(reset).await? else {
                audit::password_reset_refused();
                return Err(ResetError::InvalidToken);
            };
            audit::password_reset(&done.user_id);
            sessions_ended(&on_end, &done.ended, "password_reset");
            Ok(())
        })
        .await
    }
}
