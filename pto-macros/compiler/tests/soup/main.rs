//! Whatever the tokens are, expansion returns, and returns Rust that says what is wrong.

mod expansion;

use proc_macro2::TokenStream;
use proptest::prelude::*;
use pto_programs::{Edit, Generator, WORDS};

const PROGRAMS: [&str; 5] = [
    "fn a(x: In<f32>, y: InOut<f32>, n: usize) {
        let t = k(&x, out!([n]));
        scope!({ k(&t, &mut y); });
        manual_scope!(deps(explicit), {
            #[task(name = p)] let (u, v) = k(&x, out!([n]), out!([n, n]));
            #[task(name = q, after = [p, q])] k(&u, &v, &mut y);
        });
    }",
    "fn e(x: In<f32>, n: In<i32>, y: InOut<f32>) -> (Tensor<f32>, Tensor<f32>) {
        let mut t = call!(a::layer::<4>(&x, &n, &mut y.view_mut([0..4]), n[0]));
        if n[1] > 2 { return (t, call!(e(&x))); }
        scope!({ (t, _) = call!(pair(&x)); call!(f(&t)); });
        let u = match n[2] { 0 => call!(g(&x)), _ => k(&x, out!([4])) };
        #[task(name = m, blocks = n[1] as usize, sync_start)]
        let (v, w) = mixed!(a::k::<4>(&x, out!([4])), k(&x, out!([4]), n[0]));
        (t, u)
    }",
    "fn b(x: In<f32>, y: InOut<f32>, n: usize) {
        parallel_for!(0..n, |i| {
            manual_scope!({
                let mut acc = alloc!(f32; [n], [4, n]);
                #[unroll(4)]
                for j in 0..n {
                    if j == 3 { continue; }
                    k(&x.view([i * n..(i + 1) * n, ..]), &mut y.view_mut([i..i + 1]), j as f32);
                }
            });
        });
    }",
    "pub(crate) fn c<T: Element>(lens: In<i32>, y: Out<T>, f: &[usize]) {
        let len = lens[[0, 1]] as usize;
        let mut t = alloc!([len]);
        while len > f[0] { t = k::<T>(&t, out!([len])); break; }
        match len { 0 => k(&t, &mut y), _ => { return; } }
        let m = (0..len).map(|i| lens[i]).max();
    }",
    "fn d(#[shape(m, 4)] q: In<bf16>, #[shape(m)] #[split(1)] mut s: Out<f32>, b: Block, x: u8) { s.fill(0.0); }",
];

const ATTRS: [&str; 6] = [
    "",
    "aic",
    "aiv, crate = a::b",
    "aiv, blocks",
    "crate = x",
    "after [4]",
];

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0_usize..400;
    let words = prop::sample::select(&WORDS[..]);
    prop_oneof![
        at.clone().prop_map(Edit::Delete),
        at.clone().prop_map(Edit::Duplicate),
        (at.clone(), words).prop_map(|(at, word)| Edit::Replace(at, word)),
        (at.clone(), at).prop_map(|(a, b)| Edit::Swap(a, b)),
    ]
}

fn check(program: &str, attr: &str, edits: &[Edit]) -> Result<(), TestCaseError> {
    let mut item: TokenStream = program.parse().expect("the programs are tokens");
    for edit in edits {
        item = edit.apply(item);
    }
    let attr: TokenStream = attr.parse().expect("the attributes are tokens");
    expansion::check(&attr, &item)
        .map_err(|wrong| TestCaseError::fail(format!("{wrong}\nfor {item}")))
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What fuzzing has found.
#[test]
fn types_that_end_with_a_plus() {
    for ty in ["InOut<f32> +", "dyn Send +", "Send + Sync +", "(Send +)"] {
        let program = format!("fn between(x: {ty}, y: Out<f32>) {{ f(&mut x); }}");
        for attr in ["", "aiv", "aic, blocks"] {
            check(&program, attr, &[]).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn broken_programs_are_reported(
        program in prop::sample::select(&PROGRAMS[..]),
        attr in prop::sample::select(&ATTRS[..]),
        edits in prop::collection::vec(edit(), 0..6),
    ) {
        check(program, attr, &edits)?;
    }

    #[test]
    fn random_programs_break_in_any_place(
        seed in any::<u64>(),
        size in 2_usize..8,
        edits in prop::collection::vec(edit(), 0..4),
    ) {
        check(&Generator::new(seed).program(size), "", &edits)?;
    }
}
