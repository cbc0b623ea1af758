-- Contacts whose words are being made anew were left to those who look at them one by one, who look at the newest five
-- hundred: while an import or a change of many was taken in, everybody else whom it concerned was found by nothing. Only
-- those who were looked at are left out now (`looked`); the others are found by the words they had. Otherwise as in 0087
-- and 0088.
drop function find_people(uuid, uuid, boolean, text, text, int);
drop function find_few(uuid, text, int);

create function find_people(in_workspace uuid, me uuid, supervisor boolean, wanted text, first text, most int, looked uuid[])
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
          and not k.id = any (looked)
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
            where not k.id = any (looked)
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

revoke execute on function find_people from public;
grant execute on function find_people to baton_desk;

create function find_few(in_workspace uuid, wanted text, most int, looked uuid[])
returns uuid[]
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set enable_seqscan = off
    set plan_cache_mode = force_generic_plan set work_mem = '32MB' as $$
declare
    found uuid[];
begin
    if in_workspace is distinct from acting_workspace() then return null; end if;
    found := array(
        with hit as materialized (
            select w.contact_id from contact_words w
            where w.workspace_id = in_workspace
              and sliced(search_slice(w.workspace_id, 0), w.words)
                  @@ replace(wanted, '~', search_slice(in_workspace, 0))::tsquery)
        select h.contact_id from hit h limit most);
    if cardinality(found) >= most then return null; end if;
    return array(
        select distinct coalesce(k.merged_into, k.id) from contact k
        where k.workspace_id = in_workspace and k.id = any (found) and not k.id = any (looked));
end $$;

revoke execute on function find_few from public;
grant execute on function find_few to baton_desk;
