"""Settings from the environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tessera import Verifier
from tessera.fastapi import Tessera
from tessera.session import Sessions
from tessera.testing import AUDIENCE, ISSUER, NOW, SECRET, TokenFactory

PARTIES = {"TESSERA_JWT_ISSUER": ISSUER, "TESSERA_JWT_AUDIENCE": AUDIENCE}
NEWER = "a newer secret that everybody knows, too".replace(",", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [("TESSERA_JWT_SECRET", SECRET), ("TESSERA_JWT_SECRETS", f"{NEWER}, {SECRET}")],
)
@pytest.mark.parametrize("in_file", [False, True])
def test_secrets_have_the_names_that_they_have_at_the_server(
    name: str, text: str, in_file: bool, tokens: TokenFactory, tmp_path: Path
) -> None:
    environ = {**PARTIES, name: text}
    if in_file:
        file = tmp_path / "secret"
        file.write_text(text + "\r\n")
        environ = {**PARTIES, f"{name}_FILE": str(file)}
    verifier = Verifier.from_env(environ)
    assert verifier.verify(tokens.token("ada"), now=NOW).user_id == "ada"


def test_published_keys_come_from_a_file_or_a_url(tmp_path: Path) -> None:
    tokens = TokenFactory.eddsa()
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(tokens.jwks))
    verifier = Verifier.from_env({**PARTIES, "TESSERA_JWKS_FILE": str(file)})
    assert verifier.verify(tokens.token("ada"), now=NOW).user_id == "ada"
    assert Verifier.from_env({**PARTIES, "TESSERA_JWKS_URL": "https://auth.test/jwks"})


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("https://App.Example.com:443/", "https://app.example.com"),
        ("http://localhost:3000/auth/v1", "http://localhost:3000"),
        ("http://localhost:3000/A-z/0.9_~//", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_issuer_and_audience_are_the_servers_origin_where_nothing_is_said(
    base_url: str, origin: str, tokens: TokenFactory
) -> None:
    environ = {"BETTER_AUTH_URL": base_url, "TESSERA_JWT_SECRET": SECRET, "TESSERA_JWT_ISSUER": ""}
    claims = Verifier.from_env(environ).verify(tokens.token("ada", iss=origin, aud=origin), now=NOW)
    assert (claims.issuer, claims.audience) == (origin, origin)


def test_what_is_given_comes_first(tokens: TokenFactory) -> None:
    environ = {**PARTIES, "TESSERA_JWT_SECRET": NEWER}
    verifier = Verifier.from_env(environ, secret=SECRET, clock=lambda: NOW)
    assert verifier.verify(tokens.token("ada")).user_id == "ada"


def test_the_process_has_an_environment(
    tokens: TokenFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**PARTIES, "TESSERA_JWT_SECRET": SECRET}.items():
        monkeypatch.setenv(name, value)
    assert Verifier.from_env().verify(tokens.token("ada"), now=NOW).user_id == "ada"
    assert Tessera.from_env().verifier.verify(tokens.token("ada"), now=NOW).user_id == "ada"


def test_sessions_are_asked_for_where_the_server_is() -> None:
    environ = {"BETTER_AUTH_URL": "https://app.test", "TESSERA_JWT_SECRET": SECRET}
    assert Tessera.from_env(environ).session
    assert Tessera.from_env({**environ, "TESSERA_TRUSTED_ORIGINS": "https://a.test, "}).session
    with pytest.raises(ValueError, match="^auth_url: "):
        _ = Tessera.from_env({**PARTIES, "TESSERA_JWT_SECRET": SECRET}).session


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"TESSERA_JWT_SECRET": SECRET}, "TESSERA_JWT_ISSUER: set this, or BETTER_AUTH_URL"),
        (
            {"TESSERA_JWT_SECRET": SECRET, "TESSERA_JWT_ISSUER": ISSUER},
            "TESSERA_JWT_AUDIENCE: set this, or BETTER_AUTH_URL",
        ),
        ({"BETTER_AUTH_URL": "localhost"}, "BETTER_AUTH_URL: it has to look like https://host"),
        (
            {"BETTER_AUTH_URL": "http://h:99999"},
            "BETTER_AUTH_URL: it has to look like https://host",
        ),
        ({"BETTER_AUTH_URL": "https://me@app.test"}, "BETTER_AUTH_URL: it has to look like"),
        *(
            ({"BETTER_AUTH_URL": f"https://h{path}"}, "BETTER_AUTH_URL: the path may hold letters")
            for path in (
                "?x=1",
                "#f",
                "/?x",
                "/api/auth#f",
                "/../x",
                "/./x",
                "/a//b",
                "/%61",
                "/{a}",
            )
        ),
        (PARTIES, "TESSERA_JWT_SECRET: set this, or TESSERA_JWKS_URL, or TESSERA_JWKS_FILE"),
        (
            {**PARTIES, "TESSERA_JWT_SECRET": SECRET, "TESSERA_JWKS_URL": "https://a.test/jwks"},
            "TESSERA_JWKS_URL: set either this or TESSERA_JWT_SECRET, not both",
        ),
        ({**PARTIES, "TESSERA_JWT_SECRET": "short"}, "TESSERA_JWT_SECRET: .* has 5 bytes"),
        ({**PARTIES, "TESSERA_JWT_SECRETS": f"{SECRET},"}, "TESSERA_JWT_SECRETS: .* has 0 bytes"),
        (
            {**PARTIES, "TESSERA_JWT_SECRET_FILE": "/nowhere/secret"},
            "TESSERA_JWT_SECRET_FILE: cannot be read: ",
        ),
        ({**PARTIES, "TESSERA_JWKS_FILE": "/nowhere/jwks"}, "TESSERA_JWKS_FILE: the key set /now"),
        ({**PARTIES, "TESSERA_JWKS_URL": "http://a.test/jwks"}, "TESSERA_JWKS_URL: .*: http is on"),
    ],
)
def test_a_wrong_setting_has_the_name_that_the_environment_has(
    environ: dict[str, str], text: str
) -> None:
    with pytest.raises(ValueError, match=f"^{text}"):
        Tessera.from_env(environ)


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        (
            {"BETTER_AUTH_URL": "http://192.168.1.5:3000"},
            "BETTER_AUTH_URL: http is only for this machine",
        ),
        (
            {"BETTER_AUTH_URL": "https://a.test", "TESSERA_TRUSTED_ORIGINS": "https://*.a.test"},
            "TESSERA_TRUSTED_ORIGINS: 'https://\\*.a.test': an origin looks like",
        ),
    ],
)
def test_what_is_said_of_sessions_concerns_who_asks_for_them(
    environ: dict[str, str], text: str, tokens: TokenFactory
) -> None:
    auth = Tessera.from_env({**PARTIES, **environ, "TESSERA_JWT_SECRET": SECRET})
    assert auth.verifier.verify(tokens.token("ada"), now=NOW).user_id == "ada"
    for _ in range(2):
        with pytest.raises(ValueError, match=f"^{text}"):
            _ = auth.session


def test_what_is_given_for_sessions_is_looked_at_at_once() -> None:
    environ = {**PARTIES, "TESSERA_JWT_SECRET": SECRET, "TESSERA_TRUSTED_ORIGINS": "https://a.test"}
    assert Tessera.from_env(environ)
    with pytest.raises(ValueError, match=r"^auth_url: http is only for"):
        Tessera.from_env(environ, auth_url="http://a.test/api/auth")
    with pytest.raises(ValueError, match=r"^auth_url: set this, or BETTER_AUTH_URL"):
        Tessera.from_env(environ, trusted_origins=["https://a.test"])
    plain = Tessera.from_env(environ, auth_url="http://a.test/api/auth", danger_plain_http=True)
    assert plain.session is plain.session
    wanted = {"BETTER_AUTH_URL": "https://app.test", **environ}
    assert Tessera.from_env(wanted, auth_secret=SECRET).session
    assert Sessions.from_env(wanted)
