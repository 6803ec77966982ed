//! `GET /error`: where a browser ends up when a redirect cannot go on.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::body::{NoInput, query_value};
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::guard::Anyone;
use crate::pipeline::Endpoint;
use crate::reply::Reply;

pub(super) struct ErrorPage;

impl Endpoint for ErrorPage {
    type Input = NoInput;
    type Guard = Anyone;

    async fn answer(exchange: &mut Exchange, _: NoInput, _: Anyone) -> Result<Reply, Failure> {
        let code = query_value(exchange.query(), "error");
        let code = code.as_deref().filter(|code| is_code(code)).unwrap_or("UNKNOWN");
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
            ),
        ];
        Ok(Reply::other((headers, page(code))))
    }
}

/// Better Auth's form of an error code. Nothing else of the request reaches the page.
fn is_code(code: &str) -> bool {
    !code.is_empty()
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'_-".contains(&byte))
}

fn page(code: &str) -> String {
    let code = code.replace('\'', "&#39;");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Error</title>\n</head>\n\
         <body>\n<main>\n<h1>Something went wrong</h1>\n\
         <p>The request could not be completed. Please go back and try again.</p>\n\
         <p>Error code: <code>{code}</code></p>\n</main>\n</body>\n</html>\n"
    )
}
