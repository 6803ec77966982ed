//! A line: somebody as JSON.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use tessera_engine::directory::{AccountRow, Person};
use tessera_engine::{
    Email, Entropy, HashRefused, ImageAddress, InvalidEmail, InvalidText, Name, NoEntropy,
    PasswordHash, Time, User, UserId,
};

/// The longest id, in bytes.
const MAX_ID: usize = 255;

/// Somebody, in the form of a line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Line {
    id: String,
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email_verified: bool,
    image: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    /// For who has nothing else to sign in with: stands for an account `credential`.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default)]
    accounts: Vec<Account>,
}

/// A way to sign in, in the form that it has in a line.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Account {
    id: Option<String>,
    provider_id: String,
    account_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// Why a line is nobody. Never shows a value of the line: it may be a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineError {
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("is not a JSON object")]
    NotAnObject,
    #[error("is not JSON, from column {0} on")]
    NotJson(usize),
    #[error("{0}")]
    Member(String),
    #[error("email is not an e-mail address")]
    Email,
    #[error("{0} is not a time such as 2026-11-21T04:00:00.000Z")]
    Time(&'static str),
    #[error("{0} is not a text of 1 to {MAX_ID} bytes without control characters")]
    Id(&'static str),
    #[error("{0} {1}")]
    Text(&'static str, InvalidText),
    #[error("password is neither Better Auth's own form, nor bcrypt, argon2id, argon2i or scrypt")]
    UnknownHash,
    #[error("password is a hash that costs too much to check")]
    CostlyHash,
    #[error("an account of a provider has a password")]
    PasswordOfProvider,
    #[error("there are two credential accounts")]
    TwoCredentials,
    #[error("the accountId of a credential account is not the id of its person")]
    CredentialOfAnother,
    #[error("two accounts have one id")]
    OneAccountId,
    #[error("two accounts are one and the same at their provider")]
    OneLink,
    #[error("the operating system gives no random bytes")]
    NoEntropy,
}

impl Line {
    pub(super) fn of(person: Person) -> Self {
        let Person { user, accounts } = person;
        Self {
            id: user.id.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            name: user.name,
            email_verified: user.email_verified,
            image: user.image,
            created_at: Some(user.created_at.to_string()),
            updated_at: Some(user.updated_at.to_string()),
            password: None,
            accounts: accounts.into_iter().map(Account::of).collect(),
        }
    }

    pub(super) fn leave_secrets_out(&mut self) {
        for account in &mut self.accounts {
            account.password = None;
            account.access_token = None;
            account.refresh_token = None;
            account.id_token = None;
        }
    }

    pub(super) fn parse(line: &[u8]) -> Result<Self, LineError> {
        let text = str::from_utf8(line).map_err(|_| LineError::NotUtf8)?;
        // Some programs begin a file with a byte order mark.
        let text = text.trim_start_matches('\u{feff}').trim();
        if !text.starts_with('{') {
            return Err(LineError::NotAnObject);
        }
        serde_json::from_str(text).map_err(|error| match error.classify() {
            Category::Data => LineError::Member(without_value(&error)),
            Category::Syntax | Category::Eof | Category::Io => LineError::NotJson(error.column()),
        })
    }

    /// Whom it describes. What it leaves out is as for somebody who signs up at `now`.
    pub(super) fn person(self, now: Time, entropy: &Entropy) -> Result<Person, LineError> {
        let created_at = time("createdAt", self.created_at)?.unwrap_or(now);
        let user = User {
            name: Name::parse(self.name).map_err(|why| LineError::Text("name", why))?.into_string(),
            email: Email::parse(&self.email)?,
            email_verified: self.email_verified,
            image: self.image.map(image).transpose()?,
            created_at,
            updated_at: time("updatedAt", self.updated_at)?.unwrap_or(created_at),
            id: UserId::from_stored(id("id", self.id)?),
        };
        let short_form = self.password.map(|password| Account {
            provider_id: AccountRow::CREDENTIAL.to_owned(),
            account_id: user.id.as_str().to_owned(),
            password: Some(password),
            ..Account::default()
        });
        let accounts = self.accounts.into_iter().chain(short_form);
        let accounts = accounts
            .map(|account| account.linked(&user, entropy))
            .collect::<Result<Vec<_>, _>>()?;
        if accounts.iter().filter(|account| account.link().is_none()).count() > 1 {
            return Err(LineError::TwoCredentials);
        }
        let (mut ids, mut links) = (HashSet::new(), HashSet::new());
        if !accounts.iter().all(|account| ids.insert(&account.id)) {
            return Err(LineError::OneAccountId);
        }
        if !accounts.iter().filter_map(AccountRow::link).all(|link| links.insert(link)) {
            return Err(LineError::OneLink);
        }
        Ok(Person { user, accounts })
    }
}

impl Account {
    fn of(account: AccountRow) -> Self {
        Self {
            id: Some(account.id),
            provider_id: account.provider_id,
            account_id: account.account_id,
            password: account.password.map(|hash| hash.expose().to_owned()),
            access_token: account.access_token,
            refresh_token: account.refresh_token,
            id_token: account.id_token,
            access_token_expires_at: account.access_token_expires_at.map(|time| time.to_string()),
            refresh_token_expires_at: account.refresh_token_expires_at.map(|time| time.to_string()),
            scope: account.scope,
            created_at: Some(account.created_at.to_string()),
            updated_at: Some(account.updated_at.to_string()),
        }
    }

    fn linked(self, user: &User, entropy: &Entropy) -> Result<AccountRow, LineError> {
        if self.password.is_some() && self.provider_id != AccountRow::CREDENTIAL {
            return Err(LineError::PasswordOfProvider);
        }
        if self.provider_id == AccountRow::CREDENTIAL && self.account_id != user.id.as_str() {
            return Err(LineError::CredentialOfAnother);
        }
        let created_at = time("createdAt", self.created_at)?.unwrap_or(user.created_at);
        Ok(AccountRow {
            id: match self.id {
                Some(given) => id("the id of an account", given)?,
                None => entropy.alphanumeric(32)?,
            },
            provider_id: id("providerId", self.provider_id)?,
            account_id: id("accountId", self.account_id)?,
            password: self.password.map(PasswordHash::import).transpose()?,
            access_token: self
                .access_token
                .map(|text| storable("accessToken", text))
                .transpose()?,
            refresh_token: self
                .refresh_token
                .map(|text| storable("refreshToken", text))
                .transpose()?,
            id_token: self.id_token.map(|text| storable("idToken", text)).transpose()?,
            access_token_expires_at: time("accessTokenExpiresAt", self.access_token_expires_at)?,
            refresh_token_expires_at: time("refreshTokenExpiresAt", self.refresh_token_expires_at)?,
            scope: self.scope.map(|text| storable("scope", text)).transpose()?,
            created_at,
            updated_at: time("updatedAt", self.updated_at)?.unwrap_or(created_at),
        })
    }
}

/// What serde says, without the value that it found: `invalid type: string "…", expected a map`.
fn without_value(error: &serde_json::Error) -> String {
    let said = error.to_string().replace(" at line 1 column ", ", at column ");
    match said.strip_prefix("invalid ").and_then(|said| said.rsplit_once(", expected ")) {
        Some((_, expected)) => format!("expected {expected}"),
        None => said,
    }
}

fn id(member: &'static str, text: String) -> Result<String, LineError> {
    let fits = (1..=MAX_ID).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits { Ok(text) } else { Err(LineError::Id(member)) }
}

fn image(text: String) -> Result<String, LineError> {
    let parsed = ImageAddress::parse(text).map_err(|why| LineError::Text("image", why))?;
    Ok(parsed.into_string())
}

/// PostgreSQL stores no U+0000, and what one database takes the other has to take.
fn storable(member: &'static str, text: String) -> Result<String, LineError> {
    if text.contains('\0') { Err(LineError::Text(member, InvalidText::Null)) } else { Ok(text) }
}

fn time(member: &'static str, text: Option<String>) -> Result<Option<Time>, LineError> {
    text.map(|text| Time::parse(&text).map_err(|_| LineError::Time(member))).transpose()
}

impl From<InvalidEmail> for LineError {
    fn from(_: InvalidEmail) -> Self {
        Self::Email
    }
}

impl From<NoEntropy> for LineError {
    fn from(_: NoEntropy) -> Self {
        Self::NoEntropy
    }
}

impl From<HashRefused> for LineError {
    fn from(refused: HashRefused) -> Self {
        match refused {
            HashRefused::UnknownForm => Self::UnknownHash,
            HashRefused::TooCostly => Self::CostlyHash,
        }
    }
}
