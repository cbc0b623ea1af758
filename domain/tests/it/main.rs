//! The stores against a real Postgres: every test gets a database of its own.

mod attribute;
mod audit;
mod automatic;
mod cancel;
mod contacts;
mod feed;
mod journey;
mod member;
mod note;
mod outbox;
mod outcome;
mod races;
mod reply;
mod search;
mod secrecy;
mod session;
mod setting;
mod sight;
mod tag;
mod task;
mod team;
mod walls;
mod window;
mod world;
