//! What the runtime tracks of a task's arguments.

use super::Emitter;
use crate::syntax::ast::{ArgKind, Task};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Positions of tensors, of those that are settled in any case, and of those that
/// are only if the orchestration is run by itself.
#[derive(Default)]
struct Positions {
    always: Vec<Literal>,
    alone: Vec<Literal>,
}

impl Positions {
    fn push(&mut self, position: usize, exposed: bool) {
        let list = if exposed {
            &mut self.alone
        } else {
            &mut self.always
        };
        list.push(Literal::usize_unsuffixed(position));
    }
}

/// The tensors of a task: the position of each among them, and which argument it is. The element that the task's condition
/// is about comes after its last tensor, and its last argument.
pub(super) fn tensors(task: &Task) -> impl Iterator<Item = (usize, usize)> {
    let args = task.args.iter().enumerate();
    let args = args.filter(|(_, arg)| !matches!(arg.kind, ArgKind::Scalar(_)));
    let condition = task.condition.iter().map(|_| task.args.len());
    args.map(|(index, _)| index).chain(condition).enumerate()
}

impl Emitter<'_> {
    /// Leaves out of the tracking what compile time has settled, and in MANUAL
    /// scopes adds to it what only the runtime can order.
    ///
    /// Arguments that are shared with a caller are tracked in full if there is one.
    pub(super) fn tracking(&self, task: &Task) -> TokenStream {
        if self.in_order {
            return TokenStream::new();
        }
        let manual = self.scope().1;
        let (mut lookups, mut registers) = (Positions::default(), Positions::default());
        let (mut tracked, mut if_nested) = (Vec::new(), Vec::new());
        let is_created = |index: usize| {
            let arg = task.args.get(index);
            arg.is_some_and(|arg| matches!(arg.kind, ArgKind::Out(_)))
        };
        for (position, index) in tensors(task).filter(|(_, index)| !is_created(*index)) {
            let left = self.analysis.tracking_of(self.program, task.site, index);
            let exposed = self.analysis.is_exposed(self.program, task.site, index);
            let any = left.lookup || left.register;
            if manual && any {
                tracked.push(Literal::usize_unsuffixed(position));
            } else if manual && exposed {
                if_nested.push(Literal::usize_unsuffixed(position));
            }
            if !manual || any {
                if !left.lookup {
                    lookups.push(position, exposed);
                }
                if !left.register {
                    registers.push(position, exposed);
                }
            }
        }
        let mut tokens = TokenStream::new();
        if !tracked.is_empty() {
            tokens.extend(quote!(__call = __call.tracked([#(#tracked),*]);));
        }
        if !if_nested.is_empty() {
            tokens.extend(quote!(if __NESTED { __call = __call.tracked([#(#if_nested),*]); }));
        }
        // SAFETY (of the emitted blocks): edges of the emitted code, or those to
        // the owners of storage, order all conflicts that are left out; and what
        // tasks of other orchestrations may access is not left out.
        let untracked = |lookups: &[Literal], registers: &[Literal]| {
            (!lookups.is_empty() || !registers.is_empty()).then(|| {
                quote!(__call = unsafe { __call.untracked([#(#lookups),*], [#(#registers),*]) };)
            })
        };
        tokens.extend(untracked(&lookups.always, &registers.always));
        if let Some(alone) = untracked(&lookups.alone, &registers.alone) {
            tokens.extend(quote!(if !__NESTED { #alone }));
        }
        tokens
    }
}
