//! Where a task or a scope stands in the user's source.

use std::fmt;
use std::panic::Location;

/// The name a task or scope goes by in messages and graphs, and its place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The user's name for it, or the kernel's.
    pub name: &'static str,
    /// File, line and column.
    pub location: &'static Location<'static>,
}

impl Site {
    /// A site at the caller's position.
    #[track_caller]
    #[inline]
    pub const fn here(name: &'static str) -> Self {
        Site {
            name,
            location: Location::caller(),
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' at {}:{}",
            self.name,
            self.location.file(),
            self.location.line()
        )
    }
}
