//! Scopes that are certain to hold more tasks than their ring has slots.

use super::tally::{Passed, Tally, tally};
use crate::diag::{Code, Diagnostic, Diagnostics, Place, Related};
use crate::model::Program;
use crate::syntax::ast::{Orchestration, ScopeId, ScopeMode, Windows};
use crate::syntax::{LARGEST_WINDOW, scopes};

/// Scopes that could never submit all of their tasks. Only where the orchestration states its windows.
pub(super) fn overfull_scopes(source: &Orchestration, program: &Program, errors: &mut Diagnostics) {
    let Some(windows) = source.windows else {
        return;
    };
    let mut reported: Vec<ScopeId> = Vec::new();
    let mut places = Vec::new();
    // The inner ones first: what they submit counts for those around them as well.
    let inner = scopes(&source.body).into_iter();
    let inner = inner.map(|scope| (scope.id, &scope.body)).rev();
    for (id, body) in inner.chain([(0, &source.body)]) {
        let scope = Held {
            source,
            program,
            windows,
            id,
        };
        let tally = tally(program, body, scope.room(), scope.is_shared());
        let Some(passed) = tally.passed else {
            continue;
        };
        let follows = |inner: &ScopeId| program.scopes[*inner].path.contains(&id);
        let place = scope.place().first.start();
        if (scope.is_shared() && reported.iter().any(follows))
            // Copies of an unrolled body repeat the mistake.
            || places.contains(&(place.line, place.column))
        {
            continue;
        }
        reported.push(id);
        places.push((place.line, place.column));
        errors.push(scope.diagnostic(tally, passed));
    }
}

/// A scope and the ring that holds its tasks.
struct Held<'a> {
    source: &'a Orchestration,
    program: &'a Program,
    windows: Windows,
    id: ScopeId,
}

impl Held<'_> {
    /// The rings are those of depths 0, 1, 2, and 3 or more.
    fn ring(&self) -> usize {
        let depth = self.program.scopes[self.id].path.len();
        depth.min(self.windows.len() - 1)
    }

    /// Whether scopes inside this one use the same ring.
    fn is_shared(&self) -> bool {
        self.ring() + 1 == self.windows.len()
    }

    /// A ring keeps one of its slots free.
    fn room(&self) -> u64 {
        self.windows[self.ring()] as u64 - 1
    }

    fn place(&self) -> Place {
        let place = self.program.scopes[self.id].at;
        place.unwrap_or_else(|| Place::at(self.source.ident.span()))
    }

    fn diagnostic(&self, tally: Tally, passed: Passed) -> Diagnostic {
        let (ring, held, room) = (self.ring(), tally.held, self.room());
        let name = match (self.program.scopes[self.id].at, self.mode()) {
            (None, _) => self.source.ident.to_string(),
            (_, ScopeMode::Auto) => "scope".to_owned(),
            _ => "manual_scope".to_owned(),
        };
        let (at, label, cure) = match passed {
            Passed::Task(at) => {
                let label = format!("this is task {} of the scope", room + 1);
                (
                    at,
                    label,
                    "divide the tasks among scopes of their own".to_owned(),
                )
            }
            Passed::Loop {
                at,
                iterations,
                each,
            } => {
                let tasks = if each == 1 { "task" } else { "tasks" };
                let label = format!("{iterations} iterations submit {each} {tasks} each");
                (at, label, self.cure_of_loop())
            }
        };
        let title =
            format!("`{name}` holds at least {held} tasks, and its ring has room for {room}");
        let slots = self.windows[ring];
        let mut error = Diagnostic::new(Code::OverLimit, at, title)
            .label(label)
            .related(Related {
                place: self.place(),
                name: name.clone(),
                lacks: format!("room_for_{held}_tasks"),
                over: name,
            })
            .note(format!(
                "a scope holds its tasks until it closes; of {slots} slots a ring uses {room} at a time"
            ))
            .help(cure);
        let larger = held.saturating_add(1).checked_next_power_of_two();
        if let Some(larger) = larger.filter(|larger| *larger <= LARGEST_WINDOW as u64) {
            error = error.help(self.raise(larger as usize));
        }
        error
    }

    fn mode(&self) -> ScopeMode {
        self.program.scopes[self.id].mode
    }

    fn cure_of_loop(&self) -> String {
        let scope = match self.mode() {
            ScopeMode::Auto => "scope!({ .. })",
            _ => "manual_scope!({ .. })",
        };
        if self.is_shared() {
            // A scope inside would use the same ring.
            format!("write the `{scope}` inside the loop, not around it")
        } else {
            format!("make the body of the loop a scope: `{scope}`")
        }
    }

    /// The option with a larger window.
    fn raise(&self, larger: usize) -> String {
        let same = self.windows.iter().all(|slots| *slots == self.windows[0]);
        if same {
            return format!(
                "or state `#[orchestration(window = {larger})]`, and build the runtime with `.window({larger})`"
            );
        }
        let mut windows = self.windows;
        windows[self.ring()] = larger;
        format!(
            "or state `#[orchestration(windows = {windows:?})]`, and build the runtime with `.windows({windows:?})`"
        )
    }
}
