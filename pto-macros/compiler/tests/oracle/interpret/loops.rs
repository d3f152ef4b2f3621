//! Loops, plain and unrolled.

use super::control::{NOTHING, Outcome};
use super::run::Iteration;
use super::{Flow, Machine, Value};
use pto_compiler::syntax::ast::{Block, Jump, Loop, LoopHead, LoopId, Unrolled};

impl Machine<'_> {
    pub(super) fn looped(&mut self, looped: &Loop) -> Outcome {
        let own = looped.label.as_ref().map(|label| label.name.to_string());
        self.entered += 1;
        let entered = self.entered;
        let mut values = match &looped.head {
            LoopHead::For { iter, .. } => {
                let values = self.values(&iter.source).into_iter();
                let items = values.map(|value| (value, Value::Int(value)));
                items.collect::<Vec<(i64, Value)>>().into_iter()
            }
            LoopHead::Each { each, .. } => {
                let items = (0..).zip(self.items(each));
                items.collect::<Vec<(i64, Value)>>().into_iter()
            }
            _ => Vec::new().into_iter(),
        };
        let mut flow = Flow::On;
        for number in 0.. {
            let mark = self.names.len();
            let mut value = 0;
            let goes_on = match &looped.head {
                LoopHead::For { pat, .. } | LoopHead::Each { pat, .. } => match values.next() {
                    Some((next, item)) => {
                        value = next;
                        self.matches(pat, item)
                    }
                    None => false,
                },
                LoopHead::While(cond) => self.cond(cond),
                LoopHead::Forever => true,
            };
            if !goes_on {
                break;
            }
            self.enter_iteration(looped.id, entered, number, value);
            flow = self.body(&looped.body, own.as_ref());
            self.around.pop();
            self.names.truncate(mark);
            if let Flow::Jump(..) = flow {
                break;
            }
        }
        left(flow, own.as_ref())
    }

    pub(super) fn unrolled(&mut self, unrolled: &Unrolled) -> Outcome {
        let own = unrolled.label.as_ref().map(|label| label.name.to_string());
        if unrolled.first.is_some() {
            return self.copies(unrolled, own.as_ref());
        }
        self.entered += 1;
        let entered = self.entered;
        let values = self.values(&unrolled.iter.source);
        let factor = unrolled.copies.len();
        let rounds = values.chunks_exact(factor);
        let rest = rounds.remainder();
        let mut flow = Flow::On;
        for (number, round) in rounds.enumerate() {
            self.enter_iteration(unrolled.main, entered, number, round[0]);
            for (value, body) in round.iter().zip(&unrolled.copies) {
                flow = self.copy(&unrolled.var, *value, body, own.as_ref());
                if let Flow::Jump(..) = flow {
                    break;
                }
            }
            self.around.pop();
            if let Flow::Jump(..) = flow {
                return left(flow, own.as_ref());
            }
        }
        let Some(looped) = unrolled.rest.as_ref().filter(|_| !rest.is_empty()) else {
            return NOTHING;
        };
        for (number, value) in rest.iter().enumerate() {
            self.enter_iteration(looped.id, entered, number, *value);
            flow = self.copy(&unrolled.var, *value, &looped.body, own.as_ref());
            self.around.pop();
            if let Flow::Jump(..) = flow {
                break;
            }
        }
        left(flow, own.as_ref())
    }

    /// All copies of an unrolled body, of whose loop nothing else is left.
    fn copies(&mut self, unrolled: &Unrolled, own: Option<&String>) -> Outcome {
        let values = self.values(&unrolled.iter.source);
        assert_eq!(
            values.len(),
            unrolled.copies.len(),
            "each iteration has a copy"
        );
        for (value, body) in values.into_iter().zip(&unrolled.copies) {
            let flow = self.copy(&unrolled.var, value, body, own);
            if let Flow::Jump(..) = flow {
                return left(flow, own);
            }
        }
        NOTHING
    }

    /// One copy of an unrolled body, for one value of the loop's variable.
    fn copy(&mut self, pat: &syn::Pat, value: i64, body: &Block, own: Option<&String>) -> Flow {
        let mark = self.names.len();
        self.matches(pat, Value::Int(value));
        let flow = self.body(body, own);
        self.names.truncate(mark);
        flow
    }

    /// One execution of a body: `On` if the loop goes on.
    fn body(&mut self, body: &Block, own: Option<&String>) -> Flow {
        match self.block(body).0 {
            Flow::Jump(Jump::Continue, to) if means(to.as_ref(), own) => Flow::On,
            flow => flow,
        }
    }

    /// Begins an iteration: the variables at home in it are declared anew.
    fn enter_iteration(&mut self, of: LoopId, entered: usize, number: usize, value: i64) {
        self.around.push(Iteration {
            of,
            entered,
            number,
            value,
        });
        self.wires.enter(of);
    }
}

/// Whether a jump to `to` means the loop called `own` that it stands in.
fn means(to: Option<&String>, own: Option<&String>) -> bool {
    to.is_none() || to == own
}

/// What a loop's end means to what is around it.
fn left(flow: Flow, own: Option<&String>) -> Outcome {
    match flow {
        Flow::Jump(Jump::Break, to) if means(to.as_ref(), own) => NOTHING,
        flow => (flow, Value::None),
    }
}
