-- `coalesce()` keeps Postgres from this index behind row-level security (it might tell of other rows); `case` does not.
-- A page far down the table read everything before it.
drop index contact_by_last_active;
create index contact_by_last_active on contact
    (workspace_id, (case when last_active_at is null then '-infinity' else last_active_at end), id)
    where merged_into is null;
