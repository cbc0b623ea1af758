//! Starts Baton.

fn main() {}
