//! What a kernel that runs in blocks knows of the block it is.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::panic::resume_unwind;
use std::ptr::NonNull;

use crate::element::Element;
use crate::meeting::Meeting;
use crate::record;
use crate::view::{In, InOut, Out};

/// Which run of its kernel this is: one of those that `#[task(blocks = n)]` asks for.
///
/// Of a tensor that the kernel writes, each block gets a part of its own, cut along the first dimension or that which
/// `#[split(dim)]` names: those of its indices that [`range`](Block::range) tells. Tensors that the kernel reads are
/// shared by all blocks.
pub struct Block<'a> {
    index: u32,
    count: u32,
    seat: Option<&'a Seat<'a>>,
    /// The blocks of a task are run by threads that are told so, each by one.
    marker: PhantomData<*const ()>,
}

impl<'a> Block<'a> {
    /// The only block there is: to call a kernel as the function that it is, in a test.
    pub const fn single() -> Self {
        Block {
            index: 0,
            count: 1,
            seat: None,
            marker: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn of(seat: &'a Seat<'a>) -> Self {
        Block {
            index: seat.index,
            count: seat.count,
            seat: Some(seat),
            marker: PhantomData,
        }
    }

    /// The block's number, less than [`count`](Block::count).
    #[inline]
    pub fn index(&self) -> usize {
        self.index as usize
    }

    /// How many blocks the kernel runs in.
    #[inline]
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// The block's share of `extent` indices: from `extent * index / count` to `extent * (index + 1) / count`. Shares are
    /// in the order of the blocks, and differ by one at most.
    #[inline]
    pub fn range(&self, extent: usize) -> Range<usize> {
        share(extent, self.index, self.count)
    }

    /// Gives up this block's part of a tensor, waits until all blocks have done so, and returns the whole tensor to read.
    ///
    /// Nobody can write it any more: each block has given its part away. All blocks exchange the same tensors in the same
    /// order. That they all run at the same time is what `#[task(sync_start)]` sees to.
    ///
    /// # Panics
    /// The task has no `sync_start`, `part` is not one of the tensors that are divided among the blocks, another block
    /// exchanges another tensor, or returns without exchanging any. The run then ends with that error.
    #[track_caller]
    pub fn exchange<'t, T: Element>(&self, part: impl Part<'t, T>) -> In<'t, T> {
        let part = part.into_update();
        let Some(seat) = self.seat else {
            // SAFETY: there is one block, and it has given its part away, which is the whole.
            return unsafe { part.into_shared() };
        };
        let Some(meeting) = seat.meeting else {
            panic!(
                "blocks exchange a tensor, but need not run at the same time: say `#[task(blocks = {}, sync_start)]`",
                self.count
            );
        };
        let extents = NonNull::from(part.shape()).cast();
        // SAFETY: the invariant of the seat.
        let Some(position) = (unsafe { record::position(seat.part, extents) }) else {
            panic!("blocks exchange the parts they were given, and this tensor is none of these");
        };
        if meeting.meet(position).is_err() {
            // Whoever runs the block knows why, and says so.
            resume_unwind(Box::new(Abandoned));
        }
        // SAFETY: `position` is that of the part, whose element type was checked when it was taken. All blocks have met
        // over this tensor, so each has given its part away, and what they wrote is visible; no other task writes it
        // while this one runs, and `'t` is over by then.
        unsafe { record::whole(seat.whole, position) }
    }
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} of {}", self.index, self.count)
    }
}

/// A block's part of a tensor that is divided among the blocks: `InOut<T>` or `Out<T>`.
#[diagnostic::on_unimplemented(
    message = "blocks exchange their parts of a tensor that they write, and this is `{Self}`",
    label = "neither `InOut<_>` nor `Out<_>`",
    note = "all blocks share what the kernel only reads: there is nothing to exchange"
)]
pub trait Part<'t, T>: sealed::Sealed {
    /// The part, as one that could be read as well.
    #[doc(hidden)]
    fn into_update(self) -> InOut<'t, T>;
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for crate::view::InOut<'_, T> {}
    impl<T> Sealed for crate::view::Out<'_, T> {}
}

impl<'t, T: Element> Part<'t, T> for InOut<'t, T> {
    fn into_update(self) -> InOut<'t, T> {
        self
    }
}

impl<'t, T: Element> Part<'t, T> for Out<'t, T> {
    fn into_update(self) -> InOut<'t, T> {
        self.into_update()
    }
}

/// Where a block is run.
///
/// Invariant: `part` is the record that the block's arguments are taken from, `whole` that of the task, both valid for
/// `'a` and with the same tensors, of which `part` has only this block's parts where they are divided. Parties of the
/// meeting are the blocks of one kernel, each as long as it runs. A view whose extents stand in `part` is the only one that
/// writes this part: it was taken from there, and views that write are neither copied nor lent.
pub(crate) struct Seat<'a> {
    pub(crate) index: u32,
    pub(crate) count: u32,
    pub(crate) part: NonNull<u64>,
    pub(crate) whole: NonNull<u64>,
    /// Where the blocks meet, if they run at the same time.
    pub(crate) meeting: Option<&'a Meeting>,
}

/// With this a block unwinds that cannot meet the others.
pub(crate) struct Abandoned;

/// Which of `extent` indices are those of block `index` of `count`.
#[inline]
pub(crate) fn share(extent: usize, index: u32, count: u32) -> Range<usize> {
    // In 128 bits, since an extent may be any number.
    let cut = |index: u64| (extent as u128 * u128::from(index) / u128::from(count)) as usize;
    cut(index.into())..cut(u64::from(index) + 1)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    #[test]
    fn shares_cover_everything_once() {
        for (extent, count) in [(0, 3), (1, 4), (10, 3), (12, 4), (7, 7), (usize::MAX, 5)] {
            let shares: Vec<_> = (0..count)
                .map(|index| share(extent, index, count))
                .collect();
            assert_eq!(
                (shares[0].start, shares[count as usize - 1].end),
                (0, extent)
            );
            assert!(shares.windows(2).all(|two| two[0].end == two[1].start));
            let sizes = shares.iter().map(Range::len);
            let (least, most) = (sizes.clone().min(), sizes.max());
            assert!(most.unwrap() - least.unwrap() <= 1, "{shares:?}");
        }
    }

    #[test]
    fn a_single_block_has_all_and_exchanges_with_itself() {
        let mut tensor = Tensor::<i32>::zeros([4]);
        let block = Block::single();
        assert_eq!((block.index(), block.count(), block.range(9)), (0, 1, 0..9));
        let mut part = Out::from(&mut tensor);
        part.set(2, 7);
        let whole = block.exchange(part);
        assert_eq!(whole.to_vec(), [0, 0, 7, 0]);
    }
}
