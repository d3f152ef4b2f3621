//! Whatever the tokens are, expansion returns, and returns Rust.

use proc_macro2::{Group, TokenStream, TokenTree};
use proptest::prelude::*;

const PROGRAMS: [&str; 4] = [
    "fn a(x: In<f32>, y: InOut<f32>, n: usize) {
        let t = k(&x, out!([n]));
        scope!({ k(&t, &mut y); });
        manual_scope!(deps(explicit), {
            #[task(name = p)] let (u, v) = k(&x, out!([n]), out!([n, n]));
            #[task(name = q, after = [p, q])] k(&u, &v, &mut y);
        });
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
    "fn d(#[shape(m, 4)] q: In<bf16>, #[shape(m)] mut s: Out<f32>, x: u8) { s.fill(0.0); }",
];

const ATTRS: [&str; 5] = ["", "aic", "aiv, crate = a::b", "crate = x", "after [ 4"];

/// One change to a token stream, at a position counted through all groups.
#[derive(Clone, Debug)]
enum Edit {
    Delete(usize),
    Duplicate(usize),
    Replace(usize, &'static str),
    Swap(usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0_usize..160;
    let words = prop::sample::select(vec![
        "x",
        "y",
        "&",
        "mut",
        "0",
        "..",
        "out",
        "!",
        "alloc",
        "scope",
        "{}",
        "()",
        "[]",
        "|i|",
        "'a",
        "#",
        "for",
        "let",
        "=",
        ";",
        "?",
        "break",
        "loop",
        "view",
        ".",
        "self",
        "\"text\"",
        "99999999999999999999",
    ]);
    prop_oneof![
        at.clone().prop_map(Edit::Delete),
        at.clone().prop_map(Edit::Duplicate),
        (at.clone(), words).prop_map(|(at, word)| Edit::Replace(at, word)),
        (at.clone(), at).prop_map(|(a, b)| Edit::Swap(a, b)),
    ]
}

fn flat(stream: TokenStream, out: &mut Vec<TokenTree>) {
    for tree in stream {
        out.push(tree.clone());
        if let TokenTree::Group(group) = tree {
            flat(group.stream(), out);
        }
    }
}

fn apply(stream: TokenStream, edit: &Edit) -> TokenStream {
    let mut all = Vec::new();
    flat(stream.clone(), &mut all);
    let pick = |at: usize| all[at % all.len()].clone();
    if all.is_empty() {
        return stream;
    }
    let mut position = 0;
    let mut change = |tree: TokenTree| -> Option<TokenStream> {
        let at = position % all.len();
        position += 1;
        match edit {
            Edit::Delete(target) if target % all.len() == at => Some(TokenStream::new()),
            Edit::Duplicate(target) if target % all.len() == at => {
                Some([tree.clone(), tree].into_iter().collect())
            }
            Edit::Replace(target, word) if target % all.len() == at => word.parse().ok(),
            Edit::Swap(a, b) if a % all.len() == at => Some(pick(*b).into()),
            Edit::Swap(a, b) if b % all.len() == at => Some(pick(*a).into()),
            _ => None,
        }
    };
    rebuild(stream, &mut change)
}

fn rebuild(
    stream: TokenStream,
    change: &mut impl FnMut(TokenTree) -> Option<TokenStream>,
) -> TokenStream {
    let mut out = TokenStream::new();
    for tree in stream {
        if let Some(other) = change(tree.clone()) {
            out.extend(other);
            continue;
        }
        match tree {
            TokenTree::Group(group) => {
                let inner = rebuild(group.stream(), change);
                out.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
            }
            other => out.extend([other]),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expansion_never_panics(
        program in prop::sample::select(&PROGRAMS[..]),
        attr in prop::sample::select(&ATTRS[..]),
        edits in prop::collection::vec(edit(), 0..6),
    ) {
        let mut item: TokenStream = program.parse().expect("the programs are tokens");
        for edit in &edits {
            item = apply(item, edit);
        }
        let Ok(attr) = attr.parse::<TokenStream>() else { return Ok(()) };
        // The item itself comes back unless it is a function, so only functions must parse again.
        let is_function = syn::parse2::<syn::ItemFn>(item.clone()).is_ok();
        for output in [
            pto_compiler::orchestration(attr.clone(), item.clone()),
            pto_compiler::kernel(attr, item),
        ] {
            let parsed = syn::parse2::<syn::File>(output.clone());
            prop_assert!(!is_function || parsed.is_ok(), "{output}");
        }
    }
}
