//! Verifying an e-mail address, and changing it.

use std::sync::Arc;

use crate::accounts::Device;
use crate::audit;
use crate::email::Email;
use crate::email_token::{ChangeStep, EmailChange, EmailLink, EmailProof, EmailTokenError};
use crate::engine::{Engine, afterwards, to_the_end};
use crate::entropy::NoEntropy;
use crate::ids::UserId;
use crate::mail::{Mail, MailLink, MailSubject, NoMail, SendMail};
use crate::session::{Session, SignedIn};
use crate::store::{ChangeEmailError, EmailProven, StoreError};
use crate::time::Time;
use crate::tokens::TokenError;
use crate::user::User;

/// Why no link was sent.
#[derive(Debug, thiserror::Error)]
pub enum SendVerificationError {
    /// Nobody sends mail.
    #[error(transparent)]
    NoMail(#[from] NoMail),
    /// Whoever is signed in has another address.
    #[error("the e-mail address is not that of whoever is signed in")]
    NotTheirs,
    /// There is nothing to verify.
    #[error("the e-mail address is verified already")]
    AlreadyVerified,
    /// The link could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What asking for another address has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeRequested {
    /// A link is on its way, or the address is somebody else's: nobody is told which.
    LinkSent,
    /// The account has the new address already.
    Changed(User),
}

/// Why another address cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum RequestChangeError {
    /// The operator does not want it.
    #[error("changing the e-mail address is disabled")]
    Disabled,
    /// It is the present one.
    #[error("the e-mail address is the same")]
    Same,
    /// Nobody sends mail.
    #[error(transparent)]
    NoMail(#[from] NoMail),
    /// The link could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What following a link has come to.
#[derive(Clone, Debug)]
pub enum Followed {
    /// The address was verified before.
    AlreadyVerified,
    /// The address is verified.
    Verified {
        /// Whose it is.
        user: User,
        /// A new session, when following the link signs in.
        started: Option<Session>,
    },
    /// A link is on its way to the new address.
    Confirmed,
    /// The account has the new address.
    Changed(User),
}

/// Why following a link has come to nothing.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The link.
    #[error(transparent)]
    Link(#[from] EmailTokenError),
    /// The account is gone.
    #[error("there is no such account")]
    UserNotFound,
    /// Somebody else is signed in.
    #[error("the link is for somebody else")]
    NotTheirs,
    /// Another account has got the new address meanwhile.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// No session could be made.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The next link could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Sends a link that verifies the address.
    ///
    /// Without a session nobody is told whether the address has an account, or is verified already:
    /// the account is looked up and a link made in any case, and the mail follows afterwards.
    pub async fn send_verification(
        &self,
        email: &Email,
        signed_in: Option<&SignedIn>,
        link: &MailLink,
    ) -> Result<(), SendVerificationError> {
        let send = self.mail()?;
        if let Some(SignedIn { user, .. }) = signed_in {
            if user.email != *email {
                return Err(SendVerificationError::NotTheirs);
            }
            if user.email_verified {
                return Err(SendVerificationError::AlreadyVerified);
            }
            send(self.verification_mail(user, link)?);
            return Ok(());
        }
        let found = self.store.find_credential(email).await?.map(|found| found.user);
        let proof = EmailProof::Owns {
            email: email.clone(),
            user_id: found.as_ref().map(|user| user.id.clone()),
        };
        let link = link.with(&self.email_tokens.issue(&proof, self.now())?);
        let send = Arc::clone(send);
        afterwards(async move {
            if let Some(User { email, email_verified: false, .. }) = found {
                send(Mail { to: email, subject: MailSubject::VerifyEmail, link });
            }
            Ok(())
        });
        Ok(())
    }

    /// Asks for another address. It becomes the account's when a link mailed to it is followed, and
    /// when the present one is verified, only after a link mailed there has been followed too.
    pub async fn request_email_change(
        &self,
        signed_in: &SignedIn,
        to: Email,
        link: &MailLink,
    ) -> Result<ChangeRequested, RequestChangeError> {
        let user = &signed_in.user;
        let settings = &self.settings.emails;
        if !settings.change {
            return Err(RequestChangeError::Disabled);
        }
        if to == user.email {
            return Err(RequestChangeError::Same);
        }
        let at_once = settings.change_without_verification && !user.email_verified;
        let send = match self.mail() {
            Ok(send) => Some(send),
            Err(_) if at_once => None,
            Err(error) => return Err(error.into()),
        };
        audit::email_change_requested(&user.id);
        let taken = self.store.find_credential(&to).await?.is_some();
        if at_once && !taken {
            return self.change_at_once(user, to, link, send).await;
        }

        let step = if user.email_verified { ChangeStep::Confirm } else { ChangeStep::Verify };
        let proof = EmailProof::Changes(EmailChange {
            user_id: user.id.clone(),
            from: user.email.clone(),
            to: to.clone(),
            step,
        });
        let link = link.with(&self.email_tokens.issue(&proof, self.now())?);
        let mail = match step {
            ChangeStep::Confirm => {
                let subject = MailSubject::ConfirmEmailChange { new_email: to };
                Mail { to: user.email.clone(), subject, link }
            }
            ChangeStep::Verify => Mail { to, subject: MailSubject::VerifyNewEmail, link },
        };
        let send = send.filter(|_| !taken).cloned();
        afterwards(async move {
            if let Some(send) = send {
                send(mail);
            }
            Ok(())
        });
        Ok(ChangeRequested::LinkSent)
    }

    /// What the token of a mailed link proves, if it is one of ours and less than an hour old.
    pub fn read_email_link(&self, token: &str) -> Result<EmailLink, EmailTokenError> {
        self.email_tokens.read(token, self.now())
    }

    /// Does what a link is for. `signed_in` is whoever follows it; nobody has to be signed in.
    ///
    /// Verifying an address twice changes nothing the second time. A change happens once, since the
    /// link is for the address that the account had. A new password ends the changes under way: they
    /// may be somebody else's, whom it was to keep out.
    pub async fn follow_email_link(
        &self,
        EmailLink { proof, issued_at }: EmailLink,
        signed_in: Option<&SignedIn>,
        device: Device,
        next: &MailLink,
    ) -> Result<Followed, FollowError> {
        match proof {
            EmailProof::Owns { email, user_id } => {
                let Some(found) = self.store.find_credential(&email).await? else {
                    return Err(FollowError::UserNotFound);
                };
                if user_id.is_some_and(|id| id != found.user.id) {
                    return Err(EmailTokenError::Invalid.into());
                }
                let is_theirs = signed_in.is_some_and(|signed_in| signed_in.user.email == email);
                self.verify(found.user, !is_theirs, device).await
            }
            EmailProof::Changes(change) => {
                let Some(user) = self.store.find_user(&change.user_id).await? else {
                    return Err(FollowError::UserNotFound);
                };
                if user.email != change.from {
                    return Err(EmailTokenError::Invalid.into());
                }
                if signed_in.is_some_and(|signed_in| signed_in.user.id != user.id) {
                    return Err(FollowError::NotTheirs);
                }
                if self.password_is_newer(&user.id, issued_at).await? {
                    return Err(EmailTokenError::Invalid.into());
                }
                match change.step {
                    ChangeStep::Confirm => self.confirm_change(change, next),
                    ChangeStep::Verify => self.change(change).await,
                }
            }
        }
    }

    /// A link that verifies the address of `user`.
    pub(crate) fn verification_mail(
        &self,
        user: &User,
        link: &MailLink,
    ) -> Result<Mail, TokenError> {
        let proof = EmailProof::Owns { email: user.email.clone(), user_id: Some(user.id.clone()) };
        let link = link.with(&self.email_tokens.issue(&proof, self.now())?);
        Ok(Mail { to: user.email.clone(), subject: MailSubject::VerifyEmail, link })
    }

    async fn verify(
        &self,
        user: User,
        is_stranger: bool,
        device: Device,
    ) -> Result<Followed, FollowError> {
        if user.email_verified {
            return Ok(Followed::AlreadyVerified);
        }
        let now = self.now();
        let signs_in = self.settings.emails.sign_in_after_verification && is_stranger;
        let session = signs_in.then(|| self.new_session(&user, device, now)).transpose()?;
        let store = Arc::clone(&self.store);
        to_the_end(async move {
            match store.verify_email(&user.id, &user.email, session.clone(), now).await? {
                EmailProven::First => {
                    audit::email_verified(&user.id);
                    if let Some(session) = &session {
                        audit::signed_in(session);
                    }
                    let user = User { email_verified: true, updated_at: now, ..user };
                    Ok(Followed::Verified { user, started: session })
                }
                EmailProven::Before => Ok(Followed::AlreadyVerified),
                EmailProven::NotTheirs => Err(EmailTokenError::Invalid.into()),
            }
        })
        .await
    }

    /// Whether the person has got another password since. The one of the sign-up counts for none,
    /// whose second a link may bear.
    async fn password_is_newer(&self, user: &UserId, since: Time) -> Result<bool, StoreError> {
        let accounts = self.store.linked_accounts(user).await?;
        Ok(accounts.iter().any(|account| {
            account.is_password()
                && account.updated_at != account.created_at
                && account.updated_at > since
        }))
    }

    fn confirm_change(
        &self,
        change: EmailChange,
        next: &MailLink,
    ) -> Result<Followed, FollowError> {
        let to = change.to.clone();
        let proof = EmailProof::Changes(EmailChange { step: ChangeStep::Verify, ..change });
        let link = next.with(&self.email_tokens.issue(&proof, self.now())?);
        if let Ok(send) = self.mail() {
            send(Mail { to, subject: MailSubject::VerifyNewEmail, link });
        }
        Ok(Followed::Confirmed)
    }

    async fn change(&self, change: EmailChange) -> Result<Followed, FollowError> {
        let (store, now) = (Arc::clone(&self.store), self.now());
        to_the_end(async move {
            let EmailChange { user_id, from, to, .. } = change;
            match store.change_email(&user_id, &from, &to, now).await {
                Ok(Some(user)) => {
                    audit::email_changed(&user.id);
                    Ok(Followed::Changed(user))
                }
                Ok(None) => Err(EmailTokenError::Invalid.into()),
                Err(ChangeEmailError::EmailTaken) => Err(FollowError::EmailTaken),
                Err(ChangeEmailError::Store(error)) => Err(error.into()),
            }
        })
        .await
    }

    async fn change_at_once(
        &self,
        user: &User,
        to: Email,
        link: &MailLink,
        send: Option<&SendMail>,
    ) -> Result<ChangeRequested, RequestChangeError> {
        let mail = match send {
            Some(send) => {
                let changed = User { email: to.clone(), ..user.clone() };
                Some((Arc::clone(send), self.verification_mail(&changed, link)?))
            }
            None => None,
        };
        let (store, now) = (Arc::clone(&self.store), self.now());
        let (user, from) = (user.id.clone(), user.email.clone());
        to_the_end(async move {
            match store.change_email(&user, &from, &to, now).await {
                Ok(Some(user)) => {
                    audit::email_changed(&user.id);
                    if let Some((send, mail)) = mail {
                        send(mail);
                    }
                    Ok(ChangeRequested::Changed(user))
                }
                // Somebody was quicker, here or with the address: as if it had been taken before.
                Ok(None) | Err(ChangeEmailError::EmailTaken) => Ok(ChangeRequested::LinkSent),
                Err(ChangeEmailError::Store(error)) => Err(error.into()),
            }
        })
        .await
    }
}
