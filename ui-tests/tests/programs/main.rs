//! Random programs give the same results on any number of workers as when they
//! run one task after the other.

mod flips;
mod kernels;
mod orchestrated;
mod sequential;

use pto_programs::{TILE, TRIPS};
use pto_runtime::prelude::*;
use pto_runtime::{Error, ErrorKind};

const ELEMENTS: usize = 64;

/// The parameters' contents.
#[derive(Clone, Debug, PartialEq)]
struct Data([Vec<u64>; 3]);

impl Data {
    fn new() -> Self {
        Self([1, 2, 3].map(|seed| (0..64).map(|at| seed * 1000 + at).collect()))
    }
}

/// One program, in both forms.
struct Entry {
    seed: u64,
    orchestrated: fn(&mut Runtime, &mut [Tensor<u64>; 3]) -> Result<(), Error>,
    sequential: fn([sequential::Handle; 3], usize, usize),
}

macro_rules! entry {
    ($seed:literal, $name:ident) => {
        Entry {
            seed: $seed,
            orchestrated: |runtime, [x, y, z]| {
                let program = orchestrated::$name(&*x, y, z, tile(), trips());
                runtime.run(program).map(|_| ())
            },
            sequential: |[x, y, z], t, n| sequential::$name(x, y, z, t, n),
        }
    };
}

fn entries() -> Vec<Entry> {
    Vec::from(include!(concat!(env!("OUT_DIR"), "/table.rs")))
}

fn tile() -> usize {
    usize::try_from(TILE).expect("small")
}

fn trips() -> usize {
    usize::try_from(TRIPS).expect("small")
}

/// What a program does one task after the other; `None` if a task's arguments alias.
fn expected(entry: &Entry, flips: u64) -> Option<Data> {
    flips::set(flips);
    let data = Data::new();
    let handles = data.0.map(sequential::Handle::new);
    sequential::begin();
    (entry.sequential)(handles.clone(), tile(), trips());
    (!sequential::is_faulty()).then(|| Data(handles.map(|handle| handle.contents())))
}

/// What it does on a runtime.
fn actual(runtime: &mut Runtime, entry: &Entry, flips: u64) -> Result<Data, Error> {
    flips::set(flips);
    let mut tensors = Data::new().0.map(|data| {
        Tensor::from_vec([ELEMENTS], data).expect("as many elements as the shape says")
    });
    (entry.orchestrated)(runtime, &mut tensors)?;
    Ok(Data(tensors.map(Tensor::into_vec)))
}

/// Runs all programs on one runtime; returns how many had room.
fn compare(mut runtime: Runtime, what: &str) -> usize {
    let mut ran = 0;
    for entry in entries() {
        for flips in 0..3 {
            let expected = expected(&entry, flips);
            let context = format!("program {}, flips {flips}, {what}", entry.seed);
            match (expected, actual(&mut runtime, &entry, flips)) {
                (Some(expected), Ok(actual)) => {
                    assert_eq!(actual, expected, "{context}");
                    ran += 1;
                }
                (Some(_), Err(error)) => {
                    let no_room = [
                        ErrorKind::ScopeDeadlock,
                        ErrorKind::SlotDeadlock,
                        ErrorKind::HeapDeadlock,
                        ErrorKind::DepPoolOverflow,
                        ErrorKind::ArgumentDeadlock,
                        ErrorKind::SyncStartTooWide,
                    ];
                    assert!(no_room.contains(&error.kind()), "{context}: {error}");
                }
                (None, actual) => assert!(actual.is_err(), "{context}: aliased arguments pass"),
            }
        }
    }
    ran
}

#[test]
fn results_do_not_depend_on_the_number_of_workers() {
    // What the submitting thread runs at once no other thread hears of.
    for (workers, at_once) in [(1, true), (2, true), (2, false), (3, false), (4, false)] {
        let builder = Runtime::builder().workers(workers).run_at_once(at_once);
        let ran = compare(
            builder.build().expect("there are threads"),
            &format!("{workers} workers, at once: {at_once}"),
        );
        assert!(ran > 2 * entries().len(), "only {ran} ran");
    }
}

#[test]
fn results_do_not_depend_on_the_size_of_rings() {
    for (workers, window) in [(1, 16), (3, 16), (2, 64)] {
        let builder = Runtime::builder()
            .workers(workers)
            .window(window)
            .heap(16 << 10)
            .run_at_once(workers < 3);
        let runtime = builder.build().expect("there are threads");
        let ran = compare(runtime, &format!("{workers} workers, window {window}"));
        assert!(ran > entries().len() / 2, "only {ran} ran");
    }
}

/// Whatever the compiler leaves out, the oracle of a verified run misses nothing.
#[test]
fn verified_runs_find_no_race() {
    for (workers, window) in [(1, 16), (2, 16384)] {
        let builder = Runtime::builder().workers(workers).window(window);
        let runtime = builder.verify(true).build().expect("there are threads");
        let ran = compare(runtime, &format!("verified, window {window}"));
        assert!(ran > entries().len() / 2, "only {ran} ran");
    }
}
