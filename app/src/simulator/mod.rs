//! The phone of a pretend customer, and the switches of a pretend WhatsApp. Demo mode only.

mod net;
mod page;
mod phone;
mod switches;
pub mod wire;

pub use page::SimulatorPage;
