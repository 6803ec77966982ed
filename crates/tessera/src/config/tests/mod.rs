mod halves;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

const ONE: &str = "one secret of at least thirty-two bytes";
const OLDER: &str = "an older secret of at least thirty-two bytes";
const OTHER: &str = "another secret, also of 32 bytes or more";

fn sources(file: &str, environment: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Sources {
    Sources {
        file: (!file.is_empty()).then(|| (PathBuf::from("tessera.toml"), file.to_owned())),
        environment: environment.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect(),
        flags: flags.iter().map(|&(key, value)| (key, value.to_owned())).collect(),
    }
}

fn read(environment: &[(&str, &str)]) -> Result<Config, String> {
    Config::read(&sources("", environment, &[])).map_err(|error| error.to_string())
}

/// What the issuing half is told.
fn auth(environment: &[(&str, &str)]) -> AuthConfig {
    auth_of(read(environment).unwrap())
}

fn auth_of(config: Config) -> AuthConfig {
    match config.serves {
        Serves::Both(auth) | Serves::Auth(auth) => *auth,
        Serves::Api(_) => panic!("there is no issuing half"),
    }
}

/// Asserts that the environment is refused for these reasons, and no other.
fn refused(environment: &[(&str, &str)], problems: &[&str]) {
    let expected = format!("the configuration cannot be used:\n  {}", problems.join("\n  "));
    assert_eq!(read(environment).unwrap_err(), expected);
}

#[test]
fn nothing_set_is_a_good_configuration() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.base_url.origin_text(), "http://localhost:3000");
    assert_eq!(config.base_url.path(), "/api/auth");
    assert_eq!(config.database.to_string(), "data/tessera.db");
    assert_eq!(config.issuer, "http://localhost:3000");
    assert_eq!(config.audience, "http://localhost:3000");
    let auth = auth_of(config);
    assert!(
        matches!(&auth.secrets, SecretSetting::Kept(path) if path == Path::new("data/auth-secret"))
    );
    assert!(matches!(
        &auth.signing,
        JwtSigning::Shared(SecretSetting::Kept(path)) if path == Path::new("data/jwt-secret")
    ));
    assert_eq!(auth.jwt_expires_in, Duration::from_secs(900));
    assert!(auth.rate_limit && auth.refuse_common_passwords && auth.api_url.is_none());
}

#[test]
fn flags_win_over_the_environment_which_wins_over_the_file() {
    let file = "port = 1";
    let environment = [("PORT", "2")];
    let flags = [("port", "3")];
    for (sources, port) in [
        (sources("", &[], &[]), 3000),
        (sources(file, &[], &[]), 1),
        (sources(file, &environment, &[]), 2),
        (sources(file, &environment, &flags), 3),
        (sources(file, &[], &flags), 3),
    ] {
        assert_eq!(Config::read(&sources).unwrap().listen.port(), port);
    }
}

#[test]
fn the_port_and_the_data_folder_decide_what_derives_from_them() {
    let config = read(&[("PORT", "8080"), ("TESSERA_DATA_DIR", "/srv/t")]).unwrap();
    assert_eq!(config.issuer, "http://localhost:8080");
    assert_eq!(config.database.to_string(), "/srv/t/tessera.db");
}

#[test]
fn a_file_may_hold_numbers_booleans_and_arrays() {
    let file = "port = 8080\nrate_limit = false\ntrusted_origins = [\"http://a\", \"http://b\"]";
    let config = Config::read(&sources(file, &[], &[])).unwrap();
    assert_eq!(config.listen.port(), 8080);
    let auth = auth_of(config);
    assert!(!auth.rate_limit);
    assert_eq!(auth.trusted_origins, TrustedOrigins::parse("http://a,http://b").unwrap());
}

#[test]
fn the_first_of_two_environment_names_counts() {
    let better_auth = ("BETTER_AUTH_TRUSTED_ORIGINS", "http://b");
    let trusted = |origins: &str| TrustedOrigins::parse(origins).unwrap();
    assert_eq!(auth(&[better_auth]).trusted_origins, trusted("http://b"));
    let both = auth(&[better_auth, ("TESSERA_TRUSTED_ORIGINS", "http://t")]);
    assert_eq!(both.trusted_origins, trusted("http://t"));
}

#[test]
fn n12_unknown_names_are_refused_by_name_and_the_near_one_is_shown() {
    let sources = sources(
        "prot = 1\nport = 2\nhost = [1]",
        &[("TESSERA_JWT_EXPIRE_IN", "1m"), ("TESSERA_WHATEVER", "1"), ("HOME", "/root")],
        &[],
    );
    assert_eq!(
        Config::read(&sources).unwrap_err().to_string(),
        "the configuration cannot be used:
  host (tessera.toml): expected a string, a number, a boolean or an array of strings
  prot (tessera.toml): is not a setting; did you mean port?
  TESSERA_JWT_EXPIRE_IN (environment): is not a setting; did you mean TESSERA_JWT_EXPIRES_IN?
  TESSERA_WHATEVER (environment): is not a setting"
    );
}

#[test]
fn a_base_url_leaves_the_other_paths_alone() {
    for path in ["/auth/v1", "/api/auth", "/api/auth/v2", "/tasksetter"] {
        assert!(read(&[("BETTER_AUTH_URL", &format!("http://localhost:3000{path}"))]).is_ok());
    }
    for path in ["/api", "/api/openapi.json", "/api/other", "/tasks", "/sign-in/x", "/404.html"] {
        let read = read(&[("BETTER_AUTH_URL", &format!("http://localhost:3000{path}"))]);
        assert!(read.unwrap_err().to_string().contains("BETTER_AUTH_URL"), "{path}");
    }
}

#[test]
fn n9_nobody_trusts_everybody_as_a_proxy() {
    for everybody in ["0.0.0.0/0", "::/0"] {
        refused(
            &[("TESSERA_TRUSTED_PROXIES", everybody)],
            &[
                "TESSERA_TRUSTED_PROXIES (environment): expected a comma-separated list of addresses and networks such as 10.0.0.0/8",
            ],
        );
    }
}

#[test]
fn a_misspelt_level_does_not_silence_the_log() {
    let expected = "TESSERA_LOG (environment): expected a level (error, warn, info, debug, trace) or directives such as info,tessera_http=debug";
    for filter in ["inof", "info,tessera_http", "tessera=loud"] {
        refused(&[("TESSERA_LOG", filter)], &[expected]);
    }
    for filter in ["info", "WARN", "off", "info,tessera_http=debug"] {
        assert!(read(&[("TESSERA_LOG", filter)]).is_ok(), "{filter}");
    }
}

#[test]
fn a_port_that_the_system_chooses_needs_a_base_url() {
    refused(
        &[("PORT", "0")],
        &["BETTER_AUTH_URL (default): must be set when the system chooses the port"],
    );
}

#[test]
fn a_file_that_is_not_toml_is_refused_without_quoting_it() {
    let sources = sources("port = 1\nauth_secret = \"hunter2", &[], &[]);
    let message = Config::read(&sources).unwrap_err().to_string();
    assert!(message.contains("tessera.toml: is not TOML: "), "{message}");
    assert!(message.ends_with("(line 2)"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn every_wrong_value_is_named_at_once_with_what_is_expected() {
    refused(
        &[
            ("HOST", "example.com"),
            ("PORT", "65536"),
            ("BETTER_AUTH_URL", "localhost"),
            ("TESSERA_ALLOW_HTTP", "yes"),
            ("DATABASE_URL", "postgres://user:hunter2@db"),
            ("TESSERA_JWT_ALGORITHM", "none"),
            ("TESSERA_JWT_EXPIRES_IN", "15"),
            ("TESSERA_SESSION_EXPIRES_IN", "0s"),
            ("TESSERA_SESSION_COOKIE_CACHE", "on"),
            ("TESSERA_SESSION_COOKIE_CACHE_MAX_AGE", "0s"),
            ("TESSERA_TRUSTED_ORIGINS", "http://a/b"),
            ("TESSERA_TRUSTED_PROXIES", "10.0.0.0/99"),
            ("TESSERA_HASHING_THREADS", "0"),
            ("TESSERA_LOG", "tessera=loud"),
            ("TESSERA_LOG_FORMAT", "xml"),
        ],
        &[
            "HOST (environment): expected an IP address such as 127.0.0.1 or 0.0.0.0",
            "PORT (environment): expected a port number from 0 to 65535",
            "BETTER_AUTH_URL (environment): the base URL has to look like https://host or https://host:port",
            "TESSERA_ALLOW_HTTP (environment): expected on or off",
            "DATABASE_URL (environment): expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters of the password as %XX",
            "TESSERA_JWT_ALGORITHM (environment): expected HS256, EdDSA, ES256 or RS256",
            "TESSERA_JWT_EXPIRES_IN (environment): expected a duration such as 90s, 15m, 12h or 7d, at most 100 years",
            "TESSERA_SESSION_EXPIRES_IN (environment): expected a duration longer than 0s",
            "TESSERA_SESSION_COOKIE_CACHE (environment): expected off, compact, jwt or jwe",
            "TESSERA_SESSION_COOKIE_CACHE_MAX_AGE (environment): expected a duration longer than 0s",
            "TESSERA_TRUSTED_ORIGINS (environment): trusted origin \"http://a/b\": an origin has no path: leave out what follows the host",
            "TESSERA_HASHING_THREADS (environment): expected a whole number from 1 to 1000000",
            "TESSERA_TRUSTED_PROXIES (environment): expected a comma-separated list of addresses and networks such as 10.0.0.0/8",
            "TESSERA_LOG (environment): expected a level (error, warn, info, debug, trace) or directives such as info,tessera_http=debug",
            "TESSERA_LOG_FORMAT (environment): expected pretty or json",
        ],
    );
}

#[test]
fn a_wrong_flag_is_named_as_a_flag() {
    let sources = sources("", &[], &[("jwt_expires_in", "soon")]);
    assert_eq!(
        Config::read(&sources).unwrap_err().to_string(),
        "the configuration cannot be used:
  --jwt-expires-in (flag --jwt-expires-in): expected a duration such as 90s, 15m, 12h or 7d, at most 100 years"
    );
}

#[test]
fn v5_short_secrets_are_refused_also_on_loopback() {
    refused(
        &[("BETTER_AUTH_SECRET", "hunter2"), ("TESSERA_JWT_SECRET", &"x".repeat(31))],
        &[
            "BETTER_AUTH_SECRET (environment): a secret needs at least 32 bytes, this one has 7; make one with `openssl rand -base64 32`",
            "TESSERA_JWT_SECRET (environment): a secret needs at least 32 bytes, this one has 31; make one with `openssl rand -base64 32`",
        ],
    );
}

#[test]
fn v5_equal_secrets_are_refused() {
    refused(
        &[("BETTER_AUTH_SECRET", ONE), ("TESSERA_JWT_SECRET", ONE)],
        &[
            "TESSERA_JWT_SECRET (environment): must differ from BETTER_AUTH_SECRET: whoever verifies tokens could forge session cookies",
        ],
    );
}

#[test]
fn v5_off_loopback_nothing_is_taken_for_granted() {
    let not_set = "(default): must be set when HOST is not a loopback address: generated secrets do not count there; make one with `openssl rand -base64 32`";
    let https = "BETTER_AUTH_URL (default): must be an https:// URL when HOST is not a loopback address; TESSERA_ALLOW_HTTP=on allows http";
    refused(
        &[("HOST", "0.0.0.0")],
        &[
            &format!("BETTER_AUTH_SECRET {not_set}"),
            &format!("TESSERA_JWT_SECRET {not_set}"),
            https,
        ],
    );
    let secrets = [("HOST", "::"), ("BETTER_AUTH_SECRET", ONE), ("TESSERA_JWT_SECRET", OTHER)];
    refused(&secrets, &[https]);
    for allowed in [("TESSERA_ALLOW_HTTP", "on"), ("BETTER_AUTH_URL", "https://auth.example.com")] {
        assert!(read(&[&secrets[..], &[allowed]].concat()).is_ok(), "{allowed:?}");
    }
}

#[test]
fn t2_a_key_pair_needs_no_shared_secret() {
    let auth = auth(&[
        ("HOST", "0.0.0.0"),
        ("BETTER_AUTH_SECRET", ONE),
        ("BETTER_AUTH_URL", "https://auth.example.com"),
        ("TESSERA_JWT_ALGORITHM", "EdDSA"),
    ]);
    assert!(matches!(auth.signing, JwtSigning::KeyPair { algorithm: Algorithm::EdDSA, .. }));
}

#[test]
fn secrets_may_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, format!("{ONE}\n")).unwrap();
    let path = path.to_str().unwrap();
    let auth = auth(&[("BETTER_AUTH_SECRET_FILE", path)]);
    assert!(
        matches!(&auth.secrets, SecretSetting::Given(secrets) if secrets.current().expose() == ONE.as_bytes())
    );
    refused(
        &[("BETTER_AUTH_SECRET_FILE", path), ("BETTER_AUTH_SECRET", ONE)],
        &["BETTER_AUTH_SECRET_FILE (environment): set either this or BETTER_AUTH_SECRET, not both"],
    );
    refused(
        &[("TESSERA_JWT_SECRET_FILE", "/nowhere/secret")],
        &[
            "TESSERA_JWT_SECRET_FILE (environment): cannot be read: No such file or directory (os error 2)",
        ],
    );
}

#[test]
fn what_is_shown_holds_every_setting_and_no_secret() {
    let sources = sources(
        "log = \"debug\"",
        &[
            ("BETTER_AUTH_SECRET", ONE),
            ("TESSERA_JWT_SECRET", OTHER),
            ("PORT", "8080"),
            ("TESSERA_LOG_FORMAT", "json"),
        ],
        &[("hashing_threads", "3")],
    );
    let config = Config::read(&sources).unwrap();
    assert_eq!(
        config.redacted().to_string(),
        r#"host = "127.0.0.1"  # default
port = "8080"  # environment PORT
base_url = "http://localhost:8080"  # default
allow_http = "off"  # default
data_dir = "data"  # default
database_url = "sqlite:data/tessera.db"  # default
# auth_secret: (redacted)  # environment BETTER_AUTH_SECRET
# jwt_secret: (redacted)  # environment TESSERA_JWT_SECRET
jwt_algorithm = "HS256"  # default
jwt_expires_in = "15m"  # default
jwt_rotation_interval = "off"  # default
jwt_grace_period = "30d"  # default
jwks_max_age = "5m"  # default
jwt_issuer = "http://localhost:8080"  # default
jwt_audience = "http://localhost:8080"  # default
session_expires_in = "7d"  # default
session_update_age = "1d"  # default
session_fresh_age = "1d"  # default
defer_session_refresh = "off"  # default
session_cookie_cache = "off"  # default
session_cookie_cache_max_age = "5m"  # default
trusted_origins = ""  # default
cors_origins = ""  # default
api_url = "http://localhost:8080"  # default
trusted_proxies = ""  # default
rate_limit = "on"  # default
refuse_common_passwords = "on"  # default
delete_user = "off"  # default
delete_user_verification = "off"  # default
change_email = "off"  # default
update_email_without_verification = "off"  # default
auto_sign_in = "on"  # default
require_email_verification = "off"  # default
send_on_sign_up = "off"  # default
send_on_sign_in = "off"  # default
auto_sign_in_after_verification = "off"  # default
revoke_sessions_on_password_reset = "off"  # default
app_name = "Tessera"  # default
dev_mailbox = "on"  # default
hashing_threads = "3"  # flag --hashing-threads
hashing_queue = "1024"  # default
log = "debug"  # tessera.toml
log_format = "json"  # environment TESSERA_LOG_FORMAT
"#
    );
    for text in [format!("{config:?}"), format!("{sources:?}")] {
        assert!(!text.contains(ONE) && !text.contains(OTHER), "{text}");
    }
}

#[test]
fn n1_several_auth_secrets_and_the_one_from_before() {
    let list = format!("2:{ONE},1:{OLDER}");
    let secrets = |environment: &[(&str, &str)]| match auth(environment).secrets {
        SecretSetting::Given(secrets) => {
            secrets.iter().map(|secret| secret.expose().to_vec()).collect::<Vec<_>>()
        }
        SecretSetting::Kept(path) => panic!("kept in {}", path.display()),
    };
    let before = "the secret from before there were versions";
    let several = ("BETTER_AUTH_SECRETS", list.as_str());
    assert_eq!(secrets(&[several]), [ONE, OLDER].map(|text| text.as_bytes().to_vec()));
    for name in ["BETTER_AUTH_SECRET", "AUTH_SECRET"] {
        let all = [ONE, OLDER, before].map(|text| text.as_bytes().to_vec());
        assert_eq!(secrets(&[several, (name, before)]), all);
        assert_eq!(secrets(&[(name, before)]), [before.as_bytes().to_vec()]);
    }
    refused(
        &[("BETTER_AUTH_SECRETS", "2:short,1:hunter2")],
        &[
            "BETTER_AUTH_SECRETS (environment): version 2: a secret needs at least 32 bytes, this one has 5; make one with `openssl rand -base64 32`",
        ],
    );
}

#[test]
fn t4_several_jwt_secrets_the_first_signs() {
    let list = format!("{ONE},{OLDER}");
    let auth = auth(&[("TESSERA_JWT_SECRETS", &list)]);
    let JwtSigning::Shared(SecretSetting::Given(secrets)) = auth.signing else {
        panic!("no secrets were given");
    };
    assert_eq!(secrets.current.expose(), ONE.as_bytes());
    let all: Vec<_> = secrets.iter().map(Secret::expose).collect();
    assert_eq!(all, [ONE.as_bytes(), OLDER.as_bytes()]);

    refused(
        &[("TESSERA_JWT_SECRETS", &list), ("TESSERA_JWT_SECRET", ONE)],
        &["TESSERA_JWT_SECRETS (environment): set either this or TESSERA_JWT_SECRET, not both"],
    );
    refused(
        &[("TESSERA_JWT_SECRETS", &list), ("BETTER_AUTH_SECRET", OLDER)],
        &[
            "TESSERA_JWT_SECRETS (environment): must differ from BETTER_AUTH_SECRET: whoever verifies tokens could forge session cookies",
        ],
    );
    refused(
        &[("TESSERA_JWT_SECRETS", &format!("{ONE},hunter2"))],
        &[
            "TESSERA_JWT_SECRETS (environment): entry 2: a secret needs at least 32 bytes, this one has 7; make one with `openssl rand -base64 32`",
        ],
    );
}

#[test]
fn t4_spans_under_which_good_tokens_would_be_refused_are_refused() {
    let eddsa = ("TESSERA_JWT_ALGORITHM", "EdDSA");
    refused(
        &[eddsa, ("TESSERA_JWT_EXPIRES_IN", "40d")],
        &[
            "TESSERA_JWT_GRACE_PERIOD (default): must be at least 3456660s: tokens live for TESSERA_JWT_EXPIRES_IN, others keep /jwks for TESSERA_JWKS_MAX_AGE, and clocks differ",
        ],
    );
    refused(
        &[eddsa, ("TESSERA_JWT_ROTATION_INTERVAL", "20m")],
        &[
            "TESSERA_JWT_ROTATION_INTERVAL (environment): must be at least 1320s, or off: for half of that a key is published before it signs, so that all who keep /jwks know it",
        ],
    );
    assert!(read(&[eddsa, ("TESSERA_JWT_ROTATION_INTERVAL", "22m")]).is_ok());
    refused(
        &[("TESSERA_JWT_ROTATION_INTERVAL", "90d")],
        &[
            "TESSERA_JWT_ROTATION_INTERVAL (environment): is for key pairs: set TESSERA_JWT_ALGORITHM to EdDSA, ES256 or RS256",
        ],
    );
}

#[test]
fn how_long_the_cookie_cache_lasts_is_refused_where_there_is_none() {
    let max_age = ("TESSERA_SESSION_COOKIE_CACHE_MAX_AGE", "1m");
    let on = ("TESSERA_SESSION_COOKIE_CACHE", "jwt");
    assert_eq!(auth(&[on, max_age]).sessions.copies_last, Duration::from_secs(60));
    assert_eq!(auth(&[on]).sessions.copies_last, Duration::from_secs(300));
    refused(
        &[max_age],
        &[
            "TESSERA_SESSION_COOKIE_CACHE_MAX_AGE (environment): is for the cookie cache: set TESSERA_SESSION_COOKIE_CACHE",
        ],
    );
}

#[test]
fn t2_a_shared_secret_beside_key_pairs_is_refused() {
    for (name, value) in [
        ("TESSERA_JWT_SECRET", ONE),
        ("TESSERA_JWT_SECRET_FILE", "jwt-secret"),
        ("TESSERA_JWT_SECRETS", ONE),
        ("TESSERA_JWT_SECRETS_FILE", "jwt-secrets"),
    ] {
        let message = format!(
            "{name} (environment): is for HS256: with TESSERA_JWT_ALGORITHM a key pair signs, which the database keeps"
        );
        let error = read(&[("TESSERA_JWT_ALGORITHM", "EdDSA"), (name, value)]).unwrap_err();
        assert!(error.to_string().contains(&message), "{error}");
    }
}

/// `REGENERATE=1 cargo test -p tessera settings_table` writes the table anew.
#[test]
fn the_readme_holds_the_settings_table() {
    const BEGIN: &str = "<!-- settings -->\n";
    const END: &str = "<!-- /settings -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has the first marker");
    let (table, after) = rest.split_once(END).expect("README.md has the second marker");
    if std::env::var_os("REGENERATE").is_some() {
        let text = format!("{before}{BEGIN}{}{END}{after}", markdown_table());
        std::fs::write(&path, text).unwrap();
    } else {
        assert_eq!(table, markdown_table(), "run the test with REGENERATE=1");
    }
}

const SMTP: (&str, &str) = ("TESSERA_SMTP_URL", "smtps://ada:hunter2@mail.example.com");
const FROM: (&str, &str) = ("TESSERA_SMTP_FROM", "Example <no-reply@example.com>");

#[test]
fn mail_goes_to_a_server_or_stays_on_this_machine_or_goes_nowhere() {
    let mail = |environment: &[(&str, &str)]| auth(environment).mail;
    assert!(matches!(mail(&[]), MailConfig::DevMailbox));
    assert!(matches!(mail(&[("HOST", "::1")]), MailConfig::DevMailbox));
    assert!(matches!(mail(&[("BETTER_AUTH_URL", "http://127.0.0.1:1")]), MailConfig::DevMailbox));
    assert!(matches!(mail(&[("TESSERA_DEV_MAILBOX", "off")]), MailConfig::Nowhere));
    assert!(matches!(mail(&[SMTP, FROM]), MailConfig::Smtp { .. }));
    // Behind a proxy on the same machine.
    let proxied = ("BETTER_AUTH_URL", "https://auth.example.com");
    assert!(matches!(mail(&[proxied]), MailConfig::Nowhere));

    let developers = "is for developers: without TESSERA_SMTP_URL, and with a HOST and a \
                      BETTER_AUTH_URL that only this machine reaches";
    let on = ("TESSERA_DEV_MAILBOX", "on");
    for environment in [&[on, proxied][..], &[on, SMTP, FROM]] {
        refused(environment, &[&format!("TESSERA_DEV_MAILBOX (environment): {developers}")]);
    }
    let everywhere =
        [("HOST", "0.0.0.0"), ("BETTER_AUTH_SECRET", ONE), ("TESSERA_JWT_SECRET", OTHER), proxied];
    assert!(matches!(mail(&everywhere), MailConfig::Nowhere));
}

#[test]
fn nobody_is_asked_for_a_link_that_cannot_be_mailed() {
    let required = ("TESSERA_REQUIRE_EMAIL_VERIFICATION", "on");
    let deletion = ("TESSERA_DELETE_USER_VERIFICATION", "on");
    refused(
        &[
            required,
            ("TESSERA_SEND_ON_SIGN_UP", "on"),
            ("TESSERA_DELETE_USER", "on"),
            deletion,
            ("TESSERA_DEV_MAILBOX", "off"),
        ],
        &[
            "TESSERA_REQUIRE_EMAIL_VERIFICATION (environment): needs TESSERA_SMTP_URL: nobody could sign in",
            "TESSERA_SEND_ON_SIGN_UP (environment): needs TESSERA_SMTP_URL: nothing could be mailed",
            "TESSERA_DELETE_USER_VERIFICATION (environment): needs TESSERA_SMTP_URL: nobody could delete their account",
        ],
    );
    let emails = auth(&[required]).emails;
    assert!(emails.require_verification && emails.send_on_sign_up);
    let emails = auth(&[required, ("TESSERA_SEND_ON_SIGN_UP", "off")]).emails;
    assert!(emails.require_verification && !emails.send_on_sign_up);
}

#[test]
fn what_says_how_something_is_done_is_refused_where_it_is_not_done() {
    for (how, what, refusal) in [
        (
            "TESSERA_DELETE_USER_VERIFICATION",
            "TESSERA_DELETE_USER",
            "is for deleting accounts: set TESSERA_DELETE_USER",
        ),
        (
            "TESSERA_UPDATE_EMAIL_WITHOUT_VERIFICATION",
            "TESSERA_CHANGE_EMAIL",
            "is for changing addresses: set TESSERA_CHANGE_EMAIL",
        ),
        (
            "TESSERA_SEND_ON_SIGN_IN",
            "TESSERA_REQUIRE_EMAIL_VERIFICATION",
            "is for addresses that must be verified: set TESSERA_REQUIRE_EMAIL_VERIFICATION",
        ),
    ] {
        let refusal = format!("{how} (environment): {refusal}");
        refused(&[(how, "on")], &[refusal.as_str()]);
        read(&[(how, "on"), (what, "on")]).unwrap();
        read(&[(how, "off")]).unwrap();
    }
}

#[test]
fn a_mail_server_has_a_sender_and_its_password_is_never_shown() {
    refused(&[SMTP], &["TESSERA_SMTP_FROM (default): must be set beside TESSERA_SMTP_URL"]);
    refused(&[FROM], &["TESSERA_SMTP_FROM (environment): means nothing without TESSERA_SMTP_URL"]);
    refused(
        &[("TESSERA_SMTP_URL", "smtp://ada:hunter2@mail.example.com?tls=none"), FROM],
        &[
            "TESSERA_SMTP_URL (environment): expected smtps://user:password@host (TLS), smtp://user:password@host (STARTTLS), or smtp://localhost:port without encryption; an @ or / in a password is written %40 or %2F",
        ],
    );
    refused(
        &[SMTP, ("TESSERA_SMTP_FROM", "Example"), ("TESSERA_APP_NAME", "")],
        &[
            "TESSERA_SMTP_FROM (environment): expected an address such as Example <no-reply@example.com>",
            "TESSERA_APP_NAME (environment): expected a name of 1 to 64 characters on one line",
        ],
    );
    let config = read(&[SMTP, FROM]).unwrap();
    for text in [format!("{config:?}"), config.redacted().to_string()] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}
