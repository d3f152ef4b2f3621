//! One task after the other in the order of the program: the limit for one thread.

use std::sync::Arc;
use std::time::Instant;

use super::{Job, Runner};

pub(super) fn set_up(job: Arc<Job>, _threads: usize) -> Runner {
    Box::new(move || {
        let start = Instant::now();
        (0..job.len()).for_each(|task| job.run(task));
        start.elapsed()
    })
}
