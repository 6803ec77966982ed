//! Every setting, in one table: it drives parsing, `--help`, the refusal of unknown names,
//! `print-config` and the table in the README.

use super::Halves;

/// One setting: its names, what it is when nobody sets it, and what it is for.
#[derive(Debug)]
pub struct Setting {
    /// Its name in `tessera.toml`; the flag is the same with `-` for `_`.
    pub key: &'static str,
    /// Its names in the environment. Where several are set, the first counts.
    pub environment: &'static [&'static str],
    /// Its value when nobody sets it.
    pub default: DefaultValue,
    /// One line of documentation.
    pub about: &'static str,
    /// A secret is never shown, and has no flag: others can read a command line.
    pub secret: bool,
    /// Whose it is.
    pub halves: Halves,
}

/// What a setting is when nobody sets it.
#[derive(Clone, Copy, Debug)]
pub enum DefaultValue {
    /// This value, written as one would set it.
    Value(&'static str),
    /// Worked out from other settings or the machine; the text says how.
    Derived(&'static str),
}

impl Setting {
    const fn new(
        key: &'static str,
        environment: &'static [&'static str],
        default: DefaultValue,
        about: &'static str,
    ) -> Self {
        Self { key, environment, default, about, secret: false, halves: Halves::Both }
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    const fn of(self, halves: Halves) -> Self {
        Self { halves, ..self }
    }

    /// Whether such a process reads it. What only a resource server in another process needs, one
    /// that is both halves does not.
    pub(super) fn is_read_by(&self, process: Halves) -> bool {
        match self.halves {
            Halves::Both => true,
            Halves::Auth => process != Halves::Api,
            Halves::Api => process == Halves::Api,
        }
    }

    /// The flag's name without its dashes; none for a secret.
    pub fn flag(&self) -> Option<String> {
        (!self.secret).then(|| self.key.replace('_', "-"))
    }

    /// The name that messages use: the one in the environment.
    pub fn name(&self) -> &'static str {
        self.environment.first().copied().unwrap_or(self.key)
    }
}

use DefaultValue::{Derived, Value};

pub(super) const ONLY: Setting = Setting::new(
    "only",
    &["TESSERA_ONLY"],
    Derived("both halves"),
    "`auth` or `api`: which half of the server to be, where the other one is another process.",
);
pub(super) const HOST: Setting = Setting::new(
    "host",
    &["HOST"],
    Value("127.0.0.1"),
    "Address to listen on. Any but loopback needs secrets that you set, and https.",
);
pub(super) const PORT: Setting =
    Setting::new("port", &["PORT"], Value("3000"), "Port to listen on; 0 lets the system choose.");
pub(super) const BASE_URL: Setting = Setting::new(
    "base_url",
    &["BETTER_AUTH_URL"],
    Derived("http://localhost:PORT"),
    "Where browsers reach the auth server; with `--only api` it has to be said. A path in it replaces `/api/auth`, which the bundled pages expect.",
);
pub(super) const ALLOW_HTTP: Setting = Setting::new(
    "allow_http",
    &["TESSERA_ALLOW_HTTP"],
    Value("off"),
    "Allows http beyond loopback, in the base URL and in the URL of keys: for a network that nobody else is on.",
);
pub(super) const DATA_DIR: Setting = Setting::new(
    "data_dir",
    &["TESSERA_DATA_DIR"],
    Value("data"),
    "Folder of the database and of generated secrets.",
);
pub(super) const DATABASE_URL: Setting = Setting::new(
    "database_url",
    &["DATABASE_URL"],
    Derived("sqlite:DATA_DIR/tessera.db; with `--only api`, tasks.db there"),
    "The database, as `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.",
);
pub(super) const DATABASE_CONNECTIONS: Setting = Setting::new(
    "database_connections",
    &["TESSERA_DATABASE_CONNECTIONS"],
    Derived("10 for PostgreSQL"),
    "Connections to PostgreSQL, at most; SQLite has no such number.",
);
pub(super) const AUTH_SECRET: Setting = Setting::new(
    "auth_secret",
    &["BETTER_AUTH_SECRET", "AUTH_SECRET"],
    Derived("generated in DATA_DIR"),
    "Signs cookies and encrypts stored keys; 32 bytes or more.",
)
.secret()
.of(Halves::Auth);
pub(super) const AUTH_SECRET_FILE: Setting = Setting::new(
    "auth_secret_file",
    &["BETTER_AUTH_SECRET_FILE"],
    Derived("none"),
    "File that holds the auth secret.",
)
.of(Halves::Auth);
pub(super) const AUTH_SECRETS: Setting = Setting::new(
    "auth_secrets",
    &["BETTER_AUTH_SECRETS"],
    Derived("none"),
    "Several auth secrets as `2:new,1:old`: the first is used, all are understood. One set beside them counts as the oldest.",
)
.secret()
.of(Halves::Auth);
pub(super) const AUTH_SECRETS_FILE: Setting = Setting::new(
    "auth_secrets_file",
    &["BETTER_AUTH_SECRETS_FILE"],
    Derived("none"),
    "File that holds several auth secrets.",
)
.of(Halves::Auth);
pub(super) const JWT_SECRET: Setting = Setting::new(
    "jwt_secret",
    &["TESSERA_JWT_SECRET"],
    Derived("generated in DATA_DIR"),
    "HS256 secret that resource servers share; 32 bytes or more, never the auth secret.",
)
.secret();
pub(super) const JWT_SECRET_FILE: Setting = Setting::new(
    "jwt_secret_file",
    &["TESSERA_JWT_SECRET_FILE"],
    Derived("none"),
    "File that holds the JWT secret.",
);
pub(super) const JWT_SECRETS: Setting = Setting::new(
    "jwt_secrets",
    &["TESSERA_JWT_SECRETS"],
    Derived("none"),
    "Several JWT secrets as `new,old`, instead of one: the first signs, all verify.",
)
.secret();
pub(super) const JWT_SECRETS_FILE: Setting = Setting::new(
    "jwt_secrets_file",
    &["TESSERA_JWT_SECRETS_FILE"],
    Derived("none"),
    "File that holds several JWT secrets.",
);
pub(super) const JWT_ALGORITHM: Setting = Setting::new(
    "jwt_algorithm",
    &["TESSERA_JWT_ALGORITHM"],
    Value("HS256"),
    "HS256, or EdDSA, ES256 or RS256 with a key published at `/api/auth/jwks`; an API of its own takes whichever is published.",
);
pub(super) const JWKS_URL: Setting = Setting::new(
    "jwks_url",
    &["TESSERA_JWKS_URL"],
    Derived("BETTER_AUTH_URL/jwks, unless HS256"),
    "Where the keys are published that tokens are verified with.",
)
.of(Halves::Api);
pub(super) const JWT_EXPIRES_IN: Setting =
    Setting::new("jwt_expires_in", &["TESSERA_JWT_EXPIRES_IN"], Value("15m"), "Lifetime of a JWT.")
        .of(Halves::Auth);
pub(super) const JWT_ROTATION_INTERVAL: Setting = Setting::new(
    "jwt_rotation_interval",
    &["TESSERA_JWT_ROTATION_INTERVAL"],
    Value("off"),
    "How long a key pair signs before another takes over, such as 90d.",
)
.of(Halves::Auth);
pub(super) const JWT_GRACE_PERIOD: Setting = Setting::new(
    "jwt_grace_period",
    &["TESSERA_JWT_GRACE_PERIOD"],
    Value("30d"),
    "How long the public half of a key pair stays published after it has signed.",
)
.of(Halves::Auth);
pub(super) const JWKS_MAX_AGE: Setting = Setting::new(
    "jwks_max_age",
    &["TESSERA_JWKS_MAX_AGE"],
    Value("5m"),
    "How long others may keep `/jwks`. A new key is published twice as long, and a minute, before it signs.",
)
.of(Halves::Auth);
pub(super) const JWT_ISSUER: Setting = Setting::new(
    "jwt_issuer",
    &["TESSERA_JWT_ISSUER"],
    Derived("origin of BETTER_AUTH_URL"),
    "The `iss` of every JWT.",
);
pub(super) const JWT_AUDIENCE: Setting = Setting::new(
    "jwt_audience",
    &["TESSERA_JWT_AUDIENCE"],
    Derived("origin of BETTER_AUTH_URL"),
    "The `aud` of every JWT.",
);
pub(super) const SESSION_EXPIRES_IN: Setting = Setting::new(
    "session_expires_in",
    &["TESSERA_SESSION_EXPIRES_IN"],
    Value("7d"),
    "Lifetime of a session since it was last renewed.",
)
.of(Halves::Auth);
pub(super) const SESSION_UPDATE_AGE: Setting = Setting::new(
    "session_update_age",
    &["TESSERA_SESSION_UPDATE_AGE"],
    Value("1d"),
    "A session older than this is renewed when it is used.",
)
.of(Halves::Auth);
pub(super) const SESSION_FRESH_AGE: Setting = Setting::new(
    "session_fresh_age",
    &["TESSERA_SESSION_FRESH_AGE"],
    Value("1d"),
    "Sensitive actions need a sign-in no older than this; 0s turns that off.",
)
.of(Halves::Auth);
pub(super) const TRUSTED_ORIGINS: Setting = Setting::new(
    "trusted_origins",
    &["TESSERA_TRUSTED_ORIGINS", "BETTER_AUTH_TRUSTED_ORIGINS"],
    Value(""),
    "Further origins that requests and callback URLs may name, comma-separated; `*` and `?` as in Better Auth.",
)
.of(Halves::Auth);
pub(super) const CORS_ORIGINS: Setting = Setting::new(
    "cors_origins",
    &["TESSERA_CORS_ORIGINS"],
    Value(""),
    "Other origins whose pages may call from a browser, comma-separated, each exactly: `https://app.example.com`. They are trusted origins, too.",
);
pub(super) const API_URL: Setting = Setting::new(
    "api_url",
    &["TESSERA_API_URL"],
    Derived("the page's own origin"),
    "The origin at which the web app finds the task API: `https://api.example.com`.",
)
.of(Halves::Auth);
pub(super) const WEB_APP: Setting = Setting::new(
    "web_app",
    &["TESSERA_WEB_APP"],
    Value("off"),
    "Serves the web app beside the task API, for an auth server that has none: the npm package.",
)
.of(Halves::Api);
pub(super) const TRUSTED_PROXIES: Setting = Setting::new(
    "trusted_proxies",
    &["TESSERA_TRUSTED_PROXIES"],
    Value(""),
    "Networks whose `X-Forwarded-For` is believed, comma-separated: `10.0.0.0/8, ::1`.",
);
pub(super) const RATE_LIMIT: Setting = Setting::new(
    "rate_limit",
    &["TESSERA_RATE_LIMIT"],
    Value("on"),
    "Rate limits with Better Auth's rules.",
)
.of(Halves::Auth);
pub(super) const REFUSE_COMMON_PASSWORDS: Setting = Setting::new(
    "refuse_common_passwords",
    &["TESSERA_REFUSE_COMMON_PASSWORDS"],
    Value("on"),
    "Refuses the commonest passwords when one is chosen.",
)
.of(Halves::Auth);
pub(super) const DEFER_SESSION_REFRESH: Setting = Setting::new(
    "defer_session_refresh",
    &["TESSERA_DEFER_SESSION_REFRESH"],
    Value("off"),
    "Renews sessions only by `POST /get-session`, which Better Auth's client then sends.",
)
.of(Halves::Auth);
pub(super) const SESSION_COOKIE_CACHE: Setting = Setting::new(
    "session_cookie_cache",
    &["TESSERA_SESSION_COOKIE_CACHE"],
    Value("off"),
    "compact, jwt or jwe: a cookie answers for the session, also when it has ended elsewhere.",
)
.of(Halves::Auth);
pub(super) const SESSION_COOKIE_CACHE_MAX_AGE: Setting = Setting::new(
    "session_cookie_cache_max_age",
    &["TESSERA_SESSION_COOKIE_CACHE_MAX_AGE"],
    Value("5m"),
    "How long that cookie answers.",
)
.of(Halves::Auth);
pub(super) const DELETE_USER: Setting = Setting::new(
    "delete_user",
    &["TESSERA_DELETE_USER"],
    Value("off"),
    "Lets people delete their accounts.",
)
.of(Halves::Auth);
pub(super) const DELETE_USER_VERIFICATION: Setting = Setting::new(
    "delete_user_verification",
    &["TESSERA_DELETE_USER_VERIFICATION"],
    Value("off"),
    "Deleting an account takes a link, which is mailed.",
)
.of(Halves::Auth);
pub(super) const CHANGE_EMAIL: Setting = Setting::new(
    "change_email",
    &["TESSERA_CHANGE_EMAIL"],
    Value("off"),
    "Lets people change their address, by mailed links.",
)
.of(Halves::Auth);
pub(super) const UPDATE_EMAIL_WITHOUT_VERIFICATION: Setting = Setting::new(
    "update_email_without_verification",
    &["TESSERA_UPDATE_EMAIL_WITHOUT_VERIFICATION"],
    Value("off"),
    "Changes an address that nobody has verified at once, without a link.",
)
.of(Halves::Auth);
pub(super) const AUTO_SIGN_IN: Setting = Setting::new(
    "auto_sign_in",
    &["TESSERA_AUTO_SIGN_IN"],
    Value("on"),
    "Signing up signs in, and so tells whether an address has an account.",
)
.of(Halves::Auth);
pub(super) const REQUIRE_EMAIL_VERIFICATION: Setting = Setting::new(
    "require_email_verification",
    &["TESSERA_REQUIRE_EMAIL_VERIFICATION"],
    Value("off"),
    "Nobody signs in before a link mailed to their address has been followed.",
)
.of(Halves::Auth);
pub(super) const SEND_ON_SIGN_UP: Setting = Setting::new(
    "send_on_sign_up",
    &["TESSERA_SEND_ON_SIGN_UP"],
    Derived("as `require_email_verification`"),
    "Mails that link when somebody signs up.",
)
.of(Halves::Auth);
pub(super) const SEND_ON_SIGN_IN: Setting = Setting::new(
    "send_on_sign_in",
    &["TESSERA_SEND_ON_SIGN_IN"],
    Value("off"),
    "Mails it again when somebody whose address must yet be verified tries to sign in.",
)
.of(Halves::Auth);
pub(super) const AUTO_SIGN_IN_AFTER_VERIFICATION: Setting = Setting::new(
    "auto_sign_in_after_verification",
    &["TESSERA_AUTO_SIGN_IN_AFTER_VERIFICATION"],
    Value("off"),
    "Following it signs in.",
)
.of(Halves::Auth);
pub(super) const REVOKE_SESSIONS_ON_PASSWORD_RESET: Setting = Setting::new(
    "revoke_sessions_on_password_reset",
    &["TESSERA_REVOKE_SESSIONS_ON_PASSWORD_RESET"],
    Value("off"),
    "A password set by a mailed link ends all sessions of its account.",
)
.of(Halves::Auth);
pub(super) const SMTP_URL: Setting = Setting::new(
    "smtp_url",
    &["TESSERA_SMTP_URL"],
    Derived("none"),
    "The mail server: `smtps://USER:PASSWORD@HOST` (TLS), `smtp://USER:PASSWORD@HOST` (STARTTLS), or without encryption `smtp://localhost:PORT`.",
)
.secret()
.of(Halves::Auth);
pub(super) const SMTP_URL_FILE: Setting = Setting::new(
    "smtp_url_file",
    &["TESSERA_SMTP_URL_FILE"],
    Derived("none"),
    "File that holds the URL of the mail server.",
)
.of(Halves::Auth);
pub(super) const SMTP_FROM: Setting = Setting::new(
    "smtp_from",
    &["TESSERA_SMTP_FROM"],
    Derived("none"),
    "Whom mail comes from: `Example <no-reply@example.com>`.",
)
.of(Halves::Auth);
pub(super) const APP_NAME: Setting = Setting::new(
    "app_name",
    &["TESSERA_APP_NAME"],
    Value("Tessera"),
    "What mail calls the service.",
)
.of(Halves::Auth);
pub(super) const DEV_MAILBOX: Setting = Setting::new(
    "dev_mailbox",
    &["TESSERA_DEV_MAILBOX"],
    Derived("on without SMTP_URL, if HOST and BETTER_AUTH_URL are loopback"),
    "Keeps mail in memory, where whoever is on this machine reads it at `/dev/mail`.",
)
.of(Halves::Auth);
pub(super) const HASHING_THREADS: Setting = Setting::new(
    "hashing_threads",
    &["TESSERA_HASHING_THREADS"],
    Derived("number of cores"),
    "Passwords hashed at the same time; each takes a core and 32 MiB, for a hash from elsewhere up to 256 MiB.",
)
.of(Halves::Auth);
pub(super) const HASHING_QUEUE: Setting = Setting::new(
    "hashing_queue",
    &["TESSERA_HASHING_QUEUE"],
    Value("1024"),
    "Passwords that may wait to be hashed; beyond that the answer is 503.",
)
.of(Halves::Auth);
pub(super) const LOG: Setting = Setting::new(
    "log",
    &["TESSERA_LOG"],
    Value("info"),
    "What is logged: a level, or directives such as `info,tessera_http=debug`.",
);
pub(super) const LOG_FORMAT: Setting = Setting::new(
    "log_format",
    &["TESSERA_LOG_FORMAT"],
    Derived("pretty on a terminal, else json"),
    "pretty or json.",
);

/// All settings, in the order in which they are documented.
pub const SETTINGS: [&Setting; 56] = [
    &ONLY,
    &HOST,
    &PORT,
    &BASE_URL,
    &ALLOW_HTTP,
    &DATA_DIR,
    &DATABASE_URL,
    &DATABASE_CONNECTIONS,
    &AUTH_SECRET,
    &AUTH_SECRET_FILE,
    &AUTH_SECRETS,
    &AUTH_SECRETS_FILE,
    &JWT_SECRET,
    &JWT_SECRET_FILE,
    &JWT_SECRETS,
    &JWT_SECRETS_FILE,
    &JWT_ALGORITHM,
    &JWKS_URL,
    &JWT_EXPIRES_IN,
    &JWT_ROTATION_INTERVAL,
    &JWT_GRACE_PERIOD,
    &JWKS_MAX_AGE,
    &JWT_ISSUER,
    &JWT_AUDIENCE,
    &SESSION_EXPIRES_IN,
    &SESSION_UPDATE_AGE,
    &SESSION_FRESH_AGE,
    &DEFER_SESSION_REFRESH,
    &SESSION_COOKIE_CACHE,
    &SESSION_COOKIE_CACHE_MAX_AGE,
    &TRUSTED_ORIGINS,
    &CORS_ORIGINS,
    &API_URL,
    &WEB_APP,
    &TRUSTED_PROXIES,
    &RATE_LIMIT,
    &REFUSE_COMMON_PASSWORDS,
    &DELETE_USER,
    &DELETE_USER_VERIFICATION,
    &CHANGE_EMAIL,
    &UPDATE_EMAIL_WITHOUT_VERIFICATION,
    &AUTO_SIGN_IN,
    &REQUIRE_EMAIL_VERIFICATION,
    &SEND_ON_SIGN_UP,
    &SEND_ON_SIGN_IN,
    &AUTO_SIGN_IN_AFTER_VERIFICATION,
    &REVOKE_SESSIONS_ON_PASSWORD_RESET,
    &SMTP_URL,
    &SMTP_URL_FILE,
    &SMTP_FROM,
    &APP_NAME,
    &DEV_MAILBOX,
    &HASHING_THREADS,
    &HASHING_QUEUE,
    &LOG,
    &LOG_FORMAT,
];
