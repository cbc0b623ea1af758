//! The stores against a real Postgres: every test gets a database of its own.

mod attribute;
mod audit;
mod cancel;
mod feed;
mod identity;
mod import;
mod journey;
mod member;
mod merge;
mod note;
mod outbox;
mod outcome;
mod races;
mod reply;
mod secrecy;
mod session;
mod sight;
mod tag;
mod team;
mod walls;
mod window;
mod world;
