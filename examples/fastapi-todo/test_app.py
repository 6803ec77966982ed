"""Two people and their tasks. No server is needed: `tessera.testing` makes the tokens."""

from __future__ import annotations

import asyncio
import base64
import inspect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import Request
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import create_engine, event
from tessera.testing import NOW, TokenFactory, accepting

from app import api, app, auth, engine, exact_origins, sessions
from body import body
from problems import Problem
from schemas import NewTask
from tasks import Base

MISSING = "019e9d1c-6d40-7cc3-98c4-dc0c0c07398f"

# Every route that names a task: method, what follows the id, body.
ROUTES = [
    ("GET", "", None),
    ("PUT", "", {"title": "taken over"}),
    ("DELETE", "", None),
    ("PATCH", "/complete", None),
]

tokens = TokenFactory.hs256()


class Person:
    """Somebody with a token."""

    def __init__(self, client: TestClient, name: str) -> None:
        self.client = client
        self.tasks = f"/api/{name}/tasks"
        self.headers = tokens.headers(name)

    def ask(self, method: str, path: str, json: Any = None) -> Response:
        return self.client.request(method, path, json=json, headers=self.headers)

    def add(self, title: str, **fields: Any) -> Any:
        added = self.ask("POST", self.tasks, {"title": title, **fields})
        assert added.status_code == 201
        assert added.headers["location"] == f"{self.tasks}/{added.json()['id']}"
        return added.json()

    def all(self) -> Any:
        return self.ask("GET", self.tasks).json()["tasks"]


@pytest.fixture
def client() -> Iterator[TestClient]:
    Base.metadata.drop_all(engine)
    with TestClient(app) as client, accepting(auth, tokens):
        yield client


@pytest.fixture
def ada(client: TestClient) -> Person:
    return Person(client, "ada")


@pytest.fixture
def ben(client: TestClient) -> Person:
    return Person(client, "ben")


def test_k1_the_life_of_a_task(ada: Person) -> None:
    task = ada.add(" Buy milk ", description="The oat one")
    path = f"{ada.tasks}/{task['id']}"
    assert task["created_at"] == task["updated_at"]
    assert task == {
        "id": task["id"],
        "user_id": "ada",
        "title": "Buy milk",
        "description": "The oat one",
        "completed": False,
        "created_at": task["created_at"],
        "updated_at": task["created_at"],
    }
    assert ada.ask("GET", path).json() == task

    changed = ada.ask("PUT", path, {"description": None}).json()
    assert changed == {**task, "description": None, "updated_at": changed["updated_at"]}
    toggled = ada.ask("PATCH", f"{path}/complete").json()
    assert toggled == {**changed, "completed": True, "updated_at": toggled["updated_at"]}
    assert ada.all() == [toggled]

    assert ada.ask("DELETE", path).json() == {"message": "Task deleted"}
    assert ada.all() == []


def test_v1_whoever_sends_no_good_token_is_told_nothing_else(ada: Person) -> None:
    path = f"{ada.tasks}/{ada.add('hers')['id']}"
    asked = [(method, path + rest) for method, rest, _ in ROUTES]
    asked += [("POST", ada.tasks), ("GET", f"{ada.tasks}?limit=x"), ("PUT", f"{ada.tasks}/no-id")]
    for headers in ({}, tokens.headers("ada", exp=NOW - 60), tokens.headers("ada", aud="other")):
        for method, path in asked:
            refused = ada.client.request(method, path, content=b"{", headers=headers)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")


def test_v2_a_foreign_task_is_the_same_bytes(ada: Person, ben: Person) -> None:
    hers, his = ada.add("hers"), ben.add("his")
    missing = ben.ask("GET", f"{ben.tasks}/{MISSING}")
    assert missing.content == b'{"message":"Not found","code":"NOT_FOUND"}'
    for path in (
        f"{ben.tasks}/{hers['id']}",
        f"{ben.tasks}/{hers['id'].upper()}",
        f"{ben.tasks}/{hers['id'].replace('-', '')}",
        f"{ben.tasks}/no-id",
        f"{ben.tasks}/%00",
        f"{ada.tasks}/{hers['id']}",
        f"{ada.tasks}/{his['id']}",
        f"{ada.tasks}/{MISSING}",
        f"/api/Ben/tasks/{his['id']}",
        f"/api/ben%20/tasks/{his['id']}",
    ):
        for method, rest, json in ROUTES:
            foreign = ben.ask(method, path + rest, json)
            assert foreign.status_code == 404
            assert (foreign.content, foreign.headers) == (missing.content, missing.headers)
    assert ben.ask("GET", ada.tasks).content == missing.content
    assert ben.ask("POST", ada.tasks, {"title": "planted"}).content == missing.content
    assert (ada.all(), ben.all()) == ([hers], [his])


def test_v2_every_statement_asks_for_the_owner(ada: Person) -> None:
    statements: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def remember(*arguments: Any) -> None:
        statements.append(arguments[2])

    path = f"{ada.tasks}/{ada.add('one')['id']}"
    for method, rest, json in ROUTES:
        ada.ask(method, path + rest, json)
    ada.all()
    ada.ask("GET", f"{ada.tasks}?limit=1")
    event.remove(engine, "before_cursor_execute", remember)
    inserted, *others = statements
    assert inserted.startswith("INSERT INTO task (id, user_id,")
    assert len(others) == 6
    assert [sql for sql in others if "WHERE task.user_id = ?" not in sql] == []


def test_k3_pages_follow_each_other_while_tasks_come_and_go(ada: Person) -> None:
    *older, last = [ada.add(str(number)) for number in range(5)]
    page = ada.ask("GET", f"{ada.tasks}?limit=2").json()
    assert page["tasks"] == [last, older[3]]
    ada.ask("DELETE", f"{ada.tasks}/{older[3]['id']}")
    ada.add("newer")
    page = ada.ask("GET", f"{ada.tasks}?limit=2&cursor={page['next_cursor']}").json()
    assert page["tasks"] == [older[2], older[1]]
    page = ada.ask("GET", f"{ada.tasks}?limit=2&cursor={page['next_cursor']}").json()
    assert page == {"tasks": [older[0]], "next_cursor": None}


def test_k3_a_cursor_is_what_a_list_gave_and_nothing_like_it(ada: Person) -> None:
    def encoded(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    time = "2026-11-21T21:00:00.000000"

    def status(cursor: str) -> int:
        return ada.ask("GET", f"{ada.tasks}?cursor={quote(cursor)}").status_code

    good = encoded(f"{time} {MISSING}")
    assert status(good) == 200
    for cursor in (
        f"{good}=",
        f"{good}!",
        f"{good[:9]}\n{good[9:]}",
        encoded(f"{time} urn:uuid:{MISSING}"),
        encoded(f"{time} {MISSING.upper()}"),
        encoded(f"{time} {MISSING.replace('-', '')}"),
        encoded(f"2026-11-21T21:00:00.0 {MISSING}"),
        encoded(f"\uff12\uff10\uff12\uff16-11-21T21:00:00.000000 {MISSING}"),
        encoded(f"0001-01-01T00:00:00.000000 {MISSING}"),
    ):
        assert status(cursor) == 400


def test_a_body_that_breaks_off_is_no_error() -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    headers = [(b"content-type", b"application/json")]
    with pytest.raises(Problem) as problem:
        asyncio.run(body(NewTask)(Request({"type": "http", "headers": headers}, receive)))
    assert problem.value.code == "INCOMPLETE_BODY"


def test_no_handler_waits_for_the_database_on_the_event_loop() -> None:
    handlers = [route.endpoint for route in api.routes if isinstance(route, APIRoute)]
    assert len(handlers) == 8
    assert not any(map(inspect.iscoroutinefunction, handlers))


def test_fifty_clicks_at_once_are_fifty(ada: Person) -> None:
    path = f"{ada.tasks}/{ada.add('one')['id']}/complete"
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: ada.ask("PATCH", path), range(50)))
    assert [answer.json()["completed"] for answer in answers].count(True) == 25


def test_v5_a_database_that_is_gone_is_503(
    ada: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = create_engine(f"sqlite:///{tmp_path / 'no folder' / 'tasks.db'}")
    monkeypatch.setitem(sessions.kw, "bind", nowhere)
    away = ada.ask("GET", ada.tasks)
    assert (away.status_code, away.json()["code"]) == (503, "UNAVAILABLE")
    assert away.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://app.test", "https://app.test"), ("https://app.test.evil.test", None)],
)
def test_only_the_web_app_may_call(client: TestClient, origin: str, allowed: str | None) -> None:
    asked = {
        "origin": origin,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization,content-type",
    }
    preflight = client.options(f"/api/ada/tasks/{MISSING}/complete", headers=asked)
    answer = client.get("/api/ada/tasks", headers={"origin": origin, **tokens.headers("ada")})
    for response in (preflight, answer):
        assert response.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in response.headers


def test_origins_are_named_exactly() -> None:
    origins = exact_origins(" https://app.test,,http://localhost:3000 ,")
    assert origins == ["https://app.test", "http://localhost:3000"]
    assert exact_origins("") == []
    assert exact_origins("http://[::1]:8080,https://app.test:80") == [
        "http://[::1]:8080",
        "https://app.test:80",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "null",
        "app.test",
        "https://",
        "https://*",
        "https://*.app.test",
        "https://app.test/",
        "https://app.test?x",
        "https://app.test#x",
        "https://ada@app.test",
        "http://localhost:*",
        "https://app.test:443",
        "http://app.test:80",
        "https://App.test",
        "myapp://app",
    ],
)
def test_what_no_browser_sends_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match="name each origin"):
        exact_origins(f"https://app.test, {text}")
