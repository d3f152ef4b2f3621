//! Single elements that the host accesses between tasks.

use crate::args::{ReadArg, TensorArg, UpdateArg, read, write};
use crate::backend::{Deps, Request, Transfer, Work};
use crate::element::Element;
use crate::error::Error;
use crate::handle::{TensorMut, TensorRef};
use crate::index::Index;
use crate::site::Site;

/// An element of a tensor that the host is to read or write: an argument of
/// [`AutoScope::access`](crate::AutoScope::access).
///
/// Invariant: `tensor` is one element of type `T` of a handle that is valid for `'s`; one that may be written if `set` is
/// given.
#[derive(Debug)]
#[must_use = "nothing is accessed but by a scope"]
pub struct HostAccess<'s, T> {
    tensor: TensorArg<'s>,
    /// What is written; `None` reads.
    set: Option<T>,
    always: bool,
}

impl<'s, T: Element> HostAccess<'s, T> {
    /// A read of the element at `index`: a `usize` for one dimension, an array for more.
    ///
    /// # Errors
    /// The index is out of bounds, or of another rank than the tensor.
    #[track_caller]
    pub fn get(tensor: &TensorRef<'s, T>, index: impl Index) -> Result<Self, Error> {
        Self::new(ReadArg::into_arg(read(tensor)), index, None)
    }

    /// A write of the element at `index`: a `usize` for one dimension, an array for more.
    ///
    /// # Errors
    /// The index is out of bounds, or of another rank than the tensor.
    #[track_caller]
    pub fn set(tensor: &mut TensorMut<'s, T>, index: impl Index, value: T) -> Result<Self, Error> {
        Self::new(UpdateArg::into_arg(write(tensor)), index, Some(value))
    }

    #[track_caller]
    fn new(whole: TensorArg<'s>, index: impl Index, set: Option<T>) -> Result<Self, Error> {
        let mut tensor = whole.element(index)?;
        // It is over before anything could look for it.
        tensor.tracking_mut().register = false;
        Ok(HostAccess {
            tensor,
            set,
            always: false,
        })
    }

    /// The task that owns the storage; [`TaskId::NONE`](crate::TaskId::NONE) for host memory.
    #[inline]
    pub fn owner(&self) -> crate::TaskId {
        self.tensor.owner()
    }

    /// Leaves out what compile time has settled: looking up earlier accesses. The edge to the task that owns the storage
    /// stays.
    ///
    /// # Safety
    /// As [`Call::untracked`](crate::Call::untracked): other edges order this access with earlier tasks.
    #[inline]
    pub unsafe fn untracked(mut self) -> Self {
        self.tensor.tracking_mut().lookup = false;
        self
    }

    /// Looks up earlier accesses in MANUAL scopes as in AUTO ones.
    #[inline]
    pub fn tracked(mut self) -> Self {
        self.tensor.tracking_mut().always = true;
        self.always = true;
        self
    }

    /// Has a backend make the access. Returns the element.
    pub(crate) fn run(
        mut self,
        site: Site,
        deps: Deps<'_>,
        access: impl FnOnce(Request<'_, '_>, Transfer<'_>) -> Result<(), Error>,
    ) -> Result<T, Error> {
        let request = Request {
            work: Work::Barrier,
            tensors: std::slice::from_mut(&mut self.tensor),
            scalars: &[],
            predicate: None,
            deps,
            site,
            disjoint: true,
            fits: true,
            always: self.always,
        };
        match self.set {
            Some(value) => access(request, Transfer::Set(value.to_bits())).map(|()| value),
            None => {
                let mut bits = 0;
                access(request, Transfer::Get(&mut bits)).map(|()| T::from_bits(bits))
            }
        }
    }
}
