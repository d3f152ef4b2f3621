//! Expansion does work that grows at most with the square of a program's size.
//!
//! Work is counted in allocations, which unlike time are the same in each run.

use proc_macro2::TokenStream;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is the system allocator's; counting allocates nothing, because
// the counter is made at compile time and needs no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from `alloc`, that is from the system allocator.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(submits: usize) -> u64 {
    let item: TokenStream = pto_programs::large(submits)
        .parse()
        .expect("the program is tokens");
    let before = ALLOCATIONS.get();
    let output = pto_compiler::orchestration(TokenStream::new(), item);
    assert!(!output.is_empty(), "the program expands");
    ALLOCATIONS.get() - before
}

#[test]
fn work_grows_at_most_with_the_square_of_the_size() {
    let counts = [25, 50, 100].map(allocations);
    for pair in counts.windows(2) {
        assert!(pair[1] < pair[0] * 9 / 2, "{counts:?}");
    }
}

/// Loops inside each other, around a task that passes a tensor on.
fn nested(depth: usize) -> u64 {
    let source = format!(
        "fn nested(x: In<u64>, y: InOut<u64>, n: usize) {{
            let mut v = k(&x, out!([n]));
            {} v = k(&v, out!([n])); k(&v, &mut y); {}
        }}",
        "for _ in 0..n {".repeat(depth),
        "}".repeat(depth),
    );
    let item = source.parse().expect("the program is tokens");
    let before = ALLOCATIONS.get();
    let _ = pto_compiler::orchestration(TokenStream::new(), item);
    ALLOCATIONS.get() - before
}

#[test]
fn work_does_not_explode_with_the_depth_of_loops() {
    let counts = [3, 6, 12].map(nested);
    for pair in counts.windows(2) {
        assert!(pair[1] < pair[0] * 8, "{counts:?}");
    }
}

/// Loops that are unrolled inside each other, around a task for each element.
fn unrolled(factor: usize) -> u64 {
    let source = format!(
        "fn unrolled(x: In<u64>, y: InOut<u64>, n: usize, t: usize) {{ manual_scope!({{
            for _ in 0..n {{
                #[unroll({factor})] for j in 0..n {{
                    #[unroll({factor})] for i in 0..t {{
                        k(&x, &mut y.view_mut([j * t + i..j * t + i + 1]));
                    }}
                }}
            }}
        }}); }}"
    );
    let item = source.parse().expect("the program is tokens");
    let before = ALLOCATIONS.get();
    let _ = pto_compiler::orchestration(TokenStream::new(), item);
    ALLOCATIONS.get() - before
}

#[test]
fn copies_are_compared_by_how_they_lie_to_each_other() {
    // Nearly eight times as many pairs of tasks, but only twice as many distances in either loop.
    let counts = [2, 4].map(unrolled);
    assert!(counts[1] < counts[0] * 7, "{counts:?}");
}
