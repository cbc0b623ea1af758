-- History can be looked through for requests that nobody took.
create index chat_missed on chat (workspace_id, last_at desc, id desc) where missed and queue = 'history';
