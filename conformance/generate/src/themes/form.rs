//! What a compact token looks like.

use crate::forge::{Forge, HEADER, HS256, encode, segments};
use crate::object::quoted;
use crate::theme::{ADA, Policy, Theme};

pub(super) fn theme(forge: &Forge) -> Theme {
    let mut theme = Theme::new("form", "Exactly three parts of canonical base64url, and no more.");
    theme.policy("usual", Policy::usual(forge));
    let good = forge.with_claims(forge.claims());
    theme.accept("good", "The token that most others here are made of", good.clone(), ADA);
    parts(&mut theme, &good);
    other_forms(&mut theme, &good);
    surroundings(&mut theme, &good);
    spellings(&mut theme, forge, &good);
    sizes(&mut theme, forge);
    theme
}

fn parts(theme: &mut Theme, good: &str) {
    let [header, payload, signature] = segments(good);
    for (id, about, token) in [
        ("empty", "Nothing at all", String::new()),
        ("one-part", "A header alone", header.to_owned()),
        ("two-parts", "No signature and no dot before it", format!("{header}.{payload}")),
        ("four-parts", "A part too many", format!("{good}.{signature}")),
        (
            "five-parts",
            "As many parts as an encrypted token (RFC 7516 section 3.1) has",
            format!("{good}.{signature}.{signature}"),
        ),
        ("dot-before", "An empty part before", format!(".{good}")),
        ("dot-behind", "An empty part behind", format!("{good}.")),
        ("dot-doubled", "An empty part within", format!("{header}..{payload}.{signature}")),
        ("dots-alone", "Three empty parts", "..".to_owned()),
        ("no-header", "The header is empty", format!(".{payload}.{signature}")),
        (
            "no-payload",
            "The payload is empty: detached content (RFC 7515 appendix F) is no token",
            format!("{header}..{signature}"),
        ),
        ("no-signature", "The signature is empty", format!("{header}.{payload}.")),
        ("foreign-dots", "Fullwidth full stops are no dots", good.replace('.', "\u{ff0e}")),
        ("encoded-dots", "Percent-encoded dots are no dots", good.replace('.', "%2E")),
    ] {
        theme.refuse(id, about, token, "malformed");
    }
}

fn other_forms(theme: &mut Theme, good: &str) {
    let [header, payload, signature] = segments(good);
    let flattened =
        format!(r#"{{"payload":"{payload}","protected":"{header}","signature":"{signature}"}}"#);
    let general = format!(
        r#"{{"payload":"{payload}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#
    );
    for (id, about, token) in [
        ("json-flattened", "JSON serialisation (RFC 7515 section 7.2.2)", flattened),
        ("json-general", "JSON serialisation (RFC 7515 section 7.2.1)", general),
        (
            "json-with-dots",
            "JSON that holds a compact token where a lax reader looks for one (CVE-2022-39227)",
            format!(r#"{{"  {header}.":"","payload":"{payload}","x":".{signature}"}}"#),
        ),
        ("quoted", "The token as a JSON string", quoted(good)),
        ("in-array", "The token in a JSON array", format!("[{}]", quoted(good))),
        ("bearer", "The scheme belongs to HTTP, not to the token", format!("Bearer {good}")),
        ("twice", "Two tokens", format!("{good},{good}")),
        ("claims-alone", "The claims as they are, not signed", r#"{"sub":"ada"}"#.to_owned()),
    ] {
        theme.refuse(id, about, token, "malformed");
    }
}

fn surroundings(theme: &mut Theme, good: &str) {
    let [header, payload, signature] = segments(good);
    for (id, about, token) in [
        ("space-before", "A space before", format!(" {good}")),
        ("space-behind", "A space behind", format!("{good} ")),
        ("tab-behind", "A tab behind", format!("{good}\t")),
        ("newline-behind", "A line feed behind", format!("{good}\n")),
        ("crlf-behind", "Carriage return and line feed behind", format!("{good}\r\n")),
        ("nul-behind", "A NUL behind", format!("{good}\0")),
        ("space-within", "A space behind a dot", format!("{header}. {payload}.{signature}")),
        ("newline-within", "A line feed before a dot", format!("{header}.{payload}\n.{signature}")),
        ("folded", "Lines of 64 characters, as in PEM", {
            let (first, rest) = good.split_at(64);
            format!("{first}\n{rest}")
        }),
        ("byte-order-mark", "U+FEFF before", format!("\u{feff}{good}")),
        ("zero-width-space", "U+200B behind", format!("{good}\u{200b}")),
        ("not-ascii", "A letter beyond ASCII behind", format!("{good}\u{e9}")),
        (
            "lookalike",
            "A Cyrillic letter in the place of a Latin one",
            good.replacen('e', "\u{435}", 1),
        ),
    ] {
        theme.refuse(id, about, token, "malformed");
    }
}

fn spellings(theme: &mut Theme, forge: &Forge, good: &str) {
    // 16, 17 and 15 bytes: headers that leave one, two and no bytes over.
    let (one_over, two_over) = (r#"{"alg":"HS256" }"#, r#"{"alg":"HS256"  }"#);
    let claims = |length: usize| {
        let claims = forge.claims().text("x", "");
        let filling = (length + 3 - claims.to_string().len() % 3) % 3;
        claims.text("x", &"x".repeat(filling))
    };
    let signed = |header: &str, payload: &str| forge.signed(HS256, header, payload);
    let (header, payload) = (encode(HEADER), encode(forge.claims().to_string()));
    let [_, _, signature] = segments(good);
    let message = format!("{header}.{payload}");
    for (id, about, token) in [
        (
            "header-padded",
            "Padding (RFC 7515 section 2), signed as it stands",
            signed(&format!("{}==", encode(one_over)), &payload),
        ),
        (
            "payload-padded",
            "Padding, signed as it stands",
            signed(&header, &format!("{}=", encode(claims(2).to_string()))),
        ),
        ("signature-padded", "Padding", format!("{good}=")),
        ("signature-padded-encoded", "Padding, percent-encoded", format!("{good}%3D")),
        (
            "header-needless-padding",
            "Padding where none is due",
            signed(&format!("{header}===="), &payload),
        ),
        (
            "header-stray-bits-4",
            "The last character of the header has bits that belong to no byte, signed as it stands",
            signed(&stray(&encode(one_over), 1), &payload),
        ),
        (
            "header-stray-bits-2",
            "The same, where two bytes are left over",
            signed(&stray(&encode(two_over), 1), &payload),
        ),
        (
            "payload-stray-bits-4",
            "The last character of the payload has bits that belong to no byte, signed as it stands",
            signed(&header, &stray(&encode(claims(1).to_string()), 8)),
        ),
        (
            "payload-stray-bits-2",
            "The same, where two bytes are left over",
            signed(&header, &stray(&encode(claims(2).to_string()), 3)),
        ),
        (
            "signature-stray-bits-1",
            "Another spelling of the same signature (CVE-2026-102269)",
            format!("{message}.{}", stray(signature, 1)),
        ),
        (
            "signature-stray-bits-2",
            "Another spelling of the same signature",
            format!("{message}.{}", stray(signature, 2)),
        ),
        (
            "signature-stray-bits-3",
            "Another spelling of the same signature",
            format!("{message}.{}", stray(signature, 3)),
        ),
        (
            "header-length",
            "No bytes have a spelling of 4n + 1 characters",
            signed(&format!("{header}A"), &payload),
        ),
        (
            "payload-length",
            "No bytes have a spelling of 4n + 1 characters",
            signed(&header, &format!("{}A", encode(claims(0).to_string()))),
        ),
        (
            "signature-length",
            "No bytes have a spelling of 4n + 1 characters",
            format!("{message}.{}", &signature[..41]),
        ),
    ] {
        theme.refuse(id, about, token, "malformed");
    }
    alphabets(theme, forge);
}

/// Standard base64, where the two alphabets differ.
fn alphabets(theme: &mut Theme, forge: &Forge) {
    // In whichever of three places: `~` and `?` make a `-` and a `_`.
    let header = r#"{"alg":"HS256","x":"~~~~~~??????"}"#;
    let claims = forge.claims().text("x", "~~~~~~??????");
    let (dashed_header, dashed_claims) = (encode(header), encode(claims.to_string()));
    assert!(dashed_header.contains(['-', '_']) && dashed_claims.contains(['-', '_']));
    let standard = |text: &str| text.replace('-', "+").replace('_', "/");
    let token = forge.signed(HS256, &dashed_header, &dashed_claims);
    theme.accept("alphabet-url", "`-` and `_` (RFC 4648 section 5)", token, ADA);
    let token = forge.signed(HS256, &standard(&dashed_header), &dashed_claims);
    let about = "`+` or `/` of standard base64, signed as it stands";
    theme.refuse("header-alphabet-standard", about, token, "malformed");
    let token = forge.signed(HS256, &dashed_header, &standard(&dashed_claims));
    theme.refuse("payload-alphabet-standard", about, token, "malformed");

    // Some number makes a signature with both.
    let dashed = (0..).find_map(|n| {
        let token = forge.with_claims(forge.claims().json("n", n));
        let [_, _, signature] = segments(&token);
        (signature.contains('-') && signature.contains('_')).then_some(token)
    });
    let dashed = dashed.expect("one in a few signatures");
    let [header, payload, signature] = segments(&dashed);
    let token = format!("{header}.{payload}.{}", standard(signature));
    let about = "The signature in standard base64";
    theme.refuse("signature-alphabet-standard", about, token, "malformed");
    let token = format!("{header}.{payload}.{}", signature.replace('-', "+"));
    theme.refuse("signature-alphabet-mixed", "Both alphabets at once", token, "malformed");
}

fn sizes(theme: &mut Theme, forge: &Forge) {
    let of_length = |length: usize| {
        let token = |(filling, spaces)| {
            let header = format!(r#"{{"alg":"HS256"{}}}"#, " ".repeat(spaces));
            forge.token(HS256, header, forge.claims().text("x", &"x".repeat(filling)))
        };
        // Four characters hold three bytes, so a filling alone does not make every length.
        let about = (length - token((0, 0)).len()) * 3 / 4;
        let tries = (about - 4..=about).flat_map(|filling| (0..4).map(move |n| (filling, n)));
        let fitting = tries.map(token).find(|token| token.len() == length);
        fitting.expect("every length can be had")
    };
    theme.policy("600-bytes", Policy { max_token_bytes: 600, ..Policy::usual(forge) });
    theme.accept("as-long-as-allowed", "600 bytes of 600", of_length(600), ADA);
    theme.refuse("too-long", "601 bytes of 600, good otherwise", of_length(601), "malformed");
    theme.under("usual");
    theme.accept("as-long-as-usual", "16,384 bytes", of_length(16_384), ADA);
    theme.refuse(
        "longer-than-usual",
        "16,385 bytes, good otherwise (CVE-2025-61920)",
        of_length(16_385),
        "malformed",
    );
    let header = |length: usize| {
        let start = r#"{"alg":"HS256","x":""#;
        format!("{start}{}\"}}", "x".repeat(length - start.len() - 2))
    };
    let token = forge.with_header(header(1_024));
    theme.accept("header-as-long-as-allowed", "A header of 1,024 bytes", token, ADA);
    let token = forge.with_header(header(1_025));
    theme.refuse("header-too-long", "A header of 1,025 bytes", token, "malformed");
}

/// Another spelling of the same bytes: `bits` added to the last character, whose low bits are 0.
fn stray(segment: &str, bits: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = segment.split_at(segment.len() - 1);
    let value = ALPHABET.iter().position(|letter| last.as_bytes() == [*letter]);
    let other = ALPHABET[value.expect("base64url") + bits];
    format!("{rest}{}", char::from(other))
}
