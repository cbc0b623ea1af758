-- The simulator's own memory (demo mode only): the phones of pretend customers. Baton's other parts never
-- read these tables; the two talk over HTTP like Baton and Meta.
create schema simulator;

create table simulator.customer (
    id         uuid primary key,
    -- null for a customer known by BSUID only
    phone      text unique,
    bsuid      text        not null unique,
    name       text,
    username   text,
    created_at timestamptz not null
);

create table simulator.message (
    -- the wamid
    id              text primary key,
    customer_id     uuid        not null references simulator.customer on delete cascade,
    phone_number_id text        not null,
    position        bigint generated always as identity,
    from_customer   boolean     not null,
    -- the message object as it went over the wire
    body            jsonb       not null,
    callback_data   text,
    -- sent, delivered, read: what the phone shows as ticks
    status          text        not null default 'sent',
    at              timestamptz not null
);
create index message_customer on simulator.message (customer_id, phone_number_id, position);
