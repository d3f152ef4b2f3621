//! Last stage: Rust that submits the tasks. It cannot fail.
//!
//! Names that the user wrote keep the user's spans; names invented here have
//! mixed-site hygiene and clash with nothing.

mod body;
mod call;
mod collections;
mod entry;
mod exact;
mod function;
mod host;
mod nested;
mod places;
mod spread;
mod tables;
mod tracking;
mod unrolled;

pub(crate) use function::{orchestration, stub};

use crate::analysis::{Analysis, Variable, VariableKind};
use crate::model::Program;
use crate::syntax::ast::LoopId;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};

/// What emission knows of its surroundings.
struct Emitter<'a> {
    program: &'a Program,
    analysis: &'a Analysis,
    krate: &'a syn::Path,
    /// The orchestration's name.
    name: String,
    /// Names of the open scopes' variables, innermost last, and whether each is MANUAL.
    scopes: Vec<(Ident, bool)>,
    /// The loops around the present point, innermost last.
    frames: Vec<Frame>,
    /// For names that must differ.
    unique: usize,
    /// Whether the present code runs its tasks in their order: then there are no edges.
    in_order: bool,
    /// Whether the body has a value, and does not end in a `return`.
    returns_value: bool,
}

/// What a jump means in a loop of the user's.
struct Frame {
    /// The user's label.
    label: Option<String>,
    /// For an unrolled loop: the present copy.
    unrolled: Option<Copied>,
}

/// A copy of a body, as jumps see it.
struct Copied {
    /// The label of the copy.
    here: syn::Lifetime,
    /// The label of all there is of the loop.
    whole: syn::Lifetime,
    /// Whether the copy is a loop of one turn, for jumps that macros expand to.
    is_loop: bool,
}

impl Emitter<'_> {
    fn scope(&self) -> (&Ident, bool) {
        let (name, manual) = &self.scopes[self.scopes.len() - 1];
        (name, *manual)
    }

    fn unique(&mut self) -> usize {
        self.unique += 1;
        self.unique
    }

    fn variable(&self, index: usize) -> Ident {
        let prefix = match &self.analysis.plan.variables[index].kind {
            VariableKind::First => "first",
            VariableKind::Latest => "latest",
            VariableKind::All { .. } => "all",
            VariableKind::Table { .. } => "table",
        };
        invented(&format!("__{prefix}_{index}"))
    }

    /// Declarations of the variables that live in one iteration of `home`.
    fn declarations(&self, home: Option<LoopId>) -> TokenStream {
        if self.in_order {
            return TokenStream::new();
        }
        let krate = self.krate;
        let here = |(_, variable): &(usize, &Variable)| variable.home == home;
        let variables = self.analysis.plan.variables.iter().enumerate().filter(here);
        variables
            .map(|(index, variable)| {
                let name = self.variable(index);
                match &variable.kind {
                    VariableKind::First | VariableKind::Latest => {
                        quote!(let mut #name = #krate::TaskId::NONE;)
                    }
                    VariableKind::All { .. } => quote!(let mut #name = #krate::TaskSet::new();),
                    VariableKind::Table { key, .. } => {
                        let parts = Literal::usize_unsuffixed(key.len());
                        quote!(let mut #name = #krate::TaskTable::<#parts>::new();)
                    }
                }
            })
            .collect()
    }
}

/// A name of ours.
fn invented(name: &str) -> Ident {
    format_ident!("{name}", span = Span::mixed_site())
}
