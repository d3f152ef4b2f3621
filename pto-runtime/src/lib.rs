//! A ring-buffer task runtime for kernel orchestration.
//!
//! An *orchestration* decides which kernels run on which tensors. It submits tasks; the runtime finds their order from
//! the tensors they access, runs them on worker threads, and recycles the memory of what they create. The macros of the
//! [`prelude`] lower plain Rust to the calls documented here, and those calls can as well be written by hand:
//!
//! ```
//! use pto_runtime::prelude::*;
//! use pto_runtime::{Core, Kernel, KernelArgs, Param, Site};
//!
//! static DOUBLE: Kernel = Kernel {
//!     name: "double",
//!     core: Core::Aiv,
//!     params: &[Param::read::<f32>("x"), Param::write::<f32>("y")],
//!     run: |args: &mut KernelArgs<'_>| {
//!         let (x, mut y) = (args.read::<f32>(), args.write::<f32>());
//!         for i in 0..x.len() {
//!             y.set(i, 2.0 * x.get(i));
//!         }
//!     },
//!     file: file!(),
//!     line: line!(),
//!     check: None,
//! };
//!
//! let x = Tensor::full([8], 1.0f32);
//! let mut y = Tensor::<f32>::zeros([8]);
//! let mut rt = Runtime::new()?;
//! let done = rt.run(|root| {
//!     let (x, mut y) = (root.input(&x), root.inout(&mut y));
//!     let twice = root.task(&DOUBLE).read(&x).create::<f32>([8]).submit()?.output::<f32>(0)?;
//!     root.task(&DOUBLE).read(&twice).write(&mut y).submit()?;
//!     Ok(())
//! })?;
//! assert_eq!(done.report.tasks, 2);
//! assert_eq!(y.as_slice(), [4.0; 8]);
//! # Ok::<(), pto_runtime::Error>(())
//! ```

mod args;
mod argument;
mod backend;
mod block;
mod builder;
mod call;
mod collection;
mod config;
mod dims;
mod element;
mod error;
pub mod exact;
mod fatal;
mod graph;
mod handle;
mod hash;
mod host;
mod index;
mod kernel;
mod layout;
mod lend;
mod meeting;
mod native;
mod orchestration;
mod predicate;
mod record;
mod region;
mod report;
mod runtime;
mod scope;
pub mod shape_contract;
mod site;
pub mod spread;
mod straight;
mod sync;
mod table;
mod task;
mod team;
mod tensor;
mod verify;
mod view;

pub use args::{
    Access, Create, OutArg, Read, ReadArg, TensorArg, Tracking, UpdateArg, Write, create, read,
    scalar, write,
};
pub use backend::{
    Backend, Deps, Fill, Iterations, Member, Mode, Request, ScopeId, Team, Transfer, Work,
};
pub use block::{Block, Part};
pub use builder::{Auto, Manual, Submitted, TaskBuilder};
pub use call::{At, ByPointer, Call, Launch, RunKernel};
pub use collection::{element, element_mut, present, vector};
pub use element::{Bool, DType, Element, Scalar, bf16, f16};
pub use error::{Error, ErrorKind};
pub use fatal::{fatal, host_result};
pub use graph::{Edge, EdgeKind, Graph, Node};
pub use handle::{TensorMut, TensorRef};
pub use host::HostAccess;
pub use index::{Index, IndexFault};
pub use kernel::{
    Core, EachBlock, FitsACluster, IsKernel, Kernel, OnAic, OnAiv, Once, Param, ParamKind,
    RunsInBlocks, RunsOnce, ShapeCheck, fits_a_cluster, is_kernel, is_kernel_of_blocks,
};
pub use layout::{Layout, MAX_DIMS, Shape, ShapeFault};
pub use lend::{
    Given, HostParam, InOutParam, InParam, Lent, LentInput, LentMut, OutParam, give, lend,
    lend_input, lend_mut,
};
pub use native::Native;
pub use native::in_order::InOrder;
pub use orchestration::{Caller, Frame, IsOrchestration, Returns, Run, RunsAlone, returned};
pub use predicate::{Compare, Predicate};
pub use record::KernelArgs;
pub use region::{DimRange, IntoRegion, Region};
pub use report::{Done, Edges, RINGS, Report, RingUse};
pub use runtime::{Runtime, RuntimeBuilder};
pub use scope::{AutoScope, Launched, ManualScope, Root};
pub use site::Site;
pub use table::TaskTable;
pub use task::{TaskId, TaskSet};
pub use team::TeamCall;
pub use tensor::{Input, InputOutput, Tensor};
pub use view::{In, InOut, Out};

/// What a program that uses the macros needs.
pub mod prelude {
    pub use crate::{
        Block, Bool, Done, Error, Graph, In, InOut, Out, Report, Runtime, TaskSet, Tensor, bf16,
        f16,
    };
    #[allow(unused_imports, reason = "every macro of the crate belongs here")]
    pub use pto_macros::*;
}
