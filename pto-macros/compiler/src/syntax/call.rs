//! Tasks, allocations and views.

use super::ast::{
    Alloc, Arg, ArgKind, Host, KernelCall, Rearrangement, Task, TaskOptions, TensorExpr,
};
use super::body::Parser;
use super::host::{dsl_macro, is_tensor_argument, is_tensor_place, is_tensor_reference};
use super::kind::Kind;
use super::names::strip;
use super::spelling::spelling;
use super::unroll::literal;
use crate::diag::{Code, Diagnostic, Place};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;

impl Parser<'_> {
    /// Whether a call is a task.
    pub(super) fn is_task(&self, call: &syn::ExprCall) -> bool {
        call.args
            .iter()
            .any(|arg| is_tensor_argument(arg, &self.names))
    }

    /// A call with tensor arguments.
    pub(super) fn task(&mut self, call: syn::ExprCall, options: TaskOptions) -> Option<Task> {
        if let (Some(place), None) = (options.sync_start, &options.blocks) {
            let what = "`sync_start` says nothing of a task that runs one kernel once";
            self.errors.push(
                Diagnostic::new(Code::BadOption, place, what)
                    .help("say in how many blocks it runs: `#[task(blocks = n, sync_start)]`"),
            );
        }
        let options = self.lowered(options);
        self.kernel_call(call, options)
    }

    /// Options, with the host code in them lowered.
    pub(super) fn lowered(&mut self, mut options: TaskOptions) -> TaskOptions {
        options.blocks = options.blocks.map(|blocks| self.host(blocks.source));
        options
    }

    pub(super) fn kernel_call(
        &mut self,
        call: syn::ExprCall,
        options: TaskOptions,
    ) -> Option<Task> {
        let place = Place::of(&call);
        let syn::Expr::Path(callee) = strip(&call.func).clone() else {
            self.errors.push(
                Diagnostic::new(
                    Code::Unsupported,
                    Place::of(&call.func),
                    "a task calls a kernel by its name",
                )
                .help("name the kernel function here: `kernel(&a, out!([n]))`"),
            );
            return None;
        };
        let says_how = call.args.iter().any(|arg| self.says_how(arg));
        if is_container(&callee.path, says_how) {
            self.kept(&callee.path, &call.args);
            return None;
        }
        let args = call.args.into_iter();
        let args: Vec<Arg> = args.map(|arg| self.arg(arg, "kernel")).collect();
        if !says_how {
            return None;
        }
        let task = Task {
            site: 0,
            kernels: vec![KernelCall {
                callee: callee.path,
                args: args.len(),
                place,
            }],
            args,
            condition: self.condition(&options),
            options,
            place,
        };
        self.no_outputs(&task);
        Some(task)
    }

    /// Whether an argument is `&t`, `&mut t` or `out!(..)`.
    fn says_how(&self, arg: &syn::Expr) -> bool {
        is_tensor_argument(arg, &self.names) && !is_tensor_place(arg, &self.names)
    }

    /// A tensor that is put into a value.
    fn kept(&mut self, into: &syn::Path, args: &Punctuated<syn::Expr, syn::Token![,]>) {
        let into = spelling(into);
        let tensors = args
            .iter()
            .filter(|arg| is_tensor_argument(arg, &self.names));
        for arg in tensors {
            let what = format!("`{into}` keeps a tensor where the compiler cannot follow it");
            self.errors.push(
                Diagnostic::new(Code::Unsupported, Place::of(arg), what)
                    .help("keep tensors in variables of their own, or in tuples of them"),
            );
        }
    }

    /// An argument; `user` is what it is passed to.
    pub(super) fn arg(&mut self, expr: syn::Expr, user: &str) -> Arg {
        let place = Place::of(&expr);
        let kind = match strip(&expr).clone() {
            syn::Expr::Macro(mac) if dsl_macro(&mac.mac).as_deref() == Some("out") => {
                ArgKind::Out(self.shape(&mac.mac))
            }
            syn::Expr::Reference(reference) if is_tensor_place(&reference.expr, &self.names) => {
                let tensor = self.through(*reference.expr);
                if reference.mutability.is_some() {
                    ArgKind::Write(tensor)
                } else {
                    ArgKind::Read(tensor)
                }
            }
            other if is_tensor_reference(&other, &self.names).is_some() => {
                let exclusive = is_tensor_reference(&other, &self.names) == Some(true);
                let tensor = self.through(other);
                if exclusive {
                    ArgKind::Write(tensor)
                } else {
                    ArgKind::Read(tensor)
                }
            }
            other if self.is_several(&other) => {
                self.several(&other);
                ArgKind::Scalar(Host::unit())
            }
            other if is_tensor_place(&other, &self.names) => {
                let shown = spelling(&other);
                self.errors.push(
                    Diagnostic::new(
                        Code::Unsupported,
                        place,
                        format!("`{shown}` is passed without saying how the {user} uses it"),
                    )
                    .help(format!(
                        "write `&{shown}` to read it or `&mut {shown}` to write it"
                    )),
                );
                ArgKind::Read(self.tensor(other))
            }
            syn::Expr::Reference(reference) if self.looks_like_a_task(&reference.expr) => {
                self.errors.push(
                    Diagnostic::new(
                        Code::Unsupported,
                        place,
                        "a task's result is used before it has a name",
                    )
                    .help("bind it first: `let x = kernel(..);`, then pass `&x`"),
                );
                ArgKind::Scalar(Host {
                    source: expr.clone(),
                    lowered: expr,
                })
            }
            _ => ArgKind::Scalar(self.host(expr)),
        };
        Arg { kind, place }
    }

    /// Whether an argument is a place that holds several tensors, or a reference to one.
    fn is_several(&self, expr: &syn::Expr) -> bool {
        match strip(expr) {
            syn::Expr::Reference(reference) => self.is_several(&reference.expr),
            other => self.has_tensors(other) && !is_tensor_place(other, &self.names),
        }
    }

    fn several(&mut self, expr: &syn::Expr) {
        let place = match strip(expr) {
            syn::Expr::Reference(reference) => strip(&reference.expr),
            other => other,
        };
        let shown = spelling(place);
        let part = match self.names.place(place) {
            Some(kind) if kind.peeled().is_collection() => format!("{shown}[i]"),
            _ => format!("{shown}.0"),
        };
        self.errors.push(
            Diagnostic::new(
                Code::Unsupported,
                Place::of(expr),
                format!("`{shown}` holds several tensors, an argument of a kernel is one"),
            )
            .help(format!("pass them one by one: `&{part}` or `&mut {part}`")),
        );
    }

    fn looks_like_a_task(&self, expr: &syn::Expr) -> bool {
        matches!(strip(expr), syn::Expr::Call(call) if self.is_task(call))
    }

    /// The shape in `out!([a, b])`: the macro's whole argument is an expression.
    fn shape(&mut self, mac: &syn::Macro) -> Host {
        let shape = self.arguments(mac).and_then(|args| {
            let Ok([shape]) = <[syn::Expr; 1]>::try_from(args) else {
                let help = "write `out!([rows, columns])`";
                let place = Place::at(mac.path.span());
                return self.malformed(place, "`out!` takes the shape of the new tensor", help);
            };
            Some(shape)
        });
        shape.map_or_else(Host::unit, |shape| self.host(shape))
    }

    /// Refuses options about kernels.
    pub(super) fn runs_no_kernel(&mut self, options: &TaskOptions, who: &str) {
        let blocks = options.blocks.as_ref();
        let place = blocks.map(|blocks| Place::of(&blocks.source));
        if let Some(place) = place.or(options.sync_start) {
            let what = format!("{who} runs no kernel, in blocks or otherwise");
            self.errors.push(
                Diagnostic::new(Code::BadOption, place, what)
                    .help("remove this option; `name` and `after` remain"),
            );
        }
    }

    /// `alloc!([..], [..])`, `alloc!(f32; [..], [..])` or `alloc!(f32 = 0.0; [..], [..])`.
    pub(super) fn alloc(&mut self, mac: &syn::Macro, options: TaskOptions) -> Option<Alloc> {
        let parse = |input: syn::parse::ParseStream<'_>| {
            let fork = input.fork();
            let typed = fork.parse::<syn::Type>().is_ok()
                && (fork.peek(syn::Token![;]) || fork.peek(syn::Token![=]));
            let (mut elem, mut fill) = (None, None);
            if typed {
                elem = Some(input.parse::<syn::Type>()?);
                if input.peek(syn::Token![=]) {
                    input.parse::<syn::Token![=]>()?;
                    fill = Some(input.parse::<syn::Expr>()?);
                }
                input.parse::<syn::Token![;]>()?;
            }
            let shapes = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated(input)?;
            Ok((elem, fill, shapes))
        };
        let place = Place::at(mac.path.span());
        self.runs_no_kernel(&options, "an allocation");
        self.no_condition(&options, "an allocation");
        match parse.parse2(mac.tokens.clone()) {
            Ok((elem, fill, shapes)) if !shapes.is_empty() => Some(Alloc {
                site: 0,
                elem,
                fill: fill.map(|fill| self.host(fill)),
                shapes: shapes.into_iter().map(|shape| self.host(shape)).collect(),
                options,
                place,
            }),
            Err(error) if !mac.tokens.is_empty() => self.syntax_error(mac, &error),
            _ => self.malformed(
                place,
                "`alloc!` takes one shape for each tensor",
                "write `alloc!([rows, columns], [rows])`, or `alloc!(f32; [rows])` to name the element type, or `alloc!(f32 = 0.0; [rows])` to fill them",
            ),
        }
    }

    /// What a place holds, or what it refers to if that is a reference.
    pub(super) fn through(&mut self, expr: syn::Expr) -> TensorExpr {
        let reference = matches!(self.names.place(&expr), Some(Kind::Ref { .. }));
        let tensor = self.tensor(expr);
        if reference {
            TensorExpr::Deref(Box::new(tensor))
        } else {
            tensor
        }
    }

    /// A place with tensors in it, or a view. The caller has checked that it is one.
    pub(super) fn tensor(&mut self, expr: syn::Expr) -> TensorExpr {
        match strip(&expr).clone() {
            syn::Expr::Field(syn::ExprField {
                base,
                member: syn::Member::Unnamed(index),
                ..
            }) => TensorExpr::Field {
                base: Box::new(self.through(*base)),
                index,
            },
            syn::Expr::Index(index) => {
                let base = self.names.place(&index.expr);
                let len = match base.as_ref().map(Kind::peeled) {
                    Some(Kind::Array(_, len)) => Some(*len),
                    _ => None,
                };
                let exact = literal(&index.index).zip(len);
                if let Some((at, len)) = exact.filter(|(at, len)| at >= len) {
                    self.errors.push(
                        Diagnostic::new(
                            Code::Unsupported,
                            Place::of(&index.index),
                            format!(
                                "`{}` has {len} elements, none at index {at}",
                                spelling(&index.expr)
                            ),
                        )
                        .help(format!("its indices are 0 to {}", len.saturating_sub(1))),
                    );
                }
                TensorExpr::Element {
                    base: Box::new(self.through(*index.expr)),
                    literal: exact.map(|(at, _)| at),
                    index: self.host(*index.index),
                }
            }
            syn::Expr::Unary(unary) => TensorExpr::Deref(Box::new(self.tensor(*unary.expr))),
            syn::Expr::MethodCall(call) => match Rearrangement::of(&call.method) {
                Some(how) => self.rearranged(how, call),
                None => self.view(call),
            },
            other => {
                let ident = self.names.of_expr(&other).map(|(ident, _)| ident);
                TensorExpr::Var(ident.unwrap_or_else(|| quote::format_ident!("unknown")))
            }
        }
    }
}

/// Whether a path looks like that of something that keeps its arguments, not of a kernel.
fn is_container(path: &syn::Path, says_how: bool) -> bool {
    const KNOWN: [&str; 7] = ["Some", "Ok", "Err", "Box", "Rc", "Arc", "RefCell"];
    path.segments.iter().any(|segment| {
        let name = segment.ident.to_string();
        KNOWN.contains(&name.as_str()) || (!says_how && name.starts_with(char::is_uppercase))
    })
}

impl Parser<'_> {
    /// `base.transpose(a, b)` and its like.
    fn rearranged(&mut self, how: Rearrangement, call: syn::ExprMethodCall) -> TensorExpr {
        let help = match how {
            Rearrangement::Transpose => "write the two dimensions: `.transpose(0, 1)`",
            Rearrangement::Permute => "write each dimension once: `.permute([2, 0, 1])`",
            Rearrangement::Reshape => "write the new extents: `.reshape([rows, columns])`",
            Rearrangement::Slice => "write a dimension and a range of it: `.slice(1, a..b)`",
        };
        let wanted = match how {
            Rearrangement::Transpose | Rearrangement::Slice => 2,
            Rearrangement::Permute | Rearrangement::Reshape => 1,
        };
        let place = Place::at(call.method.span());
        if call.args.len() != wanted {
            let what = format!("`{}` takes {wanted} arguments", call.method);
            let what = what.replace("1 arguments", "one argument");
            self.errors
                .push(Diagnostic::new(Code::BadOption, place, what).help(help));
        } else if how == Rearrangement::Permute && !may_be_an_order(&call.args[0]) {
            let what = format!("`{}` does not name each dimension once", call.method);
            self.errors
                .push(Diagnostic::new(Code::BadOption, place, what).help(help));
        }
        TensorExpr::Rearranged {
            base: Box::new(self.through(*call.receiver)),
            how,
            method: call.method,
            args: call.args.into_iter().map(|arg| self.host(arg)).collect(),
        }
    }

    /// `base.view(region)`.
    fn view(&mut self, call: syn::ExprMethodCall) -> TensorExpr {
        let argument = match call.args.len() {
            1 => call.args[0].clone(),
            _ => {
                self.errors.push(
                    Diagnostic::new(
                        Code::BadOption,
                        Place::at(call.method.span()),
                        "a view takes one region",
                    )
                    .help("write the ranges in brackets: `.view([a..b, ..])`"),
                );
                syn::parse_quote!(())
            }
        };
        let ranges: Option<Vec<&syn::Expr>> = match strip(&argument) {
            syn::Expr::Array(array) => Some(array.elems.iter().collect()),
            syn::Expr::Tuple(tuple) => Some(tuple.elems.iter().collect()),
            range @ syn::Expr::Range(_) => Some(vec![range]),
            _ => None,
        };
        let region: Option<Vec<Host>> =
            ranges.map(|ranges| ranges.into_iter().map(|r| self.host(r.clone())).collect());
        let argument = if region.is_some() {
            Host::unit()
        } else {
            self.host(argument)
        };
        TensorExpr::View {
            base: Box::new(self.through(*call.receiver)),
            method: call.method,
            region,
            argument,
        }
    }
}

/// Whether an array can be an order of dimensions. Its length says how many there are.
fn may_be_an_order(expr: &syn::Expr) -> bool {
    let syn::Expr::Array(array) = strip(expr) else {
        return true;
    };
    let literals = array.elems.iter().map(|elem| match strip(elem) {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Int(int),
            ..
        }) => int.base10_parse::<usize>().ok(),
        _ => None,
    });
    let literals: Option<Vec<usize>> = literals.collect();
    literals.is_none_or(|order| (0..order.len()).all(|dim| order.contains(&dim)))
}

impl Host {
    /// `()`.
    pub(super) fn unit() -> Self {
        let unit: syn::Expr = syn::parse_quote!(());
        Self {
            source: unit.clone(),
            lowered: unit,
        }
    }
}
