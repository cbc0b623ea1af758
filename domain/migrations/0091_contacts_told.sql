-- Supervisors' screens hear when contacts changed that have no chat, and what is done to many of them: tasks, imports.
do $$
declare
    t text;
begin
    foreach t in array array['feed', 'feed_waiting'] loop
        execute format('alter table %I drop constraint feed_kind', t);
        execute format('alter table %I add constraint feed_kind check (kind in (''chat'', ''seen'', ''presence'', ''member'', ''signed_out'', ''watch'', ''profile'', ''defined'', ''contacts''))', t);
    end loop;
end $$;
