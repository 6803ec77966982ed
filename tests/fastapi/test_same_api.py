"""`examples/fastapi-todo` and `tessera serve --only api` answer alike: ids, times and cursors aside."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest

from servers import JWT_SECRET, ROOT, Server, example, tessera

ISSUER = "https://auth.test"
MISSING = "019e9d1c-6d40-7cc3-98c4-dc0c0c07398f"
TIME = re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"')
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

JSON = "application/json"
COMPARED = ("content-type", "location", "www-authenticate", "retry-after")


def token(user_id: str, **claims: Any) -> str:
    now = int(time.time())
    usual = {"sub": user_id, "user_id": user_id, "email": f"{user_id}@example.com", "sid": "s"}
    times = {"iat": now, "exp": now + 900, "iss": ISSUER, "aud": ISSUER}
    return jwt.encode(usual | times | claims, JWT_SECRET, "HS256")


TOKENS = {
    "ada": token("ada"),
    "ben": token("ben"),
    "expired": token("ada", exp=int(time.time()) - 60),
    "elsewhere": token("ada", aud="https://elsewhere.test"),
    "forged": jwt.encode({"sub": "ada"}, "some other secret of 32 bytes or more", "HS256"),
    "none": jwt.encode({"sub": "ada"}, "", "none"),
}


@dataclass
class Api:
    """One of the two, and the ids that it gave to tasks."""

    server: Server
    ids: list[str] = field(default_factory=list)
    cursor: str = ""

    def ask(
        self, who: str | None, method: str, path: str, body: bytes | None, types: list[str]
    ) -> Any:
        """The answer as it would be if this API called the first task `task-0`."""
        headers = [("content-type", each) for each in types]
        if who is not None:
            headers.append(("authorization", f"Bearer {TOKENS[who]}"))
        path = path.format(*self.ids, upper=[each.upper() for each in self.ids], cursor=self.cursor)
        response = self.server.ask(method, path, headers, body)
        # An answer to HEAD is all of GET's but the content.
        content: Any = None if method == "HEAD" else response.json()
        if response.status < 300:
            assert response.headers["cache-control"] == "no-store"
        if response.status == 201:
            self.ids.append(content["id"])
        if content is not None:
            self.cursor = content.get("next_cursor") or self.cursor
        found = {name: response.headers.get(name) for name in COMPARED}
        text = json.dumps([response.status, found, content])
        for number, task_id in enumerate(self.ids):
            text = text.replace(task_id, f"task-{number}")
        assert UUID.search(text) is None, "ids are UUIDs, and all are known"
        if self.cursor:
            text = text.replace(self.cursor, "CURSOR")
        return json.loads(TIME.sub('"TIME"', text))


@dataclass
class Both:
    ours: Api
    example: Api

    def ask(
        self,
        who: str | None,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        types: list[str] | None = None,
    ) -> Any:
        """What both answer: status, headers, content."""
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        if types is None:
            types = [] if body is None else [JSON]
        ours = self.ours.ask(who, method, path, body, types)
        assert self.example.ask(who, method, path, body, types) == ours
        return ours


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    settings = {"BETTER_AUTH_URL": ISSUER, "TESSERA_JWT_SECRET": JWT_SECRET}
    with tessera(TESSERA_ONLY="api", **settings) as ours, example(**settings) as theirs:
        yield ours, theirs


@pytest.fixture
def both(servers: tuple[Server, Server]) -> Iterator[Both]:
    both = Both(*map(Api, servers))
    yield both
    for api in (both.ours, both.example):
        for who in ("ada", "ben"):
            for number in range(len(api.ids)):
                api.ask(who, "DELETE", f"/api/{who}/tasks/{{{number}}}", None, [])


def test_k1_the_life_of_a_task(both: Both) -> None:
    status, headers, task = both.ask("ada", "POST", "/api/ada/tasks", {"title": " Buy milk "})
    assert (status, headers["location"]) == (201, "/api/ada/tasks/task-0")
    assert task["created_at"] == "TIME"
    for body in (
        {"description": " kept\n\tas given "},
        {"completed": True},
        {"title": "two", "description": None, "completed": False},
        {"description": "again"},
        {"description": " \n "},
        {"title": "🧀" * 200},
    ):
        assert both.ask("ada", "PUT", "/api/ada/tasks/{0}", body)[0] == 200
    for _ in range(3):
        both.ask("ada", "PATCH", "/api/ada/tasks/{0}/complete")
    both.ask("ada", "PATCH", "/api/ada/tasks/{0}/complete", b"not json", ["text/plain"])
    both.ask("ada", "GET", "/api/ada/tasks/{0}")
    assert len(both.ask("ada", "GET", "/api/ada/tasks")[2]["tasks"]) == 1
    assert both.ask("ada", "DELETE", "/api/ada/tasks/{0}")[0] == 200
    for method in ("GET", "DELETE"):
        assert both.ask("ada", method, "/api/ada/tasks/{0}")[0] == 404


@pytest.mark.parametrize("who", [None, "expired", "elsewhere", "forged", "none"])
def test_v1_who_is_nobody(both: Both, who: str | None) -> None:
    both.ask("ada", "POST", "/api/ada/tasks", {"title": "hers"})
    for method, path, body in (
        ("GET", "/api/ada/tasks?limit=x", None),
        ("POST", "/api/ada/tasks", b"not json"),
        ("GET", "/api/ada/tasks/{0}", None),
        ("PUT", "/api/ada/tasks/no-id", b"not json"),
        ("DELETE", "/api/ada/tasks/{0}", None),
        ("PATCH", "/api/ada/tasks/{0}/complete", None),
    ):
        assert both.ask(who, method, path, body)[0] == 401


def test_v2_a_foreign_task_is_none(both: Both) -> None:
    both.ask("ada", "POST", "/api/ada/tasks", {"title": "hers"})
    both.ask("ben", "POST", "/api/ben/tasks", {"title": "his"})
    missing = both.ask("ben", "GET", f"/api/ben/tasks/{MISSING}")
    assert missing[0] == 404
    for path in (
        "/api/ben/tasks/{0}",
        "/api/ada/tasks/{0}",
        "/api/ada/tasks/{1}",
        "/api/ben/tasks/no-id",
        "/api/ben/tasks/%00",
        "/api/ben/tasks/%ff",
        "/api/ben/tasks/{1}%20",
        "/api/ben/tasks/%7B{1}%7D",
        f"/api/ben/tasks/{MISSING.replace('-', '')}",
        f"/api/ben/tasks/{MISSING[:7]}-{MISSING[7:]}",
        "/api/BEN/tasks/{1}",
        "/api/ben%00/tasks/{1}",
        "/api/%FF/tasks/{1}",
    ):
        for method, rest, body in (
            ("GET", "", None),
            ("PUT", "", {"title": "taken over"}),
            ("DELETE", "", None),
            ("PATCH", "/complete", None),
        ):
            assert both.ask("ben", method, path + rest, body) == missing
    assert both.ask("ben", "POST", "/api/ada/tasks", {"title": "planted"}) == missing
    assert both.ask("ben", "GET", "/api/ada/tasks?limit=x") == missing
    assert both.ask("ada", "GET", "/api/ada/tasks")[2]["tasks"][0]["title"] == "hers"
    assert both.ask("ben", "GET", "/api/ben/tasks/{upper[1]}")[2]["title"] == "his"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": " \u2003\n "},
        {"title": "x" * 201},
        {"title": "🧀" * 201},
        {"title": "t", "description": "x" * 1001},
        {"title": None},
        {"title": "a\0b", "description": "a\x07b"},
        {"title": "a\x9fb"},
        *({"title": f"{separator}a"} for separator in "\x1c\x1d\x1e\x1f"),
        {"title": "a\x1f\n", "description": "\x1e"},
        {"title": 7, "description": ["x"], "titel": "x", "user_id": "someone", "id": 1},
        {"completed": True, "done": True},
        {"title": " ", "completed": 1, "description": False, "done": True},
        {"title": None, "completed": None, "user_id": "someone"},
        {"completed": "true"},
        b"",
        b"{",
        b"null",
        b"[]",
        b'"title"',
        b'{"title": "x"} x',
        b"{'title': 'x'}",
        b'{"title": "\\ud800"}',
        b'{"title": "\xff"}',
        b'\xef\xbb\xbf{"title": "x"}',
        b'{"title": NaN}',
        b'{"title": 1e999}',
        b'{"title": "x", "completed": [-1e999]}',
        b'{"title": "x", "more": ' + b"9" * 400 + b"}",
        b'{"title": "x", "more": ' + b"9" * 300 + b"}",
        b'{"title": "x", "more": 1e-999}',
        b'{"title": "a\nb"}',
        b'{"title": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"title": "' + b"x" * (64 * 1024 - 13) + b'"}',
        b'{"title": "' + b"x" * (64 * 1024 - 12) + b'"}',
    ],
)
def test_k2_what_is_wrong_is_said_in_the_same_words(both: Both, body: Any) -> None:
    both.ask("ada", "POST", "/api/ada/tasks", {"title": "kept"})
    kept = both.ask("ada", "GET", "/api/ada/tasks")
    assert 400 <= both.ask("ada", "POST", "/api/ada/tasks", body)[0] < 500
    assert 400 <= both.ask("ada", "PUT", "/api/ada/tasks/{0}", body)[0] < 500
    assert both.ask("ada", "GET", "/api/ada/tasks") == kept


@pytest.mark.parametrize(
    ("types", "status"),
    [
        ([], 415),
        (["text/plain"], 415),
        (["application/x-www-form-urlencoded"], 415),
        (["application/json-patch+json"], 415),
        (["application/jsonx"], 415),
        ([""], 415),
        ([JSON, "text/plain"], 415),
        (["application/json; charset=utf-8"], 201),
        (["Application/JSON"], 201),
        (["application/json;"], 201),
    ],
)
def test_k2_content_types(both: Both, types: list[str], status: int) -> None:
    assert both.ask("ada", "POST", "/api/ada/tasks", b'{"title": "x"}', types)[0] == status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/ada/tasks"),
        ("POST", f"/api/ada/tasks/{MISSING}"),
        ("PATCH", f"/api/ada/tasks/{MISSING}"),
        ("GET", f"/api/ada/tasks/{MISSING}/complete"),
    ],
)
def test_k2_other_methods(both: Both, method: str, path: str) -> None:
    for who in ("ada", None):
        assert both.ask(who, method, path)[0] == 405


def test_k2_head(both: Both) -> None:
    both.ask("ada", "POST", "/api/ada/tasks", {"title": "hers"})
    for who, path, status in (
        ("ada", "/api/ada/tasks", 200),
        ("ada", "/api/ada/tasks/{0}", 200),
        ("ada", "/api/ada/tasks?limit=x", 400),
        ("ada", f"/api/ada/tasks/{MISSING}", 404),
        ("ben", "/api/ada/tasks/{0}", 404),
        (None, "/api/ada/tasks", 401),
        ("ada", "/api/ada/tasks/{0}/complete", 405),
    ):
        assert both.ask(who, "HEAD", path)[0] == status


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/ada", "/api/ada/tasks/", f"/api/ada/tasks/{MISSING}/complete/"]
)
def test_what_is_no_path(both: Both, path: str) -> None:
    assert both.ask("ada", "GET", path)[0] == 404


def test_k3_pages(both: Both) -> None:
    for number in range(5):
        both.ask("ada", "POST", "/api/ada/tasks", {"title": str(number)})
    seen = []
    query = "?limit=2"
    while query:
        page = both.ask("ada", "GET", f"/api/ada/tasks{query}")[2]
        seen += [task["title"] for task in page["tasks"]]
        query = "?limit=2&cursor={cursor}" if page["next_cursor"] else ""
    assert seen == ["4", "3", "2", "1", "0"]
    assert len(both.ask("ada", "GET", "/api/ada/tasks?cursor={cursor}")[2]["tasks"]) == 1
    assert len(both.ask("ada", "GET", "/api/ada/tasks?limit=5&limit=3")[2]["tasks"]) == 3
    assert both.ask("ada", "GET", "/api/ada/tasks?limit=5&colour=blue")[2]["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    [
        *(
            f"limit={limit}"
            for limit in ("", "0", "201", "256", "-1", "ten", "1.5", "%ff", "9" * 20)
        ),
        *(f"cursor={cursor}" for cursor in ("", "abc", "%00", "%ff", "MjAyNiAx")),
        "cursor=%00&limit=x",
        "limit=x&limit=1",
        "limit=1&limit=0&cursor=%00",
    ],
)
def test_k3_what_is_no_page(both: Both, query: str) -> None:
    assert both.ask("ada", "GET", f"/api/ada/tasks?{query}")[0] == 400


def test_what_the_example_installs_is_what_is_tested() -> None:
    def pins(path: str) -> set[str]:
        return {line for line in (ROOT / path).read_text().splitlines() if "==" in line}

    installed = pins("examples/fastapi-todo/requirements.txt")
    assert len(installed) == 3
    assert installed - pins("python/tests/requirements-newest.txt") == set()


def test_k4_the_documents_describe_the_same_tasks(servers: tuple[Server, Server]) -> None:
    ours, theirs = (server.get("/api/openapi.json").json() for server in servers)

    def routes(document: Any) -> set[tuple[str, str]]:
        found = {
            (path, method) for path, methods in document["paths"].items() for method in methods
        }
        return {(path, method) for path, method in found if method != "parameters"}

    assert routes(theirs) == routes(ours)
    for name in ("Task", "TaskList"):
        ours_, theirs_ = (each["components"]["schemas"][name] for each in (ours, theirs))
        assert theirs_["properties"].keys() == ours_["properties"].keys()
        assert sorted(theirs_["required"]) == sorted(ours_["required"])
