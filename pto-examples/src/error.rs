//! What can go wrong, said so that the reader knows what to do next.

use std::fmt;
use std::io;
use std::path::PathBuf;

use pto_compiler::explain::FileError;

/// A failure of the examples program: what happened ([`Display`](fmt::Display)) and the cure ([`Error::help`]).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A Rust file that is to be explained could not be read.
    Source {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is to be explained is no Rust.
    NotRust(FileError),
    /// A file could not be written.
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not a safetensors file, or is cut off.
    Broken {
        /// Where the bytes came from.
        origin: String,
        /// What the parser met.
        reason: String,
    },
    /// A file lacks a tensor.
    MissingTensor {
        /// Where the bytes came from.
        origin: String,
        /// The tensor that is needed.
        name: &'static str,
        /// The tensors the file does have.
        present: Vec<String>,
    },
    /// A tensor has another element type than is needed.
    Dtype {
        /// The tensor.
        name: &'static str,
        /// Its element type.
        found: String,
        /// The element type it must have.
        expected: &'static str,
    },
    /// A tensor has a shape that cannot be used.
    Shape {
        /// The tensor.
        name: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// The shapes that can be used.
        expected: &'static str,
    },
    /// Two facts about the input contradict each other.
    Inconsistent {
        /// Both facts.
        facts: String,
        /// The rule they break.
        rule: &'static str,
    },
    /// A context length is not positive, or longer than the block table can describe.
    ContextLength {
        /// The sequence.
        batch: usize,
        /// Its context length.
        value: i32,
        /// The longest context the block table has room for.
        limit: usize,
    },
    /// A block table entry names no block of the cache.
    TableEntry {
        /// The sequence.
        batch: usize,
        /// The position within the sequence's row of the table.
        position: usize,
        /// The entry.
        value: i32,
        /// The number of blocks in the cache.
        limit: usize,
    },
    /// The command line asks for something that makes no sense.
    Usage {
        /// What is wrong.
        what: String,
        /// What to write instead.
        help: &'static str,
    },
    /// Results that differ from what was expected, one line each.
    Wrong(Vec<String>),
    /// Standard output could not be written.
    Print(io::Error),
    /// The task runtime reported an error.
    Runtime(pto_runtime::Error),
}

/// The codes of the runtime's errors that larger rings may cure.
const RING_CODES: std::ops::RangeInclusive<u32> = 1..=4;

impl Error {
    /// What to do about it; `None` where the message already says so.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::Read { .. } => "check the path given to `--input`".into(),
            Error::Source { .. } => "check the path given to `--explain`".into(),
            Error::NotRust(_) => "`--explain` reads whole files of Rust, as the compiler does; mend this place first".into(),
            Error::Write { .. } => "choose a path in a directory that exists and may be written".into(),
            Error::Broken { .. } => {
                "write the file again with `safetensors.torch.save_file` or `safetensors.numpy.save_file`".into()
            }
            Error::MissingTensor { present, .. } if present.is_empty() => "the file holds no tensors at all".into(),
            Error::MissingTensor { present, .. } => format!("the file has {}", list(present)),
            Error::Dtype { expected, .. } => format!("convert the tensor to {expected} before saving it"),
            Error::Shape { expected, .. } => format!("expected {expected}, every extent at least 1"),
            Error::Inconsistent { rule, .. } => (*rule).into(),
            Error::ContextLength { limit, .. } => format!(
                "a context length lies between 1 and {limit}, the block table's width times the block size; \
                 give the table more columns for longer contexts"
            ),
            Error::TableEntry { limit, .. } => {
                format!("entries that a context reaches lie between 0 and {}", limit.saturating_sub(1))
            }
            Error::Usage { help, .. } => (*help).into(),
            Error::Wrong(_) => {
                "the table above has every version's worst error; `--graph` draws the edges a version ran with".into()
            }
            Error::Runtime(error) if RING_CODES.contains(&error.code()) => {
                "of this program's options, `--window` and `--heap` set the sizes of the rings".into()
            }
            Error::Print(_) | Error::Runtime(_) => return None,
        })
    }
}

fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Read { path, source } | Error::Source { path, source } => {
                write!(f, "cannot read `{}`: {source}", path.display())
            }
            Error::NotRust(source) => write!(f, "this is no Rust: {source}"),
            Error::Write { path, source } => {
                write!(f, "cannot write `{}`: {source}", path.display())
            }
            Error::Broken { origin, reason } => {
                write!(f, "`{origin}` is not a usable safetensors file: {reason}")
            }
            Error::MissingTensor { origin, name, .. } => {
                write!(f, "`{origin}` has no tensor `{name}`")
            }
            Error::Dtype {
                name,
                found,
                expected,
            } => {
                write!(
                    f,
                    "tensor `{name}` has element type {found}, but {expected} is needed"
                )
            }
            Error::Shape { name, found, .. } => write!(f, "tensor `{name}` has shape {found:?}"),
            Error::Inconsistent { facts, .. } => f.write_str(facts),
            Error::ContextLength { batch, value, .. } => {
                write!(
                    f,
                    "context_lens[{batch}] is {value}, which the block table cannot describe"
                )
            }
            Error::TableEntry {
                batch,
                position,
                value,
                limit,
            } => write!(
                f,
                "block_table[{batch}, {position}] is {value}, but the cache has {limit} blocks"
            ),
            Error::Usage { what, .. } => f.write_str(what),
            Error::Wrong(lines) => write!(f, "wrong results\n  {}", lines.join("\n  ")),
            Error::Print(source) => write!(f, "cannot write to standard output: {source}"),
            Error::Runtime(source) => source.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Read { source, .. }
            | Error::Source { source, .. }
            | Error::Write { source, .. }
            | Error::Print(source) => Some(source),
            Error::NotRust(source) => Some(source),
            Error::Runtime(source) => Some(source),
            _ => None,
        }
    }
}

impl From<pto_runtime::Error> for Error {
    fn from(error: pto_runtime::Error) -> Self {
        Error::Runtime(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Print(error)
    }
}
