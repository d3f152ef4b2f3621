//! A call of a kernel, ready to be launched.

mod packed;

use std::marker::PhantomData;

pub(crate) use packed::{PackedArg, PackedCall, Parts};

use crate::args::{Access, Create, TensorArg};
use crate::backend::{self, Backend, Deps, Fill, Request, ScopeId, Work};
use crate::element::Element;
use crate::error::Error;
use crate::handle::{TensorMut, TensorRef};
use crate::kernel::Kernel;
use crate::predicate::Predicate;
use crate::record::KernelArgs;
use crate::scope::Launched;
use crate::site::Site;
use crate::task::TaskId;

/// How the kernel of a call is run: a type that is only named.
pub trait RunKernel {
    /// Calls the kernel's function with its arguments, which it takes.
    fn run(kernel: &'static Kernel, args: &mut KernelArgs<'_>);
}

/// By the pointer that the kernel has.
#[derive(Debug)]
pub enum ByPointer {}

impl RunKernel for ByPointer {
    #[inline]
    fn run(kernel: &'static Kernel, args: &mut KernelArgs<'_>) {
        (kernel.run)(args);
    }
}

/// As `K` runs it, at the place in the source that `P` stands for. What is compiled for a kernel that is called in several places
/// is mostly too large to be compiled into each of them, unless each has its own.
#[derive(Debug)]
pub struct At<K, P>(PhantomData<(K, P)>);

impl<K: RunKernel, P> RunKernel for At<K, P> {
    #[inline(always)]
    fn run(kernel: &'static Kernel, args: &mut KernelArgs<'_>) {
        K::run(kernel, args);
    }
}

/// A call of a kernel on `T` tensors and `S` scalars, all valid for `'s`; or an allocation or a barrier, which call none.
#[derive(Debug)]
pub struct Call<'s, const T: usize, const S: usize, K = ByPointer> {
    pub(crate) run: PhantomData<fn() -> K>,
    pub(crate) work: Work<'static>,
    pub(crate) tensors: [TensorArg<'s>; T],
    pub(crate) scalars: [u64; S],
    pub(crate) predicate: Option<Predicate<'s>>,
    pub(crate) disjoint: bool,
    /// Whether the arguments are known to fit the kernel.
    pub(crate) fits: bool,
    /// Whether a tensor is tracked in MANUAL scopes as well.
    pub(crate) always: bool,
}

impl<'s, const T: usize, const S: usize> Call<'s, T, S> {
    /// A call of `kernel`. Tensors and scalars are each in the order of the parameters.
    #[inline]
    pub fn new(kernel: &'static Kernel, tensors: [TensorArg<'s>; T], scalars: [u64; S]) -> Self {
        Call::of(Work::Kernel(kernel), tensors, scalars, false)
    }
}

impl<'s, const T: usize, const S: usize, K> Call<'s, T, S, K> {
    #[inline(always)]
    fn of(work: Work<'static>, tensors: [TensorArg<'s>; T], scalars: [u64; S], fits: bool) -> Self {
        Call {
            run: PhantomData,
            work,
            tensors,
            scalars,
            predicate: None,
            disjoint: false,
            fits,
            always: false,
        }
    }
}

impl<'s, const T: usize, const S: usize, K: RunKernel> Call<'s, T, S, K> {
    /// As [`new`](Call::new), for arguments that fit, and with the kernel's function as `K`, so that it can be compiled into
    /// the orchestration.
    ///
    /// # Safety
    /// `kernel` has parameters for exactly these tensors and scalars, in this order, and of the tensors' element types and
    /// accesses; `K` takes these, and does what `kernel.run` does.
    #[inline]
    pub unsafe fn fitting(
        kernel: &'static Kernel,
        tensors: [TensorArg<'s>; T],
        scalars: [u64; S],
    ) -> Self {
        Call::of(Work::Kernel(kernel), tensors, scalars, true)
    }

    /// Runs the kernel only if a condition holds when the task could run. Its element is one more tensor of the call, at
    /// the position after the last.
    #[inline]
    #[must_use]
    pub fn when(mut self, predicate: Predicate<'s>) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// The tensor at a position, that of the condition included.
    #[inline]
    #[track_caller]
    fn tensor_mut(&mut self, position: usize) -> &mut TensorArg<'s> {
        match &mut self.predicate {
            Some(predicate) if position == T => &mut predicate.tensor,
            _ => &mut self.tensors[position],
        }
    }

    /// Leaves out the check that no tensor overlaps one that the call writes.
    ///
    /// # Safety
    /// No two tensors of the call overlap, unless it reads both.
    #[inline]
    #[must_use]
    pub unsafe fn disjoint(mut self) -> Self {
        self.disjoint = true;
        self
    }

    /// Leaves out what compile time has settled: looking up earlier accesses for the tensors at the positions `lookups`,
    /// showing this access to later ones for those at `registers`. Edges to the tasks that own the storage stay.
    ///
    /// # Safety
    /// Any two tasks that access common elements, one of them writing, and of which the earlier is not registered or the
    /// later looks nothing up, are ordered by other edges.
    #[inline]
    #[must_use]
    pub unsafe fn untracked<const L: usize, const R: usize>(
        mut self,
        lookups: [usize; L],
        registers: [usize; R],
    ) -> Self {
        for position in lookups {
            self.tensor_mut(position).tracking_mut().lookup = false;
        }
        for position in registers {
            self.tensor_mut(position).tracking_mut().register = false;
        }
        self
    }

    /// The task that owns the storage of the tensor at `position`; [`TaskId::NONE`] for host memory, and for what the
    /// call creates until it is launched.
    ///
    /// # Panics
    /// There is no such tensor.
    #[inline]
    #[track_caller]
    pub fn owner(&self, position: usize) -> TaskId {
        match &self.predicate {
            Some(predicate) if position == T => predicate.tensor.owner(),
            _ => self.tensors[position].owner(),
        }
    }

    /// Tracks the tensors at these positions in MANUAL scopes as in AUTO ones: the runtime orders the task with whatever
    /// it tracks of their storage, and keeps the storage.
    #[inline]
    #[must_use]
    pub fn tracked<const N: usize>(mut self, positions: [usize; N]) -> Self {
        for position in positions {
            self.tensor_mut(position).tracking_mut().always = true;
        }
        self.always |= N > 0;
        self
    }
}

impl<'s, const T: usize> Call<'s, T, 0> {
    /// An allocation of the given tensors, all of them [`Access::Create`]. It completes as soon as it is launched.
    #[inline]
    pub fn alloc(tensors: [TensorArg<'s>; T]) -> Self {
        Call::of(Work::Allocation { fill: None }, tensors, [], false)
    }

    /// As [`alloc`](Call::alloc), with a value for all elements of these tensors, which have its type. Without one they
    /// hold what was there.
    #[inline]
    pub fn alloc_filled<U: Element>(tensors: [TensorArg<'s>; T], value: U) -> Self {
        let fill = Some(Fill {
            dtype: U::DTYPE,
            bits: value.to_bits(),
        });
        Call::of(Work::Allocation { fill }, tensors, [], false)
    }

    /// A barrier: a task that is ordered as one that reads and writes these tensors would be, and does nothing. None of
    /// them is [`Access::Create`].
    #[inline]
    pub fn barrier(tensors: [TensorArg<'s>; T]) -> Self {
        Call::of(Work::Barrier, tensors, [], false)
    }
}

/// What a scope launches: a [`Call`], or a [`TeamCall`](crate::TeamCall).
pub trait Launch<'s>: sealed::Request<'s> {
    /// The tensors of the call.
    fn tensors(&self) -> &[TensorArg<'s>];
}

pub(crate) mod sealed {
    use super::{Backend, Deps, Error, ScopeId, Site, TaskId, backend};

    /// What scopes do with a call. Nobody else: the tensors stay those about which the call was told something.
    pub trait Request<'s> {
        /// What the backend is asked to launch.
        fn request<'a>(&'a mut self, site: Site, deps: Deps<'a>) -> backend::Request<'a, 's>;

        /// Launches it.
        fn launch_on<B: Backend>(
            &mut self,
            backend: &B,
            scope: ScopeId,
            site: &Site,
            deps: &Deps<'_>,
        ) -> Result<TaskId, Error> {
            self.request(*site, *deps).launch_on(backend, scope)
        }
    }
}

impl<'s, const T: usize, const S: usize, K: RunKernel> Launch<'s> for Call<'s, T, S, K> {
    #[inline]
    fn tensors(&self) -> &[TensorArg<'s>] {
        &self.tensors
    }
}

impl<'s, const T: usize, const S: usize, K: RunKernel> sealed::Request<'s> for Call<'s, T, S, K> {
    #[inline]
    fn request<'a>(&'a mut self, site: Site, deps: Deps<'a>) -> Request<'a, 's> {
        let Call {
            run: _,
            work,
            tensors,
            scalars,
            predicate,
            disjoint,
            fits,
            always,
        } = self;
        Request {
            work: *work,
            tensors,
            scalars,
            predicate: predicate.as_ref(),
            deps,
            site,
            disjoint: *disjoint,
            fits: *fits,
            always: *always,
        }
    }

    #[inline(always)]
    fn launch_on<B: Backend>(
        &mut self,
        backend: &B,
        scope: ScopeId,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Result<TaskId, Error> {
        if let Work::Allocation { fill } = self.work
            && deps.is_empty()
            && self.predicate.is_none()
            && let Some(id) = backend.allocate_now(scope, &mut self.tensors, fill, site)
        {
            return Ok(id);
        }
        match PackedCall::of(self) {
            Some(mut packed) => {
                let id = packed.launch_on(backend, scope, site, deps)?;
                packed.bind(self);
                Ok(id)
            }
            None => {
                // What others get a reference to has to be in memory: this one need not be.
                let mut copy = self.by_pointer();
                let id = copy.launch_whole(backend, scope, site, deps)?;
                for (tensor, launched) in self.tensors.iter_mut().zip(&copy.tensors) {
                    if tensor.access() == Access::Create {
                        *tensor = *launched;
                    }
                }
                Ok(id)
            }
        }
    }
}

impl<'s, const T: usize, const S: usize, K> Call<'s, T, S, K> {
    /// The call, as that of the place in the source that the type `P` stands for, which is that of no other call.
    #[inline(always)]
    pub fn at<P>(self) -> Call<'s, T, S, At<K, P>> {
        self.run_by()
    }

    /// A copy of the call, whose kernel is run by its pointer.
    #[inline(always)]
    fn by_pointer(&self) -> Call<'s, T, S> {
        self.run_by()
    }

    /// A copy of the call, whose kernel is run by `R`, which does the same.
    #[inline(always)]
    fn run_by<R>(&self) -> Call<'s, T, S, R> {
        Call {
            run: PhantomData,
            work: self.work,
            tensors: self.tensors,
            scalars: self.scalars,
            predicate: self.predicate,
            disjoint: self.disjoint,
            fits: self.fits,
            always: self.always,
        }
    }
}

impl<const T: usize, const S: usize> Call<'_, T, S> {
    /// Launches one that could not be packed.
    #[inline(never)]
    fn launch_whole<B: Backend>(
        &mut self,
        backend: &B,
        scope: ScopeId,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Result<TaskId, Error> {
        match backend.launch_now(scope, self, site, Some(deps)) {
            Some(id) => Ok(id),
            None => self.launch_in_any_way(backend, scope, site, deps),
        }
    }

    /// Launches one that is not simple.
    #[inline(never)]
    fn launch_in_any_way<B: Backend>(
        &mut self,
        backend: &B,
        scope: ScopeId,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Result<TaskId, Error> {
        match backend.launch_plain(scope, self, *site, deps) {
            Some(id) => Ok(id),
            None => sealed::Request::request(self, *site, *deps).launch_on(backend, scope),
        }
    }
}

impl<const T: usize, const S: usize> PackedCall<'_, T, S> {
    #[inline(never)]
    fn launch_on<B: Backend>(
        &mut self,
        backend: &B,
        scope: ScopeId,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Result<TaskId, Error> {
        if let Some(id) = backend.launch_packed(scope, self, site, deps) {
            return Ok(id);
        }
        let mut call = self.unpack();
        let id = call.launch_in_any_way(backend, scope, site, deps)?;
        self.note_bound(&call);
        Ok(id)
    }
}

impl<'s> Launched<'s> {
    /// A tensor that the launched call has created: the `position`-th of its tensors.
    ///
    /// # Panics
    /// `call` is not the call that was launched, or its tensor at `position` was not created from `spec`.
    #[inline]
    #[track_caller]
    pub fn output<'a, U: Element>(
        &self,
        call: &impl Launch<'a>,
        position: usize,
        spec: Create<U>,
    ) -> TensorMut<'s, U> {
        let _ = spec;
        self.created(&call.tensors()[position])
    }

    #[inline]
    #[track_caller]
    pub(crate) fn created<U: Element>(&self, arg: &TensorArg<'_>) -> TensorMut<'s, U> {
        // The owner is written by the launch alone, and ids are unique within a run, which no call that was launched in
        // it outlives: so equality shows that `arg` belongs to this very launch.
        assert!(
            arg.access() == Access::Create && arg.owner() == self.id() && U::DTYPE.is(arg.dtype()),
            "not an output of this launch",
        );
        TensorMut::new(TensorRef::new(
            arg.base(),
            arg.start(),
            *arg.layout(),
            arg.owner(),
            false,
        ))
    }
}
