//! Jumps that cannot be seen: those in what a macro expands to. And macros of which it is known what they expand to.

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
    !is_plain(mac) && dsl_macro(mac).is_none()
}

/// Whether a macro is one of those, by itself or in the standard library by its path.
pub(super) fn is_plain(mac: &syn::Macro) -> bool {
    let mut segments = mac.path.segments.iter();
    let (first, second, more) = (segments.next(), segments.next(), segments.next());
    let name = match (first, second, more) {
        (Some(name), None, None) => name,
        (Some(of), Some(name), None)
            if ["std", "core", "alloc"].iter().any(|it| of.ident == it) =>
        {
            name
        }
        _ => return false,
    };
    PLAIN.iter().any(|known| name.ident == known)
}
