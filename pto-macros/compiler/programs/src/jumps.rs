//! Jumps, and what they lead out of.

use crate::{Generator, Style};

/// What a jump can lead out of.
#[derive(Clone)]
pub(crate) enum Target {
    Loop(Option<String>),
    Block(String),
    /// The body of a `parallel_for!`: `continue` ends it, and nothing leads further out.
    Iteration,
}

impl Generator {
    /// A jump that is legal here, conditional on nothing.
    pub(crate) fn jump(&mut self) -> Option<String> {
        let mut legal = Vec::new();
        let mut confined = false;
        for (at, target) in self.targets.iter().rev().enumerate() {
            match target {
                Target::Loop(label) => {
                    // Without a label only the innermost is meant.
                    let label = match (label, at) {
                        (_, 0) => String::new(),
                        (Some(label), _) => format!(" {label}"),
                        (None, _) => continue,
                    };
                    legal.push(format!("break{label}"));
                    legal.extend([format!("continue{label}"), format!("continue{label}")]);
                }
                Target::Block(label) => legal.push(format!("break {label}")),
                Target::Iteration => {
                    if at == 0 {
                        legal.push("continue".to_owned());
                    }
                    confined = true;
                    break;
                }
            }
        }
        if !confined && self.chance(10) {
            legal.push(match self.style {
                Style::Calls => "return r".to_owned(),
                _ => "return".to_owned(),
            });
        }
        (!legal.is_empty()).then(|| self.choose(&legal))
    }

    pub(crate) fn leave(&mut self) {
        match self.jump() {
            Some(jump) if self.chance(30) => self.let_else(&jump),
            Some(jump) => self.push(&format!("if flip() {{ {jump}; }}\n")),
            None => self.task(),
        }
    }

    fn let_else(&mut self, jump: &str) {
        let name = self.name("h");
        self.push(&format!("let Some({name}) = maybe() else {{\n"));
        if self.chance(50) {
            self.task();
        }
        self.push(&format!("{jump};\n}};\n"));
        self.vars.push((name, 2));
    }
}
