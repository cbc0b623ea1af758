-- A filter of contacts that supervisors have saved. Whom it means is asked anew each time.
create table segment (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    name         text        not null,
    -- `domain::contact::filter::Group`
    filter       jsonb       not null,
    made_by      uuid        not null,
    made_at      timestamptz not null,
    changed_at   timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, made_by) references member,
    constraint segment_length check (length(name) between 1 and 60)
);
create unique index segment_name on segment (workspace_id, lower(name));
select wall('segment');

-- Which columns a supervisor looks at, in their order.
create table contact_columns (
    workspace_id uuid  not null,
    member_id    uuid  not null,
    columns      jsonb not null,
    primary key (workspace_id, member_id),
    foreign key (workspace_id, member_id) references member on delete cascade
);
select wall('contact_columns');
