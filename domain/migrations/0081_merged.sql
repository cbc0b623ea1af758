-- The row of a contact says for whoever became a part of it, too: since when they are known, when they last wrote, how
-- many messages there were. The table of contacts, its filters and orders read that one row, by its indexes.
--
-- What it said for itself before anybody became a part of it (`domain::contact::together::Facts`); null where nobody did.
alter table contact add column own jsonb;

update contact c set own = jsonb_build_object('name', c.name, 'named_by_us', c.named_by_us,
        'first_seen_at', c.first_seen_at, 'last_active_at', c.last_active_at, 'source', c.source,
        'first_message', c.first_message, 'opted', c.opted, 'opted_at', c.opted_at, 'blocked_at', c.blocked_at)
    where exists (select from merge m where m.workspace_id = c.workspace_id and m.into_contact = c.id and m.undone_at is null);

with recursive below as (
    select m.workspace_id, m.into_contact as top, m.from_contact as part from merge m where m.undone_at is null
    union
    select b.workspace_id, b.top, m.from_contact from below b
    join merge m on m.workspace_id = b.workspace_id and m.into_contact = b.part and m.undone_at is null),
  parts as (
    select b.workspace_id, b.top, min(p.first_seen_at) as first_seen_at, max(p.last_active_at) as last_active_at,
        sum(p.unresolved_queries) as unresolved_queries, sum(p.template_messages) as template_messages,
        sum(p.session_messages) as session_messages,
        (array_agg(p.source order by p.first_seen_at, p.id))[1] as source,
        (array_agg(p.first_message order by p.first_seen_at, p.id) filter (where p.first_message is not null))[1] as first_message
    from below b join contact p on p.workspace_id = b.workspace_id and p.id = b.part group by 1, 2)
update contact c set first_seen_at = least(c.first_seen_at, p.first_seen_at),
        last_active_at = greatest(c.last_active_at, p.last_active_at),
        unresolved_queries = c.unresolved_queries + p.unresolved_queries,
        template_messages = c.template_messages + p.template_messages,
        session_messages = c.session_messages + p.session_messages,
        source = case when p.first_seen_at < c.first_seen_at then p.source else c.source end,
        first_message = case when p.first_seen_at < c.first_seen_at then coalesce(p.first_message, c.first_message)
            else coalesce(c.first_message, p.first_message) end
    from parts p where c.workspace_id = p.workspace_id and c.id = p.top;
