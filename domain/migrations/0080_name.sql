-- Whose word a contact's name is: what the business called them stays, whatever they call themselves on WhatsApp.
alter table contact add column named_by_us boolean not null default false;
-- Who never wrote was named by a file, by hand or by the API.
update contact set named_by_us = true where name <> '' and last_active_at is null;
