-- Contacts that a task is not for because somebody else holds a chat of theirs, counted when it begins: of the chosen, or
-- else all of them, whatever the filter. Said as a number.
alter table contact_task add column left_out bigint not null default 0;
