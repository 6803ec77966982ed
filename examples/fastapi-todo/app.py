"""The task API: who may call, and the routes. README.md says how to run it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from tessera.fastapi import Owner, Tessera

from body import body, takes
from problems import HANDLERS, Problem
from schemas import Cursors, Done, Failure, Limits, NewTask, Task, TaskChange, TaskList
from tasks import Base, TaskRow, Tasks

auth = Tessera.from_env()

# An error of the database is logged, and what is in a task is not.
engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///tasks.db"), hide_parameters=True)
sessions = sessionmaker(engine, expire_on_commit=False)


async def tasks_of_owner(owner: Annotated[Owner, Depends(auth.owner)]) -> Tasks:
    return Tasks(sessions, owner)


async def id_in_path(text: Annotated[str, Path(alias="id")]) -> UUID:
    """What cannot be an id is no task. Of the forms that a UUID has, one is taken."""
    try:
        task_id = UUID(text)
    except ValueError:
        raise Problem("NOT_FOUND") from None
    if str(task_id) != text.lower():
        raise Problem("NOT_FOUND")
    return task_id


# Handlers take these in this order: each is asked when those before it have let the request pass.
Mine = Annotated[Tasks, Depends(tasks_of_owner)]
TaskId = Annotated[UUID, Depends(id_in_path)]

api = APIRouter(
    prefix="/api/{user_id}/tasks", tags=["Tasks"], responses={"4XX": {"model": Failure}}
)


@api.head("", response_model=TaskList, include_in_schema=False)
@api.get("", response_model=TaskList)
def list_tasks(tasks: Mine, limit: Limits = None, cursor: Cursors = None) -> dict[str, object]:
    """Newest first: all of them, or a page of `limit` and what follows it by `cursor`."""
    page, next_cursor = tasks.newest(limit[-1] if limit else None, cursor[-1] if cursor else None)
    return {"tasks": page, "next_cursor": next_cursor}


@api.post("", response_model=Task, status_code=201, openapi_extra=takes(NewTask))
def create_task(
    tasks: Mine, new: Annotated[NewTask, Depends(body(NewTask))], response: Response
) -> TaskRow:
    task = tasks.create(new.title, new.description)
    response.headers["location"] = f"/api/{quote(task.user_id, safe='')}/tasks/{task.id}"
    return task


@api.head("/{id}", response_model=Task, include_in_schema=False)
@api.get("/{id}", response_model=Task)
def get_task(tasks: Mine, task_id: TaskId) -> TaskRow:
    return found(tasks.find(task_id))


@api.put("/{id}", response_model=Task, openapi_extra=takes(TaskChange))
def change_task(
    tasks: Mine, task_id: TaskId, change: Annotated[TaskChange, Depends(body(TaskChange))]
) -> TaskRow:
    """Only the fields given change."""
    if not change.model_fields_set:
        raise Problem("NOTHING_TO_CHANGE")
    return found(tasks.change(task_id, **change.model_dump(exclude_unset=True)))


@api.delete("/{id}")
def delete_task(tasks: Mine, task_id: TaskId) -> Done:
    if not tasks.delete(task_id):
        raise Problem("NOT_FOUND")
    return Done(message="Task deleted")


@api.patch("/{id}/complete", response_model=Task)
def toggle_task(tasks: Mine, task_id: TaskId) -> TaskRow:
    """Completes it when it is open, reopens it when it is completed."""
    return found(tasks.toggle(task_id))


def found(task: TaskRow | None) -> TaskRow:
    if task is None:
        raise Problem("NOT_FOUND")
    return task


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    # An application that is here to stay takes Alembic.
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


HOST = r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])"
# As browsers write it: in lower case, without a path and without the port that is the scheme's own.
ORIGIN = re.compile(rf"http://{HOST}(?!:80$)(?::[0-9]+)?|https://{HOST}(?!:443$)(?::[0-9]+)?")


def exact_origins(text: str) -> list[str]:
    """Those whose pages may call, with commas between. A page of any other is not let in."""
    origins = [origin.strip() for origin in text.split(",") if origin.strip()]
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(
                "TESSERA_CORS_ORIGINS: name each origin as browsers do,"
                f" such as https://app.example.com; not {origin!r}"
            )
    return origins


app = FastAPI(
    title="Tasks",
    lifespan=lifespan,
    exception_handlers=HANDLERS,
    openapi_url="/api/openapi.json",
    redirect_slashes=False,
)
app.include_router(api)
app.add_middleware(
    CORSMiddleware,
    allow_origins=exact_origins(os.environ.get("TESSERA_CORS_ORIGINS", "http://localhost:3000")),
    allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
    allow_headers=["authorization", "content-type"],
    expose_headers=["location", "retry-after", "www-authenticate"],
)


@app.middleware("http")
async def keep_out_of_caches(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers["cache-control"] = "no-store"
    return response
