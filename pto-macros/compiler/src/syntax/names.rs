//! Which names are tensors, and where.

use syn::visit::Visit;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A tensor.
    Tensor,
    /// A tensor parameter declared `In<T>`: the host may read its elements.
    Input,
    /// A tuple.
    Tuple(Vec<Kind>),
    /// An ordinary value.
    Host,
}

impl Kind {
    /// Whether it is one tensor.
    pub(super) fn is_tensor(&self) -> bool {
        matches!(self, Self::Tensor | Self::Input)
    }

    /// Whether a tensor is in it.
    pub(super) fn has_tensor(&self) -> bool {
        match self {
            Self::Tensor | Self::Input => true,
            Self::Tuple(parts) => parts.iter().any(Self::has_tensor),
            Self::Host => false,
        }
    }
}

/// The names in scope, innermost last.
#[derive(Debug, Default)]
pub(super) struct Names {
    bound: Vec<(String, Kind)>,
}

impl Names {
    /// Marks the present extent, for [`Names::leave`].
    pub(super) fn enter(&self) -> usize {
        self.bound.len()
    }

    /// Forgets all names bound since `mark`.
    pub(super) fn leave(&mut self, mark: usize) {
        self.bound.truncate(mark);
    }

    /// Binds a name.
    pub(super) fn bind(&mut self, name: &syn::Ident, kind: Kind) {
        self.bound.push((name.to_string(), kind));
    }

    /// Changes what a name bound earlier stands for.
    pub(super) fn rebind(&mut self, name: &syn::Ident, kind: Kind) {
        if let Some((_, bound)) = self.bound.iter_mut().rev().find(|(bound, _)| name == bound) {
            *bound = kind;
        }
    }

    /// What `name` stands for.
    pub(super) fn get(&self, name: &syn::Ident) -> &Kind {
        let found = self.bound.iter().rev().find(|(bound, _)| name == bound);
        found.map_or(&Kind::Host, |(_, kind)| kind)
    }

    /// What a path expression stands for.
    pub(super) fn of_expr(&self, expr: &syn::Expr) -> Option<(syn::Ident, &Kind)> {
        let syn::Expr::Path(path) = strip(expr) else {
            return None;
        };
        let ident = path.path.get_ident()?;
        Some((ident.clone(), self.get(ident)))
    }

    /// Binds the names of a pattern to what `kind` gives them.
    pub(super) fn bind_pat(&mut self, pat: &syn::Pat, kind: &Kind) {
        match (pat, kind) {
            (syn::Pat::Type(typed), _) => self.bind_pat(&typed.pat, kind),
            (syn::Pat::Paren(inner), _) => self.bind_pat(&inner.pat, kind),
            (syn::Pat::Ident(ident), _) if ident.subpat.is_none() => {
                self.bind(&ident.ident, kind.clone());
            }
            (syn::Pat::Tuple(tuple), Kind::Tuple(parts)) if tuple.elems.len() == parts.len() => {
                for (pat, kind) in tuple.elems.iter().zip(parts) {
                    self.bind_pat(pat, kind);
                }
            }
            _ => {
                let mut idents = PatIdents(Vec::new());
                idents.visit_pat(pat);
                for ident in idents.0 {
                    self.bind(&ident, Kind::Host);
                }
            }
        }
    }
}

/// The patterns that a condition binds: of `if let`, `while let`, and chains of them.
pub(crate) fn bound_in(cond: &syn::Expr) -> Vec<&syn::Pat> {
    match cond {
        syn::Expr::Let(binding) => vec![&binding.pat],
        syn::Expr::Binary(binary) => {
            let mut bound = bound_in(&binary.left);
            bound.extend(bound_in(&binary.right));
            bound
        }
        syn::Expr::Paren(inner) => bound_in(&inner.expr),
        syn::Expr::Group(inner) => bound_in(&inner.expr),
        _ => Vec::new(),
    }
}

struct PatIdents(Vec<syn::Ident>);

impl<'ast> Visit<'ast> for PatIdents {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.0.push(pat.ident.clone());
        syn::visit::visit_pat_ident(self, pat);
    }
}

/// `expr` without parentheses and invisible groups.
pub(super) fn strip(expr: &syn::Expr) -> &syn::Expr {
    match expr {
        syn::Expr::Paren(inner) => strip(&inner.expr),
        syn::Expr::Group(inner) => strip(&inner.expr),
        _ => expr,
    }
}

/// Whether a pattern binds tensors to plain names.
pub(super) fn binds_simply(pat: &syn::Pat, kind: &Kind) -> bool {
    match (pat, kind) {
        (syn::Pat::Type(typed), _) => binds_simply(&typed.pat, kind),
        (syn::Pat::Paren(inner), _) => binds_simply(&inner.pat, kind),
        (syn::Pat::Ident(ident), _) => ident.by_ref.is_none() && ident.subpat.is_none(),
        (syn::Pat::Wild(_), _) => true,
        (syn::Pat::Tuple(tuple), Kind::Tuple(parts)) => {
            tuple.elems.len() == parts.len()
                && tuple
                    .elems
                    .iter()
                    .zip(parts)
                    .all(|(pat, kind)| binds_simply(pat, kind))
        }
        (_, kind) => !kind.has_tensor(),
    }
}
