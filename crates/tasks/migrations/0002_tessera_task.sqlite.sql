-- No foreign key to the user: accounts may live in another database on another machine.
CREATE TABLE tessera_task (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    completed INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- The order of a list, whole or paged: newest first.
CREATE INDEX tessera_task_of_user_newest_first
    ON tessera_task (user_id, created_at DESC, id DESC);
