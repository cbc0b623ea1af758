-- When somebody last typed or clicked at any of the member's screens. It outlives them: a socket that is cut and comes
-- back, or a process that dies, says nothing of whoever sits there.
alter table member add column active_at timestamptz;
update member m set active_at = (select max(s.active_at) from screen s where s.workspace_id = m.workspace_id and s.member_id = m.id);
alter table screen drop column active_at;
