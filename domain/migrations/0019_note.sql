-- An internal note is a member's message that goes nowhere: it has no delivery and no id of WhatsApp's.
alter table message add constraint message_note check (not body ? 'note'
    or (author = 'member' and member_id is not null and delivery is null and wamid is null));
-- the latest notes on a customer
create index message_note on message (workspace_id, chat_id, seq desc) where body ? 'note';

-- A member's note is typed beside their reply; neither takes the other's place.
alter table draft add column kind text not null default 'reply',
    add constraint draft_kind check (kind in ('reply', 'note')),
    drop constraint draft_pkey,
    add primary key (workspace_id, member_id, chat_id, kind);

-- The timeline is filtered by what a step is about and by who did it.
alter table journey add column part text not null default 'system',
    add constraint journey_part check (part in ('messages', 'bot', 'requests', 'profile', 'system')),
    add column doer text not null generated always as (
        case when jsonb_typeof(actor) = 'string' then actor #>> '{}' else 'member' end) stored;
update journey set part = case
    when kind in ('first_message', 'window_opened', 'window_closed') then 'messages'
    when kind in ('bot_asked') then 'bot'
    when kind in ('requested', 'intervened', 'first_reply', 'took_over', 'transferred', 'resolved', 'resolve_undone',
        'dismissed', 'missed', 'expired') then 'requests'
    when kind in ('attribute_set', 'identity_added') then 'profile'
    else 'system' end;
