-- Steps by the business's own systems name the API key: {"key": {"name": …}}. A generated column's expression cannot be
-- changed: it is made anew.
alter table journey drop column doer,
    add column doer text not null generated always as (
        case when jsonb_typeof(actor) = 'string' then actor #>> '{}' when actor ? 'key' then 'api' else 'member' end) stored;
