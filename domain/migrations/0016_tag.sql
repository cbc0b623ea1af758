-- What contacts are labelled with, in categories; defined in Manage, or made by the business's own systems.
create table tag_category (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    name         text        not null,
    position     int         not null,
    created_at   timestamptz not null,
    primary key (workspace_id, id)
);
create unique index tag_category_name on tag_category (workspace_id, lower(name));

create table tag (
    workspace_id uuid        not null,
    id           uuid        not null,
    category_id  uuid        not null,
    name         text        not null,
    colour       text        not null,
    -- who gives it: members, or which automation
    kind         text        not null,
    position     int         not null,
    -- stays on who has it, and is given no more
    archived_at  timestamptz,
    created_at   timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, category_id) references tag_category,
    constraint tag_kind check (kind in ('manual', 'first_message', 'api', 'broadcast'))
);
create unique index tag_name on tag (workspace_id, category_id, lower(name));

create table contact_tag (
    workspace_id uuid        not null,
    contact_id   uuid        not null,
    tag_id       uuid        not null,
    given_at     timestamptz not null,
    -- who did it, as in the journey
    given_by     jsonb       not null,
    -- which automation gave it; null where a member did
    automation   text,
    primary key (workspace_id, contact_id, tag_id),
    foreign key (workspace_id, contact_id) references contact on delete cascade,
    -- what becomes of a tag's uses is decided before it is deleted
    foreign key (workspace_id, tag_id) references tag,
    constraint contact_tag_automation check (automation in ('first_message', 'api', 'broadcast'))
);
create index contact_tag_tag on contact_tag (workspace_id, tag_id);

-- Which tag a new customer gets by their first message.
create table tag_rule (
    workspace_id uuid        not null,
    id           uuid        not null,
    tag_id       uuid        not null,
    -- what is looked at: the message's text, the ad's headline, or the address that led here
    looks_at     text        not null,
    match        text        not null,
    words        text        not null,
    enabled      boolean     not null,
    position     int         not null,
    created_at   timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, tag_id) references tag on delete cascade,
    constraint tag_rule_looks_at check (looks_at in ('text', 'ad', 'link')),
    constraint tag_rule_match check (match in ('contains', 'equals', 'starts_with'))
);

select wall('tag_category');
select wall('tag');
select wall('contact_tag');
select wall('tag_rule');
