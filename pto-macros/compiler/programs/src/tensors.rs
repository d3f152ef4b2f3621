//! Tensors that are made, reassigned and used by tasks.

use crate::ELEMENTS;
use crate::Generator;
impl Generator {
    pub(crate) fn fresh(&mut self) {
        let name = self.name("v");
        if self.chance(40) {
            self.push(&format!("let mut {name} = alloc!([{ELEMENTS}]);\n"));
        } else {
            let source = self.read();
            self.push(&format!(
                "let mut {name} = k({source}, out!([{ELEMENTS}]));\n"
            ));
        }
        self.tensors.push((name, true));
    }

    /// Gives a local variable another tensor, or swaps two.
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
        let a = locals[self.below(locals.len())].clone();
        let b = locals[self.below(locals.len())].clone();
        if a != b && self.chance(40) {
            self.push(&format!("({a}, {b}) = ({b}, {a});\n"));
        } else {
            let source = self.read();
            self.push(&format!("{a} = k({source}, out!([{ELEMENTS}]));\n"));
        }
    }

    pub(crate) fn task(&mut self) {
        let mut args: Vec<String> = (0..self.below(3)).map(|_| self.read()).collect();
        args.push(self.write());
        if self.chance(20) {
            args.push(self.write());
        }
        self.push(&format!("k({});\n", args.join(", ")));
    }

    pub(crate) fn read(&mut self) -> String {
        let at = self.below(self.tensors.len());
        let name = self.tensors[at].0.clone();
        let region = self.region();
        format!(
            "&{name}{}",
            region.map_or(String::new(), |region| format!(".view([{region}])"))
        )
    }

    pub(crate) fn write(&mut self) -> String {
        let at = 1 + self.below(self.tensors.len() - 1);
        let name = self.tensors[at].0.clone();
        let region = self.region();
        format!(
            "&mut {name}{}",
            region.map_or(String::new(), |region| format!(".view_mut([{region}])"))
        )
    }
}
