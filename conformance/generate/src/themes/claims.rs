//! The claims: which there have to be, and each in its one type.

use crate::forge::Forge;
use crate::object::Object;
use crate::theme::{ADA, Claims, Policy, Theme};

pub(super) fn theme(forge: &Forge) -> Theme {
    let mut theme = Theme::new("claims", "Which claims there have to be, and each of its type.");
    theme.policy("usual", Policy::usual(forge));
    accepted(&mut theme, forge);
    missing(&mut theme, forge);
    types(&mut theme, forge);
    subjects(&mut theme, forge);
    required(&mut theme, forge);
    theme
}

fn accepted(theme: &mut Theme, forge: &Forge) {
    let few = || forge.claims().without("email").without("sid").without("user_id");
    let silent = Claims { email: None, sid: None, ..ADA };
    for (id, about, payload, claims) in [
        ("fewest", "`iss`, `aud`, `sub`, `iat` and `exp` are enough", few(), silent),
        (
            "no-email",
            "`email` may be missing",
            forge.claims().without("email"),
            Claims { email: None, ..ADA },
        ),
        (
            "no-sid",
            "`sid` may be missing",
            forge.claims().without("sid"),
            Claims { sid: None, ..ADA },
        ),
        ("no-user-id", "`user_id` may be missing", forge.claims().without("user_id"), ADA),
        (
            "email-empty",
            "`email` is not looked at",
            forge.claims().text("email", ""),
            Claims { email: Some(""), ..ADA },
        ),
        (
            "email-any",
            "`email` is not looked at",
            forge.claims().text("email", "a b"),
            Claims { email: Some("a b"), ..ADA },
        ),
        (
            "email-not-ascii",
            "Text beyond ASCII",
            forge.claims().text("email", "jos\u{e9}@example.com"),
            Claims { email: Some("jos\u{e9}@example.com"), ..ADA },
        ),
        (
            "email-of-other-case",
            "Nothing is folded",
            forge.claims().text("email", "Ada@Example.COM"),
            Claims { email: Some("Ada@Example.COM"), ..ADA },
        ),
        (
            "unknown",
            "Claims without a meaning are left alone, whatever they are",
            forge.claims().json("scope", "[1]").json("roles", "{}").json("name", "null"),
            ADA,
        ),
        ("jti-number", "`jti` has no meaning here", forge.claims().json("jti", 1), ADA),
        (
            "names-of-other-case",
            "Names have case: these are other claims",
            forge.claims().text("SUB", "eve").text("Exp", "never").json("AUD", 1),
            ADA,
        ),
        (
            "header-names",
            "What has a meaning in the header has none in the claims",
            forge.claims().text("alg", "none").json("crit", r#"["x"]"#).text("kid", "x"),
            ADA,
        ),
    ] {
        theme.accept(id, about, forge.with_claims(payload), claims);
    }
    let escaped = Object::new()
        .more(r"\u0069ss", r#""https:\/\/auth.example.com""#)
        .more("aud", r#""https:\u002f\u002fapi.example.com""#)
        .more(r"s\u0075b", r#""\u0061da""#)
        .more("user_id", r#""ad\u0061""#)
        .more("email", r#""ada\u0040example.com""#)
        .more("sid", r#""s\u0031""#)
        .more(r"i\u0061t", 1_800_000_000)
        .more(r"\u0065xp", 1_800_000_900);
    let about = "Names and strings are what they spell";
    theme.accept("escaped", about, forge.with_claims(escaped), ADA);
    let spaced = format!("\t{} \r\n", forge.claims().to_string().replace(',', " ,\n "));
    theme.accept("white-space", "White space of JSON", forge.with_claims(spaced), ADA);
    let reversed = Object::new()
        .json("exp", 1_800_000_900)
        .json("iat", 1_800_000_000)
        .text("sub", "ada")
        .text("aud", "https://api.example.com")
        .text("iss", "https://auth.example.com");
    theme.accept("reversed", "Members have no order", forge.with_claims(reversed), silent);
}

fn missing(theme: &mut Theme, forge: &Forge) {
    for claim in ["exp", "iat", "sub", "iss", "aud"] {
        let token = forge.with_claims(forge.claims().without(claim));
        let about = format!("`{claim}` is missing, and no other claim stands in for it");
        theme.refuse(&format!("no-{claim}"), &about, token, "missing_claim");
    }
}

/// A claim of another type is refused, not taken for one that is not there (CVE-2026-25537).
fn types(theme: &mut Theme, forge: &Forge) {
    for (claim, values) in [
        ("iss", ["null", "1", "true", r#"["https://auth.example.com"]"#, "{}"]),
        ("sub", ["null", "1", "true", r#"["ada"]"#, r#"{"id":"ada"}"#]),
        ("aud", ["null", "1", "true", r#"["https://api.example.com",1]"#, "{}"]),
        ("sid", ["null", "1", "true", r#"["s1"]"#, "{}"]),
        ("email", ["null", "1", "false", r#"["ada@example.com"]"#, "{}"]),
        ("user_id", ["null", "1", "true", r#"["ada"]"#, "{}"]),
        ("exp", ["null", "\"1800000900\"", "true", "[1800000900]", "{}"]),
        ("iat", ["null", "\"1800000000\"", "true", "[1800000000]", "{}"]),
        ("nbf", ["null", "\"1800000000\"", "true", "[1800000000]", "{}"]),
    ] {
        let kinds = ["null", "number", "boolean", "array", "object"];
        for (kind, value) in kinds.into_iter().zip(values) {
            let kind = if value.starts_with('"') { "string" } else { kind };
            let token = forge.with_claims(forge.claims().json(claim, value));
            let about = format!("`{claim}` is {value}");
            theme.refuse(&format!("{claim}-{kind}"), &about, token, "wrong_claim_type");
        }
    }
    for (id, about, value) in [
        ("aud-nested", "`aud` in two arrays", r#"[["https://api.example.com"]]"#),
        (
            "aud-null-within",
            "`aud` with null beside the right one",
            r#"["https://api.example.com",null]"#,
        ),
    ] {
        let token = forge.with_claims(forge.claims().json("aud", value));
        theme.refuse(id, about, token, "wrong_claim_type");
    }
}

fn subjects(theme: &mut Theme, forge: &Forge) {
    const LONGEST: &str = match str::from_utf8(&[b'x'; 255]) {
        Ok(text) => text,
        Err(_) => unreachable!(),
    };
    let of = |sub: &str| forge.with_claims(forge.claims().text("sub", sub).text("user_id", sub));
    for (id, about, sub) in [
        ("one-letter", "One letter", "a"),
        ("email", "An address", "ada@example.com"),
        ("uuid", "A UUID", "018f3b2e-6f1a-7c3d-9e4b-5a6c7d8e9f00"),
        ("not-ascii", "Text beyond ASCII", "\u{65e5}\u{672c}"),
        ("spaces", "Spaces count", " ada "),
        ("three-dots", "Only one dot and two have a meaning in a path", "..."),
        ("null-text", "The word null is a name like any other", "null"),
        ("longest", "255 bytes", LONGEST),
    ] {
        theme.accept(&format!("sub-{id}"), about, of(sub), Claims { sub, ..ADA });
    }
    let longer = format!("{LONGEST}x");
    let longer_in_bytes = "\u{e9}".repeat(128);
    for (id, about, sub) in [
        ("empty", "Nobody", ""),
        ("slash", "A slash", "ada/eve"),
        ("nul", "U+0000", "ada\0"),
        ("line-feed", "A line feed", "ada\neve"),
        ("delete", "U+007F", "ada\x7f"),
        ("c1", "U+0085", "ada\u{85}"),
        ("line-separator", "U+2028", "ada\u{2028}eve"),
        ("right-to-left", "U+202E turns what follows", "ada\u{202e}eve"),
        ("isolate", "U+2066", "\u{2066}ada"),
        ("dot", "This folder, in a path", "."),
        ("dots", "The folder above, in a path", ".."),
        ("longer", "256 bytes", longer.as_str()),
        ("longer-in-bytes", "128 characters, 256 bytes", longer_in_bytes.as_str()),
    ] {
        theme.refuse(&format!("sub-{id}"), about, of(sub), "invalid_claim");
    }
    for (id, about, user_id) in [
        ("other", "Whose request is it?", "eve"),
        ("of-other-case", "Nothing is folded", "Ada"),
        ("prefix", "A part of it", "ad"),
        ("space", "A space behind", "ada "),
        ("empty", "Nobody", ""),
    ] {
        let token = forge.with_claims(forge.claims().text("user_id", user_id));
        let about = format!("`user_id` is not `sub`: {about}");
        theme.refuse(&format!("user-id-{id}"), &about, token, "invalid_claim");
    }
    let token =
        forge.with_claims(forge.claims().text("sub", "jos\u{e9}").text("user_id", "jose\u{301}"));
    let about = "The same to the eye: characters are not composed";
    theme.refuse("user-id-composed", about, token, "invalid_claim");
    let token = forge.with_claims(forge.claims().text("sid", ""));
    theme.refuse("sid-empty", "A session without a name", token, "invalid_claim");
}

fn required(theme: &mut Theme, forge: &Forge) {
    let required = |claims: &[&str]| Policy {
        required: claims.iter().map(ToString::to_string).collect(),
        ..Policy::usual(forge)
    };
    theme.policy("sid-and-role-required", required(&["sid", "role"]));
    let good = || forge.claims().text("role", "reader");
    theme.accept("required-there", "Both are there", forge.with_claims(good()), ADA);
    let token = forge.with_claims(forge.claims().json("role", "null"));
    theme.accept("required-null", "A claim without a meaning may be anything", token, ADA);
    let token = forge.with_claims(good().without("role").more(r"rol\u0065", 1));
    theme.accept("required-escaped", "A name is what it spells", token, ADA);
    for (id, about, claims) in [
        ("no-sid", "`sid` is required here", good().without("sid")),
        ("no-role", "`role` is required here", forge.claims()),
        ("neither", "Neither is there", forge.claims().without("sid")),
        ("of-other-case", "`Role` is not `role`", forge.claims().text("Role", "reader")),
        ("within", "`role` is in another claim", forge.claims().json("x", r#"{"role":1}"#)),
    ] {
        let id = format!("required-{id}");
        theme.refuse(&id, about, forge.with_claims(claims), "missing_claim");
    }
    let header = r#"{"alg":"HS256","role":"reader"}"#;
    let token = forge.token(crate::forge::HS256, header, forge.claims());
    theme.refuse("required-in-header", "`role` is in the header", token, "missing_claim");
    theme.policy("iss-required-too", required(&["iss", "sub"]));
    let about = "What is always required may be required";
    theme.accept("required-anyway", about, forge.with_claims(forge.claims()), ADA);
}
