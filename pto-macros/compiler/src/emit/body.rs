//! Blocks, statements and control flow.

use super::places::{Named, Use};
use super::unrolled::variable;
use super::{Copied, Emitter, Frame, invented};
use crate::respan::respan;
use crate::syntax::ast::{Block, Expr, Jump, Loop, LoopHead, Scope, Stmt};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

impl Emitter<'_> {
    /// The body of an orchestration, whose value is a `Result`.
    pub(super) fn body(&mut self, block: &Block, returns: bool) -> TokenStream {
        let Some((last, stmts)) = block.stmts.split_last().filter(|_| returns) else {
            let stmts = self.stmts(block);
            // The body may end in an expression, of the unit type.
            return quote! {
                let () = { #stmts };
                ::core::result::Result::Ok(())
            };
        };
        let stmts: TokenStream = stmts.iter().map(|stmt| self.stmt(stmt)).collect();
        let last = match last {
            Stmt::Expr { expr, .. } if self.returns_value => {
                let value = self.expr(expr);
                quote!(::core::result::Result::Ok(#value))
            }
            last => self.stmt(last),
        };
        quote!(#stmts #last)
    }

    /// The statements of a block, without its braces.
    pub(super) fn stmts(&mut self, block: &Block) -> TokenStream {
        block.stmts.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn block(&mut self, block: &Block) -> TokenStream {
        let stmts = self.stmts(block);
        quote!({ #stmts })
    }

    fn stmt(&mut self, stmt: &Stmt) -> TokenStream {
        match stmt {
            Stmt::Let {
                attrs,
                pat,
                init,
                diverge,
            } => {
                let init = init.as_ref().map(|init| {
                    let init = match init {
                        Expr::Host(host) => self.initialiser(&host.lowered, &self.whole()),
                        init => self.expr(init),
                    };
                    quote!(= #init)
                });
                let diverge = diverge.as_ref().map(|diverge| {
                    let diverge = self.expr(diverge);
                    quote!(else #diverge)
                });
                quote!(#(#attrs)* let #pat #init #diverge;)
            }
            Stmt::Expr { expr, semi } => {
                let tokens = self.expr(expr);
                if *semi { quote!(#tokens;) } else { tokens }
            }
            Stmt::Item(tokens) => tokens.clone(),
            Stmt::MayJump => TokenStream::new(),
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> TokenStream {
        match expr {
            Expr::Host(host) => {
                let lowered = &host.lowered;
                quote!(#lowered)
            }
            Expr::Tensor(tensor, _) => self.place_here(tensor, Use::Shared),
            Expr::Borrow {
                at, exclusive, of, ..
            } => {
                let (used, mutable) = match exclusive {
                    true => (Use::Exclusive, Some(quote_spanned!(at.first=> mut))),
                    false => (Use::Shared, None),
                };
                let of = self.place_here(of, used);
                quote_spanned!(at.first=> & #mutable #of)
            }
            Expr::Array { elements, .. } => {
                let elements: Vec<TokenStream> =
                    elements.iter().map(|element| self.expr(element)).collect();
                quote!([#(#elements),*])
            }
            Expr::Vector(vector) => self.vector(vector),
            Expr::Change(change) => self.change(change),
            Expr::Select(select) => self.select(select),
            Expr::Task(task) => self.task(task),
            Expr::Alloc(alloc) => self.alloc(alloc),
            Expr::Call(call) => self.call(call),
            Expr::Access(access) => self.access(access),
            Expr::Block(label, block) => {
                let block = self.block(block);
                quote!(#label #block)
            }
            Expr::Scope(scope) => self.scoped(scope),
            Expr::If { cond, then, other } => {
                let cond = self.cond(cond);
                let then = self.block(then);
                let other = other.as_ref().map(|other| {
                    let other = self.expr(other);
                    quote!(else #other)
                });
                quote!(if #cond #then #other)
            }
            Expr::Match { on, arms } => {
                let on = &on.lowered;
                let arms = arms.iter().map(|(pat, body)| {
                    let body = self.expr(body);
                    quote!(#pat => { #body })
                });
                let arms: Vec<TokenStream> = arms.collect();
                quote!(match #on { #(#arms)* })
            }
            Expr::Loop(looped) => self.looped(looped),
            Expr::Unrolled(unrolled) => self.unrolled(unrolled),
            Expr::Assign { left, right } => {
                let right = self.expr(right);
                let left = self.target(left);
                quote!(#left = #right)
            }
            Expr::Tuple(parts) => {
                let parts: Vec<TokenStream> = parts.iter().map(|part| self.expr(part)).collect();
                quote!((#(#parts,)*))
            }
            Expr::Jump {
                kind, label, value, ..
            } => {
                let value = value.as_ref().map(|value| self.expr(value));
                self.jump(*kind, label.as_ref(), value)
            }
        }
    }

    fn scoped(&mut self, scope: &Scope) -> TokenStream {
        let krate = self.krate;
        let (outer, nested) = self.scope();
        let outer = outer.clone();
        let name = invented(&format!("__scope_{}", scope.id));
        let span = scope.place.first;
        let manual = scope.mode.is_manual();
        let (kind, open) = if manual {
            // SAFETY (of the emitted block): the dependence analysis has wired
            // every conflict and kept all storage, which is `manual`'s contract.
            let open = quote!(#outer.manual(__SITE));
            let open = if nested {
                open
            } else {
                quote!(unsafe { #open })
            };
            ("manual_scope", open)
        } else {
            ("scope", quote!(#outer.auto(__SITE)))
        };
        let root = respan(krate, span);
        let here = quote_spanned!(span=> #root::Site::here(#kind));
        self.scopes.push((name.clone(), manual));
        let body = self.stmts(&scope.body);
        self.scopes.pop();
        quote! {{
            const __SITE: #krate::Site = #here;
            #[allow(unused_variables)]
            let #name = #open?;
            #body
        }}
    }

    fn looped(&mut self, looped: &Loop) -> TokenStream {
        match &looped.spread {
            Some(captures) if !self.in_order => self.spread(looped, captures),
            _ => self.loop_over(looped, None),
        }
    }

    /// A loop. It runs over `instead` of what it says, if that is given.
    pub(super) fn loop_over(&mut self, looped: &Loop, instead: Option<TokenStream>) -> TokenStream {
        self.frames.push(Frame {
            label: looped.label.as_ref().map(|label| label.name.to_string()),
            unrolled: None,
        });
        let label = &looped.label;
        let counter = match &looped.head {
            LoopHead::For { pat, .. } => self.count(looped.id, &variable(pat)),
            LoopHead::Each { .. } | LoopHead::While(_) | LoopHead::Forever => TokenStream::new(),
        };
        let declarations = self.declarations(Some(looped.id));
        let body = self.stmts(&looped.body);
        self.frames.pop();
        let head = match &looped.head {
            LoopHead::For { pat, iter } => {
                let iter = || self.iterated(&iter.lowered, &self.whole());
                let iter = instead.unwrap_or_else(iter);
                quote!(for #pat in #iter)
            }
            LoopHead::Each { pat, each } => {
                let each = self.each(each);
                match self.counted(looped.id) {
                    Some(counter) => quote!(for (#counter, #pat) in #each.enumerate()),
                    None => quote!(for #pat in #each),
                }
            }
            LoopHead::While(cond) => {
                let cond = self.cond(cond);
                quote!(while #cond)
            }
            LoopHead::Forever => quote!(loop),
        };
        quote!(#label #head { #counter #declarations #body })
    }

    /// What goes wrong outside of tasks is an error of the orchestration.
    pub(super) fn whole(&self) -> Named<'_> {
        Named {
            name: &self.name,
            span: Span::call_site(),
        }
    }

    fn jump(
        &self,
        kind: Jump,
        label: Option<&syn::Lifetime>,
        value: Option<TokenStream>,
    ) -> TokenStream {
        if kind == Jump::Return {
            let value = value.unwrap_or_else(|| quote!(()));
            return quote!(return ::core::result::Result::Ok(#value));
        }
        let wanted = label.map(ToString::to_string);
        let target = self.frames.iter().rev().find(|frame| match &wanted {
            Some(wanted) => frame.label.as_ref() == Some(wanted),
            None => true,
        });
        match (target.and_then(|frame| frame.unrolled.as_ref()), kind) {
            (Some(Copied { here, is_loop, .. }), Jump::Continue) => match is_loop {
                true => quote!(continue #here),
                false => quote!(break #here),
            },
            (Some(Copied { whole, .. }), _) => quote!(break #whole),
            (None, Jump::Continue) => quote!(continue #label),
            (None, _) => quote!(break #label #value),
        }
    }
}
