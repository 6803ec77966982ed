//! Two processes, and pages at other origins.

use super::*;

const AUTH_SERVER: (&str, &str) = ("BETTER_AUTH_URL", "https://auth.example.com");

#[test]
fn v4_an_api_of_its_own_needs_the_issuer_and_its_secret_or_its_keys() {
    let api = |environment: &[(&str, &str)]| {
        let config =
            read(&[&[("TESSERA_ONLY", "api"), AUTH_SERVER], environment].concat()).unwrap();
        assert_eq!(config.issuer, "https://auth.example.com");
        assert_eq!(config.audience, "https://auth.example.com");
        assert_eq!(config.database.to_string(), "data/tasks.db");
        let Serves::Api(api) = config.serves else { panic!("not an API: {config:?}") };
        assert!(!api.web_app);
        match api.verifying {
            VerifyingConfig::Published(url) => url.to_string(),
            VerifyingConfig::Shared(SecretSetting::Given(_)) => "given".to_owned(),
            VerifyingConfig::Shared(SecretSetting::Kept(path)) => path.display().to_string(),
        }
    };
    let keys = "https://keys.example.com/jwks";
    for (environment, expected) in [
        (&[][..], "data/jwt-secret"),
        (&[("TESSERA_JWT_SECRET", ONE)], "given"),
        (&[("TESSERA_JWT_ALGORITHM", "ES256")], "https://auth.example.com/api/auth/jwks"),
        (&[("TESSERA_JWKS_URL", keys)], keys),
        (&[("TESSERA_JWKS_URL", keys), ("TESSERA_JWT_ALGORITHM", "ES256")], keys),
        (&[("TESSERA_JWKS_URL", "http://[::1]:3000/jwks")], "http://[::1]:3000/jwks"),
        (
            &[("TESSERA_JWKS_URL", "http://auth:3000/jwks"), ("TESSERA_ALLOW_HTTP", "on")],
            "http://auth:3000/jwks",
        ),
    ] {
        assert_eq!(api(environment), expected, "{environment:?}");
    }

    let api = ("TESSERA_ONLY", "api");
    refused(
        &[api],
        &[
            "BETTER_AUTH_URL (default): must be set with --only api: the auth server's, which tokens name",
        ],
    );
    refused(
        &[api, AUTH_SERVER, ("TESSERA_JWKS_URL", "http://auth:3000/jwks")],
        &[
            "TESSERA_JWKS_URL (environment): expected a URL such as https://auth.example.com/api/auth/jwks; http is for loopback, or where TESSERA_ALLOW_HTTP is on",
        ],
    );
    refused(
        &[api, AUTH_SERVER, ("TESSERA_JWKS_URL", keys), ("TESSERA_JWT_SECRET", ONE)],
        &[
            "TESSERA_JWT_SECRET (environment): is for HS256: here the keys at TESSERA_JWKS_URL verify",
        ],
    );
    refused(
        &[api, AUTH_SERVER, ("TESSERA_JWKS_URL", keys), ("TESSERA_JWT_ALGORITHM", "HS256")],
        &["TESSERA_JWKS_URL (environment): is for key pairs, and TESSERA_JWT_ALGORITHM is HS256"],
    );
    refused(
        &[api, AUTH_SERVER, ("HOST", "0.0.0.0")],
        &[
            "TESSERA_JWT_SECRET (default): must be set when HOST is not a loopback address: generated secrets do not count there; make one with `openssl rand -base64 32`",
        ],
    );
    refused(&[("TESSERA_ONLY", "both")], &["TESSERA_ONLY (environment): expected auth or api"]);
}

#[test]
fn one_file_may_serve_both_halves_and_each_reads_its_own() {
    let file = r#"
        base_url = "https://auth.example.com"
        auth_secret_file = "/nowhere/that/an/api/looks"
        jwt_algorithm = "EdDSA"
        jwks_url = "https://auth.example.com/api/auth/jwks"
        session_expires_in = "not looked at"
    "#;
    let only = |half| sources(file, &[], &[("only", half)]);
    let shown = Config::read(&only("api")).unwrap().redacted().to_string();
    for line in [
        "only = \"api\"  # flag --only",
        "# auth_secret_file: of the other half  # tessera.toml",
        "# session_expires_in: of the other half  # tessera.toml",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    assert!(!shown.contains("hashing_threads") && !shown.contains("jwt_secret"), "{shown}");
    assert_eq!(
        Config::read(&only("auth")).unwrap_err().to_string(),
        "the configuration cannot be used:
  auth_secret_file (tessera.toml): cannot be read: No such file or directory (os error 2)
  session_expires_in (tessera.toml): expected a duration such as 90s, 15m, 12h or 7d, at most 100 years"
    );
}

#[test]
fn what_a_process_would_not_read_it_refuses_on_its_command_line() {
    for (half, key, message) in [
        (
            "api",
            "delete_user",
            "--delete-user (flag --delete-user): is for the auth half, and this process is the other",
        ),
        (
            "auth",
            "jwks_url",
            "--jwks-url (flag --jwks-url): is for the api half, and this process is the other",
        ),
    ] {
        let flags = [("only", half), ("base_url", "https://auth.example.com"), (key, "on")];
        let error = Config::read(&sources("", &[], &flags)).unwrap_err().to_string();
        assert_eq!(error, format!("the configuration cannot be used:\n  {message}"));
    }
    // One process that is both halves fetches no keys, and has the web app.
    refused(
        &[("TESSERA_JWKS_URL", "https://auth.example.com/api/auth/jwks")],
        &["TESSERA_JWKS_URL (environment): is for --only api, and this process is both halves"],
    );
}

#[test]
fn v4_an_api_of_its_own_is_given_no_secret_of_the_auth_server() {
    let message = "(environment): is a secret of the auth server, which others must not have: leave it out, or name its file instead, which is not read here";
    let several = format!("2:{ONE}");
    for (name, value) in [
        ("BETTER_AUTH_SECRET", ONE),
        ("AUTH_SECRET", ONE),
        ("BETTER_AUTH_SECRETS", &several),
        ("TESSERA_SMTP_URL", "smtp://localhost:1025"),
    ] {
        let environment =
            [("TESSERA_ONLY", "api"), AUTH_SERVER, ("TESSERA_JWT_SECRET", OTHER), (name, value)];
        refused(&environment, &[&format!("{name} {message}")]);
    }
}

#[test]
fn origins_of_pages_are_named_exactly_and_trusted_as_well() {
    let origins = ("TESSERA_CORS_ORIGINS", "https://app.example.com, http://localhost:5173");
    let config = read(&[origins]).unwrap();
    let shown: Vec<_> = config.cors_origins.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["https://app.example.com", "http://localhost:5173"]);
    let trusted = TrustedOrigins::parse("https://app.example.com,http://localhost:5173").unwrap();
    assert_eq!(auth_of(config).trusted_origins, trusted);
    for origin in ["*", "https://*.example.com", "https://app.example.com/", "null"] {
        refused(
            &[("TESSERA_CORS_ORIGINS", &format!("https://ok.example,{origin}"))],
            &[&format!(
                "TESSERA_CORS_ORIGINS (environment): {origin:?}: an origin looks like https://app.example.com or http://localhost:5173: no wildcard, no path"
            )],
        );
    }
}

#[test]
fn the_task_api_may_be_elsewhere() {
    let api_url = |url| auth(&[("TESSERA_API_URL", url)]).api_url.map(|url| url.to_string());
    assert_eq!(api_url("https://api.example.com").as_deref(), Some("https://api.example.com"));
    assert_eq!(api_url("http://localhost:3000"), None, "its own origin");
    refused(
        &[("TESSERA_API_URL", "https://api.example.com/v1")],
        &[
            "TESSERA_API_URL (environment): \"https://api.example.com/v1\": an origin looks like https://app.example.com or http://localhost:5173: no wildcard, no path",
        ],
    );
}
