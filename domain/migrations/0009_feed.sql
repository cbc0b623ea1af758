-- The short-lived, numbered stream of changes that live screens follow. Rows are written unnumbered in the
-- writing transaction; the sequencer numbers committed rows densely per workspace. (A cursor over ids
-- or transaction ids would skip rows that commit late.)
create table feed (
    workspace_id uuid        not null,
    id           uuid        not null,
    number       bigint,
    at           timestamptz not null,
    kind         text        not null,
    chat_id      uuid,
    -- the chat's messages that this change made or altered
    messages     uuid[]      not null default '{}',
    -- where the chat stood before and after, so that gaining and losing sight can be told apart
    was_queue    text, was_holder uuid, was_directed uuid,
    now_queue    text, now_holder uuid, now_directed uuid,
    -- the member whose presence, role or session changed
    member_id    uuid,
    primary key (workspace_id, id),
    constraint feed_kind check (kind in ('chat', 'seen', 'presence', 'member', 'signed_out'))
);
create index feed_unnumbered on feed (id) where number is null;
create unique index feed_number on feed (workspace_id, number) where number is not null;
create index feed_age on feed (at);

-- The last number given, and how many chats stand where as of that number. Only the sequencer writes here.
create table feed_cursor (
    workspace_id uuid primary key references workspace on delete cascade,
    number       bigint not null default 0,
    -- the oldest number still kept: a tab that stopped before it must reload
    oldest       bigint not null default 1
);
create table queue_count (
    workspace_id uuid   not null references workspace on delete cascade,
    queue        text   not null,
    -- the nil id stands for nobody: null cannot be part of a key
    holder       uuid   not null,
    directed_to  uuid   not null,
    chats        bigint not null,
    primary key (workspace_id, queue, holder, directed_to)
);
