-- Attributes have kinds, and agents set them too. A value is text in one form per kind, written by
-- `domain::attribute::Shape::parse`: a number as 1234.5, an amount as 12 or 12.50, a date as 2026-05-03, a phone
-- number as +digits, yes or no, a choice as the option's words, several choices one a line in the options' order.
-- What the bot heard and what does not fit its kind is kept as it was said.
alter table attribute_definition drop constraint attribute_definition_kind;
update attribute_definition set kind = 'text' where kind = 'country';
alter table attribute_definition
    -- one_of, many_of: what can be chosen, a list of texts
    add column options             jsonb       not null default '[]',
    -- money: three letters (ISO 4217)
    add column currency            text        not null default '',
    add column help                text        not null default '',
    -- an agent who resolves a chat is asked for it where it is empty
    add column required_on_resolve boolean     not null default false,
    -- whether the chatbot may read it; what the bot asks for is stored either way
    add column shown_to_bot        boolean     not null default true,
    -- archived: no longer on profiles; its values are kept
    add column archived_at         timestamptz,
    add constraint attribute_definition_kind check (kind in ('text', 'long_text', 'number', 'money', 'date', 'email',
        'link', 'phone', 'yes_no', 'one_of', 'many_of'));
update attribute_definition d set position = ordered.n
    from (select workspace_id, id, row_number() over (partition by workspace_id order by position, name) as n
          from attribute_definition) ordered
    where ordered.workspace_id = d.workspace_id and ordered.id = d.id;

-- Who set it, as the journey writes its doers. Until now only customers did, through the bot. An empty value was
-- cleared: the row stays, so that its version goes on and a later conflict can name who cleared it.
alter table attribute add column set_by jsonb not null default '"customer"';
alter table attribute alter column set_by drop default;
create index attribute_of_definition on attribute (workspace_id, definition_id) where value <> '';

-- How a handling can end; agents choose one when they resolve. Never deleted: reports and episodes name it.
create table outcome (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    name         text        not null,
    position     int         not null,
    archived_at  timestamptz,
    created_at   timestamptz not null,
    primary key (workspace_id, id),
    constraint outcome_name check (length(name) between 1 and 40)
);
create unique index outcome_unique on outcome (workspace_id, lower(name)) where archived_at is null;
select wall('outcome');
insert into outcome (workspace_id, id, name, position, created_at)
    select w.id, gen_random_uuid(), d.name, d.position, w.created_at
    from workspace w, unnest(array['Solved', 'Not solved', 'Spam', 'Other']) with ordinality as d(name, position);

-- `outcome` keeps the words of that time, `outcome_id` what they are called now.
alter table episode add column outcome_id uuid,
    add foreign key (workspace_id, outcome_id) references outcome;
update episode e set outcome_id = o.id from outcome o where o.workspace_id = e.workspace_id and o.name = e.outcome;
create index episode_outcome on episode (workspace_id, outcome_id) where outcome_id is not null;
