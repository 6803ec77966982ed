"""Origins, the unit of trust on the web."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

# What browsers and parsers read differently does not match: user names, backslashes, white space,
# hosts that are not plain ASCII.
_URL = re.compile(
    r"(https?)://"
    r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))"
    r"(?::([0-9]{1,5}))?"
    r"([/?#][!-\[\]-~]*)?",
    re.ASCII | re.IGNORECASE,
)

_USUAL_PORT = {"http": 80, "https": 443}

_MAX_PORT = 65_535


def split_origin(url: str) -> tuple[str, str]:
    """The origin of a website's URL, as browsers send it (RFC 6454 section 6.2), and what follows.

    Raises:
        ValueError: The URL has no origin; the text says nothing else.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError("no origin")
    scheme, address, name, digits, rest = match.groups()
    scheme = scheme.lower()
    host = f"[{IPv6Address(address)}]" if address else name.lower()
    port = int(digits) if digits else _USUAL_PORT[scheme]
    if port > _MAX_PORT:
        raise ValueError("no origin")
    is_usual = port == _USUAL_PORT[scheme]
    return f"{scheme}://{host}" + ("" if is_usual else f":{port}"), rest or ""
