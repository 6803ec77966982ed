"""Bodies, read when the request has been let in.

A body that is declared as usual, `new: NewTask`, FastAPI reads before it asks any dependency: all of
it, whoever sent it. So here it is a dependency itself, the last of its handler.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from problems import Problem

Model = TypeVar("Model", bound=BaseModel)

LIMIT = 64 * 1024  # The largest task takes about 8 KiB.


def body(model: type[Model]) -> Callable[[Request], Coroutine[Any, Any, Model]]:
    async def read(request: Request) -> Model:
        types = request.headers.getlist("content-type")
        if [each.partition(";")[0].strip().lower() for each in types] != ["application/json"]:
            raise Problem("UNSUPPORTED_MEDIA_TYPE")
        content = b""
        try:
            async for chunk in request.stream():
                content += chunk
                if len(content) > LIMIT:
                    raise Problem("PAYLOAD_TOO_LARGE")
            given = from_json(content, allow_inf_nan=False)
            # To `from_json`, 1e999 is a number: infinity.
            json.loads(content, parse_int=finite, parse_float=finite)
        except ClientDisconnect:
            raise Problem("INCOMPLETE_BODY") from None
        except ValueError:
            raise Problem("INVALID_JSON") from None
        if not isinstance(given, dict):
            raise Problem("INVALID_JSON")
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from None

    return read


def finite(number: str) -> float:
    """What a double holds; other numbers are a `ValueError`, in whatever field they stand."""
    value = float(number)
    if math.isinf(value):
        raise ValueError("out of range")
    return value


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of such a body."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}
