-- Two contacts that turned out to be one person. Each row points one contact to another; `contact.merged_into` is
-- where the pointers lead in the end, so that no reader has to follow them. Undone, a row stays as it was.
create table merge (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    into_contact uuid        not null,
    from_contact uuid        not null,
    -- what told them to be one, in words
    why          text        not null,
    -- as the journey writes its doers
    merged_by    jsonb       not null,
    merged_at    timestamptz not null,
    undone_at    timestamptz,
    primary key (workspace_id, id),
    foreign key (workspace_id, into_contact) references contact on delete cascade,
    foreign key (workspace_id, from_contact) references contact on delete cascade,
    constraint merge_two check (into_contact <> from_contact)
);
-- a contact is part of one other at a time
create unique index merge_pointer on merge (workspace_id, from_contact) where undone_at is null;
create index merge_into on merge (workspace_id, into_contact) where undone_at is null;
create index merge_recent on merge (workspace_id, merged_at desc, id desc) where undone_at is null;
create index contact_merged on contact (workspace_id, merged_into) where merged_into is not null;

-- Pairs that are looked at apart: somebody said that they are not one person, or WhatsApp said that they are while
-- they could not be joined. The smaller id comes first.
create table duplicate (
    workspace_id uuid        not null references workspace on delete cascade,
    one          uuid        not null,
    other        uuid        not null,
    why          text        not null,
    found_at     timestamptz not null,
    dismissed_at timestamptz,
    primary key (workspace_id, one, other),
    foreign key (workspace_id, one) references contact on delete cascade,
    foreign key (workspace_id, other) references contact on delete cascade,
    constraint duplicate_order check (one < other)
);
create index duplicate_open on duplicate (workspace_id, found_at desc) where dismissed_at is null;
-- duplicates are looked for from the newest values on, each by one look into the second index
create index attribute_newest on attribute (workspace_id, set_at desc, contact_id desc, definition_id desc) where value <> '';
create index attribute_alike on attribute (workspace_id, md5(lower(value)), contact_id) where value <> '';

-- The chat of a merged contact is read within the one that it became, and stands in no queue.
alter table chat add column folded_into uuid,
    add foreign key (workspace_id, folded_into) references chat;
drop index chat_recent;
alter table chat drop column queue;
alter table chat add column queue text not null generated always as (case
    when folded_into is not null then 'merged'
    when state = 'active' and not window_open then 'history'
    else state end) stored;
create index chat_recent on chat (workspace_id, queue, last_at desc, id desc);
create index chat_folded on chat (workspace_id, folded_into) where folded_into is not null;

select wall('merge');
select wall('duplicate');
