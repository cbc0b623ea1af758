-- The second wall between workspaces. The first is that every query names its workspace; should one forget, these
-- policies leave it nothing of another's.
--
-- Two roles, neither owner nor superuser: `baton_program` for what stands above workspaces (sessions, the ledger,
-- the sequencer, jobs that look for work), and `baton_desk` for everything done in one workspace, which a
-- transaction names by `set local baton.workspace`. Both are roles of the cluster; databases share them.
do $$
declare
    role text;
begin
    foreach role in array array['baton_desk', 'baton_program'] loop
        if not exists (select 1 from pg_roles where rolname = role) then
            begin
                execute format('create role %I nologin', role);
            exception
                -- another database of this cluster was faster
                when duplicate_object or unique_violation then null;
                when insufficient_privilege then
                    raise exception 'Baton needs two roles. An administrator has to run once: create role baton_desk; create role baton_program; grant baton_desk, baton_program to %', current_user;
            end;
        end if;
        if not pg_has_role(current_user, role, 'member') then
            execute format('grant %I to %I', role, current_user);
        end if;
    end loop;
end $$;

grant usage on schema public to baton_desk, baton_program;
grant usage on schema simulator to baton_program;
grant select, insert, update, delete on all tables in schema simulator to baton_program;

-- The workspace that this transaction acts in; null where none is named, and then nothing is seen.
create function acting_workspace() returns uuid language sql stable parallel safe as
    $$ select nullif(current_setting('baton.workspace', true), '')::uuid $$;

-- Puts the wall around a table; a migration that adds one calls this for it (a test asks every table).
create function wall(t regclass, workspace text default 'workspace_id') returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
    execute format('grant select, insert, update, delete on %s to baton_desk, baton_program', t);
    execute format('create policy desk on %s to baton_desk using (%2$I = acting_workspace()) with check (%2$I = acting_workspace())', t, workspace);
    execute format('create policy program on %s to baton_program using (true) with check (true)', t);
    -- migrations run as the owner, also where that is no superuser
    execute format('create policy owner on %s to %I using (true) with check (true)', t, current_user);
end $$;

alter table delivery_update add column workspace_id uuid;
update delivery_update u set workspace_id = d.workspace_id from delivery d where d.id = u.delivery_id;
alter table delivery_update alter column workspace_id set not null;

select wall('workspace', 'id');
do $$
declare
    t regclass;
begin
    for t in select c.oid::regclass from pg_class c
             join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
             where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    loop
        perform wall(t);
    end loop;
end $$;
-- Names no workspace: it counts before anybody has signed in.
grant select, insert, delete on sign_in_failure to baton_program;
