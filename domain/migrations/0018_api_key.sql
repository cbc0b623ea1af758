-- What one of the business's own systems calls with. The key's text is shown once; only the hash of its secret is kept:
-- who reads this table cannot call.
create table api_key (
    workspace_id uuid        not null references workspace on delete cascade,
    -- stands in the key's text, which names its workspace by it
    id           uuid        not null,
    name         text        not null,
    secret_hash  bytea       not null,
    scopes       text[]      not null,
    created_by   uuid        not null,
    created_at   timestamptz not null,
    -- to the minute: a busy key does not write with every call
    last_used_at timestamptz,
    revoked_at   timestamptz,
    primary key (workspace_id, id),
    constraint api_key_id unique (id),
    foreign key (workspace_id, created_by) references member,
    constraint api_key_name check (length(name) between 1 and 60),
    constraint api_key_scopes check (cardinality(scopes) between 1 and 40)
);
select wall('api_key');

-- What was answered to a request that named itself (Idempotency-Key): written in the transaction of what it did, so that
-- the two are both there or both not, and a second request waits for the first.
create table idempotency (
    workspace_id uuid        not null,
    api_key_id   uuid        not null,
    key          text        not null,
    request_hash bytea       not null,
    status       int         not null default 0,
    body         text        not null default '',
    at           timestamptz not null,
    primary key (workspace_id, api_key_id, key),
    foreign key (workspace_id, api_key_id) references api_key on delete cascade,
    constraint idempotency_key check (length(key) between 1 and 200)
);
create index idempotency_age on idempotency (at);
select wall('idempotency');
