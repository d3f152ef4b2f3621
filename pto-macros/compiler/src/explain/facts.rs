//! An explanation, and what it says of loops, scopes, storages, tasks and variables.

use super::{Life, Message, Pair};
use serde::Serialize;

/// What the compiler knows about one orchestration.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Explanation {
    /// The function's name.
    pub name: String,
    /// The file it is in.
    pub file: String,
    /// Where its name stands.
    pub at: Position,
    /// Its loops; an edge between iterations names one by its index.
    pub loops: Vec<Loop>,
    /// Its scopes; the first is the orchestration's own.
    pub scopes: Vec<Scope>,
    /// The storages that tasks touch.
    pub storages: Vec<Storage>,
    /// Tasks and allocations, in program order; their index is their number.
    pub tasks: Vec<Task>,
    /// The variables of the emitted code that hold task ids.
    pub variables: Vec<Variable>,
    /// Every two accesses that had to be compared, and what came of it.
    pub pairs: Vec<Pair>,
    /// Every use of storage in a MANUAL scope, and what keeps the storage until then.
    pub lives: Vec<Life>,
    /// Mistakes and warnings.
    pub diagnostics: Vec<Message>,
}

/// A place in the file, both counted from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// A loop.
#[derive(Clone, Debug, Serialize)]
pub struct Loop {
    /// Its variable, if it runs over a range.
    pub variable: Option<String>,
    /// Whether it is a `parallel_for!`.
    pub parallel: bool,
    /// Whether its variable counts downwards.
    pub reversed: bool,
    /// Its keyword or macro.
    pub at: Position,
}

/// How the edges of a scope come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The runtime tracks them.
    Auto,
    /// The compiler infers them.
    Inferred,
    /// The user writes them, the compiler checks them.
    Explicit,
}

/// A scope.
#[derive(Clone, Debug, Serialize)]
pub struct Scope {
    /// How its edges come about.
    pub mode: Mode,
    /// Its macro; nothing for the orchestration's own.
    pub at: Option<Position>,
}

/// A storage.
#[derive(Clone, Debug, Serialize)]
pub struct Storage {
    /// The name it goes by.
    pub name: String,
    /// The task that makes it; nothing for a parameter.
    pub made_by: Option<usize>,
    /// Whether no task writes it, other than by making it.
    pub frozen: bool,
    /// Whether tasks of an orchestration that calls this one may use it: then the runtime tracks what they use.
    pub exposed: bool,
}

/// What a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A call of a kernel.
    Task,
    /// An allocation, complete as soon as it is submitted.
    Alloc,
    /// A call of another orchestration: as many tasks as that submits.
    Call,
    /// An access of an element by the host: over when the program goes on.
    Host,
}

/// A task of the program's text.
#[derive(Clone, Debug, Serialize)]
pub struct Task {
    /// What it is.
    pub kind: TaskKind,
    /// The name it goes by.
    pub name: String,
    /// Its kernels, if it is a mixed task.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kernels: Vec<String>,
    /// In how many blocks it runs, as the user wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<String>,
    /// Whether its blocks run at the same time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sync_start: bool,
    /// Where the call stands.
    pub at: Position,
    /// Which of the copies of an unrolled body it is in, counted from one, and of how many.
    pub copy: Option<[usize; 2]>,
    /// Whether it is never executed, as conditions and jumps around it show: in some copies, mostly.
    pub never: bool,
    /// The loops and scopes around it, outermost first.
    pub inside: Vec<Around>,
    /// How its edges come about.
    pub mode: Mode,
    /// What it touches, in the order of the arguments; what it makes comes last.
    pub accesses: Vec<Access>,
    /// What it waits for.
    pub waits: Waits,
}

/// Something around a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Around {
    /// A loop, by index.
    Loop(usize),
    /// A scope, by index.
    Scope(usize),
}

/// The variables, by index, and entries of tables that a task waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Waits {
    /// Edges that the compiler proved.
    pub proven: Vec<usize>,
    /// Edges that the compiler proved, to the very instances that conflict.
    pub tables: Vec<Entry>,
    /// The arguments, by position, whose owners are waited for: edges that are read off handles.
    pub owners: Vec<usize>,
    /// Edges that the user wrote.
    pub explicit: Vec<usize>,
    /// Edges that keep storage and order nothing.
    pub keep: Vec<usize>,
}

/// How a task uses an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// `&t`.
    Reads,
    /// `&mut t`.
    Writes,
    /// `out!` and `alloc!`.
    Makes,
}

/// An argument of a task.
#[derive(Clone, Debug, Serialize)]
pub struct Access {
    /// How it is used.
    #[serde(rename = "use")]
    pub used: Use,
    /// The argument's position in the call.
    pub argument: usize,
    /// As the user wrote it; empty for what the task makes.
    pub tensor: String,
    /// What it may denote: one of these.
    pub regions: Vec<Region>,
    /// What the runtime does about it; absent in MANUAL scopes, and for what the task makes.
    pub tracking: Option<Tracking>,
}

/// What the runtime does about an argument of a task in an AUTO scope. What it
/// does not do, edges make superfluous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tracking {
    /// Whether it looks up earlier accesses.
    pub looks_up: bool,
    /// Whether later tasks find this access.
    pub registers: bool,
}

/// A part of a storage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Region {
    /// The storage, by index.
    pub storage: usize,
    /// Which part of it, in the user's names, one range a dimension.
    pub ranges: String,
    /// The loops, by index, of whose earlier iterations the storage stems.
    pub earlier: Vec<usize>,
}

/// What a variable of the emitted code holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The task submitted first.
    First,
    /// The task submitted last.
    Latest,
    /// All tasks submitted.
    All,
    /// All tasks submitted, by the values of loop variables.
    Table,
}

/// A variable of the emitted code.
#[derive(Clone, Debug, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
    /// The tasks that set it.
    pub members: Vec<usize>,
    /// The loop in whose body it lives; nothing: in the orchestration's.
    pub home: Option<usize>,
    /// Of a table: what its entries are found by.
    pub key: Vec<KeyPart>,
    /// From how many ids on a task that waits for them takes their place.
    pub fence: Option<usize>,
}

/// One part of a table's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyPart {
    /// The loop whose variable it is.
    #[serde(rename = "loop")]
    pub of: usize,
    /// If given, so many of the variable's last values are remembered.
    pub remembered: Option<u64>,
    /// If there are some, these of its values are remembered.
    pub only: Vec<i64>,
}

/// The entry of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry {
    /// The table, by index among the variables.
    pub variable: usize,
    /// Its key, in the later task's loops.
    pub at: Vec<Offset>,
    /// When the edge is there: what variables of the later task's loops must be.
    pub only: Vec<Only>,
}

/// The values that a loop's variable must have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Only {
    /// The loop.
    #[serde(rename = "loop")]
    pub of: usize,
    /// The values.
    pub values: Vec<i64>,
}

/// The variable of a loop, or zero, and what is added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Offset {
    /// The loop; nothing: zero.
    #[serde(rename = "loop")]
    pub of: Option<usize>,
    /// What is added.
    pub plus: i64,
}
