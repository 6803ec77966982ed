//! The tables `user` and `account`.

use rusqlite::{Connection, OptionalExtension, named_params};
use tessera_engine::store::{Credential, NewAccount, Rehash};
use tessera_engine::{Email, PasswordHash, Time, User, UserId};

use super::{rows, sessions};

/// `account.providerId` of the account row that holds a password.
const CREDENTIAL: &str = "credential";

pub(crate) fn create(db: &Connection, new: &NewAccount) -> rusqlite::Result<()> {
    let NewAccount { user, account_id, password, session } = new;
    add_user(db, user)?;
    db.prepare_cached(
        r#"insert into "account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
           values (:id, :user, :provider, :user, :password, :now, :now)"#,
    )?
    .execute(named_params! {
        ":id": account_id,
        ":user": user.id.as_str(),
        ":provider": CREDENTIAL,
        ":password": password.expose(),
        ":now": user.created_at.to_string(),
    })?;
    sessions::create(db, session)
}

pub(crate) fn add_user(db: &Connection, user: &User) -> rusqlite::Result<()> {
    db.prepare_cached(
        r#"insert into "user" ("name", "email", "emailVerified", "image", "createdAt", "updatedAt", "id")
           values (:name, :email, :verified, :image, :created, :updated, :id)"#,
    )?
    .execute(named_params! {
        ":name": user.name,
        ":email": user.email.as_str(),
        ":verified": user.email_verified,
        ":image": user.image,
        ":created": user.created_at.to_string(),
        ":updated": user.updated_at.to_string(),
        ":id": user.id.as_str(),
    })
    .map(drop)
}

pub(crate) fn find_credential(
    db: &Connection,
    email: &Email,
) -> rusqlite::Result<Option<Credential>> {
    let sql = format!(
        r#"select {}, a."password" from "user" u
           left join "account" a on a."userId" = u."id" and a."providerId" = '{CREDENTIAL}'
           where u."email" = ?1 limit 1"#,
        rows::USER
    );
    db.prepare_cached(&sql)?
        .query_row([email.as_str()], |row| {
            let password: Option<String> =
                rows::value(row, rows::USER_WIDTH, "account", "password")?;
            Ok(Credential {
                user: rows::user(row, 0)?,
                password: password.map(PasswordHash::from_stored),
            })
        })
        .optional()
}

pub(crate) fn rehash_password(
    db: &Connection,
    user: &UserId,
    rehash: &Rehash,
    now: Time,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        r#"update "account" set "password" = :new, "updatedAt" = :now
           where "userId" = :user and "providerId" = :provider and "password" = :old"#,
    )?
    .execute(named_params! {
        ":new": rehash.new.expose(),
        ":now": now.to_string(),
        ":user": user.as_str(),
        ":provider": CREDENTIAL,
        ":old": rehash.old.expose(),
    })
    .map(drop)
}
