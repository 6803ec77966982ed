"""The table of tasks, and the one way to it: `Tasks`, which are those of one person."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import NamedTuple
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from tessera.fastapi import Owner

CURSOR_TIME = "%Y-%m-%dT%H:%M:%S.%f"


def now() -> datetime:
    return datetime.now(timezone.utc)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no time zone, and PostgreSQL answers in that of the session."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).astimezone(
            timezone.utc
        )


class Base(DeclarativeBase):
    pass


class TaskRow(Base):
    __tablename__ = "task"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[str]
    title: Mapped[str]
    description: Mapped[str | None]
    completed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, onupdate=now)


# The order of a list.
sa.Index("task_newest_first", TaskRow.user_id, TaskRow.created_at.desc(), TaskRow.id.desc())


class Cursor(NamedTuple):
    """A place in a list: that of the last task seen. It stays valid when that task goes."""

    created_at: datetime
    task_id: UUID

    def __str__(self) -> str:
        text = f"{self.created_at:{CURSOR_TIME}} {self.task_id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Reads what `str` wrote. Anything else is a `ValueError`."""
        time, _, task_id = base64.urlsafe_b64decode(text + "==").decode().partition(" ")
        created_at = datetime.strptime(time, CURSOR_TIME).replace(tzinfo=timezone.utc)
        cursor = cls(created_at, UUID(task_id))
        # All three read much that they would not write.
        if str(cursor) != text:
            raise ValueError("not a cursor")
        return cursor


class Tasks:
    """The tasks of one person. There is no way to any task without an `Owner`.

    Each method is one transaction, and one statement. It waits for the database, so handlers that
    call it are `def`: FastAPI runs those in threads, and nobody else waits.
    """

    def __init__(self, sessions: sessionmaker[Session], owner: Owner) -> None:
        self._sessions = sessions
        self._user_id = owner.user_id

    def newest(self, limit: int | None, cursor: str | None) -> tuple[Sequence[TaskRow], str | None]:
        """A page, newest first, and the cursor of the next; without a limit, all that follow."""
        query = sa.select(TaskRow).where(self._mine())
        if cursor is not None:
            after = sa.tuple_(*Cursor.parse(cursor))
            query = query.where(sa.tuple_(TaskRow.created_at, TaskRow.id) < after)
        query = query.order_by(TaskRow.created_at.desc(), TaskRow.id.desc())
        # One more tells whether there is a next page.
        query = query.limit(None if limit is None else limit + 1)
        with self._sessions.begin() as session:
            found = session.scalars(query).all()
        page = found[:limit]
        more = len(page) < len(found)
        return page, str(Cursor(page[-1].created_at, page[-1].id)) if more else None

    def find(self, task_id: UUID) -> TaskRow | None:
        with self._sessions.begin() as session:
            return session.scalar(sa.select(TaskRow).where(self._mine(task_id)))

    def create(self, title: str, description: str | None) -> TaskRow:
        time = now()
        task = TaskRow(user_id=self._user_id, title=title, description=description)
        task.created_at = task.updated_at = time
        with self._sessions.begin() as session:
            session.add(task)
        return task

    def change(self, task_id: UUID, **values: object) -> TaskRow | None:
        """Sets these columns."""
        change = sa.update(TaskRow).where(self._mine(task_id)).values(values).returning(TaskRow)
        with self._sessions.begin() as session:
            return session.scalar(change)

    def toggle(self, task_id: UUID) -> TaskRow | None:
        # By the database, so that of two at once neither is lost.
        return self.change(task_id, completed=sa.not_(TaskRow.completed))

    def delete(self, task_id: UUID) -> bool:
        """Whether there was one."""
        gone = sa.delete(TaskRow).where(self._mine(task_id)).returning(TaskRow.id)
        with self._sessions.begin() as session:
            return session.scalar(gone) is not None

    def _mine(self, task_id: UUID | None = None) -> sa.ColumnElement[bool]:
        """What every statement asks for, so that somebody else's task is as absent as none."""
        mine = TaskRow.user_id == self._user_id
        return mine if task_id is None else mine & (TaskRow.id == task_id)
