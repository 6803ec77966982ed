//! The claims, their types and their times.

use tessera_token::{Claims, ClaimsError};

fn refusal(json: &str) -> String {
    Claims::parse(json, |_| ()).map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
}

fn at(json: &str, now: u64, leeway: u64) -> Result<(), ClaimsError> {
    Claims::parse(json, |_| ())?.times().check(now, leeway)
}

#[test]
fn t1_claims_are_read_whole() {
    let json = r#"{"iat":1,"name":"Ada","emailVerified":true,"image":null,"nested":{"a":[1,{"b":2}]},
        "email":"ada@example.com","sub":"u1","exp":3,"nbf":2,"iss":"i","aud":["a","b"],"sid":"s\u0031","user_id":"u1"}"#;
    let mut names = Vec::new();
    let claims = Claims::parse(json, |name| names.push(name.to_owned())).unwrap();
    assert_eq!(claims.subject.as_deref(), Some("u1"));
    assert_eq!(claims.issuer.as_deref(), Some("i"));
    assert_eq!(claims.audience.unwrap().as_slice(), ["a", "b"]);
    assert_eq!(claims.email.as_deref(), Some("ada@example.com"));
    assert_eq!(claims.session_id.as_deref(), Some("s1"));
    assert_eq!(claims.user_id.as_deref(), Some("u1"));
    assert_eq!((claims.issued_at, claims.not_before, claims.expires_at), (Some(1), Some(2), 3));
    assert_eq!(names.len(), 13);
    assert_eq!(names.last().map(String::as_str), Some("user_id"));
}

#[test]
fn cve_2026_25537_a_time_of_the_wrong_type_is_not_absent() {
    for value in
        [r#""2000000000""#, "null", "true", "[]", "{}", "-1", "1.0", "2e9", "18446744073709551616"]
    {
        for (json, claim) in [
            (format!(r#"{{"exp":{value}}}"#), "exp"),
            (format!(r#"{{"exp":2000000000,"nbf":{value}}}"#), "nbf"),
            (format!(r#"{{"exp":2000000000,"iat":{value}}}"#), "iat"),
        ] {
            assert_eq!(refusal(&json), format!("`{claim}` is not a whole number of seconds"));
        }
    }
    assert_eq!(refusal(r#"{"sub":"u1"}"#), "`exp` is missing");
}

#[test]
fn cve_2025_30144_texts_are_strings() {
    for value in ["1", "null", "true", r#"["a"]"#, "{}"] {
        for claim in ["iss", "sub", "sid", "email", "user_id"] {
            let json = format!(r#"{{"exp":1,"{claim}":{value}}}"#);
            assert_eq!(refusal(&json), format!("`{claim}` is not a string"));
        }
    }
}

#[test]
fn an_audience_is_a_string_or_an_array_of_strings() {
    for value in ["1", "null", "true", "{}", "[1]", r#"["a",1]"#, r#"["a",null]"#, r#"["a",["b"]]"#]
    {
        let json = format!(r#"{{"exp":1,"aud":{value}}}"#);
        assert_eq!(refusal(&json), "`aud` is not a string or an array of strings");
    }
    for (value, expected) in [(r#""a""#, &["a"][..]), (r#"["a"]"#, &["a"]), ("[]", &[])] {
        let json = format!(r#"{{"exp":1,"aud":{value}}}"#);
        let claims = Claims::parse(&json, |_| ()).unwrap();
        assert_eq!(claims.audience.unwrap().as_slice(), expected);
    }
}

#[test]
fn payloads_are_strict_json() {
    for json in [
        "",
        "null",
        "[]",
        "1",
        r#""text""#,
        r#"{"exp":1"#,
        r#"{"exp":1}{"exp":2}"#,
        r#"{"exp":1,"exp":1}"#,
        r#"{"exp":1,"\u0065xp":2}"#,
        r#"{"exp":1,"x":{"a":1,"a":1}}"#,
        r#"{"exp":01}"#,
        r#"{"exp":1e400}"#,
        "{\"exp\":1}\0",
    ] {
        let error = Claims::parse(json, |_| ()).unwrap_err();
        assert!(matches!(error, ClaimsError::NotJson(_)), "{json}: {error}");
    }
}

#[test]
fn cve_2026_101918_depth_is_bounded() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested =
            |depth| format!(r#"{{"exp":1,"x":{}1{}}}"#, open.repeat(depth), close.repeat(depth));
        assert!(Claims::parse(&nested(15), |_| ()).is_ok());
        for depth in [16, 100, 3_000] {
            let error = Claims::parse(&nested(depth), |_| ()).unwrap_err();
            assert!(matches!(error, ClaimsError::NotJson(_)), "{depth}: {error}");
        }
    }
}

#[test]
fn v1_times_at_the_edges_of_the_leeway() {
    let json = r#"{"iat":1000,"nbf":1100,"exp":2000}"#;
    for (now, leeway, expected) in [
        (1_099, 0, Some("`nbf` is 1100; it is now 1099 (Unix seconds)")),
        (1_100, 0, None),
        (1_999, 0, None),
        (2_000, 0, Some("the token expired at 2000; it is now 2000 (Unix seconds)")),
        (1_094, 5, Some("`nbf` is 1100; it is now 1094 (Unix seconds)")),
        (1_095, 5, None),
        (2_004, 5, None),
        (2_005, 5, Some("the token expired at 2000; it is now 2005 (Unix seconds)")),
        (
            u64::MAX,
            5,
            Some("the token expired at 2000; it is now 18446744073709551615 (Unix seconds)"),
        ),
    ] {
        let said = at(json, now, leeway).err().map(|error| error.to_string());
        assert_eq!(said.as_deref(), expected, "{now} {leeway}");
    }
    let ahead = r#"{"iat":1000,"exp":2000}"#;
    assert!(at(ahead, 995, 5).is_ok());
    let said = at(ahead, 994, 5).unwrap_err().to_string();
    assert_eq!(said, "`iat` is 1000; it is now 994 (Unix seconds)");
    assert!(at(r#"{"exp":18446744073709551615}"#, u64::MAX - 1, 300).is_ok());
}
