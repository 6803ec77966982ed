//! Where tasks are kept. Nothing here works without an [`Owner`].

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, params};
use tessera_axum::Owner;
use tessera_db::{DbError, Migration, Migrations, Sqlite};
use uuid::ContextV7;

use crate::input::{NewTask, TaskChange};
use crate::page::{Cursor, Page};
use crate::task::{Description, Task, TaskId, Time, Title};

/// The tables of this crate.
#[must_use]
pub fn migrations() -> &'static Migrations {
    &Migrations {
        component: "tasks",
        steps: &[Migration {
            version: 1,
            name: "task",
            sqlite: include_str!("../migrations/0001_task.sqlite.sql"),
            postgres: include_str!("../migrations/0001_task.postgres.sql"),
        }],
    }
}

/// From the newest on.
const LIST: &str = "SELECT id, title, description, completed, created_at, updated_at FROM task
     WHERE user_id = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2";

/// What follows a cursor.
const LIST_ON: &str = "SELECT id, title, description, completed, created_at, updated_at FROM task
     WHERE user_id = ?1 AND (created_at, id) < (?3, ?4)
     ORDER BY created_at DESC, id DESC LIMIT ?2";

/// The tasks of everyone. Only [`Tasks::of`] leads to any of them.
///
/// ```
/// # use tessera_tasks::{Task, Tasks, TaskId};
/// # use tessera_axum::Owner;
/// fn find(tasks: &Tasks, owner: &Owner, id: TaskId) -> Option<Task<'static>> {
///     tasks.of(owner).find(id).ok()?
/// }
/// ```
///
/// Code that forgets the owner does not compile:
///
/// ```compile_fail,E0599
/// # use tessera_tasks::{Task, Tasks, TaskId};
/// # use tessera_axum::Owner;
/// fn find(tasks: &Tasks, owner: &Owner, id: TaskId) -> Option<Task<'static>> {
///     tasks.find(id).ok()?
/// }
/// ```
///
/// A user id is not an owner:
///
/// ```compile_fail,E0308
/// # use tessera_tasks::{Task, Tasks, TaskId};
/// fn find(tasks: &Tasks, owner: &str, id: TaskId) -> Option<Task<'static>> {
///     tasks.of(owner).find(id).ok()?
/// }
/// ```
#[derive(Clone)]
pub struct Tasks {
    db: Sqlite,
    /// Counts within a millisecond.
    ids: Arc<Mutex<ContextV7>>,
}

/// The tasks of one verified person. Someone else's task is as absent as one that never was.
pub struct TasksOf<'a> {
    tasks: &'a Tasks,
    owner: &'a str,
}

impl Tasks {
    /// The tasks in this database, which has the tables of [`migrations`].
    #[must_use]
    pub fn new(db: Sqlite) -> Self {
        Self { db, ids: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// Those of this person.
    #[must_use]
    pub fn of<'a>(&'a self, owner: &'a Owner) -> TasksOf<'a> {
        TasksOf { tasks: self, owner: owner.user_id().as_str() }
    }
}

impl TasksOf<'_> {
    /// Shows `each` task of a page, newest first, without copying it; answers with where the next
    /// page begins, if there is more.
    ///
    /// # Errors
    /// When the database fails, or `each` does.
    pub fn list<E: From<DbError>>(
        &self,
        page: Page,
        mut each: impl FnMut(&Task<'_>) -> Result<(), E>,
    ) -> Result<Option<Cursor>, E> {
        // One more than the page tells whether there is a next one. Negative is no limit.
        let limit = page.limit.map_or(-1, |limit| i64::from(limit) + 1);
        self.tasks.db.read(|connection| {
            let mut statement = connection.prepare_cached(match page.after {
                None => LIST,
                Some(_) => LIST_ON,
            })?;
            let mut rows = match page.after {
                None => statement.query((self.owner, limit))?,
                Some(Cursor { created_at, id }) => {
                    statement.query((self.owner, limit, created_at.to_string(), id.to_string()))?
                }
            };
            let mut left = page.limit;
            let mut last = None;
            while let Some(row) = rows.next()? {
                if left == Some(0) {
                    return Ok(Ok(last));
                }
                let task = read_task(row, self.owner)?;
                if let Err(error) = each(&task) {
                    return Ok(Err(error));
                }
                left = left.map(|left| left - 1);
                if left == Some(0) {
                    last = Some(place_of(&task)?);
                }
            }
            Ok(Ok(None))
        })?
    }

    /// One task.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find(&self, id: TaskId) -> Result<Option<Task<'static>>, DbError> {
        self.tasks.db.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, title, description, completed, created_at, updated_at FROM task
                     WHERE id = ?1 AND user_id = ?2",
                )?
                .query_row((id.to_string(), self.owner), |row| {
                    Ok(read_task(row, self.owner)?.into_owned())
                })
                .optional()
        })
    }

    /// Makes a task, not yet completed.
    ///
    /// # Errors
    /// When the database fails; then there is no task.
    pub async fn create(&self, new: NewTask, now: Time) -> Result<Task<'static>, DbError> {
        let id = TaskId::new(now, &*self.tasks.ids);
        let task = Task {
            id: id.to_string().into(),
            user_id: self.owner.to_owned().into(),
            title: new.title.into_string().into(),
            description: new.description.map(|text| text.into_string().into()),
            completed: false,
            created_at: now.to_string().into(),
            updated_at: now.to_string().into(),
        };
        self.tasks
            .db
            .write(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO task
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

    /// Changes the fields given; `None` when there is no such task.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed.
    pub async fn change(
        &self,
        id: TaskId,
        change: TaskChange,
        now: Time,
    ) -> Result<Option<Task<'static>>, DbError> {
        let owner = self.owner.to_owned();
        self.tasks
            .db
            .write(move |connection| {
                let changed = connection
                    .prepare_cached(
                        "UPDATE task SET
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

    /// Completes a task that is open, reopens one that is completed; `None` when there is no such
    /// task.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed.
    pub async fn toggle(&self, id: TaskId, now: Time) -> Result<Option<Task<'static>>, DbError> {
        let owner = self.owner.to_owned();
        self.tasks
            .db
            .write(move |connection| {
                let toggled = connection
                    .prepare_cached(
                        "UPDATE task SET completed = 1 - completed, updated_at = ?3
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

    /// Deletes a task; false when there is no such task.
    ///
    /// # Errors
    /// When the database fails; then the task is still there.
    pub async fn remove(&self, id: TaskId) -> Result<bool, DbError> {
        let owner = self.owner.to_owned();
        self.tasks
            .db
            .write(move |connection| {
                let removed = connection
                    .prepare_cached("DELETE FROM task WHERE id = ?1 AND user_id = ?2")?
                    .execute((id.to_string(), owner))?;
                Ok(removed > 0)
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

    #[test]
    fn k3_the_index_finds_the_owner_and_the_place_and_keeps_the_order() {
        let db = Connection::open_in_memory().unwrap();
        for step in migrations().steps {
            db.execute_batch(step.sqlite).unwrap();
        }
        let plan = |sql: &str| -> Vec<String> {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = plan.raw_query().mapped(|row| row.get("detail"));
            steps.collect::<Result<_, _>>().unwrap()
        };
        assert_eq!(plan(LIST), ["SEARCH task USING INDEX task_of_user_newest_first (user_id=?)"]);
        let on = "SEARCH task USING INDEX task_of_user_newest_first (user_id=? AND (created_at,id)<(?,?))";
        assert_eq!(plan(LIST_ON), [on]);
    }
}
