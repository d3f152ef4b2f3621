//! All mistakes of a program in one compile, each of them once; very many are counted.

mod common;

use common::{codes, compiled};
use proc_macro2::TokenStream;
use pto_compiler::diag::Diagnostics;

/// What `#[orchestration]` makes of a function, as text.
fn expansion(source: &str) -> String {
    let item: TokenStream = source.parse().expect("the test's source is tokens");
    pto_compiler::orchestration(TokenStream::new(), item).to_string()
}

/// A program with `count` mistakes that have nothing to do with each other.
fn misspelt(count: usize) -> String {
    let tasks: Vec<String> = (0..count)
        .map(|index| format!("#[task(after = [nobody_{index}])] k(&x, &mut y);"))
        .collect();
    format!(
        "fn program(x: In<f32>, y: InOut<f32>) {{ {} }}",
        tasks.join("\n")
    )
}

#[test]
fn very_many_mistakes_are_counted() {
    for (count, more) in [(19, None), (20, None), (21, Some(1)), (45, Some(25))] {
        let tokens = expansion(&misspelt(count));
        let shown = tokens.matches("PTO003").count();
        assert_eq!(shown, count.min(Diagnostics::SHOWN));
        let counted = more.map(|more| format!("and {more} more mistakes in this orchestration"));
        match counted {
            Some(text) => assert!(tokens.contains(&text), "{tokens}"),
            None => assert!(!tokens.contains("more mistakes"), "{tokens}"),
        }
    }
}

#[test]
fn very_many_warnings_are_counted() {
    let program = |count: usize| {
        let scopes = "scope!({});".repeat(count);
        expansion(&format!(
            "fn program(x: In<f32>, y: InOut<f32>) {{ {scopes} k(&x, &mut y); }}"
        ))
    };
    assert_eq!(program(20).matches("PTO023").count(), 20);
    assert!(!program(20).contains("more warnings"));
    assert_eq!(program(23).matches("PTO023").count(), 20);
    assert!(program(23).contains("and 3 more warnings"));
}

#[test]
fn different_mistakes_are_reported_together() {
    let source = "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>, w: InOut<f32>, n: usize) {
        #[task(after = [nobody])]
        k(&x, &mut y);
        k(&z, &mut z);
        #[unroll]
        for _ in 0..n { k(&x, &mut z); }
        parallel_for!(0..n, |_i| { k(&x, &mut y); });
        manual_scope!({ scope!({ k(&x, &mut z); }); });
        manual_scope!(deps(explicit), {
            let t = k(&x, out!([n]));
            k(&t, &mut w);
        });
    }";
    assert_eq!(
        codes(source),
        ["PTO003", "PTO009", "PTO010", "PTO006", "PTO001", "PTO004"]
    );
}

#[test]
fn what_a_mended_mistake_would_order_is_not_reported() {
    // One edge from `a` to `b` would order all three, on all tensors.
    let source = "fn program(x: In<f32>, y: InOut<f32>, z: InOut<f32>) {
        manual_scope!(deps(explicit), {
            k(&x, &mut y, &mut z);
            #[task(name = b)]
            k(&x, &mut y, &mut z);
            #[task(after = [b])]
            k(&y, &mut z);
        });
    }";
    assert_eq!(codes(source), ["PTO004"]);
}

#[test]
fn copies_of_an_unrolled_body_repeat_nothing() {
    for unroll in ["", "#[unroll(2)]", "#[unroll(8)]"] {
        let source = format!(
            "fn program(x: In<f32>, y: InOut<f32>, n: usize) {{
                manual_scope!(deps(explicit), {{
                    {unroll} for _ in 0..n {{
                        let t = k(&x, out!([n]));
                        l(&t, &mut y);
                    }}
                }});
            }}"
        );
        let places: Vec<(usize, usize)> = compiled(&source)
            .errors
            .into_sorted()
            .iter()
            .map(|error| {
                let start = error.place.first.start();
                (start.line, start.column)
            })
            .collect();
        // The one that follows `t`, and the one that follows its own earlier iterations.
        assert_eq!(places.len(), 2, "{unroll}: {places:?}");
    }
}
