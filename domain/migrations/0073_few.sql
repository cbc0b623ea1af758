-- A word that may go on (`word:*`) is slow to look for by the index where much begins with it: all its places are gathered
-- before any other word is asked, 485 ms for a common word among notes when there are none. So the words that end
-- (and the sender and the kind, which do) are asked first: where few messages have those, the rest is read from them.
-- Otherwise as in 0050.
create or replace function find_messages(in_workspace uuid, me uuid, supervisor boolean, wanted text,
    since timestamptz, upto timestamptz, upto_id uuid, most int)
returns table (message_id uuid, chat_id uuid, at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
declare
    plain    tsquery := replace(wanted, '~', '')::tsquery;
    -- What ends, where something else may go on; null where nothing does.
    ending   text := (select string_agg(term, ' & ') filter (where term not like '%:*') from string_to_table(wanted, ' & ') term
                      having bool_or(term like '%:*'));
    few      constant int := 300;
    edge     timestamptz;
    edge_id  uuid;
    newest   int;
    oldest   int;
    span     int := 1;
    upper    int;
    slices   tsquery;
    -- Those that have what ends, where they are few.
    picked   uuid[];
    got      int;
    total    int;
begin
    if in_workspace is distinct from acting_workspace() then return; end if;
    select m.at, m.message_id, m.week into edge, edge_id, newest from message_words m
        where m.workspace_id = in_workspace and m.at >= since and (m.at, m.message_id) < (upto, upto_id)
        order by m.at desc, m.message_id desc offset 4000 limit 1;
    return query
        select r.message_id, r.chat_id, r.at from (
            select m.message_id, m.chat_id, m.at, m.words from message_words m
            where m.workspace_id = in_workspace and m.at >= since and (m.at, m.message_id) < (upto, upto_id)
            order by m.at desc, m.message_id desc limit 4000) r
        join chat o on o.workspace_id = in_workspace and o.id = r.chat_id
        join chat c on c.workspace_id = in_workspace and c.id = coalesce(o.folded_into, o.id)
        where r.words @@ plain and sight(c.state, c.holder, c.directed_to, me, supervisor, false) = 2
        order by r.at desc, r.message_id desc limit most;
    get diagnostics total = row_count;
    if total >= most or edge is null then return; end if;
    select m.week into oldest from message_words m where m.workspace_id = in_workspace and m.at >= since
        order by m.at, m.message_id limit 1;
    upper := newest;
    while upper >= oldest loop
        -- A word that the weeks before did not have is looked for in several at once.
        picked := null;
        if ending is not null then
            select string_agg('(' || replace(ending, '~', search_slice(in_workspace, week)) || ')', ' | ')::tsquery into slices
                from generate_series(greatest(oldest, upper - span + 1), upper) week;
            picked := array(select m.message_id from message_words m
                where m.workspace_id = in_workspace
                  and sliced(search_slice(m.workspace_id, m.week), m.words) @@ slices
                limit few);
            if cardinality(picked) = few then picked := null; end if;
        end if;
        select string_agg('(' || replace(wanted, '~', search_slice(in_workspace, week)) || ')', ' | ')::tsquery into slices
            from generate_series(greatest(oldest, upper - span + 1), upper) week;
        return query
            with hit as materialized (
                select m.message_id, m.chat_id, m.at from message_words m
                where picked is not null and m.workspace_id = in_workspace
                  and m.message_id = any (picked) and m.words @@ plain
                union all
                select m.message_id, m.chat_id, m.at from message_words m
                where picked is null and m.workspace_id = in_workspace
                  and sliced(search_slice(m.workspace_id, m.week), m.words) @@ slices)
            select h.message_id, h.chat_id, h.at from hit h
            join chat o on o.workspace_id = in_workspace and o.id = h.chat_id
            join chat c on c.workspace_id = in_workspace and c.id = coalesce(o.folded_into, o.id)
            where h.at >= since and (h.at, h.message_id) <= (edge, edge_id)
              and sight(c.state, c.holder, c.directed_to, me, supervisor, false) = 2
            order by h.at desc, h.message_id desc limit most - total;
        get diagnostics got = row_count;
        total := total + got;
        exit when total >= most;
        upper := upper - span;
        span := case when got = 0 then least(span * 2, 8) else 1 end;
    end loop;
end $$;
