//! `iss` and `aud`: from whom, and for whom.

use crate::forge::Forge;
use crate::object::quoted;
use crate::theme::{ADA, Claims, Policy, Theme};

pub(super) fn theme(forge: &Forge) -> Theme {
    let mut theme = Theme::new("parties", "`iss` and `aud`, compared byte for byte.");
    theme.policy("usual", Policy::usual(forge));
    issuers(&mut theme, forge);
    audiences(&mut theme, forge);
    other_policies(&mut theme, forge);
    theme
}

fn issuers(theme: &mut Theme, forge: &Forge) {
    for (id, about, iss) in [
        ("slash", "A slash behind", "https://auth.example.com/"),
        ("path", "A path behind", "https://auth.example.com/api/auth"),
        ("prefix", "A part of it (CVE-2024-53861)", "https://auth.example.co"),
        ("short-prefix", "A letter of it", "h"),
        ("suffix", "The end of it", "auth.example.com"),
        ("longer-host", "It is a part of this", "https://auth.example.com.attacker.example"),
        ("user", "It is a user's name in this", "https://auth.example.com@attacker.example"),
        ("subdomain", "A host below it", "https://x.auth.example.com"),
        ("http", "Another scheme", "http://auth.example.com"),
        ("upper-case", "Nothing is folded", "HTTPS://AUTH.EXAMPLE.COM"),
        ("host-of-other-case", "Nothing is folded", "https://Auth.example.com"),
        ("port", "The port that goes without saying", "https://auth.example.com:443"),
        ("encoded", "Nothing is decoded", "https://auth%2Eexample.com"),
        ("space", "A space behind", "https://auth.example.com "),
        ("line-feed", "A line feed behind", "https://auth.example.com\n"),
        ("nul", "A NUL behind", "https://auth.example.com\0"),
        (
            "lookalike",
            "A Cyrillic letter in the place of a Latin one",
            "https://\u{430}uth.example.com",
        ),
        ("audience", "The audience", "https://api.example.com"),
        ("wildcard", "No wildcards", "*"),
        ("empty", "Nobody", ""),
    ] {
        let token = forge.with_claims(forge.claims().text("iss", iss));
        theme.refuse(&format!("iss-{id}"), about, token, "wrong_issuer");
    }
}

fn audiences(theme: &mut Theme, forge: &Forge) {
    const OURS: &str = "https://api.example.com";
    for (id, about, aud) in [
        ("array", "An array of it (RFC 7519 section 4.1.3)", format!(r#"["{OURS}"]"#)),
        ("array-first", "The first of two", format!(r#"["{OURS}","x"]"#)),
        ("array-last", "The last of three", format!(r#"["x","","{OURS}"]"#)),
        ("array-twice", "Twice", format!(r#"["{OURS}","{OURS}"]"#)),
    ] {
        let token = forge.with_claims(forge.claims().json("aud", aud));
        theme.accept(&format!("aud-{id}"), about, token, ADA);
    }
    for (id, about, aud) in [
        ("slash", "A slash behind", quoted("https://api.example.com/")),
        ("prefix", "A part of it", quoted("https://api.example.co")),
        ("suffix", "The end of it", quoted("api.example.com")),
        ("longer", "It is a part of this", quoted("https://api.example.com.attacker.example")),
        ("upper-case", "Nothing is folded", quoted("HTTPS://API.EXAMPLE.COM")),
        ("space", "A space before", quoted(" https://api.example.com")),
        ("list", "A list in one string", quoted("https://api.example.com x")),
        ("comma-list", "A list in one string", quoted("x,https://api.example.com")),
        ("pattern", "A pattern that some would match (CVE-2026-35041)", quoted(".*")),
        ("wildcard", "No wildcards", quoted("*")),
        ("issuer", "The issuer", quoted("https://auth.example.com")),
        ("other", "Another service (CVE-2025-62610)", quoted("https://other.example.com")),
        ("empty", "Nobody", quoted("")),
        ("array-empty", "Nobody", "[]".to_owned()),
        ("array-others", "Others", r#"["x","y"]"#.to_owned()),
        ("array-text", "An array in a string", quoted(r#"["https://api.example.com"]"#)),
        ("array-split", "The letters of it", r#"["https://api.","example.com"]"#.to_owned()),
    ] {
        let token = forge.with_claims(forge.claims().json("aud", aud));
        theme.refuse(&format!("aud-{id}"), about, token, "wrong_audience");
    }
}

fn other_policies(theme: &mut Theme, forge: &Forge) {
    let of = |name: &str, text: &str| forge.with_claims(forge.claims().text(name, text));
    let audiences = vec!["https://api.example.com", "second"];
    theme.policy("two-audiences", Policy { audiences, ..Policy::usual(forge) });
    let second = Claims { aud: "second", ..ADA };
    theme.accept("two-audiences-second", "Either will do", of("aud", "second"), second);
    let both = forge.claims().json("aud", r#"["x","second","https://api.example.com"]"#);
    let about = "Of two that are expected, the token's first is the one";
    theme.accept("two-audiences-both", about, forge.with_claims(both), second);
    let about = "Neither";
    theme.refuse("two-audiences-neither", about, of("aud", "third"), "wrong_audience");

    let slash = Policy { issuer: "https://auth.example.com/", ..Policy::usual(forge) };
    theme.policy("issuer-with-slash", slash);
    let claims = Claims { iss: "https://auth.example.com/", ..ADA };
    let about = "An issuer with a slash behind is that very text";
    theme.accept("issuer-with-slash", about, of("iss", "https://auth.example.com/"), claims);
    let about = "The slash is missing";
    let token = forge.with_claims(forge.claims());
    theme.refuse("issuer-without-slash", about, token, "wrong_issuer");

    let text = Policy { issuer: "Ada's caf\u{e9}", audiences: vec!["web"], ..Policy::usual(forge) };
    theme.policy("issuer-is-text", text);
    let claims = forge.claims().text("iss", "Ada's caf\u{e9}").text("aud", "web");
    let expected = Claims { iss: "Ada's caf\u{e9}", aud: "web", ..ADA };
    let about = "An issuer need not be an address";
    theme.accept("issuer-is-text", about, forge.with_claims(claims), expected);
    let claims = forge.claims().text("iss", "Ada's cafe\u{301}").text("aud", "web");
    let about = "The same to the eye: characters are not composed";
    theme.refuse("issuer-composed", about, forge.with_claims(claims), "wrong_issuer");
}
