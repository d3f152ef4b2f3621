use pto_runtime::prelude::*;

#[orchestration]
fn host_macros(n: usize) {
    let some = cores!(gpu) + cores!() + clusters!(n);
    let half = |n: usize| if n % 2 == 0 { n / 2 } else { fatal!("{n} is odd") };
    assert!(half(some) > 0);
}

fn main() {
    let n = cores!(aiv);
}
