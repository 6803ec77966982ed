//! Which of a person's accounts at identity providers is meant: what three routes read.

use serde_json::Value;
use tessera_engine::UserId;
use tessera_engine::linked::LinkedAccount;

use crate::body::{Body, BodyForm, Input};
use crate::exchange::Exchange;
use crate::failure::Failure;

/// What selects an account, in a body.
pub(super) struct SelectedInBody(pub(super) Selection);

/// What selects an account, in a query.
pub(super) struct SelectedInQuery(pub(super) Selection);

/// Which account.
pub(super) enum Selection {
    /// The row of this id.
    Account(String),
    /// The one in a cookie, which only a provider could have led to.
    Cookie,
}

impl Input for SelectedInBody {
    const FORM: BodyForm = BodyForm::Json;

    fn parse(body: Body) -> Result<Self, Failure> {
        Selection::read("body", body).map(Self)
    }
}

impl Input for SelectedInQuery {
    const FORM: BodyForm = BodyForm::Query;

    fn parse(query: Body) -> Result<Self, Failure> {
        Selection::read("query", query).map(Self)
    }
}

impl Selection {
    /// Reads `{ accountId, userId? }` or `{ useAccountCookie: true, userId? }`, with nothing beside.
    ///
    /// Better Auth tries both in turn and names members that it does not know only if nothing else is
    /// wrong with exactly one of them.
    fn read(place: &str, sent: Body) -> Result<Self, Failure> {
        let wrong = |text: &str| Err(Failure::Validation(format!("[{place}] {text}")));
        let Some(Value::Object(members)) = sent else {
            return wrong("Invalid input");
        };
        let names_account = members.get("accountId").and_then(Value::as_str);
        let names_cookie = members.get("useAccountCookie") == Some(&Value::Bool(true));
        let known = match (names_account, names_cookie) {
            (Some(_), false) => "accountId",
            (None, true) => "useAccountCookie",
            _ => return wrong("Invalid input"),
        };
        if members.get("userId").is_some_and(|id| !id.is_string()) {
            return wrong("Invalid input");
        }
        let unknown: Vec<String> = members
            .keys()
            .filter(|name| ![known, "userId"].contains(&name.as_str()))
            .map(|name| format!("\"{name}\""))
            .collect();
        match unknown.as_slice() {
            [] => Ok(names_account.map_or(Self::Cookie, |id| Self::Account(id.to_owned()))),
            [name] => wrong(&format!("Unrecognized key: {name}")),
            names => wrong(&format!("Unrecognized keys: {}", names.join(", "))),
        }
    }

    /// The caller's own account that is meant; a `userId` beside it changes nothing.
    pub(super) async fn find(
        self,
        exchange: &Exchange,
        owner: &UserId,
    ) -> Result<LinkedAccount, Failure> {
        let Self::Account(id) = self else {
            return Err(Failure::AccountNotFound);
        };
        let accounts = exchange.protocol().engine.linked_accounts(owner).await?;
        accounts.into_iter().find(|account| account.id == id).ok_or(Failure::AccountNotFound)
    }
}
