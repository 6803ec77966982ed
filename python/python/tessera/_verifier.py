"""A policy, and the one place where a request becomes a caller."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from tessera import _environment, _settings, _tessera
from tessera._errors import KeysUnavailable, Refused, exception_of
from tessera._fork import renew_after_fork
from tessera._tessera import LiveKeys, Refusal, Revocations

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from typing_extensions import Self, Unpack

    from tessera._settings import Secret, Settings
    from tessera._tessera import Claims

audit = logging.getLogger("tessera.audit")
log = logging.getLogger("tessera")

# Seconds from one look at a fetch to the next. The thread that fetches knows nothing of Python, so
# that no event loop, interpreter or fork can come in its way; hence it does not call back.
_LOOK = 0.005

# The longest that anybody waits for keys, in seconds: a fetch ends after 5.
_MAX_WAIT = 6.0

# The longest address of a client, in characters: what is longer is none, and is not logged whole.
_MAX_CLIENT = 45

_MAX_NOW = 2**64 - 1

_MAX_LEEWAY = 300
_MAX_CACHE = 1_000_000

# Hardly any token is shorter.
_MIN_TOKEN_BYTES = 256
_MAX_TOKEN_BYTES = 2**20


class Verifier:
    """The policy of a resource server: whose tokens it accepts, for whom, with which keys.

    It cannot be made without issuer, audience and keys, and there is no way to turn a check off. It is
    for any number of threads and event loops at once.

    Attributes:
        issuer: `iss` of every accepted token.
    """

    def __init__(
        self,
        issuer: str,
        audience: str | Sequence[str],
        *,
        secret: str | bytes | Secret | Sequence[str | bytes | Secret] | None = None,
        jwks: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] | None = None,
        jwks_file: str | os.PathLike[str] | None = None,
        jwks_url: str | None = None,
        danger_plain_http: bool = False,
        keys: LiveKeys | None = None,
        leeway: int = 5,
        max_token_bytes: int = 16 * 1024,
        require: Iterable[str] = (),
        cache: int = 0,
        revocations: Revocations | None = None,
        clock: Callable[[], int] | None = None,
    ) -> None:
        """Makes a verifier of one source of keys: `secret`, `jwks`, `jwks_file`, `jwks_url` or `keys`.

        Args:
            issuer: `iss` of every accepted token, byte for byte.
            audience: `aud` of an accepted token names this, or one of these.
            secret: What the issuer signs with, for HS256 at least 32 bytes; of several, any will do,
                which is how a secret is changed without signing anybody out.
            jwks: The issuer's published keys, as JSON or as read from JSON.
            jwks_file: A file of them, which is read now and not again.
            jwks_url: Where they are published: `https`, or `http` on this machine. They are fetched by
                a thread of their own when a token needs them.
            danger_plain_http: Allows `http` to other machines, where whoever is on the way can put in
                keys of their own.
            keys: Keys that somebody else replaces.
            leeway: Seconds by which clocks may differ, at most 300.
            max_token_bytes: The longest token that is looked at: from 256 bytes to 1 MiB.
            require: Claims that every accepted token has, beside `iss`, `aud`, `sub`, `iat`, `exp`.
            cache: Remembers so many verified tokens of key pairs, at most a million.
            revocations: Sessions that have ended.
            clock: Unix seconds, in place of the system's, for tests.

        Raises:
            ValueError: A setting is wrong, or the keys are missing; the text begins with its name.
            TypeError: A setting is of the wrong type.
        """
        if clock is not None and not callable(clock):
            raise TypeError(f"clock: expected a function, not {type(clock).__name__}")
        self._clock = clock
        self.issuer: Final = _settings.text("issuer", issuer)
        settings: dict[str, object] = {
            "issuer": self.issuer,
            "audience": _settings.texts("audience", audience),
            "secret": _settings.secrets(() if secret is None else secret),
            "jwks": _settings.key_sets(() if jwks is None else jwks),
            "jwks_file": _settings.path("jwks_file", jwks_file),
            "jwks_url": None if jwks_url is None else _settings.text("jwks_url", jwks_url),
            "danger_plain_http": _settings.flag("danger_plain_http", danger_plain_http),
            "keys": _settings.instance("keys", keys, LiveKeys),
            "leeway": _settings.number("leeway", leeway, _MAX_LEEWAY),
            "max_token_bytes": _settings.number(
                "max_token_bytes", max_token_bytes, _MAX_TOKEN_BYTES, _MIN_TOKEN_BYTES
            ),
            "require": _settings.texts("require", require),
            "cache": _settings.number("cache", cache, _MAX_CACHE),
            "revocations": _settings.instance("revocations", revocations, Revocations),
        }
        _settings.changing_keys_stand_alone(settings)
        self._is_remote = jwks_url is not None
        self._core = _tessera.Verifier(settings)
        # The watch over the fetch that is under way, for each event loop.
        self._watches: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}
        log_notices()
        renew_after_fork(self)

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, **settings: Unpack[Settings]
    ) -> Self:
        """Reads `TESSERA_JWT_ISSUER` and the others that README.md lists; `settings` come first.

        Raises:
            ValueError: A setting is missing or wrong; the text begins with its name.
        """
        return _environment.make(cls, _environment.of_verifier, environ, settings)

    def renew(self) -> None:
        """Forgets fetched and remembered things. A forked process does it by itself."""
        self._core = self._core.renewed()
        self._watches = {}

    def verify(self, token: str, *, now: int | None = None) -> Claims:
        """Accepts or refuses a token at `now`, in Unix seconds; without it, at this moment.

        With keys that are fetched, this does not wait for them: see `verify_async` and `probe`.

        Raises:
            TokenRefused: The token is bad.
            KeysUnavailable: Nothing can be said now.
        """
        return self._said(self._core.verify(token, self._now(now)))

    async def verify_async(self, token: str, *, now: int | None = None) -> Claims:
        """Like `verify`, and waits where the token's key is being fetched at this moment.

        The event loop goes on meanwhile, and a token of a known key does not wait at all.

        Raises:
            TokenRefused: The token is bad.
            KeysUnavailable: Nothing can be said now.
        """
        try:
            return self._said(self._core.verify(token, self._now(now)))
        except KeysUnavailable:
            await self._refreshed()
        return self._said(self._core.verify(token, self._now(now)))

    async def authenticate(self, scope: Mapping[str, Any]) -> Claims:
        """Whose request an ASGI scope is of.

        Nothing but the `Authorization` header is looked at. It waits as `verify_async` does. A refusal
        is logged here, once, to the logger `tessera.audit`, and without the token.

        Raises:
            TokenRefused: The token is bad, or there is not exactly one.
            KeysUnavailable: Nothing can be said now.
        """
        headers = scope["headers"]
        found = self._core.authenticate(headers, self._now(None))
        if isinstance(found, Refusal) and found.code == "keys_unavailable":
            await self._refreshed()
            found = self._core.authenticate(headers, self._now(None))
        try:
            return self._said(found)
        except Refused as refused:
            log_refusal("token_refused", refused.code, refused.user_id, scope, str(refused))
            raise

    def probe(self) -> None:
        """Fetches the keys now, in this thread, if they come from a URL.

        A service that does this as it starts shows a wrong URL to whoever starts it.

        Raises:
            KeysUnavailable: They could not be fetched; the text says why.
        """
        refusal = self._core.probe(self._now(None))
        log_notices()
        if refusal is not None:
            raise exception_of(refusal)

    def _said(self, found: Claims | Refusal) -> Claims:
        if self._is_remote:
            log_notices()
        if isinstance(found, Refusal):
            raise exception_of(found)
        return found

    def _now(self, now: int | None) -> int | None:
        if now is None and self._clock is not None:
            now = self._clock()
        # The one clock otherwise is that of the Rust half.
        return None if now is None else _settings.number("now", now, _MAX_NOW)

    async def _refreshed(self) -> None:
        """Waits until no keys are being fetched, as one of many who share the wait."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # Trio's loop cannot be waited with: the client is told to ask again.
        watch = self._watches.get(loop)
        if watch is None:
            watch = self._watches[loop] = loop.create_task(self._watch(loop))
        # Whoever goes away leaves the watch to the others.
        await asyncio.shield(watch)

    async def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        give_up = loop.time() + _MAX_WAIT
        try:
            while self._core.is_refreshing() and loop.time() < give_up:  # noqa: ASYNC110 see _LOOK
                await asyncio.sleep(_LOOK)
        finally:
            self._watches.pop(loop, None)


def log_refusal(
    event: str, reason: str, user: str | None, scope: Mapping[str, Any], message: str
) -> None:
    """Writes a line for whoever looks after the service; what is in it cannot break it."""
    client = (scope.get("client") or (None,))[0]
    client = client and str(client)[:_MAX_CLIENT]
    fields = {"event": event, "reason": reason, "user": user, "client": client}
    shown = ["-" if value is None else repr(value) for value in (user, client)]
    audit.warning(
        "%s reason=%s user=%s client=%s path=%r: %s",
        *(event, reason, *shown, scope["path"], message),
        extra=fields,
    )


def log_notices() -> None:
    """Hands what the Rust half has to tell the operator to whoever reads the log."""
    for notice in _tessera.notices():
        log.warning("%s", notice)
