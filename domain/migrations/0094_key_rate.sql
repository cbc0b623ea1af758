-- Calls a minute of one key, where they are not as many as the server allows every key.
alter table api_key add column per_minute integer constraint api_key_per_minute check (per_minute between 1 and 1000000);
