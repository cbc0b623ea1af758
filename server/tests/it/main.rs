//! The whole server over real HTTP, on a Postgres database of its own for every test.

mod across;
mod desk;
mod export;
mod fixtures;
mod http;
mod import;
mod live;
mod media;
mod processes;
mod rest;
mod rights;
mod settings;
mod setup;
mod stress;
mod tenants;
mod webhook;
