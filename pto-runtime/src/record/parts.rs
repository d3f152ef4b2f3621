//! The records of the blocks of a task: what the task's record says, but for the tensors that are divided among them.

use std::ptr::NonNull;

use smallvec::SmallVec;

use super::Descriptor;
use crate::block::share;
use crate::dims::Dims;
use crate::element::Element;
use crate::kernel::Param;
use crate::view::In;

/// A record of the arguments of one block.
pub(crate) type BlockRecord = SmallVec<[u64; 32]>;

/// A copy of a record in which the tensors that the kernel writes are the parts that belong to block `index` of `count`.
///
/// # Safety
/// `record` was written by [`write`] for a kernel with these parameters, and every tensor that it writes has the
/// dimension along which it is divided.
pub(crate) unsafe fn cut(
    record: NonNull<u64>,
    params: &[Param],
    index: u32,
    count: u32,
) -> BlockRecord {
    // SAFETY: what `write` wrote is a header, the scalars, and as many tensors as the header says.
    let mut copy = unsafe { BlockRecord::from_slice(Tensors::of(record).whole_record()) };
    let part = NonNull::from(copy.as_mut_slice()).cast::<u64>();
    let params = params.iter().filter(|param| param.is_tensor());
    // SAFETY: the copy has the form of a record.
    for (at, param) in unsafe { Tensors::of(part) }.zip(params) {
        // SAFETY: a tensor stands at `at`, and the copy is ours alone.
        unsafe {
            let descriptor = at.add(1).cast::<Descriptor>().read();
            if !descriptor.access.writes() {
                continue;
            }
            let (dim, ndims) = (param.split_dim(), descriptor.head.ndims());
            let extents = at.add(2).cast::<u32>();
            let (extent, stride) = (extents.add(dim), extents.add(ndims + dim).read());
            let range = share(extent.read() as usize, index, count);
            extent.write(range.len() as u32);
            // Wrapping, since an empty part may start anywhere; another one lies inside the tensor.
            let skip = range.start * stride as usize * descriptor.dtype.size();
            let address = at.cast::<*mut u8>();
            address.write(address.read().wrapping_add(skip));
        }
    }
    copy
}

/// Which of the record's tensors has its extents there.
///
/// # Safety
/// `record` has the form that [`write`] gives it.
pub(crate) unsafe fn position(record: NonNull<u64>, extents: NonNull<u32>) -> Option<u32> {
    // SAFETY: by the contract; extents stand two words after the beginning of a tensor.
    let mut all = unsafe { Tensors::of(record) }.map(|at| unsafe { at.add(2) }.cast::<u32>());
    all.position(|own| own == extents)
        .map(|position| position as u32)
}

/// A tensor of a record, to read.
///
/// # Safety
/// `record` was written by [`write`] and stays unchanged for `'t`; it has a tensor of `T` at `position`, whose elements
/// are initialised, and which nobody writes for `'t`.
pub(crate) unsafe fn whole<'t, T: Element>(record: NonNull<u64>, position: u32) -> In<'t, T> {
    // SAFETY: by the contract.
    unsafe {
        let mut tensors = Tensors::of(record);
        let at = match tensors.nth(position as usize) {
            Some(at) => at,
            None => unreachable!("the record has the tensor"),
        };
        let (address, extents) = (at.cast::<*mut T>().read(), at.add(2).cast());
        In::from_raw(NonNull::new_unchecked(address), Dims::new(extents))
    }
}

/// Where the tensors of a record stand, one after the other.
///
/// Invariant: `next` points to `left` packed tensors that follow `record`'s header and scalars.
struct Tensors {
    record: NonNull<u64>,
    next: NonNull<u64>,
    left: u32,
}

impl Tensors {
    /// # Safety
    /// `record` has the form that [`write`] gives it, for as long as this is used.
    unsafe fn of(record: NonNull<u64>) -> Self {
        // SAFETY: a header stands first, then the scalars.
        unsafe {
            let header = record.read();
            Tensors {
                record,
                next: record.add(1 + header as u32 as usize),
                left: (header >> 32) as u32,
            }
        }
    }

    /// All words of the record.
    ///
    /// # Safety
    /// The record is not changed as long as they are used.
    unsafe fn whole_record<'r>(mut self) -> &'r [u64] {
        self.by_ref().for_each(drop);
        // SAFETY: after the last tensor `next` is the end of the record.
        unsafe {
            let words = self.next.offset_from(self.record) as usize;
            NonNull::slice_from_raw_parts(self.record, words).as_ref()
        }
    }
}

impl Iterator for Tensors {
    type Item = NonNull<u64>;

    fn next(&mut self) -> Option<NonNull<u64>> {
        self.left = self.left.checked_sub(1)?;
        let at = self.next;
        // SAFETY: a packed tensor stands at `at`, by the invariant: an address, a descriptor, and `ndims` words.
        self.next = unsafe { at.add(2 + at.add(1).cast::<Descriptor>().read().head.ndims()) };
        Some(at)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::args::{ReadArg, UpdateArg, read, write as update};
    use crate::block::Seat;
    use crate::handle::{TensorMut, TensorRef};
    use crate::layout::Shape;
    use crate::record::{KernelArgs, words, write};
    use crate::task::TaskId;

    const PARAMS: [Param; 3] = [
        Param::read::<u16>("x"),
        Param::block("block"),
        Param::update::<u16>("y").split(1),
    ];

    #[test]
    fn a_block_gets_its_part_of_what_it_writes() {
        let mut data: Vec<u16> = (0..48).collect();
        let layout = Shape::from([4, 12]).layout().unwrap();
        let base = NonNull::from(data.as_mut_slice()).cast();
        let whole = TensorRef::<u16>::new(base, 0, layout, TaskId::NONE, false);
        let mut whole = TensorMut::new(whole);
        let x = whole.view((0..1, ..)).unwrap();
        let mut y = whole.view_mut((1..4, 2..9)).unwrap();
        let args = [
            ReadArg::into_arg(read(&x)),
            UpdateArg::into_arg(update(&mut y)),
        ];
        let mut record = vec![0u64; words(&args, 1)];
        let at = NonNull::from(record.as_mut_slice()).cast();
        // SAFETY: the record has the size.
        unsafe { write(at, &args, &[7]) };
        let mut seen = Vec::new();
        for index in 0..3 {
            // SAFETY: a record of these parameters was written there.
            let mut own = unsafe { cut(at, &PARAMS, index, 3) };
            let seat = Seat {
                index,
                count: 3,
                part: NonNull::from(own.as_mut_slice()).cast(),
                whole: at,
                meeting: None,
            };
            // SAFETY: the elements are initialised, and what is taken is used one after the other.
            let mut args = unsafe { KernelArgs::of_block(&seat) };
            let (x, block, y) = (args.read::<u16>(), args.block(), args.update::<u16>());
            assert_eq!((x.shape(), args.scalar::<u64>()), (&[1, 12][..], 7));
            assert_eq!(block.range(7).len(), y.dim(1));
            seen.extend(y.row(0).to_vec());
            let extents = NonNull::from(y.shape()).cast();
            // SAFETY: as above.
            unsafe {
                assert_eq!(position(seat.part, extents), Some(1));
                assert_eq!(
                    position(seat.part, NonNull::from(x.shape()).cast()),
                    Some(0)
                );
                assert_eq!(position(seat.whole, extents), None);
                assert_eq!(super::whole::<u16>(at, 1).shape(), [3, 7]);
            }
        }
        assert_eq!(seen, [14, 15, 16, 17, 18, 19, 20]);
    }
}
