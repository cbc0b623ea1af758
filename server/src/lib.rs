//! What machines use: webhooks, the live socket, jobs, the simulator, configuration.

// The types of nested views are long.
#![recursion_limit = "256"]

pub mod assets;
pub mod config;
pub mod demo;
pub mod export;
pub mod import;
pub mod jobs;
pub mod live;
pub mod media;
pub mod origin;
pub mod page;
pub mod rest;
pub mod router;
pub mod state;
pub mod whatsapp;
