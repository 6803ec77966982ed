"""Settings from the environment, under the names that `tessera serve` has for them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tessera._origin import split_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    # Settings, each with its name in the environment and its value.
    Found = dict[str, tuple[str, object]]

T = TypeVar("T")

_BASE_URL = "BETTER_AUTH_URL"
# As the server has it: no segment is empty, `.` or `..`.
_BASE_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*")
_SECRET = "TESSERA_JWT_SECRET"  # noqa: S105 a name
_SECRETS = "TESSERA_JWT_SECRETS"
_JWKS_URL = "TESSERA_JWKS_URL"
_JWKS_FILE = "TESSERA_JWKS_FILE"
_TRUSTED_ORIGINS = "TESSERA_TRUSTED_ORIGINS"

# Each is a source of keys, and a verifier has one.
_KEYS = (_SECRET, f"{_SECRET}_FILE", _SECRETS, f"{_SECRETS}_FILE", _JWKS_URL, _JWKS_FILE)


def make(
    create: Callable[..., T],
    find: Callable[[Mapping[str, str], Mapping[str, object]], Found],
    environ: Mapping[str, str] | None,
    given: Mapping[str, object],
) -> T:
    """Calls `create` with the settings that `find` finds, and with those that are `given` instead.

    Raises:
        ValueError: A setting is missing or wrong; it is called as the environment calls it.
    """
    environ = os.environ if environ is None else environ
    # What is empty is not set: so compose files leave out what they have no value for.
    environ = {name: value for name, value in environ.items() if value}
    found = find(environ, given)
    settings = {setting: value for setting, (_, value) in found.items()}
    try:
        return create(**{**settings, **given})
    except ValueError as error:
        setting, _, problem = str(error).partition(": ")
        if setting in given or setting not in found:
            raise
        raise ValueError(f"{found[setting][0]}: {problem}") from None


def of_verifier(environ: Mapping[str, str], given: Mapping[str, object]) -> Found:
    """Issuer, audience and keys."""
    found: Found = {}
    origin, _ = _base_url(environ)
    for setting, name in (("issuer", "TESSERA_JWT_ISSUER"), ("audience", "TESSERA_JWT_AUDIENCE")):
        if name in environ:
            found[setting] = (name, environ[name])
        elif origin is not None:
            found[setting] = (_BASE_URL, origin)
        elif setting not in given:
            raise ValueError(f"{name}: set this, or {_BASE_URL}")
    if not given.keys() & {"secret", "jwks", "jwks_file", "jwks_url", "keys"}:
        setting, name, value = _keys(environ)
        found[setting] = (name, value)
    return found


def of_sessions(environ: Mapping[str, str], given: Mapping[str, object]) -> Found:
    """Whom to ask about sessions, and whose pages may change something."""
    found: Found = {}
    _, auth_url = _base_url(environ)
    if auth_url is not None:
        found["auth_url"] = (_BASE_URL, auth_url)
    elif "auth_url" not in given:
        raise ValueError(f"auth_url: set this, or {_BASE_URL}, to say whom to ask about sessions")
    if _TRUSTED_ORIGINS in environ:
        origins = [origin.strip() for origin in environ[_TRUSTED_ORIGINS].split(",")]
        found["trusted_origins"] = (_TRUSTED_ORIGINS, [origin for origin in origins if origin])
    return found


def _base_url(environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The auth server's origin (RFC 6454 section 6.2), and the URL that its routes are under."""
    base_url = environ.get(_BASE_URL)
    if base_url is None:
        return None, None
    try:
        origin, path = split_origin(base_url)
    except ValueError:
        problem = "it has to look like https://host or https://host:port"
        raise ValueError(f"{_BASE_URL}: {problem}") from None
    path = path.rstrip("/")
    if _BASE_PATH.fullmatch(path) is None:
        problem = "the path may hold letters, digits, - . _ ~ and single slashes"
        raise ValueError(f"{_BASE_URL}: {problem}")
    return origin, origin + (path or "/api/auth")


def _keys(environ: Mapping[str, str]) -> tuple[str, str, object]:
    """The source of keys: the setting, its name, its value."""
    names = [name for name in _KEYS if name in environ]
    if not names:
        raise ValueError(f"{_SECRET}: set this, or {_JWKS_URL}, or {_JWKS_FILE}")
    if len(names) > 1:
        raise ValueError(f"{names[1]}: set either this or {names[0]}, not both")
    name = names[0]
    value = environ[name]
    if name == _JWKS_URL:
        return "jwks_url", name, value
    if name == _JWKS_FILE:
        return "jwks_file", name, value
    if name.endswith("_FILE"):
        try:
            # Without the line end that editors leave.
            value = Path(value).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            raise ValueError(f"{name}: cannot be read: {error}") from None
    if name.startswith(_SECRETS):
        return "secret", name, [secret.strip() for secret in value.split(",")]
    return "secret", name, value
