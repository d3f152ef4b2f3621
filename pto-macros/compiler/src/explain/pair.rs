//! What an explanation says of pairs of accesses, of storage, and of mistakes.

use super::{Entry, Position, Region};
use serde::Serialize;

/// Two accesses of one storage, one of them writing.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The earlier task.
    pub from: usize,
    /// The later task; the same one for a pair of iterations.
    pub to: usize,
    /// RAW, WAR or WAW.
    pub hazard: &'static str,
    /// Where the iterations lie.
    pub iterations: Iterations,
    /// What the earlier task touches.
    pub early: End,
    /// What the later task touches.
    pub late: End,
    /// Whether they share elements.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub reason: Reason,
    /// What came of it.
    pub outcome: Outcome,
}

/// One end of a pair.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct End {
    /// Index among the task's accesses.
    pub access: usize,
    /// What it touches.
    pub region: Region,
}

/// Where the iterations of a pair lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Iterations {
    /// The earlier task is of an earlier iteration of this loop, and of the same of those around it.
    Earlier(usize),
    /// Both are of the same iteration of all loops around both.
    Same,
}

/// Whether two accesses share elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They never do.
    Apart,
    /// They may.
    Undecided,
    /// They do.
    Overlapping,
}

/// What a verdict rests on. Dimensions are counted from zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Reason {
    /// Apart: the tasks are alternatives of one branching.
    Alternatives,
    /// Apart: the user asserts it, with `unsafe(..)`.
    Asserted,
    /// Apart: the storage is made anew in each iteration.
    OtherStorage,
    /// Apart: the storages were put in a collection at different indices.
    OtherElement,
    /// Apart: what is touched earlier ends before what is touched later begins.
    EndsBefore {
        /// How often the storage was rearranged before the dimensions became these.
        layer: usize,
        /// In this dimension.
        dimension: usize,
        /// End of what is touched earlier.
        end: String,
        /// Begin of what is touched later.
        begin: String,
    },
    /// Apart: what is touched later ends before what is touched earlier begins.
    BeginsAfter {
        /// How often the storage was rearranged before the dimensions became these.
        layer: usize,
        /// In this dimension.
        dimension: usize,
        /// End of what is touched later.
        end: String,
        /// Begin of what is touched earlier.
        begin: String,
    },
    /// Apart: one of the two is empty.
    Empty {
        /// In this dimension.
        dimension: usize,
    },
    /// Undecided: a handle may denote another of several storages or regions in each iteration.
    SeveralPlaces,
    /// Undecided: the storage is of some earlier iteration, and which one is not known.
    EarlierStorage,
    /// Undecided: the two may be different elements of a collection.
    UnknownElement,
    /// Undecided: one of the two is a region the compiler cannot express.
    UnknownRegion,
    /// Undecided: the bounds cannot be compared.
    Unordered {
        /// In this dimension.
        dimension: usize,
    },
    /// Undecided: the tensor was rearranged in two ways.
    OtherShape,
    /// Overlapping: they share elements in every dimension.
    Shared,
}

/// What came of a pair.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outcome {
    /// Nothing: it needs no order.
    NotNeeded,
    /// Nothing: the user asserts that it needs no order.
    Asserted,
    /// Nothing: whatever the regions are, no instance of the one conflicts with one of the other.
    NeverMeets,
    /// An edge of the compiler's, through these variables.
    Wired {
        /// By index.
        variables: Vec<usize>,
    },
    /// Edges of the compiler's to the very instances that conflict.
    Traced {
        /// Where their ids are found.
        entries: Vec<Entry>,
    },
    /// An edge of the compiler's that is read off the handle: it leads to the task that made the storage.
    Held,
    /// An edge of the user's own orders it.
    Users {
        /// The names in `after`.
        after: Vec<String>,
    },
    /// Other edges order it.
    Implied {
        /// A task in between, if a single one shows it.
        through: Option<usize>,
    },
    /// The runtime's edge from the task that made the storage: in AUTO scopes every user has one.
    Owned,
    /// The runtime looks for it when the later task is submitted: both are in AUTO scopes.
    Tracked {
        /// Why it is not settled at compile time.
        why: TrackedWhy,
    },
    /// Nothing: the earlier one is an access by the host, which is over when the program goes on.
    Over,
    /// A mistake: nothing orders it.
    Mistake {
        /// The diagnostic's code.
        code: String,
    },
}

/// Why a pair is left to the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackedWhy {
    /// One of the two is a call of another orchestration, whose tasks are not known here.
    Call,
    /// Whether the regions share elements shows only when they are known.
    Undecided,
    /// They do, but there may be several earlier tasks to wait for; the runtime forgets those that are over.
    Several,
}

/// A use of storage in a MANUAL scope.
#[derive(Clone, Debug, Serialize)]
pub struct Life {
    /// The task that made the storage.
    pub owner: usize,
    /// The task that uses it.
    pub user: usize,
    /// The tensor, as the user wrote it.
    pub tensor: String,
    /// What keeps the storage until the user is done.
    pub kept: Kept,
}

/// What keeps storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Kept {
    /// The edge from owner to user.
    Edge,
    /// What keeps an older owner of the same scope until the same user or an earlier one.
    Older {
        /// The older owner.
        owner: usize,
        /// The user until which that is kept.
        user: usize,
    },
    /// The edge that is read off the handle.
    Handle,
    /// An edge of its own, through these variables.
    Own {
        /// By index.
        variables: Vec<usize>,
    },
    /// A mistake: nothing does.
    Nothing,
}

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The orchestration does not compile.
    Error,
    /// It compiles, but is surely not meant so.
    Warning,
}

/// A diagnostic.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Its code.
    pub code: String,
    /// How bad it is.
    pub level: Level,
    /// Where it is.
    pub at: Position,
    /// What is wrong.
    pub title: String,
    /// The second place, if two take part: the name that stands there, and where.
    pub other: Option<(String, Position)>,
    /// Facts that explain.
    pub notes: Vec<String>,
    /// What to write instead.
    pub help: Vec<String>,
}
