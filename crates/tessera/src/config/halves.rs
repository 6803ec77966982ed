//! Which half of the server a process is.

use std::fmt;

/// The halves of the server, which trust each other through nothing but a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halves {
    /// Both of them, in one process.
    Both,
    /// The one that knows accounts and issues tokens, with the web app.
    Auth,
    /// The one that keeps tasks and verifies tokens.
    Api,
}

impl Halves {
    /// Whether accounts are among them.
    pub(crate) const fn issue_tokens(self) -> bool {
        matches!(self, Self::Both | Self::Auth)
    }

    /// Whether tasks are among them.
    pub(crate) const fn keep_tasks(self) -> bool {
        matches!(self, Self::Both | Self::Api)
    }
}

impl fmt::Display for Halves {
    /// As `only` names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Both => "both",
            Self::Auth => "auth",
            Self::Api => "api",
        })
    }
}
