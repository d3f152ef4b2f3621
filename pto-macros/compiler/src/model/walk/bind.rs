//! Names and what they are bound to.

use super::Walker;
use crate::model::affine::{is_usize_type, strip};
use crate::model::env::{Binding, Known};
use crate::model::flow::Value;
use crate::model::poly::{Poly, SymInfo};
use crate::model::program::{Place, RootInfo, RootKind, position};
use crate::syntax::ast::{Cond, Mode, Orchestration, ParamKind, Target};
use crate::syntax::{bound_in, is_some};
use proc_macro2::Ident;
use syn::visit::Visit;

impl Walker {
    pub(super) fn params(&mut self, program: &Orchestration) {
        for param in &program.params {
            match &param.kind {
                ParamKind::Tensor { ident, mode, .. } => {
                    let root = self.program.roots.len();
                    self.program.roots.push(RootInfo {
                        name: ident.to_string(),
                        kind: RootKind::Param,
                    });
                    // The handle of an `In` parameter can be copied.
                    let place = Place::whole(root, *mode != Mode::In);
                    self.bind_tensor(ident, false, Value::Tensor(vec![place]));
                }
                ParamKind::Host => match (&param.pat, &param.ty) {
                    (syn::Pat::Ident(pat), ty) if pat.subpat.is_none() => {
                        let known = match ty {
                            syn::Type::Reference(reference) if reference.mutability.is_none() => {
                                Known::Shared
                            }
                            ty if is_usize_type(ty) => Known::Usize,
                            _ => Known::Nothing,
                        };
                        self.bind_value(&pat.ident, pat.mutability.is_some(), None, known);
                    }
                    (pat, _) => self.bind_host(pat),
                },
            }
        }
    }

    pub(super) fn bind_tensor(&mut self, ident: &Ident, mutable: bool, value: Value) {
        let id = self.env.number();
        let varies = (!mutable).then(|| self.loops.clone());
        self.env.bind(ident, Binding::Tensor { id, varies });
        self.state.set(id, value);
    }

    /// Binds the names of an `if let` or `while let`.
    pub(super) fn bind_condition(&mut self, cond: &Cond) {
        match cond {
            Cond::Host(cond) => {
                for pat in bound_in(&cond.source) {
                    self.bind_host(pat);
                }
            }
            Cond::Let { pat, value } => {
                let value = self.select(value);
                self.bind_pat(pat, value, None);
            }
        }
    }

    /// Binds all names of a host pattern to unknown values.
    pub(super) fn bind_host(&mut self, pat: &syn::Pat) {
        let mut idents = PatIdents(Vec::new());
        idents.visit_pat(pat);
        for (ident, mutable) in idents.0 {
            self.bind_value(&ident, mutable, None, Known::Nothing);
        }
    }

    pub(super) fn bind_value(
        &mut self,
        ident: &Ident,
        mutable: bool,
        poly: Option<Poly>,
        known: Known,
    ) {
        let id = self.env.number();
        if mutable {
            self.env.bind(ident, Binding::Mutable);
            return;
        }
        let poly = poly.unwrap_or_else(|| {
            Poly::symbol(self.program.symbols.fresh(SymInfo {
                name: ident.to_string(),
                varies: self.loops.clone(),
                induction: None,
            }))
        });
        let varies = self.loops.clone();
        self.env.bind(
            ident,
            Binding::Value {
                id,
                poly,
                varies,
                known,
                of: None,
            },
        );
    }

    pub(super) fn bind_pat(&mut self, pat: &syn::Pat, value: Value, init: Option<&syn::Expr>) {
        match (pat, value) {
            (syn::Pat::Type(typed), Value::Host) if is_usize_type(&typed.ty) => {
                self.bind_pat(&typed.pat, Value::Host, init);
                if let syn::Pat::Ident(pat) = &*typed.pat {
                    self.env.learn(&pat.ident, Known::Usize);
                }
            }
            (syn::Pat::Type(typed), value) => self.bind_pat(&typed.pat, value, init),
            (syn::Pat::Paren(inner), value) => self.bind_pat(&inner.pat, value, init),
            (syn::Pat::Ident(pat), Value::Host) => {
                let value = self.read(pat, init);
                self.bind_read(pat, value);
            }
            (syn::Pat::Tuple(pats), Value::Host) => match init.map(strip) {
                Some(syn::Expr::Tuple(inits)) => self.bind_each(pats, inits),
                _ => self.bind_host(&syn::Pat::Tuple(pats.clone())),
            },
            (syn::Pat::Ident(pat), value) => {
                self.christen(&pat.ident, &value);
                self.bind_tensor(&pat.ident, pat.mutability.is_some(), value);
            }
            (syn::Pat::Tuple(syn::PatTuple { elems, .. }), value)
            | (syn::Pat::Slice(syn::PatSlice { elems, .. }), value) => {
                match value.parts(elems.len()) {
                    Some(parts) => {
                        for (pat, part) in elems.iter().zip(parts) {
                            self.bind_pat(pat, part, None);
                        }
                    }
                    None => self.bind_host(pat),
                }
            }
            (syn::Pat::TupleStruct(some), value) if value != Value::Host && is_some(some) => {
                self.bind_pat(&some.elems[0], value, None);
            }
            (pat, _) => self.bind_host(pat),
        }
    }

    /// Binds each of several names to a host value of its own.
    fn bind_each(&mut self, pats: &syn::PatTuple, inits: &syn::ExprTuple) {
        let plain = |pat: &syn::Pat| matches!(pat, syn::Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none());
        if pats.elems.len() != inits.elems.len() || !pats.elems.iter().all(plain) {
            return self.bind_host(&syn::Pat::Tuple(pats.clone()));
        }
        let pats = pats.elems.iter().filter_map(|pat| match pat {
            syn::Pat::Ident(pat) => Some(pat),
            _ => None,
        });
        let pats: Vec<&syn::PatIdent> = pats.collect();
        // All are read before a name is bound.
        let values = pats.iter().zip(&inits.elems);
        let values: Vec<Read> = values
            .map(|(pat, init)| self.read(pat, Some(init)))
            .collect();
        for (pat, value) in pats.into_iter().zip(values) {
            self.bind_read(pat, value);
        }
    }

    /// Reads the initialiser of a name, before the name is in scope.
    fn read(&mut self, pat: &syn::PatIdent, init: Option<&syn::Expr>) -> Read {
        // Of other types arithmetic may mean anything.
        let known = match init.map_or(Known::Nothing, |init| self.reader().known(init)) {
            // A quotient of integers is read where it is a number that is not negative.
            Known::Nothing if init.is_some_and(|init| self.reader().number(init).is_some()) => {
                Known::Integer
            }
            known => known,
        };
        let readable = matches!(known, Known::Usize | Known::Integer) && pat.mutability.is_none();
        if let Some(init) = init.filter(|_| known == Known::Usize) {
            self.program.exact.insert(position(init));
        }
        let poly = init.filter(|_| readable).and_then(|init| {
            let symbols = self.program.symbols.len();
            let poly = self.reader().poly(init);
            // What the compiler cannot read goes by the name it is bound to.
            if let Some(sym) = poly.as_symbol().filter(|sym| *sym >= symbols) {
                self.program.symbols.rename(sym, pat.ident.to_string());
            }
            // Arithmetic of literals alone is not computed exactly.
            (known == Known::Usize || poly.as_count().is_some()).then_some(poly)
        });
        Read { poly, known }
    }

    fn bind_read(&mut self, pat: &syn::PatIdent, Read { poly, known }: Read) {
        self.bind_value(&pat.ident, pat.mutability.is_some(), poly, known);
    }

    /// Fresh storage goes by the name it is first bound to.
    fn christen(&mut self, ident: &Ident, value: &Value) {
        if let Value::Tensor(places) = value
            && let [place] = places.as_slice()
        {
            let root = &mut self.program.roots[place.root];
            if root.name.is_empty() {
                root.name = ident.to_string();
            }
        }
    }

    /// `let x;`: a host value or a tensor, as the assignment will tell.
    pub(super) fn bind_late(&mut self, pat: &syn::Pat) {
        let mut idents = PatIdents(Vec::new());
        idents.visit_pat(pat);
        for (ident, _) in idents.0 {
            let id = self.env.number();
            self.env.bind(&ident, Binding::Tensor { id, varies: None });
        }
    }

    pub(super) fn assign(&mut self, target: &Target, value: Value) {
        match (target, value) {
            (Target::Host(left), value) => self.assign_name(left, value),
            (Target::Part(part), value) => self.store(part, value),
            (Target::Tuple(targets), value) => {
                let parts = value.parts(targets.len()).into_iter().flatten();
                for (target, part) in targets.iter().zip(parts) {
                    self.assign(target, part);
                }
            }
        }
    }

    fn assign_name(&mut self, left: &syn::Expr, value: Value) {
        match left {
            syn::Expr::Paren(inner) => self.assign_name(&inner.expr, value),
            syn::Expr::Path(path) => {
                let Some(ident) = path.path.get_ident() else {
                    return;
                };
                match (self.env.get(ident).cloned(), value) {
                    // A late-bound name turns out to be a host value.
                    (Some(Binding::Tensor { id, .. }), Value::Host)
                        if self.state.get(id) == Value::Host =>
                    {
                        self.env.rebind(ident, Binding::Mutable);
                    }
                    (Some(Binding::Tensor { .. }), Value::Host) => {}
                    (Some(Binding::Tensor { id, .. }), value) => {
                        self.christen(ident, &value);
                        self.state.set(id, value);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// What is known of a host value.
struct Read {
    poly: Option<Poly>,
    known: Known,
}

struct PatIdents(Vec<(Ident, bool)>);

impl<'ast> Visit<'ast> for PatIdents {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        let mutable = pat.mutability.is_some() || pat.by_ref.is_some();
        self.0.push((pat.ident.clone(), mutable));
        syn::visit::visit_pat_ident(self, pat);
    }
}
