//! Signing up and signing in.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::audit;
use crate::email::Email;
use crate::engine::{Engine, to_the_end};
use crate::entropy::NoEntropy;
use crate::hashing::LaneBusy;
use crate::ids::{SessionId, SessionToken, UserId};
use crate::mail::MailLink;
use crate::password::{HashingFailed, Password, PasswordHash, PasswordRefused};
use crate::session::{Session, SignedIn};
use crate::settings::SessionSettings;
use crate::store::{CreateAccountError, Credential, NewAccount, SessionStart, StoreError};
use crate::time::Time;
use crate::tokens::TokenError;
use crate::user::User;

/// Somebody asks for an account.
#[derive(Debug)]
pub struct SignUp {
    /// What to call the person; may be empty.
    pub name: String,
    /// The address.
    pub email: Email,
    /// The password as typed.
    pub password: Zeroizing<String>,
    /// Address of a picture.
    pub image: Option<String>,
    /// Where the request comes from.
    pub device: Device,
    /// The link that verifies the address, should one be sent.
    pub verification: MailLink,
}

/// Somebody presents a password.
#[derive(Debug)]
pub struct SignIn {
    /// The address.
    pub email: Email,
    /// The password as typed.
    pub password: Zeroizing<String>,
    /// Where the request comes from.
    pub device: Device,
    /// The link that verifies the address, should one be sent.
    pub verification: MailLink,
}

/// What a session remembers of the device, and whether the device remembers the session.
#[derive(Clone, Debug)]
pub struct Device {
    /// Client address, empty when unknown.
    pub ip_address: String,
    /// Client software, empty when unknown.
    pub user_agent: String,
    /// Whether the session outlives the browser (`rememberMe`).
    pub stays_signed_in: bool,
}

/// A right password.
struct Checked {
    user: User,
    stored: PasswordHash,
    /// The same as Better Auth hashes, where `stored` was brought along from elsewhere.
    rehashed: Option<PasswordHash>,
}

/// What a sign-up is answered with.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// The account. Where signing up does not sign in, it may be made up: nobody is told that the
    /// address has an account already.
    pub user: User,
    /// Its session, where signing up signs in.
    pub session: Option<Session>,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The password breaks a rule.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// Another account has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The hashing lane is full.
    #[error(transparent)]
    Busy(#[from] LaneBusy),
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The link that verifies the address could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why there is no new session.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Unknown address, no password to sign in with, or a wrong one: never said which.
    #[error("invalid e-mail or password")]
    InvalidCredentials,
    /// The password is right, and the address has yet to be verified.
    #[error("the e-mail address is not verified")]
    NotVerified,
    /// The password is longer than any that could have been chosen.
    #[error(transparent)]
    Password(#[from] PasswordRefused),
    /// The hashing lane is full.
    #[error(transparent)]
    Busy(#[from] LaneBusy),
    /// The password could not be checked.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
    /// The link that verifies the address could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Makes an account, and signs its owner in unless the settings say otherwise; on any error there
    /// is neither.
    ///
    /// However many sign-ups race for one address, exactly one gets it.
    pub async fn sign_up(&self, request: SignUp) -> Result<SignedUp, SignUpError> {
        let password = Password::choose(&request.password)?;
        let emails = self.settings.emails;
        let taken = self.store.find_credential(&request.email).await?.is_some();
        if taken && !emails.sign_up_keeps_silent() {
            audit::sign_up_refused("email_taken");
            return Err(SignUpError::EmailTaken);
        }
        let hash = self.hash_chosen::<SignUpError>(password, &request.email, &request.name).await?;

        let now = self.now();
        let user = User {
            name: request.name,
            email: request.email,
            email_verified: false,
            image: request.image,
            created_at: now,
            updated_at: now,
            id: UserId::random(&self.entropy).map_err(HashingFailed::from)?,
        };
        if taken {
            audit::sign_up_refused("email_taken");
            return Ok(SignedUp { user, session: None });
        }
        let session = match emails.sign_up_keeps_silent() {
            true => None,
            false => {
                Some(self.new_session(&user, request.device, now).map_err(HashingFailed::from)?)
            }
        };
        let account = NewAccount {
            user: user.clone(),
            account_id: self.entropy.alphanumeric(32).map_err(HashingFailed::from)?,
            password: hash,
            session: session.clone(),
        };
        let mail = match self.mail() {
            Ok(send) if emails.send_on_sign_up => {
                Some((Arc::clone(send), self.verification_mail(&user, &request.verification)?))
            }
            _ => None,
        };
        let store = Arc::clone(&self.store);
        to_the_end(async move {
            match store.create_account(account).await {
                Ok(()) => {
                    audit::signed_up(&user.id, session.as_ref());
                    if let Some((send, mail)) = mail {
                        send(mail);
                    }
                    Ok(SignedUp { session, user })
                }
                Err(CreateAccountError::EmailTaken) => {
                    audit::sign_up_refused("email_taken");
                    match emails.sign_up_keeps_silent() {
                        true => Ok(SignedUp { session, user }),
                        false => Err(SignUpError::EmailTaken),
                    }
                }
                Err(CreateAccountError::Store(error)) => Err(error.into()),
            }
        })
        .await
    }

    /// Checks a password and makes a session.
    ///
    /// An unknown address costs the same hash as a wrong password. The password has to be right at the
    /// moment at which the session begins: one that is replaced while it is checked, be it by the same
    /// one hashed anew, is checked once more.
    pub async fn sign_in(&self, request: SignIn) -> Result<SignedIn, SignInError> {
        if let Some(signed_in) = self.try_sign_in(&request).await? {
            return Ok(signed_in);
        }
        match self.try_sign_in(&request).await? {
            Some(signed_in) => Ok(signed_in),
            None => {
                audit::sign_in_refused(None, "changed_meanwhile");
                Err(SignInError::InvalidCredentials)
            }
        }
    }

    /// `None` when the stored password was replaced meanwhile.
    async fn try_sign_in(&self, request: &SignIn) -> Result<Option<SignedIn>, SignInError> {
        let password = Password::present(&request.password)?;
        let credential = self.store.find_credential(&request.email).await?;
        let Checked { user, stored, rehashed } = self.check_password(credential, password).await?;
        let emails = &self.settings.emails;
        if emails.require_verification && !user.email_verified {
            audit::sign_in_refused(Some(&user.id), "email_not_verified");
            if emails.send_on_sign_in
                && let Ok(send) = self.mail()
            {
                send(self.verification_mail(&user, &request.verification)?);
            }
            return Err(SignInError::NotVerified);
        }

        let now = self.now();
        let device = request.device.clone();
        let session = self.new_session(&user, device, now).map_err(HashingFailed::from)?;
        let start = SessionStart { session: session.clone(), checked: stored, rehashed };
        let store = Arc::clone(&self.store);
        to_the_end(async move {
            if !store.start_session(start).await? {
                return Ok(None);
            }
            audit::signed_in(&session);
            Ok(Some(SignedIn { session, user }))
        })
        .await
    }

    /// The stored form of a password that somebody chooses, unless it is too common.
    pub(crate) async fn hash_chosen<E>(
        &self,
        password: Password,
        email: &Email,
        name: &str,
    ) -> Result<PasswordHash, E>
    where
        E: From<PasswordRefused> + From<HashingFailed> + From<LaneBusy> + Send + 'static,
    {
        let known = [email.as_str().to_owned(), name.to_owned()];
        let refuse_common = self.settings.refuse_common_passwords;
        let entropy = self.entropy.clone();
        let hash = move || {
            if refuse_common && password.is_common(&known.each_ref().map(String::as_str)) {
                return Err(PasswordRefused::TooCommon.into());
            }
            Ok(PasswordHash::of(&password, &entropy)?)
        };
        self.hashing.run(hash).await?
    }

    async fn check_password(
        &self,
        credential: Option<Credential>,
        password: Password,
    ) -> Result<Checked, SignInError> {
        let (user, stored) = match credential {
            Some(Credential { user, password }) => (Some(user), password),
            None => (None, None),
        };
        let has_password = stored.is_some();
        let stored = stored.unwrap_or_else(PasswordHash::decoy);
        let entropy = self.entropy.clone();
        let check =
            move || -> Result<Option<(PasswordHash, Option<PasswordHash>)>, HashingFailed> {
                let matches = stored.verify(&password).inspect_err(|_| {
                    // What cannot be checked takes as long as what can.
                    let _ = PasswordHash::decoy().verify(&password);
                })?;
                if !matches {
                    return Ok(None);
                }
                let rehashed = match stored.is_better_auths() {
                    true => None,
                    false => Some(PasswordHash::of(&password, &entropy)?),
                };
                Ok(Some((stored, rehashed)))
            };
        let checked = self.hashing.run(check).await?;

        let refuse = |user: Option<&User>, reason| {
            audit::sign_in_refused(user.map(|user| &user.id), reason);
            Err(SignInError::InvalidCredentials)
        };
        match user {
            None => refuse(None, "unknown_email"),
            Some(user) if !has_password => refuse(Some(&user), "account_without_password"),
            Some(user) => match checked {
                Ok(Some((stored, rehashed))) => Ok(Checked { user, stored, rehashed }),
                Ok(None) => refuse(Some(&user), "wrong_password"),
                Err(error) => {
                    audit::sign_in_refused(Some(&user.id), "password_not_checked");
                    Err(error.into())
                }
            },
        }
    }

    pub(crate) fn new_session(
        &self,
        user: &User,
        device: Device,
        now: Time,
    ) -> Result<Session, NoEntropy> {
        let lifetime = if device.stays_signed_in {
            self.settings.sessions.expires_in
        } else {
            SessionSettings::UNREMEMBERED
        };
        Ok(Session {
            expires_at: now + lifetime,
            token: SessionToken::random(&self.entropy)?,
            created_at: now,
            updated_at: now,
            ip_address: device.ip_address,
            user_agent: device.user_agent,
            user_id: user.id.clone(),
            id: SessionId::random(&self.entropy)?,
        })
    }
}
