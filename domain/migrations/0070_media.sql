-- A file that goes with messages or canned replies. In the database and not in a folder: it is under the same walls, in
-- the same backup and the same transaction as what refers to it, and any number of processes have it. Baton takes at
-- most 16 MB, which a bytea holds well; a large object would stand outside of row-level security.
create table media (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    sha256       bytea       not null,
    -- found by looking into the file, never as the browser said
    content_type text        not null,
    name         text        not null,
    size         bigint      not null,
    content      bytea       not null,
    uploaded_by  uuid,
    created_at   timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, uploaded_by) references member on delete set null (uploaded_by),
    constraint media_name check (length(name) between 1 and 120),
    constraint media_size check (size between 1 and 16777216 and size = octet_length(content)),
    constraint media_sha256 check (octet_length(sha256) = 32)
);
-- such files are compressed already; uncompressed, a part of one is read without the rest
alter table media alter column content set storage external;
select wall('media');

-- Under which id WhatsApp knows a file that was uploaded for a number: valid for 30 days.
create table media_upload (
    workspace_id uuid        not null,
    media_id     uuid        not null,
    channel_id   uuid        not null,
    graph_id     text        not null,
    uploaded_at  timestamptz not null,
    primary key (workspace_id, media_id, channel_id),
    foreign key (workspace_id, media_id) references media on delete cascade,
    foreign key (workspace_id, channel_id) references channel on delete cascade
);
select wall('media_upload');

-- What refers to a file. A file that nothing refers to is removed after a day.
alter table message add column media_id uuid, add foreign key (workspace_id, media_id) references media;
create index message_media on message (workspace_id, media_id) where media_id is not null;
alter table draft add column media_id uuid, add foreign key (workspace_id, media_id) references media;
create index draft_media on draft (workspace_id, media_id) where media_id is not null;
alter table canned_reply add column media_id uuid, add foreign key (workspace_id, media_id) references media,
    drop constraint canned_reply_text,
    add constraint canned_reply_text check (length(text) between case when media_id is null then 1 else 0 end and 4096);
create index canned_reply_media on canned_reply (workspace_id, media_id) where media_id is not null;

-- The simulator's memory of what Baton has uploaded.
create table simulator.media (
    id              text primary key,
    phone_number_id text        not null,
    content_type    text        not null,
    name            text        not null,
    content         bytea       not null,
    at              timestamptz not null
);
grant select, insert, update, delete on simulator.media to baton_program;
