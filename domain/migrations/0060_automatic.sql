-- For which wait a customer was told that it takes longer: once for each. A wait is known by its beginning
-- (`chat.unanswered_since`).
create table delayed_message (
    workspace_id uuid        not null,
    chat_id      uuid        not null,
    since        timestamptz not null,
    primary key (workspace_id, chat_id),
    foreign key (workspace_id, chat_id) references chat on delete cascade
);
select wall('delayed_message');

-- who waits for a person, longest first
create index chat_unanswered on chat (workspace_id, unanswered_since) where unanswered_since is not null;
