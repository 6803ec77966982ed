"""Why a request is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tessera._tessera import Answer, Refusal


class Refused(Exception):
    """Raised where a request is refused.

    Attributes:
        code: A stable name of why, for logs and tests.
        message: Why, for whoever reads the log; `str()` of the exception.
        user_id: Whose token it was, where its signature was good.
        answer: What the client is told.
    """

    def __init__(self, code: str, message: str, user_id: str | None, answer: Answer) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.user_id = user_id
        self.answer = answer


class TokenRefused(Refused):
    """The token is bad, or there is none: 401."""


class KeysUnavailable(Refused):
    """There are no keys now to verify a token with: 503."""


class SessionRefused(Refused):
    """The session is bad, or there is none: 401; or another site sent the request: 403."""


class AuthServerUnavailable(Refused):
    """The auth server cannot be asked about a session now: 503."""


def exception_of(refusal: Refusal) -> TokenRefused | KeysUnavailable:
    """The exception that says the same."""
    kind = KeysUnavailable if refusal.code == "keys_unavailable" else TokenRefused
    return kind(refusal.code, refusal.message, refusal.user_id, refusal.answer)
