//! What a verifier cannot lack, sessions that have ended, and keys that are not there yet.

use crate::forge::{Forge, HEADER, HS256, Signer, encode};
use crate::theme::{ADA, Claims, Keys, NOW, Policy, Theme};

pub(super) fn theme(forge: &Forge) -> Theme {
    let about = "What a verifier cannot lack, ended sessions, and keys that are not there yet.";
    let mut theme = Theme::new("policies", about);
    lacking(&mut theme, forge);
    secrets(&mut theme, forge);
    sessions(&mut theme, forge);
    keys_to_come(&mut theme, forge);
    theme
}

fn lacking(theme: &mut Theme, forge: &Forge) {
    let usual = || Policy::usual(forge);
    let claims = |count: usize| (0..count).map(|n| format!("claim-{n}")).collect::<Vec<_>>();
    for (id, about, policy, code) in [
        ("no-issuer", "The issuer is empty", Policy { issuer: "", ..usual() }, "no_issuer"),
        ("no-audience", "No audience", Policy { audiences: vec![], ..usual() }, "no_audience"),
        (
            "empty-audience",
            "One of the audiences is empty",
            Policy { audiences: vec!["https://api.example.com", ""], ..usual() },
            "no_audience",
        ),
        ("no-keys", "No keys at all", Policy::over([]), "no_keys"),
        ("long-leeway", "301 seconds", Policy { leeway: 301, ..usual() }, "leeway_too_long"),
        (
            "many-required",
            "65 required claims",
            Policy { required: claims(65), ..usual() },
            "too_many_required",
        ),
    ] {
        theme.no_verifier(id, about, policy, code);
    }
    theme.policy("64-required", Policy { required: claims(64), ..usual() });
    let token = forge.with_claims(forge.claims());
    theme.refuse("many-required-missing", "64 are allowed", token, "missing_claim");
    let all = claims(64).iter().fold(forge.claims(), |object, claim| object.json(claim, 1));
    theme.accept("many-required-there", "All 64 are there", forge.with_claims(all), ADA);
    let last = claims(63).iter().fold(forge.claims(), |object, claim| object.json(claim, 1));
    let about = "The last of 64 is missing";
    theme.refuse("many-required-last", about, forge.with_claims(last), "missing_claim");
}

/// A secret has at least as many bytes as the hash (RFC 7518 section 3.2).
fn secrets(theme: &mut Theme, forge: &Forge) {
    let of = |length, alg| Keys::Secret { secret: encode(vec![0x5a; length]), alg };
    for (id, about, secret) in [
        ("secret-empty", "No secret (CVE-2026-45363)", of(0, "HS256")),
        ("secret-hs256-short", "31 bytes", of(31, "HS256")),
        ("secret-hs384-short", "47 bytes", of(47, "HS384")),
        ("secret-hs512-short", "63 bytes", of(63, "HS512")),
    ] {
        theme.no_verifier(id, about, Policy::over([secret]), "bad_secret");
    }
    let beside = Policy::over([forge.secret("hs256", "HS256"), of(8, "HS256")]);
    let about = "A short secret beside a good one";
    theme.no_verifier("secret-short-beside", about, beside, "bad_secret");
    theme.policy("shortest-secret", Policy::over([of(32, "HS256")]));
    let token = forge.with_secret(&[0x5a; 32], HEADER);
    theme.accept("secret-shortest", "32 bytes", token, ADA);
    theme.policy("longest-secret", Policy::over([of(200, "HS256")]));
    let token = forge.with_secret(&[0x5a; 200], HEADER);
    theme.accept("secret-long", "More bytes than a block of the hash", token, ADA);
}

fn sessions(theme: &mut Theme, forge: &Forge) {
    let policy = Policy { ended_sessions: vec!["s1", "s9"], ..Policy::usual(forge) };
    theme.policy("sessions-ended", policy);
    let of = |sid: &str| forge.with_claims(forge.claims().text("sid", sid));
    theme.refuse("session-ended", "The session has ended", of("s1"), "revoked");
    for (id, sid) in [
        ("other", "s2"),
        ("longer", "s10"),
        ("shorter", "s"),
        ("of-other-case", "S1"),
        ("space", "s1 "),
    ] {
        let about = "Another session: compared byte for byte";
        theme.accept(&format!("session-{id}"), about, of(sid), Claims { sid: Some(sid), ..ADA });
    }
    let token = forge.with_claims(forge.claims().without("sid"));
    let about = "A token without `sid` belongs to no session: require `sid` to refuse it";
    theme.accept("session-none", about, token, Claims { sid: None, ..ADA });
    let escaped = forge.claims().json("sid", r#""\u0073\u0031""#);
    let about = "The session is what `sid` spells, not how";
    theme.refuse("session-escaped", about, forge.with_claims(escaped), "revoked");
    let header = r#"{ "alg":"HS256" }"#;
    let token = forge.token(HS256, header, forge.claims().json("x", 1));
    let about =
        "Another token of the session (CVE-2026-102269: by session, not by the token's text)";
    theme.refuse("session-other-token", about, token, "revoked");
    theme.at(NOW + 904);
    theme.refuse("session-ended-last-second", "As long as the token lives", of("s1"), "revoked");
    theme.at(NOW + 905);
    theme.refuse("session-ended-expired", "Expiry comes first", of("s1"), "expired");
    theme.at(NOW);
    let token = forge.token(Signer::new("hs256-other", "HS256"), HEADER, forge.claims());
    let about = "Nothing is said of the session of a token that is not ours";
    theme.refuse("session-ended-forged", about, token, "bad_signature");
    let public = Keys::set([forge.public("ed25519")]);
    let policy = Policy { ended_sessions: vec!["s1"], ..Policy::over([public]) };
    theme.policy("sessions-ended-public-key", policy);
    let eddsa = Signer::new("ed25519", "EdDSA");
    let token = forge.token(eddsa, r#"{"alg":"EdDSA"}"#, forge.claims());
    let about = "The same under a public key, also the second time";
    theme.refuse("session-ended-public-key", about, token, "revoked");
    let token = forge.token(eddsa, r#"{"alg":"EdDSA"}"#, forge.claims().text("sid", "s2"));
    let claims = Claims { sid: Some("s2"), ..ADA };
    theme.accept("session-other-public-key", "Another session", token, claims);
}

/// Without keys nothing can be said of a token, be it good or bad.
fn keys_to_come(theme: &mut Theme, forge: &Forge) {
    theme.policy("keys-to-come", Policy { keys: None, ..Policy::usual(forge) });
    let good = forge.with_claims(forge.claims());
    let forged = forge.token(Signer::new("hs256-other", "HS256"), HEADER, forge.claims());
    for (id, about, token) in [
        ("good", "It may be good", good),
        ("forged", "It may be forged", forged),
        ("malformed", "Not even this is said", "x".to_owned()),
    ] {
        theme.cannot_tell(&format!("keys-to-come-{id}"), about, token, "keys_unavailable");
    }
}
