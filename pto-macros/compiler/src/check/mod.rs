//! Stage five: one function a rule. Each finds all of its mistakes.

mod assertions;
mod calls;
mod cure;
mod edges;
mod effect;
mod limits;
mod names;
mod parallel;
mod scopes;
mod storage;
mod superfluous;
mod tally;
mod unwritten;
mod window;

use crate::analysis::Analysis;
use crate::diag::Diagnostics;
use crate::model::Program;
use crate::syntax::ast::Orchestration;

/// Checks everything.
pub(crate) fn check(
    source: &Orchestration,
    program: &Program,
    analysis: &Analysis,
    errors: &mut Diagnostics,
) {
    scopes::auto_inside_manual(program, errors);
    calls::calls_inside_manual(program, errors);
    calls::returned_tensors(program, errors);
    limits::over_limits(program, errors);
    window::overfull_scopes(source, program, errors);
    names::unknown_tasks(program, errors);
    assertions::pointless(program, errors);
    storage::unsettled_loops(program, errors);
    storage::unknown_storage(program, errors);
    storage::outlives_scope(program, errors);
    storage::aliased_arguments(program, errors);
    parallel::dependent_iterations(program, analysis, errors);
    edges::missing_edges(program, analysis, errors);
    edges::short_lives(program, analysis, errors);
}

/// Warns of what has no effect, as the text shows.
pub(crate) fn warn_of_source(source: &Orchestration, warnings: &mut Diagnostics) {
    effect::without_effect(&source.body, warnings);
}

/// Warns of what is surely not meant in a program without mistakes.
pub(crate) fn warn_of_program(program: &Program, analysis: &Analysis, warnings: &mut Diagnostics) {
    superfluous::edges(program, analysis, warnings);
    assertions::idle(program, warnings);
    unwritten::reads(program, warnings);
}
