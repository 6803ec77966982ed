//! JSON that is not strict, in headers and claims alike.

use crate::forge::{Forge, HEADER, HS256};
use crate::object::quoted;
use crate::theme::{ADA, Policy, Theme};

/// A text, and what is odd about it.
struct Fault {
    id: &'static str,
    about: &'static str,
    /// A whole object, or what comes behind the first members of one.
    written: Vec<u8>,
}

fn fault(id: &'static str, about: &'static str, written: impl Into<Vec<u8>>) -> Fault {
    Fault { id, about, written: written.into() }
}

pub(super) fn theme(forge: &Forge) -> Theme {
    let about = "JSON (RFC 8259) in the header and in the claims: it has one reading, or none.";
    let mut theme = Theme::new("json", about);
    theme.policy("usual", Policy::usual(forge));
    let claims = forge.claims().to_string();
    // Every text here goes into both places, before the last brace.
    let within = |object: &str, written: &[u8]| {
        let start = object.strip_suffix('}').expect("an object");
        [start.as_bytes(), written, b"}"].concat()
    };
    for Fault { id, about, written } in unharmful() {
        let token = forge.token(HS256, within(HEADER, &written), claims.clone());
        theme.accept(&format!("header-{id}"), about, token, ADA);
        let token = forge.with_claims(within(&claims, &written));
        theme.accept(&format!("claims-{id}"), about, token, ADA);
    }
    for Fault { id, about, written } in faults() {
        let token = forge.token(HS256, within(HEADER, &written), claims.clone());
        theme.refuse(&format!("header-{id}"), about, token, "malformed");
        let token = forge.with_claims(within(&claims, &written));
        theme.refuse(&format!("claims-{id}"), about, token, "malformed_claims");
    }
    wholes(&mut theme, forge);
    duplicates(&mut theme, forge);
    theme
}

/// What looks odd and is good.
fn unharmful() -> Vec<Fault> {
    vec![
        fault("depth-arrays", "16 levels, the object counted", format!(r#","x":{}"#, arrays(15))),
        fault(
            "depth-objects",
            "16 levels, all of them objects",
            format!(r#","x":{}"#, objects(15)),
        ),
        fault("surrogate-pair", "A pair of surrogates is a character", r#","x":"\ud83d\ude00""#),
        fault("not-characters", "U+FFFF and the like are allowed", r#","x":"\uffff\ufdd0""#),
        fault("nul-escaped", "So is U+0000 that is escaped", r#","x":"\u0000""#),
        fault(
            "line-separators",
            "So are U+2028 and U+2029 as they are",
            ",\"x\":\"\u{2028}\u{2029}\"",
        ),
        fault("delete", "So is U+007F as it is", ",\"x\":\"\x7f\""),
        fault("numbers", "Every form of a number", r#","x":[0,-0,1e3,1E+3,1.5e-3,-1.5]"#),
        fault("same-name-elsewhere", "One name in two objects", r#","x":{"y":1},"z":{"y":1}"#),
        fault(
            "prototype",
            "Names that some languages trip over",
            r#","__proto__":{"alg":"none","sub":"eve"},"constructor":1,"toString":2"#,
        ),
    ]
}

fn faults() -> Vec<Fault> {
    vec![
        fault("depth-arrays-17", "17 levels (CVE-2026-102265)", format!(r#","x":{}"#, arrays(16))),
        fault("depth-objects-17", "17 levels, all objects", format!(r#","x":{}"#, objects(16))),
        fault(
            "depth-200",
            "So deep that some readers overflow",
            format!(r#","x":{}"#, arrays(200)),
        ),
        fault("trailing-comma", "A comma too many", ","),
        fault("comma-missing", "A comma too few", r#" "x":1"#),
        fault("colon-missing", "No colon", r#","x" 1"#),
        fault("value-missing", "No value", r#","x":"#),
        fault("single-quotes", "Single quotes", ",'x':1"),
        fault("name-unquoted", "A name without quotes", ",x:1"),
        fault("name-number", "A name that is no string", ",1:1"),
        fault("comment-block", "A comment", r#"/**/,"x":1"#),
        fault("comment-line", "A comment to the end of the line", ",\"x\":1//\n"),
        fault("nan", "Not a number (RFC 8259 section 6)", r#","x":NaN"#),
        fault("infinity", "Infinity is not JSON", r#","x":Infinity"#),
        fault("infinity-negative", "Nor is the negative one", r#","x":-Infinity"#),
        fault("too-large", "Infinity to some readers, an error to others", r#","x":1e999"#),
        fault("leading-zero", "A needless zero", r#","x":01"#),
        fault("plus", "A plus sign", r#","x":+1"#),
        fault("hexadecimal", "Hexadecimal", r#","x":0x1"#),
        fault("dot-without-digits", "A dot and nothing behind it", r#","x":1."#),
        fault("dot-first", "A dot and nothing before it", r#","x":.1"#),
        fault("exponent-empty", "An exponent without digits", r#","x":1e"#),
        fault("word-of-other-case", "`True` is not `true`", r#","x":True"#),
        fault("undefined", "`undefined` is not JSON", r#","x":undefined"#),
        fault("control-character", "A line feed within a string", ",\"x\":\"\n\""),
        fault("nul", "A NUL within a string", ",\"x\":\"\0\""),
        fault("escape-unknown", "No such escape", r#","x":"\x41""#),
        fault("escape-short", "Four digits belong to it", r#","x":"\u00""#),
        fault("surrogate-high", "Half a pair", r#","x":"\ud83d""#),
        fault("surrogate-low", "The other half", r#","x":"\ude00""#),
        fault("surrogates-swapped", "Both halves the wrong way round", r#","x":"\ude00\ud83d""#),
        fault("surrogate-in-name", "Half a pair in a name", r#","\ud83d":1"#),
        fault("white-space-foreign", "U+00A0 is no white space of JSON", ",\u{a0}\"x\":1"),
        fault("form-feed", "Nor is a form feed", ",\x0c\"x\":1"),
        fault("utf8-invalid", "Not UTF-8", b",\"x\":\"\xff\""),
        fault("utf8-invalid-name", "A name that is not UTF-8", b",\"\xff\":1"),
        fault("utf8-overlong", "A `/` in two bytes", b",\"x\":\"\xc0\xaf\""),
        fault("utf8-surrogate", "A surrogate in three bytes", b",\"x\":\"\xed\xa0\xbd\""),
        fault("utf8-truncated", "Half a character", b",\"x\":\"\xe2\x82\""),
        fault("latin-1", "ISO 8859-1", b",\"x\":\"\xe9\""),
        fault("twice-unknown", "A name twice, even one without a meaning", r#","x":1,"x":1"#),
        fault("twice-escaped", "A name twice, spelled in two ways", r#","x":1,"\u0078":2"#),
        fault("twice-within", "A name twice, further in", r#","x":{"y":1,"y":2}"#),
        fault("twice-in-array", "A name twice, in an array", r#","x":[[{"y":1,"y":2}]]"#),
        fault("twice-empty", "The empty name twice", r#","":1,"":2"#),
    ]
}

/// Texts that are wrong as a whole.
fn wholes(theme: &mut Theme, forge: &Forge) {
    let claims = forge.claims().to_string();
    for Fault { id, about, written } in spoiled(HEADER) {
        let token = forge.token(HS256, written, claims.clone());
        theme.refuse(&format!("header-{id}"), about, token, "malformed");
    }
    for Fault { id, about, written } in spoiled(&claims) {
        theme.refuse(
            &format!("claims-{id}"),
            about,
            forge.with_claims(written),
            "malformed_claims",
        );
    }
    let about = "An object without members";
    theme.refuse("header-empty", about, forge.with_header("{}"), "malformed");
    theme.refuse("claims-empty", about, forge.with_claims("{}"), "missing_claim");
}

fn spoiled(object: &str) -> Vec<Fault> {
    let utf16: Vec<_> = object.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let truncated = &object[..object.len() - 1];
    vec![
        fault("truncated", "The last brace is missing", truncated),
        fault("something-behind", "Something behind the object", format!("{object}x")),
        fault("two-objects", "Two objects", object.repeat(2)),
        fault("brace-behind", "A brace too many", format!("{object}}}")),
        fault("nul-behind", "A NUL behind the object", format!("{object}\0")),
        fault(
            "byte-order-mark",
            "U+FEFF before it (RFC 8259 section 8.1)",
            format!("\u{feff}{object}"),
        ),
        fault("utf-16", "UTF-16", utf16),
        fault("array", "An array of it", format!("[{object}]")),
        fault("string", "A string that holds it", quoted(object)),
        fault("null", "Null", "null"),
        fault("number", "A number", "1"),
        fault("space", "White space alone", " "),
    ]
}

/// Members with a meaning, twice: two readers, two tokens (RFC 7519 section 4).
fn duplicates(theme: &mut Theme, forge: &Forge) {
    for (id, about, header) in [
        ("alg", "`alg` twice, the same", r#"{"alg":"HS256","alg":"HS256"}"#),
        (
            "alg-none-first",
            "`alg` twice: the last one counts, to many",
            r#"{"alg":"none","alg":"HS256"}"#,
        ),
        (
            "alg-none-last",
            "`alg` twice: the first one counts, to some",
            r#"{"alg":"HS256","alg":"none"}"#,
        ),
        ("alg-escaped", "`alg` twice, spelled in two ways", r#"{"alg":"HS256","\u0061lg":"none"}"#),
        ("kid", "`kid` twice", r#"{"alg":"HS256","kid":"a","kid":"b"}"#),
    ] {
        let id = format!("header-twice-{id}");
        theme.refuse(&id, about, forge.with_header(header), "malformed");
    }
    for (id, about, name, value) in [
        ("sub", "`sub` twice: whose request is it?", "sub", "\"eve\""),
        ("sub-same", "`sub` twice, the same", "sub", "\"ada\""),
        ("sub-escaped", "`sub` twice, spelled in two ways", r"s\u0075b", "\"eve\""),
        ("exp", "`exp` twice", "exp", "4000000000"),
        ("aud", "`aud` twice", "aud", "\"https://other.example.com\""),
        ("iss", "`iss` twice", "iss", "\"https://other.example.com\""),
    ] {
        let token = forge.with_claims(forge.claims().more(name, value));
        theme.refuse(&format!("claims-twice-{id}"), about, token, "malformed_claims");
    }
}

fn arrays(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

fn objects(levels: usize) -> String {
    format!("{}0{}", r#"{"x":"#.repeat(levels), "}".repeat(levels))
}
