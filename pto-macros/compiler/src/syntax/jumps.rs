//! Jumps that cannot be seen: those in what a macro expands to.

use super::host::dsl_macro;

/// Macros of the standard library, none of which jumps.
const PLAIN: [&str; 34] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "const_format_args",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Whether a macro may expand to a `break`, `continue` or `return`.
pub(super) fn may_jump(mac: &syn::Macro) -> bool {
    let known = mac
        .path
        .segments
        .last()
        .is_some_and(|last| PLAIN.iter().any(|name| last.ident == name));
    !known && dsl_macro(mac).is_none()
}
