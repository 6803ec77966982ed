//! The cookie that answers for a session without the database.

use std::time::Duration;

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tessera_engine::AuthSecrets;
use tessera_http::CacheForm;

use crate::support::{
    Answer, App, DAY, Options, PASSWORD, Person, SECRET, SIGNED_TRUE, cleared, decoded, raw_signed,
    session_cookie, signed, text,
};

const FORMS: [CacheForm; 3] = [CacheForm::Compact, CacheForm::Jwt, CacheForm::Jwe];

const DATA: &str = "better-auth.session_data";
const CLEARED: &str = "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax";
const MAX_AGE: Duration = Duration::from_secs(300);
const UNAUTHORIZED: &str = r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#;

/// Routes to which a copy is enough.
const RECOGNIZING: [&str; 3] = ["/get-session", "/token", "/list-accounts"];

fn with(form: CacheForm) -> Options {
    Options { cookie_cache: Some(form), delete_user: true, ..Options::default() }
}

/// Ada with both cookies, as a browser sends them.
struct Ada {
    person: Person,
    cookies: String,
}

impl Ada {
    async fn new(app: &App) -> Self {
        let person = app.sign_up("ada@example.com").await;
        let copy = copy(&app.get("/get-session").of(&person).send().await);
        Self { cookies: format!("{}; {copy}", person.cookie), person }
    }
}

/// `name=value` of each copy that an answer sets.
fn copies(answer: &Answer) -> Vec<String> {
    let cookies = answer.cookies().into_iter().filter(|cookie| cookie.starts_with(DATA));
    let pairs = cookies.map(|cookie| cookie.split(';').next().unwrap().to_owned());
    pairs.filter(|pair| !pair.ends_with('=')).collect()
}

/// The one copy that an answer sets.
#[track_caller]
fn copy(answer: &Answer) -> String {
    let [copy] = copies(answer).try_into().unwrap();
    copy
}

/// Nothing reads the sessions from now on; whoever tries gets 500.
fn hide_sessions(app: &App) {
    app.sql("alter table session rename to hidden;");
}

#[tokio::test]
async fn a_copy_answers_and_the_database_is_not_read() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let Ada { person, cookies } = Ada::new(&app).await;
        let read = app.get("/get-session?disableCookieCache=1").cookie(&cookies).send().await;
        hide_sessions(&app);
        let cached = app.get("/get-session").cookie(&cookies).send().await;
        cached.assert(
            200,
            &[
                ("access-control-expose-headers", "set-auth-jwt"),
                ("pragma", "no-cache"),
                ("set-auth-jwt", cached.header("set-auth-jwt").unwrap()),
            ],
            &read.body,
        );
        for path in ["/token", "/list-accounts"] {
            let answer = app.get(path).cookie(&cookies).send().await;
            assert_eq!((answer.status.as_u16(), answer.cookies()), (200, vec![]), "{path}");
        }
        let copy = cookies.split("; ").nth(1).unwrap();
        let answer = app.get("/get-session").header("cookie", copy).bearer(&person.token);
        assert_eq!(answer.send().await.body, read.body, "a bearer token is a token too");

        for (path, cookies) in [
            ("/get-session", person.cookie.as_str()),
            ("/get-session?disableCookieCache=1", &cookies),
            ("/get-session?disableCookieCache=false", &cookies),
        ] {
            assert_eq!(app.get(path).cookie(cookies).send().await.status, 500, "{path}");
        }
    }
}

#[tokio::test]
async fn each_form_says_what_better_auths_does() {
    let app = App::with(with(CacheForm::Compact)).await;
    let Ada { person, cookies } = Ada::new(&app).await;
    let session = app.get("/get-session").of(&person).send().await;
    let now = app.engine.now().as_millis();
    let members = session.body.strip_suffix('}').unwrap();
    let content = format!(r#"{members},"updatedAt":{now},"version":"1"}}"#);

    let compact = cookies.split_once(&format!("{DATA}=")).unwrap().1;
    let envelope = URL_SAFE_NO_PAD.decode_to_vec(compact).unwrap();
    let expires_at = now + 300_000;
    let open = content.strip_suffix('}').unwrap();
    let signature = raw_signed(&format!(r#"{open},"expiresAt":{expires_at}}}"#));
    let signature = signature.rsplit_once('.').unwrap().1.trim_end_matches('=');
    let signature = signature.replace('+', "-").replace('/', "_");
    assert_eq!(
        String::from_utf8(envelope).unwrap(),
        format!(r#"{{"session":{content},"expiresAt":{expires_at},"signature":"{signature}"}}"#)
    );

    let app = app.beside(with(CacheForm::Jwt)).await;
    let jwt = copy(&app.get("/get-session").of(&person).send().await);
    let (header, claims) = decoded(jwt.split_once('=').unwrap().1);
    let (iat, exp) = (app.seconds(), app.seconds() + 300);
    assert_eq!(header, r#"{"alg":"HS256"}"#);
    assert_eq!(claims, format!(r#"{open},"iat":{iat},"exp":{exp}}}"#));
}

#[tokio::test]
async fn every_answer_with_a_session_cookie_carries_a_copy_and_so_does_every_read() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let body = json!({ "name": "Ada", "email": "ada@example.com", "password": PASSWORD });
        let signed_up = app.post("/sign-up/email").json(&body).send().await;
        let token = text(&signed_up.json()["token"]);
        let copied = copy(&signed_up);
        let kept = format!("{copied}; Max-Age=300; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(signed_up.cookies(), [&session_cookie(&token), &kept]);

        let person = app.sign_in("ada@example.com").await;
        for call in [
            app.get("/get-session").of(&person),
            app.get("/token").of(&person),
            app.post("/revoke-other-sessions").of(&person),
        ] {
            let answer = call.send().await;
            assert_eq!(answer.cookies().len(), 1, "{answer:?}");
            copy(&answer);
        }
        app.pass(DAY);
        let renewed = app.get("/get-session").of(&person).send().await;
        assert!(renewed.cookies()[0].starts_with("better-auth.session_token="));
        assert_eq!((renewed.cookies().len(), copies(&renewed).len()), (2, 1));
    }
}

#[tokio::test]
async fn a_copy_is_good_for_five_minutes_and_for_one_where_the_browser_forgets_it() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let Ada { cookies, .. } = Ada::new(&app).await;
        let body = json!({ "email": "ada@example.com", "password": PASSWORD, "rememberMe": false });
        let forgotten = app.post("/sign-in/email").json(&body).send().await;
        let forgotten: Vec<_> = forgotten.cookies().into_iter().map(str::to_owned).collect();
        for cookie in &forgotten {
            assert!(
                cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax") && !cookie.contains("Max-Age")
            );
        }
        let pairs = forgotten.iter().map(|cookie| cookie.split(';').next().unwrap());
        let forgotten = pairs.collect::<Vec<_>>().join("; ");
        hide_sessions(&app);

        let status = async |cookies: &str| {
            app.get("/get-session").cookie(cookies).send().await.status.as_u16()
        };
        app.pass(Duration::from_millis(59_999));
        assert_eq!((status(&cookies).await, status(&forgotten).await), (200, 200));
        app.pass(Duration::from_millis(1));
        let short = if form == CacheForm::Compact { 500 } else { 200 };
        assert_eq!((status(&cookies).await, status(&forgotten).await), (200, short));
        app.pass(Duration::from_millis(239_999));
        assert_eq!(status(&cookies).await, 200);
        app.pass(Duration::from_millis(1));
        assert_eq!((status(&cookies).await, status(&forgotten).await), (500, 500));
    }
}

#[tokio::test]
async fn a_copy_is_good_for_as_long_as_is_set_and_ended_sessions_are_kept_in_mind_for_longer() {
    for form in FORMS {
        for (seconds, until_closed) in
            [(20, 20), (3600, if form == CacheForm::Compact { 60 } else { 300 })]
        {
            let mut options = with(form);
            options.sessions.copies_last = Duration::from_secs(seconds);
            let app = App::with(options).await;
            let Ada { person, cookies } = Ada::new(&app).await;
            let read = app.get("/get-session?disableCookieCache=1").of(&person).send().await;
            assert!(read.cookies()[0].contains(&format!("; Max-Age={seconds}; ")), "{read:?}");
            let other = app.sign_in("ada@example.com").await;
            app.post("/sign-out").of(&other).send().await;
            let margin = Duration::from_secs(120 + seconds);
            assert_eq!(app.ended.lock().unwrap()[0].until, app.engine.now() + DAY + margin);

            let body =
                json!({ "email": "ada@example.com", "password": PASSWORD, "rememberMe": false });
            let forgotten = app.post("/sign-in/email").json(&body).send().await;
            let pairs = forgotten.cookies().into_iter().map(|set| set.split(';').next().unwrap());
            let forgotten = pairs.collect::<Vec<_>>().join("; ");
            hide_sessions(&app);
            let status = async |cookies: &str| {
                app.get("/get-session").cookie(cookies).send().await.status.as_u16()
            };
            app.pass(Duration::from_millis(until_closed * 1000 - 1));
            assert_eq!((status(&cookies).await, status(&forgotten).await), (200, 200), "{form:?}");
            app.pass(Duration::from_millis(1));
            assert_eq!(status(&forgotten).await, 500, "{form:?}, {seconds}");
            if until_closed < seconds {
                app.pass(Duration::from_millis((seconds - until_closed) * 1000 - 1));
                assert_eq!(status(&cookies).await, 200, "{form:?}, {seconds}");
                app.pass(Duration::from_millis(1));
            }
            assert_eq!(status(&cookies).await, 500, "{form:?}, {seconds}");
        }
    }
}

#[tokio::test]
async fn a_copy_never_outlives_its_session() {
    for form in FORMS {
        let mut options = with(form);
        options.sessions.expires_in = Duration::from_secs(60);
        let app = App::with(options).await;
        let Ada { cookies, .. } = Ada::new(&app).await;
        hide_sessions(&app);
        app.pass(Duration::from_millis(59_999));
        assert_eq!(app.get("/get-session").cookie(&cookies).send().await.status, 200);
        app.pass(Duration::from_millis(1));
        assert_eq!(app.get("/get-session").cookie(&cookies).send().await.status, 500);
    }
}

#[tokio::test]
async fn a_copy_says_no_more_than_five_minutes() {
    let app = App::with(with(CacheForm::Compact)).await;
    let Ada { person, cookies } = Ada::new(&app).await;
    let value = cookies.split_once(&format!("{DATA}=")).unwrap().1;
    let envelope = URL_SAFE_NO_PAD.decode_to_vec(value).unwrap();
    let envelope: Value = serde_json::from_slice(&envelope).unwrap();
    // As a server with the same secret and a `maxAge` of a day would write it.
    let content = envelope["session"].to_string();
    let expires_at = app.engine.now().as_millis() + 86_400_000;
    let signed = format!(r#"{},"expiresAt":{expires_at}}}"#, content.strip_suffix('}').unwrap());
    let signature =
        raw_signed(&signed).rsplit_once('.').unwrap().1.trim_end_matches('=').to_owned();
    let signature = signature.replace('+', "-").replace('/', "_");
    let envelope =
        format!(r#"{{"session":{content},"expiresAt":{expires_at},"signature":"{signature}"}}"#);
    let cookies =
        format!("{}; {DATA}={}", person.cookie, URL_SAFE_NO_PAD.encode_to_string(envelope));
    hide_sessions(&app);
    app.pass(MAX_AGE - Duration::from_millis(1));
    assert_eq!(app.get("/get-session").cookie(&cookies).send().await.status, 200);
    app.pass(Duration::from_millis(1));
    assert_eq!(app.get("/get-session").cookie(&cookies).send().await.status, 500);
}

#[tokio::test]
async fn a_bad_copy_is_cleared_and_the_database_answers() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let Ada { person, cookies } = Ada::new(&app).await;
        let good = cookies.split_once(&format!("{DATA}=")).unwrap().1.to_owned();
        let bob = app.sign_up("bob@example.com").await;
        let bobs = copy(&app.get("/get-session").of(&bob).send().await);
        let secrets = || format!("1:another-{SECRET}");
        let stranger = Options { secrets: AuthSecrets::parse(&secrets()).unwrap(), ..with(form) };
        let stranger = app.beside(stranger).await;
        let strangers = copy(&stranger.get("/get-session").bearer(&person.token).send().await);
        let other = FORMS.into_iter().find(|other| *other != form).unwrap();
        let other = app.beside(with(other)).await;
        let others = copy(&other.get("/get-session").of(&person).send().await);
        let value = |copy: &str| copy.split_once('=').unwrap().1.to_owned();
        let mut bad = vec![
            value(&bobs),
            value(&strangers),
            value(&others),
            "AAAA".to_owned(),
            "e30".to_owned(),
            "A".repeat(20_000),
            format!("{good}="),
            format!("{good}.{good}"),
            good[1..].to_owned(),
        ];
        for position in (0..good.len()).step_by(11) {
            let mut bytes = good.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            bad.push(String::from_utf8(bytes).unwrap());
        }
        let read = app.get("/get-session").of(&person).send().await;
        for bad in bad.into_iter().filter(|bad| *bad != good) {
            let cookies = format!("{}; {DATA}={bad}", person.cookie);
            let answer = app.get("/get-session").cookie(&cookies).send().await;
            assert_eq!(answer.body, read.body, "{bad}");
            let set = answer.cookies();
            assert_eq!((set.len(), set[0]), (2, CLEARED), "{bad}");
            copy(&answer);
        }
        // Without the session's own cookie a copy is nothing, nor with one that is not signed.
        let copied = format!("{DATA}={good}");
        let unsigned = format!("better-auth.session_token={}; {copied}", person.token);
        let nobody = format!("better-auth.session_token={}; {copied}", signed(&"a".repeat(32)));
        for cookies in [&copied, &unsigned] {
            let answer = app.get("/get-session").cookie(cookies).send().await;
            answer.assert(200, &[("pragma", "no-cache")], "null");
        }
        let answer = app.get("/get-session").cookie(&nobody).send().await;
        assert_eq!((answer.body.as_str(), answer.cookies().len()), ("null", 4));
    }
}

#[tokio::test]
async fn t4_a_copy_that_an_older_secret_signed_is_good_and_the_first_signs() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let Ada { cookies, .. } = Ada::new(&app).await;
        let new = "2:new-secret-0123456789abcdefghijklmnop";
        let secrets =
            |list: &str| Options { secrets: AuthSecrets::parse(list).unwrap(), ..with(form) };
        let both = app.beside(secrets(&format!("{new},1:{SECRET}"))).await;
        let renewed = both.get("/get-session?disableCookieCache=1").cookie(&cookies).send().await;
        let new = app.beside(secrets(new)).await;
        hide_sessions(&app);
        assert_eq!(both.get("/get-session").cookie(&cookies).send().await.status, 200);
        let bearer = |app: &App| app.get("/get-session").header("cookie", copy(&renewed));
        let token = cookies.split_once('=').unwrap().1.split_once('.').unwrap().0.to_owned();
        assert_eq!(bearer(&new).bearer(&token).send().await.status, 200);
        assert_eq!(bearer(&app).bearer(&token).send().await.status, 500);
    }
}

#[tokio::test]
async fn changing_ones_name_changes_the_copy_and_signing_out_clears_it() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let Ada { person, cookies } = Ada::new(&app).await;
        let change = json!({ "name": "Ada L" });
        let changed = app.post("/update-user").json(&change).cookie(&cookies).send().await;
        let copied = copy(&changed);
        let kept = format!("{copied}; Max-Age=300; Path=/; HttpOnly; SameSite=Lax");
        changed.assert(
            200,
            &[
                ("access-control-expose-headers", "set-auth-token"),
                ("set-auth-token", &raw_signed(&person.token)),
                ("set-cookie", &session_cookie(&person.token)),
                ("set-cookie", &kept),
            ],
            r#"{"status":true}"#,
        );
        let cookies = format!("{}; {copied}", person.cookie);
        let session = app.get("/get-session").cookie(&cookies).send().await;
        assert_eq!((&session.json()["user"]["name"], session.cookies()), (&json!("Ada L"), vec![]));

        let change = json!({ "currentPassword": PASSWORD, "newPassword": "another-horse-8", "revokeOtherSessions": true });
        let changed = app.post("/change-password").json(&change).cookie(&cookies).send().await;
        let token = text(&changed.json()["token"]);
        let cookies = format!("better-auth.session_token={}; {}", signed(&token), copy(&changed));
        let session = app.get("/get-session").cookie(&cookies).send().await;
        assert_eq!(
            (session.json()["session"]["token"].as_str(), session.cookies()),
            (Some(token.as_str()), vec![])
        );

        let out = app.post("/sign-out").cookie(&cookies).send().await;
        let [first, data, last] = cleared();
        out.assert(200, &[first, data, data, last], r#"{"success":true}"#);
        let ending = app
            .post("/sign-in/email")
            .json(&json!({ "email": "ada@example.com", "password": "another-horse-8" }))
            .send()
            .await;
        let token = text(&ending.json()["token"]);
        let cookies = format!("better-auth.session_token={}; {}", signed(&token), copy(&ending));
        let gone = app.post("/revoke-sessions").cookie(&cookies).send().await;
        gone.assert(200, &[first, data, data, last], r#"{"status":true}"#);
    }
}

#[tokio::test]
async fn a5_a_session_that_ended_elsewhere_is_honoured_for_five_minutes_where_that_does_no_harm() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let Ada { person, cookies } = Ada::new(&app).await;
        let elsewhere = app.sign_in("ada@example.com").await;
        app.pass(Duration::from_secs(1));
        app.post("/revoke-other-sessions").of(&elsewhere).send().await;
        app.pass(MAX_AGE - Duration::from_millis(1001));
        for path in RECOGNIZING {
            assert_eq!(app.get(path).cookie(&cookies).send().await.status, 200, "{path}");
        }
        // A token of that moment stays refused for as long as it lives.
        let token = app.get("/token").cookie(&cookies).send().await.json();
        let claims: Value =
            serde_json::from_str(&decoded(token["token"].as_str().unwrap()).1).unwrap();
        let ended = app.ended.lock().unwrap().clone();
        assert_eq!(ended[0].id.as_str(), claims["sid"]);
        assert!(ended[0].until.as_unix_seconds() >= claims["exp"].as_u64().unwrap() + 120);

        let body = json!({
            "token": person.token, "password": PASSWORD, "currentPassword": PASSWORD,
            "newPassword": "another-horse-8", "name": "Not Ada", "newEmail": "e@example.com",
            "accountId": "x",
        });
        for path in [
            "/revoke-session",
            "/revoke-sessions",
            "/revoke-other-sessions",
            "/change-password",
            "/change-email",
            "/verify-password",
            "/delete-user",
            "/update-user",
            "/unlink-account",
        ] {
            let answer = app.post(path).json(&body).cookie(&cookies).send().await;
            let [first, data, last] = cleared();
            answer.assert(401, &[first, data, data, last], UNAUTHORIZED);
        }
        let body = json!({ "accountId": "x" });
        for call in [
            app.post("/get-access-token").json(&body),
            app.post("/refresh-token").json(&body),
            app.get("/account-info?accountId=x"),
            app.get("/list-sessions"),
        ] {
            assert_eq!(call.cookie(&cookies).send().await.status, 401);
        }
        let asked = app.get("/get-session?disableCookieCache=1").cookie(&cookies).send().await;
        assert_eq!(asked.body, "null");

        app.pass(Duration::from_millis(1));
        let over = app.get("/get-session").cookie(&cookies).send().await;
        let [first, data, last] = cleared();
        over.assert(200, &[("pragma", "no-cache"), first, data, data, last], "null");
        for path in &RECOGNIZING[1..] {
            assert_eq!(app.get(path).cookie(&cookies).send().await.status, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn a5_tokens_of_a_copy_stay_refused_however_long_they_live() {
    let app = App::with(Options { tokens_live: 2 * DAY, ..with(CacheForm::Jwt) }).await;
    let Ada { cookies, .. } = Ada::new(&app).await;
    let elsewhere = app.sign_in("ada@example.com").await;
    app.post("/revoke-other-sessions").of(&elsewhere).send().await;
    app.pass(MAX_AGE - Duration::from_millis(1));
    let token = app.get("/token").cookie(&cookies).send().await.json();
    let claims: Value = serde_json::from_str(&decoded(token["token"].as_str().unwrap()).1).unwrap();
    let until = app.ended.lock().unwrap()[0].until.as_unix_seconds();
    assert!(until >= claims["exp"].as_u64().unwrap() + 120);
}

#[tokio::test]
async fn what_is_too_long_for_one_cookie_comes_in_pieces() {
    for form in FORMS {
        let app = App::with(with(form)).await;
        let image = format!("https://example.com/{}", "i".repeat(2000));
        let body = json!({ "name": "n".repeat(256), "email": "ada@example.com", "password": PASSWORD, "image": image });
        let agent = "u".repeat(512);
        let signed_up =
            app.post("/sign-up/email").json(&body).header("user-agent", agent).send().await;
        let token = text(&signed_up.json()["token"]);
        let pieces = copies(&signed_up);
        assert_eq!(pieces.len(), 2);
        for (number, cookie) in signed_up.cookies().into_iter().skip(1).enumerate() {
            assert!(cookie.starts_with(&format!("{DATA}.{number}=")));
            assert!(cookie.len() <= 4050, "{}", cookie.len());
        }
        let session = format!("better-auth.session_token={}", signed(&token));
        let cookies = format!("{}; {session}; {}", pieces[1], pieces[0]);
        let answer = app.get("/get-session").cookie(&cookies).send().await;
        assert_eq!((answer.status.as_u16(), answer.cookies()), (200, vec![]));

        let shorter =
            app.post("/update-user").json(&json!({ "image": null })).cookie(&cookies).send().await;
        let set = shorter.cookies();
        assert_eq!(set.len(), 4);
        assert_eq!(
            &set[1..3],
            [1, 0].map(|number| CLEARED.replace(DATA, &format!("{DATA}.{number}")))
        );
        assert_eq!(copies(&shorter).len(), 1);
        let lost = format!("{session}; {}", pieces[0]);
        let answer = app.get("/get-session").cookie(&lost).send().await;
        assert_eq!((answer.status.as_u16(), answer.cookies()[0]), (200, CLEARED));
    }
}

#[tokio::test]
async fn a_renewal_that_was_deferred_is_done_by_the_database() {
    let app = App::with(Options { defer_session_refresh: true, ..with(CacheForm::Compact) }).await;
    let Ada { person, .. } = Ada::new(&app).await;
    app.pass(DAY);
    let due = app.get("/get-session").of(&person).send().await;
    assert_eq!(due.json()["needsRefresh"], true);
    let cookies = format!("{}; {}", person.cookie, copy(&due));
    let cached = app.get("/get-session").cookie(&cookies).send().await;
    assert_eq!(cached.json().get("needsRefresh"), None);
    let renewed = app.post("/get-session").json(&json!({})).cookie(&cookies).send().await;
    assert_eq!(renewed.json()["session"]["expiresAt"], "2027-01-23T08:00:00.000Z");
    assert_eq!((renewed.cookies().len(), copies(&renewed).len()), (2, 1));
}

#[tokio::test]
async fn who_is_not_remembered_gets_no_copy_of_a_read() {
    let app = App::with(with(CacheForm::Compact)).await;
    let person = app.sign_up("ada@example.com").await;
    let cookies = format!("{}; better-auth.dont_remember={SIGNED_TRUE}", person.cookie);
    for path in ["/get-session", "/token"] {
        assert_eq!(app.get(path).cookie(&cookies).send().await.cookies(), [""; 0]);
    }
    let bad = format!("{cookies}; {DATA}=AAAA");
    assert_eq!(app.get("/get-session").cookie(&bad).send().await.cookies(), [CLEARED]);
}
