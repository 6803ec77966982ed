//! Signing keys and secrets that change while people work.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use tessera_engine::{AuthSecrets, KeyTimes, TokenSigning};
use tessera_verify::Verifier;

use crate::support::{App, HOUR, ORIGIN, Options, PASSWORD, Person, SECRET, decoded, text};

const MINUTE: Duration = Duration::from_secs(60);

/// How long a token lives.
const LIFETIME: Duration = Duration::from_secs(900);

const NEW_SECRET: &str = "another-secret-0123456789abcdefghijkl";

/// The key of RFC 8037 appendix A, in a row as the npm package writes it when it is told not to
/// encrypt, `alg` and `crv` left out as in old versions.
const NPM_ROW: &str = r#"insert into "jwks" ("id", "publicKey", "privateKey", "createdAt", "expiresAt") values (
    'KID', '{"crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kty":"OKP"}',
    '{"crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kty":"OKP"}',
    '2027-01-15T08:00:00.001Z', EXPIRES);"#;

/// A key pair that signs for so long.
fn rotating(interval: Option<Duration>) -> Options {
    let times = KeyTimes::new(5 * MINUTE, HOUR, interval, LIFETIME).unwrap();
    let signing = TokenSigning::KeyPair { algorithm: "EdDSA".parse().unwrap(), times };
    Options { signing, ..Options::default() }
}

fn with_secrets(list: &str) -> Options {
    Options { secrets: AuthSecrets::parse(list).unwrap(), ..rotating(None) }
}

async fn token(app: &App, person: &Person) -> String {
    text(&app.get("/token").of(person).send().await.json()["token"])
}

/// The `kid` of a token.
fn kid(token: &str) -> String {
    let header: Value = serde_json::from_str(&decoded(token).0).unwrap();
    text(&header["kid"])
}

/// The `kid`s of `/jwks`, in their order.
async fn published(app: &App) -> Vec<String> {
    let keys = app.get("/jwks").send().await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| text(&key["kid"])).collect()
}

/// A resource server that fetches the keys only when `max-age` is over.
struct Patient {
    verifier: Verifier,
    fresh_until: u64,
}

impl Patient {
    async fn new(app: &App) -> Self {
        let answer = app.get("/jwks").send().await;
        let max_age = answer.header("cache-control").unwrap().strip_prefix("public, max-age=");
        let max_age: u64 = max_age.unwrap().parse().unwrap();
        let verifier = Verifier::builder().issuer(ORIGIN).audience(ORIGIN).leeway(0);
        let verifier = verifier.jwks(&answer.body).build().unwrap();
        Self { verifier, fresh_until: app.seconds() + max_age }
    }

    async fn refreshed(self, app: &App) -> Self {
        if app.seconds() < self.fresh_until { self } else { Self::new(app).await }
    }

    #[track_caller]
    fn accepts(&self, token: &str, now: u64) {
        self.verifier.verify(token, now).map_err(|refusal| (refusal, decoded(token).0)).unwrap();
    }
}

#[tokio::test]
async fn t4_who_keeps_jwks_for_max_age_never_meets_an_unknown_key_nor_refuses_a_good_token() {
    let hourly = || rotating(Some(HOUR));
    let (mut one, two) = {
        let one = App::with(hourly()).await;
        let two = one.beside(hourly()).await;
        (one, two)
    };
    let ada = one.sign_up("ada@example.com").await;
    let mut first = Patient::new(&one).await;
    one.pass(Duration::from_secs(149));
    let mut second = Patient::new(&two).await;

    let mut signed_by = BTreeSet::new();
    let mut alive: Vec<(String, u64)> = Vec::new();
    for step in 0..1000 {
        // Each server looks at the keys every half a minute, not at once.
        let server = if step % 2 == 0 { &one } else { &two };
        server.engine.refresh_keys().await.unwrap();
        for server in [&one, &two] {
            let token = token(server, &ada).await;
            signed_by.insert(kid(&token));
            if alive.iter().all(|(known, _)| *known != token) {
                alive.push((token, server.seconds() + LIFETIME.as_secs()));
            }
        }
        first = first.refreshed(&two).await;
        second = second.refreshed(&one).await;
        let now = one.seconds();
        alive.retain(|(token, _)| {
            let claims: Value = serde_json::from_str(&decoded(token).1).unwrap();
            claims["exp"].as_u64().unwrap() > now
        });
        for (token, _) in &alive {
            first.accepts(token, now);
            second.accepts(token, now);
        }
        if step == 500 {
            one = two.beside(hourly()).await;
        }
        one.pass(Duration::from_secs(15));
    }
    assert_eq!(signed_by.len(), 5, "a key an hour, for more than four hours");
    assert_eq!(one.count("jwks"), 5, "and none beside");
    assert_eq!(published(&one).await.len(), 2, "those that are over are gone");
}

#[tokio::test]
async fn n2_the_next_key_is_published_before_it_signs_and_npm_does_not_see_it_until_then() {
    let app = App::with(rotating(Some(HOUR))).await;
    let ada = app.sign_up("ada@example.com").await;
    let first = kid(&token(&app, &ada).await);
    let etag = |answer: &crate::support::Answer| answer.header("etag").unwrap().to_owned();
    let before = etag(&app.get("/jwks").send().await);

    app.pass(HOUR - 11 * MINUTE - Duration::from_secs(1));
    app.engine.refresh_keys().await.unwrap();
    assert_eq!(published(&app).await, [first.as_str()]);
    app.pass(Duration::from_secs(1));
    app.engine.refresh_keys().await.unwrap();
    let both = published(&app).await;
    assert_eq!((both.len(), both[1].as_str()), (2, first.as_str()));
    assert_ne!(etag(&app.get("/jwks").send().await), before);
    assert_eq!(kid(&token(&app, &ada).await), first);
    assert_eq!((app.count("jwks"), app.count("tessera_pending_key")), (1, 1));

    app.pass(11 * MINUTE - Duration::from_secs(1));
    app.engine.refresh_keys().await.unwrap();
    assert_eq!(kid(&token(&app, &ada).await), first);
    app.pass(Duration::from_secs(1));
    app.engine.refresh_keys().await.unwrap();
    assert_eq!(kid(&token(&app, &ada).await), both[0]);
    assert_eq!(published(&app).await, both);
    assert_eq!((app.count("jwks"), app.count("tessera_pending_key")), (2, 0));
    // What the npm package signs with: the newest that has not expired.
    let newest = r#"select "id", "createdAt" from "jwks" where "expiresAt" is null"#;
    let expected = (both[0].clone(), "2027-01-15T09:00:00.000Z".to_owned());
    assert_eq!(app.row(newest), expected);
    let over = r#"select "id", "expiresAt" from "jwks" where "expiresAt" is not null"#;
    assert_eq!(app.row(over), (first, "2027-01-15T09:00:00.000Z".to_owned()));
}

#[tokio::test]
async fn n2_a_key_that_npm_made_signs_and_has_a_successor_before_it_expires() {
    let app = App::with(rotating(None)).await;
    let ada = app.sign_up("ada@example.com").await;
    let row = NPM_ROW.replace("KID", "npm").replace("EXPIRES", "'2027-01-15T09:00:00.000Z'");
    app.sql(&row);
    app.engine.refresh_keys().await.unwrap();
    assert_eq!(kid(&token(&app, &ada).await), "npm");
    let keys = app.get("/jwks").send().await.json();
    assert_eq!(keys["keys"][0]["alg"], "EdDSA", "what the row does not say is configured");

    app.pass(HOUR - 11 * MINUTE);
    app.engine.refresh_keys().await.unwrap();
    let next = published(&app).await[0].clone();
    assert_ne!(next, "npm");
    assert_eq!(kid(&token(&app, &ada).await), "npm");
    app.pass(11 * MINUTE);
    app.engine.refresh_keys().await.unwrap();
    assert_eq!(kid(&token(&app, &ada).await), next);
}

#[tokio::test]
async fn n2_a_key_that_expired_while_nobody_served_signs_on_until_its_successor_is_known() {
    let app = App::with(rotating(None)).await;
    let ada = app.sign_up("ada@example.com").await;
    let only = kid(&token(&app, &ada).await);
    app.sql(r#"update "jwks" set "expiresAt" = '2027-01-15T08:30:00.000Z'"#);
    app.pass(40 * MINUTE);
    let app = app.beside(rotating(None)).await;
    assert_eq!(kid(&token(&app, &ada).await), only);
    let next = published(&app).await[0].clone();
    app.pass(11 * MINUTE);
    app.engine.refresh_keys().await.unwrap();
    assert_eq!(kid(&token(&app, &ada).await), next);
}

#[tokio::test]
async fn n1_another_secret_sets_the_key_aside_and_nobody_is_refused() {
    let app = App::with(rotating(None)).await;
    let ada = app.sign_up("ada@example.com").await;
    let old = token(&app, &ada).await;

    let app = app.beside(with_secrets(&format!("1:{NEW_SECRET}"))).await;
    let body = serde_json::json!({ "email": "ada@example.com", "password": PASSWORD });
    let signed_in = app.post("/sign-in/email").json(&body).send().await;
    let session = app.get("/get-session").bearer(&text(&signed_in.json()["token"])).send().await;
    let new = session.header("set-auth-jwt").unwrap();
    assert_ne!(kid(new), kid(&old));
    assert_eq!(published(&app).await, [kid(new), kid(&old)]);
    let verifier = Patient::new(&app).await;
    verifier.accepts(&old, app.seconds());
    verifier.accepts(new, app.seconds());
}

#[tokio::test]
async fn t4_a_new_secret_before_the_old_one_signs_nobody_out_and_keeps_the_key() {
    let app = App::with(rotating(None)).await;
    let ada = app.sign_up("ada@example.com").await;
    let before = kid(&token(&app, &ada).await);

    let both = app.beside(with_secrets(&format!("2:{NEW_SECRET},1:{SECRET}"))).await;
    assert_eq!(kid(&token(&both, &ada).await), before);
    app.pass(24 * HOUR);
    let renewed = both.get("/get-session").of(&ada).send().await;
    let cookie = renewed.cookies()[0].split(';').next().unwrap().to_owned();
    assert_ne!(cookie, ada.cookie, "the first secret signs the renewed cookie");

    let new = app.beside(with_secrets(&format!("2:{NEW_SECRET}"))).await;
    assert_eq!(new.get("/get-session").of(&ada).send().await.body, "null");
    let session = new.get("/get-session").cookie(&cookie).send().await;
    assert_eq!(session.json()["user"]["email"], "ada@example.com");
}

#[tokio::test]
async fn n1_a_key_that_does_not_sign_costs_the_token_and_not_the_session() {
    let app = App::with(rotating(None)).await;
    let ada = app.sign_up("ada@example.com").await;
    // No verifier takes a header as long as this `kid` makes it, so none is signed.
    app.sql(&NPM_ROW.replace("KID", &"k".repeat(2000)).replace("EXPIRES", "null"));
    app.engine.refresh_keys().await.unwrap();
    let session = app.get("/get-session").of(&ada).send().await;
    assert_eq!((session.status.as_u16(), session.header("set-auth-jwt")), (200, None));
    assert_eq!(session.json()["user"]["email"], "ada@example.com");
    app.get("/token").of(&ada).send().await.assert(
        503,
        &[("retry-after", "1")],
        r#"{"message":"No token can be issued at the moment. Please try again.","code":"TOKEN_UNAVAILABLE"}"#,
    );
}

#[tokio::test]
async fn n2_whoever_has_this_version_of_jwks_is_not_sent_it_again() {
    let app = App::with(rotating(None)).await;
    let answer = app.get("/jwks").send().await;
    let etag = answer.header("etag").unwrap();
    let caching = [("cache-control", "public, max-age=300"), ("etag", etag)];
    for known in [etag, &format!("W/{etag}"), &format!("\"other\", {etag}"), "*"] {
        let answer = app.get("/jwks").header("if-none-match", known).send().await;
        answer.assert_exactly(304, &caching, "");
    }
    for unknown in ["\"other\"", "", "W/", etag.trim_matches('"')] {
        assert_eq!(app.get("/jwks").header("if-none-match", unknown).send().await, answer);
    }
}
