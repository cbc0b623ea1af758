-- Who fits what is looked for within History: the contacts that the index finds, where they are few; null where there
-- are `most` or more. Those whose words are being made anew are not among them. As the tables' owner, for the reason
-- given in 0050.
create function find_few(in_workspace uuid, wanted text, most int)
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
        where k.workspace_id = in_workspace and k.id = any (found)
          and not exists (select 1 from contact_words_waiting q
              where q.workspace_id = in_workspace and q.contact_id = k.id));
end $$;

revoke execute on function find_few from public;
grant execute on function find_few to baton_desk;
