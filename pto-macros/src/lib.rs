//! Procedural macros of PTO. Use them through `pto_runtime::prelude`.
