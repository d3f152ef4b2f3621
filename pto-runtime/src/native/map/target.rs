//! What is accessed, in whichever form an argument is.

use crate::argument::Argument;
use crate::layout::Layout;
use crate::native::map::overlap::Part;
use crate::task::TaskId;

/// A part of a storage that is looked up or registered.
pub(crate) trait Target {
    /// The address of the storage, which is not zero, and the task that owns it.
    fn storage(&self) -> (usize, TaskId);

    /// Its first element, counted from the storage's first.
    fn start(&self) -> u64;

    /// Whether it has that layout.
    fn is_laid_out(&self, layout: &Layout) -> bool;

    /// All of it, for what is not done for every access.
    fn part(&self) -> Part;

    /// Whether it is that part of its storage.
    #[inline(always)]
    fn is_part(&self, part: &Part) -> bool {
        self.start() == part.start && self.is_laid_out(&part.layout)
    }
}

impl<'s, A: Argument<'s>> Target for A {
    #[inline(always)]
    fn storage(&self) -> (usize, TaskId) {
        (self.base().addr().get(), self.owner())
    }

    #[inline(always)]
    fn start(&self) -> u64 {
        Argument::start(self)
    }

    #[inline(always)]
    fn is_laid_out(&self, layout: &Layout) -> bool {
        self.has_layout(layout)
    }

    #[inline(always)]
    fn part(&self) -> Part {
        Part {
            start: Argument::start(self),
            layout: *self.whole().layout(),
        }
    }
}
