//! `exp`, `nbf`, `iat` and the time.

use crate::forge::Forge;
use crate::theme::{ADA, Claims, NOW, Policy, Theme};

pub(super) fn theme(forge: &Forge) -> Theme {
    let mut theme =
        Theme::new("times", "`exp`, `nbf` and `iat` (RFC 7519 section 4.1), to the second.");
    theme.policy("usual", Policy::usual(forge));
    theme.policy("no-leeway", Policy { leeway: 0, ..Policy::usual(forge) });
    theme.policy("longest-leeway", Policy { leeway: 300, ..Policy::usual(forge) });
    edges(&mut theme, forge);
    numbers(&mut theme, forge);
    far(&mut theme, forge);
    order(&mut theme, forge);
    theme
}

/// From which second to which a token is good.
fn edges(theme: &mut Theme, forge: &Forge) {
    for (policy, leeway) in [("no-leeway", 0), ("usual", 5), ("longest-leeway", 300)] {
        theme.under(policy);
        let token = || forge.with_claims(forge.claims());
        theme.at(NOW + 900 + leeway - 1);
        let id = |name: &str| format!("{name}-{policy}");
        let about = format!("The last second: `exp` - 1, and {leeway} seconds of leeway");
        theme.accept(&id("exp-last-second"), &about, token(), ADA);
        theme.at(NOW + 900 + leeway);
        let about = format!("`exp`, and {leeway} seconds: on or after it, it is refused");
        theme.refuse(&id("exp-reached"), &about, token(), "expired");
        theme.at(NOW - leeway);
        let about = format!("The first second: `iat`, less {leeway} seconds");
        theme.accept(&id("iat-first-second"), &about, token(), ADA);
        theme.at(NOW - leeway - 1);
        let about = format!("A second before `iat`, less {leeway} seconds");
        theme.refuse(&id("iat-ahead"), &about, token(), "not_yet_valid");
        let token = || forge.with_claims(forge.claims().json("nbf", NOW + 600));
        theme.at(NOW + 600 - leeway);
        let about = format!("The first second: `nbf`, less {leeway} seconds");
        theme.accept(&id("nbf-first-second"), &about, token(), ADA);
        theme.at(NOW + 600 - leeway - 1);
        let about = format!("A second before `nbf`, less {leeway} seconds");
        theme.refuse(&id("nbf-ahead"), &about, token(), "not_yet_valid");
    }
    theme.under("usual");
    theme.at(NOW + 100_000_000);
    theme.refuse("expired-years-ago", "Years later", forge.with_claims(forge.claims()), "expired");
    theme.at(0);
    let token = forge.with_claims(forge.claims());
    theme.refuse("clock-at-zero", "A clock that was never set", token, "not_yet_valid");
    theme.at(NOW);
}

/// What is no whole number of seconds.
fn numbers(theme: &mut Theme, forge: &Forge) {
    for (claim, good) in [("exp", "1800000900"), ("iat", "1800000000"), ("nbf", "1800000000")] {
        for (kind, value) in [
            ("fraction", format!("{good}.5")),
            ("fraction-zero", format!("{good}.0")),
            ("exponent", format!("{}e2", &good[..8])),
            ("negative", "-1".to_owned()),
            ("negative-zero", "-0".to_owned()),
            ("beyond-64-bits", "18446744073709551616".to_owned()),
            ("far-beyond", format!("1{}", "0".repeat(40))),
        ] {
            let token = forge.with_claims(forge.claims().json(claim, &value));
            let about =
                format!("`{claim}` is {value}: no integer from 0 to 2^64 - 1, as it is written");
            theme.refuse(&format!("{claim}-{kind}"), &about, token, "wrong_claim_type");
        }
    }
    for (id, about, value) in [
        ("exp-text-with-unit", "`exp` as text of a duration", "\"15m\""),
        ("exp-date", "`exp` as a date", "\"2027-01-15T08:15:00Z\""),
        ("exp-empty", "`exp` as empty text", "\"\""),
        ("exp-false", "`exp` is false", "false"),
    ] {
        let token = forge.with_claims(forge.claims().json("exp", value));
        theme.refuse(id, about, token, "wrong_claim_type");
    }
    let token = forge.with_claims(forge.claims().json("exp", 0));
    theme.refuse("exp-zero", "The beginning of time is over", token, "expired");
}

fn far(theme: &mut Theme, forge: &Forge) {
    for (id, about, exp) in [
        ("exp-beyond-32-bits", "`exp` beyond 32 bits", 4_294_967_296),
        ("exp-beyond-doubles", "`exp` that no double holds exactly", 9_007_199_254_740_993),
        ("exp-largest", "`exp` is 2^64 - 1: adding to it must not wrap round", u64::MAX),
    ] {
        let token = forge.with_claims(forge.claims().json("exp", exp));
        theme.accept(id, about, token, Claims { exp, ..ADA });
    }
    let token = forge.with_claims(forge.claims().json("exp", NOW * 1_000));
    let claims = Claims { exp: NOW * 1_000, ..ADA };
    theme.accept(
        "exp-milliseconds",
        "`exp` in milliseconds is far ahead, not an error",
        token,
        claims,
    );
    let token = forge.with_claims(forge.claims().json("iat", NOW * 1_000));
    theme.refuse("iat-milliseconds", "`iat` in milliseconds lies ahead", token, "not_yet_valid");
    for claim in ["iat", "nbf"] {
        let token = forge.with_claims(forge.claims().json(claim, u64::MAX));
        let about = format!("`{claim}` is 2^64 - 1");
        theme.refuse(&format!("{claim}-largest"), &about, token, "not_yet_valid");
    }
    let token = forge.with_claims(forge.claims().json("iat", 0).json("nbf", 0));
    theme.accept("iat-zero", "`iat` and `nbf` are 0", token, Claims { iat: 0, ..ADA });
    let token = forge.with_claims(forge.claims().json("exp", NOW - 1));
    let claims = Claims { exp: NOW - 1, ..ADA };
    theme.accept("exp-before-iat", "`exp` before `iat`, both within the leeway", token, claims);
}

/// Which fault is told where there are several.
fn order(theme: &mut Theme, forge: &Forge) {
    let long_ago = || forge.claims().json("iat", NOW - 1_000).json("exp", NOW - 100);
    for (id, about, claims, code) in [
        (
            "expired-and-other-issuer",
            "Only a token that was good is said to have expired",
            long_ago().text("iss", "https://other.example.com"),
            "wrong_issuer",
        ),
        (
            "expired-and-other-audience",
            "Only a token that was good is said to have expired",
            long_ago().text("aud", "https://other.example.com"),
            "wrong_audience",
        ),
        (
            "expired-and-ahead",
            "`exp` comes before `nbf`",
            long_ago().json("nbf", NOW + 1_000),
            "expired",
        ),
    ] {
        theme.refuse(id, about, forge.with_claims(claims), code);
    }
    let other = crate::forge::Signer::new("hs256-other", "HS256");
    let token = forge.token(other, crate::forge::HEADER, long_ago());
    let about = "Nothing is said of the times of a token that is not ours";
    theme.refuse("expired-and-forged", about, token, "bad_signature");
}
