"""Tokens for the tests of a service: no server, no clock, no key files.

    tokens = TokenFactory.hs256()
    with accepting(auth, tokens):
        client.get("/api/me", headers=tokens.headers("ada"))

The tokens are of the time `NOW`. They are good for what `accepting` and `TokenFactory.verifier` make, and
for no verifier at the system's time.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tessera._tessera import SigningKey
from tessera._verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Generator

    from typing_extensions import Self, Unpack

    from tessera._settings import Settings
    from tessera.fastapi import Tessera

__all__ = ["AUDIENCE", "ISSUER", "NOW", "SECRET", "TokenFactory", "accepting"]

NOW = 1_800_000_000
"""What time it is in tests, in Unix seconds."""

ISSUER = "https://issuer.test"
AUDIENCE = "https://service.test"

SECRET = "a secret for tests that everybody knows"  # noqa: S105 so it says
"""What `TokenFactory.hs256` signs with."""

_LIFETIME = 900


class TokenFactory:
    """Signs tokens with one key, and makes what accepts them."""

    def __init__(self, key: SigningKey, secret: str | None) -> None:
        self._key = key
        self._secret = secret

    @classmethod
    def hs256(cls) -> Self:
        """Signs with a shared secret, the same in every factory."""
        return cls(SigningKey.hs256(SECRET.encode()), SECRET)

    @classmethod
    def eddsa(cls) -> Self:
        """Signs with a new Ed25519 key."""
        return cls.generate("EdDSA")

    @classmethod
    def generate(cls, algorithm: str, kid: str = "test") -> Self:
        """Signs with a new key pair for the algorithm, such as `ES256`."""
        return cls(SigningKey.generate(algorithm, kid), None)

    def token(self, user_id: str, **claims: Any) -> str:  # noqa: ANN401 any JSON
        """A token of this user. A claim of `claims` replaces the usual one; `None` leaves it out."""
        usual = {
            "iat": NOW,
            "exp": NOW + _LIFETIME,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "user_id": user_id,
            "email": f"{user_id}@example.com",
            "sid": f"session-of-{user_id}",
        }
        chosen = {name: value for name, value in (usual | claims).items() if value is not None}
        return self.sign(json.dumps(chosen).encode())

    def sign(self, payload: bytes) -> str:
        """Signs any payload."""
        return self._key.sign(payload)

    def headers(self, user_id: str, **claims: Any) -> dict[str, str]:  # noqa: ANN401
        """The headers of a request by this user."""
        return {"Authorization": f"Bearer {self.token(user_id, **claims)}"}

    @property
    def jwks(self) -> dict[str, Any]:
        """The keys as an issuer publishes them; none for a shared secret."""
        key = self._key.public_jwk()
        return {"keys": [] if key is None else [json.loads(key)]}

    def verifier(self, **settings: Unpack[Settings]) -> Verifier:
        """Accepts the tokens at `NOW`, unless `settings` narrow it down."""
        usual: Settings = {"clock": lambda: NOW}
        if not settings.keys() & {"jwks", "jwks_file", "jwks_url", "keys", "secret"}:
            if self._secret is None:
                usual["jwks"] = self.jwks
            else:
                usual["secret"] = self._secret
        return Verifier(ISSUER, AUDIENCE, **(usual | settings))


@contextmanager
def accepting(auth: Tessera, tokens: TokenFactory) -> Generator[None]:
    """Makes an application's dependencies accept these tokens, and no others, for the time being."""
    before = auth.verifier
    auth.verifier = tokens.verifier()
    try:
        yield
    finally:
        auth.verifier = before
