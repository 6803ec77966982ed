//! A server on a fresh database, a clock that tests set, and a client that shows whole answers.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tessera_db::Sqlite;
use tessera_engine::{
    AuthSecrets, Clock, EmailSettings, EndedSession, Engine, Entropy, HashingLane, Mail, Parts,
    Secret, SendMail, SessionSettings, Time, TokenSettings, TokenSigning,
};
use tessera_http::{
    BaseUrl, CacheForm, ClientAddress, CookieCache, RateLimit, Settings, TrustedOrigins, router,
};
use tessera_store::{MIGRATIONS, SqliteStore};
use tokio::sync::mpsc;
use tower::ServiceExt;

pub(crate) const SECRET: &str = "reference-secret-0123456789abcdefghijkl";
pub(crate) const ORIGIN: &str = "http://localhost:3000";
pub(crate) const PASSWORD: &str = "correct-horse-7";
pub(crate) const NOW: &str = "2027-01-15T08:00:00.000Z";
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `true`, signed with [`SECRET`] by the npm package.
pub(crate) const SIGNED_TRUE: &str = "true.TPgsN4qAuuSlOQUsTEwP71%2BkrfEAI9Nxxf%2FN%2FpADARc%3D";

pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) engine: Arc<Engine>,
    pub(crate) ended: Arc<Mutex<Vec<EndedSession>>>,
    mails: tokio::sync::Mutex<mpsc::UnboundedReceiver<Mail>>,
    now: Arc<AtomicI64>,
    folder: Arc<TempDir>,
}

/// What a test may decide about the server.
pub(crate) struct Options {
    pub(crate) base_url: &'static str,
    pub(crate) secrets: AuthSecrets,
    pub(crate) trusted_origins: &'static str,
    pub(crate) rate_limit: RateLimit,
    pub(crate) defer_session_refresh: bool,
    pub(crate) cookie_cache: Option<CacheForm>,
    pub(crate) delete_user: bool,
    pub(crate) delete_user_verification: bool,
    pub(crate) signing: TokenSigning,
    pub(crate) tokens_live: Duration,
    pub(crate) sessions: SessionSettings,
    pub(crate) refuse_common_passwords: bool,
    pub(crate) entropy: Entropy,
    pub(crate) hashing: HashingLane,
    /// Whether there is somebody to send mail.
    pub(crate) mail: bool,
    pub(crate) emails: EmailSettings,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base_url: ORIGIN,
            secrets: Secret::parse(SECRET).unwrap().into(),
            trusted_origins: "",
            rate_limit: RateLimit::Off,
            defer_session_refresh: false,
            cookie_cache: None,
            delete_user: false,
            delete_user_verification: false,
            signing: TokenSigning::Shared {
                current: Secret::parse("a token secret of at least 32 bytes").unwrap(),
                older: Vec::new(),
            },
            tokens_live: Duration::from_secs(900),
            sessions: SessionSettings::default(),
            refuse_common_passwords: true,
            entropy: Entropy::system(),
            hashing: HashingLane::start(NonZeroUsize::new(2).unwrap(), 100).unwrap(),
            mail: true,
            emails: EmailSettings::default(),
        }
    }
}

impl App {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let now = Arc::new(AtomicI64::new(Time::parse(NOW).unwrap().as_millis()));
        Self::on(Arc::new(TempDir::new().unwrap()), now, options).await
    }

    pub(crate) async fn with_emails(emails: EmailSettings) -> Self {
        Self::with(Options { emails, ..Options::default() }).await
    }

    /// Another server on the same database, at the same time.
    pub(crate) async fn beside(&self, options: Options) -> Self {
        Self::on(Arc::clone(&self.folder), Arc::clone(&self.now), options).await
    }

    /// The same with other settings of addresses.
    pub(crate) async fn beside_with(&self, emails: EmailSettings) -> Self {
        self.beside(Options { emails, ..Options::default() }).await
    }

    async fn on(folder: Arc<TempDir>, now: Arc<AtomicI64>, options: Options) -> Self {
        let ended = Arc::new(Mutex::new(Vec::new()));
        let (read, heard) = (Arc::clone(&now), Arc::clone(&ended));
        let db = Sqlite::open(&folder.path().join("tessera.db")).unwrap();
        db.migrate("", &[&MIGRATIONS]).unwrap();
        let secrets = options.secrets;
        let (sent, mails) = mpsc::unbounded_channel();
        let send_mail: SendMail = Arc::new(move |mail| sent.send(mail).unwrap());
        let parts = Parts {
            store: Arc::new(SqliteStore::new(db)),
            settings: tessera_engine::Settings {
                secrets: secrets.clone(),
                sessions: options.sessions,
                tokens: TokenSettings {
                    issuer: ORIGIN.to_owned(),
                    audience: ORIGIN.to_owned(),
                    expires_in: options.tokens_live,
                    signing: options.signing,
                },
                refuse_common_passwords: options.refuse_common_passwords,
                emails: options.emails,
            },
            clock: Clock::new(move || Time::from_millis(read.load(Ordering::SeqCst))),
            entropy: options.entropy,
            hashing: options.hashing,
            on_session_end: Arc::new(move |session: &EndedSession| {
                heard.lock().unwrap().push(session.clone());
            }),
            on_user_delete: Arc::new(|_| Box::pin(async {})),
            on_keys_change: Arc::new(|_| {}),
            send_mail: options.mail.then_some(send_mail),
        };
        let settings = Settings {
            base_url: BaseUrl::parse(options.base_url).unwrap(),
            cookie_cache: options
                .cookie_cache
                .map(|form| CookieCache::new(form, &secrets, Entropy::system()).unwrap()),
            secrets,
            trusted_origins: TrustedOrigins::parse(options.trusted_origins).unwrap(),
            rate_limit: options.rate_limit,
            defer_session_refresh: options.defer_session_refresh,
            delete_user: options.delete_user,
            delete_user_verification: options.delete_user_verification,
        };
        let engine = Arc::new(Engine::start(parts).await.unwrap());
        let mails = tokio::sync::Mutex::new(mails);
        Self { router: router(Arc::clone(&engine), settings), engine, ended, mails, now, folder }
    }

    /// The time, in seconds since the Unix epoch.
    pub(crate) fn seconds(&self) -> u64 {
        self.engine.now().as_unix_seconds()
    }

    pub(crate) fn pass(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// The next mail, as soon as it is sent.
    pub(crate) async fn mail(&self) -> Mail {
        self.mails.lock().await.recv().await.unwrap()
    }

    /// What the link in a mail leads to.
    pub(crate) fn follow(&self, mail: &Mail) -> Call {
        self.call(Method::GET, mail.link.strip_prefix(ORIGIN).unwrap())
    }

    /// The only value that a query gives.
    pub(crate) fn value(&self, sql: &str) -> String {
        self.database().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Keeps the server from writing for as long as the connection lives.
    pub(crate) fn hold_database(&self) -> rusqlite::Connection {
        let database = self.database();
        database.execute_batch("begin immediate").unwrap();
        database
    }

    /// Runs SQL behind the server's back.
    pub(crate) fn sql(&self, sql: &str) {
        self.database().execute_batch(sql).unwrap();
    }

    /// Number of rows of a table.
    pub(crate) fn count(&self, table: &str) -> i64 {
        let sql = format!("select count(*) from \"{table}\"");
        self.database().query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    /// The two columns of the one row that a query finds.
    pub(crate) fn row(&self, sql: &str) -> (String, String) {
        self.database().query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, &format!("/api/auth{path}"))
    }

    pub(crate) fn post(&self, path: &str) -> Call {
        self.call(Method::POST, &format!("/api/auth{path}"))
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        Call { router: self.router.clone(), request }
    }

    /// Signs somebody up, who then is a client with a session.
    pub(crate) async fn sign_up(&self, email: &str) -> Person {
        let body = json!({ "name": "Ada", "email": email, "password": PASSWORD });
        Person::of(&self.post("/sign-up/email").json(&body).send().await)
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Person {
        self.sign_in_with(email, PASSWORD).await
    }

    pub(crate) async fn sign_in_with(&self, email: &str, password: &str) -> Person {
        let body = json!({ "email": email, "password": password });
        Person::of(&self.post("/sign-in/email").json(&body).send().await)
    }

    /// Whether this password signs in.
    pub(crate) async fn opens(&self, email: &str, password: &str) -> bool {
        let body = json!({ "email": email, "password": password });
        let answer = self.post("/sign-in/email").json(&body).send().await;
        assert!([200, 401].contains(&answer.status.as_u16()), "{answer:?}");
        answer.status == 200
    }

    pub(crate) async fn is_live(&self, person: &Person) -> bool {
        self.get("/get-session").of(person).send().await.body != "null"
    }

    /// Has an address proved to be its account's.
    pub(crate) fn verified(&self, email: &str) {
        self.sql(&format!(r#"update "user" set "emailVerified" = 1 where "email" = '{email}'"#));
    }

    /// Addresses, the oldest account's first; those that are verified with a check mark.
    pub(crate) fn addresses(&self) -> String {
        self.value(
            r#"select group_concat("email" || iif("emailVerified", ' ✓', ''), ', ' order by rowid)
               from "user""#,
        )
    }

    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("tessera.db")).unwrap()
    }
}

/// Somebody who is signed in.
pub(crate) struct Person {
    pub(crate) token: String,
    pub(crate) user_id: String,
    /// `name=value`, as a browser would send it.
    pub(crate) cookie: String,
}

impl Person {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let body = answer.json();
        let token = text(&body["token"]);
        let cookie = format!("better-auth.session_token={}", signed(&token));
        Self { token, user_id: text(&body["user"]["id"]), cookie }
    }
}

/// A request in the making.
pub(crate) struct Call {
    router: Router,
    request: Request<Body>,
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.request.headers_mut().append(name, value);
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(self, content_type: &str, body: impl Into<Body>) -> Self {
        let mut call = self.header("content-type", content_type);
        *call.request.body_mut() = body.into();
        call
    }

    /// Sends a cookie as a page of the server's own origin does.
    pub(crate) fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie).header("origin", ORIGIN)
    }

    pub(crate) fn of(self, person: &Person) -> Self {
        self.cookie(&person.cookie)
    }

    pub(crate) fn bearer(self, credentials: &str) -> Self {
        self.header("authorization", format!("Bearer {credentials}"))
    }

    pub(crate) fn from(mut self, address: &str) -> Self {
        let address: IpAddr = address.parse().unwrap();
        self.request.extensions_mut().insert(ClientAddress(address));
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.router.oneshot(self.request).await.unwrap();
        let status = response.status();
        let headers = response.headers().iter();
        let mut headers: Vec<(String, String)> = headers
            .filter(|(name, _)| *name != "content-length")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort_by(|(one, _), (other, _)| one.cmp(other));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }
}

/// A whole answer: its headers are sorted by name, those of one name stand in the order sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let (_, value) = values.next()?;
        assert!(values.next().is_none(), "{name} was sent twice");
        Some(value)
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        let cookies = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        cookies.map(|(_, value)| value.as_str()).collect()
    }

    /// Status, all headers and the whole body. Headers of `cache-control: no-store` and a JSON
    /// content type, which nearly all answers have, are added to `headers`.
    #[track_caller]
    pub(crate) fn assert(&self, status: u16, headers: &[(&str, &str)], body: &str) {
        let common = [("cache-control", "no-store"), ("content-type", "application/json")];
        let headers: Vec<_> = headers.iter().copied().chain(common).collect();
        self.assert_exactly(status, &headers, body);
    }

    #[track_caller]
    pub(crate) fn assert_exactly(&self, status: u16, headers: &[(&str, &str)], body: &str) {
        let mut headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        headers.sort_by(|(one, _), (other, _)| one.cmp(other));
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(*self, Self { status, headers, body: body.to_owned() });
    }
}

/// The body of a refusal.
pub(crate) fn refusal(code: &str, message: &str) -> String {
    format!(r#"{{"message":{},"code":"{code}"}}"#, json!(message))
}

/// The three cookies that sign-out clears, in order.
pub(crate) fn cleared() -> [(&'static str, &'static str); 3] {
    [
        ("set-cookie", "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"),
        ("set-cookie", "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"),
        ("set-cookie", "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"),
    ]
}

/// What a browser is told to keep for a week.
pub(crate) fn session_cookie(token: &str) -> String {
    let value = signed(token);
    format!("better-auth.session_token={value}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax")
}

/// The signed, encoded value of a cookie.
pub(crate) fn signed(value: &str) -> String {
    raw_signed(value).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// The signed value as `set-auth-token` carries it.
pub(crate) fn raw_signed(value: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, value.as_bytes());
    format!("{value}.{}", base64_simd::STANDARD.encode_to_string(signature.as_ref()))
}

/// Header and claims of a JWT.
pub(crate) fn decoded(jwt: &str) -> (String, String) {
    let part = |part: &str| {
        let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let parts: Vec<&str> = jwt.split('.').collect();
    assert_eq!(parts.len(), 3);
    (part(parts[0]), part(parts[1]))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
