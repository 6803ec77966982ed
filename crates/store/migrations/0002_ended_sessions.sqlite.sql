create table if not exists "tessera_ended_session" (
    "id" text not null primary key,
    "userId" text not null,
    "until" text not null
);
create index if not exists "tessera_ended_session_until_idx" on "tessera_ended_session" ("until");
