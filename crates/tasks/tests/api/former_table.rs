//! A database that an earlier version made, where the table was called `task`.

use http::Method;
use serde_json::json;

use crate::support::{Database, Server, ada, ben};

const SQLITE: &str = "
    CREATE TABLE tessera_migration (
        component TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,
        applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
        PRIMARY KEY (component, version)
    ) STRICT;
    INSERT INTO tessera_migration (component, version, name) VALUES ('tasks', 1, 'task');
    CREATE TABLE task (
        id TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL, title TEXT NOT NULL, description TEXT,
        completed INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX task_of_user_newest_first ON task (user_id, created_at DESC, id DESC);
    INSERT INTO task VALUES ('019e9d1c-6d40-7cc3-98c4-dc0c0c07398f',
        'AdaAdaAdaAdaAdaAdaAdaAdaAdaAdaAd', 'from before', NULL, 1,
        '2026-11-20T04:00:00.000Z', '2026-11-20T05:00:00.000Z');";

const POSTGRES: &str = "
    create table tessera_migration (
        component text not null, version integer not null, name text not null,
        applied_at timestamptz not null default current_timestamp, primary key (component, version)
    );
    insert into tessera_migration (component, version, name) values ('tasks', 1, 'task');
    create table task (
        id uuid not null primary key, user_id text not null, title text not null, description text,
        completed boolean not null, created_at timestamptz not null, updated_at timestamptz not null
    );
    create index task_of_user_newest_first on task (user_id, created_at desc, id desc);
    insert into task values ('019e9d1c-6d40-7cc3-98c4-dc0c0c07398f',
        'AdaAdaAdaAdaAdaAdaAdaAdaAdaAdaAd', 'from before', null, true,
        '2026-11-20T04:00:00.000Z', '2026-11-20T05:00:00.000Z');";

#[tokio::test]
async fn n15_the_tasks_of_an_earlier_version_are_carried_over() {
    let database = Database::fresh();
    database.execute(SQLITE, POSTGRES);
    let (server, ada, ben) = (Server::on(database), ada(), ben());
    let task = json!({
        "id": "019e9d1c-6d40-7cc3-98c4-dc0c0c07398f",
        "user_id": ada.id,
        "title": "from before",
        "description": null,
        "completed": true,
        "created_at": "2026-11-20T04:00:00.000Z",
        "updated_at": "2026-11-20T05:00:00.000Z",
    });
    let list = json!({"tasks": [task], "next_cursor": null});
    server.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(200, &list);
    let none = json!({"tasks": [], "next_cursor": null});
    server.ask(&ben, Method::GET, &ben.tasks(), None).await.assert(200, &none);

    // The index is there by its new name, and all former names are free.
    let theirs = "CREATE TABLE task (id int, CONSTRAINT task_pkey PRIMARY KEY (id));
        CREATE INDEX task_of_user_newest_first ON task (id);
        DROP INDEX tessera_task_of_user_newest_first;";
    server.database.execute(theirs, theirs);
    let again = Server::on(server.database);
    again.ask(&ada, Method::GET, &ada.tasks(), None).await.assert(200, &list);
}
