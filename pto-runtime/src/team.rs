//! Calls that several threads run: in blocks, or of several kernels.

use std::fmt;

use smallvec::SmallVec;

use crate::args::TensorArg;
use crate::backend::{Deps, Member, Request, Team, Work};
use crate::call::{Call, Launch, RunKernel, sealed};
use crate::error::{Error, ErrorKind};
use crate::kernel::{Core, Kernel};
use crate::predicate::Predicate;
use crate::site::Site;
use crate::task::TaskId;

/// A call of one kernel in several blocks, or of several kernels that run at the same time. See [`Call::team`].
#[derive(Debug)]
pub struct TeamCall<'s> {
    team: Team,
    tensors: SmallVec<[TensorArg<'s>; 8]>,
    scalars: SmallVec<[u64; 8]>,
    predicate: Option<Predicate<'s>>,
    disjoint: bool,
    always: bool,
}

impl<'s, const T: usize, const S: usize, K: RunKernel> Call<'s, T, S, K> {
    /// The call as one that several threads may run.
    ///
    /// # Panics
    /// It is an allocation or a barrier, which nobody runs.
    #[track_caller]
    #[must_use]
    pub fn team(mut self) -> TeamCall<'s> {
        let none = TeamCall {
            team: Team::default(),
            tensors: SmallVec::new(),
            scalars: SmallVec::new(),
            predicate: self.predicate.take(),
            disjoint: false,
            always: false,
        };
        none.and(self)
    }
}

impl<'s> TeamCall<'s> {
    /// The same task with another kernel, which runs at the same time: a mixed task. Its tensors and scalars come after
    /// those of the kernels before it.
    ///
    /// # Panics
    /// `call` is an allocation or a barrier, or has a [condition](TeamCall::when) of its own.
    #[track_caller]
    #[must_use]
    pub fn and<const T: usize, const S: usize>(
        mut self,
        call: Call<'s, T, S, impl RunKernel>,
    ) -> Self {
        let Work::Kernel(kernel) = call.work else {
            panic!("a call without a kernel is no part of another task");
        };
        assert!(
            call.predicate.is_none(),
            "a condition is that of the whole task, not of one kernel"
        );
        self.team.members.push(Member {
            kernel,
            tensors: T,
            scalars: S,
        });
        self.tensors.extend(call.tensors);
        self.scalars.extend(call.scalars);
        self.always |= call.always;
        self
    }

    /// Runs every kernel that often, each time for another [`Block`](crate::Block).
    #[must_use]
    pub fn blocks(mut self, count: usize) -> Self {
        self.team.blocks = Some(count);
        self
    }

    /// Begins no block of a kernel before all of them can run at the same time.
    #[must_use]
    pub fn sync_start(mut self) -> Self {
        self.team.sync_start = true;
        self
    }

    /// Runs the kernels only if a condition holds when the task could run; then all blocks of all of them. Its element is
    /// one more tensor of the call, at the position after the last.
    #[must_use]
    pub fn when(mut self, predicate: Predicate<'s>) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// The tensor at a position, that of the condition included.
    #[track_caller]
    fn tensor_mut(&mut self, position: usize) -> &mut TensorArg<'s> {
        match &mut self.predicate {
            Some(predicate) if position == self.tensors.len() => &mut predicate.tensor,
            _ => &mut self.tensors[position],
        }
    }

    /// As [`Call::disjoint`].
    ///
    /// # Safety
    /// As there.
    #[must_use]
    pub unsafe fn disjoint(mut self) -> Self {
        self.disjoint = true;
        self
    }

    /// As [`Call::untracked`].
    ///
    /// # Safety
    /// As there.
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

    /// As [`Call::tracked`].
    #[must_use]
    pub fn tracked<const N: usize>(mut self, positions: [usize; N]) -> Self {
        for position in positions {
            self.tensor_mut(position).tracking_mut().always = true;
        }
        self.always |= N > 0;
        self
    }

    /// As [`Call::owner`].
    ///
    /// # Panics
    /// There is no such tensor.
    #[track_caller]
    pub fn owner(&self, position: usize) -> TaskId {
        match &self.predicate {
            Some(predicate) if position == self.tensors.len() => predicate.tensor.owner(),
            _ => self.tensors[position].owner(),
        }
    }
}

impl<'s> sealed::Request<'s> for TeamCall<'s> {
    fn request<'a>(&'a mut self, site: Site, deps: Deps<'a>) -> Request<'a, 's> {
        Request {
            work: Work::Team(&self.team),
            tensors: &mut self.tensors,
            scalars: &self.scalars,
            predicate: self.predicate.as_ref(),
            deps,
            site,
            disjoint: self.disjoint,
            fits: false,
            always: self.always,
        }
    }
}

impl<'s> Launch<'s> for TeamCall<'s> {
    fn tensors(&self) -> &[TensorArg<'s>] {
        &self.tensors
    }
}

impl Member {
    /// A kernel that has no arguments yet.
    pub(crate) fn of(kernel: &'static Kernel) -> Self {
        Member {
            kernel,
            tensors: 0,
            scalars: 0,
        }
    }
}

/// The most parts of a task: what its threads count in 32 bits.
const MOST_PARTS: usize = u32::MAX as usize;

impl Team {
    /// How many of its kernels run on that kind of core.
    pub fn cores(&self, core: Core) -> usize {
        let on_it = |member: &&Member| member.kernel.core == core;
        self.members.iter().filter(on_it).count()
    }

    /// Checks the kernels against each other, the arguments against the kernels, and the number of blocks.
    pub(crate) fn accepts(&self, tensors: &[TensorArg<'_>], scalars: &[u64]) -> Result<(), Error> {
        let refuse = |message: String, help: &str| {
            Err(Error::new(ErrorKind::InvalidArgument, message).with_help(help))
        };
        if self.members.is_empty() {
            return refuse(
                "a barrier in blocks, or with `sync_start`".to_owned(),
                "a barrier runs no kernel: leave that out",
            );
        }
        let (aic, aiv) = (self.cores(Core::Aic), self.cores(Core::Aiv));
        if aic > 1 || aiv > 2 {
            return refuse(
                format!("a mixed task of {aic} AIC and {aiv} AIV kernels"),
                "a cluster has one AIC and two AIV cores: submit the others as tasks of their own",
            );
        }
        let count = self.count();
        if count == 0 {
            return refuse(
                format!("{self} runs in 0 blocks"),
                "give it one block at least, or do not submit it",
            );
        }
        if count
            .checked_mul(self.members.len())
            .is_none_or(|parts| parts > MOST_PARTS)
        {
            return refuse(
                format!("{self} runs in {count} blocks"),
                "give it less than 2^32 blocks, of all kernels together",
            );
        }
        let in_blocks = self.blocks.is_some();
        for (member, tensors, scalars) in self.arguments(tensors, scalars) {
            let kernel = member.kernel;
            kernel.accepts(tensors, scalars.len(), in_blocks)?;
            if in_blocks && !kernel.runs_in_blocks() {
                return Err(kernel.refuse_blocks());
            }
            if in_blocks {
                kernel.divides(tensors)?;
            }
        }
        Ok(())
    }
}

impl Kernel {
    /// Whether the tensors that the kernel writes have the dimensions along which they are divided among the blocks.
    fn divides(&self, tensors: &[TensorArg<'_>]) -> Result<(), Error> {
        let params = self.params.iter().filter(|param| param.is_tensor());
        for (param, tensor) in params.zip(tensors) {
            let (dim, ndims) = (param.split_dim(), tensor.layout().ndims());
            if tensor.access().writes() && dim >= ndims {
                let (kernel, name) = (self.name, param.name());
                let message = format!(
                    "kernel '{kernel}' divides '{name}' among its blocks along dimension {dim}, and the tensor has {ndims}"
                );
                return Err(
                    Error::new(ErrorKind::InvalidArgument, message).with_help(format!(
                        "pass a tensor of more dimensions, or change `#[split({dim})]` at {}:{}",
                        self.file, self.line
                    )),
                );
            }
        }
        Ok(())
    }
}

impl fmt::Display for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, member) in self.members.iter().enumerate() {
            let before = if index == 0 { "" } else { " + " };
            write!(f, "{before}'{}'", member.kernel.name)?;
        }
        Ok(())
    }
}
