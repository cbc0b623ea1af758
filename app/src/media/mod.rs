//! Files that go with messages: attached before, shown after.

mod attach;
mod chip;
mod shown;
mod upload;

pub use attach::{Attach, AttachButton, FileField};
pub use chip::Chip;
pub use shown::{Enlarge, Shown};
pub use upload::{dropped, pasted};
