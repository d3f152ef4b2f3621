//! What the compiler accepts as just fitting does run; one more does not.

use pto_runtime::prelude::*;
use pto_runtime::{Error, ErrorKind};

#[kernel(aiv)]
fn count(mut y: InOut<f32>) {
    y.set(0, y.get(0) + 1.0);
}

/// Runs a program in rings of so many slots; returns what it counted.
macro_rules! counted {
    ($program:ident, $window:expr) => {{
        let rt = Runtime::builder().workers(2).window($window).build();
        let mut y = Tensor::zeros([1]);
        rt.unwrap().run($program(&mut y)).map(|_| y.as_slice()[0])
    }};
}

/// Rings of 8 slots run the program `$fits`, and `$full`, with one task more, fails.
macro_rules! boundary {
    ($test:ident, $y:ident, $fits:block, $full:block) => {
        #[test]
        fn $test() {
            #[orchestration(window = 8)]
            fn fits($y: InOut<f32>) $fits
            #[orchestration]
            fn full($y: InOut<f32>) $full
            assert_eq!(counted!(fits, 8).unwrap(), 7.0);
            let error: Error = counted!(full, 8).unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::ScopeDeadlock | ErrorKind::SlotDeadlock),
                "{error}"
            );
        }
    };
}

boundary!(
    the_orchestration_itself,
    y,
    {
        for _ in 0..7 {
            count(&mut y);
        }
    },
    {
        for _ in 0..8 {
            count(&mut y);
        }
    }
);

boundary!(
    a_manual_scope,
    y,
    {
        manual_scope!({
            for _ in 0..7 {
                count(&mut y);
            }
        });
    },
    {
        manual_scope!({
            for _ in 0..8 {
                count(&mut y);
            }
        });
    }
);

boundary!(
    deep_scopes_share_a_ring,
    y,
    {
        scope!({
            scope!({
                scope!({
                    count(&mut y);
                    for _ in 0..3 {
                        scope!({
                            count(&mut y);
                            count(&mut y);
                        });
                    }
                });
            });
        });
    },
    {
        scope!({
            scope!({
                scope!({
                    count(&mut y);
                    for _ in 0..3 {
                        scope!({
                            count(&mut y);
                            count(&mut y);
                        });
                    }
                    count(&mut y);
                });
            });
        });
    }
);

#[test]
fn a_scope_an_iteration_runs_any_number() {
    #[orchestration(window = 8)]
    fn program(y: InOut<f32>) {
        for _ in 0..100 {
            manual_scope!({
                count(&mut y);
                count(&mut y);
            });
        }
    }
    assert_eq!(counted!(program, 8).unwrap(), 200.0);
}

#[test]
fn a_runtime_of_smaller_windows_than_stated_is_refused() {
    const LINE: u32 = line!() + 2;
    #[orchestration(window = 64)]
    fn same(y: InOut<f32>) {
        count(&mut y);
    }
    #[orchestration(windows = [8, 8, 32, 64])]
    fn each(y: InOut<f32>) {
        count(&mut y);
    }
    assert_eq!(counted!(same, 64).unwrap(), 1.0);
    assert_eq!(counted!(each, 128).unwrap(), 1.0);
    let error = counted!(same, 32).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let text = error.to_string();
    assert!(
        text.contains("ring 0 has 32 task slots, and `same` states that it runs with 64"),
        "{text}"
    );
    assert!(text.contains(&format!("limits.rs:{LINE}")), "{text}");
    assert!(
        text.contains("`.window(64)`") && text.contains("PTO_RING_WINDOW=64"),
        "{text}"
    );
    let text = counted!(each, 16).unwrap_err().to_string();
    assert!(text.contains("ring 2 has 16 task slots"), "{text}");
    assert!(
        text.contains("`.windows([8, 8, 32, 64])`") && text.contains("=8,8,32,64"),
        "{text}"
    );
}

#[kernel(aic)]
fn one(mut y: Out<f32>) {
    y.fill(1.0);
}

/// As many tensors and scalars as a task can have.
#[kernel(aiv)]
#[rustfmt::skip]
#[allow(clippy::too_many_arguments)]
fn widest(
    a: In<f32>, _b: In<f32>, _c: In<f32>, _d: In<f32>, _e: In<f32>, _f: In<f32>, _g: In<f32>, _h: In<f32>,
    _i: In<f32>, _j: In<f32>, _k: In<f32>, _l: In<f32>, _m: In<f32>, _n: In<f32>, _o: In<f32>, _p: In<f32>,
    _q: In<f32>, _r: In<f32>, _s: In<f32>, _t: In<f32>, _u: In<f32>, _v: In<f32>, _w: In<f32>, _x: In<f32>,
    _y: In<f32>, _z: In<f32>, _aa: In<f32>, _bb: In<f32>, _cc: In<f32>, _dd: In<f32>, last: In<f32>, mut out: InOut<f32>,
    s1: u8, _s2: u8, _s3: u8, _s4: u8, _s5: u8, _s6: u8, _s7: u8, _s8: u8,
    _s9: u8, _s10: u8, _s11: u8, _s12: u8, _s13: u8, _s14: u8, _s15: u8, s16: u8,
) {
    out.set(0, a.get(0) + last.get(0) + f32::from(s1) + f32::from(s16));
}

#[test]
fn the_widest_task_runs() {
    #[orchestration]
    #[rustfmt::skip]
    fn program(y: InOut<f32>) {
        let x = one(out!([1]));
        widest(
            &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x,
            &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &x, &mut y,
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
        );
    }
    assert_eq!(counted!(program, 8).unwrap(), 19.0);
}
