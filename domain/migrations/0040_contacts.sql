-- The table of contacts: its orders, and the conditions it is filtered by. Row-level security stands before conditions
-- that might tell of rows (functions that are not leakproof), and keeps them out of indexes: what is to be found by
-- an index is therefore kept in columns, and compared as text, uuid, int or time.
alter table contact
    add column sort_name text generated always as (lower(left(coalesce(name, ''), 100))) stored;
create index contact_by_name on contact (workspace_id, sort_name, id) where merged_into is null;
create index contact_by_last_active on contact (workspace_id, (coalesce(last_active_at, '-infinity')), id)
    where merged_into is null;
create index contact_by_first_seen on contact (workspace_id, first_seen_at, id) where merged_into is null;
create index contact_by_unresolved on contact (workspace_id, unresolved_queries, id) where merged_into is null;

-- A kept value in a form that sorts: numbers and amounts after n, days after d, everything else folded after t.
create function attribute_key(value text) returns text language sql immutable parallel safe as $$
    select case
        when value ~ '^[0-9]{1,15}(\.[0-9]{1,6})?$'
            then 'n1' || lpad(split_part(value, '.', 1), 15, '0') || rpad(split_part(value, '.', 2), 6, '0')
        when value ~ '^-[0-9]{1,15}(\.[0-9]{1,6})?$'
            then 'n0' || translate(lpad(split_part(substr(value, 2), '.', 1), 15, '0')
                                   || rpad(split_part(value, '.', 2), 6, '0'), '0123456789', '9876543210')
        when value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then 'd' || value
        else 't' || lower(left(value, 100)) end
$$;
alter table attribute add column key text collate "C" generated always as (attribute_key(value)) stored;
create index attribute_by_value on attribute (workspace_id, definition_id, key, contact_id);

create index contact_tag_holders on contact_tag (workspace_id, tag_id, contact_id);
drop index contact_tag_tag;
