//! The programs, compiled by the macros.
#![allow(
    unused,
    deprecated,
    clippy::all,
    reason = "random programs are not tidy"
)]

use crate::flips::{flip, maybe, pick};
use crate::kernels::{b_ro, b_rrw, b_rrww, b_rw, b_rww, b_w, b_ww};
use crate::kernels::{k_f, k_ro, k_roo, k_rrw, k_rrww, k_rw, k_rww, k_w, k_ww};
use pto_runtime::prelude::*;

include!(concat!(env!("OUT_DIR"), "/orchestrated.rs"));
