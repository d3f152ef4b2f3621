//! The compiler behind the PTO macros.
