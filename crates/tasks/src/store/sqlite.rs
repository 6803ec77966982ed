//! Tasks in SQLite.

use std::borrow::Cow;

use async_trait::async_trait;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use tessera_db::{DbError, Sqlite};

use super::{Each, Storage};
use crate::input::TaskChange;
use crate::page::{Cursor, Page};
use crate::task::{Description, Task, TaskId, Time, Title};

/// From the newest on.
const LIST: &str =
    "SELECT id, title, description, completed, created_at, updated_at FROM tessera_task
     WHERE user_id = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2";

/// What follows a cursor.
const LIST_ON: &str =
    "SELECT id, title, description, completed, created_at, updated_at FROM tessera_task
     WHERE user_id = ?1 AND (created_at, id) < (?3, ?4)
     ORDER BY created_at DESC, id DESC LIMIT ?2";

#[async_trait]
impl Storage for Sqlite {
    /// Reads straight from the rows, without copying a task.
    async fn list(
        &self,
        owner: &str,
        page: Page,
        each: Each<'_>,
    ) -> Result<Option<Cursor>, DbError> {
        // One more than the page tells whether there is a next one. Negative is no limit.
        let limit = page.limit.map_or(-1, |limit| i64::from(limit) + 1);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(match page.after {
                None => LIST,
                Some(_) => LIST_ON,
            })?;
            let mut rows = match page.after {
                None => statement.query((owner, limit))?,
                Some(Cursor { created_at, id }) => {
                    statement.query((owner, limit, created_at.to_string(), id.to_string()))?
                }
            };
            let mut left = page.limit;
            let mut last = None;
            while let Some(row) = rows.next()? {
                if left == Some(0) {
                    return Ok(last);
                }
                let task = read_task(row, owner)?;
                if each(&task).is_break() {
                    return Ok(None);
                }
                left = left.map(|left| left - 1);
                if left == Some(0) {
                    last = Some(place_of(&task)?);
                }
            }
            Ok(None)
        })
    }

    async fn find(&self, owner: &str, id: TaskId) -> Result<Option<Task<'static>>, DbError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, title, description, completed, created_at, updated_at FROM tessera_task
                     WHERE id = ?1 AND user_id = ?2",
                )?
                .query_row((id.to_string(), owner), |row| Ok(read_task(row, owner)?.into_owned()))
                .optional()
        })
    }

    async fn add(
        &self,
        task: Task<'static>,
        _id: TaskId,
        _now: Time,
    ) -> Result<Task<'static>, DbError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO tessera_task
                     (id, user_id, title, description, completed, created_at, updated_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    task.id,
                    task.user_id,
                    task.title,
                    task.description,
                    task.completed,
                    task.created_at,
                    task.updated_at,
                ])?;
            Ok(task)
        })
        .await
    }

    async fn change(
        &self,
        owner: &str,
        id: TaskId,
        change: TaskChange,
        now: Time,
    ) -> Result<Option<Task<'static>>, DbError> {
        let owner = owner.to_owned();
        self.write(move |connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE tessera_task SET
                         title = coalesce(?3, title),
                         description = CASE WHEN ?4 THEN ?5 ELSE description END,
                         completed = coalesce(?6, completed),
                         updated_at = ?7
                     WHERE id = ?1 AND user_id = ?2
                     RETURNING id, title, description, completed, created_at, updated_at",
                )?
                .query_row(
                    params![
                        id.to_string(),
                        owner,
                        change.title.as_ref().map(Title::as_str),
                        change.description.is_some(),
                        change
                            .description
                            .as_ref()
                            .and_then(Option::as_ref)
                            .map(Description::as_str),
                        change.completed,
                        now.to_string(),
                    ],
                    |row| Ok(read_task(row, &owner)?.into_owned()),
                )
                .optional()?;
            Ok(changed)
        })
        .await
    }

    async fn toggle(
        &self,
        owner: &str,
        id: TaskId,
        now: Time,
    ) -> Result<Option<Task<'static>>, DbError> {
        let owner = owner.to_owned();
        self.write(move |connection| {
            let toggled = connection
                .prepare_cached(
                    "UPDATE tessera_task SET completed = 1 - completed, updated_at = ?3
                     WHERE id = ?1 AND user_id = ?2
                     RETURNING id, title, description, completed, created_at, updated_at",
                )?
                .query_row((id.to_string(), &owner, now.to_string()), |row| {
                    Ok(read_task(row, &owner)?.into_owned())
                })
                .optional()?;
            Ok(toggled)
        })
        .await
    }

    async fn remove(&self, owner: &str, id: TaskId) -> Result<bool, DbError> {
        let owner = owner.to_owned();
        self.write(move |connection| {
            let removed = connection
                .prepare_cached("DELETE FROM tessera_task WHERE id = ?1 AND user_id = ?2")?
                .execute((id.to_string(), owner))?;
            Ok(removed > 0)
        })
        .await
    }

    async fn remove_all(&self, owner: &str) -> Result<usize, DbError> {
        let owner = owner.to_owned();
        self.write(move |connection| {
            let removed = connection
                .prepare_cached("DELETE FROM tessera_task WHERE user_id = ?1")?
                .execute([owner])?;
            Ok(removed)
        })
        .await
    }
}

/// Reads `id, title, description, completed, created_at, updated_at`, borrowing the text.
fn read_task<'a>(row: &'a Row<'_>, owner: &'a str) -> Result<Task<'a>, rusqlite::Error> {
    Ok(Task {
        id: row.get_ref(0)?.as_str()?.into(),
        user_id: owner.into(),
        title: row.get_ref(1)?.as_str()?.into(),
        description: row.get_ref(2)?.as_str_or_null()?.map(Cow::Borrowed),
        completed: row.get(3)?,
        created_at: row.get_ref(4)?.as_str()?.into(),
        updated_at: row.get_ref(5)?.as_str()?.into(),
    })
}

fn place_of(task: &Task<'_>) -> Result<Cursor, rusqlite::Error> {
    let unreadable = |column, name: &str| {
        rusqlite::Error::InvalidColumnType(column, name.to_owned(), Type::Text)
    };
    Ok(Cursor {
        id: TaskId::parse(&task.id).ok_or_else(|| unreadable(0, "id"))?,
        created_at: Time::parse(&task.created_at).ok_or_else(|| unreadable(4, "created_at"))?,
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::migrations;

    #[test]
    fn k3_the_index_finds_the_owner_and_the_place_and_keeps_the_order() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(&Sqlite::migration_sql("", &[(migrations(), 0)])).unwrap();
        let plan = |sql: &str| -> Vec<String> {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = plan.raw_query().mapped(|row| row.get("detail"));
            steps.collect::<Result<_, _>>().unwrap()
        };
        assert_eq!(
            plan(LIST),
            ["SEARCH tessera_task USING INDEX tessera_task_of_user_newest_first (user_id=?)"]
        );
        let on = "SEARCH tessera_task USING INDEX tessera_task_of_user_newest_first (user_id=? AND (created_at,id)<(?,?))";
        assert_eq!(plan(LIST_ON), [on]);
    }
}
