"""A middleware for Starlette, Litestar, Django and whatever else speaks ASGI 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tessera._errors import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from tessera._tessera import Answer
    from tessera._verifier import Verifier

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

__all__ = ["TesseraMiddleware"]

POLICY_VIOLATION = 1008  # RFC 6455 section 7.4.1


class TesseraMiddleware:
    """Lets only callers through: everyone else is answered 401 or 503.

    The application finds its `Claims` as `caller` in the scope's `state`, which is `request.state.caller`
    in Starlette. A middleware for CORS goes outside: a browser asks for leave without a token.
    """

    def __init__(self, app: Application, verifier: Verifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or hands on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] not in {"http", "websocket"}:
            raise ValueError(f"no caller can be known for a scope of type {scope['type']!r}")
        try:
            caller = await self._verifier.authenticate(scope)
        except Refused as refused:
            await _answer(scope, send, refused.answer)
            return
        state = {**scope.get("state", {}), "caller": caller}
        await self._app({**scope, "state": state}, receive, send)


async def _answer(scope: Scope, send: Send, answer: Answer) -> None:
    if scope["type"] == "websocket":
        close = {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": answer.message}
        await send(close)
        return
    body = answer.body.encode()
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    headers.append((b"content-length", str(len(body)).encode()))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
