-- Search: the words of messages and of contacts, made by `domain::search::fold` in the program and nowhere else, so that
-- what is kept and what is looked for are folded alike.
--
-- Words are written a moment after what they are from, by a job, so that receiving messages does not wait for them.
-- What waits for that job is searched too, word by word (`domain::search::store`): nothing is missed meanwhile.

-- What a message says. `week` is counted from 1970: the index has its words once for each week, so that a search looks
-- through the newest week first and never reads more than one week's worth of a word that is everywhere.
create table message_words (
    workspace_id uuid        not null,
    message_id   uuid        not null,
    chat_id      uuid        not null,
    at           timestamptz not null,
    week         int         not null,
    -- beside the words, who says it and of what kind it is, each behind a `=`
    words        tsvector    not null,
    primary key (workspace_id, message_id),
    foreign key (workspace_id, message_id) references message on delete cascade
);
create index message_words_newest on message_words (workspace_id, at desc, message_id desc);
select wall('message_words');

create table message_words_waiting (
    workspace_id uuid not null,
    message_id   uuid not null,
    primary key (workspace_id, message_id)
);
select wall('message_words_waiting');

-- What a contact is known by: name, numbers, usernames, ids, values of attributes, tags.
create table contact_words (
    workspace_id uuid     not null,
    contact_id   uuid     not null,
    -- beside the words, what numbers and names end with, each behind a `#`: so a piece of one begins something
    words        tsvector not null,
    primary key (workspace_id, contact_id),
    foreign key (workspace_id, contact_id) references contact on delete cascade
);
select wall('contact_words');

-- One row for each change, without a key that two changes could share: a change that is committed while the words are
-- being made leaves a row of its own behind, and they are made again.
create table contact_words_waiting (
    workspace_id uuid   not null,
    id           bigint not null generated always as identity,
    contact_id   uuid   not null,
    primary key (workspace_id, id)
);
create index contact_words_waiting_contact on contact_words_waiting (workspace_id, contact_id);
select wall('contact_words_waiting');

-- Many stores change what a contact is known by. The tables themselves note it, so that none can forget to.
create function contact_renamed() returns trigger language plpgsql as $$
begin
    insert into contact_words_waiting (workspace_id, contact_id) values (new.workspace_id, new.id);
    return null;
end $$;
create trigger contact_new after insert on contact for each row execute function contact_renamed();
create trigger contact_renamed after update of name on contact for each row
    when (old.name is distinct from new.name) execute function contact_renamed();

create function contact_described() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into contact_words_waiting (workspace_id, contact_id) values (old.workspace_id, old.contact_id);
    end if;
    if tg_op <> 'DELETE' then
        insert into contact_words_waiting (workspace_id, contact_id) values (new.workspace_id, new.contact_id);
    end if;
    return null;
end $$;
create trigger identity_described after insert or update or delete on identity for each row execute function contact_described();
create trigger attribute_described after insert or update or delete on attribute for each row execute function contact_described();
create trigger tag_described after insert or update or delete on contact_tag for each row execute function contact_described();

create function tag_renamed() returns trigger language plpgsql as $$
begin
    insert into contact_words_waiting (workspace_id, contact_id)
        select t.workspace_id, t.contact_id from contact_tag t where t.workspace_id = new.workspace_id and t.tag_id = new.id;
    return null;
end $$;
create trigger tag_renamed after update of name on tag for each row
    when (old.name is distinct from new.name) execute function tag_renamed();

-- One index serves every workspace: a word in it begins with whose it is, and with the week where there is one.
create function search_slice(workspace uuid, week int) returns text language sql immutable strict parallel safe as
    $$ select right(workspace::text, 6) || lpad(to_hex(week), 4, '0') $$;
create function sliced(slice text, words tsvector) returns tsvector language sql immutable strict parallel safe as
    $$ select array_to_tsvector(array(select slice || word from unnest(tsvector_to_array(words)) word)) $$;
-- Written by the job and not by who waits: nothing is put off for later readers.
create index message_words_sliced on message_words using gin (sliced(search_slice(workspace_id, week), words)) with (fastupdate = off);
create index contact_words_sliced on contact_words using gin (sliced(search_slice(workspace_id, 0), words)) with (fastupdate = off);

-- Whose contact it is, through a merge.
create index contact_root on contact (workspace_id, (coalesce(merged_into, id)));

-- A contact is hidden while any of its chats is (design §3).
create function contact_in_sight(in_workspace uuid, root uuid, me uuid, supervisor boolean)
returns boolean language sql stable parallel safe as $$
    select not exists (
        select 1 from contact k join chat c on c.workspace_id = k.workspace_id and c.contact_id = k.id
        where k.workspace_id = in_workspace and coalesce(k.merged_into, k.id) = root
          and sight(c.state, c.holder, c.directed_to, me, supervisor, false) <> 2)
$$;

-- The two searches run as the tables' owner: behind row-level security Postgres uses no index for `@@`, since it could
-- tell of rows before the policy has been asked. The wall stands in their first line instead.
--
-- `wanted` is a tsquery with `~` where a word's slice goes. Newest first: what was said last is looked through as it
-- lies, which finds words that are common; then week by week by the index. Sight comes before every limit; of a chat that
-- is read within another, it is the other's.
create function find_messages(in_workspace uuid, me uuid, supervisor boolean, wanted text,
    since timestamptz, upto timestamptz, upto_id uuid, most int)
returns table (message_id uuid, chat_id uuid, at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
declare
    plain    tsquery := replace(wanted, '~', '')::tsquery;
    edge     timestamptz;
    edge_id  uuid;
    newest   int;
    oldest   int;
    span     int := 1;
    upper    int;
    slices   tsquery;
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
        select string_agg('(' || replace(wanted, '~', search_slice(in_workspace, week)) || ')', ' | ')::tsquery into slices
            from generate_series(greatest(oldest, upper - span + 1), upper) week;
        return query
            with hit as materialized (
                select m.message_id, m.chat_id, m.at from message_words m
                where m.workspace_id = in_workspace
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

-- Contacts by any of their words, with the chat of each that was used last; those with the newest chats first. Contacts
-- whose words are being made anew are left to the caller.
create function find_people(in_workspace uuid, me uuid, supervisor boolean, wanted text, most int)
returns table (contact_id uuid, chat_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp set enable_seqscan = off as $$
declare
    plain tsquery := replace(wanted, '~', '')::tsquery;
    roots uuid[];
begin
    if in_workspace is distinct from acting_workspace() then return; end if;
    -- Among those who were spoken with last: finds words that many contacts have.
    roots := array(
        select distinct coalesce(k.merged_into, k.id)
        from unnest(array['requested', 'intervened', 'active', 'history']) q
        cross join lateral (select c.contact_id from chat c where c.workspace_id = in_workspace and c.queue = q
            order by c.last_at desc, c.id desc limit 300) c
        join contact_words w on w.workspace_id = in_workspace and w.contact_id = c.contact_id
        join contact k on k.workspace_id = in_workspace and k.id = c.contact_id
        where w.words @@ plain
          and not exists (select 1 from contact_words_waiting q where q.workspace_id = in_workspace and q.contact_id = k.id)
          and contact_in_sight(in_workspace, coalesce(k.merged_into, k.id), me, supervisor));
    if cardinality(roots) < most then
        roots := array(
            with hit as materialized (
                select w.contact_id from contact_words w
                where w.workspace_id = in_workspace
                  and sliced(search_slice(w.workspace_id, 0), w.words)
                      @@ replace(wanted, '~', search_slice(in_workspace, 0))::tsquery)
            select coalesce(k.merged_into, k.id)
            from hit h join contact k on k.workspace_id = in_workspace and k.id = h.contact_id
            where not exists (select 1 from contact_words_waiting q where q.workspace_id = in_workspace and q.contact_id = k.id)
              and contact_in_sight(in_workspace, coalesce(k.merged_into, k.id), me, supervisor)
            limit 400);
    end if;
    return query
        select f.root, c.id
        from (select distinct r as root from unnest(roots) r) f
        cross join lateral (select c.id, c.last_at from contact k
            join chat c on c.workspace_id = in_workspace and c.contact_id = k.id
            where k.workspace_id = in_workspace and coalesce(k.merged_into, k.id) = f.root and c.folded_into is null
            order by c.last_at desc, c.id desc limit 1) c
        order by c.last_at desc, c.id desc limit most;
end $$;
revoke execute on function find_messages, find_people from public;
grant execute on function find_messages, find_people to baton_desk;

-- Everything that is there already is taken in by the job, newest first.
insert into message_words_waiting select workspace_id, id from message where author <> 'system';
insert into contact_words_waiting (workspace_id, contact_id) select workspace_id, id from contact;
