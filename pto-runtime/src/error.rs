//! The one error type: what went wrong, in which task, on which source line, and what to do about it.

use std::fmt;
use std::panic::Location;

use crate::site::Site;
use crate::task::TaskId;

/// What class of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// One scope submitted as many tasks as its ring has slots.
    ScopeDeadlock,
    /// The heap ring cannot hold the outputs.
    HeapDeadlock,
    /// No task slot can become free.
    SlotDeadlock,
    /// The dependency pool cannot hold the edges.
    DepPoolOverflow,
    /// The host waited for an element, and no task was completed for too long.
    TensorWaitTimeout,
    /// The orchestration ended the run itself.
    Explicit,
    /// An argument of a call, a shape, a region or a scope was misused.
    InvalidArgument,
    /// A task whose blocks are to run at the same time has more of them than threads or cores can.
    SyncStartTooWide,
    /// The argument arena cannot hold the arguments.
    ArgumentDeadlock,
    /// A kernel panicked.
    KernelPanic,
    /// A builder value or an environment variable is not acceptable.
    InvalidConfig,
    /// The operating system refused memory or a thread.
    OutOfResources,
    /// A submit waited for room for too long while no task became complete: see
    /// [`stall_limit`](crate::RuntimeBuilder::stall_limit).
    NoProgress,
    /// A verified run has two tasks that conflict and are not ordered: see [`verify`](crate::RuntimeBuilder::verify).
    Race,
    /// A verified run has a task whose storage can be recycled before it is done.
    UseAfterFree,
}

impl ErrorKind {
    /// The number of the failure. Those below 200 mean the same as in the C++ runtime, which does not know the others.
    /// `docs/errors.md` explains each.
    pub const fn code(self) -> u32 {
        match self {
            ErrorKind::ScopeDeadlock => 1,
            ErrorKind::HeapDeadlock => 2,
            ErrorKind::SlotDeadlock => 3,
            ErrorKind::DepPoolOverflow => 4,
            ErrorKind::InvalidArgument => 5,
            ErrorKind::SyncStartTooWide => 7,
            ErrorKind::TensorWaitTimeout => 8,
            ErrorKind::Explicit => 9,
            ErrorKind::NoProgress => 100,
            ErrorKind::KernelPanic => 200,
            ErrorKind::ArgumentDeadlock => 201,
            ErrorKind::InvalidConfig => 202,
            ErrorKind::OutOfResources => 203,
            ErrorKind::Race => 210,
            ErrorKind::UseAfterFree => 211,
        }
    }

    /// The name of the failure, in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            ErrorKind::ScopeDeadlock => "SCOPE_DEADLOCK",
            ErrorKind::HeapDeadlock => "HEAP_RING_DEADLOCK",
            ErrorKind::SlotDeadlock => "FLOW_CONTROL_DEADLOCK",
            ErrorKind::DepPoolOverflow => "DEP_POOL_OVERFLOW",
            ErrorKind::InvalidArgument => "INVALID_ARGS",
            ErrorKind::SyncStartTooWide => "REQUIRE_SYNC_START_INVALID",
            ErrorKind::TensorWaitTimeout => "TENSOR_WAIT_TIMEOUT",
            ErrorKind::Explicit => "EXPLICIT_ORCH_FATAL",
            ErrorKind::KernelPanic => "KERNEL_PANIC",
            ErrorKind::ArgumentDeadlock => "ARGUMENT_ARENA_DEADLOCK",
            ErrorKind::InvalidConfig => "INVALID_CONFIG",
            ErrorKind::OutOfResources => "OUT_OF_RESOURCES",
            ErrorKind::NoProgress => "SCHEDULER_TIMEOUT",
            ErrorKind::Race => "RACE",
            ErrorKind::UseAfterFree => "USE_AFTER_FREE",
        }
    }
}

/// A failure of a run, a submit, or a build of the runtime.
///
/// One pointer wide, because every submit returns it in a `Result`.
pub struct Error(Box<Details>);

struct Details {
    kind: ErrorKind,
    message: String,
    site: Option<Site>,
    location: Option<&'static Location<'static>>,
    task: Option<TaskId>,
    help: Option<String>,
}

impl Error {
    /// A failure described by `message`.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Details {
            kind,
            message: message.into(),
            site: None,
            location: None,
            task: None,
            help: None,
        }))
    }

    /// Says at which place of the user's source it happened.
    #[cold]
    #[must_use]
    pub fn at(mut self, location: &'static Location<'static>) -> Self {
        self.0.location = Some(location);
        self
    }

    /// Says in which task, if that is not said yet.
    #[cold]
    #[must_use]
    pub fn in_task(mut self, site: Site) -> Self {
        self.0.site.get_or_insert(site);
        self
    }

    /// Adds the id the task had been given.
    #[must_use]
    pub fn with_id(mut self, id: TaskId) -> Self {
        self.0.task = (!id.is_none()).then_some(id);
        self
    }

    /// Adds something else that happened.
    #[must_use]
    pub(crate) fn and_also(mut self, more: &str) -> Self {
        self.0.message = format!("{}; {more}", self.0.message);
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The class of the failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The number of the failure, see [`ErrorKind::code`].
    pub fn code(&self) -> u32 {
        self.0.kind.code()
    }

    /// The name of the failure, see [`ErrorKind::name`].
    pub fn name(&self) -> &'static str {
        self.0.kind.name()
    }

    /// The name of the task that failed, where one is to blame.
    pub fn task(&self) -> Option<&'static str> {
        self.0.site.map(|site| site.name)
    }

    /// The id of the task that failed, where it had one already.
    pub fn task_id(&self) -> Option<TaskId> {
        self.0.task
    }

    /// The place in the user's source.
    pub fn location(&self) -> Option<&'static Location<'static>> {
        self.0
            .location
            .or_else(|| self.0.site.map(|site| site.location))
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}: {}", self.code(), self.name(), self.message())?;
        match (self.0.site, self.location()) {
            (Some(site), Some(at)) => write!(
                f,
                "\n  in task '{}' at {}:{}",
                site.name,
                at.file(),
                at.line()
            )?,
            (None, Some(at)) => write!(f, "\n  at {}:{}", at.file(), at.line())?,
            _ => {}
        }
        if let Some(id) = self.0.task {
            write!(f, " ({id})")?;
        }
        match &self.0.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    // `unwrap` and `main() -> Result` print this: the readable form serves both.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_where_and_what_to_do() {
        let site = Site::here("qk");
        let error = Error::new(ErrorKind::HeapDeadlock, "ring 1 is full")
            .in_task(site)
            .with_help("raise heap(..)");
        let text = error.to_string();
        assert!(
            text.starts_with("[2] HEAP_RING_DEADLOCK: ring 1 is full\n  in task 'qk' at "),
            "{text}"
        );
        assert!(
            text.contains(&format!("error.rs:{}", site.location.line())),
            "{text}"
        );
        assert!(text.ends_with("help: raise heap(..)"), "{text}");
    }

    #[test]
    fn every_kind_is_explained() {
        let page = include_str!("../../docs/errors.md");
        let kinds = [
            ErrorKind::ScopeDeadlock,
            ErrorKind::HeapDeadlock,
            ErrorKind::SlotDeadlock,
            ErrorKind::DepPoolOverflow,
            ErrorKind::InvalidArgument,
            ErrorKind::SyncStartTooWide,
            ErrorKind::TensorWaitTimeout,
            ErrorKind::Explicit,
            ErrorKind::NoProgress,
            ErrorKind::KernelPanic,
            ErrorKind::ArgumentDeadlock,
            ErrorKind::InvalidConfig,
            ErrorKind::OutOfResources,
            ErrorKind::Race,
            ErrorKind::UseAfterFree,
        ];
        let mut rows = 0;
        for kind in kinds {
            let (code, name) = (kind.code(), kind.name());
            assert!(
                page.contains(&format!("| {code} | {name} | `{kind:?}` |")),
                "{kind:?}"
            );
            assert!(page.contains(&format!("**{code} {name}.**")), "{kind:?}");
            rows += 1;
        }
        assert_eq!(
            page.lines()
                .filter(|line| line.starts_with("| ") && line.contains('`'))
                .count(),
            rows + 1
        );
    }

    #[test]
    fn errors_travel_between_threads() {
        fn check<T: Send + Sync + std::error::Error>() {}
        check::<Error>();
        assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
    }
}
