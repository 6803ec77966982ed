from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, final

__all__ = [
    "Answer",
    "Claims",
    "LiveKeys",
    "Owner",
    "Refusal",
    "Revocations",
    "SessionEndpoint",
    "SigningKey",
    "Verifier",
    "bearer_token",
    "notices",
]

@final
class Answer:
    """An answer over HTTP, in the terms of RFC 6750 section 3."""

    def __new__(
        cls,
        status: int,
        code: str,
        message: str,
        error: str | None = None,
        description: str = "",
    ) -> Answer: ...
    @property
    def status(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def body(self) -> str:
        """A JSON object of `message` and `code`."""
    @property
    def headers(self) -> list[tuple[str, str]]:
        """Names in lower case; `content-length` is left to whoever sends it."""
    @staticmethod
    def not_found() -> Answer:
        """404, the same for what is not there and for what is another user's."""

@final
class Refusal:
    """Why a token is not accepted: what the exceptions of the package are made of."""

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def answer(self) -> Answer: ...

@final
class Claims:
    """What an accepted token says. Only a verifier makes one; nothing in it changes."""

    @property
    def user_id(self) -> str:
        """`sub`: whose request it is."""
    @property
    def email(self) -> str | None: ...
    @property
    def session_id(self) -> str | None:
        """`sid`; never empty."""
    @property
    def issuer(self) -> str: ...
    @property
    def audience(self) -> str:
        """The expected audience that `aud` names."""
    @property
    def issued_at(self) -> int:
        """`iat`, in Unix seconds."""
    @property
    def expires_at(self) -> int:
        """`exp`, in Unix seconds."""
    @property
    def json(self) -> str:
        """The payload, as it was signed."""
    @property
    def claims(self) -> MappingProxyType[str, Any]:
        """The payload, read once."""
    def owner(self, user_id: str) -> Owner | None:
        """The owner of what belongs to `user_id`, if that is the caller."""

@final
class Owner:
    """A caller who asks for what is theirs. Only `Claims.owner` makes one."""

    @property
    def user_id(self) -> str: ...
    @property
    def caller(self) -> Claims: ...

@final
class LiveKeys:
    """Public keys in memory, which whoever knows better replaces while requests go on.

    While there are none, tokens are neither good nor bad: `KeysUnavailable`.
    """

    def __new__(cls) -> LiveKeys: ...
    def replace(self, jwks: str) -> None:
        """The next verification uses the keys of this set (JSON), and no others.

        Raises:
            ValueError: The text is no key set. The keys stay as they are.
        """
    def __len__(self) -> int: ...

@final
class Revocations:
    """Sessions whose tokens are refused although they have not expired. It lives in memory."""

    def __new__(cls) -> Revocations: ...
    def end(self, session_id: str, until: int) -> None:
        """Refuses the session's tokens from now on; `until` is the last one's `exp`."""
    def is_ended(self, session_id: str) -> bool: ...
    def __len__(self) -> int: ...

@final
class SigningKey:
    @staticmethod
    def hs256(secret: bytes) -> SigningKey: ...
    @staticmethod
    def generate(algorithm: str, kid: str) -> SigningKey: ...
    def sign(self, payload: bytes) -> str: ...
    def public_jwk(self) -> str | None: ...

@final
class SessionEndpoint:
    def __new__(cls, auth_url: str, danger_plain_http: bool) -> SessionEndpoint: ...
    def get(self, header: str, value: str, client: str | None) -> tuple[int, bytes]: ...

@final
class Verifier:
    def __new__(cls, settings: dict[str, object]) -> Verifier: ...
    def verify(self, token: str, now: int | None) -> Claims | Refusal: ...
    def authenticate(
        self, headers: Iterable[tuple[bytes, bytes]], now: int | None
    ) -> Claims | Refusal: ...
    def is_refreshing(self) -> bool: ...
    def probe(self, now: int | None) -> Refusal | None: ...
    def renewed(self) -> Verifier: ...

def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | Refusal: ...
def notices() -> list[str]:
    """What the operator should read, each notice once."""
