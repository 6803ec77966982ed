//! What people are told by mail: the engine says what and to whom, somebody else writes and sends it.

use std::fmt;
use std::sync::Arc;

use crate::email::Email;

/// Takes a mail to its way. It only notes it, and returns at once: how long sending takes must not
/// show in an answer.
pub type SendMail = Arc<dyn Fn(Mail) + Send + Sync>;

/// A mail to be written and sent.
///
/// It calls nobody by name: whoever signs up chooses one, and could put words of their own into a
/// letter to a stranger.
#[derive(Clone)]
pub struct Mail {
    /// Whom to.
    pub to: Email,
    /// What about.
    pub subject: MailSubject,
    /// Where to go on. Whoever has it can do what the mail is about.
    pub link: String,
}

/// What a mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailSubject {
    /// Somebody asked for a new password.
    ResetPassword,
    /// The address has to be shown to be the person's own.
    VerifyEmail,
    /// To the present address: somebody asked for another one.
    ConfirmEmailChange {
        /// The other one.
        new_email: Email,
    },
    /// To the new address: it becomes the account's when the link is followed.
    VerifyNewEmail,
    /// Somebody asked for the account to be deleted.
    DeleteAccount,
}

/// There is nobody to send mail.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("mail is not configured")]
pub struct NoMail;

/// A link that lacks only its token: where it goes is decided by whoever knows the server's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLink {
    /// What stands before the token.
    pub before: String,
    /// What stands after it.
    pub after: String,
}

impl MailLink {
    pub(crate) fn with(&self, token: &str) -> String {
        format!("{}{token}{}", self.before, self.after)
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}
