-- Something that is done to many contacts, batch after batch, by whichever process comes by. A batch and the task's
-- place after it are committed together: each contact is visited once, also when a process dies in between.
create table contact_task (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    -- who wants it: looked up again for every batch
    member_id    uuid        not null,
    -- `domain::task::Action`, and the words for it as of then
    action       jsonb       not null,
    words        text        not null,
    -- whom it means: those who match, or those who were chosen
    filter       jsonb       not null,
    chosen       uuid[],
    state        text        not null,
    -- counted by the first step
    total        bigint,
    -- the last contact that was visited, on the way there and on the way back
    place        uuid,
    visited      bigint      not null default 0,
    changed      bigint      not null default 0,
    put_back     bigint      not null default 0,
    left_alone   bigint      not null default 0,
    -- why it ended early
    why          text,
    made_at      timestamptz not null,
    ended_at     timestamptz,
    primary key (workspace_id, id),
    foreign key (workspace_id, member_id) references member,
    constraint contact_task_state check (state in ('running', 'done', 'cancelled', 'undoing', 'undone'))
);
create index contact_task_due on contact_task (id) where state in ('running', 'undoing');
create index contact_task_ended on contact_task (ended_at) where ended_at is not null;
select wall('contact_task');

-- What a task changed, so that it can be put back.
create table contact_task_change (
    workspace_id uuid   not null,
    task_id      uuid   not null,
    contact_id   uuid   not null,
    -- the tag as it was given; the value as it was
    before       jsonb  not null,
    -- the value's version afterwards
    version      bigint not null default 0,
    at           timestamptz not null,
    primary key (workspace_id, task_id, contact_id),
    foreign key (workspace_id, task_id) references contact_task on delete cascade,
    foreign key (workspace_id, contact_id) references contact on delete cascade
);
select wall('contact_task_change');
