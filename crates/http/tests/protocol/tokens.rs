//! GET /token, GET /jwks, and the JWT in `set-auth-jwt`.

use std::time::Duration;

use serde_json::{Value, json};
use tessera_engine::{KeyTimes, TokenSigning};

use crate::support::{App, NOW, ORIGIN, Options, PASSWORD, Person, cleared, decoded, text};

/// [`NOW`] in seconds.
const NOW_SECONDS: u64 = 1_800_000_000;

async fn key_pair() -> App {
    let times = KeyTimes::default();
    let signing = TokenSigning::KeyPair { algorithm: "EdDSA".parse().unwrap(), times };
    App::with(Options { signing, ..Options::default() }).await
}

async fn token(app: &App, person: &Person) -> String {
    text(&app.get("/token").of(person).send().await.json()["token"])
}

fn claims(person: &Person, sid: &Value, iat: u64, exp: u64) -> String {
    let (id, sid) = (&person.user_id, sid.as_str().unwrap());
    format!(
        r#"{{"iat":{iat},"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":"{NOW}","updatedAt":"{NOW}","id":"{id}","sub":"{id}","exp":{exp},"iss":"{ORIGIN}","aud":"{ORIGIN}","user_id":"{id}","sid":"{sid}"}}"#
    )
}

#[tokio::test]
async fn t1_a_token_says_whose_it_is_and_of_which_session() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    let session = app.get("/get-session").of(&ada).send().await;
    let sid = &session.json()["session"]["id"];
    let expected =
        (r#"{"alg":"HS256"}"#.to_owned(), claims(&ada, sid, NOW_SECONDS, NOW_SECONDS + 900));
    assert_eq!(decoded(session.header("set-auth-jwt").unwrap()), expected);

    for call in [app.get("/token").of(&ada), app.get("/token").bearer(&ada.token)] {
        let answer = call.send().await;
        let token = text(&answer.json()["token"]);
        answer.assert(200, &[], &format!(r#"{{"token":"{token}"}}"#));
        assert_eq!(decoded(&token), expected);
    }
}

#[tokio::test]
async fn a1_a2_the_jwt_comes_with_sign_up_and_sign_in() {
    let app = App::new().await;
    let body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
    for path in ["/sign-up/email", "/sign-in/email"] {
        let answer = app.post(path).json(&body).send().await;
        let ada = Person {
            token: text(&answer.json()["token"]),
            user_id: text(&answer.json()["user"]["id"]),
            cookie: String::new(),
        };
        let session = app.get("/get-session").bearer(&ada.token).send().await.json();
        let (_, claims_sent) = decoded(answer.header("set-auth-jwt").unwrap());
        let expected = claims(&ada, &session["session"]["id"], NOW_SECONDS, NOW_SECONDS + 900);
        assert_eq!(claims_sent, expected, "{path}");
    }
}

#[tokio::test]
async fn no_token_outlives_its_session() {
    let app = App::new().await;
    app.sign_up("ada@example.com").await;
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "rememberMe": false });
    let answer = app.post("/sign-in/email").json(&body).send().await;
    let cookies: Vec<&str> =
        answer.cookies().iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    let day = 24 * 60 * 60;
    app.pass(Duration::from_secs(day - 60));
    let answer = app.get("/token").cookie(&cookies.join("; ")).send().await;
    let (_, claims) = decoded(&text(&answer.json()["token"]));
    let claims: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!(
        (&claims["iat"], &claims["exp"]),
        (&json!(NOW_SECONDS + day - 60), &json!(NOW_SECONDS + day),)
    );
}

#[tokio::test]
async fn a_token_of_a_key_pair_is_handed_out_again_for_half_of_its_life() {
    let app = key_pair().await;
    let ada = app.sign_up("ada@example.com").await;
    let bob = app.sign_up("bob@example.com").await;
    let first = token(&app, &ada).await;
    app.pass(Duration::from_secs(449));
    assert_eq!(token(&app, &ada).await, first);
    assert_ne!(token(&app, &bob).await, first);
    app.pass(Duration::from_secs(1));
    let second = token(&app, &ada).await;
    let (_, claims) = decoded(&second);
    let claims: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!(claims["iat"], NOW_SECONDS + 450);
}

#[tokio::test]
async fn without_a_session_there_is_no_token() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.post("/sign-out").of(&ada).send().await;
    let unauthorized = r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#;
    app.get("/token").send().await.assert(401, &[], unauthorized);
    app.get("/token").of(&ada).send().await.assert(401, &cleared(), unauthorized);
    let answer = app.get("/get-session").of(&ada).send().await;
    assert_eq!(answer.header("set-auth-jwt"), None);
}

#[tokio::test]
async fn t2_a_shared_secret_has_no_public_keys() {
    let app = App::new().await;
    app.get("/jwks").send().await.assert(404, &[], "");
}

#[tokio::test]
async fn t2_jwks_publishes_the_key_that_signs_and_may_be_kept() {
    let app = key_pair().await;
    let ada = app.sign_up("ada@example.com").await;
    let answer = app.get("/jwks").send().await;
    let keys = answer.json();
    let (x, kid) = (text(&keys["keys"][0]["x"]), text(&keys["keys"][0]["kid"]));
    let etag = answer.header("etag").unwrap();
    let caching = [("cache-control", "public, max-age=300"), ("etag", etag)];
    answer.assert_exactly(
        200,
        &[&caching[..], &[("content-type", "application/json")]].concat(),
        &format!(
            r#"{{"keys":[{{"alg":"EdDSA","crv":"Ed25519","x":"{x}","kty":"OKP","kid":"{kid}"}}]}}"#
        ),
    );
    let known = app.get("/jwks").header("if-none-match", etag).send().await;
    known.assert_exactly(304, &caching, "");

    let (header, _) = decoded(&token(&app, &ada).await);
    assert_eq!(header, format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#));
}
