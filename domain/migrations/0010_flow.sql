-- A chatbot conversation: triggers and steps, run by `domain::flow::step`.
create table flow (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    name         text        not null,
    definition   jsonb       not null,
    enabled      boolean     not null default true,
    created_at   timestamptz not null,
    primary key (workspace_id, id)
);
-- one flow answers, for now
create unique index flow_enabled on flow (workspace_id) where enabled;

-- Where a chat stands in its flow.
create table flow_session (
    workspace_id uuid        not null,
    chat_id      uuid        not null,
    session      jsonb       not null,
    updated_at   timestamptz not null,
    primary key (workspace_id, chat_id),
    foreign key (workspace_id, chat_id) references chat on delete cascade
);
