//! What a person may change about their account, and the account's end.

use std::sync::Arc;

use crate::audit;
use crate::engine::{Engine, to_the_end};
use crate::entropy::NoEntropy;
use crate::ids::UserId;
use crate::mail::{Mail, MailLink, MailSubject, NoMail};
use crate::sessions::sessions_ended;
use crate::store::StoreError;
use crate::user::User;
use crate::verification::{Purpose, Verification, VerificationId};

/// What is to change about an account; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What to call the person.
    pub name: Option<String>,
    /// Address of a picture; `Some(None)` takes it away.
    pub image: Option<Option<String>>,
}

/// Why no link was mailed.
#[derive(Debug, thiserror::Error)]
pub enum RequestDeletionError {
    /// Nobody sends mail.
    #[error(transparent)]
    NoMail(#[from] NoMail),
    /// No token could be made.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Changes an account and answers with what it then is; `None` when there is none any more.
    pub async fn update_user(
        &self,
        user: &UserId,
        change: UserChange,
    ) -> Result<Option<User>, StoreError> {
        self.store.update_user(user, change, self.now()).await
    }

    /// Deletes an account with its password, its linked accounts and its sessions, whose tokens are
    /// refused from then on; what others keep of the person goes too. Of several who do so at once,
    /// one does it; the others find it done.
    pub async fn delete_user(&self, user: &UserId) -> Result<(), StoreError> {
        self.delete(user, None).await.map(drop)
    }

    /// Mails a link that deletes the account, once and within a day.
    pub async fn request_deletion(
        &self,
        user: &User,
        link: &MailLink,
    ) -> Result<(), RequestDeletionError> {
        let send = self.mail()?;
        let (id, now) = (user.id.clone(), self.now());
        let issued = Verification::issue(Purpose::DeleteAccount, id, &self.entropy, now)?;
        let (verification, token) = issued;
        self.store.create_verification(verification).await?;
        audit::deletion_requested(&user.id);
        let (to, link) = (user.email.clone(), link.with(&token));
        send(Mail { to, subject: MailSubject::DeleteAccount, link });
        Ok(())
    }

    /// Deletes the account as [`Engine::delete_user`] does, if the token of such a link is for it.
    /// False, and nothing done, if it is not, or has been used.
    pub async fn delete_user_by_link(
        &self,
        user: &UserId,
        token: &str,
    ) -> Result<bool, StoreError> {
        self.delete(user, Some(VerificationId::new(Purpose::DeleteAccount, token))).await
    }

    async fn delete(
        &self,
        user: &UserId,
        redeem: Option<VerificationId>,
    ) -> Result<bool, StoreError> {
        let (user, cutoff) = (user.clone(), self.cutoff());
        let (store, on_end) = (Arc::clone(&self.store), Arc::clone(&self.on_session_end));
        let on_delete = Arc::clone(&self.on_user_delete);
        to_the_end(async move {
            let Some(ended) = store.delete_user(&user, redeem, cutoff).await? else {
                return Ok(false);
            };
            audit::user_deleted(&user);
            sessions_ended(&on_end, &ended, "delete_user");
            on_delete(user).await;
            Ok(true)
        })
        .await
    }
}
