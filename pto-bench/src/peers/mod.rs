//! What else one could use: the same workloads on other runtimes, written as fast as we know how.
//!
//! Those in other languages are in the folder `peers` of this crate.

mod dag_exec;
mod fixed;
mod job;
mod rayon;
mod serial;
mod tokio;

use std::sync::Arc;
use std::time::Duration;

pub use job::Job;

/// A runtime that was set up for a job. Each call runs all tasks once, and returns what that took.
pub type Runner = Box<dyn FnMut() -> Duration>;

/// A way to run a job.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// What it is called.
    pub name: &'static str,
    /// Sets it up for a job on so many threads.
    pub set_up: fn(Arc<Job>, usize) -> Runner,
}

/// All of them.
pub const PEERS: [Peer; 7] = [
    Peer {
        name: "serial",
        set_up: serial::set_up,
    },
    Peer {
        name: "static",
        set_up: fixed::set_up,
    },
    Peer {
        name: "rayon-spawn",
        set_up: rayon::set_up_spawn,
    },
    Peer {
        name: "rayon-inline",
        set_up: rayon::set_up_inline,
    },
    Peer {
        name: "rayon-rerun",
        set_up: rayon::set_up_rerun,
    },
    Peer {
        name: "tokio",
        set_up: tokio::set_up,
    },
    Peer {
        name: "dag_exec",
        set_up: dag_exec::set_up,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::{Name, Workload};

    #[test]
    fn every_peer_computes_what_the_serial_loop_does() {
        for peer in PEERS {
            for name in Name::ALL {
                for threads in [1, 2] {
                    let job = Arc::new(Job::new(Workload::new(name, 300), 0));
                    let mut run = (peer.set_up)(job.clone(), threads);
                    for _ in 0..2 {
                        job.reset();
                        run();
                        assert!(job.is_right(), "{} {name} {threads}", peer.name);
                    }
                }
            }
        }
    }
}
