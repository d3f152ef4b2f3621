//! Programs that must not compile, and what the compiler says about them.
//!
//! `tests/ui` has a folder for each code of the catalogue; `rustc` holds the
//! mistakes that the generated signatures leave to rustc, `runtime` those that the
//! runtime's own types rule out. Expected output is for
//! the toolchain of `rust-toolchain.toml`; `TRYBUILD=overwrite` renews it.

#[test]
fn diagnostics() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/*.rs");
}
