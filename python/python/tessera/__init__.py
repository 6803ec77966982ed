"""Know whose request it is: the verifier of Better Auth's tokens, written in Rust.

`Verifier` accepts or refuses tokens. For FastAPI see `tessera.fastapi`, for Starlette and other ASGI
frameworks `tessera.asgi`, for session cookies `tessera.session`, for tests `tessera.testing`.
"""

from tessera._errors import (
    AuthServerUnavailable,
    KeysUnavailable,
    Refused,
    SessionRefused,
    TokenRefused,
)
from tessera._settings import Secret, Settings
from tessera._tessera import Answer, Claims, LiveKeys, Owner, Revocations
from tessera._verifier import Verifier

__all__ = [
    "Answer",
    "AuthServerUnavailable",
    "Claims",
    "KeysUnavailable",
    "LiveKeys",
    "Owner",
    "Refused",
    "Revocations",
    "Secret",
    "SessionRefused",
    "Settings",
    "TokenRefused",
    "Verifier",
]
