-- Whether the customer said that campaigns may write to them; null where nobody asked. And whether the business wants
-- nothing more to do with them.
alter table contact
    add column opted      text,
    add column opted_at   timestamptz,
    add column blocked_at timestamptz,
    add constraint contact_opted check (opted in ('in', 'out') and (opted is null) = (opted_at is null));
