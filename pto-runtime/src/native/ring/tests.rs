//! Batches: tasks that were complete when they were submitted.

use super::*;

fn ring() -> Ring {
    Ring::new(16, 1024, 16).unwrap()
}

fn born(scope: u32) -> Born {
    Born {
        scope,
        depth: 1,
        site: Site::here("task"),
        is_alloc: false,
    }
}

/// A task that is complete at once, with a block of so many bytes.
fn complete(ring: &mut Ring, scope: u32, heap: usize) -> u32 {
    let room = ring.room(heap, 0).unwrap();
    ring.take_complete(1, room, heap, born(scope))
}

/// A task that is not complete.
fn pending(ring: &mut Ring, scope: u32) -> u32 {
    let room = ring.room(0, 8).unwrap();
    let local = ring.take(1, room, 0, 8, born(scope));
    // SAFETY: the slot is new or its task is retired.
    unsafe { ring.slot(local).prepare(None, 1) };
    local
}

fn finish(ring: &Ring, local: u32) {
    // SAFETY: the task has nothing to run, and this thread alone knows it.
    unsafe { ring.slot(local).complete(|_| {}) };
}

#[test]
fn a_batch_retires_as_one() {
    let mut ring = ring();
    for _ in 0..5 {
        complete(&mut ring, 7, 64);
    }
    assert_eq!((ring.done, ring.live(), ring.heap.used()), (5, 5, 320));
    ring.observe();
    assert_eq!(ring.oldest().unwrap().needed[1], 5);
    ring.retire();
    assert_eq!((ring.live(), ring.heap.used()), (0, 0));
}

#[test]
fn scopes_and_other_tasks_end_a_batch() {
    let mut ring = ring();
    complete(&mut ring, 7, 0);
    complete(&mut ring, 7, 0);
    complete(&mut ring, 8, 0);
    let waits = pending(&mut ring, 8);
    complete(&mut ring, 8, 0);
    complete(&mut ring, 8, 0);
    let heads: Vec<u32> = (0..6).map(|local| ring.meta_ref(local).needed[1]).collect();
    assert_eq!(heads, [2, 2, 3, 4, 6, 6]);
    // What comes after a task that is not complete is, but cannot be counted yet.
    ring.observe();
    assert_eq!(ring.done, waits);
    assert!(ring.is_complete(4) && ring.is_complete(5) && !ring.is_complete(waits));
    finish(&ring, waits);
    ring.observe();
    assert_eq!(ring.done, 6);
}

#[test]
fn whoever_is_kept_keeps_its_batch() {
    let mut ring = ring();
    complete(&mut ring, 7, 0);
    let kept = complete(&mut ring, 7, 64);
    complete(&mut ring, 7, 64);
    ring.meta(kept).needed[2] = 9;
    assert_eq!(ring.oldest().unwrap().needed[2], 9);
}

#[test]
fn batches_go_around_the_ring() {
    let mut ring = ring();
    for round in 0..20 {
        let waits = pending(&mut ring, 2 * round);
        for _ in 0..11 {
            complete(&mut ring, 2 * round, 16);
        }
        assert_eq!(ring.room(0, 0).err(), None);
        ring.observe();
        assert_eq!(ring.done, waits);
        finish(&ring, waits);
        ring.observe();
        assert_eq!((ring.done, ring.live()), (ring.next, 12));
        ring.retire();
        assert_eq!(ring.live(), 11);
        ring.retire();
        ring.recycle();
        assert_eq!((ring.live(), ring.heap.used(), ring.args.used()), (0, 0, 0));
    }
}

/// A run begins with numbers from 0, and none of its tasks joins what the run before left.
#[test]
fn a_new_run_has_new_batches() {
    let mut ring = ring();
    complete(&mut ring, 7, 0);
    ring.observe();
    ring.retire();
    ring.reset();
    complete(&mut ring, 7, 0);
    assert_eq!(ring.meta_ref(0).count, 1);
}
