-- A number that a customer has given up may be somebody else's by now: it is kept, and nobody is recognised by it.
alter table identity drop constraint identity_kind;
alter table identity add constraint identity_kind check (kind in ('phone', 'bsuid', 'username', 'former_phone'));
