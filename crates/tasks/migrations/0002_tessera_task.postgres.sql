-- No foreign key to the user: accounts may live in another database on another machine.
create table tessera_task (
    id uuid not null primary key,
    user_id text not null,
    title text not null,
    description text,
    completed boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- The order of a list, whole or paged: newest first.
create index tessera_task_of_user_newest_first
    on tessera_task (user_id, created_at desc, id desc);
