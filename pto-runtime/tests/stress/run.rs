//! Runs programs, and watches that they come to an end.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pto_runtime::{
    AutoScope, Call, Compare, Deps, Error, Predicate, Runtime, Scalar, Site, TaskId, Tensor,
    TensorMut, UpdateArg, write,
};

use crate::kernels::{BOMB, BOMB_IN_BLOCK, CHANGE, CHANGE_PART, COPY, GATHER, MEET};
use crate::memory::live_bytes;
use crate::program::{BUFFERS, Condition, Op, Part, Program, SIZE};

/// Ends the process if something takes too long: a test that hangs is worse than one that fails.
pub(crate) struct Watchdog(Arc<Mutex<(String, Instant, bool)>>);

impl Watchdog {
    pub(crate) fn start(limit: Duration) -> Self {
        let state = Arc::new(Mutex::new((String::new(), Instant::now(), false)));
        let watched = Arc::clone(&state);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(200));
                let (what, since, over) = &*watched.lock().unwrap();
                if *over {
                    return;
                }
                if since.elapsed() > limit {
                    eprintln!("{what}: takes longer than {limit:?}");
                    std::process::abort();
                }
            }
        });
        Watchdog(state)
    }

    /// Something else is being done now.
    pub(crate) fn feed(&self, what: &str) {
        let mut state = self.0.lock().unwrap();
        state.0.clear();
        state.0.push_str(what);
        state.1 = Instant::now();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.lock().unwrap().2 = true;
    }
}

/// What a program is run with.
struct Submission<'a, 's> {
    buffers: Vec<TensorMut<'s, u64>>,
    /// The last tasks.
    recent: &'a mut Vec<TaskId>,
    turns: u64,
}

impl<'s> Submission<'_, 's> {
    fn view(&mut self, part: &Part) -> Result<TensorMut<'s, u64>, Error> {
        self.buffers[part.buffer].view_mut(part.range.clone())
    }

    fn predicate(&self, condition: Option<Condition>) -> Result<Option<Predicate<'s>>, Error> {
        let predicate = condition
            .map(|on| Predicate::new(&self.buffers[on.buffer], on.at, Compare::Less, on.below));
        predicate.transpose()
    }

    /// How long the next kernel takes.
    fn turns(&self) -> u64 {
        self.turns * (self.recent.len() as u64 % 3)
    }

    fn remember(&mut self, id: TaskId) {
        if self.recent.len() >= 32 {
            self.recent.drain(..16);
        }
        self.recent.push(id);
    }

    fn submit(&mut self, scope: &AutoScope<'_>, ops: &[Op]) -> Result<(), Error> {
        for op in ops {
            let turns = self.turns();
            let id = match op {
                Op::Change { part, salt, after } => {
                    let at = after.and_then(|back| self.recent.len().checked_sub(back + 1));
                    let after = at.map_or(TaskId::NONE, |at| self.recent[at]);
                    let mut x = self.view(part)?;
                    let task = scope.task(&CHANGE).update(&mut x).scalar(*salt);
                    task.scalar(turns).after(after).submit()?.id()
                }
                Op::Blocks {
                    part,
                    salt,
                    blocks,
                    condition,
                } => {
                    let mut x = self.view(part)?;
                    let task = scope.task(&CHANGE_PART).update(&mut x).scalar(*salt);
                    let task = task.scalar(turns).blocks(*blocks);
                    match self.predicate(*condition)? {
                        Some(condition) => task.when(condition).submit()?.id(),
                        None => task.submit()?.id(),
                    }
                }
                Op::Pair {
                    parts: [a, b],
                    salt,
                    condition,
                } => {
                    let (mut a, mut b) = (self.view(a)?, self.view(b)?);
                    let task = scope.task(&CHANGE).update(&mut a).scalar(*salt);
                    let task = task.scalar(turns).with_kernel(&CHANGE).update(&mut b);
                    let task = task.scalar(*salt).scalar(turns);
                    match self.predicate(*condition)? {
                        Some(condition) => task.when(condition).submit()?.id(),
                        None => task.submit()?.id(),
                    }
                }
                Op::Meet {
                    parts: [part, to],
                    salt,
                    blocks,
                } => {
                    let (mut x, mut y) = (self.view(part)?, self.view(to)?);
                    let task = scope.task(&MEET).update(&mut x).update(&mut y);
                    let task = task.scalar(*salt).scalar(turns);
                    let blocks = scope.clusters().min(*blocks);
                    task.blocks(blocks).sync_start().submit()?.id()
                }
                Op::Barrier { part, writes } => {
                    let (barrier, mut x) = (scope.barrier(), self.view(part)?);
                    let barrier = match writes {
                        true => barrier.update(&mut x),
                        false => barrier.read(&x),
                    };
                    barrier.submit()?.id()
                }
                Op::Gather { from, to } => {
                    let (x, mut sum) = (self.view(from)?, self.view(to)?);
                    let task = scope.task(&GATHER).read(&x).update(&mut sum);
                    task.scalar(turns).submit()?.id()
                }
                Op::Through { part, salt } => {
                    let mut x = self.view(part)?;
                    let inner = scope.auto(Site::here("through"))?;
                    let copy = inner.task(&COPY).read(&x).create::<u64>([x.len()]);
                    let mut t = copy.scalar(turns).submit()?.output::<u64>(0)?;
                    let change = inner.task(&CHANGE).update(&mut t);
                    change.scalar(*salt).scalar(turns).submit()?;
                    let copy = inner.task(&COPY).read(&t).write(&mut x);
                    copy.scalar(turns).submit()?.id()
                }
                Op::Chain { part, salts } => self.chain(scope, part, salts.clone())?,
                Op::Scope(ops) => {
                    self.submit(&scope.auto(Site::here("scope"))?, ops)?;
                    continue;
                }
            };
            self.remember(id);
        }
        Ok(())
    }

    fn chain(
        &mut self,
        scope: &AutoScope<'_>,
        part: &Part,
        salts: std::ops::Range<u64>,
    ) -> Result<TaskId, Error> {
        let mut x = self.view(part)?;
        // SAFETY: its tasks wait for each other, and are tracked towards all others.
        let manual = unsafe { scope.manual(Site::here("chain"))? };
        let mut last = TaskId::NONE;
        for salt in salts {
            let scalars = [salt, self.turns()].map(Scalar::to_bits);
            let call = Call::new(&CHANGE, [UpdateArg::into_arg(write(&mut x))], scalars);
            let mut call = call.tracked([0]);
            let deps = Deps {
                explicit: &[last],
                ..Deps::NONE
            };
            // SAFETY: as above.
            last = unsafe { manual.launch(&mut call, Site::here("change"), deps)? }.id();
        }
        Ok(last)
    }
}

fn start() -> [Vec<u64>; BUFFERS] {
    std::array::from_fn(|b| (0..SIZE).map(|i| (b * 100 + i) as u64).collect())
}

/// Runs a program `rounds` times in one run, with a panic at one operation if asked to. Calls `each` after each round.
fn execute(
    runtime: &mut Runtime,
    program: &Program,
    rounds: usize,
    bomb: Option<usize>,
    mut each: impl FnMut(),
) -> Result<bool, Error> {
    let mut tensors = start().map(|data| Tensor::from_vec([SIZE], data).unwrap());
    let mut recent = Vec::with_capacity(32);
    runtime.run(|root| {
        let mut submission = Submission {
            buffers: tensors
                .iter_mut()
                .map(|tensor| root.inout(tensor))
                .collect(),
            recent: &mut recent,
            turns: program.turns,
        };
        for _ in 0..rounds {
            for (at, op) in program.ops.iter().enumerate() {
                let inner = root.auto(Site::here("op"))?;
                if bomb == Some(at) {
                    let mut x = submission.buffers[0].view_mut(..1)?;
                    if at % 2 == 0 {
                        inner.task(&BOMB).update(&mut x).submit()?;
                    } else {
                        let task = inner.task(&BOMB_IN_BLOCK).update(&mut x);
                        task.blocks(inner.clusters()).sync_start().submit()?;
                    }
                }
                submission.submit(&inner, std::slice::from_ref(op))?;
            }
            each();
        }
        Ok(())
    })?;
    let mut expected = start();
    (0..rounds).for_each(|_| program.play(&mut expected));
    Ok(tensors.map(Tensor::into_vec) == expected)
}

/// Runs a program. Whether its result is that of running one task after the other.
pub(crate) fn run(
    runtime: &mut Runtime,
    program: &Program,
    bomb: Option<usize>,
) -> Result<bool, Error> {
    execute(runtime, program, 1, bomb, || {})
}

/// Runs a program again and again, in one run. Returns how much memory was allocated after each round.
pub(crate) fn repeated(
    runtime: &mut Runtime,
    program: &Program,
    rounds: usize,
) -> Result<Vec<usize>, Error> {
    let mut samples = Vec::with_capacity(rounds);
    let right = execute(runtime, program, rounds, None, || {
        samples.push(live_bytes());
    })?;
    assert!(right, "another result");
    Ok(samples)
}
