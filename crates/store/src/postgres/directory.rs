//! Everybody's rows, whole: `user` and `account`.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use jiff::Timestamp;
use tessera_db::{DbError, Transaction};
use tessera_engine::directory::{AccountRow, Admission, Admit, Directory, Person};
use tessera_engine::store::StoreError;
use tessera_engine::{Email, PasswordHash, Time, User, UserId};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::PostgresStore;
use super::rows::{self, TEXT};
use crate::failure::failed;

const TEXTS: Type = Type::TEXT_ARRAY;
const TIMES: Type = Type::TIMESTAMPTZ_ARRAY;
const BOOLEANS: Type = Type::BOOL_ARRAY;

/// How often people are added anew because others signed up with their addresses meanwhile.
const ATTEMPTS: usize = 5;

/// One statement, so that people and their accounts are of one moment.
const PEOPLE: &str = r#"
    with u as (
        select * from "user" where $1 is null or "id" collate "C" > $1
        order by "id" collate "C" limit $2
    )
    select u."name", u."email", u."emailVerified", u."image", u."createdAt", u."updatedAt", u."id",
        a."id", a."providerId", a."accountId", a."password", a."accessToken", a."refreshToken",
        a."idToken", a."accessTokenExpiresAt", a."refreshTokenExpiresAt", a."scope",
        a."createdAt", a."updatedAt"
    from u left join "account" a on a."userId" = u."id"
    order by u."id" collate "C", a."id" collate "C""#;

#[async_trait]
impl Directory for PostgresStore {
    async fn people(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<Person>, StoreError> {
        let (after, limit) = (after.map(UserId::as_str), i64::from(limit));
        let found = self.db.query(PEOPLE, &[(&after, TEXT), (&limit, Type::INT8)]).await;
        let mut people: Vec<Person> = Vec::new();
        for row in &found.map_err(failed)? {
            let user = rows::user(row, 0)?;
            if people.last().is_none_or(|last| last.user.id != user.id) {
                people.push(Person { user, accounts: Vec::new() });
            }
            let accounts = people.last_mut().map(|person| &mut person.accounts);
            if let (Some(accounts), Some(account)) = (accounts, account(row)?) {
                accounts.push(account);
            }
        }
        Ok(people)
    }

    async fn admit(&self, people: Vec<Person>, admit: Admit) -> Result<Vec<Admission>, StoreError> {
        for _ in 0..ATTEMPTS {
            let mut transaction = self.db.begin().await.map_err(failed)?;
            let admissions = judge(&mut transaction, &people).await?;
            if admit == Admit::Try {
                return Ok(admissions);
            }
            let added = people.iter().zip(&admissions);
            let added = added.filter(|(_, admission)| **admission == Admission::Added);
            let added: Vec<_> = added.map(|(person, _)| person).collect();
            if add(&mut transaction, &added).await.map_err(failed)? {
                transaction.commit().await.map_err(failed)?;
                return Ok(admissions);
            }
        }
        let often = "others signed up with the same addresses again and again";
        Err(failed(DbError::Unavailable(often.to_owned())))
    }
}

/// The account in a row of [`PEOPLE`], if its person has one.
fn account(row: &Row) -> Result<Option<AccountRow>, StoreError> {
    const TABLE: &str = "account";
    let at = rows::USER_WIDTH;
    let Some(id) = rows::value(row, at, TABLE, "id")? else {
        return Ok(None);
    };
    let password: Option<String> = rows::value(row, at + 3, TABLE, "password")?;
    Ok(Some(AccountRow {
        id,
        provider_id: rows::value(row, at + 1, TABLE, "providerId")?,
        account_id: rows::value(row, at + 2, TABLE, "accountId")?,
        password: password.map(PasswordHash::from_stored),
        access_token: rows::value(row, at + 4, TABLE, "accessToken")?,
        refresh_token: rows::value(row, at + 5, TABLE, "refreshToken")?,
        id_token: rows::value(row, at + 6, TABLE, "idToken")?,
        access_token_expires_at: rows::optional_time(row, at + 7, TABLE, "accessTokenExpiresAt")?,
        refresh_token_expires_at: rows::optional_time(row, at + 8, TABLE, "refreshTokenExpiresAt")?,
        scope: rows::value(row, at + 9, TABLE, "scope")?,
        created_at: rows::time(row, at + 10, TABLE, "createdAt")?,
        updated_at: rows::time(row, at + 11, TABLE, "updatedAt")?,
    }))
}

/// Who can be added, in three round trips at most however many there are.
async fn judge(
    transaction: &mut Transaction,
    people: &[Person],
) -> Result<Vec<Admission>, StoreError> {
    let ids: Vec<_> = people.iter().map(|person| person.user.id.as_str()).collect();
    let emails: Vec<_> = people.iter().map(|person| person.user.email.as_str()).collect();
    let sql = r#"select "id", "email" from "user" where "id" = any($1) or "email" = any($2)"#;
    let found = transaction.query(sql, &[(&ids, TEXTS), (&emails, TEXTS)]).await;
    let (mut by_id, mut by_email) = (HashMap::new(), HashMap::new());
    for row in &found.map_err(failed)? {
        let id = UserId::from_stored(rows::value(row, 0, "user", "id")?);
        let email = Email::from_stored(rows::value(row, 1, "user", "email")?);
        by_id.insert(id.clone(), email.clone());
        by_email.insert(email, id);
    }
    let ids: Vec<_> = people.iter().flat_map(|person| &person.accounts).map(|a| &a.id).collect();
    let sql = r#"select "id" from "account" where "id" = any($1)"#;
    let found = transaction.query(sql, &[(&ids, TEXTS)]).await.map_err(failed)?;
    let taken = found.iter().map(|row| rows::value(row, 0, "account", "id"));
    let mut taken: HashSet<String> = taken.collect::<Result<_, _>>()?;

    let links = people.iter().flat_map(|person| &person.accounts).filter_map(AccountRow::link);
    let (providers, accounts): (Vec<_>, Vec<_>) = links.unzip();
    let mut links = HashMap::new();
    if !providers.is_empty() {
        let sql = r#"select "providerId", "accountId", "userId" from "account"
                     where ("providerId", "accountId") in (select * from unnest($1, $2))"#;
        let found = transaction.query(sql, &[(&providers, TEXTS), (&accounts, TEXTS)]).await;
        for row in &found.map_err(failed)? {
            let provider: String = rows::value(row, 0, "account", "providerId")?;
            let account: String = rows::value(row, 1, "account", "accountId")?;
            let owner = UserId::from_stored(rows::value(row, 2, "account", "userId")?);
            links.insert((provider, account), owner);
        }
    }

    let mut judge = |Person { user, accounts }: &Person| {
        match (by_id.get(&user.id), by_email.get(&user.email)) {
            (Some(email), _) if *email == user.email => return Admission::Present,
            (Some(by), _) => return Admission::IdTaken { by: by.clone() },
            (None, Some(by)) => return Admission::EmailTaken { by: by.clone() },
            (None, None) => {}
        }
        if let Some(account) = accounts.iter().find(|account| taken.contains(&account.id)) {
            return Admission::AccountTaken { id: account.id.clone() };
        }
        let own = accounts.iter().filter_map(AccountRow::link);
        let own: Vec<_> = own.map(|(at, id)| (at.to_owned(), id.to_owned())).collect();
        for link in &own {
            if let Some(by) = links.get(link) {
                return Admission::LinkTaken { provider: link.0.clone(), by: by.clone() };
            }
        }
        links.extend(own.into_iter().map(|link| (link, user.id.clone())));
        by_id.insert(user.id.clone(), user.email.clone());
        by_email.insert(user.email.clone(), user.id.clone());
        taken.extend(accounts.iter().map(|account| account.id.clone()));
        Admission::Added
    };
    Ok(people.iter().map(&mut judge).collect())
}

/// False when somebody took an id or an address since it was judged to be free.
async fn add(transaction: &mut Transaction, people: &[&Person]) -> Result<bool, DbError> {
    let users: Vec<_> = people.iter().map(|person| &person.user).collect();
    if add_users(transaction, &users).await? < users.len() as u64 {
        return Ok(false);
    }
    let accounts = people.iter().flat_map(|person| {
        person.accounts.iter().map(|account| (person.user.id.as_str(), account))
    });
    let accounts: Vec<_> = accounts.collect();
    Ok(add_accounts(transaction, &accounts).await? == accounts.len() as u64)
}

async fn add_users(transaction: &mut Transaction, users: &[&User]) -> Result<u64, DbError> {
    let texts =
        |of: fn(&User) -> Option<&str>| users.iter().map(|user| of(user)).collect::<Vec<_>>();
    let times = |of: fn(&User) -> Time| {
        users.iter().map(|user| Timestamp::from(of(user))).collect::<Vec<_>>()
    };
    let verified: Vec<_> = users.iter().map(|user| user.email_verified).collect();
    transaction
        .execute(
            r#"insert into "user" ("id", "name", "email", "image", "emailVerified", "createdAt", "updatedAt")
               select * from unnest($1, $2, $3, $4, $5, $6, $7) on conflict do nothing"#,
            &[
                (&texts(|user| Some(user.id.as_str())), TEXTS),
                (&texts(|user| Some(&user.name)), TEXTS),
                (&texts(|user| Some(user.email.as_str())), TEXTS),
                (&texts(|user| user.image.as_deref()), TEXTS),
                (&verified, BOOLEANS),
                (&times(|user| user.created_at), TIMES),
                (&times(|user| user.updated_at), TIMES),
            ],
        )
        .await
}

async fn add_accounts(
    transaction: &mut Transaction,
    accounts: &[(&str, &AccountRow)],
) -> Result<u64, DbError> {
    let owners: Vec<_> = accounts.iter().map(|(owner, _)| *owner).collect();
    let texts = |of: fn(&AccountRow) -> Option<&str>| {
        accounts.iter().map(|(_, account)| of(account)).collect::<Vec<_>>()
    };
    let times = |of: fn(&AccountRow) -> Option<Time>| {
        accounts.iter().map(|(_, account)| of(account).map(Timestamp::from)).collect::<Vec<_>>()
    };
    transaction
        .execute(
            r#"insert into "account" ("userId", "id", "providerId", "accountId", "password",
                 "accessToken", "refreshToken", "idToken", "scope", "accessTokenExpiresAt",
                 "refreshTokenExpiresAt", "createdAt", "updatedAt")
               select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
               on conflict do nothing"#,
            &[
                (&owners, TEXTS),
                (&texts(|account| Some(&account.id)), TEXTS),
                (&texts(|account| Some(&account.provider_id)), TEXTS),
                (&texts(|account| Some(&account.account_id)), TEXTS),
                (&texts(|account| account.password.as_ref().map(PasswordHash::expose)), TEXTS),
                (&texts(|account| account.access_token.as_deref()), TEXTS),
                (&texts(|account| account.refresh_token.as_deref()), TEXTS),
                (&texts(|account| account.id_token.as_deref()), TEXTS),
                (&texts(|account| account.scope.as_deref()), TEXTS),
                (&times(|account| account.access_token_expires_at), TIMES),
                (&times(|account| account.refresh_token_expires_at), TIMES),
                (&times(|account| Some(account.created_at)), TIMES),
                (&times(|account| Some(account.updated_at)), TIMES),
            ],
        )
        .await
}
