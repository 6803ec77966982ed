//! The server that takes letters (RFC 5321), reached under TLS unless it is this machine.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters, TlsParametersBuilder};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use percent_encoding::percent_decode_str;
use tessera_engine::with_causes;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::letter::Letter;

/// How long the server may take for a letter, from the connection to the last answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Where a mail server is, how it is reached, and with which name and password.
#[derive(Clone)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<(String, Zeroizing<String>)>,
}

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encryption {
    /// From its first byte (RFC 8314 section 3.3).
    Tls,
    /// After `STARTTLS` (RFC 3207), without which nothing is sent.
    StartTls,
    /// Not at all: only on loopback.
    None,
}

/// The text is not the URL of a mail server, or one that letters and passwords are safe with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected smtps://user:password@host (TLS), smtp://user:password@host (STARTTLS), or \
     smtp://localhost:port without encryption; an @ or / in a password is written %40 or %2F"
)]
pub struct InvalidSmtpUrl;

/// Whom letters come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// The text is no sender.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address such as Example <no-reply@example.com>")]
pub struct InvalidSender;

/// The system's certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot make encrypted connections to the mail server: {0}")]
pub struct TlsUnavailable(#[source] lettre::transport::smtp::Error);

/// Why a letter was not taken. Holds nothing that the server said in words: it may name the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// The server will not take it later either (5yz).
    #[error("the mail server refuses it with {0}")]
    Refused(u16),
    /// The server may take it later (4yz).
    #[error("the mail server puts it off with {0}")]
    Deferred(u16),
    /// There was no connection, not the encrypted one that there has to be, or it broke off.
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(String),
    /// The letter itself: an address that mail cannot be sent to.
    #[error("it cannot be written: {0}")]
    Unwritable(String),
}

impl SendError {
    /// Whether trying again would be in vain.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unwritable(_))
    }
}

impl SmtpUrl {
    /// Reads `smtps://` (port 465) or `smtp://` (port 587, and 25 on loopback), with a name and a
    /// password or neither. `?tls=required` asks for STARTTLS on loopback too.
    pub fn parse(text: &str) -> Result<Self, InvalidSmtpUrl> {
        let url = Url::parse(text).map_err(|_| InvalidSmtpUrl)?;
        let host = match url.host().ok_or(InvalidSmtpUrl)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let (encryption, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Encryption::Tls, 465),
            ("smtp", None) if is_loopback(&host) => (Encryption::None, 25),
            ("smtp", None | Some("tls=required")) => (Encryption::StartTls, 587),
            _ => return Err(InvalidSmtpUrl),
        };
        let decoded = |text: &str| {
            percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| InvalidSmtpUrl)
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(InvalidSmtpUrl),
            (name, Some(password)) => Some((decoded(name)?, decoded(password)?.into())),
        };
        let nothing_else = matches!(url.path(), "" | "/") && url.fragment().is_none();
        if host.is_empty() || !nothing_else {
            return Err(InvalidSmtpUrl);
        }
        Ok(Self { host, port: url.port().unwrap_or(port), encryption, credentials })
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, encryption, .. } = self;
        write!(f, "SmtpUrl({host}:{port}, {encryption:?})")
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl Sender {
    /// Reads `no-reply@example.com` or `Example <no-reply@example.com>`.
    pub fn parse(text: &str) -> Result<Self, InvalidSender> {
        let is_line = !text.chars().any(char::is_control);
        let mailbox = text.parse().ok().filter(|_| is_line);
        mailbox.map(Self).ok_or(InvalidSender)
    }
}

/// A connection to a mail server, made anew for each letter.
#[derive(Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Nothing is sent yet. The server's certificate has to be good to the operating system.
    pub fn new(url: &SmtpUrl, from: Sender) -> Result<Self, TlsUnavailable> {
        Self::trusting(url, from, TlsParameters::builder(url.host.clone()))
    }

    fn trusting(
        url: &SmtpUrl,
        Sender(from): Sender,
        tls: TlsParametersBuilder,
    ) -> Result<Self, TlsUnavailable> {
        let tls = match url.encryption {
            Encryption::Tls => Tls::Wrapper(tls.build().map_err(TlsUnavailable)?),
            Encryption::StartTls => Tls::Required(tls.build().map_err(TlsUnavailable)?),
            Encryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&url.host)
            .port(url.port)
            .tls(tls)
            // Lettre's own is for the connection alone.
            .timeout(None);
        if let Some((name, password)) = &url.credentials {
            let password = password.as_str().to_owned();
            builder = builder.credentials(Credentials::new(name.clone(), password));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Hands over a letter.
    pub(crate) async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        let to: Address = letter.to.as_str().parse().map_err(unwritable)?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(None)
            .subject(&letter.subject)
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(unwritable)?;
        // RFC 3834 section 5: no machine shall answer.
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        match tokio::time::timeout(TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(SendError::Unreachable("it takes too long".to_owned())),
        }
    }
}

fn unwritable(error: impl Error) -> SendError {
    SendError::Unwritable(error.to_string())
}

impl From<lettre::transport::smtp::Error> for SendError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        match error.status().map(u16::from) {
            Some(code) if error.is_permanent() => Self::Refused(code),
            Some(code) => Self::Deferred(code),
            None if error.is_response() => {
                Self::Unreachable("what it answers is not SMTP".to_owned())
            }
            None => Self::Unreachable(with_causes(&error)),
        }
    }
}

#[cfg(test)]
mod tests;
