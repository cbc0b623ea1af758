-- The socket that connected a screen last, in whichever process: an older one that is found dead later says nothing of
-- the screen any more.
alter table screen add column socket uuid;
