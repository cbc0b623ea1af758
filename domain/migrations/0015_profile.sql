-- Screens hear when a customer's profile changed beside the chat itself (a tag, an attribute), and when something
-- that the workspace defines did (tags, attributes, outcomes, settings).
do $$
declare
    t text;
begin
    foreach t in array array['feed', 'feed_waiting'] loop
        execute format('alter table %I drop constraint feed_kind', t);
        execute format('alter table %I add constraint feed_kind check (kind in (''chat'', ''seen'', ''presence'', ''member'', ''signed_out'', ''watch'', ''profile'', ''defined''))', t);
    end loop;
end $$;
