-- The contact's lifelong, typed timeline.
create table journey (
    workspace_id uuid        not null,
    id           uuid        not null,
    contact_id   uuid        not null,
    chat_id      uuid,
    kind         text        not null,
    actor        jsonb       not null,
    detail       jsonb       not null default '{}',
    -- the place in the thread where it happened
    seq          bigint,
    at           timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, contact_id) references contact on delete cascade
);
create index journey_contact on journey (workspace_id, contact_id, at desc, id desc);
