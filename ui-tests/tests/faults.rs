//! What goes wrong at run time names the task, its source line and the cure, and the runtime goes on.

use pto_runtime::prelude::*;
use pto_runtime::{Error, ErrorKind};

#[kernel(aiv)]
fn add(#[shape(n)] x: In<f32>, #[shape(n)] mut y: InOut<f32>) {
    for i in 0..x.len() {
        y.set(i, y.get(i) + x.get(i));
    }
}

#[kernel(aiv)]
fn explode(_x: In<f32>, _y: InOut<f32>, at: f32) {
    panic!("cannot handle {at}");
}

#[kernel(aic)]
fn copy(x: In<f32>, mut y: Out<f32>) {
    y.fill(x.get(0));
}

/// Runs a program that fails, then one that does not, on the same runtime.
macro_rules! fault {
    ($program:expr) => {{
        let mut rt = Runtime::builder()
            .workers(2)
            .window(16)
            .heap(4096)
            .build()
            .unwrap();
        let x = Tensor::full([64], 1.0_f32);
        let mut y = Tensor::zeros([64]);
        let program = $program;
        let error: Error = rt.run(program(&x, &mut y)).map(|_| ()).unwrap_err();
        y.as_mut_slice().fill(0.0);
        rt.run(fine(&x, &mut y)).unwrap();
        assert_eq!(y.as_slice(), [4.0; 64], "the runtime works after: {error}");
        error
    }};
}

#[orchestration]
fn fine(x: In<f32>, y: InOut<f32>) {
    for _ in 0..4 {
        add(&x, &mut y);
    }
}

/// Checks what an error says; `line` is that of the marked statement.
fn says(error: &Error, kind: ErrorKind, line: u32, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    assert!(text.contains("help: "), "{text}");
    assert!(
        text.contains(&format!("faults.rs:{line}")),
        "line {line}: {text}"
    );
    for word in words {
        assert!(text.contains(word), "{word:?} in: {text}");
    }
}

#[test]
fn a_scope_that_fills_its_ring() {
    const LINE: u32 = line!() + 6;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        manual_scope!({
            for _ in 0..100 {
                #[task(name = step)]
                add(&x, &mut y);
            }
        });
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::ScopeDeadlock,
        LINE,
        &["step", "ring 1", "PTO_RING_WINDOW", "split the scope"],
    );
}

#[test]
fn a_scope_that_fills_its_heap() {
    const LINE: u32 = line!() + 5;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        manual_scope!({
            for _ in 0..6 {
                let t = copy(&x, out!([256]));
                add(&t.view([0..64]), &mut y);
            }
        });
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::HeapDeadlock,
        LINE,
        &["copy", "ring 1", "PTO_RING_HEAP"],
    );
}

#[test]
fn an_allocation_larger_than_the_heap() {
    const LINE: u32 = line!() + 4;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        let t = copy(&x, out!([100, 1000]));
        add(&t.view([0..64, 0..1]), &mut y);
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::HeapDeadlock,
        LINE - 1,
        &["copy", "PTO_RING_HEAP"],
    );
}

#[test]
fn a_kernel_that_panics() {
    const LINE: u32 = line!() + 5;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        add(&x, &mut y);
        #[task(name = bomb)]
        explode(&x, &mut y, 2.5);
        for _ in 0..1000 {
            scope!({ add(&x, &mut y) });
        }
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::KernelPanic,
        LINE,
        &["bomb", "explode", "cannot handle 2.5"],
    );
}

#[test]
fn a_view_out_of_bounds() {
    const LINE: u32 = line!() + 4;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        let n = x.len();
        add(&x.view([8..n + 8]), &mut y);
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE,
        &["'add'", "8..72", "64"],
    );
}

#[test]
fn a_view_out_of_bounds_before_any_task() {
    const LINE: u32 = line!() + 3;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        let mut part = y.view_mut([60..70]);
        add(&x, &mut part);
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE,
        &["'program'", "60..70"],
    );
}

#[test]
fn an_argument_of_the_wrong_shape() {
    const LINE: u32 = line!() + 3;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        add(&x.view([0..32]), &mut y);
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE,
        &["'add'", "`x`", "`y`", "32", "64", "`n`"],
    );
}

#[test]
fn a_host_read_out_of_bounds() {
    const LINE: u32 = line!() + 3;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        if x[64] > 0.0 {
            add(&x, &mut y);
        }
    }
    let error = fault!(program);
    says(&error, ErrorKind::InvalidArgument, LINE, &["64"]);
}

#[test]
fn arguments_that_alias_at_run_time_only() {
    const LINE: u32 = line!() + 3;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>, at: usize) {
        add(&y.view([at..at + 8]), &mut y.view_mut([0..8]));
        add(&x, &mut y);
    }
    let error = fault!(|x, y| program(x, y, 4));
    says(&error, ErrorKind::InvalidArgument, LINE, &["'add'"]);
}

#[test]
fn bounds_that_leave_the_range_of_usize() {
    const LINE: u32 = line!() + 4;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>, huge: usize) {
        // Modulo 2^64 both bounds are small numbers.
        let at = 2 * huge;
        add(&x.view([at..at + 64]), &mut y);
    }
    let error = fault!(|x, y| program(x, y, 1 << 63));
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE,
        &["'program'", "2 * 9223372036854775808 exceeds `usize`"],
    );
    #[orchestration]
    fn below(x: In<f32>, y: InOut<f32>, n: usize) {
        add(&x.view([(n - 65) / 2..64]), &mut y);
    }
    let error = fault!(|x, y| below(x, y, 64));
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE + 12,
        &["'add'", "64 - 65 is less than zero"],
    );
}

#[test]
fn loops_whose_bounds_leave_the_range_of_usize() {
    const LINE: u32 = line!() + 3;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>, n: usize) {
        for _i in 0..n - 65 {
            add(&x, &mut y);
        }
    }
    let error = fault!(|x, y| program(x, y, 64));
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE,
        &["'program'", "64 - 65"],
    );
    #[orchestration]
    fn unrolled(x: In<f32>, y: InOut<f32>, n: usize, tile: usize) {
        #[unroll(2)]
        for _i in 0..n / tile {
            add(&x, &mut y);
        }
    }
    let error = fault!(|x, y| unrolled(x, y, 64, 0));
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE + 14,
        &["'unrolled'", "64 / 0 is no number"],
    );
}

#[test]
fn a_halo_before_the_first_element() {
    const LINE: u32 = line!() + 4;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>) {
        for i in 0..4_usize {
            add(&x.view([i * 16 - 1..i * 16 + 15]), &mut y.view_mut([0..16]));
        }
    }
    let error = fault!(program);
    says(
        &error,
        ErrorKind::InvalidArgument,
        LINE,
        &["'add'", "0 - 1 is less than zero"],
    );
}

#[test]
fn rearrangements_that_the_shape_does_not_have() {
    const LINE: u32 = line!() + 5;
    #[orchestration]
    fn program(x: In<f32>, y: InOut<f32>, case: usize) {
        let t = copy(&x, out!([8, 8]));
        match case {
            0 => add(&t.slice(case + 2, 0..4), &mut y),
            1 => add(&t.slice(case, 0..9), &mut y),
            2 => add(&t.permute([case, 0]), &mut y),
            3 => add(&t.permute([2, 0, 1]), &mut y),
            4 => add(&t.reshape([8, 7]), &mut y),
            5 => add(&t.slice(1, 0..4).reshape([32]), &mut y),
            6 => add(&x, &mut y.reshape_mut([4; 3]).transpose_mut(0, 3)),
            _ => {}
        }
    }
    let words: [&[&str]; 7] = [
        &["slice of dimension 2 of a tensor of shape [8, 8]", "0 to 1"],
        &["0..9 of dimension 1", "ends at 8"],
        &["permute([2, 0])", "0 to 1, once"],
        &["permute([2, 0, 1])", "0 to 1, once"],
        &["reshape([8, 7])", "64"],
        &["reshape([32]) without copying", "[8, 4]", "[8, 1] apart"],
        &["transpose(0, 3) of a tensor of shape [4, 4, 4]", "0 to 2"],
    ];
    for (case, words) in words.into_iter().enumerate() {
        let error = fault!(|x, y| program(x, y, case));
        says(
            &error,
            ErrorKind::InvalidArgument,
            LINE + case as u32,
            words,
        );
        assert_eq!(error.task(), Some("add"), "{error}");
    }
}
