-- Keys that are published and do not sign yet, one for each algorithm. Not in "jwks": the npm package
-- would sign with them.
create table if not exists "tessera_pending_key" (
    "id" text not null primary key,
    "publicKey" text not null,
    "privateKey" text not null,
    "createdAt" timestamptz not null,
    "activatesAt" timestamptz not null,
    "alg" text not null unique,
    "crv" text
);
