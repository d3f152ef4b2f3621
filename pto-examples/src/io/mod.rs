//! Problems and results as safetensors files.

mod archive;
mod load;
mod save;

pub use archive::Archive;
pub use load::{Loaded, Options, load, parse};
pub use save::save;
