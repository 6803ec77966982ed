-- An application may well have a table `task` of its own.
ALTER TABLE task RENAME TO tessera_task;

-- SQLite renames no index.
DROP INDEX task_of_user_newest_first;
CREATE INDEX tessera_task_of_user_newest_first
    ON tessera_task (user_id, created_at DESC, id DESC);
