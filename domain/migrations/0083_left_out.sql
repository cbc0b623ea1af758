-- Contacts that a task is not for because somebody else holds a chat of theirs, counted when it begins: said as a number.
alter table contact_task add column left_out bigint not null default 0;
