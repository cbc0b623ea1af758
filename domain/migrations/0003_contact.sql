-- One customer.
create table contact (
    workspace_id       uuid        not null references workspace on delete cascade,
    id                 uuid        not null,
    -- as the customer calls themselves on WhatsApp; may be missing
    name               text,
    -- a merged contact points to the one it became; undo removes the pointer
    merged_into        uuid,
    first_seen_at      timestamptz not null,
    last_active_at     timestamptz,
    source             jsonb       not null default '"organic"',
    first_message      text,
    -- counters: kept in the transaction of what they count, and recounted by a test
    template_messages  bigint      not null default 0,
    session_messages   bigint      not null default 0,
    unresolved_queries bigint      not null default 0,
    created_at         timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, merged_into) references contact
);

-- What a customer is known by. A phone number is unique in the workspace in its canonical form, so that
-- Brazilian, Mexican and Argentine variants of one number are one identity; a BSUID likewise.
-- A username is shown, never unique and never matched on.
create table identity (
    workspace_id uuid        not null,
    contact_id   uuid        not null,
    kind         text        not null,
    -- as WhatsApp wrote it: what a message is sent to
    value        text        not null,
    canonical    text        not null,
    created_at   timestamptz not null,
    primary key (workspace_id, contact_id, kind, canonical),
    foreign key (workspace_id, contact_id) references contact on delete cascade,
    constraint identity_kind check (kind in ('phone', 'bsuid', 'username'))
);
create unique index identity_unique on identity (workspace_id, kind, canonical) where kind in ('phone', 'bsuid');

-- A typed value on a contact, defined once for the workspace.
create table attribute_definition (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    key          text        not null,
    name         text        not null,
    kind         text        not null,
    position     int         not null default 0,
    created_at   timestamptz not null,
    primary key (workspace_id, id),
    constraint attribute_definition_key unique (workspace_id, key),
    constraint attribute_definition_kind check (kind in ('text', 'email', 'number', 'country'))
);

create table attribute (
    workspace_id  uuid        not null,
    contact_id    uuid        not null,
    definition_id uuid        not null,
    value         text        not null,
    version       bigint      not null default 1,
    set_at        timestamptz not null,
    primary key (workspace_id, contact_id, definition_id),
    foreign key (workspace_id, contact_id) references contact on delete cascade,
    foreign key (workspace_id, definition_id) references attribute_definition on delete cascade
);
