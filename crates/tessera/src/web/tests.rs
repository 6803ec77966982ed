use axum::body::{Body, to_bytes};
use http::header::{ACCEPT_ENCODING, HeaderName};
use tower::ServiceExt;

use super::*;

const MANIFEST: &[u8] = br#"{"files": {
    "/index.html": {"type": "text/html; charset=utf-8", "etag": "i", "encodings": ["br", "gzip"],
        "immutable": false, "script_hashes": ["sha256-AAA=", "sha256-BBB="]},
    "/tasks.html": {"type": "text/html; charset=utf-8", "etag": "t", "encodings": [],
        "immutable": false, "script_hashes": []},
    "/404.html": {"type": "text/html; charset=utf-8", "etag": "n", "encodings": [],
        "immutable": false, "script_hashes": []},
    "/_next/static/a.js": {"type": "text/javascript", "etag": "a", "encodings": ["gzip"],
        "immutable": true}
}}"#;

const FILES: &[(&str, &[u8])] = &[
    ("/manifest.json", MANIFEST),
    ("/index.html", b"index"),
    ("/index.html.br", b"index, br"),
    ("/index.html.gz", b"index, gz"),
    ("/tasks.html", b"tasks"),
    ("/404.html", b"nothing here"),
    ("/_next/static/a.js", b"script"),
    ("/_next/static/a.js.gz", b"script, gz"),
];

fn app(files: &[(&str, &'static [u8])]) -> Router {
    let site = SiteConfig { api_url: None, tasks_go_with_account: true };
    router(Assets::new(files, None).unwrap(), site)
}

async fn ask(
    app: Router,
    method: &str,
    path: &str,
    headers: &[(HeaderName, &str)],
) -> (Response, String) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(head, Body::empty()), String::from_utf8(body.to_vec()).unwrap())
}

async fn get(path: &str, headers: &[(HeaderName, &str)]) -> (Response, String) {
    ask(app(FILES), "GET", path, headers).await
}

/// The answer's headers as `name: value` lines, in alphabetical order.
fn headers(response: &Response) -> Vec<String> {
    let line =
        |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
    let mut lines: Vec<_> = response.headers().iter().map(line).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn w5_a_page_carries_its_policy_and_is_asked_for_again() {
    let (response, body) = get("/", &[]).await;
    assert_eq!((response.status(), body.as_str()), (StatusCode::OK, "index"));
    assert_eq!(
        headers(&response),
        [
            "cache-control: no-cache",
            "content-length: 5",
            "content-security-policy: default-src 'self'; script-src 'self' 'sha256-AAA=' 'sha256-BBB='; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
            "content-type: text/html; charset=utf-8",
            "etag: \"i\"",
            "vary: accept-encoding",
        ]
    );
}

#[tokio::test]
async fn a_page_reads_where_the_api_is_and_may_go_there_and_nowhere_else() {
    let (response, body) = get("/config.json", &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body, r#"{"apiUrl":null,"tasksGoWithAccount":true}"#);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");

    let elsewhere: WebOrigin = "https://api.example.com".parse().unwrap();
    let assets = Assets::new(FILES, Some(&elsewhere)).unwrap();
    let site = SiteConfig { api_url: Some(&elsewhere), tasks_go_with_account: false };
    let app = router(assets, site);
    let (_, body) = ask(app.clone(), "GET", "/config.json", &[]).await;
    assert_eq!(body, r#"{"apiUrl":"https://api.example.com","tasksGoWithAccount":false}"#);
    let (response, _) = ask(app.clone(), "GET", "/tasks", &[]).await;
    assert_eq!(
        response.headers()[CONTENT_SECURITY_POLICY],
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' https://api.example.com; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    );
    // Whoever holds the page with another policy gets it anew.
    let held = get("/tasks", &[]).await.0.headers()[ETAG].to_str().unwrap().to_owned();
    let (response, _) = ask(app.clone(), "GET", "/tasks", &[(IF_NONE_MATCH, &held)]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let (response, body) = ask(app, "POST", "/config.json", &[]).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(body, r#"{"message":"Method not allowed","code":"METHOD_NOT_ALLOWED"}"#);
}

#[tokio::test]
async fn a_page_has_a_path_without_html() {
    for path in ["/tasks", "/tasks.html"] {
        assert_eq!(get(path, &[]).await.1, "tasks", "{path}");
    }
    for path in ["/tasks/", "/Tasks", "//tasks", "/tasks%2ehtml"] {
        assert_eq!(get(path, &[]).await.0.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever() {
    let (response, body) = get("/_next/static/a.js", &[(ACCEPT_ENCODING, "br, gzip")]).await;
    assert_eq!(body, "script, gz");
    assert_eq!(
        headers(&response),
        [
            "cache-control: public, max-age=31536000, immutable",
            "content-encoding: gzip",
            "content-length: 10",
            "content-type: text/javascript",
            "etag: \"a.gz\"",
            "vary: accept-encoding",
        ]
    );
}

#[tokio::test]
async fn the_client_chooses_the_coding() {
    for (accept, body, etag) in [
        ("gzip, br", "index, br", "\"i.br\""),
        ("gzip, br;q=0", "index, gz", "\"i.gz\""),
        ("gzip;q=0, br;q=0", "index", "\"i\""),
        ("zstd", "index", "\"i\""),
    ] {
        let (response, sent) = get("/", &[(ACCEPT_ENCODING, accept)]).await;
        assert_eq!(
            (sent.as_str(), response.headers()[ETAG].to_str().unwrap()),
            (body, etag),
            "{accept}"
        );
    }
}

#[tokio::test]
async fn what_the_client_holds_is_not_sent_again() {
    for held in ["\"i.br\"", "W/\"i.br\"", "\"old\", \"i.br\"", "*"] {
        let (response, body) = get("/", &[(ACCEPT_ENCODING, "br"), (IF_NONE_MATCH, held)]).await;
        assert_eq!((response.status(), body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{held}");
        assert_eq!(
            headers(&response),
            [
                "cache-control: no-cache",
                "content-length: 0",
                "etag: \"i.br\"",
                "vary: accept-encoding"
            ],
            "{held}"
        );
    }
    // The same file in another coding is another thing to hold.
    let (response, _) = get("/", &[(IF_NONE_MATCH, "\"i.br\"")]).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn head_has_the_headers_and_no_body() {
    let (response, body) = ask(app(FILES), "HEAD", "/tasks", &[]).await;
    assert_eq!((response.status(), body.as_str()), (StatusCode::OK, ""));
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(response.headers()["content-length"], "5");
}

#[tokio::test]
async fn a_missing_page_is_a_page_and_a_missing_anything_else_is_json() {
    let (response, body) = get("/nowhere", &[(ACCEPT, "text/html,*/*;q=0.8")]).await;
    assert_eq!((response.status(), body.as_str()), (StatusCode::NOT_FOUND, "nothing here"));
    for (method, path, accept) in [
        ("GET", "/nowhere", "*/*"),
        ("GET", "/api/nowhere", "text/html"),
        ("GET", "/api", "text/html"),
        ("POST", "/nowhere", "text/html"),
    ] {
        let (response, body) = ask(app(FILES), method, path, &[(ACCEPT, accept)]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {path}");
        assert_eq!(body, r#"{"message":"Not found","code":"NOT_FOUND"}"#, "{method} {path}");
    }
}

#[tokio::test]
async fn a_page_is_only_read() {
    let (response, body) = ask(app(FILES), "POST", "/tasks", &[]).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[ALLOW], "GET, HEAD");
    assert_eq!(body, r#"{"message":"Method not allowed","code":"METHOD_NOT_ALLOWED"}"#);
}

#[tokio::test]
async fn without_the_web_app_a_page_says_how_to_build_it() {
    let (response, body) = ask(app(&[]), "GET", "/tasks", &[(ACCEPT, "text/html")]).await;
    assert_eq!((response.status(), body.as_str()), (StatusCode::OK, NOT_BUILT));
}

#[test]
fn a_manifest_that_does_not_fit_its_files_is_refused() {
    let gone: Vec<_> =
        FILES.iter().copied().filter(|(path, _)| *path != "/index.html.br").collect();
    let error = Assets::new(&gone, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the web app's manifest.json names /index.html.br, which is not there"
    );
    assert!(Assets::new(&[("/index.html", b"x")], None).is_err());
}
