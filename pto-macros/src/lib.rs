//! Procedural macros of PTO: a shell around `pto_compiler`.
//!
//! Use them through `pto_runtime::prelude`, which has their documentation.

use proc_macro::TokenStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes a function something that tasks can run.
///
/// `#[kernel(aic)]` runs on a cube core, `#[kernel(aiv)]` on a vector core. The
/// parameters are tensors, `In<T>`, `InOut<T>` and `Out<T>`, and scalars. The
/// function itself stays as it is. `#[shape(m, 128)]` on a parameter names its
/// extents: equal names must be equal extents, which is checked when a task is
/// submitted. `crate = path` names a renamed `pto_runtime`.
///
/// `#[kernel(aiv, blocks)]` runs as often as its task says, `#[task(blocks = n)]`.
/// It takes a `block: Block` that says which run it is, and gets its own part of
/// each tensor that it writes, cut along the first dimension or along that of
/// `#[split(dim)]`.
#[proc_macro_attribute]
pub fn kernel(attr: TokenStream, item: TokenStream) -> TokenStream {
    guarded(item, |item| pto_compiler::kernel(attr.into(), item))
}

/// Makes a function an orchestration: a program that submits tasks.
///
/// Calling the function builds the program, `Runtime::run` runs it. Another
/// orchestration calls it with `call!`; only there can it return tensors.
/// `window = 64` states the least task slots of the runtime's rings, `windows = [64, 64, 128, 128]`
/// those of each ring: scopes that cannot fit are refused. `crate = path` names a renamed `pto_runtime`.
#[proc_macro_attribute]
pub fn orchestration(attr: TokenStream, item: TokenStream) -> TokenStream {
    guarded(item, |item| pto_compiler::orchestration(attr.into(), item))
}

/// `scope!({ .. })`: an AUTO scope. The runtime tracks the dependencies of its tasks.
#[proc_macro]
pub fn scope(_: TokenStream) -> TokenStream {
    pto_compiler::stray("scope").into()
}

/// `manual_scope!({ .. })`: a MANUAL scope. The compiler works the dependencies
/// out; with `manual_scope!(deps(explicit), { .. })` it checks those the user writes.
#[proc_macro]
pub fn manual_scope(_: TokenStream) -> TokenStream {
    pto_compiler::stray("manual_scope").into()
}

/// `parallel_for!(0..n, |i| { .. })`: a loop whose iterations are proven independent.
#[proc_macro]
pub fn parallel_for(_: TokenStream) -> TokenStream {
    pto_compiler::stray("parallel_for").into()
}

/// `alloc!([rows, columns], [rows])`: scratch tensors of these shapes; `alloc!(f32 = 0.0; [rows])` fills them.
#[proc_macro]
pub fn alloc(_: TokenStream) -> TokenStream {
    pto_compiler::stray("alloc").into()
}

/// `call!(layer(&x, &mut y, 3))`: calls another orchestration. Its tasks become
/// tasks of the present scope; `let t = call!(..)` binds the tensors it returns.
#[proc_macro]
pub fn call(_: TokenStream) -> TokenStream {
    pto_compiler::stray("call").into()
}

/// `mixed!(matmul(&a, &b, &mut c), add(&d, &mut e))`: up to one `aic` and two
/// `aiv` kernels as one task, which run at the same time on the cores of a cluster.
#[proc_macro]
pub fn mixed(_: TokenStream) -> TokenStream {
    pto_compiler::stray("mixed").into()
}

/// `barrier!(&x, &mut y)`: a task that is ordered by these tensors as any other, and does nothing.
#[proc_macro]
pub fn barrier(_: TokenStream) -> TokenStream {
    pto_compiler::stray("barrier").into()
}

/// `fatal!("no route from {a}")`: ends the run with an error, once what was submitted is done. Has the type `!`.
#[proc_macro]
pub fn fatal(_: TokenStream) -> TokenStream {
    pto_compiler::stray("fatal").into()
}

/// `cores!(aic)`, `cores!(aiv)`: how many cores of a kind the runtime has.
#[proc_macro]
pub fn cores(_: TokenStream) -> TokenStream {
    pto_compiler::stray("cores").into()
}

/// `clusters!()`: how many clusters of cores the runtime has.
#[proc_macro]
pub fn clusters(_: TokenStream) -> TokenStream {
    pto_compiler::stray("clusters").into()
}

/// `out!([rows, columns])`: an argument that the task creates and its call returns.
#[proc_macro]
pub fn out(_: TokenStream) -> TokenStream {
    pto_compiler::stray("out").into()
}

/// Runs an expansion. A panic in it is our mistake, never the user's: it becomes
/// an error that says so, and the user's item stays.
fn guarded(
    item: TokenStream,
    expand: impl FnOnce(proc_macro2::TokenStream) -> proc_macro2::TokenStream,
) -> TokenStream {
    let original = item.clone();
    match catch_unwind(AssertUnwindSafe(|| expand(item.into()))) {
        Ok(tokens) => tokens.into(),
        Err(panic) => {
            let what = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("unknown panic");
            let text =
                format!("PTO018: a bug in pto-macros, please report it with this function: {what}");
            let mut tokens = original;
            tokens.extend(error(&text));
            tokens
        }
    }
}

fn error(text: &str) -> TokenStream {
    let literal = proc_macro2::Literal::string(text);
    let tokens: proc_macro2::TokenStream = format!("::core::compile_error!({literal});")
        .parse()
        .unwrap_or_default();
    tokens.into()
}
