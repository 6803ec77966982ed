//! What requests are answered, through a router and through the layer.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::FromRef;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use tessera_axum::testing::{NOW, TokenFactory, guard_at};
use tessera_axum::verify::token::KeySet;
use tessera_axum::verify::{LiveKeys, Revocations, Verifier};
use tessera_axum::{Caller, Guard, MaybeCaller, NotOwner, Owner, not_found};
use tower::ServiceExt;

#[derive(Clone)]
struct App {
    guard: Guard,
}

impl FromRef<App> for Guard {
    fn from_ref(app: &App) -> Self {
        app.guard.clone()
    }
}

fn app(guard: Guard) -> Router {
    let me = async |caller: Caller| {
        let (email, sid) = (caller.email().unwrap_or("-"), caller.session_id().unwrap_or("-"));
        format!("{} {email} {sid} {}", caller.user_id(), caller.claims().expires_at())
    };
    let greet = async |MaybeCaller(caller): MaybeCaller| match caller {
        Some(caller) => caller.user_id().to_string(),
        None => "stranger".to_owned(),
    };
    let own = async |owner: Owner| format!("{} {}", owner.user_id(), owner.caller().user_id());
    Router::new()
        .route("/me", get(me))
        .route("/greet", get(greet))
        .route("/api/{user_id}/things", get(own))
        .route("/api/{user_id}/things/{id}", get(async |_: Owner| not_found()))
        .nest("/twice/{user_id}", Router::new().route("/things/{user_id}", get(own)))
        .route("/other/{id}/things/{thing}", get(own))
        .route("/no-owner-here", get(own))
        .fallback(own)
        .with_state(App { guard })
}

/// Status, the headers that matter, and body.
#[derive(Debug, PartialEq)]
struct Answer {
    status: StatusCode,
    challenge: Option<String>,
    body: String,
}

async fn whole(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let header = |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    if parts.status != StatusCode::OK {
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(header("content-type").as_deref(), Some("application/json"));
    }
    let expected_retry = (parts.status == StatusCode::SERVICE_UNAVAILABLE).then_some("5");
    assert_eq!(header("retry-after").as_deref(), expected_retry);
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        challenge: header("www-authenticate"),
        body: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

async fn ask(guard: Guard, path: &str, authorization: &[&[u8]]) -> Answer {
    let mut request = Request::get(path);
    for value in authorization {
        request = request.header("authorization", *value);
    }
    let request = request.body(Body::empty()).unwrap();
    whole(app(guard).oneshot(request).await.unwrap()).await
}

async fn ask_with(guard: Guard, path: &str, token: &str) -> Answer {
    ask(guard, path, &[format!("Bearer {token}").as_bytes()]).await
}

fn ok(body: &str) -> Answer {
    Answer { status: StatusCode::OK, challenge: None, body: body.to_owned() }
}

fn refused(challenge: &str, body: &str) -> Answer {
    Answer {
        status: StatusCode::UNAUTHORIZED,
        challenge: Some(format!(r#"Bearer realm="api"{challenge}"#)),
        body: body.to_owned(),
    }
}

fn missing() -> Answer {
    refused("", r#"{"message":"Authentication required","code":"MISSING_TOKEN"}"#)
}

fn malformed() -> Answer {
    refused(
        r#", error="invalid_request", error_description="there is not exactly one bearer token""#,
        r#"{"message":"Send exactly one Authorization header: Bearer <token>","code":"MALFORMED_AUTHORIZATION"}"#,
    )
}

fn invalid(description: &str, message: &str, code: &str) -> Answer {
    refused(
        &format!(r#", error="invalid_token", error_description="{description}""#),
        &format!(r#"{{"message":"{message}","code":"{code}"}}"#),
    )
}

fn nothing_there() -> Answer {
    Answer {
        status: StatusCode::NOT_FOUND,
        challenge: None,
        body: r#"{"message":"Not found","code":"NOT_FOUND"}"#.to_owned(),
    }
}

#[tokio::test]
async fn v1_a_caller_is_whom_the_token_says() {
    for tokens in [TokenFactory::hs256(), TokenFactory::eddsa()] {
        let answer = ask_with(tokens.guard(), "/me", &tokens.token("ada")).await;
        let expires = NOW + 900;
        assert_eq!(answer, ok(&format!("ada ada@example.com session-of-ada {expires}")));
        let bare = tokens.claims("ada").without("sid").without("email").sign();
        assert_eq!(ask_with(tokens.guard(), "/me", &bare).await, ok(&format!("ada - - {expires}")));
    }
}

#[tokio::test]
async fn v1_without_a_token_there_is_a_bare_challenge() {
    let guard = TokenFactory::hs256().guard();
    assert_eq!(ask(guard.clone(), "/me", &[]).await, missing());
    assert_eq!(ask(guard.clone(), "/api/ada/things", &[]).await, missing());
    assert_eq!(ask(guard, "/greet", &[]).await, ok("stranger"));
}

#[tokio::test]
async fn v1_the_scheme_has_any_case() {
    let tokens = TokenFactory::hs256();
    let token = tokens.token("ada");
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "] {
        let header = format!("{scheme} {token}");
        let answer = ask(tokens.guard(), "/greet", &[header.as_bytes()]).await;
        assert_eq!(answer, ok("ada"), "{scheme}");
    }
}

#[tokio::test]
async fn ghsa_xmf8_cvqr_rfgj_no_header_is_an_error_of_ours() {
    let tokens = TokenFactory::hs256();
    let token = tokens.token("ada");
    let bearer = format!("Bearer {token}");
    let bearer = bearer.as_bytes();
    let twice = [bearer, bearer].concat();
    let tab = format!("Bearer\t{token}");
    let basic = format!("Basic {token}");
    let joined = format!("Bearer{token}");
    let quoted = format!("Bearer: {token}");
    let headers: [&[&[u8]]; 12] = [
        &[b""],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"\xff\xfe"],
        &[b"Bearer \xff"],
        &["Bearer é".as_bytes()],
        &[basic.as_bytes()],
        &[token.as_bytes()],
        &[tab.as_bytes()],
        &[joined.as_bytes()],
        &[quoted.as_bytes()],
        &[bearer, bearer],
    ];
    for header in headers {
        for path in ["/me", "/greet", "/api/ada/things"] {
            assert_eq!(ask(tokens.guard(), path, header).await, malformed(), "{header:?}");
        }
    }
    for header in [&twice[..], b"Bearer x", b"Bearer a b", b"Bearer ,,,", b"Bearer \"\\"] {
        let answer = ask(tokens.guard(), "/me", &[header]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{header:?}");
        assert!(answer.body.ends_with(r#""code":"INVALID_TOKEN"}"#), "{}", answer.body);
    }
}

#[tokio::test]
async fn v1_a_token_counts_nowhere_but_in_the_header() {
    let tokens = TokenFactory::hs256();
    let token = tokens.token("ada");
    let request = Request::get(format!("/me?access_token={token}&token={token}"))
        .header("cookie", format!("access_token={token}; token={token}"))
        .header("proxy-authorization", format!("Bearer {token}"))
        .header("x-authorization", format!("Bearer {token}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("access_token={token}")))
        .unwrap();
    let answer = whole(app(tokens.guard()).oneshot(request).await.unwrap()).await;
    assert_eq!(answer, missing());
}

#[tokio::test]
async fn v1_every_kind_of_bad_token_has_its_answer() {
    let tokens = TokenFactory::hs256();
    let revocations = Revocations::new();
    revocations.end("ended", NOW + 900);
    let policy = tokens.policy().revocations(revocations).require("sid");
    let guard = guard_at(policy.build().unwrap(), NOW);
    let claims = || tokens.claims("ada");
    let (past, ahead) = (NOW - 5, NOW + 6);
    let not_valid = "The token is not valid";
    let foreign = TokenFactory::eddsa().token("ada");
    for (token, answer) in [
        (
            claims().set("exp", json!(past)).sign(),
            invalid(
                &format!("the token expired at {past}; it is now {NOW} (Unix seconds)"),
                "The token has expired",
                "TOKEN_EXPIRED",
            ),
        ),
        (
            claims().set("nbf", json!(ahead)).sign(),
            invalid(
                &format!("'nbf' is {ahead}; it is now {NOW} (Unix seconds)"),
                "The token is not valid yet",
                "TOKEN_NOT_YET_VALID",
            ),
        ),
        (
            claims().set("sid", json!("ended")).sign(),
            invalid("the token's session has ended", "The session has ended", "TOKEN_REVOKED"),
        ),
        (claims().without("sid").sign(), invalid("'sid' is missing", not_valid, "INVALID_TOKEN")),
        (
            claims().set("iss", json!("a\"\\é\n")).sign(),
            invalid(
                "'iss' should be 'https://issuer.test', but is 'a/'//?/n'",
                not_valid,
                "INVALID_TOKEN",
            ),
        ),
        (
            foreign,
            invalid("no key is for the token's algorithm, EdDSA", not_valid, "INVALID_TOKEN"),
        ),
        (
            "x.y".to_owned(),
            invalid("the token does not have exactly three parts", not_valid, "INVALID_TOKEN"),
        ),
    ] {
        for path in ["/me", "/greet", "/api/ada/things", "/api/bob/things"] {
            assert_eq!(ask_with(guard.clone(), path, &token).await, answer, "{path}");
        }
    }
}

#[tokio::test]
async fn v5_without_keys_nobody_is_let_in_and_nobody_is_accused() {
    let tokens = TokenFactory::hs256();
    let keys = LiveKeys::new(KeySet::default());
    let policy = Verifier::builder()
        .issuer(tessera_axum::testing::ISSUER)
        .audience(tessera_axum::testing::AUDIENCE)
        .keys(keys.clone());
    let guard = guard_at(policy.build().unwrap(), NOW);
    let unavailable = Answer {
        status: StatusCode::SERVICE_UNAVAILABLE,
        challenge: None,
        body: r#"{"message":"Tokens cannot be verified right now. Please try again.","code":"KEYS_UNAVAILABLE"}"#
            .to_owned(),
    };
    assert_eq!(ask_with(guard.clone(), "/greet", &tokens.token("ada")).await, unavailable);
    keys.replace(tokens.keys());
    assert_eq!(ask_with(guard, "/greet", &tokens.token("ada")).await, ok("ada"));
}

#[tokio::test]
async fn v2_an_owner_has_the_path_s_id() {
    let tokens = TokenFactory::hs256();
    let ada = tokens.token("ada");
    let guard = || tokens.guard();
    assert_eq!(ask_with(guard(), "/api/ada/things", &ada).await, ok("ada ada"));
    assert_eq!(ask_with(guard(), "/api/%61da/things", &ada).await, ok("ada ada"));
    for path in [
        "/api/bob/things",
        "/api/Ada/things",
        "/api/ada%20/things",
        "/api/ada%00/things",
        "/api/ada%2F/things",
        "/api/%FF/things",
        "/api/*/things",
        "/api/%2A/things",
    ] {
        assert_eq!(ask_with(guard(), path, &ada).await, nothing_there(), "{path}");
    }
    // Another person's thing and no thing are the same bytes.
    let foreign = ask_with(guard(), "/api/bob/things/1", &ada).await;
    assert_eq!(foreign, ask_with(guard(), "/api/ada/things/1", &ada).await);
    assert_eq!(foreign, nothing_there());
    let bob = tokens.token("bob");
    assert_eq!(ask_with(guard(), "/api/bob/things", &bob).await, ok("bob bob"));
}

/// `Path<HashMap<_, _>>` of axum has the last of two parameters with one name: a handler would read
/// that one's things.
#[tokio::test]
async fn v2_every_user_id_of_the_path_is_the_owner_s() {
    let tokens = TokenFactory::hs256();
    let ada = tokens.token("ada");
    assert_eq!(ask_with(tokens.guard(), "/twice/ada/things/ada", &ada).await, ok("ada ada"));
    for path in ["/twice/ada/things/bob", "/twice/bob/things/ada", "/twice/bob/things/bob"] {
        assert_eq!(ask_with(tokens.guard(), path, &ada).await, nothing_there(), "{path}");
    }
}

/// The answer is that of another person's path; the log says that it is the router's mistake.
#[tokio::test]
async fn an_owner_where_the_route_names_none_is_an_error_in_the_log() {
    let tokens = TokenFactory::hs256();
    for (path, route) in [
        ("/other/ada/things/1", " route=\"/other/{id}/things/{thing}\""),
        ("/no-owner-here", " route=\"/no-owner-here\""),
        ("/unknown", ""),
    ] {
        let lines = logged(async {
            let answer = ask_with(tokens.guard(), path, &tokens.token("ada")).await;
            assert_eq!(answer, nothing_there(), "{path}");
        });
        assert_eq!(
            lines.await,
            format!(
                "ERROR tessera_axum::owner: `Owner` needs a route with {{user_id}}, under that name{route}\n"
            )
        );
        // Nobody but a caller sets it off.
        assert!(!logged(ask(tokens.guard(), path, &[])).await.contains("ERROR"));
    }
}

#[tokio::test]
async fn who_is_no_owner_is_told_why() {
    let tokens = TokenFactory::hs256();
    let why = async |path: &str, token: &str| {
        let why = async |owner: Result<Owner, NotOwner>| {
            let error: Box<dyn std::error::Error> = Box::new(owner.unwrap_err());
            error.to_string()
        };
        let app = Router::new().route("/{user_id}", get(why)).with_state(tokens.guard());
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        whole(app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()).await
    };
    assert_eq!(why("/bob", &tokens.token("ada")).await, ok("the path is not the caller's"));
    assert_eq!(why("/ada", "a").await, ok("the token does not have exactly three parts"));
}

#[tokio::test]
async fn the_layer_puts_the_caller_into_the_request() {
    let tokens = TokenFactory::hs256();
    let me = async |Extension(caller): Extension<Caller>| caller.user_id().to_string();
    let app = Router::new().route("/", get(me)).layer(tokens.guard().layer());
    let ask = async |headers: HeaderMap| {
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        *request.headers_mut() = headers;
        whole(app.clone().oneshot(request).await.unwrap()).await
    };
    let bearer = |token: String| {
        let value = format!("Bearer {token}").parse().unwrap();
        HeaderMap::from_iter([(http::header::AUTHORIZATION, value)])
    };
    assert_eq!(ask(bearer(tokens.token("ada"))).await, ok("ada"));
    assert_eq!(ask(HeaderMap::new()).await, missing());
    let expired = tokens.claims("ada").set("exp", json!(NOW - 60)).sign();
    let answer = ask(bearer(expired)).await;
    assert!(answer.body.contains("TOKEN_EXPIRED"), "{answer:?}");
}

#[tokio::test]
async fn a_refusal_is_a_response_of_any_body() {
    let tokens = TokenFactory::hs256();
    let rejection = tokens.guard().authenticate(&HeaderMap::new()).await.unwrap_err();
    let response: http::Response<String> = rejection.into_http();
    assert_eq!(response.body(), r#"{"message":"Authentication required","code":"MISSING_TOKEN"}"#);
    assert_eq!(not_found().into_response().status(), StatusCode::NOT_FOUND);
}

/// Everything that was logged while `work` ran in this thread.
async fn logged<T>(work: impl Future<Output = T>) -> String {
    use tracing::instrument::WithSubscriber;
    let lines = Lines::default();
    let written = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .without_time()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || written.clone())
        .finish();
    work.with_subscriber(subscriber).await;
    let lines = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8(lines.clone()).unwrap()
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn v6_a_refusal_is_one_line_without_the_token() {
    let tokens = TokenFactory::hs256();
    let expired = tokens.claims("ada").set("exp", json!(NOW - 60)).sign();
    let lines = logged(ask_with(tokens.guard(), "/me", &expired)).await;
    let now = NOW;
    let exp = NOW - 60;
    assert_eq!(
        lines,
        format!(
            " WARN tessera::audit: the token expired at {exp}; it is now {now} (Unix seconds) event=\"token_refused\" reason=\"expired\" user=ada\n"
        )
    );
    let lines = logged(ask(tokens.guard(), "/me", &[b"Bearer secret-bytes"])).await;
    assert_eq!(
        lines,
        " WARN tessera::audit: the token does not have exactly three parts event=\"token_refused\" reason=\"malformed\"\n"
    );
    let lines = logged(ask(tokens.guard(), "/me", &[])).await;
    assert_eq!(
        lines,
        " WARN tessera::audit: there is no token event=\"token_refused\" reason=\"missing_token\"\n"
    );
    let lines = logged(ask_with(tokens.guard(), "/api/bob/things", &tokens.token("ada"))).await;
    assert_eq!(
        lines,
        " WARN tessera::audit: the path is another user's event=\"not_owner\" user=ada\n"
    );
    assert_eq!(logged(ask_with(tokens.guard(), "/me", &tokens.token("ada"))).await, "");
}
