#![doc = include_str!("../README.md")]

mod letter;
mod mailbox;
mod outbox;
mod smtp;

pub use letter::{AppName, InvalidAppName, Letter, escaped};
pub use mailbox::DevMailbox;
pub use outbox::Outbox;
pub use smtp::{InvalidSender, InvalidSmtpUrl, Sender, Smtp, SmtpUrl, TlsUnavailable};
