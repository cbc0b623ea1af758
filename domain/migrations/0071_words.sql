-- What many rows of one statement change is noted once for each contact, not once for each row: an import writes a
-- thousand contacts with all their values in a handful of statements.
create function contacts_described() returns trigger language plpgsql as $$
begin
    insert into contact_words_waiting (workspace_id, contact_id) select distinct r.workspace_id, r.contact_id from rows r;
    return null;
end $$;
create function contacts_redescribed() returns trigger language plpgsql as $$
begin
    insert into contact_words_waiting (workspace_id, contact_id)
        select r.workspace_id, r.contact_id from rows r union select b.workspace_id, b.contact_id from before b;
    return null;
end $$;
-- A new contact alone is noted by its own trigger, since not every one has a number.
create function contacts_new() returns trigger language plpgsql as $$
begin
    insert into contact_words_waiting (workspace_id, contact_id) select r.workspace_id, r.id from rows r;
    return null;
end $$;

drop trigger contact_new on contact;
create trigger contact_new after insert on contact referencing new table as rows
    for each statement execute function contacts_new();

drop trigger identity_described on identity;
drop trigger attribute_described on attribute;
drop trigger tag_described on contact_tag;
do $$
declare
    described text;
begin
    foreach described in array array['identity', 'attribute', 'contact_tag'] loop
        execute format('create trigger %1$s_described after insert on %1$I referencing new table as rows
            for each statement execute function contacts_described()', described);
        execute format('create trigger %1$s_redescribed after update on %1$I referencing old table as before new table as rows
            for each statement execute function contacts_redescribed()', described);
        execute format('create trigger %1$s_taken after delete on %1$I referencing old table as rows
            for each statement execute function contacts_described()', described);
    end loop;
end $$;
drop function contact_described();
