//! GET /error.

use crate::support::App;

fn page(code: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Error</title>\n</head>\n\
         <body>\n<main>\n<h1>Something went wrong</h1>\n\
         <p>The request could not be completed. Please go back and try again.</p>\n\
         <p>Error code: <code>{code}</code></p>\n</main>\n</body>\n</html>\n"
    )
}

#[tokio::test]
async fn cve_2025_71404_nothing_but_a_code_reaches_the_page() {
    let app = App::new().await;
    for (query, code) in [
        ("", "UNKNOWN"),
        ("?error=", "UNKNOWN"),
        ("?error=INVALID_TOKEN", "INVALID_TOKEN"),
        ("?error=state-mismatch2", "state-mismatch2"),
        ("?error=can't", "can&#39;t"),
        ("?error=%3Cscript%3Ealert(1)%3C/script%3E", "UNKNOWN"),
        ("?error=a%26b", "UNKNOWN"),
        ("?error=%00", "UNKNOWN"),
        ("?error=%ff", "UNKNOWN"),
        ("?error=a&error_description=%3Cb%3E", "a"),
    ] {
        let answer = app.get(&format!("/error{query}")).send().await;
        answer.assert_exactly(
            200,
            &[
                ("cache-control", "no-store"),
                (
                    "content-security-policy",
                    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
                ),
                ("content-type", "text/html; charset=utf-8"),
            ],
            &page(code),
        );
    }
}
