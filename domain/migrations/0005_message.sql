-- One thing said in a chat, or a change of its state shown between the messages.
create table message (
    workspace_id uuid        not null,
    -- made by the client for agents' messages, so that a double click is one message
    id           uuid        not null,
    chat_id      uuid        not null,
    -- dense per chat, given under the chat's row lock: order, paging cursor and seen mark
    seq          bigint      not null,
    author       text        not null,
    member_id    uuid,
    body         jsonb       not null,
    -- as WhatsApp sent it, whole, for types not yet understood
    raw          jsonb,
    reply_to     text,
    wamid        text,
    -- customer's messages: WhatsApp's time; others: when accepted
    at           timestamptz not null,
    arrived_at   timestamptz not null,
    -- queued, sending, sent, delivered, read, played, failed, unknown, withdrawn; null where nothing is sent
    delivery     text,
    sent_at      timestamptz,
    delivered_at timestamptz,
    read_at      timestamptz,
    played_at    timestamptz,
    failed_at    timestamptz,
    failure      jsonb,
    version      bigint      not null default 1,
    primary key (workspace_id, id),
    constraint message_seq unique (workspace_id, chat_id, seq),
    foreign key (workspace_id, chat_id) references chat on delete cascade,
    constraint message_author check (author in ('customer', 'bot', 'member', 'campaign', 'api', 'system')),
    constraint message_delivery check (delivery in
        ('queued', 'sending', 'sent', 'delivered', 'read', 'played', 'failed', 'unknown', 'withdrawn'))
);
-- unique for one number only; `inbound_key` keeps that, this finds
create index message_wamid on message (workspace_id, wamid) where wamid is not null;

-- What has been received, by (channel, wamid) or by the hash of a change without an id.
-- Outlives the messages themselves: WhatsApp repeats itself for up to seven days.
create table inbound_key (
    workspace_id uuid        not null,
    channel_id   uuid        not null,
    key          text        not null,
    at           timestamptz not null,
    primary key (workspace_id, channel_id, key)
);

-- Statuses that came before their message's wamid was known; joined when it is.
create table early_status (
    workspace_id uuid        not null,
    channel_id   uuid        not null,
    wamid        text        not null,
    status       text        not null,
    at           timestamptz not null,
    failure      jsonb,
    arrived_at   timestamptz not null,
    primary key (workspace_id, channel_id, wamid, status)
);
