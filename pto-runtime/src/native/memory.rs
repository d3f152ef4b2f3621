//! Memory of the rings.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use crate::error::Error;
use crate::runtime::out_of_resources;

/// The alignment of everything that is allocated for tasks: a cache line.
pub(crate) const ALIGN: usize = 64;

/// Zeroed memory of a fixed size, aligned to [`ALIGN`].
///
/// Invariant: `allocation` was allocated with `layout`, and has room for that size from `start` on. It was zeroed, and is
/// written to in whole elements, so that it always holds elements of whichever type.
pub(crate) struct Memory {
    start: NonNull<u8>,
    allocation: NonNull<u8>,
    layout: Layout,
}

// SAFETY: it owns its memory, like a box.
unsafe impl Send for Memory {}

impl Memory {
    pub(crate) fn new(bytes: usize) -> Result<Self, Error> {
        let refuse = || out_of_resources(format_args!("no memory for a ring of {bytes} bytes"));
        // Aligned by hand: the system's allocator hands out untouched pages only if it is not asked to align them, and
        // then a large ring costs nothing until it is used.
        let layout = bytes
            .checked_add(ALIGN)
            .and_then(|bytes| Layout::from_size_align(bytes, align_of::<u64>()).ok())
            .ok_or_else(refuse)?;
        // SAFETY: the size is not zero.
        let allocation = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or_else(refuse)?;
        let skip = allocation.as_ptr().align_offset(ALIGN);
        // SAFETY: less than `ALIGN` bytes are skipped, and as many were added.
        let start = unsafe { allocation.add(skip) };
        Ok(Memory {
            start,
            allocation,
            layout,
        })
    }

    #[inline]
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, by the invariant of the type.
        unsafe { dealloc(self.allocation.as_ptr(), self.layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn what_the_system_refuses_is_an_error() {
        let error = Memory::new(usize::MAX - 10).err().unwrap();
        assert_eq!(
            (error.kind(), error.code()),
            (ErrorKind::OutOfResources, 203)
        );
        assert!(
            error.message().contains("no memory for a ring of"),
            "{error}"
        );
        assert!(
            error
                .help()
                .is_some_and(|help| help.contains("smaller rings"))
        );
        assert!(Memory::new(isize::MAX as usize - 100).is_err());
    }
}
