-- As in 0050, but without `coalesce()`, which row-level security lets into no index: asked by the desk itself (of contacts
-- whose words wait to be taken in), it read all contacts for the sight of one.
create or replace function contact_in_sight(in_workspace uuid, root uuid, me uuid, supervisor boolean)
returns boolean language sql stable parallel safe as $$
    select not exists (
        select 1 from contact k join chat c on c.workspace_id = k.workspace_id and c.contact_id = k.id
        where k.workspace_id = in_workspace and (k.id = root or k.merged_into = root)
          and sight(c.state, c.holder, c.directed_to, me, supervisor, false) <> 2)
$$;
