-- No foreign key to the user: accounts may live in another database on another machine.
CREATE TABLE task (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    completed INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- The order of a list, whole or paged: newest first.
CREATE INDEX task_of_user_newest_first ON task (user_id, created_at DESC, id DESC);
