-- The ledger: every webhook POST that was answered 200, raw. Nothing is answered before its commit.
create table delivery (
    id           uuid primary key,
    workspace_id uuid        not null,
    app_id       uuid        not null,
    body         bytea       not null,
    arrived_at   timestamptz not null,
    processed_at timestamptz,
    -- why it could not be processed at all (not JSON, say); single updates have their own reason
    failure      text
);
create index delivery_waiting on delivery (arrived_at, id) where processed_at is null;

-- What each update in a delivery became. One row per message, status or other change.
create table delivery_update (
    delivery_id uuid not null references delivery on delete cascade,
    position    int  not null,
    -- message, status, error, or the name of the changed field
    kind        text not null,
    -- stored, repeated, unrouted, kept (understood as something Baton only keeps), waiting (a status before its message), failed
    outcome     text not null,
    detail      text,
    primary key (delivery_id, position),
    constraint delivery_update_outcome check (outcome in ('stored', 'repeated', 'unrouted', 'kept', 'waiting', 'failed'))
);
create index delivery_update_failed on delivery_update (delivery_id) where outcome = 'failed';
