-- One Meta app. Its id stands in the webhook's address; a delivery is checked against this app's secrets only.
create table app (
    workspace_id uuid        not null references workspace on delete cascade,
    id           uuid        not null,
    name         text        not null,
    verify_token text        not null,
    -- several, so that a secret can be rotated without a gap
    secrets      text[]      not null,
    created_at   timestamptz not null,
    primary key (workspace_id, id),
    constraint app_id unique (id),
    constraint app_secrets check (cardinality(secrets) between 1 and 5)
);

-- One WhatsApp business number.
create table channel (
    workspace_id    uuid        not null,
    id              uuid        not null,
    app_id          uuid        not null,
    phone_number_id text        not null,
    waba_id         text        not null,
    display_phone   text        not null,
    name            text        not null,
    access_token    text        not null,
    -- why sending has stopped (a token that Meta refused), null while all is well
    stopped         text,
    created_at      timestamptz not null,
    primary key (workspace_id, id),
    constraint channel_phone_number_id unique (phone_number_id),
    foreign key (workspace_id, app_id) references app
);
