//! Models of the protocols between threads, checked in every interleaving. See `README.md` for what they promise.

mod barriers;
mod gate;
mod meeting;
mod queue;
mod sleep;
mod strand;
mod teams;
mod wiring;

use crate::kernel::{Core, Kernel};

static KERNEL: Kernel = Kernel {
    name: "k",
    core: Core::Aiv,
    params: &[],
    run: |_| {},
    file: "",
    line: 0,
    check: None,
};

/// For models that are too large for every interleaving.
fn bounded(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}
