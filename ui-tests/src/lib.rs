//! Compile-fail programs live in `tests/`.
