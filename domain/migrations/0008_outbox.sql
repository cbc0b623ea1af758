-- What waits to be sent to WhatsApp. A row is claimed by committing `sending` with an attempt id and a
-- lease; the Graph API is called outside any transaction; the answer is recorded afterwards.
create table outbox (
    workspace_id uuid        not null,
    message_id   uuid        not null,
    chat_id      uuid        not null,
    channel_id   uuid        not null,
    -- the message's place in the thread: one chat is sent in this order
    seq          bigint      not null,
    -- a bot's row is withdrawn when an agent intervenes before it was claimed
    bot          boolean     not null,
    state        text        not null default 'queued',
    -- travels as biz_opaque_callback_data, so that a status settles an answer that never came
    attempt_id   uuid,
    attempts     int         not null default 0,
    lease_until  timestamptz,
    not_before   timestamptz not null,
    created_at   timestamptz not null,
    primary key (workspace_id, message_id),
    foreign key (workspace_id, message_id) references message on delete cascade,
    constraint outbox_state check (state in ('queued', 'sending', 'sent', 'failed', 'unknown', 'withdrawn'))
);
create index outbox_due on outbox (not_before, seq) where state = 'queued';
create index outbox_chat on outbox (workspace_id, chat_id, seq) where state in ('queued', 'sending');
create index outbox_leased on outbox (lease_until) where state in ('sending', 'unknown');
create index outbox_attempt on outbox (workspace_id, attempt_id) where attempt_id is not null;

-- How fast a number and a pair of number and customer may be written to (WhatsApp's limits), as the
-- theoretical arrival time of GCRA: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
create table pace (
    workspace_id uuid        not null,
    subject      uuid        not null,
    arrival      timestamptz not null,
    primary key (workspace_id, subject)
);
