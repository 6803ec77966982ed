"""The vectors in `conformance/`, all of them: what is accepted, what is refused, and why."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tessera import KeysUnavailable, LiveKeys, Revocations, Secret, TokenRefused, Verifier

FOLDER = Path(__file__).parents[2] / "conformance"
THEMES = sorted(path for path in FOLDER.glob("*.json") if path.name != "public-test-keys.json")

# How a verifier that cannot be made says what is wrong.
NO_VERIFIER = {
    "issuer: a verifier needs an issuer": "no_issuer",
    "audience: a verifier needs an audience": "no_audience",
    "keys: a verifier needs keys": "no_keys",
    "jwks: the key set is empty": "no_keys",
    "secret: ": "bad_secret",
    "jwks: the key set cannot be read": "bad_key_set",
    "jwks: no key of the key set can be used": "no_usable_key",
    "leeway: ": "leeway_too_long",
    "require: ": "too_many_required",
}


def secret(entry: Any) -> Secret:
    text = entry["secret"]
    return Secret(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), entry["alg"])


def verifier(policy: dict[str, Any], cache: int) -> Verifier:
    revocations = Revocations()
    for session in policy["ended_sessions"]:
        revocations.end(session, 2**64 - 1)
    keys = policy["keys"]
    return Verifier(
        policy["issuer"],
        policy["audiences"],
        secret=[secret(entry) for entry in keys or [] if "secret" in entry],
        jwks=[entry["jwks"] for entry in keys or [] if "jwks" in entry],
        keys=LiveKeys() if keys is None else None,
        leeway=policy["leeway"],
        max_token_bytes=policy["max_token_bytes"],
        require=policy["required"],
        revocations=revocations,
        cache=cache,
    )


def outcome(made: Verifier, token: str, now: int) -> tuple[str, str | None, Any]:
    try:
        claims = made.verify(token, now=now)
    except TokenRefused as refused:
        return "refuse", refused.code, None
    except KeysUnavailable as unavailable:
        return "cannot_tell", unavailable.code, None
    said = {
        "iss": claims.issuer,
        "aud": claims.audience,
        "sub": claims.user_id,
        "email": claims.email,
        "sid": claims.session_id,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
    }
    return "accept", None, said


def outcomes(policy: dict[str, Any], vector: dict[str, Any]) -> list[tuple[str, str | None, Any]]:
    """Without a cache, and with one: the first time and the second."""
    try:
        plain, cached = verifier(policy, 0), verifier(policy, 8)
    except ValueError as error:
        codes = {code for text, code in NO_VERIFIER.items() if str(error).startswith(text)}
        return [("no_verifier", code, None) for code in codes or {str(error)}]
    if "token" not in vector:
        return [("a verifier", None, None)]
    return [outcome(made, vector["token"], vector["now"]) for made in (plain, cached, cached)]


@pytest.mark.parametrize("path", THEMES, ids=lambda path: path.stem)
def test_v3_every_vector_has_its_verdict(path: Path) -> None:
    theme = json.loads(path.read_text(encoding="utf-8"))
    failures = []
    for vector in theme["vectors"]:
        expected = (vector["verdict"], vector.get("code"), vector.get("claims"))
        for found in outcomes(theme["policies"][vector["policy"]], vector):
            if found != expected:
                failures.append(f"{vector['id']}: {found} is not {expected}")
    assert failures == []


def test_v3_there_are_vectors_of_every_verdict() -> None:
    themes = [json.loads(path.read_text(encoding="utf-8")) for path in THEMES]
    verdicts = Counter(vector["verdict"] for theme in themes for vector in theme["vectors"])
    assert verdicts.total() >= 900
    assert verdicts.keys() == {"accept", "refuse", "cannot_tell", "no_verifier"}
