//! Tasks in PostgreSQL.

use async_trait::async_trait;
use jiff::Timestamp;
use tessera_db::{DbError, Parameter, Postgres};
use tokio_postgres::Row;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::{Each, Storage};
use crate::input::TaskChange;
use crate::page::{Cursor, Page};
use crate::task::{Description, Task, TaskId, Time, Title};

/// From the newest on.
const LIST: &str =
    "SELECT id, title, description, completed, created_at, updated_at FROM tessera_task
     WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2";

/// What follows a cursor.
const LIST_ON: &str =
    "SELECT id, title, description, completed, created_at, updated_at FROM tessera_task
     WHERE user_id = $1 AND (created_at, id) < ($3, $4)
     ORDER BY created_at DESC, id DESC LIMIT $2";

#[async_trait]
impl Storage for Postgres {
    async fn list(
        &self,
        owner: &str,
        page: Page,
        each: Each<'_>,
    ) -> Result<Option<Cursor>, DbError> {
        // One more than the page tells whether there is a next one. Null is no limit.
        let limit = page.limit.map(|limit| i64::from(limit) + 1);
        let after = page.after.map(|Cursor { created_at, id }| (created_at.into(), id.into()));
        let mut parameters: Vec<Parameter<'_>> = vec![(&owner, Type::TEXT), (&limit, Type::INT8)];
        if let Some((created_at, id)) = &after {
            let (created_at, id): (&Timestamp, &Uuid) = (created_at, id);
            parameters
                .extend::<[Parameter<'_>; 2]>([(created_at, Type::TIMESTAMPTZ), (id, Type::UUID)]);
        }
        let sql = if after.is_some() { LIST_ON } else { LIST };
        let rows = self.query(sql, &parameters).await?;
        let shown = page.limit.map_or(rows.len(), usize::from).min(rows.len());
        for row in &rows[..shown] {
            if each(&read_task(row, owner)?).is_break() {
                return Ok(None);
            }
        }
        match &rows[..shown] {
            [.., last] if rows.len() > shown => {
                let created_at: Timestamp = last.try_get(4)?;
                let id: Uuid = last.try_get(0)?;
                Ok(Some(Cursor { created_at: created_at.into(), id: id.into() }))
            }
            _ => Ok(None),
        }
    }

    async fn find(&self, owner: &str, id: TaskId) -> Result<Option<Task<'static>>, DbError> {
        let rows = self
            .query(
                "SELECT id, title, description, completed, created_at, updated_at FROM tessera_task
                 WHERE id = $1 AND user_id = $2",
                &[(&Uuid::from(id), Type::UUID), (&owner, Type::TEXT)],
            )
            .await?;
        read_one(&rows, owner)
    }

    async fn add(
        &self,
        task: Task<'static>,
        id: TaskId,
        now: Time,
    ) -> Result<Task<'static>, DbError> {
        self.query(
            "INSERT INTO tessera_task (id, user_id, title, description, completed, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)",
            &[
                (&Uuid::from(id), Type::UUID),
                (&task.user_id, Type::TEXT),
                (&task.title, Type::TEXT),
                (&task.description, Type::TEXT),
                (&task.completed, Type::BOOL),
                (&Timestamp::from(now), Type::TIMESTAMPTZ),
            ],
        )
        .await?;
        Ok(task)
    }

    async fn change(
        &self,
        owner: &str,
        id: TaskId,
        change: TaskChange,
        now: Time,
    ) -> Result<Option<Task<'static>>, DbError> {
        let description = change.description.as_ref();
        let rows = self
            .query(
                "UPDATE tessera_task SET
                     title = coalesce($3, title),
                     description = CASE WHEN $4 THEN $5 ELSE description END,
                     completed = coalesce($6, completed),
                     updated_at = $7
                 WHERE id = $1 AND user_id = $2
                 RETURNING id, title, description, completed, created_at, updated_at",
                &[
                    (&Uuid::from(id), Type::UUID),
                    (&owner, Type::TEXT),
                    (&change.title.as_ref().map(Title::as_str), Type::TEXT),
                    (&description.is_some(), Type::BOOL),
                    (&description.and_then(Option::as_ref).map(Description::as_str), Type::TEXT),
                    (&change.completed, Type::BOOL),
                    (&Timestamp::from(now), Type::TIMESTAMPTZ),
                ],
            )
            .await?;
        read_one(&rows, owner)
    }

    async fn toggle(
        &self,
        owner: &str,
        id: TaskId,
        now: Time,
    ) -> Result<Option<Task<'static>>, DbError> {
        let rows = self
            .query(
                "UPDATE tessera_task SET completed = NOT completed, updated_at = $3
                 WHERE id = $1 AND user_id = $2
                 RETURNING id, title, description, completed, created_at, updated_at",
                &[
                    (&Uuid::from(id), Type::UUID),
                    (&owner, Type::TEXT),
                    (&Timestamp::from(now), Type::TIMESTAMPTZ),
                ],
            )
            .await?;
        read_one(&rows, owner)
    }

    async fn remove(&self, owner: &str, id: TaskId) -> Result<bool, DbError> {
        let removed = self
            .query(
                "DELETE FROM tessera_task WHERE id = $1 AND user_id = $2 RETURNING id",
                &[(&Uuid::from(id), Type::UUID), (&owner, Type::TEXT)],
            )
            .await?;
        Ok(!removed.is_empty())
    }

    async fn remove_all(&self, owner: &str) -> Result<usize, DbError> {
        let sql = "DELETE FROM tessera_task WHERE user_id = $1 RETURNING id";
        Ok(self.query(sql, &[(&owner, Type::TEXT)]).await?.len())
    }
}

fn read_one(rows: &[Row], owner: &str) -> Result<Option<Task<'static>>, DbError> {
    rows.first().map(|row| Ok(read_task(row, owner)?.into_owned())).transpose()
}

/// Reads `id, title, description, completed, created_at, updated_at`, borrowing the text.
fn read_task<'a>(row: &'a Row, owner: &'a str) -> Result<Task<'a>, DbError> {
    let time = |at| -> Result<String, DbError> {
        Ok(Time::from(row.try_get::<_, Timestamp>(at)?).to_string())
    };
    Ok(Task {
        id: row.try_get::<_, Uuid>(0)?.to_string().into(),
        user_id: owner.into(),
        title: row.try_get::<_, &str>(1)?.into(),
        description: row.try_get::<_, Option<&str>>(2)?.map(Into::into),
        completed: row.try_get(3)?,
        created_at: time(4)?.into(),
        updated_at: time(5)?.into(),
    })
}
