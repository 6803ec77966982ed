//! People in and out, on each database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use tempfile::TempDir;
use tessera_db::{Postgres, PostgresUrl, Sqlite};
use tessera_engine::directory::{AccountRow, Admission, Admit, Directory, Person};
use tessera_engine::{Email, PasswordHash, Time, User, UserId};
use tessera_store::{Lacking, MIGRATIONS, PostgresStore, SqliteStore};
use tessera_test_postgres::fresh;
use tokio::task::JoinSet;

fn sqlite() -> (TempDir, Arc<dyn Directory>) {
    let folder = TempDir::new().unwrap();
    let db = Sqlite::open(&folder.path().join("tessera.db")).unwrap();
    db.migrate("", &[&MIGRATIONS]).unwrap();
    (folder, Arc::new(SqliteStore::new(db)))
}

async fn postgres(url: &str) -> Arc<dyn Directory> {
    let connections = NonZeroUsize::new(10).unwrap();
    let db = Postgres::open(PostgresUrl::parse(url).unwrap(), connections).await.unwrap();
    db.migrate("", &[&MIGRATIONS]).await.unwrap();
    Arc::new(PostgresStore::new(db))
}

#[tokio::test]
async fn n16_on_sqlite() {
    let (_folder, directory) = sqlite();
    come_out_as_they_went_in(directory.as_ref()).await;
    let (_folder, directory) = sqlite();
    are_told_apart(directory.as_ref()).await;
    let (_folder, directory) = sqlite();
    are_added_once_however_many_add_them(directory).await;
}

#[tokio::test]
async fn n16_on_postgres() {
    come_out_as_they_went_in(postgres(&fresh().url()).await.as_ref()).await;
    are_told_apart(postgres(&fresh().url()).await.as_ref()).await;
    are_added_once_however_many_add_them(postgres(&fresh().url()).await).await;
}

#[tokio::test]
async fn n16_on_postgres_through_a_pooler() {
    let url = || fresh().url_through_pgbouncer();
    come_out_as_they_went_in(postgres(&url()).await.as_ref()).await;
    are_told_apart(postgres(&url()).await.as_ref()).await;
    are_added_once_however_many_add_them(postgres(&url()).await).await;
}

#[tokio::test]
async fn n15_what_a_postgres_database_lacks_is_named() {
    let database = fresh();
    let url = PostgresUrl::parse(&database.url()).unwrap();
    let db = Postgres::open(url, NonZeroUsize::MIN).await.unwrap();
    assert_eq!(PostgresStore::compare(&db).await.unwrap().tables.len(), 5);
    db.migrate("", &[&MIGRATIONS]).await.unwrap();
    assert_eq!(PostgresStore::compare(&db).await.unwrap(), Lacking::default());
    database.execute(
        "alter table jwks drop column alg; alter table account drop column \"accessTokenExpiresAt\";
         alter table session add column \"activeOrganizationId\" text;
         alter table \"user\" add column role text not null default 'user';",
    );
    let lacking = PostgresStore::compare(&db).await.unwrap();
    let adding: String = lacking.columns.into_iter().map(PostgresStore::adding).collect();
    let sql = "alter table \"account\" add column \"accessTokenExpiresAt\" timestamptz;
alter table \"jwks\" add column \"alg\" text;
";
    assert_eq!(adding, sql);
    db.migrate(&adding, &[]).await.unwrap();
    assert_eq!(PostgresStore::compare(&db).await.unwrap(), Lacking::default());

    database.execute(
        "alter table session alter column \"expiresAt\" type timestamp;
         alter table verification alter column id type uuid using id::uuid;
         alter table account add column tenant text not null;",
    );
    let unusable = PostgresStore::compare(&db).await.unwrap_err().to_string();
    let expected = "the tables in this database cannot be used:
  session.expiresAt has the type TIMESTAMP WITHOUT TIME ZONE, which does not hold times as Better \
        Auth's own adapter writes them
  account.tenant must not be null and has no default, and no row of Tessera's has a value for it: \
        give it a default, or allow null
  verification.id has the type UUID, which does not hold text";
    assert_eq!(unusable, expected);
}

async fn come_out_as_they_went_in(directory: &dyn Directory) {
    assert_eq!(out(directory, None, 10).await, []);
    let mut ada = person("b", "ada@example.com");
    ada.user.image = Some("https://example.com/ada.png".to_owned());
    ada.user.email_verified = true;
    ada.accounts.insert(
        0,
        AccountRow {
            provider_id: "github".to_owned(),
            password: None,
            access_token: Some("access".to_owned()),
            refresh_token: Some("refresh".to_owned()),
            id_token: Some("id".to_owned()),
            access_token_expires_at: Some(Time::from_millis(1_800_000_000_002)),
            refresh_token_expires_at: Some(Time::from_millis(1_800_000_000_003)),
            scope: Some("user:email".to_owned()),
            ..account("A")
        },
    );
    let mut alone = person("B", "alone@example.com");
    alone.accounts.clear();
    let people = [ada, alone, person("a", "cleo@example.com")];
    let shown: Vec<_> = people.iter().map(shown).collect();
    let added = directory.admit(people.to_vec(), Admit::Add).await.unwrap();
    assert_eq!(added, [Admission::Added, Admission::Added, Admission::Added]);

    let in_order = [shown[1].clone(), shown[2].clone(), shown[0].clone()];
    assert_eq!(out(directory, None, 10).await, in_order);
    assert_eq!(out(directory, None, 2).await, in_order[..2]);
    assert_eq!(out(directory, Some("a"), 2).await, in_order[2..]);
    assert_eq!(out(directory, Some("b"), 2).await, []);
}

async fn are_told_apart(directory: &dyn Directory) {
    let ada = person("ada", "ada@example.com");
    directory.admit(vec![ada.clone()], Admit::Add).await.unwrap();
    let there = out(directory, None, 10).await;
    let mut same_account = person("cleo", "cleo@example.com");
    same_account.accounts[0].id = ada.accounts[0].id.clone();
    let link = |id: &str| AccountRow {
        provider_id: "github".to_owned(),
        account_id: "4711".to_owned(),
        password: None,
        ..account(id)
    };
    let mut linked = person("dan", "dan@example.com");
    linked.accounts.push(link("dan at github"));
    let mut same_link = person("eve", "eve@example.com");
    same_link.accounts.push(link("eve at github"));
    assert_eq!(
        directory.admit(vec![linked.clone(), same_link.clone()], Admit::Try).await.unwrap()[1],
        Admission::LinkTaken { provider: "github".to_owned(), by: linked.user.id.clone() },
    );
    let batch = vec![
        ada,
        person("ada", "new@example.com"),
        person("new", "ada@example.com"),
        same_account,
        person("bob", "bob@example.com"),
        person("bob", "bob@example.com"),
        person("bob", "other@example.com"),
        person("other", "bob@example.com"),
        linked.clone(),
        same_link,
    ];
    let expected = [
        Admission::Present,
        Admission::IdTaken { by: Email::from_stored("ada@example.com".to_owned()) },
        Admission::EmailTaken { by: UserId::from_stored("ada".to_owned()) },
        Admission::AccountTaken { id: "account of ada".to_owned() },
        Admission::Added,
        Admission::Present,
        Admission::IdTaken { by: Email::from_stored("bob@example.com".to_owned()) },
        Admission::EmailTaken { by: UserId::from_stored("bob".to_owned()) },
        Admission::Added,
        Admission::LinkTaken { provider: "github".to_owned(), by: linked.user.id.clone() },
    ];
    let tried = directory.admit(batch[..4].to_vec(), Admit::Try).await.unwrap();
    assert_eq!(tried, expected[..4]);
    assert_eq!(out(directory, None, 10).await, there, "trying changes nothing");
    assert_eq!(directory.admit(batch, Admit::Add).await.unwrap(), expected);
    let after = out(directory, None, 10).await;
    let bob = shown(&person("bob", "bob@example.com"));
    assert_eq!(after, [there[0].clone(), bob, shown(&linked)]);
    assert_eq!(directory.admit(Vec::new(), Admit::Add).await.unwrap(), []);
}

async fn are_added_once_however_many_add_them(directory: Arc<dyn Directory>) {
    let mut race = JoinSet::new();
    for runner in 0..8 {
        let directory = Arc::clone(&directory);
        let people =
            (0..20).map(|n| person(&format!("{runner}-{n}"), &format!("p{n}@example.com")));
        let people: Vec<_> = people.collect();
        race.spawn(async move { directory.admit(people, Admit::Add).await.unwrap() });
    }
    let admissions: Vec<_> = race.join_all().await.into_iter().flatten().collect();
    let added = admissions.iter().filter(|admission| **admission == Admission::Added);
    assert_eq!(added.count(), 20);
    let others = |admission: &&Admission| matches!(admission, Admission::EmailTaken { .. });
    assert_eq!(admissions.iter().filter(others).count(), 7 * 20);
    assert_eq!(out(directory.as_ref(), None, 100).await.len(), 20);
}

fn person(id: &str, email: &str) -> Person {
    let user = User {
        name: "Somebody 🦀".to_owned(),
        email: Email::parse(email).unwrap(),
        email_verified: false,
        image: None,
        created_at: Time::from_millis(1_800_000_000_000),
        updated_at: Time::from_millis(1_800_000_000_001),
        id: UserId::from_stored(id.to_owned()),
    };
    Person { user, accounts: vec![account(&format!("account of {id}"))] }
}

fn account(id: &str) -> AccountRow {
    AccountRow {
        id: id.to_owned(),
        provider_id: AccountRow::CREDENTIAL.to_owned(),
        account_id: "who it is there".to_owned(),
        password: Some(PasswordHash::from_stored("a hash".to_owned())),
        access_token: None,
        refresh_token: None,
        id_token: None,
        access_token_expires_at: None,
        refresh_token_expires_at: None,
        scope: None,
        created_at: Time::from_millis(1_800_000_000_004),
        updated_at: Time::from_millis(1_800_000_000_005),
    }
}

/// Somebody, secrets included, so that people can be compared.
fn shown(person: &Person) -> (User, Vec<String>) {
    let account = |a: &AccountRow| {
        let texts = [
            Some(a.id.as_str()),
            Some(&a.provider_id),
            Some(&a.account_id),
            a.password.as_ref().map(PasswordHash::expose),
            a.access_token.as_deref(),
            a.refresh_token.as_deref(),
            a.id_token.as_deref(),
            a.scope.as_deref(),
        ];
        let until = [a.access_token_expires_at, a.refresh_token_expires_at];
        format!("{texts:?} {until:?} {} {}", a.created_at, a.updated_at)
    };
    (person.user.clone(), person.accounts.iter().map(account).collect())
}

async fn out(
    directory: &dyn Directory,
    after: Option<&str>,
    limit: u32,
) -> Vec<(User, Vec<String>)> {
    let after = after.map(|id| UserId::from_stored(id.to_owned()));
    let people = directory.people(after.as_ref(), limit).await.unwrap();
    people.iter().map(shown).collect()
}
