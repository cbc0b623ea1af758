-- A request that is meant for one member opens to everyone at this moment, unless it was accepted before.
alter table chat add column offer_until timestamptz;
update chat set offer_until = requested_since where directed_to is not null;
alter table chat add constraint chat_offer check ((offer_until is null) = (directed_to is null));
create index chat_offer on chat (offer_until) where offer_until is not null;
create index chat_directed on chat (workspace_id, directed_to) where directed_to is not null;
-- What the next agent reads first: who passed the chat on, and with what words.
alter table episode add column passed jsonb;

-- Who switched the member to Available or Away: `hand` themselves; `idle` and `gone` the clock, which then also
-- switches back when they return.
alter table member add column presence_by text not null default 'hand',
    add constraint member_presence_by check (presence_by in ('hand', 'idle', 'gone'));
create index member_available on member (workspace_id) where presence = 'available' and deactivated_at is null;

-- A browser tab with a live socket. Its socket keeps it alive; a tab that is gone for a while is removed, and with
-- it end the watches it opened.
create table screen (
    workspace_id uuid        not null,
    id           uuid        not null,
    member_id    uuid        not null,
    -- moved on by the socket; null `gone_at` means connected
    alive_at     timestamptz not null,
    gone_at      timestamptz,
    -- when somebody last typed, clicked or moved in it
    active_at    timestamptz not null,
    primary key (workspace_id, id),
    foreign key (workspace_id, member_id) references member on delete cascade
);
create index screen_member on screen (workspace_id, member_id);
create index screen_alive on screen (alive_at);

-- The watch's tab; none for watches from before there were tabs.
alter table watch add column screen_id uuid;
create index watch_open on watch (workspace_id, chat_id, member_id) where closed_at is null;
create index watch_screen on watch (workspace_id, screen_id) where closed_at is null;

-- What supervisors have to be able to look up later: watches, members, and what other features add.
create table audit (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    at           timestamptz not null,
    member_id    uuid,
    -- the name they had then
    name         text        not null,
    kind         text        not null,
    detail       jsonb       not null default '{}',
    primary key (workspace_id, id)
);
create index audit_recent on audit (workspace_id, at desc, id desc);

alter table feed drop constraint feed_kind,
    add constraint feed_kind check (kind in ('chat', 'seen', 'presence', 'member', 'signed_out', 'watch'));
