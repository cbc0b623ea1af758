-- One business. Everything else belongs to exactly one; every key leads with its id, so that the
-- tables can be distributed by tenant and no index mixes tenants.
create table workspace (
    id         uuid primary key,
    name       text        not null,
    -- made by demo mode; demo mode opens no other kind, and no other mode opens this kind
    demo       boolean     not null default false,
    created_at timestamptz not null,
    constraint workspace_name check (length(name) between 1 and 120)
);

-- Settings that differ from the program's defaults; `domain/src/setting` lists them.
create table setting (
    workspace_id uuid  not null references workspace on delete cascade,
    key          text  not null,
    value        jsonb not null,
    primary key (workspace_id, key)
);

-- A person who signs in. An e-mail address belongs to one member of one workspace.
create table member (
    workspace_id   uuid        not null references workspace on delete cascade,
    id             uuid        not null,
    email          text        not null,
    name           text        not null,
    role           text        not null,
    -- argon2id in PHC form; null until the member has chosen one
    password_hash  text,
    presence       text        not null default 'away',
    presence_since timestamptz not null,
    deactivated_at timestamptz,
    created_at     timestamptz not null,
    primary key (workspace_id, id),
    constraint member_email_taken unique (email),
    constraint member_email check (email = lower(email) and length(email) between 3 and 254),
    constraint member_name check (length(name) between 1 and 120),
    constraint member_role check (role in ('owner', 'manager', 'agent')),
    constraint member_presence check (presence in ('available', 'away'))
);

-- A signed-in browser. Only the hash of the cookie's value is kept: who reads this table cannot sign in.
create table session (
    token_hash   bytea primary key,
    workspace_id uuid        not null,
    member_id    uuid        not null,
    created_at   timestamptz not null,
    seen_at      timestamptz not null,
    expires_at   timestamptz not null,
    foreign key (workspace_id, member_id) references member on delete cascade
);
create index session_member on session (workspace_id, member_id);

-- Sign-in attempts that failed, by e-mail address and by network address: the throttle counts them,
-- in the table and not in a process, so that several processes share one limit.
create table sign_in_failure (
    subject text        not null,
    at      timestamptz not null
);
create index sign_in_failure_recent on sign_in_failure (subject, at);
