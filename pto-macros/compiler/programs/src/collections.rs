//! Tuples, arrays and vectors of tensors.

use crate::jumps::Target;
use crate::{At, ELEMENTS, Generator};

/// A collection in scope.
#[derive(Clone)]
pub(crate) struct Collection {
    /// How its elements are written, up to the index: `c1[`, or `p2.`.
    name: String,
    /// Its length, where it never changes; vectors have none.
    len: Option<usize>,
    /// How many scopes there were around where it was made.
    scopes: usize,
}

impl Generator {
    /// A tuple, an array or a vector.
    pub(crate) fn collect(&mut self) {
        let len = 1 + self.below(3);
        let fresh: Vec<String> = (0..len).map(|_| self.unshared()).collect();
        let fresh = fresh.join(", ");
        let name = self.name("c");
        let scopes = self.scopes;
        match self.below(6) {
            0 if len > 1 => {
                self.push(&format!("let mut {name} = ({fresh});\n"));
                for part in 0..len {
                    self.tensors.push((format!("{name}.{part}"), true));
                }
            }
            1 | 2 => {
                self.push(&format!("let mut {name} = [{fresh}];\n"));
                let len = Some(len);
                self.collections.push(Collection { name, len, scopes });
            }
            3 => {
                self.push(&format!("let mut {name} = vec![{fresh}];\n"));
                let len = None;
                self.collections.push(Collection { name, len, scopes });
            }
            _ => {
                let var = self.name("i");
                let made = self.unshared();
                let (trips, first) = (self.below(5), self.unshared());
                self.push(&format!("let mut {name} = Vec::new();\n"));
                if self.chance(40) {
                    self.push(&format!("{name}.push({first});\n"));
                }
                self.push(&format!(
                    "for {var} in 0..{trips} {{\n{name}.push({made});\n}}\n"
                ));
                let len = None;
                self.collections.push(Collection { name, len, scopes });
            }
        }
    }

    /// A tensor that nothing else holds.
    fn unshared(&mut self) -> String {
        if self.chance(30) {
            format!("alloc!(u64; [{ELEMENTS}])")
        } else {
            self.made()
        }
    }

    /// Changes a collection, or runs over it.
    pub(crate) fn change(&mut self, size: usize, at: At) {
        if self.collections.is_empty() {
            return self.collect();
        }
        let chosen = self.below(self.collections.len());
        let of = self.collections[chosen].clone();
        let name = of.name.clone();
        // What is made here and put in there would outlive its scope.
        let here = of.scopes == self.scopes;
        match self.below(10) {
            0 | 1 if here && of.len.is_none() => {
                let made = self.unshared();
                self.push(&format!("{name}.push({made});\n"));
            }
            2 if here && of.len.is_none() => {
                // Another handle of what is put in, before and beside it.
                let (alias, made) = (self.name("a"), self.unshared());
                let whole = self.name("a");
                self.push(&format!("let mut {whole} = {made};\nlet mut {alias} = {whole}.view_mut([0..{ELEMENTS}]);\n{name}.push({whole});\n"));
                if self.chance(50) {
                    self.push(&format!("{name}.push({alias});\n"));
                } else {
                    self.tensors.push((alias, true));
                }
            }
            3 if of.len.is_none() => {
                let taken = self.name("a");
                self.push(&format!("if let Some(mut {taken}) = {name}.pop() {{\n"));
                self.with((taken.clone(), true), None, size, at);
                let to = self.below(self.collections.len());
                let to = self.collections[to].clone();
                if to.len.is_none() && to.scopes == of.scopes {
                    self.push(&format!("{}.push({taken});\n", to.name));
                }
                self.push("}\n");
            }
            4 if here && of.len.is_none() => {
                self.push(&format!(
                    "{name}.clear();\n{name}.push(alloc!(u64; [{ELEMENTS}]));\n"
                ));
            }
            5 if here => {
                let (made, index) = (self.unshared(), self.index(&of));
                self.push(&format!("{name}[{index}] = {made};\n"));
            }
            6 => {
                // As long as the reference is used, the collection is not.
                let (held, index) = (self.name("r"), self.index(&of));
                self.push(&format!("{{\nlet {held} = &mut {name}[{index}];\n"));
                self.with((held, true), Some(chosen), size, at);
                self.push("}\n");
            }
            7 if at.depth < 4 => {
                let (item, var) = (self.name("e"), self.name("i"));
                let times = self.times;
                self.times *= 4;
                self.targets.push(Target::Iteration);
                if self.chance(50) {
                    self.push(&format!("parallel_for!(&mut {name}, |{item}| {{\n"));
                    self.with((item, true), Some(chosen), size, at);
                } else {
                    self.push(&format!("parallel_for!(0..{name}.len(), |{var}| {{\n"));
                    self.vars.push((var.clone(), 4));
                    self.push(&format!("let {item} = &mut {name}[{var}];\n"));
                    self.with((item, true), Some(chosen), size, at);
                    self.vars.pop();
                }
                self.targets.pop();
                self.times = times;
                self.push("});\n");
            }
            _ => {
                let item = self.name("e");
                let writes = self.chance(70);
                let borrow = if writes { "&mut " } else { "&" };
                let (vars, times) = (self.vars.len(), self.times);
                self.times *= 4;
                self.targets.push(Target::Loop(None));
                if self.chance(30) {
                    let var = self.name("i");
                    let iter = if writes { "iter_mut" } else { "iter" };
                    self.push(&format!(
                        "for ({var}, {item}) in {name}.{iter}().enumerate() {{\n"
                    ));
                    self.vars.push((var, 4));
                } else {
                    self.push(&format!("for {item} in {borrow}{name} {{\n"));
                }
                self.with((item, writes), Some(chosen), size, at);
                self.vars.truncate(vars);
                self.targets.pop();
                self.times = times;
                self.push("}\n");
            }
        }
    }

    /// Statements with one more tensor, and without a collection that is borrowed meanwhile.
    fn with(&mut self, tensor: (String, bool), without: Option<usize>, size: usize, at: At) {
        let known = self.collections.clone();
        if let Some(at) = without {
            self.collections.remove(at);
        }
        self.tensors.push(tensor);
        self.task();
        self.block(size, at.inside());
        self.tensors.pop();
        self.collections = known;
    }

    /// An element of a collection.
    pub(crate) fn element(&mut self) -> Option<String> {
        if self.collections.is_empty() || self.chance(60) {
            return None;
        }
        let at = self.below(self.collections.len());
        let of = self.collections[at].clone();
        let index = self.index(&of);
        Some(format!("{}[{index}]", of.name))
    }

    fn index(&mut self, of: &Collection) -> String {
        let at = self.below(self.vars.len() + 1);
        let var = self.var(at).map(|(name, _)| name);
        match (self.below(6), var, of.len) {
            (0..=2, Some(var), _) => var,
            (3, Some(var), _) => format!("{var} + 1"),
            (4, Some(var), _) => format!("2 * {var}"),
            (_, _, Some(len)) => self.below(len).to_string(),
            (5, _, None) => format!("{}.len() - 1", of.name),
            _ => self.below(2).to_string(),
        }
    }
}
