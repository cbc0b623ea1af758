-- A saved answer, found by its short code: a member's own, or everybody's where no owner is named.
create table canned_reply (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    owner_id     uuid,
    code         text        not null,
    -- with variables in braces: {first_name}, {agent}, keys of attributes
    text         text        not null,
    changed_at   timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, owner_id) references member on delete cascade,
    constraint canned_reply_code check (code = lower(code) and length(code) between 1 and 32),
    constraint canned_reply_text check (length(text) between 1 and 4096)
);
create unique index canned_reply_own on canned_reply (workspace_id, owner_id, code) where owner_id is not null;
create unique index canned_reply_everybodys on canned_reply (workspace_id, code) where owner_id is null;
select wall('canned_reply');

-- A link that makes somebody a member, once. Only its hash is kept: who reads this table cannot join.
create table invite (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    token_hash   bytea       not null,
    email        text        not null,
    role         text        not null,
    invited_by   uuid        not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    used_at      timestamptz,
    primary key (workspace_id, id),
    foreign key (workspace_id, invited_by) references member on delete cascade,
    constraint invite_token unique (token_hash),
    constraint invite_email check (email = lower(email) and length(email) between 3 and 254),
    constraint invite_role check (role in ('owner', 'manager', 'agent'))
);
-- an address has one link at a time: a new one replaces it
create unique index invite_open on invite (workspace_id, email) where used_at is null;
select wall('invite');

-- When a member was last here; a session that is used moves it on every few minutes.
alter table member add column seen_at timestamptz;
update member m set seen_at = s.seen_at
    from (select workspace_id, member_id, max(seen_at) as seen_at from session group by 1, 2) s
    where s.workspace_id = m.workspace_id and s.member_id = m.id;

-- The audit log is read by kind and by member, too.
create index audit_kind on audit (workspace_id, kind, at desc, id desc);
create index audit_member on audit (workspace_id, member_id, at desc, id desc);
