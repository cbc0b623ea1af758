-- Up to three buttons go with a saved answer, and with what a member has typed and not sent: their titles.
alter table canned_reply add column buttons jsonb not null default '[]';
alter table draft add column buttons jsonb not null default '[]';
