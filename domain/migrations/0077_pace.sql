-- How many calls each key of the REST API may make just now, whichever process it calls. After a crash everybody
-- begins anew: it is no loss, so no call waits for the disk.
create unlogged table api_key_pace (
    workspace_id uuid        not null,
    api_key_id   uuid        not null,
    -- when all calls are there again (the theoretical arrival time of the generic cell rate algorithm)
    full_at      timestamptz not null,
    primary key (workspace_id, api_key_id),
    foreign key (workspace_id, api_key_id) references api_key on delete cascade
);
select wall('api_key_pace');
