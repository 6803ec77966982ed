"""A service of PyJWT's documentation: an issuer's keys by `PyJWKClient`, or its secret."""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt


class Policy:
    """What one issuer's tokens have to be."""

    def __init__(self, issuer: dict[str, Any]) -> None:
        self.algorithm: str = issuer["algorithm"]
        self.origin: str = issuer["origin"]
        self.secret: str | None = None
        self.keys: jwt.PyJWKClient | None = None
        if "jwksUrl" in issuer:
            # A new key is looked for a second after the last fetch; by default, thirty.
            self.keys = jwt.PyJWKClient(issuer["jwksUrl"], cooldown_duration=1)
        else:
            self.secret = issuer["secrets"][0]

    def verify(self, token: str) -> dict[str, Any]:
        """The claims; `PyJWTError` for a bad token."""
        key = self.keys.get_signing_key_from_jwt(token) if self.keys else self.secret
        return jwt.decode(
            token,
            key,
            algorithms=[self.algorithm],
            issuer=self.origin,
            audience=self.origin,
            options={"require": ["exp", "sub"]},
        )


POLICIES = {
    f"/{path}/me": Policy(issuer) for path, issuer in json.loads(os.environ["ISSUERS"]).items()
}


class Handler(BaseHTTPRequestHandler):
    """Says who asks, or why not."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        policy = POLICIES.get(self.path)
        if policy is None:
            self.answer(404, {})
            return
        try:
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            self.answer(200, {"user_id": policy.verify(token)["sub"]})
        except jwt.PyJWTError as error:
            self.answer(401, {"refused": type(error).__name__})

    def answer(self, status: int, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
