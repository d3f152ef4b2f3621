//! Stage three: which task touches which region of which storage, under which control flow.

mod affine;
mod collection;
mod env;
mod flow;
mod monomial;
mod numbers;
mod poly;
mod program;
mod region;
mod walk;

pub use poly::{Induction, Limit, Poly, Sym, Symbols};
pub(crate) use program::position;
pub use program::{
    Access, Context, LoopInfo, Place, Pointless, Position, Program, Returned, RootInfo, RootKind,
    ScopeInfo, Site, SiteKind, Slot,
};
pub use region::{Frame, Interval, Layer, Region, Span};
pub use walk::model;

/// Dense number of a storage root.
pub type RootId = usize;
