//! Accesses by the host, conditions and barriers: what waits for what.

mod common;

use common::sites;

#[test]
fn an_access_waits_and_is_over() {
    let text = sites(
        "fn program(x: In<f32>, y: InOut<f32>) {
            manual_scope!({
                update(&x, &mut y);
                let first = y.get(0);
                y.set(1, first);
                update(&x, &mut y);
            });
        }",
    )
    .join("\n");
    // The set conflicts with no task that is not over; the last task needs no edge at all.
    assert!(
        text.contains("#1 host get Infer (&y[0]) proven=[#0]"),
        "{text}"
    );
    assert!(
        text.contains("#2 host set Infer (&mut y[1]) proven=[]"),
        "{text}"
    );
    assert!(
        text.contains("#3 task update Infer (&x, &mut y) proven=[]"),
        "{text}"
    );
}

#[test]
fn elements_are_told_apart() {
    let text = sites(
        "fn program(x: In<f32>, y: InOut<f32>, n: usize) {
            manual_scope!({
                for i in 0..n {
                    update(&x, &mut y.view_mut([i..i + 1]));
                    if i > 0 {
                        let before = y.get(n);
                        let own = y.get(i);
                    }
                }
            });
        }",
    )
    .join("\n");
    assert!(
        text.contains("#1 host get Infer (&y[n]) proven=[]"),
        "{text}"
    );
    assert!(
        text.contains("#2 host get Infer (&y[i]) proven=[#0]"),
        "{text}"
    );
}

#[test]
fn a_condition_is_one_more_access() {
    let text = sites(
        "fn program(x: In<f32>, y: InOut<f32>, gate: InOut<u32>) {
            manual_scope!({
                #[task(name = decide)]
                update(&x, &mut gate);
                #[task(when = gate[0] > 0)]
                update(&x, &mut y);
                barrier!(&mut gate);
            });
        }",
    )
    .join("\n");
    assert!(
        text.contains("(&x, &mut y, &gate[0]) proven=[#0]"),
        "{text}"
    );
    assert!(
        text.contains("#2 task barrier Infer (&mut gate) proven=[#1]"),
        "{text}"
    );
}
