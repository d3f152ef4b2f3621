//! Kernels: what the runtime runs, described by constants.

use crate::args::{Access, TensorArg};
use crate::element::{DType, Element, Scalar};
use crate::error::{Error, ErrorKind};
use crate::record::KernelArgs;
use crate::shape_contract::ShapeMismatch;

/// The kind of core a kernel runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Core {
    /// A cube core.
    Aic,
    /// A vector core.
    Aiv,
}

impl Core {
    /// The name in lower case, as in `#[kernel(aic)]`.
    pub const fn name(self) -> &'static str {
        match self {
            Core::Aic => "aic",
            Core::Aiv => "aiv",
        }
    }
}

/// A type that stands for a kernel in orchestrations: `#[kernel]` makes one beside each function.
///
/// # Safety
/// The type's `call` builds its call from exactly the arguments it is given, each once, in their order. Orchestrations rely
/// on it: what they prove of the arguments they prove of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no kernel",
    label = "tasks call kernels",
    note = "mark the function with `#[kernel(aic)]` or `#[kernel(aiv)]`",
    note = "or, if it is an orchestration, call it with `call!({Self}(..))`"
)]
pub unsafe trait IsKernel {
    /// The kind of core it runs on: [`OnAic`] or [`OnAiv`].
    type Core;
    /// How often a task runs it: [`Once`], or [`EachBlock`].
    type Runs;
}

/// The core of a kernel is an AIC core.
#[derive(Debug)]
pub enum OnAic {}

/// The core of a kernel is an AIV core.
#[derive(Debug)]
pub enum OnAiv {}

/// A task runs a kernel once.
#[derive(Debug)]
pub enum Once {}

/// A task runs a kernel once for each of its blocks.
#[derive(Debug)]
pub enum EachBlock {}

/// Compiles for kernels that run once.
#[inline]
pub const fn is_kernel<K: IsKernel>()
where
    K::Runs: RunsOnce<K>,
{
}

/// Compiles for kernels that run in blocks.
#[inline]
pub const fn is_kernel_of_blocks<K: IsKernel>()
where
    K::Runs: RunsInBlocks<K>,
{
}

/// Compiles for the cores of kernels that can be those of one mixed task, as a tuple.
#[inline]
pub const fn fits_a_cluster<C: FitsACluster>() {}

/// How a kernel `K` runs whose tasks do not say in how many blocks.
#[diagnostic::on_unimplemented(
    message = "the kernel `{K}` runs in blocks, and this task does not say in how many",
    label = "in how many blocks?",
    note = "write `#[task(blocks = n)]` on the statement"
)]
pub trait RunsOnce<K> {}

impl<K> RunsOnce<K> for Once {}

/// How a kernel `K` runs whose tasks say in how many blocks.
#[diagnostic::on_unimplemented(
    message = "the kernel `{K}` does not run in blocks",
    label = "this kernel runs once",
    note = "declare it with `#[kernel(.., blocks)]` and a parameter `block: Block`, or take `blocks` away from the task"
)]
pub trait RunsInBlocks<K> {}

impl<K> RunsInBlocks<K> for EachBlock {}

/// The cores of a mixed task: those of one cluster, or some of them.
#[diagnostic::on_unimplemented(
    message = "these kernels do not fit one cluster",
    label = "a mixed task has one `aic` and two `aiv` kernels at most",
    note = "submit the others as tasks of their own"
)]
pub trait FitsACluster {}

impl FitsACluster for (OnAic,) {}
impl FitsACluster for (OnAiv,) {}
impl FitsACluster for (OnAic, OnAiv) {}
impl FitsACluster for (OnAiv, OnAic) {}
impl FitsACluster for (OnAiv, OnAiv) {}
impl FitsACluster for (OnAic, OnAiv, OnAiv) {}
impl FitsACluster for (OnAiv, OnAic, OnAiv) {}
impl FitsACluster for (OnAiv, OnAiv, OnAic) {}

/// One parameter of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    name: &'static str,
    kind: ParamKind,
    split: usize,
}

/// What a parameter accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// `In<T>`.
    In(DType),
    /// `InOut<T>`.
    InOut(DType),
    /// `Out<T>`.
    Out(DType),
    /// A scalar.
    Scalar,
    /// The block that is run: the mark of a kernel that runs in blocks.
    Block,
}

impl Param {
    /// A parameter `name: In<T>`.
    pub const fn read<T: Element>(name: &'static str) -> Self {
        Param::new(name, ParamKind::In(T::DTYPE))
    }

    /// A parameter `name: InOut<T>`.
    pub const fn update<T: Element>(name: &'static str) -> Self {
        Param::new(name, ParamKind::InOut(T::DTYPE))
    }

    /// A parameter `name: Out<T>`.
    pub const fn write<T: Element>(name: &'static str) -> Self {
        Param::new(name, ParamKind::Out(T::DTYPE))
    }

    /// A parameter passed by value.
    pub const fn scalar<S: Scalar>(name: &'static str) -> Self {
        Param::new(name, ParamKind::Scalar)
    }

    /// A parameter `name: Block`, in a kernel that runs in blocks.
    pub const fn block(name: &'static str) -> Self {
        Param::new(name, ParamKind::Block)
    }

    /// Divides the tensor among the blocks along another dimension than the first.
    #[must_use]
    pub const fn split(mut self, dim: usize) -> Self {
        self.split = dim;
        self
    }

    /// The dimension along which a tensor that the kernel writes is divided among the blocks.
    pub const fn split_dim(&self) -> usize {
        self.split
    }

    const fn new(name: &'static str, kind: ParamKind) -> Self {
        Param {
            name,
            kind,
            split: 0,
        }
    }

    /// The parameter's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is a tensor.
    pub const fn is_tensor(&self) -> bool {
        !matches!(self.kind, ParamKind::Scalar | ParamKind::Block)
    }

    /// What it accepts.
    pub const fn kind(&self) -> ParamKind {
        self.kind
    }
}

/// Checks the extents of the tensors of a task.
pub type ShapeCheck = fn(&[TensorArg<'_>]) -> Result<(), ShapeMismatch>;

/// A function that tasks run. A `static` or constant; its address identifies it.
#[derive(Debug)]
pub struct Kernel {
    /// The function's name.
    pub name: &'static str,
    /// The kind of core it runs on.
    pub core: Core,
    /// The parameters in order. Tensors and scalars are passed as two sequences, each in this order.
    pub params: &'static [Param],
    /// Takes the arguments and calls the function.
    pub run: fn(&mut KernelArgs<'_>),
    /// The file that defines it.
    pub file: &'static str,
    /// The line that defines it.
    pub line: u32,
    /// Checks the extents of the tensor arguments before the task is accepted.
    pub check: Option<ShapeCheck>,
}

impl Kernel {
    /// Whether the kernel runs in blocks.
    pub const fn runs_in_blocks(&self) -> bool {
        let mut index = 0;
        while index < self.params.len() {
            if matches!(self.params[index].kind, ParamKind::Block) {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Checks number, element type and access of the arguments, and whether the task says in how many blocks it runs.
    #[inline]
    pub(crate) fn accepts(
        &self,
        tensors: &[TensorArg<'_>],
        scalars: usize,
        in_blocks: bool,
    ) -> Result<(), Error> {
        let (mut next_tensor, mut next_scalar) = (0, 0);
        for param in self.params {
            let fits = match (param.kind, tensors.get(next_tensor)) {
                (ParamKind::Scalar, _) => {
                    next_scalar += 1;
                    continue;
                }
                (ParamKind::Block, _) if in_blocks => continue,
                (ParamKind::Block, _) => return Err(self.refuse_whole()),
                (_, None) => false,
                (ParamKind::In(dtype), Some(arg)) => {
                    dtype.is(arg.dtype()) && arg.access() == Access::Read
                }
                (ParamKind::InOut(dtype), Some(arg)) => {
                    dtype.is(arg.dtype()) && arg.access() == Access::ReadWrite
                }
                (ParamKind::Out(dtype), Some(arg)) => {
                    dtype.is(arg.dtype()) && matches!(arg.access(), Access::Write | Access::Create)
                }
            };
            if !fits {
                return Err(self.refuse(param, tensors.get(next_tensor)));
            }
            next_tensor += 1;
        }
        if (next_tensor, next_scalar) == (tensors.len(), scalars) {
            return Ok(());
        }
        Err(self.refuse_count(tensors.len(), scalars))
    }

    #[cold]
    fn refuse(&self, param: &Param, arg: Option<&TensorArg<'_>>) -> Error {
        let given = match arg {
            Some(arg) => format!(
                "a tensor of {} that the task accesses as {:?}",
                arg.dtype(),
                arg.access()
            ),
            None => "nothing".to_owned(),
        };
        let message = format!(
            "kernel '{}' has a parameter '{}: {:?}' and got {given}",
            self.name, param.name, param.kind
        );
        Error::new(ErrorKind::InvalidArgument, message).with_help(format!(
            "pass the arguments in the order of the parameters, see {}:{}",
            self.file, self.line
        ))
    }

    #[cold]
    fn refuse_count(&self, tensors: usize, scalars: usize) -> Error {
        let wanted = self
            .params
            .iter()
            .filter(|param| param.kind == ParamKind::Scalar)
            .count();
        let tensors_wanted = self.params.iter().filter(|param| param.is_tensor()).count();
        let message = format!(
            "kernel '{}' takes {tensors_wanted} tensors and {wanted} scalars, and got {tensors} and {scalars}",
            self.name,
        );
        Error::new(ErrorKind::InvalidArgument, message).with_help(format!(
            "the parameters are listed at {}:{}",
            self.file, self.line
        ))
    }

    #[cold]
    fn refuse_whole(&self) -> Error {
        let message = format!(
            "kernel '{}' runs in blocks, and the task does not say in how many",
            self.name
        );
        Error::new(ErrorKind::InvalidArgument, message)
            .with_help("say `blocks = n` where the task is submitted, by hand `.blocks(n)`")
    }

    #[cold]
    pub(crate) fn refuse_blocks(&self) -> Error {
        let message = format!("kernel '{}' does not run in blocks", self.name);
        Error::new(ErrorKind::InvalidArgument, message).with_help(format!(
            "give it a parameter `block: Block`, see {}:{}, or submit the task without blocks",
            self.file, self.line
        ))
    }
}
