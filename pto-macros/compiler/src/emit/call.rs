//! Tasks and allocations.

use super::host::readable;
use super::places::{Named, Use};
use super::tracking::tensors;
use super::{Emitter, invented};
use crate::analysis::{TableEdge, VariableKind};
use crate::diag::Place;
use crate::respan::respan;
use crate::syntax::ast::{Alloc, ArgKind, Condition, Host, KernelCall, SiteId, Task, TaskOptions};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

impl Emitter<'_> {
    /// A call with tensor arguments: build it, launch it, bind what it returns.
    pub(super) fn task(&mut self, task: &Task) -> TokenStream {
        let krate = self.krate;
        let task_name = task.name();
        let named = Named {
            name: &task_name,
            span: task
                .kernels
                .first()
                .map_or(task.place.first, KernelCall::span),
        };
        let mut specs = TokenStream::new();
        let mut args = Vec::new();
        let mut outputs = Vec::new();
        let mut position = 0_usize;
        for arg in &task.args {
            let tokens = match &arg.kind {
                // No tensor passes for a value: the analysis does not know of it.
                ArgKind::Scalar(host) => {
                    wrap(krate, "scalar", arg.place, host.lowered.to_token_stream())
                }
                ArgKind::Read(tensor) => {
                    let tensor = self.place(tensor, &named, Use::Shared);
                    wrap(
                        krate,
                        "read",
                        arg.place,
                        quote_spanned!(arg.place.first=> &#tensor),
                    )
                }
                ArgKind::Write(tensor) => {
                    let tensor = self.place(tensor, &named, Use::Exclusive);
                    wrap(
                        krate,
                        "write",
                        arg.place,
                        quote_spanned!(arg.place.first=> &mut #tensor),
                    )
                }
                ArgKind::Out(shape) => {
                    let spec = invented(&format!("__out_{position}"));
                    let shape = &shape.lowered;
                    let created = wrap(krate, "create", arg.place, shape.to_token_stream());
                    specs.extend(quote!(let #spec = #created;));
                    outputs.push((position, spec.clone()));
                    // The user's span, so that a wrong mode or type is shown at the argument.
                    let mut spec_here = spec;
                    spec_here.set_span(
                        arg.place
                            .first
                            .located_at(arg.place.first)
                            .resolved_at(Span::mixed_site()),
                    );
                    spec_here.to_token_stream()
                }
            };
            if !matches!(arg.kind, ArgKind::Scalar(_)) {
                position += 1;
            }
            args.push(tokens);
        }
        let mut call = specs;
        // The user's code in it comes before there is a call, which it could exchange.
        if let Some(condition) = &task.condition {
            call.extend(self.condition(condition, &named));
        }
        call.extend(match task.kernels.as_slice() {
            [] => self.barrier(task, &args),
            _ => self.calls(task, args),
        });
        if task.condition.is_some() {
            let predicate = invented("__predicate");
            call.extend(quote!(__call = __call.when(#predicate);));
        }
        call.extend(self.tracking(task));
        if self.analysis.is_disjoint(self.program, task.site) {
            // SAFETY (of the emitted block): no two arguments share an element
            // that the task writes.
            call.extend(quote!(__call = unsafe { __call.disjoint() };));
        }
        let owners = &self.analysis.plan.sites[task.site].owners;
        let owned = |index: &usize| !self.in_order && owners.contains(index);
        for (position, index) in tensors(task).filter(|(_, index)| owned(index)) {
            let (owner, position) = (owner(index), Literal::usize_unsuffixed(position));
            call.extend(quote!(let #owner = __call.owner(#position);));
        }
        let is_plain = !task.is_team() && !task.kernels.is_empty();
        self.launch(task.site, &named, call, &outputs, is_plain)
    }

    /// `let mut __call = ..;`: the calls of the task's kernels, as one.
    fn calls(&self, task: &Task, args: Vec<TokenStream>) -> TokenStream {
        let krate = self.krate;
        let TaskOptions {
            blocks, sync_start, ..
        } = &task.options;
        let is_team = task.is_team();
        let check = match blocks {
            Some(_) => "is_kernel_of_blocks",
            None => "is_kernel",
        };
        let (mut types, mut calls) = (TokenStream::new(), TokenStream::new());
        let mut cores = Vec::new();
        let mut args = args.into_iter();
        for (number, kernel) in task.kernels.iter().enumerate() {
            let own = args.by_ref().take(kernel.args);
            let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#own),*));
            // With the user's spans on both ends, rustc marks the user's call.
            group.set_span(kernel.place.last);
            let span = kernel.span();
            let name = |span| kernel_type(number, span);
            let (here, path) = (name(span), kernel_path(&kernel.callee));
            let (root, check) = (respan(krate, span), Ident::new(check, span));
            let check = quote_spanned!(span=> #root::#check::<#here>);
            types.extend(quote!(type #here = #path; let _ = #check;));
            let call = call_path(&kernel.callee, name);
            calls.extend(match (is_team, number) {
                (false, _) => quote!(#call #group),
                (true, 0) => quote!(#call #group.team()),
                (true, _) => quote!(.and(#call #group)),
            });
            cores.push(quote!(<#here as #krate::IsKernel>::Core,));
        }
        if task.kernels.len() > 1 {
            let span = task.place.first;
            let root = respan(krate, span);
            types.extend(quote_spanned!(span=> let _ = #root::fits_a_cluster::<(#(#cores)*)>;));
        }
        if let Some(Host { lowered, .. }) = blocks {
            let span = lowered.span();
            calls.extend(quote_spanned!(span=> .blocks(#lowered)));
        }
        if sync_start.is_some() {
            calls.extend(quote!(.sync_start()));
        }
        quote!(#types let mut __call = #calls;)
    }

    /// `let mut __call = ..;`: a call without a kernel, which waits for what others do with its tensors.
    fn barrier(&self, task: &Task, args: &[TokenStream]) -> TokenStream {
        let krate = self.krate;
        let args = task.args.iter().zip(args);
        let args = args.map(|(arg, tokens)| match arg.kind {
            ArgKind::Write(_) => quote!(#krate::UpdateArg::into_arg(#tokens)),
            _ => quote!(#krate::ReadArg::into_arg(#tokens)),
        });
        quote!(let mut __call = #krate::Call::barrier([#(#args),*]);)
    }

    /// `let __predicate = ..;`: the condition under which the kernels run.
    fn condition(&mut self, condition: &Condition, named: &Named<'_>) -> TokenStream {
        let tensor = self.place(&condition.tensor, named, Use::Shared);
        let index = condition.index.iter();
        let index: Vec<TokenStream> = index.map(|at| self.exact(&at.lowered, named)).collect();
        let (compare, value) = (&condition.compare, &condition.value.lowered);
        let span = condition.place.first;
        let root = respan(self.krate, span);
        let (handle, tensor) = readable(&condition.tensor, tensor);
        let predicate = quote_spanned!(span=>
            #root::Predicate::new(#tensor, [#(#index),*], #root::Compare::#compare, #value)
        );
        let predicate = self.checked(&predicate, named);
        let name = invented("__predicate");
        quote!(#handle let #name = #predicate;)
    }

    /// `alloc!`: a call without a kernel.
    pub(super) fn alloc(&mut self, alloc: &Alloc) -> TokenStream {
        let krate = self.krate;
        let mut specs = TokenStream::new();
        let mut outputs = Vec::new();
        for (position, shape) in alloc.shapes.iter().enumerate() {
            let spec = invented(&format!("__out_{position}"));
            let elem = alloc
                .elem
                .as_ref()
                .map_or_else(|| quote!(_), ToTokens::to_token_stream);
            let shape = &shape.lowered;
            let span = shape.span();
            specs.extend(quote_spanned!(span=> let #spec = #krate::create::<#elem>(#shape);));
            outputs.push((position, spec));
        }
        let args = outputs
            .iter()
            .map(|(_, spec)| quote!(#krate::OutArg::into_arg(#spec)));
        let fill = alloc.fill.as_ref().zip(alloc.elem.as_ref());
        let fill = fill.map(|(fill, elem)| {
            let value = &fill.lowered;
            quote!(let __fill: #elem = #value;)
        });
        let create = match &fill {
            Some(_) => quote!(alloc_filled([#(#args),*], __fill)),
            None => quote!(alloc([#(#args),*])),
        };
        let call = quote! {
            #specs
            #fill
            let mut __call = #krate::Call::#create;
        };
        let named = Named {
            name: &alloc.name(),
            span: alloc.place.first,
        };
        self.launch(alloc.site, &named, call, &outputs, false)
    }

    fn launch(
        &mut self,
        site: SiteId,
        Named { name, span }: &Named<'_>,
        call: TokenStream,
        outputs: &[(usize, Ident)],
        is_plain: bool,
    ) -> TokenStream {
        let krate = self.krate;
        let (scope, manual) = self.scope();
        let deps = self.deps(site);
        let fences = self.fences(site, *span);
        let root = respan(krate, *span);
        let here = quote_spanned!(*span=> #root::Site::here(#name));
        // SAFETY (of the emitted block): see `scoped`.
        let launched = |launch: TokenStream| match manual {
            true => quote!(unsafe { #launch }),
            false => launch,
        };
        let submit = match is_plain && outputs.is_empty() {
            // What is only passed on need not be in memory.
            true => launched(quote!(#scope.submit(__call, const { &#here }, #deps)?)),
            // It holds what is created.
            false => launched(quote!(#scope.launch(&mut __call, const { #here }, #deps)?)),
        };
        let is_named = !self.in_order && !self.analysis.plan.sites[site].explicit.is_empty();
        let is_now = is_plain && !is_named;
        let placed = is_now.then(|| {
            quote! {
                enum __Here {}
                let mut __call = __call.at::<__Here>();
            }
        });
        let launch = match is_now {
            // Mostly all is complete, and then its edges need not even be looked up. Those that the user names are checked.
            true => {
                let now = launched(quote!(#scope.now(&mut __call, const { &#here })));
                quote! {
                    match #now {
                        ::core::option::Option::Some(__task) => __task,
                        ::core::option::Option::None => #submit,
                    }
                }
            }
            false => submit,
        };
        let sets = self.analysis.plan.sites[site].sets.iter();
        let sets = sets.filter(|_| !self.in_order).map(|index| {
            let variable = self.variable(*index);
            match &self.analysis.plan.variables[*index].kind {
                VariableKind::First => quote! {
                    if #variable.is_none() {
                        #variable = __task.id();
                    }
                },
                VariableKind::Latest => quote!(#variable = __task.id();),
                VariableKind::All { .. } => quote!(#scope.remember(&mut #variable, __task.id());),
                VariableKind::Table { key, latest } => self.enter(*index, key, *latest),
            }
        });
        let results = outputs.iter().map(|(position, spec)| {
            let position = Literal::usize_unsuffixed(*position);
            quote!(__task.output(&__call, #position, #spec))
        });
        let results: Vec<TokenStream> = results.collect();
        let value = match results.as_slice() {
            [] => TokenStream::new(),
            [one] => one.clone(),
            _ => quote!((#(#results),*)),
        };
        quote! {{
            #call
            #placed
            #fences
            #[allow(unused_variables)]
            let __task = #launch;
            #(#sets)*
            #value
        }}
    }

    /// Makes large sets that several tasks wait for a single task.
    fn fences(&self, site: SiteId, span: Span) -> TokenStream {
        let (krate, scope) = (respan(self.krate, span), self.scope().0);
        let wiring = &self.analysis.plan.sites[site];
        let proven = wiring.proven.iter().filter(|_| !self.in_order);
        let fences = proven.filter_map(|index| {
            let VariableKind::All { fence: Some(least) } =
                self.analysis.plan.variables[*index].kind
            else {
                return None;
            };
            let (set, least) = (self.variable(*index), Literal::usize_unsuffixed(least));
            let here = quote_spanned!(span=> #krate::Site::here("fence"));
            Some(quote! {
                if #set.len() >= #least {
                    #scope.fence(&mut #set, const { #here })?;
                }
            })
        });
        fences.collect()
    }

    pub(super) fn deps(&self, site: SiteId) -> TokenStream {
        let krate = self.krate;
        let wiring = &self.analysis.plan.sites[site];
        let list = |variables: &[usize], tables: &[TableEdge], owners: &[Ident]| {
            let plan = &self.analysis.plan;
            let (all, latest): (Vec<usize>, Vec<usize>) = variables
                .iter()
                .partition(|index| plan.variables[**index].kind.is_all());
            let latest: Vec<Ident> = latest
                .into_iter()
                .map(|index| self.variable(index))
                .chain(owners.iter().cloned())
                .collect();
            let all = all.into_iter().map(|index| {
                let name = self.variable(index);
                quote!(#name.as_slice())
            });
            let sets: Vec<TokenStream> = all
                .chain(tables.iter().map(|edge| self.found(edge)))
                .collect();
            match (latest.as_slice(), sets.as_slice()) {
                (latest, []) => quote!(&[#(#latest),*]),
                ([], [set]) => quote!(#set),
                (latest, sets) => {
                    quote!(&#krate::TaskSet::joined(&[#(#latest),*], &[#(#sets),*]))
                }
            }
        };
        if self.in_order || wiring.is_empty() {
            return quote!(#krate::Deps::NONE);
        }
        let owners: Vec<Ident> = wiring.owners.iter().map(|arg| owner(*arg)).collect();
        let (proven, explicit, keep) = (
            list(&wiring.proven, &wiring.tables, &owners),
            list(&wiring.explicit, &[], &[]),
            list(&wiring.keep, &[], &[]),
        );
        quote!(#krate::Deps { proven: #proven, explicit: #explicit, keep: #keep })
    }
}

/// The variable of the task that owns the storage of an argument.
pub(super) fn owner(arg: usize) -> Ident {
    invented(&format!("__owner_{arg}"))
}

/// `krate::function(inner)`, marked where the user wrote the argument.
pub(super) fn wrap(
    krate: &syn::Path,
    function: &str,
    place: Place,
    inner: TokenStream,
) -> TokenStream {
    let function = Ident::new(function, place.first);
    let krate = respan(krate, place.first);
    let mut group = Group::new(Delimiter::Parenthesis, inner);
    group.set_span(place.last);
    let mut tokens = quote_spanned!(place.first=> #krate::#function);
    tokens.extend([TokenTree::Group(group)]);
    tokens
}

/// `path::kernel::<T>` as `path::kernel`.
pub(super) fn kernel_path(callee: &syn::Path) -> syn::Path {
    let mut path = callee.clone();
    if let Some(last) = path.segments.last_mut() {
        last.arguments = syn::PathArguments::None;
    }
    path
}

/// The name of the type that stands for a kernel of a task.
fn kernel_type(number: usize, span: Span) -> Ident {
    match number {
        0 => Ident::new("__Kernel", span),
        _ => format_ident!("__Kernel{}", number + 1, span = span),
    }
}

/// `call::<T>` of the kernel `path::kernel::<T>`, whose type has the name that `name` makes.
fn call_path(callee: &syn::Path, name: impl Fn(Span) -> Ident) -> TokenStream {
    let first = Place::of(callee).first;
    let name = name(first);
    let last = callee.segments.last();
    let span = last.map_or_else(Span::call_site, |last| last.ident.span());
    let call = Ident::new("call", span);
    let mut arguments = last.map_or(syn::PathArguments::None, |last| last.arguments.clone());
    if let syn::PathArguments::AngleBracketed(generics) = &mut arguments
        && generics.colon2_token.is_none()
    {
        generics.colon2_token = Some(syn::Token![::](span));
    }
    quote_spanned!(first=> #name::#call #arguments)
}

impl KernelCall {
    /// The kernel's name in the user's code.
    fn span(&self) -> Span {
        let last = self.callee.segments.last();
        last.map_or(self.place.first, |last| last.ident.span())
    }
}
