//! Tasks, allocations and the tensors they touch.

use super::Walker;
use crate::diag;
use crate::model::RootId;
use crate::model::env::Binding;
use crate::model::flow::Value;
use crate::model::poly::Poly;
use crate::model::program::{Access, Place, Pointless, RootInfo, RootKind, Site, SiteKind};
use crate::model::region::Interval;
use crate::syntax::ast::{
    Alloc, Arg, ArgKind, Assertion, AssertionKind, Call, Host, HostAccess, KernelCall, LoopId,
    SiteId, Task, TaskOptions, TensorExpr,
};
use crate::syntax::spelling;
use proc_macro2::Ident;
use std::collections::BTreeSet;

impl Walker {
    /// The places that a tensor may be.
    pub(super) fn tensor(&mut self, tensor: &TensorExpr) -> Vec<Place> {
        match self.value(tensor) {
            Value::Tensor(places) => places,
            _ => Vec::new(),
        }
    }

    /// What a place of the program holds.
    pub(super) fn value(&mut self, tensor: &TensorExpr) -> Value {
        match tensor {
            TensorExpr::Var(ident) => match self.env.get(ident) {
                Some(Binding::Tensor { id, .. }) => self.state.get(*id),
                _ => Value::Host,
            },
            TensorExpr::Field { base, index } => match self.value(base) {
                Value::Tuple(mut parts) => match usize::try_from(index.index) {
                    Ok(index) if index < parts.len() => parts.swap_remove(index),
                    _ => Value::Host,
                },
                _ => Value::Host,
            },
            TensorExpr::Element {
                base,
                index,
                literal,
            } => {
                let base = self.value(base);
                let index = self.reader().poly(&index.source);
                base.element(literal.or_else(|| index.as_count()), Some(&index))
            }
            TensorExpr::Deref(base) => self.value(base),
            TensorExpr::View { base, region, .. } => {
                let base = self.value(base);
                let ranges: Option<Vec<Interval>> = region.as_ref().map(|ranges| {
                    let mut reader = self.reader();
                    ranges.iter().map(|range| reader.interval(range)).collect()
                });
                base.map(&mut |place| {
                    place.owned = false;
                    match &ranges {
                        Some(ranges) => place.region.view(ranges),
                        None => place.region.blur(),
                    }
                })
            }
            TensorExpr::Rearranged {
                base, how, args, ..
            } => {
                let base = self.value(base);
                let effect = self.effect(*how, args);
                base.map(&mut |place| {
                    place.owned = false;
                    effect.apply(*how, &mut place.region);
                })
            }
        }
    }

    fn root_made(&mut self, site: SiteId, output: usize) -> RootId {
        let info = RootInfo {
            name: String::new(),
            kind: RootKind::Made {
                by: site,
                loops: self.loops.clone(),
                scopes: self.scopes.clone(),
            },
        };
        match self.made.get(&(site, output)) {
            Some(root) => *root,
            None => {
                let root = self.program.roots.len();
                self.program.roots.push(info);
                self.made.insert((site, output), root);
                root
            }
        }
    }

    fn creation(&mut self, site: SiteId, output: usize, at: diag::Place, arg: usize) -> Access {
        let root = self.root_made(site, output);
        Access {
            places: vec![Place::whole(root, true)],
            reads: false,
            writes: true,
            creates: true,
            tensor: String::new(),
            handle: String::new(),
            at,
            arg,
            apart_by: BTreeSet::new(),
            decides: false,
            no_dep: false,
        }
    }

    /// The accesses of a call with these arguments, creations last, and the number of its scalars.
    fn accesses(&mut self, site: SiteId, args: &[Arg]) -> (Vec<Access>, usize) {
        let mut accesses = Vec::new();
        let mut outs = 0;
        let mut scalars = 0;
        for (index, arg) in args.iter().enumerate() {
            let (tensor, writes) = match &arg.kind {
                ArgKind::Read(tensor) => (tensor, false),
                ArgKind::Write(tensor) => (tensor, true),
                ArgKind::Out(_) => {
                    accesses.push(self.creation(site, outs, arg.place, index));
                    outs += 1;
                    continue;
                }
                ArgKind::Scalar(_) => {
                    scalars += 1;
                    continue;
                }
            };
            accesses.push(Access {
                places: self.tensor(tensor),
                // Whether `&mut` also reads is the kernel's affair; ordering is the same.
                reads: true,
                writes,
                creates: false,
                tensor: tensor.shown(),
                handle: tensor.viewed().shown(),
                at: diag::Place::at(tensor.variable().span()),
                arg: index,
                apart_by: BTreeSet::new(),
                decides: false,
                no_dep: false,
            });
        }
        accesses.sort_by_key(|access| access.creates);
        (accesses, scalars)
    }

    pub(super) fn task(&mut self, task: &Task) -> Value {
        let name = task.name();
        let (mut accesses, scalars) = self.accesses(task.site, &task.args);
        if let Some(condition) = &task.condition {
            let arg = task.args.len();
            let element = self.element(&condition.tensor, &condition.index, false, arg);
            accesses.push(Access {
                decides: true,
                ..element
            });
            accesses.sort_by_key(|access| access.creates);
        }
        let pointless = self.assertions(&task.options.asserted, &mut accesses);
        let places = created(&accesses);
        let tensors = task.args.len() - scalars;
        self.site(Site {
            id: task.site,
            kind: SiteKind::Task,
            callees: task.kernels.iter().map(|k| k.callee.clone()).collect(),
            shares: task.kernels.iter().map(|kernel| kernel.args).collect(),
            name,
            options: task.options.clone(),
            context: self.context.clone(),
            copies: self.copies.clone(),
            scopes: self.scopes.clone(),
            accesses,
            tensors,
            scalars,
            at: task.place,
            pointless,
            never: false,
        });
        packed(places)
    }

    /// Notes what is asserted of each access; returns what means nothing.
    fn assertions(&self, asserted: &[Assertion], accesses: &mut [Access]) -> Vec<Pointless> {
        let mut pointless = Vec::new();
        for assertion in asserted {
            let name = assertion.tensor.to_string();
            let mut found = accesses
                .iter_mut()
                .filter(|access| !access.creates && access.variable() == name)
                .peekable();
            if found.peek().is_none() {
                pointless.push(Pointless::Tensor(assertion.tensor.clone()));
            }
            match &assertion.kind {
                AssertionKind::NoDep => found.for_each(|access| access.no_dep = true),
                AssertionKind::Disjoint { by } => match self.loop_of(by) {
                    Some(of) => found.for_each(|access| {
                        access.apart_by.insert(of);
                    }),
                    None => pointless.push(Pointless::Variable(by.clone())),
                },
            }
        }
        pointless
    }

    /// The loop around the present point whose variable a name is.
    fn loop_of(&self, name: &Ident) -> Option<LoopId> {
        let Binding::Value { poly, of, .. } = self.env.get(name)? else {
            return None;
        };
        if of.is_some() {
            return *of;
        }
        let (symbol, shift) = poly.as_shifted()?;
        let induction = self.program.symbols.info(symbol).induction.as_ref()?;
        let copy = self.copies.get(&induction.of).copied().unwrap_or(0);
        (shift == i128::try_from(copy).ok()?).then_some(induction.of)
    }

    pub(super) fn alloc(&mut self, alloc: &Alloc) -> Value {
        let name = alloc.name();
        if alloc.fill.is_some() {
            self.program.filled.insert(alloc.site);
        }
        let accesses: Vec<Access> = (0..alloc.shapes.len())
            .map(|output| self.creation(alloc.site, output, alloc.place, output))
            .collect();
        let places = created(&accesses);
        let pointless = self.assertions(&alloc.options.asserted, &mut []);
        self.site(Site {
            id: alloc.site,
            kind: SiteKind::Alloc,
            callees: Vec::new(),
            shares: Vec::new(),
            name,
            options: alloc.options.clone(),
            context: self.context.clone(),
            copies: self.copies.clone(),
            scopes: self.scopes.clone(),
            tensors: accesses.len(),
            accesses,
            scalars: 0,
            at: alloc.place,
            pointless,
            never: false,
        });
        packed(places)
    }

    /// A call of another orchestration uses its arguments as they are declared,
    /// and makes what it returns.
    pub(super) fn call(&mut self, call: &Call) -> Value {
        let (mut accesses, scalars) = self.accesses(call.site, &call.args);
        let first = call.args.len();
        accesses.extend(
            (0..call.outs)
                .map(|output| self.creation(call.site, output, call.place, first + output)),
        );
        let places = created(&accesses);
        self.site(Site {
            id: call.site,
            kind: SiteKind::Call,
            callees: vec![call.callee.clone()],
            shares: Vec::new(),
            name: call.name(),
            options: TaskOptions::default(),
            pointless: Vec::new(),
            never: false,
            context: self.context.clone(),
            copies: self.copies.clone(),
            scopes: self.scopes.clone(),
            tensors: call.args.len() - scalars,
            accesses,
            scalars,
            at: call.place,
        });
        packed(places)
    }

    /// What a task, or the host, touches by one element of a tensor.
    fn element(&mut self, tensor: &TensorExpr, index: &[Host], writes: bool, arg: usize) -> Access {
        let mut places = self.tensor(tensor);
        let mut reader = self.reader();
        let ranges: Vec<Interval> = index
            .iter()
            .map(|at| {
                let at = reader.poly(&at.source);
                let end = at.plus(&Poly::constant(1));
                Interval::Range(at, end)
            })
            .collect();
        for place in &mut places {
            place.owned = false;
            place.region.view(&ranges);
        }
        let index: Vec<String> = index.iter().map(|at| spelling(&at.source)).collect();
        Access {
            places,
            reads: !writes,
            writes,
            creates: false,
            tensor: format!("{}[{}]", tensor.shown(), index.join(", ")),
            handle: tensor.viewed().shown(),
            at: diag::Place::at(tensor.variable().span()),
            arg,
            apart_by: BTreeSet::new(),
            decides: false,
            no_dep: false,
        }
    }

    pub(super) fn access(&mut self, access: &HostAccess) -> Value {
        let writes = access.value.is_some();
        let mut accesses = vec![self.element(&access.tensor, &access.index, writes, 0)];
        let pointless = self.assertions(&access.options.asserted, &mut accesses);
        self.site(Site {
            id: access.site,
            kind: SiteKind::Host,
            shares: Default::default(),
            callees: Vec::new(),
            name: access.method.to_string(),
            options: access.options.clone(),
            context: self.context.clone(),
            copies: self.copies.clone(),
            scopes: self.scopes.clone(),
            accesses,
            tensors: 1,
            scalars: 0,
            at: access.place,
            pointless,
            never: false,
        });
        Value::Host
    }

    fn site(&mut self, mut site: Site) {
        site.never = self.is_dead();
        // What never runs touches nothing.
        if site.never {
            site.accesses.clear();
        }
        self.sites.insert(site.id, site);
    }
}

/// The tensors that these accesses create.
fn created(accesses: &[Access]) -> Vec<Value> {
    accesses
        .iter()
        .filter(|access| access.creates)
        .map(|access| Value::Tensor(access.places.clone()))
        .collect()
}

fn packed(mut places: Vec<Value>) -> Value {
    match places.len() {
        0 => Value::Host,
        1 => places.remove(0),
        _ => Value::Tuple(places),
    }
}

impl Task {
    /// The name the task goes by in messages and graphs.
    pub fn name(&self) -> String {
        if let Some(name) = &self.options.name {
            return name.to_string();
        }
        if self.kernels.is_empty() {
            return "barrier".to_owned();
        }
        // One identifier, since messages make others of it.
        let names: Vec<String> = self.kernels.iter().map(KernelCall::name).collect();
        names.join("_and_")
    }
}

impl KernelCall {
    /// The kernel's name.
    pub fn name(&self) -> String {
        let last = self.callee.segments.last();
        last.map_or_else(|| "task".to_owned(), |last| last.ident.to_string())
    }
}

impl Call {
    /// The name the called orchestration goes by in messages.
    pub fn name(&self) -> String {
        let last = self.callee.segments.last();
        last.map_or_else(|| "call".to_owned(), |last| last.ident.to_string())
    }
}

impl Alloc {
    /// The name the allocation goes by in messages and graphs.
    pub fn name(&self) -> String {
        self.options
            .name
            .as_ref()
            .map_or_else(|| "alloc".to_owned(), ToString::to_string)
    }
}

impl TensorExpr {
    /// The variable at the bottom of the views.
    pub fn variable(&self) -> &Ident {
        match self {
            Self::Var(ident) => ident,
            Self::View { base, .. }
            | Self::Rearranged { base, .. }
            | Self::Field { base, .. }
            | Self::Element { base, .. }
            | Self::Deref(base) => base.variable(),
        }
    }

    /// What is left without views.
    pub fn viewed(&self) -> &Self {
        match self {
            Self::View { base, .. } | Self::Rearranged { base, .. } => base.viewed(),
            Self::Deref(base) => base.viewed(),
            Self::Var(_) | Self::Field { .. } | Self::Element { .. } => self,
        }
    }

    /// As in messages: the user's own text.
    pub fn shown(&self) -> String {
        match self {
            Self::Var(ident) => ident.to_string(),
            Self::Field { base, index } => format!("{}.{}", base.shown(), index.index),
            Self::Element { base, index, .. } => {
                format!("{}[{}]", base.shown(), spelling(&index.source))
            }
            Self::Deref(base) => base.shown(),
            Self::View {
                base,
                method,
                region,
                argument,
            } => {
                let region = match region {
                    Some(ranges) => {
                        let ranges: Vec<String> =
                            ranges.iter().map(|range| spelling(&range.source)).collect();
                        format!("[{}]", ranges.join(", "))
                    }
                    None => spelling(&argument.source),
                };
                format!("{}.{method}({region})", base.shown())
            }
            Self::Rearranged {
                base, method, args, ..
            } => {
                let args: Vec<String> = args.iter().map(|arg| spelling(&arg.source)).collect();
                format!("{}.{method}({})", base.shown(), args.join(", "))
            }
        }
    }
}
