//! Collects what the stages found out.

use super::outcome::Outcomes;
use super::{
    Access, Around, End, Entry, Explanation, Holds, Iterations, Kept, KeyPart, Level, Life, Loop,
    Message, Mode, Offset, Only, Pair, Position, Reason, Region, Scope, Storage, Task, TaskKind,
    Tracking, Use, Variable, Verdict, Waits,
};
use crate::analysis::{
    self, Analysis, Comparison, Cover, Ground, Remembered, TableEdge, VariableKind, comparisons,
};
use crate::diag::{self, Diagnostic};
use crate::expand::Compiled;
use crate::model::{self, Interval, Poly, Program, RootKind, SiteKind};
use crate::syntax::ast::{LoopId, ScopeMode, SiteId};
use crate::syntax::spelling;
use proc_macro2::Span;

/// Explains a compiled orchestration, which is in `file`.
pub fn explain(compiled: &Compiled, file: &str) -> Explanation {
    let Compiled {
        source,
        program,
        analysis,
        errors,
        warnings,
    } = compiled;
    let mut explanation = facts(program, analysis);
    explanation.name = source.ident.to_string();
    explanation.file = file.to_owned();
    explanation.at = start(source.ident.span());
    let found = errors.sorted().into_iter().chain(warnings.sorted());
    explanation.diagnostics = found.map(message).collect();
    explanation
}

/// All of it that is neither in the function's signature nor a diagnostic.
pub(crate) fn facts(program: &Program, analysis: &Analysis) -> Explanation {
    let outcomes = Outcomes::new(program, analysis);
    let pairs = comparisons(program)
        .into_iter()
        .map(|comparison| pair(program, &outcomes, &comparison));
    Explanation {
        loops: program
            .loops
            .iter()
            .map(|info| looped(program, info))
            .collect(),
        scopes: program.scopes.iter().map(scope).collect(),
        storages: (0..program.roots.len())
            .map(|root| storage(program, analysis, root))
            .collect(),
        tasks: program
            .sites
            .iter()
            .map(|site| task(program, analysis, site))
            .collect(),
        variables: (0..analysis.plan.variables.len())
            .map(|index| variable(analysis, index))
            .collect(),
        pairs: pairs.collect(),
        lives: analysis
            .loans
            .iter()
            .map(|loan| life(program, analysis, loan))
            .collect(),
        ..Explanation::default()
    }
}

fn start(span: Span) -> Position {
    let start = span.start();
    Position {
        line: start.line,
        column: start.column + 1,
    }
}

fn at(place: &diag::Place) -> Position {
    start(place.first)
}

fn looped(program: &Program, info: &model::LoopInfo) -> Loop {
    let symbol = info.var.map(|var| program.symbols.info(var));
    let induction = symbol.and_then(|symbol| symbol.induction.as_ref());
    Loop {
        variable: symbol.map(|symbol| symbol.name.clone()),
        parallel: info.parallel,
        reversed: induction.is_some_and(|induction| induction.reversed),
        at: at(&info.at),
    }
}

fn mode(mode: ScopeMode) -> Mode {
    match mode {
        ScopeMode::Auto => Mode::Auto,
        ScopeMode::Infer => Mode::Inferred,
        ScopeMode::Explicit => Mode::Explicit,
    }
}

fn scope(info: &model::ScopeInfo) -> Scope {
    Scope {
        mode: mode(info.mode),
        at: info.at.as_ref().map(at),
    }
}

fn storage(program: &Program, analysis: &Analysis, root: model::RootId) -> Storage {
    let info = &program.roots[root];
    Storage {
        name: info.name.clone(),
        made_by: match info.kind {
            RootKind::Param => None,
            RootKind::Made { by, .. } => Some(by),
        },
        frozen: analysis.frozen[root],
        exposed: analysis.exposed[root],
    }
}

fn task(program: &Program, analysis: &Analysis, site: &model::Site) -> Task {
    let wiring = &analysis.plan.sites[site.id];
    let accesses = site.accesses.iter();
    let blocks = site.options.blocks.as_ref();
    Task {
        kind: match site.kind {
            SiteKind::Task => TaskKind::Task,
            SiteKind::Alloc => TaskKind::Alloc,
            SiteKind::Call => TaskKind::Call,
            SiteKind::Host => TaskKind::Host,
        },
        name: site.name.clone(),
        kernels: match site.kind {
            SiteKind::Task if site.callees.len() > 1 => site.callees.iter().map(spelling).collect(),
            _ => Vec::new(),
        },
        blocks: blocks.map(|blocks| spelling(&blocks.source)),
        sync_start: site.options.sync_start.is_some(),
        at: at(&site.at),
        copy: copy(program, site),
        never: site.never,
        inside: around(program, site),
        mode: mode(program.mode(site.id)),
        accesses: accesses
            .map(|found| access(program, analysis, site, found))
            .collect(),
        waits: Waits {
            proven: wiring.proven.clone(),
            tables: wiring.tables.iter().map(entry).collect(),
            owners: wiring.owners.iter().copied().collect(),
            explicit: wiring.explicit.clone(),
            keep: wiring.keep.clone(),
        },
    }
}

/// Copies of an unrolled body stand at the same place.
fn copy(program: &Program, site: &model::Site) -> Option<[usize; 2]> {
    let twins = program
        .sites
        .iter()
        .filter(|other| at(&other.at) == at(&site.at));
    let twins: Vec<SiteId> = twins.map(|twin| twin.id).collect();
    let number = twins.iter().position(|twin| *twin == site.id)?;
    (twins.len() > 1).then_some([number + 1, twins.len()])
}

/// Loops and scopes around a site, outermost first. A scope is inside of as many
/// loops as its depth says.
fn around(program: &Program, site: &model::Site) -> Vec<Around> {
    let mut scopes = site.scopes.iter().peekable();
    let mut inside = Vec::new();
    for (depth, id) in site.loops().enumerate() {
        while let Some(scope) = scopes.next_if(|scope| program.scopes[**scope].depth <= depth) {
            inside.push(Around::Scope(*scope));
        }
        inside.push(Around::Loop(id));
    }
    inside.extend(scopes.map(|scope| Around::Scope(*scope)));
    inside
}

fn access(
    program: &Program,
    analysis: &Analysis,
    site: &model::Site,
    access: &model::Access,
) -> Access {
    let used = match (access.creates, access.writes) {
        (true, _) => Use::Makes,
        (false, true) => Use::Writes,
        (false, false) => Use::Reads,
    };
    let tracking = match used {
        _ if program.mode(site.id).is_manual() => None,
        Use::Makes => None,
        Use::Reads | Use::Writes => {
            let left = analysis.tracking_of(program, site.id, access.arg);
            Some(Tracking {
                looks_up: left.lookup,
                registers: left.register,
            })
        }
    };
    Access {
        used,
        argument: access.arg,
        tensor: access.tensor.clone(),
        regions: access.places.iter().map(|p| region(program, p)).collect(),
        tracking,
    }
}

fn region(program: &Program, place: &model::Place) -> Region {
    Region {
        storage: place.root,
        ranges: place.region.show(&program.symbols),
        earlier: place.aged.iter().copied().collect(),
    }
}

/// The entry of a table that an edge is read from.
pub(super) fn entry(edge: &TableEdge) -> Entry {
    let part = |(of, plus): &(Option<LoopId>, i64)| Offset {
        of: *of,
        plus: *plus,
    };
    let only = |only: &analysis::Only| Only {
        of: only.of,
        values: only.values.iter().copied().collect(),
    };
    Entry {
        variable: edge.variable,
        at: edge.at.iter().map(part).collect(),
        only: edge.only.iter().map(only).collect(),
    }
}

fn variable(analysis: &Analysis, index: usize) -> Variable {
    let variable = &analysis.plan.variables[index];
    let (prefix, holds) = match &variable.kind {
        VariableKind::First => ("first", Holds::First),
        VariableKind::Latest => ("latest", Holds::Latest),
        VariableKind::All { .. } => ("all", Holds::All),
        VariableKind::Table { .. } => ("table", Holds::Table),
    };
    let key = match &variable.kind {
        VariableKind::Table { key, .. } => key.as_slice(),
        VariableKind::First | VariableKind::Latest | VariableKind::All { .. } => &[],
    };
    let fence = match variable.kind {
        VariableKind::All { fence } => fence,
        VariableKind::First | VariableKind::Latest | VariableKind::Table { .. } => None,
    };
    Variable {
        name: format!("{prefix}_{index}"),
        holds,
        members: variable.members.clone(),
        home: variable.home,
        key: key
            .iter()
            .map(|slot| KeyPart {
                of: slot.of,
                remembered: match slot.remembered {
                    Remembered::Last(values) => Some(values),
                    Remembered::All | Remembered::Only(_) => None,
                },
                only: match &slot.remembered {
                    Remembered::Only(values) => values.iter().copied().collect(),
                    Remembered::All | Remembered::Last(_) => Vec::new(),
                },
            })
            .collect(),
        fence,
    }
}

fn pair(program: &Program, outcomes: &Outcomes<'_>, comparison: &Comparison<'_>) -> Pair {
    let common = program.common_loops(comparison.from, comparison.to);
    let end = |(access, place): (usize, &model::Place)| End {
        access,
        region: region(program, place),
    };
    Pair {
        from: comparison.from,
        to: comparison.to,
        hazard: match comparison.hazard {
            analysis::Hazard::Raw => "RAW",
            analysis::Hazard::War => "WAR",
            analysis::Hazard::Waw => "WAW",
        },
        iterations: match comparison.level {
            analysis::Level::Same => Iterations::Same,
            analysis::Level::Carried(index) => Iterations::Earlier(common[index]),
        },
        early: end(comparison.early),
        late: end(comparison.late),
        verdict: match comparison.verdict() {
            analysis::Verdict::Disjoint => Verdict::Apart,
            analysis::Verdict::Undecided => Verdict::Undecided,
            analysis::Verdict::Overlap => Verdict::Overlapping,
        },
        reason: reason(program, comparison),
        outcome: outcomes.of(comparison),
    }
}

fn reason(program: &Program, comparison: &Comparison<'_>) -> Reason {
    let (early, late) = (&comparison.early.1.region, &comparison.late.1.region);
    let regions = match comparison.ground {
        Ground::Alternatives => return Reason::Alternatives,
        Ground::Asserted => return Reason::Asserted,
        Ground::SeveralPlaces => return Reason::SeveralPlaces,
        Ground::Regions(reason) => reason,
    };
    match regions {
        analysis::Reason::OtherStorage => Reason::OtherStorage,
        analysis::Reason::OtherElement => Reason::OtherElement,
        analysis::Reason::EndsBefore(at) => Reason::EndsBefore {
            layer: at.layer,
            dimension: at.dim,
            end: bound(program, interval(early, at, at.early), last),
            begin: bound(program, interval(late, at, at.late), first),
        },
        analysis::Reason::BeginsAfter(at) => Reason::BeginsAfter {
            layer: at.layer,
            dimension: at.dim,
            end: bound(program, interval(late, at, at.late), last),
            begin: bound(program, interval(early, at, at.early), first),
        },
        analysis::Reason::Empty(dimension) => Reason::Empty { dimension },
        analysis::Reason::EarlierStorage => Reason::EarlierStorage,
        analysis::Reason::UnknownElement => Reason::UnknownElement,
        analysis::Reason::UnknownRegion => Reason::UnknownRegion,
        analysis::Reason::Unordered(dimension) => Reason::Unordered { dimension },
        analysis::Reason::OtherShape => Reason::OtherShape,
        analysis::Reason::Shared => Reason::Shared,
    }
}

fn first(interval: &Interval) -> Option<&Poly> {
    match interval {
        Interval::Range(low, _) | Interval::From(low) => Some(low),
        Interval::Full | Interval::Unknown => None,
    }
}

fn last(interval: &Interval) -> Option<&Poly> {
    match interval {
        Interval::Range(_, high) => Some(high),
        Interval::From(_) | Interval::Full | Interval::Unknown => None,
    }
}

/// One of the intervals that a region lies within.
fn interval(region: &model::Region, at: analysis::Bounds, which: usize) -> Option<&Interval> {
    region
        .layers()
        .get(at.layer)?
        .span_of(at.dim)?
        .within()
        .get(which)
}

/// One bound of an interval, with the user's names.
fn bound(
    program: &Program,
    interval: Option<&Interval>,
    which: fn(&Interval) -> Option<&Poly>,
) -> String {
    let bound = interval.and_then(which);
    bound.map_or_else(String::new, |bound| bound.show(&program.symbols))
}

fn life(program: &Program, analysis: &Analysis, loan: &analysis::Loan) -> Life {
    let plan = &analysis.plan;
    let keep = plan.sites[loan.user].keep.iter().copied();
    // What is kept is the oldest of the owner's scope.
    let scope = &program.sites[loan.owner].scopes;
    let own: Vec<usize> = keep
        .filter(|variable| {
            let members = &plan.variables[*variable].members;
            members
                .iter()
                .any(|member| program.sites[*member].scopes == *scope)
        })
        .collect();
    Life {
        owner: loan.owner,
        user: loan.user,
        tensor: program.sites[loan.user].accesses[loan.access]
            .tensor
            .clone(),
        kept: match loan.covered {
            Some(Cover::Edge) => Kept::Edge,
            Some(Cover::Handle) => Kept::Handle,
            Some(Cover::Older { owner, user }) => Kept::Older { owner, user },
            None if program.mode(loan.user) == ScopeMode::Explicit => Kept::Nothing,
            None => Kept::Own { variables: own },
        },
    }
}

fn message(diagnostic: &Diagnostic) -> Message {
    Message {
        code: diagnostic.code.to_string(),
        level: match diagnostic.code.level() {
            diag::Level::Error => Level::Error,
            diag::Level::Warning => Level::Warning,
        },
        at: at(&diagnostic.place),
        title: diagnostic.title.clone(),
        other: diagnostic
            .related
            .as_ref()
            .map(|related| (related.name.clone(), at(&related.place))),
        notes: diagnostic.notes.clone(),
        help: diagnostic.help.clone(),
    }
}
