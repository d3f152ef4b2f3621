use std::time::Duration;

use super::*;
use crate::args::{ReadArg, UpdateArg, read, write};
use crate::backend::Mode;
use crate::call::Call;
use crate::call::sealed::Request as _;
use crate::error::ErrorKind;
use crate::handle::TensorMut;
use crate::kernel::{Core, Param};
use crate::native::lane::tests::{handle, orchestrator_of, try_lane};

/// Its result depends on the order of the tasks.
static STEP: Kernel = Kernel {
    name: "step",
    core: Core::Aiv,
    params: &[
        Param::read::<u64>("x"),
        Param::update::<u64>("y"),
        Param::scalar::<u64>("salt"),
    ],
    run: |args| {
        let (x, mut y) = (args.read::<u64>(), args.update::<u64>());
        let salt = args.scalar::<u64>();
        assert_ne!(salt, 99, "it fails");
        y.set(0, step(x.get(0), y.get(0), salt));
    },
    file: file!(),
    line: line!(),
    check: None,
};

const SITE: Site = Site::here("task");
const CELLS: usize = 4096;

fn step(x: u64, y: u64, salt: u64) -> u64 {
    y.wrapping_mul(31).wrapping_add(x.wrapping_mul(7)) ^ salt
}

/// An orchestration of which one other thread could run tasks, but does not: this thread runs what is in strands when it is
/// told to.
struct Fixture {
    orchestrator: Orchestrator,
    scope: ScopeId,
    data: Vec<u64>,
    /// What the data are to be in the end.
    expected: Vec<u64>,
    tasks: u64,
}

impl Fixture {
    /// Its kernel takes as long as to be for strands.
    fn new() -> Self {
        Fixture::of(LEAST + 20)
    }

    /// Its kernel takes so many nanoseconds.
    fn of(nanos: u32) -> Self {
        let mut orchestrator = orchestrator_of(2, 1 << 12);
        let took = Duration::from_nanos(u64::from(nanos));
        orchestrator.shared.paces.learn(&STEP, By::Submitter, took);
        let root = orchestrator.begin(Site::here("root"), false);
        let scope = orchestrator.open(root, Mode::Auto, SITE).unwrap();
        let data: Vec<u64> = (0..CELLS as u64).collect();
        Fixture {
            orchestrator,
            scope,
            expected: data.clone(),
            data,
            tasks: 0,
        }
    }

    /// Launches a task on two cells as the backend does.
    fn task(&mut self, from: usize, to: usize, salt: u64, deps: &Deps<'_>) -> TaskId {
        self.expected[to] = step(self.expected[from], self.expected[to], salt);
        self.tasks += 1;
        let Self {
            orchestrator,
            scope,
            data,
            ..
        } = self;
        let mut all: TensorMut<'_, u64> = handle(data);
        let x = ReadArg::into_arg(read(&all.view(from..from + 1).unwrap()));
        let y = UpdateArg::into_arg(write(&mut all.view_mut(to..to + 1).unwrap()));
        // SAFETY: the kernel takes two such tensors and a number.
        let mut call = unsafe { Call::<2, 1>::fitting(&STEP, [x, y], [salt]) };
        if let Some(id) = try_lane(orchestrator, *scope, &mut call, Some(deps)) {
            return id;
        }
        orchestrator.settle();
        if orchestrator.strands.are_pending() {
            orchestrator.drain_strands();
        }
        match orchestrator.launch_plain(*scope, &mut call, SITE, deps) {
            Some(id) => id,
            None => {
                let request = call.request(SITE, *deps);
                orchestrator.launch(*scope, request).unwrap()
            }
        }
    }

    /// Fills the strand, so that what does not conflict with it is run at once. Returns the first cell that it does not touch.
    fn fill(&mut self) -> usize {
        for cell in 0..CELLS / 4 {
            self.task(2 * cell, 2 * cell + 1, 1, &Deps::NONE);
            if self.data[2 * cell + 1] == self.expected[2 * cell + 1] {
                return 2 * cell + 2;
            }
        }
        panic!("a strand takes all tasks");
    }

    fn finish(mut self) {
        self.orchestrator.settle();
        self.orchestrator.drain();
        assert_eq!(self.data, self.expected);
        let report = self.orchestrator.report();
        assert_eq!((report.tasks, report.inserts), (self.tasks, 0));
    }
}

#[test]
fn stretches_go_to_a_strand_until_it_has_enough() {
    let mut fixture = Fixture::new();
    fixture.task(0, 1, 1, &Deps::NONE);
    assert_eq!(fixture.data[1], 1, "nobody has run it");
    assert!(fixture.orchestrator.strands.are_pending());
    let next = fixture.fill();
    assert!(next > 2 * STRETCH as usize);
    // What it had was run when it is empty.
    fixture.orchestrator.drain_strands();
    assert!(!fixture.orchestrator.strands.are_pending());
    assert_eq!(fixture.data, fixture.expected);
    fixture.finish();
}

/// The longer kernels take the less a strand has to do before the rest is run here, and long ones go to none.
#[test]
fn stretches_of_longer_kernels_are_shorter() {
    let short = Fixture::new().fill();
    let long = Fixture::of(LONG - 1).fill();
    assert!(4 * long < short, "{long} and {short}");
    assert!(long > 2 * SHORTEST as usize, "{long}");
    let mut fixture = Fixture::of(LONG);
    fixture.task(0, 1, 1, &Deps::NONE);
    assert!(!fixture.orchestrator.strands.are_pending());
    fixture.orchestrator.settle();
    fixture.orchestrator.drain();
    assert_eq!(fixture.data, fixture.expected);
    assert_eq!(
        [0, 1, 1000, u32::MAX].map(stretch),
        [STRETCH, STRETCH, 25, SHORTEST]
    );
}

#[test]
fn what_conflicts_goes_behind_what_it_conflicts_with() {
    let mut fixture = Fixture::new();
    let free = fixture.fill();
    // RAW, WAR and WAW: all of them go to the strand, and nothing has happened.
    for (from, to) in [(1, free), (free + 2, 0), (free + 2, 3)] {
        let before = fixture.data[to];
        fixture.task(from, to, 5, &Deps::NONE);
        assert_eq!(fixture.data[to], before, "{from} -> {to}");
    }
    // Two that read the same do not conflict.
    fixture.task(free + 2, free + 4, 6, &Deps::NONE);
    assert_eq!(fixture.data[free + 4], fixture.expected[free + 4]);
    fixture.finish();
}

/// A hull of all that is touched is known, and no more.
#[test]
fn what_lies_between_goes_to_the_strand_too() {
    let mut fixture = Fixture::new();
    let free = fixture.fill();
    fixture.task(free + 100, 1, 5, &Deps::NONE);
    fixture.task(1, free + 200, 5, &Deps::NONE);
    let before = fixture.data[free + 150];
    fixture.task(free + 300, free + 150, 5, &Deps::NONE);
    assert_eq!(fixture.data[free + 150], before);
    fixture.finish();
}

#[test]
fn who_names_a_task_waits_for_strands() {
    let mut fixture = Fixture::new();
    let id = fixture.task(0, 1, 1, &Deps::NONE);
    assert!(id.is_over(), "as far as anybody can see");
    assert!(
        !fixture.orchestrator.is_retired(id),
        "or sets would forget it"
    );
    let deps = Deps {
        proven: &[id],
        ..Deps::NONE
    };
    fixture.task(2, 3, 1, &deps);
    assert!(!fixture.orchestrator.strands.are_pending());
    assert_eq!(fixture.data, fixture.expected);
    fixture.finish();
}

/// What is launched in a MANUAL scope is ordered by whoever launches it: by scopes that are closed, for example.
#[test]
fn tasks_of_manual_scopes_wait_for_strands() {
    let mut fixture = Fixture::new();
    fixture.task(0, 1, 1, &Deps::NONE);
    let outer = fixture.scope;
    fixture.scope = fixture
        .orchestrator
        .open(outer, Mode::Manual, SITE)
        .unwrap();
    assert!(
        fixture.orchestrator.strands.are_pending(),
        "it is only a scope"
    );
    fixture.task(1, 2, 1, &Deps::NONE);
    assert!(!fixture.orchestrator.strands.are_pending());
    fixture.finish();
}

/// A scope that begins while no strand has little to do opens a lane that is for none. Its tasks are compared with what is in strands
/// all the same, so that nobody waits.
#[test]
fn strands_that_are_full_are_not_forgotten() {
    let mut fixture = Fixture::new();
    let free = fixture.fill();
    assert!(fixture.orchestrator.strands.rest > 0);
    let outer = fixture.scope;
    fixture.scope = fixture.orchestrator.open(outer, Mode::Auto, SITE).unwrap();
    fixture.task(free, free + 1, 2, &Deps::NONE);
    assert!(fixture.orchestrator.strands.are_pending());
    fixture.finish();
}

#[test]
fn strands_go_on_from_scope_to_scope() {
    let mut fixture = Fixture::new();
    let outer = fixture.scope;
    for round in 0..10 {
        fixture.scope = fixture.orchestrator.open(outer, Mode::Auto, SITE).unwrap();
        for cell in 0..10 {
            fixture.task(20 * round + cell, 20 * round + cell + 10, 3, &Deps::NONE);
        }
        fixture.orchestrator.settle();
        assert_eq!(fixture.orchestrator.scopes.top().0, 10);
        fixture.orchestrator.close(fixture.scope);
    }
    assert!(fixture.orchestrator.strands.are_pending());
    assert_eq!(fixture.data[11], 11, "nobody has run it");
    fixture.finish();
}

/// A chain has nothing for two threads.
#[test]
fn strands_are_left_alone_where_too_much_conflicts() {
    let mut fixture = Fixture::new();
    let mut in_strands = 0;
    for salt in 0..2000 {
        fixture.task(0, 1, salt % 90, &Deps::NONE);
        in_strands += u32::from(fixture.orchestrator.strands.are_pending());
    }
    assert!(in_strands < 2 * (STRETCH + JUDGED), "{in_strands}");
    assert!(fixture.orchestrator.strands.rest > 100);
    fixture.finish();
}

#[test]
fn a_kernel_that_fails_in_a_strand_is_named() {
    let mut fixture = Fixture::new();
    for salt in [1, 99, 2] {
        fixture.task(0, 1, salt, &Deps::NONE);
    }
    fixture.orchestrator.settle();
    fixture.orchestrator.drain();
    let error = fixture.orchestrator.shared.take_failure().unwrap();
    assert_eq!(
        (error.kind(), error.task()),
        (ErrorKind::KernelPanic, Some("task"))
    );
    assert_eq!(
        fixture.data[1],
        step(0, 1, 1),
        "what comes after it is skipped"
    );
}
