-- Whom a note mentions and who has not read on to it yet: told whenever they open the desk, until they have.
create table mention (
    workspace_id uuid   not null,
    member_id    uuid   not null,
    message_id   uuid   not null,
    chat_id      uuid   not null,
    seq          bigint not null,
    primary key (workspace_id, member_id, message_id),
    foreign key (workspace_id, member_id) references member on delete cascade,
    foreign key (workspace_id, chat_id) references chat on delete cascade
);
create index mention_chat on mention (workspace_id, chat_id);
select wall('mention');
