//! What a kernel says of the blocks that it runs in.

use super::parse::{MOST_DIMENSIONS, Param};
use crate::diag::{Code, Diagnostic, Diagnostics, Place};
use crate::syntax::ast::Mode;
use proc_macro2::Ident;

/// A kernel that runs in blocks takes one; what it writes is divided among them.
pub(super) fn check(in_blocks: bool, name: &Ident, params: &[Param], errors: &mut Diagnostics) {
    let mut reject = |place: Place, what: &str, help: &str| {
        errors.push(Diagnostic::new(Code::BadKernel, place, what).help(help));
    };
    let mut taken = params.iter().filter(|param| param.is_block);
    match (in_blocks, taken.next()) {
        (true, None) => reject(
            Place::of(name),
            "a kernel that runs in blocks takes a `Block`",
            "add a parameter `block: Block`: it says which block is run, `block.index()`, and of how many, `block.count()`",
        ),
        (false, Some(block)) => reject(
            Place::of(&block.ty),
            "only a kernel that runs in blocks takes a `Block`",
            "add `blocks` to its options: `#[kernel(aiv, blocks)]`",
        ),
        _ => {}
    }
    if let Some(second) = taken.next() {
        reject(
            Place::of(&second.ty),
            "a kernel takes one `Block`",
            "remove this parameter",
        );
    }
    for param in params {
        let Some((_, place)) = param.split else {
            continue;
        };
        match param.tensor {
            Some((Mode::Out | Mode::InOut, _)) if in_blocks => {}
            Some((Mode::Out | Mode::InOut, _)) => reject(
                place,
                "only a kernel that runs in blocks has tensors divided",
                "remove `#[split(..)]`, or add `blocks` to the kernel's options",
            ),
            _ => reject(
                place,
                "only what the kernel writes is divided among its blocks",
                "remove `#[split(..)]`: every block reads all of it",
            ),
        }
    }
}

/// Whether a type is `Block`, by whichever path.
pub(super) fn is_block(ty: &syn::Type) -> bool {
    let syn::Type::Path(path) = ty else {
        return false;
    };
    let last = path.path.segments.last();
    path.qself.is_none()
        && last.is_some_and(|last| last.ident == "Block" && last.arguments.is_none())
}

/// The dimension in `#[split(1)]`.
pub(super) fn dimension(attr: &syn::Attribute, errors: &mut Diagnostics) -> Option<usize> {
    let dim = attr
        .parse_args::<syn::LitInt>()
        .and_then(|lit| lit.base10_parse::<usize>());
    match dim {
        Ok(dim) if dim < MOST_DIMENSIONS => Some(dim),
        _ => {
            let what = "`#[split(..)]` takes the number of a dimension, 0 to 4";
            errors.push(
                Diagnostic::new(Code::BadOption, Place::of(attr), what)
                    .help("write `#[split(1)]` to divide the second dimension among the blocks"),
            );
            None
        }
    }
}
