-- A `limit` beside `@@` made Postgres read all messages in their order and ask each, since it took a common word for one
-- that is soon met: 68 s at ten million, where that word was said in one week only. What the index finds is gathered first
-- (`materialized`), and only so many of it are taken. Where weeks have very many, they are read from their end: 200,000
-- messages of one week took 700 ms. Planned once: it asks for up to fifteen spans of weeks. With enough memory
-- for what a week has, for else every message of a page is read again. Otherwise as in 0073 and 0075.
create or replace function find_messages(in_workspace uuid, me uuid, supervisor boolean, wanted text,
    since timestamptz, upto timestamptz, upto_id uuid, most int)
returns table (message_id uuid, chat_id uuid, at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set enable_seqscan = off
    set plan_cache_mode = force_generic_plan set work_mem = '32MB' as $$
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
    -- What some weeks have, at most so many.
    many     constant int := 2000;
    ids      uuid[];
    chats    uuid[];
    times    timestamptz[];
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
    -- What ends, and is said again and again, is nothing that few messages have.
    if ending is not null and (
        select count(*) from (select m.words from message_words m
            where m.workspace_id = in_workspace and m.at >= since and (m.at, m.message_id) < (upto, upto_id)
            order by m.at desc, m.message_id desc limit 4000) r
        where r.words @@ replace(ending, '~', '')::tsquery) > 40 then
        ending := null;
    end if;
    select m.week into oldest from message_words m where m.workspace_id = in_workspace and m.at >= since
        order by m.at, m.message_id limit 1;
    upper := newest;
    while upper >= oldest loop
        -- A word that the weeks before did not have is looked for in several at once.
        picked := null;
        if ending is not null then
            select string_agg('(' || replace(ending, '~', search_slice(in_workspace, week)) || ')', ' | ')::tsquery into slices
                from generate_series(greatest(oldest, upper - span + 1), upper) week;
            picked := array(with hit as materialized (
                    select m.message_id from message_words m
                    where m.workspace_id = in_workspace
                      and sliced(search_slice(m.workspace_id, m.week), m.words) @@ slices)
                select h.message_id from hit h limit few);
            if cardinality(picked) = few then picked := null; end if;
        end if;
        select string_agg('(' || replace(wanted, '~', search_slice(in_workspace, week)) || ')', ' | ')::tsquery into slices
            from generate_series(greatest(oldest, upper - span + 1), upper) week;
        select array_agg(h.message_id), array_agg(h.chat_id), array_agg(h.at) into ids, chats, times from (
            with hit as materialized (
                select m.message_id, m.chat_id, m.at from message_words m
                where picked is not null and m.workspace_id = in_workspace
                  and m.message_id = any (picked) and m.words @@ plain
                union all
                select m.message_id, m.chat_id, m.at from message_words m
                where picked is null and m.workspace_id = in_workspace
                  and sliced(search_slice(m.workspace_id, m.week), m.words) @@ slices)
            select * from hit limit many) h;
        if cardinality(ids) = many then
            -- So many that the newest are soon met: these weeks are read as they lie.
            return query
                select m.message_id, m.chat_id, m.at from (
                    select m.message_id, m.chat_id, m.at from message_words m
                    where m.workspace_id = in_workspace and m.at >= since and (m.at, m.message_id) <= (edge, edge_id)
                      and m.at >= to_timestamp(greatest(oldest, upper - span + 1)::bigint * 604800)
                      and m.at < to_timestamp((upper + 1)::bigint * 604800) and m.words @@ plain
                    order by m.at desc, m.message_id desc offset 0) m
                cross join lateral (select case when o.folded_into is null then o.id else o.folded_into end as id
                    from chat o where o.workspace_id = in_workspace and o.id = m.chat_id offset 0) o
                cross join lateral (select sight(c.state, c.holder, c.directed_to, me, supervisor, false) as sight
                    from chat c where c.workspace_id = in_workspace and c.id = o.id offset 0) c
                where c.sight = 2
                limit most - total;
        else
            return query
                select h.id, h.chat, h.at from unnest(ids, chats, times) as h(id, chat, at)
                join chat o on o.workspace_id = in_workspace and o.id = h.chat
                join chat c on c.workspace_id = in_workspace and c.id = coalesce(o.folded_into, o.id)
                where h.at >= since and (h.at, h.id) <= (edge, edge_id)
                  and sight(c.state, c.holder, c.directed_to, me, supervisor, false) = 2
                order by h.at desc, h.id desc limit most - total;
        end if;
        get diagnostics got = row_count;
        total := total + got;
        exit when total >= most;
        upper := upper - span;
        span := case when got = 0 then least(span * 2, 8) else 1 end;
    end loop;
end $$;

create or replace function find_people(in_workspace uuid, me uuid, supervisor boolean, wanted text, first text, most int)
returns table (contact_id uuid, chat_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set enable_seqscan = off
    set plan_cache_mode = force_generic_plan set work_mem = '32MB' as $$
declare
    plain tsquery := replace(wanted, '~', '')::tsquery;
    roots uuid[];
    few   constant int := 300;
    -- Those that have what is asked first, where they are few.
    picked uuid[];
begin
    if in_workspace is distinct from acting_workspace() then return; end if;
    -- A contact may come once for each of its chats, and for each that was merged into it.
    roots := array(
        select k.root from (
            select c.contact_id from unnest(array['requested', 'intervened', 'active', 'history']) q
            cross join lateral (select c.contact_id, c.last_at, c.id from chat c
                where c.workspace_id = in_workspace and c.queue = q order by c.last_at desc, c.id desc limit 100) c
            order by c.last_at desc, c.id desc offset 0) c
        cross join lateral (select w.words from contact_words w
            where w.workspace_id = in_workspace and w.contact_id = c.contact_id offset 0) w
        cross join lateral (select k.id, coalesce(k.merged_into, k.id) as root from contact k
            where k.workspace_id = in_workspace and k.id = c.contact_id offset 0) k
        where w.words @@ plain
          and not exists (select 1 from contact_words_waiting q where q.workspace_id = in_workspace and q.contact_id = k.id)
          and contact_in_sight(in_workspace, k.root, me, supervisor)
        limit most * 4);
    if cardinality(array(select distinct r from unnest(roots) r)) < most then
        if first <> '' then
            picked := array(with hit as materialized (
                    select w.contact_id from contact_words w
                    where w.workspace_id = in_workspace
                      and sliced(search_slice(w.workspace_id, 0), w.words)
                          @@ replace(first, '~', search_slice(in_workspace, 0))::tsquery)
                select h.contact_id from hit h limit few);
            if cardinality(picked) = few then picked := null; end if;
        end if;
        roots := roots || array(
            with found as materialized (
                select w.contact_id from contact_words w
                where picked is null and w.workspace_id = in_workspace
                  and sliced(search_slice(w.workspace_id, 0), w.words)
                      @@ replace(wanted, '~', search_slice(in_workspace, 0))::tsquery
             ), hit as materialized (
                select w.contact_id from contact_words w
                where picked is not null and w.workspace_id = in_workspace
                  and w.contact_id = any (picked) and w.words @@ plain
                union all
                (select f.contact_id from found f limit 4000))
            select k.root from (
                select k.id, k.root from hit h
                cross join lateral (select k.id, coalesce(k.merged_into, k.id) as root from contact k
                    where k.workspace_id = in_workspace and k.id = h.contact_id offset 0) k
                left join lateral (select c.last_at from chat c
                    where c.workspace_id = in_workspace and c.contact_id = k.id order by c.last_at desc limit 1) c on true
                order by c.last_at desc nulls last offset 0) k
            where not exists (select 1 from contact_words_waiting q where q.workspace_id = in_workspace and q.contact_id = k.id)
              and contact_in_sight(in_workspace, k.root, me, supervisor)
            limit most * 4);
    end if;
    return query
        select f.root, c.id
        from (select distinct r as root from unnest(roots) r) f
        left join lateral (select c.id, c.last_at from contact k
            join chat c on c.workspace_id = in_workspace and c.contact_id = k.id
            where k.workspace_id = in_workspace and coalesce(k.merged_into, k.id) = f.root and c.folded_into is null
            order by c.last_at desc, c.id desc limit 1) c on true
        order by c.last_at desc nulls last, c.id desc, f.root desc limit most;
end $$;
