//! However deep or long the tokens are, expansion returns: with Rust, or with what is wrong.
//!
//! All of it on a small stack, as an overflow in a macro would be a crash of rustc.

use proc_macro2::{TokenStream, TokenTree};
use pto_compiler::explain::FileError;

/// What repeats, and what it leads to: before and after a middle.
const IN_STATEMENTS: [[&str; 3]; 19] = [
    ["{", "k(&x, &mut y);", "}"],
    ["'a: {", "k(&x, &mut y);", "}"],
    ["unsafe {", "k(&x, &mut y);", "}"],
    ["scope!({", "k(&x, &mut y);", "});"],
    ["manual_scope!({", "k(&x, &mut y);", "});"],
    ["parallel_for!(0..n, |i| {", "k(&x, &mut y);", "});"],
    ["for i in 0..n {", "k(&x, &mut y);", "}"],
    ["for A { i } in ", "n", "{}"],
    ["while n > 0 {", "k(&x, &mut y);", "}"],
    ["if n > 0 {", "k(&x, &mut y);", "}"],
    ["if n > 0 { g(); } else ", "{ g(); }", ""],
    ["match n { _ => ", "k(&x, &mut y)", "}"],
    ["let Some(v) = n else {", "return;", "};"],
    ["println!(\"{}\", ", "n", ");"],
    ["fn f() {", "", "}"],
    ["mod m {", "", "}"],
    ["impl A { fn f() {", "", "}}"],
    ["#[a(", "n", ")] n;"],
    ["#[task(name = ", "n", ")] k(&x, &mut y);"],
];

const EXPRESSIONS: [[&str; 3]; 29] = [
    ["(", "n", ")"],
    ["(", "k(&x, out!([n]))", ",)"],
    ["[", "n", "]"],
    ["{", "n", "}"],
    ["!", "n", ""],
    ["-", "n", ""],
    ["&", "n", ""],
    ["*", "n", ""],
    ["n + ", "n", ""],
    ["x[n] + ", "n", ""],
    ["n = ", "n", ""],
    ["n && ", "n", ""],
    ["", "n", ".f()"],
    ["", "n", ".f"],
    ["", "n", "()"],
    ["", "n", "?"],
    ["", "n", "[0]"],
    ["x[", "0", "]"],
    ["", "n", " as u8"],
    ["f(", "n", ")"],
    ["|| ", "n", ""],
    ["|a, b| ", "n", ""],
    ["|| {", "n", "}"],
    ["if ", "n", "{}"],
    ["vec![", "n", "]"],
    ["alloc!([", "n", "])"],
    ["call!(f(&", "x", "))"],
    ["A { a: ", "n", "}"],
    ["A::<u8, ", "u8", ">"],
];

const TYPES: [[&str; 3]; 13] = [
    ["&", "T", ""],
    ["&mut ", "T", ""],
    ["*const ", "T", ""],
    ["(", "T", ")"],
    ["(", "T", ",)"],
    ["[", "T", "; 1]"],
    ["A<", "T", ">"],
    ["A<u8, ", "T", ">"],
    ["fn(", "T", ")"],
    ["fn() -> ", "T", ""],
    ["impl Fn() -> ", "T", ""],
    ["<", "T", " as A>::B"],
    ["A<{ B::<", "T", "> }>"],
];

const PATTERNS: [[&str; 3]; 7] = [
    ["(", "a", ")"],
    ["(", "a", ",)"],
    ["[", "a", "]"],
    ["&", "a", ""],
    ["Some(", "a", ")"],
    ["A { a: ", "a", "}"],
    ["a | ", "a", ""],
];

/// Frames of programs, with a hole.
const STATEMENT: [&str; 2] = ["fn f(x: In<f32>, y: InOut<f32>, n: usize) {", "}"];
const EXPRESSION: [&str; 2] = [
    "fn f(x: In<f32>, y: InOut<f32>, n: usize) { k(&x, &mut y); let v =",
    "; }",
];
const INDEX: [&str; 2] = [
    "fn f(x: In<f32>, y: InOut<f32>, n: usize) { k(&x.view([",
    "..]), &mut y); }",
];
const TYPE: [&str; 2] = ["fn f(x: In<f32>, n: usize) { let v:", "= n; }"];
const PARAMETER: [&str; 2] = ["fn f(x: In<f32>, n:", ") {}"];
const PATTERN: [&str; 2] = ["fn f(x: In<f32>, n: usize) { match n {", "=> {} } }"];

fn program(frame: [&str; 2], [before, middle, after]: [&str; 3], depth: usize) -> String {
    let (before, after) = (before.repeat(depth), after.repeat(depth));
    format!("{}{before}{middle}{after}{}", frame[0], frame[1])
}

/// As little as no thread has that compiles, and less than one level of recursion for each of a thousand takes.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 << 10);
    let thread = thread.spawn(work).expect("threads can be spawned");
    thread.join().expect("nothing panics");
}

/// Whether tokens contain an identifier, found without recursion.
fn has(tokens: TokenStream, wanted: &str) -> bool {
    let mut rest = vec![tokens];
    while let Some(tokens) = rest.pop() {
        for tree in tokens {
            match tree {
                TokenTree::Ident(ident) if ident == wanted => return true,
                TokenTree::Group(group) => rest.push(group.stream()),
                _ => {}
            }
        }
    }
    false
}

/// The outputs of both attributes.
fn expanded(program: &str) -> [TokenStream; 2] {
    let item: TokenStream = program.parse().expect("the programs are tokens");
    [
        pto_compiler::orchestration(TokenStream::new(), item),
        kernel(program),
    ]
}

fn kernel(program: &str) -> TokenStream {
    let attr = "aiv".parse().expect("the attribute is tokens");
    let item = program.parse().expect("the programs are tokens");
    pto_compiler::kernel(attr, item)
}

fn all_expand(frame: [&'static str; 2], kinds: &'static [[&'static str; 3]]) {
    on_a_small_stack(move || {
        for kind in kinds {
            for depth in [100, 1000, 10_000] {
                for output in expanded(&program(frame, *kind, depth)) {
                    if depth == 10_000 {
                        let output = output.to_string();
                        assert!(output.contains("PTO015"), "{kind:?}: {output}");
                    } else {
                        let either = has(output.clone(), "f") || has(output, "compile_error");
                        assert!(either, "{kind:?}, {depth}");
                    }
                }
            }
        }
    });
}

#[test]
fn statements_of_any_depth() {
    all_expand(STATEMENT, &IN_STATEMENTS);
}

#[test]
fn expressions_of_any_depth() {
    all_expand(EXPRESSION, &EXPRESSIONS);
}

#[test]
fn indices_of_any_depth() {
    all_expand(INDEX, &EXPRESSIONS[..12]);
}

#[test]
fn types_of_any_depth() {
    all_expand(TYPE, &TYPES);
    all_expand(PARAMETER, &TYPES);
}

#[test]
fn patterns_of_any_depth() {
    all_expand(PATTERN, &PATTERNS);
}

#[test]
fn statements_of_any_length() {
    on_a_small_stack(|| {
        for kind in [
            ["n + ", "n", ""],
            ["!", "n", ""],
            ["", "n", ".f()"],
            ["|a, b| ", "n", ""],
            ["(", "n", ")"],
        ] {
            for output in expanded(&program(EXPRESSION, kind, 100_000)) {
                assert!(output.to_string().contains("PTO015"), "{kind:?}");
            }
        }
    });
}

#[test]
fn what_is_only_wide_is_not_too_deep() {
    on_a_small_stack(|| {
        for kind in [
            ["if n > 0 { g(); }", "", ""],
            ["if n > 0 { g(); } else { g(); }", "", ""],
            ["g(n, n + 1);", "", ""],
            ["match n { 0 | 1 => g(), 2 | 3 => g(), _ => {} }", "", ""],
            ["#[a] fn g<T: A<T>>(t: In<T>) -> A<T, T> {}", "", ""],
        ] {
            let kernel = kernel(&program(STATEMENT, kind, 5000));
            assert!(!has(kernel, "compile_error"), "{kind:?}");
        }
        for list in ["n, ", "f(n), ", "A::<u8, u8>(n), ", "a < b, c > d, "] {
            let kind = ["", &format!("[{}]", list.repeat(5000)), ""];
            let kernel = kernel(&program(EXPRESSION, kind, 1));
            assert!(!has(kernel, "compile_error"), "{list}");
        }
    });
}

#[test]
fn what_is_too_deep_keeps_its_signature() {
    on_a_small_stack(|| {
        let signature = "-> (Tensor<f32>, Tensor<f32>) {";
        let source = program(EXPRESSION, ["(", "n", ")"], 5000).replacen('{', signature, 1);
        let item: TokenStream = source.parse().expect("the program is tokens");
        let output = pto_compiler::orchestration(TokenStream::new(), item).to_string();
        let reported = output.matches("compile_error").count();
        assert_eq!(reported, 1, "{output}");
        assert!(output.contains("brackets are nested 5001 deep"), "{output}");
        syn::parse_str::<syn::File>(&output).expect("the output is Rust");

        let deep = format!("{}x{}", "a(".repeat(5000), ")".repeat(5000));
        let attr: TokenStream = deep.parse().expect("the attribute is tokens");
        let item: TokenStream = "fn f(x: In<f32>) {}".parse().expect("the item is tokens");
        let output = pto_compiler::orchestration(attr, item).to_string();
        assert!(output.contains("PTO015"), "{output}");
        assert!(output.contains("fn f"), "{output}");
    });
}

#[test]
fn files_are_explained_as_deep_as_they_can_be() {
    on_a_small_stack(|| {
        let file = |depth| {
            let function = program(EXPRESSION, ["(", "n", ")"], depth);
            pto_compiler::explain::file("a.rs", &format!("#!/bin/sh\n#[orchestration]\n{function}"))
        };
        assert_eq!(file(700).map(|found| found.len()), Ok(1));
        let Err(FileError { at, message, .. }) = file(5000) else {
            panic!("no stack holds that");
        };
        assert_eq!(at.line, 3);
        assert!(message.starts_with("PTO015"), "{message}");
    });
}
