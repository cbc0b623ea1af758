-- What the handling ended from: the chat's state and since when the customer waited. Taken back, it is that again.
alter table episode add column ended_from jsonb;
