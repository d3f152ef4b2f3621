//! Tensors that are made, reassigned and used by tasks.

use crate::{ELEMENTS, Generator, TILE};

impl Generator {
    /// A new tensor in a new variable.
    pub(crate) fn fresh(&mut self) {
        let name = self.name("v");
        let exact = !self.is_free();
        match self.below(10) {
            0..4 => {
                self.options(Vec::new());
                self.push(&format!("let mut {name} = alloc!(u64; [{ELEMENTS}]);\n"));
                if self.filled {
                    self.push(&format!("k_f(&mut {name});\n"));
                }
            }
            4 if !exact => {
                let (one, other) = (self.made(), self.made());
                self.push(&format!(
                    "let mut {name} = if flip() {{ {one} }} else {{ {other} }};\n"
                ));
            }
            5 => {
                let second = self.name("v");
                let source = self.read();
                self.options(Vec::new());
                self.push(&format!(
                    "let (mut {name}, mut {second}) = k_roo({source}, out!([{ELEMENTS}]), out!([{ELEMENTS}]));\n"
                ));
                self.tensors.push((second, true));
            }
            _ => {
                let made = self.made();
                self.options(Vec::new());
                self.push(&format!("let mut {name} = {made};\n"));
            }
        }
        self.tensors.push((name, true));
    }

    pub(crate) fn made(&mut self) -> String {
        let source = self.read();
        format!("k_ro({source}, out!([{ELEMENTS}]))")
    }

    /// Gives a local variable another tensor, or rotates several.
    pub(crate) fn reassign(&mut self) {
        let locals = self.locals();
        if locals.is_empty() {
            return self.fresh();
        }
        let mut round: Vec<String> = Vec::new();
        for _ in 0..2 + self.below(2) {
            let local = self.choose(&locals);
            if !round.contains(&local) {
                round.push(local);
            }
        }
        if round.len() > 1 && self.chance(50) {
            let from = round.join(", ");
            round.rotate_left(1);
            let to = round.join(", ");
            self.push(&format!("({from}) = ({to});\n"));
        } else {
            let made = self.made();
            self.options(Vec::new());
            self.push(&format!("{} = {made};\n", round[0]));
        }
    }

    pub(crate) fn task(&mut self) {
        let reads = self.below(3);
        let writes = if self.chance(20) { 2 } else { 1 };
        let mut args: Vec<String> = (0..reads).map(|_| self.read()).collect();
        args.extend((0..writes).map(|_| self.write()));
        let kernel = format!("k_{}{}", "r".repeat(reads), "w".repeat(writes));
        let condition = self.condition();
        self.options(condition.into_iter().collect());
        self.push(&format!("{kernel}({});\n", args.join(", ")));
    }

    /// The host reads an element.
    pub(crate) fn get(&mut self) {
        let ((tensor, index), name) = (self.element_of(), self.name("e"));
        self.after(Vec::new());
        self.push(&format!("let {name} = {tensor}.get([{index}]);\n"));
        self.elements.push(name);
    }

    /// A tensor, and the index of an element of it.
    pub(crate) fn element_of(&mut self) -> (String, String) {
        let (tensor, index) = (self.read(), self.at());
        let tensor = tensor.replace('&', "");
        match tensor.contains("view") {
            true => (tensor, "0".to_owned()),
            false => (tensor, index),
        }
    }

    /// The host writes an element.
    pub(crate) fn set(&mut self) {
        let (tensor, index) = (self.write(), self.at());
        let tensor = tensor.replace("&mut ", "");
        let index = if tensor.contains("view") { "0" } else { &index };
        let value = match self.elements.is_empty() {
            true => "7".to_owned(),
            false => {
                let known = self.elements.clone();
                format!("{}.wrapping_mul(5)", self.choose(&known))
            }
        };
        self.after(Vec::new());
        self.push(&format!("{tensor}.set([{index}], {value});\n"));
    }

    /// A task that only waits.
    pub(crate) fn barrier(&mut self) {
        let args = match self.chance(50) {
            true => self.write(),
            false => format!("{}, {}", self.read(), self.read()),
        };
        self.options(Vec::new());
        self.push(&format!("barrier!({args});\n"));
    }

    /// The index of an element of a whole tensor.
    fn at(&mut self) -> String {
        let (at, constant) = (self.below(self.vars.len() + 1), self.below(20));
        match self.var(at) {
            Some((var, last)) if last * TILE < ELEMENTS && self.chance(50) => format!("{var} * t"),
            Some((var, last)) if last < ELEMENTS => var,
            _ => constant.to_string(),
        }
    }

    /// Calls an orchestration, whose tensor becomes a new variable, or that of one, or is dropped.
    pub(crate) fn call(&mut self) {
        let mut args: Vec<String> = (0..self.below(3)).map(|_| self.read()).collect();
        args.extend((0..self.below(3)).map(|_| self.write()));
        let call = format!("call!(f({}));\n", args.join(", "));
        let locals = self.locals();
        match self.below(3) {
            0 => self.push(&call),
            1 if !locals.is_empty() => {
                let local = self.choose(&locals);
                self.push(&format!("{local} = {call}"));
            }
            _ => {
                let name = self.name("v");
                self.push(&format!("let mut {name} = {call}"));
                self.tensors.push((name, true));
            }
        }
    }

    /// Variables that can be given another tensor.
    fn locals(&self) -> Vec<String> {
        let first = if self.filled { self.outer } else { 0 };
        let names = self.tensors[first..].iter().map(|(name, _)| name);
        names
            .filter(|name| name.starts_with('v'))
            .cloned()
            .collect()
    }

    pub(crate) fn read(&mut self) -> String {
        let name = self.element().unwrap_or_else(|| {
            let (name, _) = self.choose(&self.tensors.clone());
            name
        });
        let region = self.region();
        format!(
            "&{name}{}",
            region.map_or(String::new(), |region| format!(".view([{region}])"))
        )
    }

    pub(crate) fn write(&mut self) -> String {
        let writable: Vec<String> = self
            .tensors
            .iter()
            .filter(|(_, writable)| *writable)
            .map(|(name, _)| name.clone())
            .collect();
        let name = self.element().unwrap_or_else(|| self.choose(&writable));
        let region = self.region();
        format!(
            "&mut {name}{}",
            region.map_or(String::new(), |region| format!(".view_mut([{region}])"))
        )
    }
}
