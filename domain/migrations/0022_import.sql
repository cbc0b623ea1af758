-- A file of contacts that a supervisor brought. Its rows are kept in chunks, so that any process goes on where another
-- stopped: a chunk is done in the transaction that counts it.
create table import (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    -- the file's
    name         text        not null,
    stage        text        not null,
    headers      jsonb       not null,
    -- how its columns are read; null until somebody has decided
    plan         jsonb,
    rows         bigint      not null,
    chunks       int         not null,
    -- chunks done of what is under way
    done         int         not null default 0,
    tally        jsonb       not null,
    -- who brought it, as the journey writes its doers
    made_by      jsonb       not null,
    member_id    uuid        not null,
    created_at   timestamptz not null,
    finished_at  timestamptz,
    primary key (workspace_id, id),
    constraint import_stage check (stage in ('uploaded', 'checking', 'checked', 'running', 'stopped', 'done'))
);
create index import_waiting on import (created_at) where stage in ('checking', 'running');

-- Deleted once everything is imported.
create table import_chunk (
    workspace_id uuid  not null,
    import_id    uuid  not null,
    chunk        int   not null,
    -- a list of [row as a spreadsheet numbers it, [cells]]
    rows         jsonb not null,
    primary key (workspace_id, import_id, chunk),
    foreign key (workspace_id, import_id) references import on delete cascade
);

-- The first row with a phone number: later ones are duplicates. Written by the check, deleted with the chunks.
create table import_key (
    workspace_id uuid not null,
    import_id    uuid not null,
    canonical    text not null,
    row          int  not null,
    primary key (workspace_id, import_id, canonical),
    foreign key (workspace_id, import_id) references import on delete cascade
);

-- Rows that cannot be imported, with what is wrong, for as long as the import is listed.
create table import_failure (
    workspace_id uuid  not null,
    import_id    uuid  not null,
    row          int   not null,
    cells        jsonb not null,
    problems     jsonb not null,
    primary key (workspace_id, import_id, row),
    foreign key (workspace_id, import_id) references import on delete cascade
);

select wall('import');
select wall('import_chunk');
select wall('import_key');
select wall('import_failure');
