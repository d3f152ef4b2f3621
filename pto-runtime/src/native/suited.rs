//! Calls of which it is plain to see that they have no mistakes, and how their kernels are run.

use std::hint;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use crate::args::{Access, TensorArg};
use crate::argument::Argument;
use crate::backend::Work;
use crate::call::{ByPointer, Call, PackedArg, PackedCall, Parts, RunKernel};
use crate::kernel::Kernel;
use crate::native::plain::creates;
use crate::native::worker::Shared;
use crate::record::{Apart, Fitting, KernelArgs};
use crate::site::Site;
use crate::straight::straight;

/// A call that the lane may take, by what it is: of a kernel whose parameters its arguments fit, without a condition, and without
/// mistakes.
pub(super) struct Suited<'c, A, const T: usize, const S: usize, K> {
    pub(super) kernel: &'static Kernel,
    /// Whether it creates any of its tensors.
    pub(super) creates: bool,
    pub(super) tensors: &'c mut [A; T],
    pub(super) scalars: [u64; S],
    run: PhantomData<fn() -> K>,
}

impl<'c, 's, const T: usize, const S: usize, K> Suited<'c, TensorArg<'s>, T, S, K> {
    #[inline(always)]
    pub(super) fn of(call: &'c mut Call<'s, T, S, K>) -> Option<Self> {
        let Work::Kernel(kernel) = call.work else {
            return None;
        };
        // All this is known where the call is made. What it takes to find out more needs the arguments in memory.
        if !call.fits || call.always || call.predicate.is_some() || kernel.check.is_some() {
            return None;
        }
        let is_fine = call.disjoint || are_apart(&call.tensors);
        is_fine.then_some(Suited {
            kernel,
            creates: creates(&call.tensors),
            tensors: &mut call.tensors,
            scalars: call.scalars,
            run: PhantomData,
        })
    }

    /// A call that is known to be one, of that kernel.
    #[inline(always)]
    pub(super) fn known(kernel: &'static Kernel, call: &'c mut Call<'s, T, S, K>) -> Self {
        Suited {
            kernel,
            creates: creates(&call.tensors),
            tensors: &mut call.tensors,
            scalars: call.scalars,
            run: PhantomData,
        }
    }
}

impl<'c, 's, const T: usize, const S: usize> Suited<'c, PackedArg<'s>, T, S, ByPointer> {
    #[inline(always)]
    pub(super) fn of_packed(call: &'c mut PackedCall<'s, T, S>) -> Option<Self> {
        let Parts {
            kernel,
            is_checked,
            disjoint,
            creates,
            tensors,
            scalars,
        } = call.parts();
        let is_fine = !is_checked && (disjoint || are_apart(tensors));
        is_fine.then_some(Suited {
            kernel,
            creates,
            tensors,
            scalars,
            run: PhantomData,
        })
    }
}

impl<'s, A: Argument<'s>, const T: usize, const S: usize, K> Suited<'_, A, T, S, K> {
    /// A copy of it, for others that get a reference.
    #[inline(always)]
    pub(super) fn whole(&self) -> Whole<'s, T, S> {
        Whole {
            kernel: self.kernel,
            tensors: A::whole_of(self.tensors),
            scalars: self.scalars,
        }
    }
}

/// A call that is suited, in memory.
pub(super) struct Whole<'s, const T: usize, const S: usize> {
    pub(super) kernel: &'static Kernel,
    pub(super) tensors: [TensorArg<'s>; T],
    pub(super) scalars: [u64; S],
}

impl Shared {
    /// Runs the kernel of a call that is suited, in a run that has not failed.
    ///
    /// # Safety
    /// As for [`execute`](Shared::execute).
    #[inline(always)]
    pub(super) unsafe fn run_suited<
        's,
        A: Argument<'s>,
        const T: usize,
        const S: usize,
        K: RunKernel,
    >(
        &self,
        call: &Suited<'_, A, T, S, K>,
        site: &Site,
    ) {
        // SAFETY: by the contract of this function.
        unsafe { self.run_fitting::<A, T, S, K>(call.kernel, call.tensors, &call.scalars, site) };
    }

    /// Runs a kernel that is known to take these arguments, in a run that has not failed.
    ///
    /// # Safety
    /// As for [`execute`](Shared::execute), and it takes them.
    #[inline(always)]
    pub(super) unsafe fn run_fitting<
        's,
        A: Argument<'s>,
        const T: usize,
        const S: usize,
        K: RunKernel,
    >(
        &self,
        kernel: &'static Kernel,
        tensors: &[A; T],
        scalars: &[u64; S],
        site: &Site,
    ) {
        if !Fitting::fits(tensors) {
            hint::cold_path();
            // Copies, for what others get a reference to has to be in memory.
            let tensors = A::whole_of(tensors);
            let scalars = *scalars;
            // SAFETY: by the contract of this function.
            return unsafe { self.run_large(kernel, &tensors, &scalars, site) };
        }
        // Written in place: what is moved there as a whole is taken apart first, and all its parts are copied.
        let mut fitting = [const { MaybeUninit::uninit() }; T];
        straight!(for i in 0..T {
            // SAFETY: it has few dimensions.
            fitting[i].write(unsafe { Fitting::of(&tensors[i]) });
        });
        let mut apart = [const { MaybeUninit::uninit() }; S];
        straight!(for i in 0..S {
            apart[i].write(Apart::new(scalars[i]));
        });
        // The arguments are taken where the kernel is called, a word at a time: what is passed on is written to memory by words,
        // and would be read several words at a time, for which a processor waits until all of them are written.
        let run = || {
            // SAFETY: by the contract of this function; the call fits.
            let mut args = unsafe { KernelArgs::fitting(&fitting, &apart) };
            K::run(kernel, &mut args);
        };
        self.run_caught(kernel, site, run);
    }

    /// As [`run_fitting`](Shared::run_fitting), for tensors of any number of dimensions.
    ///
    /// # Safety
    /// As there.
    #[inline(never)]
    pub(super) unsafe fn run_large(
        &self,
        kernel: &'static Kernel,
        tensors: &[TensorArg<'_>],
        scalars: &[u64],
        site: &Site,
    ) {
        // SAFETY: by the contract of this function.
        unsafe { self.execute(kernel, KernelArgs::of_call(tensors, scalars), site) };
    }
}

/// What is to be known of a tensor to see that it is apart from another: its storage, where it begins, its length if it is a vector
/// without gaps, and how it is accessed.
type Place = (NonNull<u8>, u64, Option<u64>, Access);

/// Whether it is plain to see that no tensor overlaps one that is written.
#[inline(always)]
fn are_apart<'s, const T: usize>(tensors: &[impl Argument<'s>; T]) -> bool {
    let mut places = [(NonNull::dangling(), 0, None, Access::Read); T];
    straight!(for i in 0..T {
        let tensor = &tensors[i];
        let length = tensor.dense_vector();
        places[i] = (tensor.base(), tensor.start(), length, tensor.access());
    });
    if T > FEW {
        return are_many_apart(&places);
    }
    // The compiler unrolls these loops, and leaves out the pairs of which none is written.
    for (second, b) in places.iter().enumerate() {
        for a in &places[..second] {
            if (a.3.writes() || b.3.writes()) && !is_apart(a, b) {
                return false;
            }
        }
    }
    true
}

/// Of so many tensors each pair is looked at, where they are passed on.
const FEW: usize = 8;

/// As [`are_apart`]: not each pair is looked at, as mostly few are written.
#[inline(never)]
fn are_many_apart(places: &[Place]) -> bool {
    let mut writers = places.iter().enumerate().filter(|(_, one)| one.3.writes());
    writers.all(|(position, writer)| {
        let mut others = places.iter().enumerate().filter(|&(at, _)| at != position);
        others.all(|(_, other)| is_apart(writer, other))
    })
}

#[inline(always)]
fn is_apart(a: &Place, b: &Place) -> bool {
    match (a, b) {
        // What is created is apart from everything.
        ((.., Access::Create), _) | (_, (.., Access::Create)) => true,
        ((base, ..), (other, ..)) if base != other => true,
        ((_, a, Some(first), _), (_, b, Some(second), _)) => a + first <= *b || b + second <= *a,
        _ => false,
    }
}
