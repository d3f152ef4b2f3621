//! Each stage prints itself.

mod common;

use common::compiled;
use pto_compiler::dump;

const SOURCE: &str = "fn program(x: In<f32>, y: InOut<f32>, n: usize, t: usize) {
    manual_scope!({
        let mut acc = alloc!([t]);
        #[unroll(2)]
        for i in 0..n {
            let s = scale(&x.view([i * t..(i + 1) * t]), out!([t]), 2.0);
            #[task(name = fold)]
            add(&s, &mut acc);
        }
        if n > 4 {
            add(&acc, &mut y.view_mut([0..t]));
        }
    });
}";

#[test]
fn the_normalised_tree() {
    let text = dump::source(&compiled(SOURCE).source);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 12, "{text}");
    assert_eq!(lines[0], "manual_scope");
    assert_eq!(lines[2], "  loop of 2 copies");
    assert_eq!(lines[4], "    fold(&s, &mut acc)");
    assert_eq!(lines[7], "  remainder");
    assert!(lines[10].starts_with("  if n > 4"), "{text}");
}

#[test]
fn the_model() {
    let text = dump::model(&compiled(SOURCE).program);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "#0 alloc in []: makes acc[..]",
            "#1 scale in [loop 0]: reads x[i*t .. i*t + t], makes s[..]",
            "#2 fold in [loop 0]: reads s[..], writes acc[..]",
            "#3 scale in [loop 0]: reads x[i*t + t .. i*t + 2*t], makes s[..]",
            "#4 fold in [loop 0]: reads s[..], writes acc[..]",
            "#5 scale in [loop 1]: reads x[i*t .. i*t + t], makes s[..]",
            "#6 fold in [loop 1]: reads s[..], writes acc[..]",
            "#7 add in [branch 0.0]: reads acc[..], writes y[0 .. t]",
        ]
    );
}

#[test]
fn the_analysis() {
    let compiled = compiled(SOURCE);
    let text = dump::explain(&compiled.program, &compiled.analysis);
    let wiring: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("proven="))
        .collect();
    assert_eq!(wiring.len(), 8, "{text}");
    assert!(
        wiring[7].ends_with("proven=[#4|#6] explicit=[] keep=[first #0]"),
        "{text}"
    );
    assert!(text.contains("#0 lives until #2: kept"), "{text}");
}
