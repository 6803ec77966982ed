//! Where tasks are kept. Nothing here works without an [`Owner`].

mod postgres;
mod sqlite;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tessera_axum::Owner;
use tessera_db::{DbError, Postgres, Sqlite};
use uuid::ContextV7;

use crate::input::{NewTask, TaskChange};
use crate::page::{Cursor, Page};
use crate::task::{Task, TaskId, Time};

/// A database with the table `tessera_task`. Each method touches the tasks of `owner` alone.
#[async_trait]
trait Storage: Send + Sync {
    /// Shows each task of a page, newest first, until told to stop; answers with where the next
    /// page begins, if there is more.
    async fn list(
        &self,
        owner: &str,
        page: Page,
        each: Each<'_>,
    ) -> Result<Option<Cursor>, DbError>;

    async fn find(&self, owner: &str, id: TaskId) -> Result<Option<Task<'static>>, DbError>;

    /// Adds a task, with its owner in it.
    async fn add(
        &self,
        task: Task<'static>,
        id: TaskId,
        now: Time,
    ) -> Result<Task<'static>, DbError>;

    async fn change(
        &self,
        owner: &str,
        id: TaskId,
        change: TaskChange,
        now: Time,
    ) -> Result<Option<Task<'static>>, DbError>;

    async fn toggle(
        &self,
        owner: &str,
        id: TaskId,
        now: Time,
    ) -> Result<Option<Task<'static>>, DbError>;

    async fn remove(&self, owner: &str, id: TaskId) -> Result<bool, DbError>;

    /// Answers with how many there were.
    async fn remove_all(&self, owner: &str) -> Result<usize, DbError>;
}

/// Is shown tasks.
type Each<'a> = &'a mut (dyn FnMut(&Task<'_>) -> ControlFlow<()> + Send);

/// The tasks of everyone. Only [`Tasks::of`] leads to any of them, and
/// [`Tasks::forget`] to their end.
///
/// ```
/// # use tessera_tasks::{Task, Tasks, TaskId};
/// # use tessera_axum::Owner;
/// async fn find(tasks: &Tasks, owner: &Owner, id: TaskId) -> Option<Task<'static>> {
///     tasks.of(owner).find(id).await.ok()?
/// }
/// ```
///
/// Code that forgets the owner does not compile:
///
/// ```compile_fail,E0599
/// # use tessera_tasks::{Task, Tasks, TaskId};
/// # use tessera_axum::Owner;
/// async fn find(tasks: &Tasks, owner: &Owner, id: TaskId) -> Option<Task<'static>> {
///     tasks.find(id).await.ok()?
/// }
/// ```
///
/// A user id is not an owner:
///
/// ```compile_fail,E0308
/// # use tessera_tasks::{Task, Tasks, TaskId};
/// async fn find(tasks: &Tasks, owner: &str, id: TaskId) -> Option<Task<'static>> {
///     tasks.of(owner).find(id).await.ok()?
/// }
/// ```
#[derive(Clone)]
pub struct Tasks {
    storage: Arc<dyn Storage>,
    /// Counts within a millisecond.
    ids: Arc<Mutex<ContextV7>>,
}

/// The tasks of one verified person. Someone else's task is as absent as one that never was.
pub struct TasksOf<'a> {
    tasks: &'a Tasks,
    owner: &'a str,
}

impl From<Sqlite> for Tasks {
    /// The tasks in this database, which has the table of [`migrations`](crate::migrations).
    fn from(db: Sqlite) -> Self {
        Self::on(db)
    }
}

impl From<Postgres> for Tasks {
    /// The tasks in this database, which has the table of [`migrations`](crate::migrations).
    fn from(db: Postgres) -> Self {
        Self::on(db)
    }
}

impl Tasks {
    fn on(storage: impl Storage + 'static) -> Self {
        Self { storage: Arc::new(storage), ids: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// Deletes the tasks of somebody whose account is gone: nobody is their owner any more. Answers
    /// with how many there were.
    ///
    /// # Errors
    /// When the database fails; then all are still there.
    pub async fn forget(&self, user_id: &str) -> Result<usize, DbError> {
        self.storage.remove_all(user_id).await
    }

    /// Those of this person.
    #[must_use]
    pub fn of<'a>(&'a self, owner: &'a Owner) -> TasksOf<'a> {
        TasksOf { tasks: self, owner: owner.user_id().as_str() }
    }
}

impl TasksOf<'_> {
    /// Shows `each` task of a page, newest first; answers with where the next page begins, if there
    /// is more.
    ///
    /// # Errors
    /// When the database fails, or `each` does.
    pub async fn list<E: From<DbError> + Send>(
        &self,
        page: Page,
        mut each: impl FnMut(&Task<'_>) -> Result<(), E> + Send,
    ) -> Result<Option<Cursor>, E> {
        let mut failed = None;
        let mut show = |task: &Task<'_>| match each(task) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        };
        let next = self.tasks.storage.list(self.owner, page, &mut show).await?;
        failed.map_or(Ok(next), Err)
    }

    /// One task.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&self, id: TaskId) -> Result<Option<Task<'static>>, DbError> {
        self.tasks.storage.find(self.owner, id).await
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
        self.tasks.storage.add(task, id, now).await
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
        self.tasks.storage.change(self.owner, id, change, now).await
    }

    /// Completes a task that is open, reopens one that is completed; `None` when there is no such
    /// task.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed.
    pub async fn toggle(&self, id: TaskId, now: Time) -> Result<Option<Task<'static>>, DbError> {
        self.tasks.storage.toggle(self.owner, id, now).await
    }

    /// Deletes a task; false when there is no such task.
    ///
    /// # Errors
    /// When the database fails; then the task is still there.
    pub async fn remove(&self, id: TaskId) -> Result<bool, DbError> {
        self.tasks.storage.remove(self.owner, id).await
    }
}
