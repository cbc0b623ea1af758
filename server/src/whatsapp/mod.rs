//! WhatsApp: webhooks in, the Graph API out, and a pretend WhatsApp for demo and tests.

pub mod apps;
pub mod graph;
pub mod hand;
pub mod ingest;
pub mod payload;
pub mod process;
pub mod simulator;
pub mod webhook;
