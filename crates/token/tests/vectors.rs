//! The examples of the standards.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use tessera_token::{
    Algorithm, DEFAULT_MAX_TOKEN_BYTES, Jwk, KeySet, Malformed, SigningKey, VerifyError,
    VerifyingKey, verify,
};

/// RFC 7515 appendix A.1.1: the payload of A.1 to A.3, with its line breaks.
const PAYLOAD: &str =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

fn payload(token: &str, key: VerifyingKey) -> Result<String, VerifyError> {
    let keys = KeySet::new([key]);
    let verified = verify(token, &keys, DEFAULT_MAX_TOKEN_BYTES)?;
    Ok(String::from_utf8(verified.payload).unwrap())
}

fn last_character_changed(token: &str) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    // Four steps on, so that the trailing bits stay zero.
    rest.to_owned() + if last == "A" { "E" } else { "A" }
}

fn accepts_only_the_vector(token: &str, key: &VerifyingKey, expected: &str) {
    assert_eq!(payload(token, key.clone()).as_deref(), Ok(expected));
    let changed = payload(&last_character_changed(token), key.clone());
    assert_eq!(changed, Err(VerifyError::BadSignature));
}

#[test]
fn rfc7515_a1_hs256() {
    let secret =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let secret = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(secret).unwrap();
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    accepts_only_the_vector(
        token,
        &VerifyingKey::hmac(Algorithm::HS256, &secret).unwrap(),
        PAYLOAD,
    );
}

#[test]
fn rfc7515_a2_rs256() {
    let jwk = br#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    let key = VerifyingKey::from_jwk(&Jwk::parse(jwk).unwrap()).unwrap();
    accepts_only_the_vector(token, &key, PAYLOAD);
}

#[test]
fn rfc7515_a3_es256() {
    let jwk = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let key = SigningKey::from_private_jwk(jwk, None).unwrap();
    accepts_only_the_vector(token, &key.verifying_key(), PAYLOAD);
}

#[test]
fn rfc7515_a4_es512() {
    let jwk = br#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2","d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"}"#;
    let token = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    let key = SigningKey::from_private_jwk(jwk, None).unwrap();
    assert_eq!(payload(token, key.verifying_key()).as_deref(), Ok("Payload"));
}

#[test]
fn rfc8037_a4_and_a5_ed25519() {
    let jwk = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let key = SigningKey::from_private_jwk(jwk, None).unwrap();
    assert_eq!(key.sign(b"Example of Ed25519 signing").as_deref(), Ok(token));
    accepts_only_the_vector(token, &key.verifying_key(), "Example of Ed25519 signing");
}

#[test]
fn rfc7515_a5_an_unsecured_token_is_refused() {
    let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    let key = || SigningKey::generate(Algorithm::EdDSA).unwrap().verifying_key();
    let empty = Malformed::Empty { part: "signature" };
    assert_eq!(payload(token, key()), Err(empty.into()));
    let signed = format!("{token}AAAA");
    assert_eq!(payload(&signed, key()), Err(Malformed::UnknownAlgorithm.into()));
}

#[test]
fn rfc7515_a7_the_json_serialization_is_refused() {
    // Flattened; the signature is that of A.3.
    let json = r#"{"payload":"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ","protected":"eyJhbGciOiJFUzI1NiJ9","header":{"kid":"e9bc097a-ce51-4036-9562-d2ade882db0d"},"signature":"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"}"#;
    let jwk = br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let key = VerifyingKey::from_jwk(&Jwk::parse(jwk).unwrap()).unwrap();
    assert_eq!(payload(json, key), Err(Malformed::NotThreeParts.into()));
}

#[test]
fn rfc7638_3_1_thumbprint_of_an_rsa_key() {
    let jwk = br#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    let thumbprint = Jwk::parse(jwk).unwrap().thumbprint();
    assert_eq!(thumbprint.as_deref(), Ok("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
}

#[test]
fn rfc8037_a1_to_a3_the_public_half_and_its_thumbprint() {
    let jwk = br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let public = SigningKey::from_private_jwk(jwk, None).unwrap().public_jwk().unwrap();
    assert_eq!(
        public.to_bare_json(),
        r#"{"crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kty":"OKP"}"#
    );
    let thumbprint = public.thumbprint();
    assert_eq!(thumbprint.as_deref(), Ok("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
}
