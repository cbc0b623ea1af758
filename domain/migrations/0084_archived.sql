-- Archived, an attribute leaves the profiles, and nobody is found by it; restored, they are again.
create function attribute_archived() returns trigger language plpgsql as $$
begin
    insert into contact_words_waiting (workspace_id, contact_id)
        select new.workspace_id, a.contact_id from attribute a
        where a.workspace_id = new.workspace_id and a.definition_id = new.id and a.value <> '';
    return null;
end $$;
create trigger attribute_archived after update of archived_at on attribute_definition for each row
    when (old.archived_at is distinct from new.archived_at) execute function attribute_archived();
insert into contact_words_waiting (workspace_id, contact_id)
    select a.workspace_id, a.contact_id from attribute a
    join attribute_definition d on d.workspace_id = a.workspace_id and d.id = a.definition_id
    where d.archived_at is not null and a.value <> '';
