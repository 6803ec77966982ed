"""What clients send, and what they get.

What is wrong with a field is said in words for the person who typed it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator, WithJsonSchema

from tasks import Cursor

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CONTROL_BUT_LINES_AND_TABS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# To str.strip() these are spaces, and to nobody else: Unicode does not list them as White_Space.
NO_SPACES = re.compile(r"[\x1c-\x1f]")


def title(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    text = value.strip()
    if CONTROL.search(text) or NO_SPACES.search(value):
        raise ValueError("must not contain control characters")
    if not 1 <= len(text) <= 200:
        raise ValueError("must be 1 to 200 characters")
    return text


def description(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("must be text or null")
    if CONTROL_BUT_LINES_AND_TABS.search(value):
        raise ValueError("must not contain control characters other than line breaks and tabs")
    if len(value) > 1000:
        raise ValueError("must be at most 1000 characters")
    return value if value.strip() else None


def completed(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def limit(value: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", value) or not 1 <= int(value) <= 200:
        raise ValueError("must be a whole number from 1 to 200")
    return int(value)


def cursor(value: str) -> str:
    try:
        Cursor.parse(value)
    except ValueError:
        raise ValueError("must be a next_cursor of this list") from None
    return value


def json_schema(**schema: object) -> WithJsonSchema:
    return WithJsonSchema(dict(schema))


Title = Annotated[
    str, PlainValidator(title), json_schema(type="string", minLength=1, maxLength=200)
]
Description = Annotated[
    str | None, PlainValidator(description), json_schema(type=["string", "null"], maxLength=1000)
]
Completed = Annotated[bool, PlainValidator(completed), json_schema(type="boolean")]

# One is meant. Of several each has to be good, and the last counts.
Limits = Annotated[
    list[Annotated[int, PlainValidator(limit)]] | None,
    Query(),
    json_schema(type="integer", minimum=1, maximum=200),
]
Cursors = Annotated[
    list[Annotated[str, PlainValidator(cursor)]] | None, Query(), json_schema(type="string")
]

# ISO 8601, UTC, milliseconds.
Time = Annotated[
    datetime,
    PlainSerializer(lambda time: f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"),
]


class NewTask(BaseModel):
    """What is needed to make a task."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    description: Description = None


class TaskChange(BaseModel):
    """What to change in a task; what is absent stays. At least one member is given."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

    # The defaults are never seen: only what is given counts.
    title: Title = Field(default="")
    description: Description = None
    completed: Completed = False


class Task(BaseModel):
    """A task as its owner sees it."""

    id: UUID
    user_id: str
    title: str
    description: str | None
    completed: bool
    created_at: Time
    updated_at: Time


class TaskList(BaseModel):
    """A list of tasks, newest first."""

    tasks: list[Task]
    next_cursor: str | None


class Done(BaseModel):
    """What was done."""

    message: str


class Failure(BaseModel):
    """What went wrong, for people and for programs."""

    message: str
    code: str
    fields: dict[str, str] | None = None
