//! Mistakes made on purpose: what `ci/sanitizers.sh` must find before it is believed that there are no others.

mod common;

use common::{STEP, runtime};
use pto_runtime::{Error, Site, Tensor};

/// A MANUAL scope without the edges it needs.
#[test]
#[ignore = "it races, for the thread sanitizer to find"]
fn two_tasks_that_race() -> Result<(), Error> {
    let mut x = Tensor::<u64>::zeros([1 << 16]);
    let mut rt = runtime(4).verify(false).build()?;
    rt.run(|root| {
        let mut x = root.inout(&mut x);
        // SAFETY: it breaks the contract.
        let manual = unsafe { root.manual(Site::here("racy"))? };
        for salt in 0..32u64 {
            // SAFETY: as above.
            unsafe { manual.task(&STEP).update(&mut x).scalar(salt).submit()? };
        }
        Ok(())
    })
    .map(drop)
}

/// A pointer that outlives what it points to.
#[test]
#[ignore = "it reads freed memory, for the address sanitizer to find"]
fn memory_that_was_returned() {
    let vector = vec![1u64; 100];
    let at = vector.as_ptr();
    drop(vector);
    // SAFETY: it is not.
    println!("{}", unsafe { at.read_volatile() });
}
