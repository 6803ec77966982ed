"""A verifier: its settings, what it says, and what it never does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tessera
from tessera import KeysUnavailable, LiveKeys, Revocations, Secret, TokenRefused, Verifier
from tessera.testing import AUDIENCE, ISSUER, NOW, SECRET, TokenFactory

LONE_SURROGATE = "\ud800"
CIRCLE: dict[str, Any] = {}
CIRCLE["keys"] = CIRCLE


def make(**settings: Any) -> Verifier:
    usual: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "secret": SECRET}
    return Verifier(**(usual | settings))


def test_claims_say_what_the_token_says(tokens: TokenFactory) -> None:
    token = tokens.token("ada", role="admin", deep={"list": [1, 2.5, None]})
    claims = tokens.verifier().verify(token)
    assert (claims.user_id, claims.email, claims.session_id) == (
        "ada",
        "ada@example.com",
        "session-of-ada",
    )
    assert (claims.issuer, claims.audience) == (ISSUER, AUDIENCE)
    assert (claims.issued_at, claims.expires_at) == (NOW, NOW + 900)
    assert claims.claims == json.loads(claims.json)
    assert claims.claims["role"] == "admin"
    assert claims.claims is claims.claims
    assert repr(claims) == f"Claims(user_id='ada', expires_at={NOW + 900})"


def test_claims_and_owners_are_made_by_nobody_else_and_do_not_change(tokens: TokenFactory) -> None:
    claims = tokens.verifier().verify(tokens.token("ada"))
    for made in (claims, claims.owner("ada")):
        assert made is not None
        with pytest.raises(TypeError):
            type(made)()
        with pytest.raises(AttributeError):
            made.user_id = "bob"  # type: ignore[misc]
    with pytest.raises(TypeError):
        claims.claims["sub"] = "bob"  # type: ignore[index]


def test_an_owner_is_who_the_path_says(tokens: TokenFactory) -> None:
    claims = tokens.verifier().verify(tokens.token("ada"))
    owner = claims.owner("ada")
    assert owner is not None
    assert owner.user_id == "ada"
    assert owner.caller is claims
    assert repr(owner) == "Owner(user_id='ada')"
    for other in ("bob", "Ada", "ada ", "", LONE_SURROGATE):
        assert claims.owner(other) is None


@pytest.mark.parametrize(
    ("claims", "now", "code", "status", "answer"),
    [
        ({}, NOW + 905, "expired", 401, "TOKEN_EXPIRED"),
        ({"nbf": NOW + 6}, NOW, "not_yet_valid", 401, "TOKEN_NOT_YET_VALID"),
        ({"aud": "https://other.test"}, NOW, "wrong_audience", 401, "INVALID_TOKEN"),
        ({"iss": ISSUER + "/"}, NOW, "wrong_issuer", 401, "INVALID_TOKEN"),
        ({"sid": "gone"}, NOW, "revoked", 401, "TOKEN_REVOKED"),
    ],
)
def test_a_refusal_says_why_and_whose_it_was(
    tokens: TokenFactory, claims: dict[str, Any], now: int, code: str, status: int, answer: str
) -> None:
    ended = Revocations()
    ended.end("gone", NOW + 900)
    with pytest.raises(TokenRefused) as caught:
        tokens.verifier(revocations=ended).verify(tokens.token("ada", **claims), now=now)
    refused = caught.value
    assert (refused.code, refused.user_id) == (code, "ada")
    assert str(refused) == refused.message
    assert (refused.answer.status, refused.answer.code) == (status, answer)


def test_a_trailing_slash_is_said_outright(tokens: TokenFactory) -> None:
    with pytest.raises(TokenRefused) as caught:
        tokens.verifier().verify(tokens.token("ada", iss=ISSUER + "/"))
    assert str(caught.value) == (
        '`iss` should be "https://issuer.test", but is "https://issuer.test/"'
        " (they differ in a trailing slash)"
    )
    challenge = dict(caught.value.answer.headers)["www-authenticate"]
    assert challenge == (
        'Bearer realm="api", error="invalid_token", error_description="'
        "'iss' should be 'https://issuer.test', but is 'https://issuer.test/'"
        ' (they differ in a trailing slash)"'
    )


def test_no_clock_but_the_systems_is_asked_where_none_is_given(tokens: TokenFactory) -> None:
    system = make()
    with pytest.raises(TokenRefused) as caught:
        system.verify(tokens.token("ada", iat=1, exp=1000))
    assert caught.value.code == "expired"
    assert system.verify(tokens.token("ada"), now=NOW).user_id == "ada"
    assert make(clock=lambda: NOW).verify(tokens.token("ada")).user_id == "ada"


def test_a_secret_is_changed_without_signing_anybody_out(tokens: TokenFactory) -> None:
    both = make(secret=["a new secret, of 32 bytes or more", SECRET.encode()])
    assert both.verify(tokens.token("ada"), now=NOW).user_id == "ada"
    with pytest.raises(TokenRefused) as caught:
        make(secret="a new secret, of 32 bytes or more").verify(tokens.token("ada"), now=NOW)
    assert caught.value.code == "bad_signature"


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "ES384", "ES512", "RS256", "PS256"])
def test_published_keys_verify(algorithm: str, tmp_path: Path) -> None:
    tokens = TokenFactory.generate(algorithm)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(tokens.jwks))
    for settings in (
        {"jwks": tokens.jwks},
        {"jwks": json.dumps(tokens.jwks)},
        {"jwks": [TokenFactory.eddsa().jwks, tokens.jwks]},
        {"jwks_file": file},
        {"jwks_file": str(file), "cache": 10},
    ):
        made = make(secret=None, **settings)
        assert made.verify(tokens.token("ada"), now=NOW).user_id == "ada"


def test_live_keys_are_replaced_while_requests_go_on() -> None:
    old, new, keys = TokenFactory.eddsa(), TokenFactory.eddsa(), LiveKeys()
    made = old.verifier(keys=keys)
    with pytest.raises(KeysUnavailable) as caught:
        made.verify(old.token("ada"))
    assert caught.value.answer.status == 503
    for known, other in ((old, new), (new, old)):
        keys.replace(json.dumps(known.jwks))
        assert len(keys) == 1
        assert made.verify(known.token("ada")).user_id == "ada"
        with pytest.raises(TokenRefused):
            made.verify(other.token("ada"))
    with pytest.raises(ValueError, match="^jwks: "):
        keys.replace("{}")
    assert len(keys) == 1


def test_sessions_that_have_ended_are_counted() -> None:
    ended = Revocations()
    ended.end("s", NOW)
    assert ended.is_ended("s")
    assert not ended.is_ended("t")
    assert len(ended) == 1


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"issuer": ""}, "issuer: a verifier needs an issuer"),
        ({"issuer": LONE_SURROGATE}, "issuer: the text has half a character in it"),
        ({"audience": ""}, "audience: a verifier needs an audience"),
        ({"audience": []}, "audience: a verifier needs an audience"),
        ({"audience": ["a", ""]}, "audience: a verifier needs an audience"),
        ({"secret": None}, "keys: a verifier needs keys: give `secret`, `jwks`"),
        ({"secret": []}, "keys: a verifier needs keys"),
        ({"secret": "short"}, "secret: the shared secret cannot be used: the secret has 5 bytes"),
        ({"secret": SECRET + "\n"}, "secret: the shared secret ends in a line break"),
        ({"secret": Secret(SECRET, "HS512")}, "secret: the secret has 39 bytes, and needs"),
        ({"secret": Secret(SECRET, "RS256")}, "secret: "),
        ({"secret": Secret(SECRET, "none")}, "secret: not a supported signature algorithm"),
        ({"jwks": "{"}, "jwks: the key set cannot be read"),
        ({"jwks": {"keys": []}}, "jwks: the key set is empty"),
        ({"jwks": CIRCLE}, "jwks: Circular reference"),
        ({"jwks_file": "/nowhere/jwks.json"}, "jwks_file: the key set /nowhere/jwks.json cannot"),
        ({"jwks_url": "localhost/jwks"}, "jwks_url: "),
        (
            {"secret": None, "jwks_url": "http://auth/jwks"},
            "jwks_url: .* use https, or danger_plain_http",
        ),
        ({"jwks_url": "https://a.test/jwks"}, "jwks_url: give this or secret, not both$"),
        ({"keys": LiveKeys()}, "keys: give this or secret, not both$"),
        (
            {"secret": None, "keys": LiveKeys(), "jwks_url": "https://a.test/jwks"},
            "jwks_url: give this or keys, not both$",
        ),
        ({"leeway": 301}, "leeway: expected a whole number from 0 to 300$"),
        ({"leeway": -1}, "leeway: expected a whole number from 0 to 300$"),
        ({"leeway": 2**70}, "leeway: expected a whole number from 0 to 300$"),
        ({"max_token_bytes": 2**20 + 1}, "max_token_bytes: expected .* from 256 to 1048576$"),
        ({"max_token_bytes": 255}, "max_token_bytes: expected .* from 256 to 1048576$"),
        ({"require": [f"c{i}" for i in range(65)]}, "require: more than 64 claims"),
        ({"cache": 1_000_001}, "cache: expected a whole number from 0 to 1000000"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}"):
        make(**settings)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("issuer", None),
        ("issuer", b"bytes"),
        ("audience", 1),
        ("audience", b"bytes"),
        ("audience", [None]),
        ("secret", 1),
        ("secret", [1]),
        ("secret", {"secret": "text"}),
        ("secret", Secret(1)),  # type: ignore[arg-type]
        ("jwks", b"{}"),
        ("jwks", {"keys": {1}}),
        ("jwks_file", 3),
        ("jwks_url", b"https://a.test/jwks"),
        ("danger_plain_http", 1),
        ("keys", {}),
        ("leeway", 5.0),
        ("leeway", True),
        ("leeway", "5"),
        ("max_token_bytes", None),
        ("require", b"sid sub"),
        ("require", 1),
        ("cache", "10"),
        ("revocations", set[str]()),
        ("clock", 1),
    ],
)
def test_a_setting_of_the_wrong_type_is_a_type_error(setting: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"^{setting}: "):
        make(**{setting: value})


def test_a_setting_that_does_not_exist_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="verify_signature"):
        make(verify_signature=False)


@pytest.mark.parametrize("token", [None, b"a.b.c", 1, ["a.b.c"]])
def test_a_token_that_is_no_text_is_a_type_error(token: Any) -> None:
    with pytest.raises(TypeError):
        make().verify(token)


@pytest.mark.parametrize(
    "token", ["", ".", "a.b", "a.b.c", "..", LONE_SURROGATE, "é.é.é", "\0.\0.\0", "x" * 20_000]
)
def test_any_other_text_is_malformed(token: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        make().verify(token)
    assert caught.value.code == "malformed"


@pytest.mark.parametrize("now", [-1, 2**64])
def test_a_time_that_is_none_is_a_value_error(now: int) -> None:
    with pytest.raises(ValueError, match="^now: "):
        make().verify("a.b.c", now=now)


def test_a_secret_is_not_printed() -> None:
    assert SECRET not in repr(Secret(SECRET))
    assert SECRET not in repr(make())


def test_everything_that_is_offered_is_there() -> None:
    assert all(hasattr(tessera, name) for name in tessera.__all__)


def test_an_answer_of_your_own_cannot_be_broken_out_of() -> None:
    answer = tessera.Answer(401, 'A"', 'say "no"\n', 'e"\r\nset-cookie: a=b', 'd"\r\n')
    assert json.loads(answer.body) == {"message": 'say "no"\n', "code": 'A"'}
    headers = dict(answer.headers)
    challenge = """Bearer realm="api", error="e'??set-cookie: a=b", error_description="d'??\""""
    assert headers["www-authenticate"] == challenge
