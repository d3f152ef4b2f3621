//! The same text as ordinary Rust: every call runs at once.
#![allow(unused, clippy::all, reason = "random programs are not tidy")]

use crate::ELEMENTS;
use crate::flips::{flip, maybe, pick};
use crate::kernels::{digest, made, mixed};
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

thread_local! {
    static FAULTY: Cell<bool> = const { Cell::new(false) };
    static SKIPPED: Cell<bool> = const { Cell::new(false) };
}

/// Forgets earlier faults.
pub(crate) fn begin() {
    FAULTY.set(false);
}

/// Says whether the next task runs.
fn when(condition: bool) {
    SKIPPED.set(!condition);
}

/// Whether a task had arguments that alias one it writes.
pub(crate) fn is_faulty() -> bool {
    FAULTY.get()
}

/// A part of a storage.
#[derive(Clone)]
pub(crate) struct Handle {
    storage: Rc<RefCell<Vec<u64>>>,
    range: Range<usize>,
}

impl Handle {
    pub(crate) fn new(contents: Vec<u64>) -> Self {
        Self {
            range: 0..contents.len(),
            storage: Rc::new(RefCell::new(contents)),
        }
    }

    pub(crate) fn contents(&self) -> Vec<u64> {
        self.storage.borrow()[self.range.clone()].to_vec()
    }

    fn view(&self, [range]: [Range<usize>; 1]) -> Self {
        let start = self.range.start;
        assert!(range.end <= self.range.len(), "programs stay in bounds");
        Self {
            storage: Rc::clone(&self.storage),
            range: start + range.start..start + range.end,
        }
    }

    fn view_mut(&self, region: [Range<usize>; 1]) -> Self {
        self.view(region)
    }

    fn get(&self, [at]: [usize; 1]) -> u64 {
        self.contents()[at]
    }

    fn set(&self, [at]: [usize; 1], value: u64) {
        self.storage.borrow_mut()[self.range.start + at] = value;
    }

    fn aliases(&self, other: &Self) -> bool {
        let (a, b) = (&self.range, &other.range);
        Rc::ptr_eq(&self.storage, &other.storage) && a.start.max(b.start) < a.end.min(b.end)
    }
}

/// Whether a task may run; after a fault none does.
fn runs(reads: &[&Handle], writes: &[&Handle]) -> bool {
    for (at, written) in writes.iter().enumerate() {
        let mut others = reads.iter().chain(&writes[..at]);
        if others.any(|other| written.aliases(other)) {
            FAULTY.set(true);
        }
    }
    !is_faulty()
}

fn read(reads: &[&Handle]) -> u64 {
    reads.iter().fold(1, |start, handle| {
        digest(start, handle.contents().into_iter())
    })
}

fn update(reads: &[&Handle], writes: &[&Handle]) {
    let skipped = SKIPPED.replace(false);
    if !runs(reads, writes) || skipped {
        return;
    }
    let mut so_far = read(reads);
    for handle in writes {
        let mut storage = handle.storage.borrow_mut();
        let elements = &mut storage[handle.range.clone()];
        for (at, element) in elements.iter_mut().enumerate() {
            *element = mixed(*element, so_far, at);
        }
        so_far = digest(so_far, elements.iter().copied());
    }
}

/// As kernels do that run in blocks: all elements alike.
fn update_in_blocks(reads: &[&Handle], writes: &[&Handle]) {
    let skipped = SKIPPED.replace(false);
    if !runs(reads, writes) || skipped {
        return;
    }
    let digest = read(reads);
    for handle in writes {
        let elements = &mut handle.storage.borrow_mut()[handle.range.clone()];
        for element in elements {
            *element = mixed(*element, digest, 0);
        }
    }
}

fn fresh(digest: u64, extent: usize) -> Handle {
    Handle::new((0..extent).map(|at| made(digest, at)).collect())
}

fn k_w(c: &mut Handle) {
    update(&[], &[c]);
}

fn k_rw(a: &Handle, c: &mut Handle) {
    update(&[a], &[c]);
}

fn k_rrw(a: &Handle, b: &Handle, c: &mut Handle) {
    update(&[a, b], &[c]);
}

fn k_ww(c: &mut Handle, d: &mut Handle) {
    update(&[], &[c, d]);
}

fn k_rww(a: &Handle, c: &mut Handle, d: &mut Handle) {
    update(&[a], &[c, d]);
}

fn k_rrww(a: &Handle, b: &Handle, c: &mut Handle, d: &mut Handle) {
    update(&[a, b], &[c, d]);
}

fn k_ro(a: &Handle, extent: usize) -> Handle {
    fresh(read(&[a]), extent)
}

fn k_roo(a: &Handle, first: usize, second: usize) -> (Handle, Handle) {
    let digest = read(&[a]);
    (fresh(digest, first), fresh(digest.wrapping_add(1), second))
}

fn k_f(c: &mut Handle) {
    *c.storage.borrow_mut() = fresh(1, ELEMENTS).contents();
}

fn b_w(c: &mut Handle) {
    update_in_blocks(&[], &[c]);
}

fn b_rw(a: &Handle, c: &mut Handle) {
    update_in_blocks(&[a], &[c]);
}

fn b_rrw(a: &Handle, b: &Handle, c: &mut Handle) {
    update_in_blocks(&[a, b], &[c]);
}

fn b_ww(c: &mut Handle, d: &mut Handle) {
    update_in_blocks(&[], &[c, d]);
}

fn b_rww(a: &Handle, c: &mut Handle, d: &mut Handle) {
    update_in_blocks(&[a], &[c, d]);
}

fn b_rrww(a: &Handle, b: &Handle, c: &mut Handle, d: &mut Handle) {
    update_in_blocks(&[a, b], &[c, d]);
}

fn b_ro(a: &Handle, extent: usize) -> Handle {
    k_ro(a, extent)
}

/// The kernels of one task, one after the other; its value is what the first creates, if any does.
macro_rules! mixed {
    ($first:expr $(, $next:expr)*) => {{
        let skipped = SKIPPED.get();
        let created = $first;
        $(
            SKIPPED.set(skipped);
            $next;
        )*
        created
    }};
}
macro_rules! scope {
    ($body:block) => {
        $body
    };
}
macro_rules! manual_scope {
    ($body:block) => {
        $body
    };
}
macro_rules! parallel_for {
    ($range:expr, |$var:ident| $body:block) => {
        for $var in $range $body
    };
}
macro_rules! barrier {
    ($($args:tt)*) => {};
}
macro_rules! out {
    ([$extent:expr]) => {
        $extent
    };
}
macro_rules! alloc {
    ($elem:ty; [$extent:expr]) => {
        Handle::new(vec![0; $extent])
    };
}

include!(concat!(env!("OUT_DIR"), "/sequential.rs"));
