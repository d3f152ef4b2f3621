//! Teams, their parts and their cores.

use std::ptr::NonNull;
use std::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::{KERNEL, bounded};
use crate::kernel::{Core, Kernel};
use crate::native::idle::Idle;
use crate::native::permits::{Cores, Permits};
use crate::native::team::Team;
use crate::native::teams::Teams;

/// Teams, the cores they need, and what their parts count: each part is run once, and sees the teams as they should be.
struct Crews {
    teams: Teams,
    permits: Permits,
    idle: Idle,
    parts: AtomicUsize,
    freed: AtomicUsize,
}

impl Crews {
    fn new(clusters: usize, threads: usize) -> Arc<Self> {
        Arc::new(Crews {
            teams: Teams::new(),
            permits: Permits::new(clusters, threads),
            idle: Idle::new(),
            parts: AtomicUsize::new(0),
            freed: AtomicUsize::new(0),
        })
    }

    fn push(&self, kernels: &[&'static Kernel], blocks: u32, sync_start: bool) {
        let team = NonNull::from(Box::leak(Team::model(kernels, blocks, sync_start)));
        // SAFETY: it is pushed once, and `run` runs what it claims.
        unsafe { self.teams.push(team) };
        self.idle.wake_some(2);
    }

    /// Runs a part, if there is one that can run now.
    fn run(&self) -> bool {
        let Some(part) = self.teams.claim(&self.permits, || false) else {
            return false;
        };
        // SAFETY: the part is claimed, so that the team stays in place.
        let team = unsafe { part.team.as_ref() };
        team.assemble();
        self.parts.fetch_add(1, Ordering::Relaxed);
        let core = team.core(part);
        // SAFETY: the part has run, and is counted once.
        let last = unsafe { team.is_last() };
        self.permits.release(core);
        self.idle.wake_one();
        if last {
            // SAFETY: all parts are done.
            drop(unsafe { Box::from_raw(part.team.as_ptr()) });
            self.freed.fetch_add(1, Ordering::SeqCst);
            self.idle.wake_some(2);
        }
        true
    }

    /// Runs parts, and sleeps where there are none, until so many teams are complete.
    fn work_until(&self, freed: usize) {
        while self.freed.load(Ordering::SeqCst) < freed {
            if !self.run() {
                self.idle.sleep(Duration::MAX, || {
                    self.teams.has_work(&self.permits) || self.freed.load(Ordering::SeqCst) >= freed
                });
                thread::yield_now();
            }
        }
    }
}

static CUBE: Kernel = Kernel {
    name: "cube",
    core: Core::Aic,
    params: &[],
    run: |_| {},
    file: "",
    line: 0,
    check: None,
};

#[test]
fn blocks_are_run_once_and_the_last_frees_the_team() {
    bounded(|| {
        let crews = Crews::new(2, 2);
        crews.push(&[&KERNEL], 3, false);
        let other = {
            let crews = Arc::clone(&crews);
            thread::spawn(move || crews.work_until(1))
        };
        crews.work_until(1);
        other.join().unwrap();
        assert_eq!(crews.parts.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn two_cohorts_that_take_all_threads_assemble_one_after_the_other() {
    bounded(|| {
        let crews = Crews::new(2, 2);
        let other = {
            let crews = Arc::clone(&crews);
            thread::spawn(move || crews.work_until(2))
        };
        crews.push(&[&KERNEL], 2, true);
        crews.push(&[&KERNEL], 2, true);
        crews.work_until(2);
        other.join().unwrap();
        assert_eq!(crews.parts.load(Ordering::Relaxed), 4);
    });
}

#[test]
fn a_cohort_and_a_mixed_task_share_the_cores_of_a_cluster() {
    bounded(|| {
        let crews = Crews::new(1, 2);
        assert!(crews.permits.limited());
        let other = {
            let crews = Arc::clone(&crews);
            thread::spawn(move || crews.work_until(2))
        };
        // Together they need three AIV cores, and there are two.
        crews.push(&[&CUBE, &KERNEL], 1, false);
        crews.push(&[&KERNEL], 2, true);
        crews.work_until(2);
        other.join().unwrap();
        assert_eq!(crews.parts.load(Ordering::Relaxed), 4);
        assert!(crews.permits.has(Cores::new(1, 2)), "all were returned");
    });
}
