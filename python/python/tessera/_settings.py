"""The settings of a verifier, and their types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, TypedDict, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from tessera._tessera import LiveKeys, Revocations


@dataclass(frozen=True, slots=True)
class Secret:
    """A shared secret for an algorithm other than HS256. It is not printed.

    Attributes:
        value: The very bytes, or text that stands for its UTF-8.
        algorithm: `HS256`, `HS384` or `HS512`.
    """

    value: str | bytes = field(repr=False)
    algorithm: str = "HS256"


class Settings(TypedDict, total=False):
    """The settings of a `Verifier` beside issuer and audience; README.md has a table of them."""

    secret: str | bytes | Secret | Sequence[str | bytes | Secret] | None
    jwks: str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]] | None
    jwks_file: str | PathLike[str] | None
    jwks_url: str | None
    danger_plain_http: bool
    keys: LiveKeys | None
    leeway: int
    max_token_bytes: int
    require: Iterable[str]
    cache: int
    revocations: Revocations | None
    clock: Callable[[], int] | None


def known(names: Iterable[str], further: Iterable[str]) -> None:
    """Names of settings, those of a `Verifier` or `further` ones.

    Raises:
        TypeError: One is not; the text begins with it.
    """
    settings = {"issuer", "audience", *Settings.__annotations__, *further}
    for name in names:
        if name not in settings:
            close = get_close_matches(name, settings, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            raise TypeError(f"{name}: is not a setting{meant}")


def text(name: str, value: object) -> str:
    """The value, which has to be text that UTF-8 can hold."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name}: the text has half a character in it") from None
    return value


def texts(name: str, value: object) -> list[str]:
    """One text, or several."""
    return [text(name, item) for item in several(name, value, str)]


def raw(name: str, value: object) -> bytes:
    """Bytes, or those of a text."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected str or bytes, not {type(value).__name__}")
    return text(name, value).encode()


def several(name: str, value: object, *one: type) -> list[object]:
    """The items of a sequence, or the one that stands for itself."""
    if isinstance(value, one):
        return [value]
    kind = type(value).__name__
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        expected = " or ".join(each.__name__ for each in one)
        raise TypeError(f"{name}: expected {expected} or several, not {kind}")
    return list(cast("Iterable[object]", value))


def path(name: str, value: object) -> str | None:
    """A path of the file system, or `None`."""
    if value is None:
        return None
    if not isinstance(value, (str, PathLike)):
        raise TypeError(f"{name}: expected str or a path, not {type(value).__name__}")
    return text(name, fspath(cast("str | PathLike[str]", value)))


def flag(name: str, value: object) -> bool:
    """`True` or `False`."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected bool, not {type(value).__name__}")
    return value


def number(name: str, value: object, maximum: int, minimum: int = 0) -> int:
    """A whole number from `minimum` to `maximum`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected int, not {type(value).__name__}")
    if not minimum <= value <= maximum:
        raise ValueError(f"{name}: expected a whole number from {minimum} to {maximum}")
    return value


def instance(name: str, value: object, kind: type) -> object:
    """A `kind`, or `None`."""
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{name}: expected {kind.__name__}, not {type(value).__name__}")
    return value


def changing_keys_stand_alone(settings: Mapping[str, object]) -> None:
    """Keys that change are the only ones: others beside them would never be asked."""
    sources = ("secret", "jwks", "jwks_file", "jwks_url", "keys")
    given = [name for name in sources if settings[name] not in (None, [])]
    for name in ("jwks_url", "keys"):
        if name in given and len(given) > 1:
            other = next(other for other in given if other != name)
            raise ValueError(f"{name}: give this or {other}, not both")


def secrets(given: object) -> list[tuple[bytes, str]]:
    """Secrets as bytes, each with its algorithm."""
    found: list[tuple[bytes, str]] = []
    for item in several("secret", given, str, bytes, Secret):
        value, algorithm = item, "HS256"
        if isinstance(item, Secret):
            value, algorithm = item.value, item.algorithm
        found.append((raw("secret", value), text("secret", algorithm)))
    return found


def key_sets(value: object) -> list[str]:
    """Key sets as JSON."""
    found: list[str] = []
    for item in several("jwks", value, str, Mapping):
        if isinstance(item, Mapping):
            try:
                found.append(json.dumps(dict(cast("Mapping[str, object]", item))))
            except TypeError as error:
                raise TypeError(f"jwks: {error}") from None
            except (ValueError, RecursionError) as error:
                raise ValueError(f"jwks: {error}") from None
        else:
            found.append(text("jwks", item))
    return found
