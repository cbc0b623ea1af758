-- The one lifelong thread between a contact and a channel.
create table chat (
    workspace_id     uuid        not null,
    id               uuid        not null,
    channel_id       uuid        not null,
    contact_id       uuid        not null,

    -- the state of `domain::chat::State`; written by one function only (`chat::store::save`)
    state            text        not null default 'active',
    holder           uuid,
    held_since       timestamptz,
    requested_since  timestamptz,
    request_reason   jsonb,
    directed_to      uuid,
    bot_speaks       boolean     not null default true,

    -- the service window: null counts as closed
    window_closes_at timestamptz,
    -- false once the clock's WindowClosed was applied: lists go by this, so that they agree with the feed
    window_open      boolean     not null default false,
    greeted_in_window boolean    not null default false,

    -- where the chat stands for agents
    queue            text        not null generated always as (
        case when state = 'active' and not window_open then 'history' else state end) stored,

    customer_wrote_at timestamptz,
    -- since when the customer waits for a person's answer; null when answered
    unanswered_since timestamptz,
    resolved_at      timestamptz,
    resolved_by      uuid,
    -- the last request ended without anybody taking it
    missed           boolean     not null default false,

    -- the list's row: last line, when, and how far the thread has come (dense per chat)
    last_at          timestamptz not null,
    last_line        text        not null default '',
    last_author      text        not null default 'customer',
    last_seq         bigint      not null default 0,
    -- the customer's messages in all: less what a member has seen of them gives their unread mark
    customer_count   bigint      not null default 0,
    -- grows with every change, so that an old event cannot undo a newer one on a screen
    version          bigint      not null default 0,
    created_at       timestamptz not null,

    primary key (workspace_id, id),
    constraint chat_channel_contact unique (workspace_id, channel_id, contact_id),
    foreign key (workspace_id, channel_id) references channel,
    foreign key (workspace_id, contact_id) references contact,
    constraint chat_state check (case state
        when 'active'     then holder is null and requested_since is null and directed_to is null
        when 'requested'  then holder is null and requested_since is not null
        when 'intervened' then holder is not null and held_since is not null and requested_since is null and directed_to is null
        else false end)
);
create index chat_recent on chat (workspace_id, queue, last_at desc, id desc);
create index chat_waiting on chat (workspace_id, requested_since, id) where state = 'requested';
create index chat_held on chat (workspace_id, holder, coalesce(unanswered_since, 'infinity'), id) where state = 'intervened';
create index chat_window on chat (workspace_id, window_closes_at) where window_open;
create index chat_contact on chat (workspace_id, contact_id);

-- Who sees what (design §3): 0 nothing, 1 the row without content, 2 everything.
-- The same rule as `domain::chat::sight`; a test runs one exhaustive table through both.
create function sight(state text, holder uuid, directed_to uuid, me uuid, supervisor boolean, watching boolean)
returns int language sql immutable parallel safe as $$
    select case
        when state = 'intervened' then case
            when holder = me then 2
            when supervisor and watching then 2
            when supervisor then 1
            else 0 end
        when state = 'requested' and directed_to is not null then case
            when directed_to = me or supervisor then 2
            else 0 end
        else 2 end
$$;

-- A supervisor looks on while an agent holds the chat. Audited; ends with the screen.
create table watch (
    workspace_id uuid        not null,
    chat_id      uuid        not null,
    member_id    uuid        not null,
    opened_at    timestamptz not null,
    closed_at    timestamptz,
    primary key (workspace_id, chat_id, member_id, opened_at),
    foreign key (workspace_id, chat_id) references chat on delete cascade,
    foreign key (workspace_id, member_id) references member on delete cascade
);

-- One handling: from request (or direct intervene) to resolve.
create table episode (
    workspace_id  uuid        not null,
    id            uuid        not null,
    chat_id       uuid        not null,
    requested_at  timestamptz,
    reason        jsonb,
    -- what the bot had collected when it handed over
    collected     jsonb       not null default '[]',
    intervened_at timestamptz,
    intervened_by uuid,
    first_reply_at timestamptz,
    ended_at      timestamptz,
    ended_by      uuid,
    outcome       text,
    note          text,
    primary key (workspace_id, id),
    foreign key (workspace_id, chat_id) references chat on delete cascade,
    constraint episode_outcome check (length(outcome) <= 60 and length(note) <= 2000)
);
create index episode_chat on episode (workspace_id, chat_id, id desc);
-- at most one open episode a chat
create unique index episode_open on episode (workspace_id, chat_id) where ended_at is null;

-- How far each member has read.
create table seen (
    workspace_id uuid   not null,
    member_id    uuid   not null,
    chat_id      uuid   not null,
    seq          bigint not null,
    customer_count bigint not null,
    primary key (workspace_id, member_id, chat_id),
    foreign key (workspace_id, member_id) references member on delete cascade,
    foreign key (workspace_id, chat_id) references chat on delete cascade
);

-- What a member typed and has not sent. On the server, so that nothing of a chat lies in browser storage.
create table draft (
    workspace_id uuid        not null,
    member_id    uuid        not null,
    chat_id      uuid        not null,
    body         text        not null,
    saved_at     timestamptz not null,
    primary key (workspace_id, member_id, chat_id),
    foreign key (workspace_id, member_id) references member on delete cascade,
    foreign key (workspace_id, chat_id) references chat on delete cascade,
    constraint draft_body check (length(body) <= 4096)
);
