//! The interface between orchestrations and what runs their tasks.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::NonNull;

use smallvec::SmallVec;

use crate::args::TensorArg;
use crate::call::{Call, PackedCall, RunKernel};
use crate::element::DType;
use crate::error::Error;
use crate::kernel::Kernel;
use crate::layout::Layout;
use crate::native::in_order::InOrder;
use crate::predicate::Predicate;
use crate::report::RINGS;
use crate::site::Site;
use crate::task::TaskId;

/// How the dependencies of a scope's tasks are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// By the runtime, from the tensors the tasks access.
    Auto,
    /// By whoever submits them.
    Manual,
}

/// An open scope, unique within its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeId(pub u32);

/// The edges a task is given, beyond those that the runtime finds. [`TaskId::NONE`] is ignored everywhere.
///
/// A producer that is complete when the task is launched, as an allocation always is, is not waited for, but still kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deps<'a> {
    /// Tasks to wait for, and whose outputs to keep meanwhile, found by the compiler.
    pub proven: &'a [TaskId],
    /// Tasks to wait for, and whose outputs to keep meanwhile, named by the user.
    pub explicit: &'a [TaskId],
    /// Tasks whose outputs to keep until the task is complete, without waiting for them.
    pub keep: &'a [TaskId],
}

impl Deps<'_> {
    /// No edges.
    pub const NONE: Deps<'static> = Deps {
        proven: &[],
        explicit: &[],
        keep: &[],
    };

    /// Whether there are no edges.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.proven.is_empty() && self.explicit.is_empty() && self.keep.is_empty()
    }

    /// Whether there are edges that the compiler has not found.
    #[inline]
    pub(crate) const fn are_more_than_proven(&self) -> bool {
        !(self.explicit.is_empty() && self.keep.is_empty())
    }

    /// How many of the edges order tasks.
    #[inline]
    pub(crate) const fn ordering(&self) -> usize {
        self.proven.len() + self.explicit.len()
    }
}

/// What a task runs.
#[derive(Clone, Copy, Debug)]
pub enum Work<'a> {
    /// Nothing: it allocates the tensors that it creates, and completes at once.
    Allocation {
        /// What the tensors hold; `None` leaves what was there.
        fill: Option<Fill>,
    },
    /// Nothing: it completes when the tasks that it waits for are complete.
    Barrier,
    /// One kernel, on all tensors and scalars.
    Kernel(&'static Kernel),
    /// Several kernels, or several blocks, which may run at the same time.
    Team(&'a Team),
}

/// The kernels of a task that are run by several threads.
///
/// Every kernel runs once for each block. A block takes the cores of all its kernels together. The task is complete when
/// all blocks of all kernels are.
#[derive(Clone, Debug, Default)]
pub struct Team {
    pub(crate) members: SmallVec<[Member; 3]>,
    /// How many blocks there are. `None` is one, of kernels that know of no blocks.
    pub blocks: Option<usize>,
    /// Whether nothing begins before all blocks can run at the same time.
    pub sync_start: bool,
}

/// One kernel of a [`Team`]. Its arguments are the task's next after those of the members before it.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The kernel.
    pub kernel: &'static Kernel,
    /// How many tensors it takes.
    pub tensors: usize,
    /// How many scalars it takes.
    pub scalars: usize,
}

impl Team {
    /// The kernels: at most one AIC and two AIV.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// How many blocks there are.
    pub fn count(&self) -> usize {
        self.blocks.unwrap_or(1)
    }

    /// The members, each with its arguments.
    pub fn arguments<'t, 's>(
        &'t self,
        tensors: &'t [TensorArg<'s>],
        scalars: &'t [u64],
    ) -> impl Iterator<Item = (&'t Member, &'t [TensorArg<'s>], &'t [u64])> {
        let (mut tensors, mut scalars) = (tensors, scalars);
        self.members.iter().map(move |member| {
            let own = tensors.split_at(member.tensors.min(tensors.len()));
            let (values, rest) = scalars.split_at(member.scalars.min(scalars.len()));
            (tensors, scalars) = (own.1, rest);
            (member, own.0, values)
        })
    }
}

/// A value for all elements of new tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The element type.
    pub dtype: DType,
    /// The value, as [`Scalar::to_bits`](crate::Scalar::to_bits) has it.
    pub bits: u64,
}

/// A task to be launched.
#[derive(Debug)]
pub struct Request<'a, 's> {
    /// What it runs.
    pub work: Work<'a>,
    /// Its tensors. The backend [binds](TensorArg::bind) those that are created.
    pub tensors: &'a mut [TensorArg<'s>],
    /// Its scalars.
    pub scalars: &'a [u64],
    /// The condition under which its kernels run, if there is one. It is evaluated once, when the task is ready.
    pub predicate: Option<&'a Predicate<'s>>,
    /// Its given edges.
    pub deps: Deps<'a>,
    /// Its place in the source.
    pub site: Site,
    /// Whether its tensors are known not to alias each other, unless it reads both.
    pub disjoint: bool,
    /// Whether the arguments are known to fit the kernel: their number, element types and accesses.
    pub fits: bool,
    /// Whether a tensor of it is tracked in MANUAL scopes as well: see [`Tracking::always`](crate::Tracking).
    pub always: bool,
}

impl Request<'_, '_> {
    /// Launches the task, if its arguments are accepted.
    pub(crate) fn launch_on(self, backend: &impl Backend, scope: ScopeId) -> Result<TaskId, Error> {
        let site = self.site;
        match self.work {
            Work::Kernel(kernel) if !self.fits => {
                kernel.accepts(self.tensors, self.scalars.len(), false)
            }
            Work::Kernel(_) | Work::Allocation { .. } | Work::Barrier => Ok(()),
            Work::Team(team) => team.accepts(self.tensors, self.scalars),
        }
        .map_err(|error| error.in_task(site))?;
        backend.launch(scope, self)
    }
}

/// What the host does with one element, whose bits are those that [`Scalar::to_bits`](crate::Scalar::to_bits) gives.
#[derive(Debug)]
pub enum Transfer<'a> {
    /// Reads it.
    Get(&'a mut u64),
    /// Writes it.
    Set(u64),
}

/// The iterations of a loop, which several threads may run at once, each running the tasks that it launches.
pub struct Iterations<'l> {
    count: usize,
    body: NonNull<()>,
    run: unsafe fn(NonNull<()>, &InOrder<'_>, ScopeId, Claim<'_>) -> Result<(), Error>,
    marker: PhantomData<&'l ()>,
}

/// Takes the next iterations for the thread that calls it, if there are any.
pub(crate) type Claim<'c> = &'c mut dyn FnMut() -> Option<Range<usize>>;

// SAFETY: whoever makes one promises that.
unsafe impl Sync for Iterations<'_> {}

impl<'l> Iterations<'l> {
    /// `count` iterations, which `run` runs by means of `body`: as many as it claims, in a scope of a backend that it is given.
    ///
    /// # Safety
    /// Several threads may call `run` with `body` at the same time, during `'l`.
    pub(crate) unsafe fn new<F>(
        count: usize,
        body: &'l F,
        run: unsafe fn(NonNull<()>, &InOrder<'_>, ScopeId, Claim<'_>) -> Result<(), Error>,
    ) -> Self {
        Iterations {
            count,
            body: NonNull::from(body).cast(),
            run,
            marker: PhantomData,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Runs those that this thread claims, in a scope of a backend for this thread alone.
    pub(crate) fn run(
        &self,
        backend: &InOrder<'_>,
        scope: ScopeId,
        claim: Claim<'_>,
    ) -> Result<(), Error> {
        // SAFETY: by the contract of `new`.
        unsafe { (self.run)(self.body, backend, scope, claim) }
    }
}

impl fmt::Debug for Iterations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iterations")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// What runs the tasks of an orchestration.
///
/// Kernels are identified by the address of their [`Kernel`], tensors by address and geometry; nothing else crosses the
/// interface, so that a backend may run the kernels elsewhere. The thread that runs the orchestration makes all calls.
///
/// # Safety
/// For the tasks that were launched in [`Mode::Auto`] scopes, and for those in [`Mode::Manual`] scopes if their launches
/// kept the contract of [`ManualScope::launch`](crate::ManualScope::launch):
/// * No two tasks that access overlapping elements, one of them writing, run at the same time; they run in the order of
///   their launch.
/// * What the host accesses comes, in the same order, between them.
/// * Created tensors are bound to memory that is theirs alone until the scope is closed and all tasks that were given
///   them are done.
/// * Nothing accesses host memory once the run is over.
pub unsafe trait Backend {
    /// Accepts an orchestration that was checked for rings with at least these task slots, by scope depth.
    ///
    /// # Errors
    /// A ring has fewer.
    fn require_windows(&self, least: [usize; RINGS], site: Site) -> Result<(), Error>;

    /// Says that tasks may be given host memory that begins at `base`, and how its elements lie. A backend that does not
    /// care to know does nothing.
    fn host_tensor(&self, base: NonNull<u8>, layout: &Layout) {
        let _ = (base, layout);
    }

    /// Opens a scope inside `parent`, which is the innermost open one.
    ///
    /// # Errors
    /// `parent` is not the innermost open scope, or an AUTO scope would be inside a MANUAL one.
    fn open(&self, parent: ScopeId, mode: Mode, site: Site) -> Result<ScopeId, Error>;

    /// Closes a scope and those inside it: from now on their tasks can be reclaimed. Waits for nothing.
    fn close(&self, scope: ScopeId);

    /// Launches a task in `scope`, which is the innermost open one.
    ///
    /// # Errors
    /// The arguments cannot be accepted, or the task will never find room. Nothing was launched then.
    fn launch(&self, scope: ScopeId, request: Request<'_, '_>) -> Result<TaskId, Error>;

    /// Launches a call as [`launch`](Backend::launch) would, if that is a matter of a few instructions, which are compiled into
    /// the orchestration. Otherwise it does nothing, and `None` asks for [`launch_plain`](Backend::launch_plain). Without
    /// `deps` it is launched only if everything that was launched before is complete. It [binds](TensorArg::bind) what the
    /// call creates.
    #[inline(always)]
    fn launch_now<const T: usize, const S: usize, K: RunKernel>(
        &self,
        scope: ScopeId,
        call: &mut Call<'_, T, S, K>,
        site: &Site,
        deps: Option<&Deps<'_>>,
    ) -> Option<TaskId> {
        let _ = (scope, call, site, deps);
        None
    }

    /// Launches an allocation as [`launch`](Backend::launch) would, if that is a matter of a few instructions. Otherwise it does
    /// nothing.
    #[inline(always)]
    fn allocate_now<const T: usize>(
        &self,
        scope: ScopeId,
        tensors: &mut [TensorArg<'_>; T],
        value: Option<Fill>,
        site: &Site,
    ) -> Option<TaskId> {
        let _ = (scope, tensors, value, site);
        None
    }

    /// As [`launch_now`](Backend::launch_now), for a call that was written to memory on its way here, and with edges.
    #[doc(hidden)]
    #[inline(always)]
    fn launch_packed<const T: usize, const S: usize>(
        &self,
        scope: ScopeId,
        call: &mut PackedCall<'_, T, S>,
        site: &Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let _ = (scope, call, site, deps);
        None
    }

    /// Launches a call as [`launch`](Backend::launch) would, if that is simple: a backend may have a short way for what needs
    /// no waiting and has no mistakes. `None` asks for the long one.
    #[inline]
    fn launch_plain<const T: usize, const S: usize>(
        &self,
        scope: ScopeId,
        call: &mut Call<'_, T, S>,
        site: Site,
        deps: &Deps<'_>,
    ) -> Option<TaskId> {
        let _ = (scope, call, site, deps);
        None
    }

    /// Runs the first iterations of a loop on as many threads as there are, if that is worth while, and returns when they are over.
    /// Says how many; the others are launched task by task. They are independent of each other: no two of them have tasks
    /// that conflict.
    ///
    /// # Errors
    /// What an iteration returns.
    fn spread(
        &self,
        scope: ScopeId,
        iterations: &Iterations<'_>,
        site: Site,
    ) -> Result<usize, Error> {
        let _ = (scope, iterations, site);
        Ok(0)
    }

    /// Accesses the one element of the only tensor of `request` on the host, once all tasks are complete that a launch of
    /// it would wait for. It is over when this returns: nothing is launched, and nothing has to wait for it.
    ///
    /// # Errors
    /// A task of the run has failed, or no task was completed for so long that none is expected to be.
    fn access(
        &self,
        scope: ScopeId,
        request: Request<'_, '_>,
        transfer: Transfer<'_>,
    ) -> Result<(), Error>;

    /// How many clusters of cores there are: each has one AIC and two AIV cores.
    fn clusters(&self) -> usize;

    /// Whether a task of the run is over for certain, so that naming it as a dependency has no effect. A backend that is
    /// to be told of such dependencies all the same says that it is not.
    fn is_retired(&self, id: TaskId) -> bool;
}
