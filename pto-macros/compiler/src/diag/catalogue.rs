//! The catalogue: every mistake that the macros report has a code.

use std::fmt;

/// Code of a diagnostic. `docs/diagnostics` has a page for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Code {
    /// An AUTO scope inside a MANUAL one.
    AutoInsideManual,
    /// A macro of the language outside an orchestration, or in a place where it means nothing.
    Misplaced,
    /// `after` names a task that does not exist in this orchestration.
    UnknownTask,
    /// `deps(explicit)`: two tasks conflict and no `after` orders them.
    MissingEdge,
    /// `deps(explicit)`: storage may be recycled while a task still uses it.
    ShortLife,
    /// Iterations of a `parallel_for!` conflict.
    CarriedConflict,
    /// Iterations of a `parallel_for!` could not be proven independent.
    UndecidedIndependence,
    /// A tensor is used after the scope that owns its storage.
    OutlivesScope,
    /// One task gets the same storage twice and writes it.
    AliasedArguments,
    /// A loop that cannot be unrolled as asked.
    CannotUnroll,
    /// An expression whose tensor accesses the compiler cannot follow.
    Unsupported,
    /// A malformed task option or macro argument.
    BadOption,
    /// A signature that an orchestration cannot have.
    BadOrchestration,
    /// A signature that a kernel cannot have.
    BadKernel,
    /// A limit of the runtime is exceeded.
    OverLimit,
    /// A host read of an element that tasks of the same orchestration may write.
    HostReadOfWritten,
    /// Two tasks have the same name.
    DuplicateName,
    /// The macro itself failed.
    Internal,
    /// A call of an orchestration inside a MANUAL scope.
    CallInsideManual,
    /// An edge of the user's that changes nothing.
    SuperfluousEdge,
    /// A tensor that is thrown away.
    UnusedOutput,
    /// A read of storage that nothing has written.
    UnwrittenRead,
    /// Something written that has no effect.
    NoEffect,
}

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The program is refused.
    Error,
    /// The program is compiled, but is surely not meant so.
    Warning,
}

impl Code {
    /// All codes, in numerical order.
    pub const ALL: [Self; 23] = [
        Self::AutoInsideManual,
        Self::Misplaced,
        Self::UnknownTask,
        Self::MissingEdge,
        Self::ShortLife,
        Self::CarriedConflict,
        Self::UndecidedIndependence,
        Self::OutlivesScope,
        Self::AliasedArguments,
        Self::CannotUnroll,
        Self::Unsupported,
        Self::BadOption,
        Self::BadOrchestration,
        Self::BadKernel,
        Self::OverLimit,
        Self::HostReadOfWritten,
        Self::DuplicateName,
        Self::Internal,
        Self::CallInsideManual,
        Self::SuperfluousEdge,
        Self::UnusedOutput,
        Self::UnwrittenRead,
        Self::NoEffect,
    ];

    /// What the mistake is, as in the heading of its page.
    pub fn title(self) -> &'static str {
        match self {
            Self::AutoInsideManual => "An AUTO scope inside a MANUAL scope",
            Self::Misplaced => "A macro or option where it means nothing",
            Self::UnknownTask => "`after` names a task that does not exist",
            Self::MissingEdge => "Two tasks race",
            Self::ShortLife => "Storage may be recycled while a task still uses it",
            Self::CarriedConflict => "Iterations of a `parallel_for!` conflict",
            Self::UndecidedIndependence => {
                "Iterations of a `parallel_for!` cannot be proven independent"
            }
            Self::OutlivesScope => "A tensor is used after the scope that owns its storage",
            Self::AliasedArguments => "A task writes storage that another of its arguments shows",
            Self::CannotUnroll => "A loop cannot be unrolled as asked",
            Self::Unsupported => "An expression whose tensors the compiler cannot follow",
            Self::BadOption => "A malformed option or macro argument",
            Self::BadOrchestration => "A signature that an orchestration cannot have",
            Self::BadKernel => "A signature that a kernel cannot have",
            Self::OverLimit => "A limit of the runtime is exceeded",
            Self::HostReadOfWritten => "A host read of a tensor that tasks may write",
            Self::DuplicateName => "Two tasks have the same name",
            Self::Internal => "A bug in the macros",
            Self::CallInsideManual => "A call of an orchestration inside a MANUAL scope",
            Self::SuperfluousEdge => "An edge that changes nothing",
            Self::UnusedOutput => "A tensor that is thrown away",
            Self::UnwrittenRead => "A read of storage that no task has written",
            Self::NoEffect => "Something without effect",
        }
    }

    /// How bad it is.
    pub fn level(self) -> Level {
        match self {
            Self::SuperfluousEdge | Self::UnusedOutput | Self::UnwrittenRead | Self::NoEffect => {
                Level::Warning
            }
            _ => Level::Error,
        }
    }

    /// The number in `PTO001`.
    pub fn number(self) -> usize {
        Self::ALL
            .iter()
            .position(|code| *code == self)
            .map_or(0, |index| index + 1)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PTO{:03}", self.number())
    }
}
