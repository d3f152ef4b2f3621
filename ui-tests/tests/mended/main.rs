//! The mended programs of `docs/diagnostics`: they compile.

#![allow(dead_code, reason = "programs to be read")]

mod pto001;
mod pto002;
mod pto003;
mod pto004;
mod pto005;
mod pto006;
mod pto007;
mod pto008;
mod pto009;
mod pto010;
mod pto011;
mod pto012;
mod pto013;
mod pto014;
mod pto015;
mod pto016;
mod pto017;
mod pto019;
mod pto020;
mod pto021;
mod pto022;
mod pto023;
