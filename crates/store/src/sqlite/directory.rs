//! Everybody's rows, whole: `user` and `account`.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use tessera_engine::directory::{AccountRow, Admission, Admit, Directory, Person};
use tessera_engine::linked::PASSWORD_PROVIDER;
use tessera_engine::store::StoreError;
use tessera_engine::{Email, PasswordHash, UserId};

use super::{SqliteStore, accounts, rows};

/// The columns of `account` that [`account`] reads, in its order.
const ACCOUNT: &str = r#""id", "providerId", "accountId", "password", "accessToken", "refreshToken",
    "idToken", "accessTokenExpiresAt", "refreshTokenExpiresAt", "scope", "createdAt", "updatedAt""#;

#[async_trait]
impl Directory for SqliteStore {
    async fn people(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<Person>, StoreError> {
        self.read(|db| people(db, after, limit))
    }

    async fn admit(&self, people: Vec<Person>, admit: Admit) -> Result<Vec<Admission>, StoreError> {
        match admit {
            Admit::Try => self.read(|db| {
                let mut links = links(db, &people)?;
                people.iter().map(|person| judge(db, person, &mut links)).collect()
            }),
            Admit::Add => {
                self.write(move |db| {
                    let mut links = links(db, &people)?;
                    people.iter().map(|person| add(db, person, &mut links)).collect()
                })
                .await
            }
        }
    }
}

fn people(db: &Connection, after: Option<&UserId>, limit: u32) -> rusqlite::Result<Vec<Person>> {
    // The rows of a person are all of one moment.
    let moment = db.unchecked_transaction()?;
    let after = after.map(UserId::as_str);
    let sql = format!(
        r#"select {} from "user" u where ?1 is null or u."id" > ?1
           order by u."id" collate binary limit ?2"#,
        rows::USER
    );
    let users = moment
        .prepare_cached(&sql)?
        .query_map(params![after, limit], |row| rows::user(row, 0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let sql = format!(
        r#"select {ACCOUNT} from "account" where "userId" = ?1 order by "id" collate binary"#
    );
    let mut accounts = moment.prepare_cached(&sql)?;
    users
        .into_iter()
        .map(|user| {
            let accounts = accounts.query_map([user.id.as_str()], account)?;
            Ok(Person { accounts: accounts.collect::<rusqlite::Result<_>>()?, user })
        })
        .collect()
}

fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    const TABLE: &str = "account";
    Ok(AccountRow {
        id: rows::value(row, 0, TABLE, "id")?,
        provider_id: rows::value(row, 1, TABLE, "providerId")?,
        account_id: rows::value(row, 2, TABLE, "accountId")?,
        password: rows::value::<Option<String>>(row, 3, TABLE, "password")?
            .map(PasswordHash::from_stored),
        access_token: rows::value(row, 4, TABLE, "accessToken")?,
        refresh_token: rows::value(row, 5, TABLE, "refreshToken")?,
        id_token: rows::value(row, 6, TABLE, "idToken")?,
        access_token_expires_at: rows::optional_time(row, 7, TABLE, "accessTokenExpiresAt")?,
        refresh_token_expires_at: rows::optional_time(row, 8, TABLE, "refreshTokenExpiresAt")?,
        scope: rows::value(row, 9, TABLE, "scope")?,
        created_at: rows::time(row, 10, TABLE, "createdAt")?,
        updated_at: rows::time(row, 11, TABLE, "updatedAt")?,
    })
}

/// Who is linked with an account at a provider.
type Links = HashMap<(String, String), UserId>;

/// Those of the accounts of these people that somebody is linked with. One look through the table,
/// which has no index for it: an import of people with providers takes time that grows with the square
/// of their number, and each batch keeps the writer for as long as a look takes.
fn links(db: &Connection, people: &[Person]) -> rusqlite::Result<Links> {
    let accounts = people.iter().flat_map(|person| &person.accounts);
    let wanted: HashSet<_> = accounts.filter_map(AccountRow::link).collect();
    let mut links = Links::new();
    if wanted.is_empty() {
        return Ok(links);
    }
    let mut linked = db.prepare_cached(
        r#"select "providerId", "accountId", "userId" from "account" where "providerId" <> ?1"#,
    )?;
    let mut found = linked.query([PASSWORD_PROVIDER])?;
    while let Some(row) = found.next()? {
        let provider: String = rows::value(row, 0, "account", "providerId")?;
        let account: String = rows::value(row, 1, "account", "accountId")?;
        if wanted.contains(&(provider.as_str(), account.as_str())) {
            let owner = UserId::from_stored(rows::value(row, 2, "account", "userId")?);
            links.insert((provider, account), owner);
        }
    }
    Ok(links)
}

/// Whether somebody can be added; if so, their links are theirs from here on.
fn judge(db: &Connection, person: &Person, links: &mut Links) -> rusqlite::Result<Admission> {
    let Person { user, accounts } = person;
    let found = db
        .prepare_cached(
            r#"select "id", "email" from "user" where "id" = ?1 or "email" = ?2
               order by "id" = ?1 desc limit 1"#,
        )?
        .query_row([user.id.as_str(), user.email.as_str()], |row| {
            let id = UserId::from_stored(rows::value(row, 0, "user", "id")?);
            Ok((id, Email::from_stored(rows::value(row, 1, "user", "email")?)))
        })
        .optional()?;
    match found {
        Some((id, email)) if id == user.id && email == user.email => return Ok(Admission::Present),
        Some((id, by)) if id == user.id => return Ok(Admission::IdTaken { by }),
        Some((by, _)) => return Ok(Admission::EmailTaken { by }),
        None => {}
    }
    let mut taken = db.prepare_cached(r#"select 1 from "account" where "id" = ?1"#)?;
    for account in accounts {
        if taken.exists([&account.id])? {
            return Ok(Admission::AccountTaken { id: account.id.clone() });
        }
    }
    let own = accounts.iter().filter_map(AccountRow::link);
    let own: Vec<_> = own.map(|(at, id)| (at.to_owned(), id.to_owned())).collect();
    for link in &own {
        if let Some(by) = links.get(link) {
            return Ok(Admission::LinkTaken { provider: link.0.clone(), by: by.clone() });
        }
    }
    links.extend(own.into_iter().map(|link| (link, user.id.clone())));
    Ok(Admission::Added)
}

fn add(db: &Connection, person: &Person, links: &mut Links) -> rusqlite::Result<Admission> {
    let judged = judge(db, person, links)?;
    if judged != Admission::Added {
        return Ok(judged);
    }
    accounts::add_user(db, &person.user)?;
    let mut insert = db.prepare_cached(
        r#"insert into "account" ("id", "providerId", "accountId", "userId", "password",
             "accessToken", "refreshToken", "idToken", "accessTokenExpiresAt",
             "refreshTokenExpiresAt", "scope", "createdAt", "updatedAt")
           values (:id, :provider, :account, :user, :password, :access, :refresh, :idToken,
             :accessUntil, :refreshUntil, :scope, :created, :updated)"#,
    )?;
    for account in &person.accounts {
        insert.execute(named_params! {
            ":id": account.id,
            ":provider": account.provider_id,
            ":account": account.account_id,
            ":user": person.user.id.as_str(),
            ":password": account.password.as_ref().map(PasswordHash::expose),
            ":access": account.access_token,
            ":refresh": account.refresh_token,
            ":idToken": account.id_token,
            ":accessUntil": account.access_token_expires_at.map(|time| time.to_string()),
            ":refreshUntil": account.refresh_token_expires_at.map(|time| time.to_string()),
            ":scope": account.scope,
            ":created": account.created_at.to_string(),
            ":updated": account.updated_at.to_string(),
        })?;
    }
    Ok(judged)
}
