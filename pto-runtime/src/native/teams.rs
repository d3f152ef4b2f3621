//! Teams that are ready, and whose part is taken next.

use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::PoisonError;

use crate::kernel::Core;
use crate::native::permits::{Cores, Permits};
use crate::native::team::{Part, Team};
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};

/// The ready teams that have parts which nobody has claimed.
pub(crate) struct Teams {
    /// How many entries the state has. Written under the lock, read without it.
    open: AtomicUsize,
    state: Mutex<State>,
}

/// Teams wait in one lane with those that ask for the same cores, the oldest first. Lanes take turns.
const LANES: usize = 4;
/// The lane of those whose parts all run at the same time. Only the first of them can have begun: it *assembles*.
const COHORTS: usize = 0;

struct State {
    /// Parts of blocks that have begun: the cores of these parts are taken.
    begun: VecDeque<Part>,
    lanes: [VecDeque<Entry>; LANES],
    /// The lane that is looked at first.
    turn: usize,
    /// The lane that is looked at first until its first team has what it waits for: a cohort that assembles, or a team
    /// for which cores are gathered.
    pressing: Option<usize>,
}

/// A team, and its first block that has not begun.
struct Entry {
    team: NonNull<Team>,
    next: u32,
    cores: Cores,
}

// SAFETY: teams are `Sync`, and stay in place while they have parts that nobody has claimed.
unsafe impl Send for Entry {}

impl Entry {
    fn team(&self) -> &Team {
        // SAFETY: an entry has unclaimed parts, so that the team stays in place, by its invariant.
        unsafe { self.team.as_ref() }
    }
}

impl Teams {
    pub(crate) fn new() -> Self {
        Teams {
            open: AtomicUsize::new(0),
            state: Mutex::new(State {
                begun: VecDeque::new(),
                lanes: std::array::from_fn(|_| VecDeque::new()),
                turn: 0,
                pressing: None,
            }),
        }
    }

    /// Whether there may be something to claim. That is so if cores are not counted.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed) != 0
    }

    /// Whether there is something to claim. Sequentially consistent for a sleeper, see `idle`.
    pub(crate) fn has_work(&self, permits: &Permits) -> bool {
        self.open.load(Ordering::SeqCst) != 0
            && (!permits.limited() || self.lock().has_work(permits))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No panic can happen while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a team whose task is ready.
    ///
    /// # Safety
    /// It is added once, and its parts are run by who claims them.
    pub(crate) unsafe fn push(&self, team: NonNull<Team>) {
        // SAFETY: nobody has claimed a part yet.
        let shared = unsafe { team.as_ref() };
        let entry = Entry {
            team,
            next: 0,
            cores: shared.cores(),
        };
        let mut state = self.lock();
        state.lanes[entry.lane()].push_back(entry);
        self.open.store(state.entries(), Ordering::SeqCst);
    }

    /// Takes a part that can run now, and its core. `plain_waits` tells whether plain tasks wait for cores.
    pub(crate) fn claim(&self, permits: &Permits, plain_waits: impl Fn() -> bool) -> Option<Part> {
        let mut state = self.lock();
        let part = state.claim(permits, plain_waits);
        self.open.store(state.entries(), Ordering::SeqCst);
        part
    }
}

impl Entry {
    fn lane(&self) -> usize {
        let asks = |core| self.cores.meets(Cores::one(core));
        match (self.team().is_cohort(), asks(Core::Aic), asks(Core::Aiv)) {
            (true, _, _) => COHORTS,
            (false, true, true) => 1,
            (false, true, false) => 2,
            (false, false, _) => 3,
        }
    }
}

impl State {
    fn entries(&self) -> usize {
        self.begun.len() + self.lanes.iter().map(VecDeque::len).sum::<usize>()
    }

    /// The lanes in the order in which they are looked at now.
    fn order(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, pressing) = (self.pressing.unwrap_or(self.turn), self.pressing);
        // Threads that join a cohort wait. While cores are gathered for others no cohort begins to assemble.
        let may_begin = move |lane: &usize| {
            *lane != COHORTS || pressing.is_none_or(|pressing| pressing == COHORTS)
        };
        (0..LANES)
            .map(move |step| (first + step) % LANES)
            .filter(may_begin)
    }

    fn has_work(&self, permits: &Permits) -> bool {
        let mut firsts = self.order().filter_map(|lane| self.lanes[lane].front());
        let pressing = self.pressing.and_then(|lane| self.lanes[lane].front());
        let gathered = pressing
            .map(|entry| entry.cores)
            .filter(|&cores| !permits.has(cores))
            .unwrap_or_default();
        !self.begun.is_empty()
            || firsts.any(|entry| permits.has(entry.cores) && !entry.cores.meets(gathered))
    }

    fn claim(&mut self, permits: &Permits, plain_waits: impl Fn() -> bool) -> Option<Part> {
        // First of all: they hold cores, for which a cohort may wait.
        if let Some(part) = self.begun.pop_front() {
            return Some(part);
        }
        let mut gathered = Cores::default();
        for lane in self.order() {
            let Some(entry) = self.lanes[lane].front_mut() else {
                continue;
            };
            if entry.cores.meets(gathered) {
                continue;
            }
            if permits.acquire_all(entry.cores) {
                return Some(self.begin(lane, permits));
            }
            let presses = match self.pressing {
                Some(pressing) => pressing == lane,
                None => true,
            };
            if presses && permits.bar(entry.cores, plain_waits()) {
                self.pressing = Some(lane);
                gathered = entry.cores;
            }
        }
        None
    }

    /// Begins the next block of the first team of a lane, whose cores were taken.
    fn begin(&mut self, lane: usize, permits: &Permits) -> Part {
        let Some(entry) = self.lanes[lane].front_mut() else {
            unreachable!("the lane has a team")
        };
        let (team, block) = (entry.team, entry.next);
        entry.next += 1;
        let part = |member| Part {
            team,
            block,
            member,
        };
        self.begun.extend((1..entry.team().members()).map(part));
        let assembles = lane == COHORTS && entry.next < entry.team().blocks();
        if entry.next == entry.team().blocks() {
            self.lanes[lane].pop_front();
        }
        self.turn = (lane + 1) % LANES;
        if self.pressing == Some(lane) && permits.limited() {
            permits.unbar();
        }
        if assembles {
            self.pressing = Some(COHORTS);
        } else if self.pressing == Some(lane) {
            self.pressing = None;
        }
        part(0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::kernel::Kernel;

    const fn kernel(core: Core) -> Kernel {
        Kernel {
            name: "k",
            core,
            params: &[],
            run: |_| {},
            file: "",
            line: 0,
            check: None,
        }
    }

    static CUBE: Kernel = kernel(Core::Aic);
    static VECTOR: Kernel = kernel(Core::Aiv);

    /// Teams in the order of their `push`, of which parts are claimed and done one at a time.
    struct Bench {
        teams: Teams,
        permits: Permits,
        pushed: Vec<NonNull<Team>>,
    }

    impl Bench {
        fn new(clusters: usize, threads: usize) -> Self {
            Bench {
                teams: Teams::new(),
                permits: Permits::new(clusters, threads),
                pushed: Vec::new(),
            }
        }

        fn push(&mut self, kernels: &[&'static Kernel], blocks: u32, sync_start: bool) {
            let team = NonNull::from(Box::leak(Team::model(kernels, blocks, sync_start)));
            self.pushed.push(team);
            // SAFETY: it is freed by `done` after its last part.
            unsafe { self.teams.push(team) };
        }

        fn claim(&self, plain_waits: bool) -> Option<Part> {
            let had = self.teams.has_work(&self.permits);
            let part = self.teams.claim(&self.permits, || plain_waits);
            assert_eq!(had, part.is_some(), "a sleeper knows what can be claimed");
            part
        }

        fn done(&self, part: Part) {
            // SAFETY: the part was claimed, and is done once.
            let (core, last) = unsafe {
                let team = part.team.as_ref();
                (team.core(part), team.is_last())
            };
            self.permits.release(core);
            if last {
                // SAFETY: all parts are done.
                drop(unsafe { Box::from_raw(part.team.as_ptr()) });
            }
        }

        /// The number of a part's team, its block and its member.
        fn shown(&self, part: Part) -> (usize, u32, u32) {
            let number = self.pushed.iter().position(|team| *team == part.team);
            (number.unwrap(), part.block, part.member)
        }

        /// What is claimed until there is nothing; each part is done before the next is claimed.
        fn order(&self) -> Vec<(usize, u32, u32)> {
            std::iter::from_fn(|| {
                let part = self.claim(false)?;
                let shown = self.shown(part);
                self.done(part);
                Some(shown)
            })
            .collect()
        }
    }

    #[test]
    fn lanes_take_turns_and_a_lane_is_first_in_first_out() {
        let mut bench = Bench::new(4, 4);
        bench.push(&[&VECTOR], 2, false);
        bench.push(&[&VECTOR], 1, false);
        bench.push(&[&CUBE], 3, false);
        let wanted = [
            (2, 0, 0),
            (0, 0, 0),
            (2, 1, 0),
            (0, 1, 0),
            (2, 2, 0),
            (1, 0, 0),
        ];
        assert_eq!(bench.order(), wanted);
        assert!(!bench.teams.is_open());
    }

    #[test]
    fn kernels_of_a_block_follow_each_other() {
        let mut bench = Bench::new(1, 4);
        bench.push(&[&VECTOR, &CUBE, &VECTOR], 2, false);
        bench.push(&[&CUBE], 1, false);
        let all = bench.order();
        assert_eq!(all[..3], [(0, 0, 0), (0, 0, 1), (0, 0, 2)]);
        assert_eq!(all[3..], [(1, 0, 0), (0, 1, 0), (0, 1, 1), (0, 1, 2)]);
    }

    #[test]
    fn a_cohort_that_assembles_goes_first_and_the_next_one_waits_its_turn() {
        let mut bench = Bench::new(8, 8);
        bench.push(&[&VECTOR], 3, true);
        bench.push(&[&VECTOR], 2, true);
        bench.push(&[&VECTOR], 2, false);
        let wanted = [
            (0, 0, 0),
            (0, 1, 0),
            (0, 2, 0),
            (2, 0, 0),
            (1, 0, 0),
            (1, 1, 0),
            (2, 1, 0),
        ];
        assert_eq!(bench.order(), wanted);
    }

    #[test]
    fn who_needs_several_cores_gets_them_however_many_take_one() {
        let mut bench = Bench::new(1, 4);
        // One plain task on each AIV core, and more that wait.
        assert!(bench.permits.acquire(Core::Aiv) && bench.permits.acquire(Core::Aiv));
        bench.push(&[&VECTOR, &VECTOR], 2, false);
        bench.push(&[&CUBE], 1, false);
        let cube = bench.claim(true).unwrap();
        assert_eq!(bench.shown(cube), (1, 0, 0), "other cores are free");
        assert!(bench.claim(true).is_none());
        bench.permits.release(Core::Aiv);
        assert!(!bench.permits.acquire(Core::Aiv), "it is being gathered");
        assert!(bench.claim(true).is_none());
        bench.permits.release(Core::Aiv);
        let parts = [(); 2].map(|()| bench.claim(true).unwrap());
        assert_eq!(parts.map(|part| bench.shown(part)), [(0, 0, 0), (0, 0, 1)]);
        // The second block does not come before a plain task.
        bench.done(parts[0]);
        assert!(bench.claim(true).is_none());
        assert!(bench.permits.acquire(Core::Aiv));
        assert!(bench.claim(true).is_none());
        bench.done(parts[1]);
        assert!(!bench.permits.acquire(Core::Aiv), "now it is again");
        bench.permits.release(Core::Aiv);
        bench.done(cube);
        assert_eq!(bench.order(), [(0, 1, 0), (0, 1, 1)]);
    }

    #[test]
    fn no_cohort_begins_while_cores_are_gathered() {
        let mut bench = Bench::new(1, 4);
        assert!(bench.permits.acquire(Core::Aiv));
        bench.push(&[&VECTOR, &VECTOR], 1, false);
        assert!(bench.claim(true).is_none());
        bench.push(&[&CUBE], 1, true);
        assert!(bench.claim(true).is_none());
        bench.permits.release(Core::Aiv);
        assert_eq!(bench.order(), [(0, 0, 0), (0, 0, 1), (1, 0, 0)]);
    }
}
