//! Everything that this protocol refuses, and how it says so: the one table of statuses and codes.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tessera_engine::credentials::CredentialError;
use tessera_engine::limits::RateLimited;
use tessera_engine::sessions::SessionError;
use tessera_engine::store::StoreError;
use tessera_engine::tokens::TokenError;
use tessera_engine::{HashingFailed, LaneBusy, PasswordRefused};

use crate::callback_url::UrlMember;
use crate::reply::json;

const X_RETRY_AFTER: HeaderName = HeaderName::from_static("x-retry-after");

/// How long a client that met a full queue or a silent database should wait.
const RETRY_AFTER_SECONDS: u64 = 1;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Failure {
    RateLimited(RateLimited),
    PayloadTooLarge,
    UnsupportedMediaType { sent: String, allowed: String },
    MalformedJson,
    Validation(String),
    UrlNotString(UrlMember),
    UntrustedUrl(UrlMember),
    MissingOrNullOrigin,
    InvalidOrigin,
    CrossSiteNavigation,
    Unauthorized,
    UnauthorizedWithoutWords,
    SessionNotFresh,
    SessionTooOld,
    SessionEndedMeanwhile,
    InvalidEmail,
    Password(PasswordRefused),
    EmailTaken,
    InvalidCredentials,
    InvalidPassword,
    NoPassword,
    EmailNotUpdatable,
    NothingToUpdate,
    LastAccount,
    AccountNotFound,
    ProviderNotFound,
    ProviderNotSupported(String),
    ProviderNotConfigured,
    DeletionTokenUnknown,
    NoUserInfo,
    NoSuchPage,
    EmailNotVerified,
    ResetDisabled,
    InvalidToken,
    UserNotFound,
    VerificationDisabled,
    EmailMismatch,
    EmailAlreadyVerified,
    EmailChangeDisabled,
    SameEmail,
    NobodyToVerify,
    Link(LinkRefusal),
    RefreshNotDeferred,
    NotFound,
    Busy(LaneBusy),
    Hashing(HashingFailed),
    Token(TokenError),
    Store(StoreError),
}

/// Why a mailed link leads nowhere: told by the page that the link names, or else as an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkRefusal {
    Expired,
    Invalid,
    UserNotFound,
    NotTheirs,
}

impl LinkRefusal {
    /// What the page is told.
    pub(crate) fn code(self) -> &'static str {
        let (_, code, _) = Failure::Link(self).answer();
        code.unwrap_or_default()
    }
}

/// What the client reads. Without a message the body is empty.
#[derive(Serialize)]
struct Explanation {
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

impl Failure {
    fn answer(&self) -> (StatusCode, Option<&'static str>, Cow<'static, str>) {
        use StatusCode as S;
        let row =
            |status, code, message: &'static str| (status, Some(code), Cow::Borrowed(message));
        match self {
            Self::RateLimited(_) => {
                (S::TOO_MANY_REQUESTS, None, "Too many requests. Please try again later.".into())
            }
            Self::PayloadTooLarge => {
                row(S::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "Payload too large")
            }
            Self::UnsupportedMediaType { sent, allowed } => (
                S::UNSUPPORTED_MEDIA_TYPE,
                Some("UNSUPPORTED_MEDIA_TYPE"),
                format!("Content-Type \"{sent}\" is not allowed. Allowed types: {allowed}").into(),
            ),
            Self::MalformedJson => {
                row(S::BAD_REQUEST, "BAD_REQUEST", "Invalid JSON in request body")
            }
            Self::Validation(issues) => {
                (S::BAD_REQUEST, Some("VALIDATION_ERROR"), issues.clone().into())
            }
            Self::UrlNotString(url) => {
                (S::BAD_REQUEST, None, format!("Invalid {}: expected a string", url.name).into())
            }
            Self::UntrustedUrl(url) => {
                (S::FORBIDDEN, Some(url.code), format!("Invalid {}", url.name).into())
            }
            Self::MissingOrNullOrigin => {
                row(S::FORBIDDEN, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
            }
            Self::InvalidOrigin => row(S::FORBIDDEN, "INVALID_ORIGIN", "Invalid origin"),
            Self::CrossSiteNavigation => row(
                S::FORBIDDEN,
                "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
                "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
            ),
            Self::Unauthorized => row(S::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
            Self::UnauthorizedWithoutWords => (S::UNAUTHORIZED, None, "".into()),
            Self::SessionNotFresh => row(S::FORBIDDEN, "SESSION_NOT_FRESH", "Session is not fresh"),
            Self::SessionTooOld => row(
                S::BAD_REQUEST,
                "SESSION_EXPIRED",
                "Session expired. Re-authenticate to perform this action.",
            ),
            Self::SessionEndedMeanwhile => {
                row(S::UNAUTHORIZED, "FAILED_TO_GET_SESSION", "Failed to get session")
            }
            Self::InvalidEmail => row(S::BAD_REQUEST, "INVALID_EMAIL", "Invalid email"),
            Self::Password(PasswordRefused::TooShort) => {
                row(S::BAD_REQUEST, "PASSWORD_TOO_SHORT", "Password too short")
            }
            Self::Password(PasswordRefused::TooLong) => {
                row(S::BAD_REQUEST, "PASSWORD_TOO_LONG", "Password too long")
            }
            Self::Password(PasswordRefused::TooCommon) => row(
                S::BAD_REQUEST,
                "PASSWORD_TOO_COMMON",
                "This password is too common. Choose another.",
            ),
            Self::EmailTaken => row(
                S::UNPROCESSABLE_ENTITY,
                "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
                "User already exists. Use another email.",
            ),
            Self::InvalidCredentials => {
                row(S::UNAUTHORIZED, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
            }
            Self::InvalidPassword => row(S::BAD_REQUEST, "INVALID_PASSWORD", "Invalid password"),
            Self::NoPassword => {
                row(S::BAD_REQUEST, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found")
            }
            Self::EmailNotUpdatable => {
                row(S::BAD_REQUEST, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated")
            }
            Self::NothingToUpdate => (S::BAD_REQUEST, None, "No fields to update".into()),
            Self::LastAccount => row(
                S::BAD_REQUEST,
                "FAILED_TO_UNLINK_LAST_ACCOUNT",
                "You can't unlink your last account",
            ),
            Self::AccountNotFound => row(S::BAD_REQUEST, "ACCOUNT_NOT_FOUND", "Account not found"),
            Self::ProviderNotFound => row(S::NOT_FOUND, "PROVIDER_NOT_FOUND", "Provider not found"),
            Self::ProviderNotSupported(provider) => (
                S::BAD_REQUEST,
                Some("PROVIDER_NOT_SUPPORTED"),
                format!("Provider {provider} is not supported.").into(),
            ),
            Self::ProviderNotConfigured => row(
                S::BAD_REQUEST,
                "PROVIDER_NOT_CONFIGURED",
                "Account is not associated with a configured social provider.",
            ),
            Self::DeletionTokenUnknown => row(S::NOT_FOUND, "INVALID_TOKEN", "Invalid token"),
            Self::NoUserInfo => {
                row(S::NOT_FOUND, "FAILED_TO_GET_USER_INFO", "Failed to get user info")
            }
            Self::NoSuchPage => row(S::NOT_FOUND, "NOT_FOUND", "Not found"),
            Self::EmailNotVerified => row(S::FORBIDDEN, "EMAIL_NOT_VERIFIED", "Email not verified"),
            Self::ResetDisabled => {
                row(S::BAD_REQUEST, "RESET_PASSWORD_DISABLED", "Reset password isn't enabled")
            }
            Self::InvalidToken => row(S::BAD_REQUEST, "INVALID_TOKEN", "Invalid token"),
            Self::UserNotFound => row(S::BAD_REQUEST, "USER_NOT_FOUND", "User not found"),
            Self::VerificationDisabled => row(
                S::BAD_REQUEST,
                "VERIFICATION_EMAIL_NOT_ENABLED",
                "Verification email isn't enabled",
            ),
            Self::EmailMismatch => row(S::BAD_REQUEST, "EMAIL_MISMATCH", "Email mismatch"),
            Self::EmailAlreadyVerified => {
                row(S::BAD_REQUEST, "EMAIL_ALREADY_VERIFIED", "Email is already verified")
            }
            Self::EmailChangeDisabled => {
                row(S::BAD_REQUEST, "CHANGE_EMAIL_DISABLED", "Change email is disabled")
            }
            Self::SameEmail => (S::BAD_REQUEST, None, "Email is the same".into()),
            Self::NobodyToVerify => {
                (S::BAD_REQUEST, None, "Verification email isn't enabled".into())
            }
            Self::Link(LinkRefusal::Expired) => {
                row(S::UNAUTHORIZED, "TOKEN_EXPIRED", "Token expired")
            }
            Self::Link(LinkRefusal::Invalid) => {
                row(S::UNAUTHORIZED, "INVALID_TOKEN", "Invalid token")
            }
            Self::Link(LinkRefusal::UserNotFound) => {
                row(S::UNAUTHORIZED, "USER_NOT_FOUND", "User not found")
            }
            Self::Link(LinkRefusal::NotTheirs) => {
                row(S::UNAUTHORIZED, "INVALID_USER", "Invalid user")
            }
            Self::RefreshNotDeferred => row(
                S::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
                "POST method requires deferSessionRefresh to be enabled in session config",
            ),
            Self::NotFound => (S::NOT_FOUND, None, "".into()),
            Self::Busy(_) => row(
                S::SERVICE_UNAVAILABLE,
                "SERVICE_BUSY",
                "Too many people are signing in at once. Please try again.",
            ),
            Self::Store(StoreError::Unavailable(_)) => row(
                S::SERVICE_UNAVAILABLE,
                "SERVICE_UNAVAILABLE",
                "The service is temporarily unavailable. Please try again.",
            ),
            Self::Token(_) => row(
                S::SERVICE_UNAVAILABLE,
                "TOKEN_UNAVAILABLE",
                "No token can be issued at the moment. Please try again.",
            ),
            Self::Hashing(_) | Self::Store(StoreError::Failed(_) | StoreError::Corrupt { .. }) => {
                row(S::INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", "Internal server error")
            }
        }
    }

    /// The one place where failures reach the log: what the operator has to see to, and the
    /// refusals that belong to the audit trail. The engine logs wrong credentials itself.
    fn log(&self, status: StatusCode, code: Option<&str>) {
        let cause: Option<&dyn Error> = match self {
            Self::Hashing(error) => Some(error),
            Self::Token(error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        };
        if let Self::Busy(error) = self {
            tracing::warn!(status = status.as_u16(), %error, "request turned away");
            return;
        }
        if let Some(error) = cause {
            tracing::error!(status = status.as_u16(), error = chain(error), "request failed");
            return;
        }
        let refused = match self {
            Self::RateLimited(_) => Some("RATE_LIMITED"),
            Self::InvalidCredentials | Self::EmailNotVerified => None,
            Self::UnauthorizedWithoutWords => Some("UNAUTHORIZED"),
            _ if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) => code,
            _ => None,
        };
        if let Some(reason) = refused {
            tracing::warn!(target: "tessera::audit", event = "request_refused", reason, "request refused");
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code, message) = self.answer();
        self.log(status, code);
        let mut response = if message.is_empty() {
            (status, [(CONTENT_TYPE, "application/json")]).into_response()
        } else {
            json(status, &Explanation { message, code })
        };
        let headers = response.headers_mut();
        match self {
            Self::RateLimited(limited) => {
                let seconds = HeaderValue::from(limited.retry_after_seconds);
                headers.insert(X_RETRY_AFTER, seconds.clone());
                headers.insert(RETRY_AFTER, seconds);
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        response
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::EndedMeanwhile => Self::SessionEndedMeanwhile,
            SessionError::Store(error) => Self::Store(error),
        }
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Refused(refused) => Self::Password(refused),
            CredentialError::NoPassword => Self::NoPassword,
            CredentialError::Wrong => Self::InvalidPassword,
            CredentialError::Busy(busy) => Self::Busy(busy),
            // To the caller it is a wrong password; the operator has to see to it.
            CredentialError::Hashing(failed @ HashingFailed::Stored(_)) => {
                tracing::error!(error = %failed, "a password cannot be checked");
                Self::InvalidPassword
            }
            CredentialError::Hashing(failed) => Self::Hashing(failed),
            CredentialError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

/// An error and all its causes, on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
