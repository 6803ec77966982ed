//! What the engine asks of a database.

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::email::Email;
use crate::ids::{SessionToken, UserId};
use crate::keys::StoredKey;
use crate::linked::{LinkedAccount, UnlinkError};
use crate::password::PasswordHash;
use crate::profile::UserChange;
use crate::session::{EndedSession, Ending, Session, SignedIn};
use crate::time::Time;
use crate::user::User;
use crate::verification::{Verification, VerificationId};

/// The engine's storage. Each method is one transaction: it happens whole or not at all, and once
/// it has answered, what it wrote survives a crash.
#[async_trait]
pub trait Store: Send + Sync {
    /// Makes an account with its password and its first session.
    async fn create_account(&self, account: NewAccount) -> Result<(), CreateAccountError>;

    /// The account with this address and its password, if it has one.
    async fn find_credential(&self, email: &Email) -> Result<Option<Credential>, StoreError>;

    /// Begins a session for somebody whose password has been checked. False, and nothing done, when
    /// the stored one is not the one that was checked any more: somebody changed it or hashed it anew,
    /// or the account is gone.
    async fn start_session(&self, start: SessionStart) -> Result<bool, StoreError>;

    /// The session that the token opens and its account, expired or not: one indexed, joined read.
    async fn find_session(&self, token: &SessionToken) -> Result<Option<SignedIn>, StoreError>;

    /// The latest 100 sessions of a person that have not expired at `now`, the oldest first.
    async fn sessions_of(&self, user: &UserId, now: Time) -> Result<Vec<Session>, StoreError>;

    /// Sets when a session expires. False when it is gone.
    async fn renew_session(
        &self,
        token: &SessionToken,
        expires_at: Time,
        updated_at: Time,
    ) -> Result<bool, StoreError>;

    /// Deletes sessions, and keeps the id of each until `cutoff.until` for
    /// [`Store::ended_sessions`]. Answers with what it deleted.
    async fn end_sessions(
        &self,
        ending: Ending,
        cutoff: Cutoff,
    ) -> Result<Vec<EndedSession>, StoreError>;

    /// The ended sessions whose tokens could still be alive at `now`.
    async fn ended_sessions(&self, now: Time) -> Result<Vec<EndedSession>, StoreError>;

    /// The password that the person signs in with, if there is one.
    async fn find_password(&self, user: &UserId) -> Result<Option<PasswordHash>, StoreError>;

    /// Replaces a password. With a new session, all of the person's end, as in
    /// [`Store::end_sessions`], the new one begins, and links mailed for a new password are good no
    /// more; answers with the sessions that ended. `None`, and nothing done, when the password is no
    /// longer the one that was checked.
    async fn change_password(
        &self,
        change: PasswordChange,
        cutoff: Cutoff,
    ) -> Result<Option<Vec<EndedSession>>, StoreError>;

    /// Changes an account and answers with what it then is; `None` when there is no such account.
    async fn update_user(
        &self,
        user: &UserId,
        change: UserChange,
        now: Time,
    ) -> Result<Option<User>, StoreError>;

    /// Deletes an account, its linked accounts and its sessions, as in [`Store::end_sessions`].
    /// Answers with the sessions; `None` when the account is gone already. With a row to redeem: `None`,
    /// and nothing happens, unless it is there, is about this account and has not expired.
    async fn delete_user(
        &self,
        user: &UserId,
        redeem: Option<VerificationId>,
        cutoff: Cutoff,
    ) -> Result<Option<Vec<EndedSession>>, StoreError>;

    /// The accounts that a person signs in with, the oldest first.
    async fn linked_accounts(&self, user: &UserId) -> Result<Vec<LinkedAccount>, StoreError>;

    /// Deletes a person's linked account unless it is the last.
    async fn unlink_account(&self, user: &UserId, id: &str) -> Result<(), UnlinkError>;

    /// The account with this id.
    async fn find_user(&self, user: &UserId) -> Result<Option<User>, StoreError>;

    /// Keeps what has been mailed to somebody, and drops what has expired by then.
    async fn create_verification(&self, verification: Verification) -> Result<(), StoreError>;

    /// Whose account it is about; `None` when there is no such row or it has expired at `now`.
    async fn find_verification(
        &self,
        identifier: &VerificationId,
        now: Time,
    ) -> Result<Option<UserId>, StoreError>;

    /// Redeems a row and sets the password of the account that it is about, which gets one if it had
    /// none; its other links for a new password are good no more. `None`, and nothing happens, when
    /// there is no such row, however many redeem it at once.
    async fn reset_password(&self, reset: PasswordReset) -> Result<Option<Reset>, StoreError>;

    /// Notes that the address has proved to be the account's, and with the first proof begins the
    /// session, if there is one.
    async fn verify_email(
        &self,
        user: &UserId,
        email: &Email,
        session: Option<Session>,
        now: Time,
    ) -> Result<EmailProven, StoreError>;

    /// Gives the account another address; links mailed for a new password are good no more. `None`
    /// when the present one is not `from` any more.
    async fn change_email(
        &self,
        user: &UserId,
        from: &Email,
        to: &Email,
        now: Time,
    ) -> Result<Option<User>, ChangeEmailError>;

    /// All signing keys, those that wait included, newest first (then by id, from the last): what
    /// one moment holds.
    async fn signing_keys(&self) -> Result<Vec<StoredKey>, StoreError>;

    /// Adds a signing key: to `jwks`, or, when it has a time at which it is to sign, to those that
    /// wait. False, and nothing done, unless `newest` still is the newest key of `jwks`, and no other
    /// key of the algorithm waits where this one is to wait.
    async fn add_signing_key(
        &self,
        key: StoredKey,
        newest: Option<String>,
    ) -> Result<bool, StoreError>;

    /// Moves a key that waits to `jwks`, and retires or revokes the others, in one transaction.
    /// False, and nothing done, when it does not wait any more.
    async fn activate_signing_key(&self, succession: Succession) -> Result<bool, StoreError>;

    /// Deletes a key that waits. False when it does not wait any more.
    async fn discard_pending_key(&self, kid: &str) -> Result<bool, StoreError>;

    /// Replaces private keys, each only where it still is what it was. Answers with the `kid`s of
    /// those that it replaced.
    async fn rewrap_signing_keys(&self, rewraps: Vec<Rewrap>) -> Result<Vec<String>, StoreError>;
}

/// The rows of a sign-up.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The account.
    pub user: User,
    /// Id of its `account` row, which holds the password.
    pub account_id: String,
    /// Its password.
    pub password: PasswordHash,
    /// Its first session, if signing up signs in.
    pub session: Option<Session>,
}

/// A password set by a mailed link.
#[derive(Clone, Debug)]
pub struct PasswordReset {
    /// The row that the link opens.
    pub identifier: VerificationId,
    /// The new password.
    pub password: PasswordHash,
    /// Id of the `account` row that holds it, should there be none yet.
    pub account_id: String,
    /// Which sessions end.
    pub ending: ResetEnding,
    /// Now, and until when tokens of those sessions could be alive.
    pub cutoff: Cutoff,
}

/// Which sessions end with the old password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetEnding {
    /// All.
    All,
    /// All of an account whose address nobody had verified: whoever made it may have been somebody
    /// else, who then must not stay in.
    Unproven,
}

/// What a reset has done.
#[derive(Clone, Debug)]
pub struct Reset {
    /// Whose password is new.
    pub user_id: UserId,
    /// The sessions that ended.
    pub ended: Vec<EndedSession>,
}

/// What a sign-in is checked against.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The account.
    pub user: User,
    /// Absent when the account has no password to sign in with.
    pub password: Option<PasswordHash>,
}

/// The session of somebody who has presented a password.
#[derive(Clone, Debug)]
pub struct SessionStart {
    /// The session.
    pub session: Session,
    /// The stored password that the presented one was checked against.
    pub checked: PasswordHash,
    /// The same password as Better Auth hashes, to take the place of one brought along from elsewhere.
    pub rehashed: Option<PasswordHash>,
}

/// What a proof of an address has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailProven {
    /// It was the first.
    First,
    /// The address was verified before; nothing happened.
    Before,
    /// The address is the account's no more; nothing happened.
    NotTheirs,
}

/// Another password in place of the one that was checked.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// Whose.
    pub user: UserId,
    /// What is stored, as far as its owner knows.
    pub checked: PasswordHash,
    /// What is to be stored.
    pub new: PasswordHash,
    /// The session that takes the place of all others.
    pub session: Option<Session>,
}

/// When sessions end, and until when their tokens could be alive at the most.
#[derive(Clone, Copy, Debug)]
pub struct Cutoff {
    /// Now.
    pub ended_at: Time,
    /// No token of the session lives longer.
    pub until: Time,
}

/// A signing key takes over.
#[derive(Clone, Debug)]
pub struct Succession {
    /// The key, which waits until now.
    pub kid: String,
    /// Now: its `createdAt` from here on, so that it is the newest for the npm package too.
    pub at: Time,
    /// The keys that could sign until now. They expire now, unless they expire before.
    pub retires: Vec<String>,
    /// Whether every other key expired at the Unix epoch instead, and those that wait are deleted.
    pub revokes_others: bool,
}

/// A private key under another secret.
#[derive(Clone)]
pub struct Rewrap {
    /// Whose.
    pub kid: String,
    /// The column until now.
    pub from: Zeroizing<String>,
    /// The column from now on.
    pub to: Zeroizing<String>,
}

/// The store has no answer. Says nothing about whom was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is full or is overloaded: trying later may help.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database refuses what it is asked, or is damaged: trying later will not help.
    #[error("the database failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds what no version of Better Auth or Tessera writes.
    #[error("{table}.{column} holds a value of an unknown form")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// Another account has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an account has not got another address.
#[derive(Debug, thiserror::Error)]
pub enum ChangeEmailError {
    /// Another account has it.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}
