//! Public keys taken for secrets: HS256 under what everybody knows.

use crate::forge::{Forge, HEADER, HS256, encode};
use crate::object::{Object, set};
use crate::theme::{ADA, Keys, Policy, Theme};

pub(super) fn theme(forge: &Forge) -> Theme {
    let about = "HS256 under the bytes of a public key, in every form that a key has (CVE-2022-29217 and after).";
    let mut theme = Theme::new("confusion", about);
    let public = |key: &str| forge.public(key).text("kid", key);
    let published = || Keys::set(["rsa", "p256", "ed25519"].map(public));
    let policy = Policy::over([published()]);
    theme.policy("public-keys", policy);
    let forgeries = forgeries(forge);
    for (id, about, secret) in &forgeries {
        let token = forge.with_secret(secret, HEADER);
        theme.refuse(id, about, token, "algorithm_not_accepted");
    }
    for key in ["rsa", "p256", "ed25519"] {
        let header = Object::new().text("alg", "HS256").text("kid", key);
        let token = forge.with_secret(forge.pem(key).as_bytes(), &header.to_string());
        let about = "The PEM text of the key that `kid` names";
        theme.refuse(&format!("{key}-pem-kid"), about, token, "algorithm_not_accepted");
    }

    let policy = Policy::over([forge.secret("hs256", "HS256"), published()]);
    theme.policy("secret-beside", policy);
    let token = forge.token(HS256, HEADER, forge.claims());
    theme.accept("secret-beside-good", "The secret itself", token, ADA);
    for (id, about, secret) in forgeries.iter().filter(|(id, ..)| !id.ends_with("-number")) {
        let token = forge.with_secret(secret, HEADER);
        let about = format!("{about}; there is a secret too, and this is not it");
        theme.refuse(&format!("{id}-secret-beside"), &about, token, "bad_signature");
    }
    secrets(&mut theme, forge);
    theme
}

fn forgeries(forge: &Forge) -> Vec<(String, String, Vec<u8>)> {
    let mut forgeries = Vec::new();
    for (key, name) in
        [("rsa", "the RSA key"), ("p256", "the P-256 key"), ("ed25519", "the Ed25519 key")]
    {
        let mut add = |form: &str, about: &str, secret: Vec<u8>| {
            forgeries.push((format!("{key}-{form}"), format!("{about} of {name}"), secret));
        };
        add("pem", "The PEM text", forge.pem(key).into());
        add("der", "The DER", forge.spki(key));
        let jwk = forge.public(key).text("kid", key);
        add("jwk", "The JWK", jwk.into());
        let bytes = forge.bytes(key, if key == "rsa" { "n" } else { "x" });
        add("number", "The number that makes the key, as bytes,", bytes);
    }
    let mut add = |id: &str, about: &str, secret: Vec<u8>| {
        forgeries.push((id.to_owned(), about.to_owned(), secret));
    };
    let pem = forge.pem("rsa");
    add("rsa-pem-trimmed", "The PEM text without its last line feed", pem.trim_end().into());
    add("rsa-pem-crlf", "The PEM text with other line ends", pem.replace('\n', "\r\n").into());
    let set = set(["rsa", "p256", "ed25519"].map(|key| forge.public(key).text("kid", key)));
    add("jwks", "The key set as it is published", set.into());
    add("kid", "The `kid`", "rsa".into());
    add("empty", "The empty secret, which is as good as one of zeros", Vec::new());
    forgeries
}

/// Secrets that are the text of a key: whoever configures them meant something else.
fn secrets(theme: &mut Theme, forge: &Forge) {
    let pem = forge.pem("rsa");
    let body = |key: &str| {
        let lines: Vec<_> = forge.pem(key).lines().map(str::to_owned).collect();
        lines[1..lines.len() - 1].join("\n")
    };
    let der = forge.spki("p256");
    let ssh = |kind: &str, key: &str| format!("{kind} {} ada@example.com", encode(forge.spki(key)));
    let jwk = forge.public("p256").to_string();
    for (id, about, secret) in [
        ("secret-pem", "PEM", pem.clone()),
        (
            "secret-pem-crlf",
            "PEM with other line ends (CVE-2026-102268)",
            pem.replace('\n', "\r\n"),
        ),
        ("secret-pem-space", "PEM behind white space (CVE-2026-34950)", format!(" \n{pem}")),
        ("secret-pem-prefix", "PEM behind some text (CVE-2026-107722)", format!("key: {pem}")),
        ("secret-pem-mark", "PEM behind U+FEFF (CVE-2026-102271)", format!("\u{feff}{pem}")),
        (
            "secret-pem-pkcs1",
            "PEM with the label of PKCS #1 (CVE-2023-48223)",
            pem.replace("PUBLIC", "RSA PUBLIC"),
        ),
        ("secret-pem-certificate", "A certificate", pem.replace("PUBLIC KEY", "CERTIFICATE")),
        (
            "secret-pem-body",
            "What stands between the lines of PEM (CVE-2026-102272)",
            body("p256").replace('\n', ""),
        ),
        ("secret-pem-body-lines", "The same in its lines", format!("{}\n", body("rsa"))),
        ("secret-der-base64url", "DER in base64url (CVE-2026-102271)", encode(&der)),
        ("secret-jwk", "A JWK (CVE-2026-48526)", jwk.clone()),
        ("secret-jwk-space", "A JWK behind white space", format!("\n {jwk}")),
        ("secret-jwks", "A key set (CVE-2026-102273)", set([forge.public("p256")])),
        ("secret-jwk-array", "A JWK in an array", format!("[{jwk}]")),
        (
            "secret-oct-jwk",
            "A secret's JWK in the place of its bytes",
            forge.private("hs256").to_string(),
        ),
        ("secret-ssh-rsa", "An OpenSSH key", ssh("ssh-rsa", "rsa")),
        ("secret-ssh-ed25519", "An OpenSSH key (CVE-2022-29217)", ssh("ssh-ed25519", "ed25519")),
        ("secret-ssh-ecdsa", "An OpenSSH key", ssh("ecdsa-sha2-nistp256", "p256")),
    ] {
        let secret = Keys::Secret { secret: encode(secret), alg: "HS256" };
        theme.no_verifier(id, about, Policy::over([secret]), "bad_secret");
    }
    for (id, key) in
        [("secret-der-rsa", "rsa"), ("secret-der-p256", "p256"), ("secret-der-ed25519", "ed25519")]
    {
        let secret = Keys::Secret { secret: encode(forge.spki(key)), alg: "HS256" };
        let about = "The DER of a public key (CVE-2026-102271)";
        theme.no_verifier(id, about, Policy::over([secret]), "bad_secret");
    }
    let short = &der[..der.len() - 1];
    let secret = Keys::Secret { secret: encode(short), alg: "HS256" };
    theme.policy("secret-der-short", Policy::over([secret]));
    let about = "Bytes that only begin like a key are a secret";
    theme.accept("secret-der-short", about, forge.with_secret(short, HEADER), ADA);
}
