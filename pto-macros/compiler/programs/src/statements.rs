//! Blocks of statements.

use crate::jumps::Target;
use crate::{At, Generator, Style};

impl Generator {
    pub(crate) fn block(&mut self, size: usize, at: At) {
        let (tensors, vars) = (self.tensors.len(), self.vars.len());
        let (collections, elements) = (self.collections.len(), self.elements.len());
        let mut left = size;
        while left > 0 {
            let inner = (left - 1).min(1 + self.below(5));
            let spent = if at.depth < 5 && inner > 0 && self.chance(45) {
                self.nested(inner, at);
                inner
            } else if self.style == Style::Calls && !at.manual && self.chance(30) {
                self.call();
                0
            } else {
                self.simple();
                0
            };
            left = left.saturating_sub(1 + spent);
        }
        self.tensors.truncate(tensors);
        self.vars.truncate(vars);
        self.collections.truncate(collections);
        self.elements.truncate(elements);
    }

    /// A statement with a block of `inner` statements.
    fn nested(&mut self, inner: usize, at: At) {
        if self.style == Style::Flat {
            return match self.targets.is_empty() {
                true => self.counted(inner, at),
                false => self.scope(inner, at),
            };
        }
        if self.style == Style::Exact {
            return match self.below(8) {
                0 => self.scope(inner, at),
                1 => self.parallel(inner, at),
                _ => self.counted(inner, at),
            };
        }
        if self.collecting && self.chance(30) {
            return self.change(inner.min(3), at);
        }
        match self.below(16) {
            0 | 1 => self.branch(inner, at),
            2 => self.matched(inner, at),
            3 | 4 => self.scope(inner, at),
            5 => self.labelled(inner, at),
            6 => self.conditional(inner, at),
            7 => self.endless(inner, at),
            8 | 9 => self.parallel(inner, at),
            _ => self.counted(inner, at),
        }
    }

    fn simple(&mut self) {
        if !self.is_free() {
            return match self.below(8) {
                0 => self.fresh(),
                _ => self.task(),
            };
        }
        if self.collecting && self.chance(12) {
            return self.collect();
        }
        match self.below(18) {
            0 | 1 => self.fresh(),
            2 => self.reassign(),
            3 => self.host(),
            4 | 5 => self.leave(),
            6 => self.get(),
            7 => self.set(),
            8 => self.barrier(),
            9..12 => self.team(),
            _ => self.task(),
        }
    }

    fn scope(&mut self, size: usize, at: At) {
        let manual = at.manual || self.chance(60);
        match manual {
            true => self.manual(),
            false => self.push("scope!({\n"),
        }
        self.scopes += 1;
        let outer = std::mem::replace(&mut self.outer, self.tensors.len());
        self.block(
            size,
            At {
                manual,
                ..at.inside()
            },
        );
        self.scopes -= 1;
        self.outer = outer;
        self.push("});\n");
    }

    fn labelled(&mut self, size: usize, at: At) {
        let label = self.name("'b");
        self.push(&format!("{label}: {{\n"));
        self.targets.push(Target::Block(label));
        self.block(size + 1, at.inside());
        self.targets.pop();
        self.push("}\n");
    }
}
