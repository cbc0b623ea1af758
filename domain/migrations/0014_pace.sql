-- Deliveries are processed by workspace, each in its order.
drop index delivery_waiting;
create index delivery_waiting on delivery (workspace_id, arrived_at, id) where processed_at is null;
-- Rows that change often and keep their indexed columns leave room on their page, so that an update stays there
-- and touches no index (heap-only tuples).
alter table chat set (fillfactor = 70);
alter table message set (fillfactor = 85);
alter table contact set (fillfactor = 80);

-- What waits for its number is kept apart from what has one: the sequencer takes it from there, whatever the length
-- of the feed, and nothing that has a number is ever changed.
create table feed_waiting (like feed including constraints);
alter table feed_waiting drop column number, alter column messages set default '{}';
insert into feed_waiting (workspace_id, id, at, kind, chat_id, messages, was_queue, was_holder, was_directed, now_queue, now_holder, now_directed, member_id)
    select workspace_id, id, at, kind, chat_id, messages, was_queue, was_holder, was_directed, now_queue, now_holder, now_directed, member_id
    from feed where number is null;
delete from feed where number is null;
create index feed_waiting_id on feed_waiting (id);
alter table feed_waiting set (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
drop index feed_unnumbered, feed_number, feed_age;
alter table feed drop constraint feed_pkey, drop column id, add primary key (workspace_id, number);
create index feed_age on feed using brin (at);
select wall('feed_waiting');
