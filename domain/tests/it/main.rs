//! The stores against a real Postgres: every test gets a database of its own.

mod feed;
mod outbox;
mod races;
mod secrecy;
mod session;
mod sight;
mod window;
mod world;
