"""Every way in which a request fails, beside those that `tessera` answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

log = logging.getLogger(__name__)

PROBLEMS = {
    "INVALID_JSON": (400, "The body is not a JSON object"),
    "INCOMPLETE_BODY": (400, "The body is not complete"),
    "VALIDATION_ERROR": (400, "Some fields are not valid"),
    "NOTHING_TO_CHANGE": (400, "Give at least one of title, description and completed"),
    "NOT_FOUND": (404, "Not found"),
    "METHOD_NOT_ALLOWED": (405, "This path does not take this method"),
    "PAYLOAD_TOO_LARGE": (413, "The body is larger than 64 KiB"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The content type must be application/json"),
    "INTERNAL_ERROR": (500, "Something went wrong"),
    "UNAVAILABLE": (503, "Tasks cannot be reached right now. Please try again."),
}

# The others are in schemas.py.
REASONS = {"missing": "is required", "extra_forbidden": "is not a field of this request"}


class Problem(Exception):
    """One of the above."""

    def __init__(self, code: str) -> None:
        self.code = code


def answer(code: str, fields: dict[str, str] | None = None) -> JSONResponse:
    status, message = PROBLEMS[code]
    content: dict[str, object] = {"message": message, "code": code}
    if fields is not None:
        content["fields"] = fields
    return JSONResponse(content, status, {"retry-after": "1"} if status == 503 else None)


async def problem(_: Request, error: Problem) -> JSONResponse:
    return answer(error.code)


async def not_valid(_: Request, error: RequestValidationError) -> JSONResponse:
    fields = {}
    for found in error.errors():
        # What follows the name of a parameter is a number: which of several it was.
        name = next(part for part in reversed(found["loc"]) if isinstance(part, str))
        fields[name] = REASONS.get(found["type"]) or str(found["ctx"]["error"])
    return answer("VALIDATION_ERROR", fields)


async def database_failed(_: Request, error: SQLAlchemyError) -> JSONResponse:
    log.error("the task database failed: %s", error)
    is_away = isinstance(error, OperationalError | NoConnection)
    return answer("UNAVAILABLE" if is_away else "INTERNAL_ERROR")


async def not_found(_: Request, __: Exception) -> JSONResponse:
    return answer("NOT_FOUND")


async def method_not_allowed(_: Request, __: Exception) -> JSONResponse:
    return answer("METHOD_NOT_ALLOWED")


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    Problem: problem,
    RequestValidationError: not_valid,
    SQLAlchemyError: database_failed,
    404: not_found,
    405: method_not_allowed,
}
