use proptest::prelude::*;

use super::*;
use crate::layout::Layout;

fn part(start: u64, shape: &[u32], strides: &[u32]) -> Part {
    Part {
        start,
        layout: Layout::strided(shape, strides).unwrap(),
    }
}

fn flat(start: u64, len: u32) -> Part {
    part(start, &[len], &[1])
}

/// A part of a storage.
struct Spot {
    base: usize,
    owner: TaskId,
    part: Part,
}

impl Target for Spot {
    fn storage(&self) -> (usize, TaskId) {
        (self.base, self.owner)
    }

    fn start(&self) -> u64 {
        self.part.start
    }

    fn is_laid_out(&self, layout: &Layout) -> bool {
        self.part.layout == *layout
    }

    fn part(&self) -> Part {
        self.part
    }
}

/// A map, and the first task that is not over.
#[derive(Default)]
struct Fixture {
    map: TensorMap,
    over: u32,
}

impl Fixture {
    fn target(base: usize, part: Part) -> Spot {
        Spot {
            base,
            owner: TaskId::NONE,
            part,
        }
    }

    /// The tasks that conflict, each once, and are not over.
    fn found(&mut self, base: usize, part: Part, writes: bool) -> Vec<u32> {
        let mut found = Vec::new();
        let target = Self::target(base, part);
        if let Some(at) = self.map.find(&target, 0) {
            self.map
                .conflicts(at, &target, writes, |task| found.push(task.local()));
        }
        found.retain(|task| *task >= self.over);
        found.sort_unstable();
        found.dedup();
        found
    }

    fn insert(&mut self, base: usize, part: Part, task: u32, writes: bool) {
        let target = Self::target(base, part);
        let at = self.map.locate(&target, task as usize);
        self.map.insert(TaskId::new(0, task), &[(at, writes)]);
    }

    /// The tasks before `end` are over.
    fn end(&mut self, end: u32) {
        self.over = end;
        self.map.forget([end, 0, 0, 0]);
    }
}

#[test]
fn readers_concern_writers_only() {
    let mut f = Fixture::default();
    f.insert(64, flat(0, 8), 1, true);
    f.insert(64, flat(0, 8), 2, false);
    f.insert(64, flat(4, 8), 3, false);
    assert_eq!(f.found(64, flat(0, 8), false), [1]);
    assert_eq!(f.found(64, flat(0, 8), true), [1, 2, 3]);
    assert_eq!(f.found(64, flat(8, 4), true), [3]);
    assert_eq!(f.found(128, flat(0, 8), true), []);
}

#[test]
fn all_overlaps_are_found() {
    let mut f = Fixture::default();
    (0..100).for_each(|i| f.insert(64, flat(u64::from(i) * 3, 4), i, true));
    assert_eq!(
        f.found(64, flat(0, 400), false),
        (0..100).collect::<Vec<_>>()
    );
    assert_eq!(f.found(64, flat(30, 1), false), [9, 10]);
}

#[test]
fn a_writer_replaces_what_it_covers() {
    let mut f = Fixture::default();
    f.insert(64, flat(0, 8), 1, true);
    f.insert(64, flat(2, 2), 2, false);
    f.insert(64, flat(6, 4), 3, false);
    f.insert(64, flat(0, 8), 4, true);
    assert_eq!(f.found(64, flat(0, 10), true), [3, 4]);
    // What was replaced must not disturb what was not.
    f.end(3);
    assert_eq!(f.found(64, flat(0, 10), true), [3, 4]);
}

/// Of many readers those that are over are forgotten, and what they took is used again.
#[test]
fn readers_that_are_over_take_no_room() {
    let mut f = Fixture::default();
    for task in 0..10_000 {
        f.insert(64, flat(0, 8), task, false);
        f.end(task.saturating_sub(10));
    }
    assert_eq!(
        f.found(64, flat(0, 8), true),
        (9989..10_000).collect::<Vec<_>>()
    );
    assert!(f.map.readers.room() < 64, "{}", f.map.readers.room());
    f.end(10_000);
    assert!(f.map.is_empty());
}

/// Regions of which all accesses are over are swept, and their storages.
#[test]
fn what_is_over_is_swept() {
    let mut f = Fixture::default();
    for task in 0..100_000 {
        let base = 128 + 64 * task as usize;
        f.insert(base, flat(0, 8), task, task % 2 == 0);
        f.insert(base, flat(8, 8), task, false);
        f.end(task.saturating_sub(20));
    }
    assert!(f.map.regions.len() < 2 * FEW_REGIONS);
    assert!(f.map.storages.len() < 2 * FEW_REGIONS);
    assert_eq!(f.found(128 + 64 * 99_990, flat(0, 9), true), [99_990]);
    f.end(100_000);
    assert!(f.map.is_empty());
}

#[test]
fn tiles_are_found_without_a_walk() {
    let mut f = Fixture::default();
    for tile in 0..1000 {
        let part = part(u64::from(tile / 10 * 80 + tile % 10 * 4), &[2, 4], &[40, 1]);
        assert_eq!(f.found(64, part, true), []);
        f.insert(64, part, tile, true);
    }
    assert!(
        // The second with the only other one.
        f.map.counters.scanned <= 1,
        "{} entries walked",
        f.map.counters.scanned
    );
    assert_eq!(f.found(64, flat(0, 4), false), [0]);
    assert_eq!(f.found(64, part(80, &[2, 4], &[40, 1]), true), [10]);
    assert_eq!(
        f.found(64, part(0, &[2, 40], &[40, 1]), true),
        (0..10).collect::<Vec<_>>()
    );
}

#[test]
fn an_irregular_access_among_tiles() {
    let mut f = Fixture::default();
    (0..20).for_each(|tile| f.insert(64, flat(u64::from(tile) * 4, 4), tile, tile % 2 == 0));
    f.insert(64, flat(6, 4), 20, false);
    assert_eq!(f.found(64, flat(4, 4), true), [1, 20]);
    assert_eq!(f.found(64, flat(0, 80), true), (0..=20).collect::<Vec<_>>());
    f.insert(64, flat(0, 80), 21, true);
    assert_eq!(f.found(64, flat(3, 2), true), [21]);
    f.end(22);
    assert!(f.map.is_empty());
}

#[test]
fn what_an_address_held_before_is_ignored() {
    let mut f = Fixture::default();
    f.insert(64, flat(0, 8), 1, true);
    let target = Spot {
        base: 64,
        owner: TaskId::new(1, 0),
        part: flat(0, 8),
    };
    // Wherever it is looked for first.
    for position in 0..HINTS {
        let at = f.map.locate(&target, position);
        f.map.conflicts(at, &target, true, |task| {
            panic!("{task} accessed another tensor")
        });
    }
}

#[test]
fn who_reads_a_region_twice_is_one_reader() {
    let mut f = Fixture::default();
    for task in [1, 1, 2, 2, 2] {
        f.insert(64, flat(0, 8), task, false);
    }
    assert_eq!(f.found(64, flat(0, 8), true), [1, 2]);
    assert_eq!(f.map.counters.scanned, 2);
}

/// A verified run forgets what nobody asks for.
#[test]
fn accesses_that_do_not_matter_any_more() {
    let mut f = Fixture::default();
    (0..101).for_each(|task| f.insert(64, flat(0, 8), task, true));
    assert_eq!(f.found(64, flat(4, 8), true), [100]);
    f.insert(128, flat(0, 8), 101, false);
    (102..120).for_each(|task| f.insert(64, flat(0, 4), task, false));
    let left = f.map.retain(|base, _, task| {
        base == 64 && (task == TaskId::new(0, 100) || task == TaskId::new(0, 110))
    });
    assert_eq!((left, f.map.storages.len()), (2, 1));
    assert_eq!(f.found(64, flat(0, 1), true), [100, 110]);
    f.map.clear();
    assert!(f.map.is_empty());
}

/// Tiles of one size are found among those of others by counting, not by looking at all.
#[test]
fn a_span_of_tiles_is_found_without_a_walk() {
    let mut f = Fixture::default();
    (0..4096).for_each(|tile| f.insert(64, flat(u64::from(tile) * 8, 8), tile, true));
    for first in [0_u32, 4, 4092] {
        let span = flat(u64::from(first) * 8, 32);
        assert_eq!(
            f.found(64, span, false),
            (first..first + 4).collect::<Vec<_>>()
        );
        f.insert(64, span, 5000 + first, false);
        assert_eq!(
            f.found(64, flat(u64::from(first) * 8 + 8, 8), true),
            [first + 1, 5000 + first]
        );
    }
    assert!(f.map.counters.scanned < 100, "{}", f.map.counters.scanned);
}

/// Parts that are no tiles are looked for where they lie, however many there are.
#[test]
fn irregular_parts_are_found_where_they_lie() {
    let mut f = Fixture::default();
    for i in 0..4000_u32 {
        let start = u64::from(i) * 8 + 3;
        assert_eq!(f.found(64, flat(start, 8), true), []);
        f.insert(64, flat(start, 8), i, true);
    }
    assert_eq!(f.found(64, flat(8 * 100 + 10, 2), true), [100, 101]);
    assert!(
        f.map.counters.scanned < 20_000,
        "{}",
        f.map.counters.scanned
    );
    f.end(4000);
    assert!(f.map.is_empty());
}

/// A task that has located two regions, of which its own access of the one covers the other.
#[test]
fn a_region_that_is_covered_between_two_steps() {
    let mut f = Fixture::default();
    f.insert(64, flat(2, 1), 0, false);
    let [whole, element] = [flat(0, 8), flat(2, 1)].map(|part| Fixture::target(64, part));
    let located = [whole, element].map(|target| f.map.locate(&target, 0));
    let task = TaskId::new(0, 1);
    f.map
        .insert(task, &[(located[0], true), (located[1], false)]);
    assert_eq!(f.found(64, flat(2, 1), true), [1]);
    f.end(1);
    assert_eq!(f.found(64, flat(2, 1), true), [1]);
    f.end(2);
    assert!(f.map.is_empty());
}

/// What is in the map, as a list.
#[derive(Clone, Debug)]
struct Access {
    task: u32,
    base: usize,
    part: Part,
    writes: bool,
}

fn any_part() -> impl Strategy<Value = Part> {
    let tile =
        (0u64..12, 1u32..5).prop_map(|(tile, extent)| flat(tile * u64::from(extent), extent));
    let span = (0u64..40, 1u32..12).prop_map(|(start, extent)| flat(start, extent));
    // Of a tensor of 6 by 8, also turned.
    let rows =
        ((0u64..3, 1u32..4), (0u64..4, 1u32..5), any::<bool>()).prop_map(|(x, y, turned)| {
            let (rows, columns) = (x.1, y.1);
            let start = x.0 * u64::from(rows) * 8 + y.0 * u64::from(columns);
            match turned {
                false => part(start, &[rows, columns], &[8, 1]),
                true => part(start, &[columns, rows], &[1, 8]),
            }
        });
    prop_oneof![3 => tile, 1 => span, 3 => rows]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a list of all accesses, each compared with each.
    #[test]
    fn what_a_list_would_find(
        steps in prop::collection::vec((any_part(), 0usize..2, any::<bool>(), any::<bool>()), 1..60),
        window in 1u32..40,
        sweeps in any::<bool>(),
    ) {
        let mut f = Fixture::default();
        let mut list = Vec::<Access>::new();
        for (task, (part, storage, writes, second)) in (0u32..).zip(steps) {
            let base = 64 + 64 * storage;
            let conflicts = list.iter().filter(|access| {
                access.base == base && (writes || access.writes) && access.part.overlaps(&part)
            });
            let mut expected: Vec<u32> = conflicts.map(|access| access.task).collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(f.found(base, part, writes), expected);
            if writes {
                list.retain(|access| access.base != base || !part.covers(&access.part));
            }
            // Some tasks have two accesses.
            let task = if second { task / 2 * 2 } else { task };
            f.insert(base, part, task, writes);
            list.push(Access { task, base, part, writes });
            if let Some(retired) = task.checked_sub(window) {
                f.end(retired + 1);
                list.retain(|access| access.task > retired);
                if sweeps {
                    let over = f.over;
                    f.map.retain(|_, _, task| task.local() >= over);
                }
            }
        }
        f.end(100);
        prop_assert!(f.map.is_empty());
    }
}
