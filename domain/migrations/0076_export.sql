-- A file of contacts is a task, too: its download moves it on, and it ends with it. One that nobody moves on was
-- broken off.
alter table contact_task add column moved_at timestamptz;
update contact_task set moved_at = made_at;
alter table contact_task alter column moved_at set not null;
