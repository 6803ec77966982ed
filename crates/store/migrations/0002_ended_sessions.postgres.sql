-- "endedAt" is the database's own time: several servers look there for what the others have ended.
create table if not exists "tessera_ended_session" (
    "id" text not null primary key,
    "userId" text not null,
    "until" timestamptz not null,
    "endedAt" timestamptz default clock_timestamp() not null
);
create index if not exists "tessera_ended_session_until_idx" on "tessera_ended_session" ("until");
create index if not exists "tessera_ended_session_endedAt_idx" on "tessera_ended_session" ("endedAt");
