//! The examples binary.
fn main() {}
