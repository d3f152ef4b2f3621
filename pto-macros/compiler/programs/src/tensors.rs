//! Tensors that are made, reassigned and used by tasks.

use crate::{ELEMENTS, Generator, Style};

impl Generator {
    /// A new tensor in a new variable.
    pub(crate) fn fresh(&mut self) {
        let name = self.name("v");
        let exact = self.style != Style::Any;
        match self.below(10) {
            0..4 => {
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
                self.push(&format!(
                    "let (mut {name}, mut {second}) = k_roo({source}, out!([{ELEMENTS}]), out!([{ELEMENTS}]));\n"
                ));
                self.tensors.push((second, true));
            }
            _ => {
                let made = self.made();
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
        let locals: Vec<String> = self
            .tensors
            .iter()
            .filter(|(name, _)| name.starts_with('v'))
            .map(|(name, _)| name.clone())
            .collect();
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
            self.push(&format!("{} = {made};\n", round[0]));
        }
    }

    pub(crate) fn task(&mut self) {
        let reads = self.below(3);
        let writes = if self.chance(20) { 2 } else { 1 };
        let mut args: Vec<String> = (0..reads).map(|_| self.read()).collect();
        args.extend((0..writes).map(|_| self.write()));
        let kernel = format!("k_{}{}", "r".repeat(reads), "w".repeat(writes));
        self.push(&format!("{kernel}({});\n", args.join(", ")));
    }

    fn read(&mut self) -> String {
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

    fn write(&mut self) -> String {
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
