//! Submits random programs.

use pto_runtime::{
    AutoScope, Call, Deps, Error, OutArg, Predicate, ReadArg, Site, TensorMut, read, write,
};

use crate::common::{COPY, FILL, FOLD, STEP, STEP_COLUMNS, STEP_ROWS};
use crate::model::{BUFFERS, Op, Rect, Work};

/// What tasks have to run on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) workers: usize,
    pub(crate) clusters: usize,
}

impl Work {
    /// Whether all its parts can run at the same time.
    fn fits(self, room: Room) -> bool {
        let (parts, clusters) = match self {
            Work::Step(_) => (1, 1),
            // Of a cluster two cores could run `STEP_ROWS`, and one `STEP_COLUMNS`.
            Work::Blocks { blocks, .. } => (blocks, blocks),
            Work::Pair { blocks, .. } => (2 * blocks.unwrap_or(1), blocks.unwrap_or(1)),
        };
        parts <= room.workers && clusters <= room.clusters
    }
}

fn view<'s>(
    buffers: &mut [TensorMut<'s, u64>; BUFFERS],
    rect: Rect,
) -> Result<TensorMut<'s, u64>, Error> {
    let mut view = buffers[rect.buffer]
        .view_mut((rect.rows.0..rect.rows.1, rect.columns.0..rect.columns.1))?;
    if rect.transposed {
        view.transpose_mut(0, 1)
    } else {
        Ok(view)
    }
}

pub(crate) fn submit(
    scope: &AutoScope<'_>,
    ops: &[Op],
    buffers: &mut [TensorMut<'_, u64>; BUFFERS],
    room: Room,
) -> Result<(), Error> {
    for op in ops {
        match op {
            &Op::Task {
                work,
                salt,
                condition,
                together,
            } => {
                let mut task = match work {
                    Work::Step(rect) => {
                        let task = scope.task(&STEP).update(&mut view(buffers, rect)?);
                        task.scalar(salt)
                    }
                    Work::Blocks {
                        rect,
                        blocks,
                        turned,
                    } => {
                        let kernel = if turned { &STEP_COLUMNS } else { &STEP_ROWS };
                        let task = scope.task(kernel).update(&mut view(buffers, rect)?);
                        task.scalar(salt).blocks(blocks)
                    }
                    Work::Pair {
                        rects: [a, b],
                        blocks,
                    } => {
                        let kernel = if blocks.is_some() { &STEP_ROWS } else { &STEP };
                        let task = scope.task(kernel).update(&mut view(buffers, a)?);
                        let task = task.scalar(salt).with_kernel(kernel);
                        let task = task.update(&mut view(buffers, b)?).scalar(salt);
                        match blocks {
                            Some(blocks) => task.blocks(blocks),
                            None => task,
                        }
                    }
                };
                if together && work.fits(room) {
                    task = task.sync_start();
                }
                if let Some(on) = condition {
                    let gate = &buffers[on.buffer];
                    task = task.when(Predicate::new(gate, on.index, on.compare, on.value)?);
                }
                task.submit()?;
            }
            &Op::Fold(rect, to) => {
                let from = view(buffers, rect)?;
                let mut to = buffers[to].view_mut((0..1, 0..1))?;
                scope.task(&FOLD).read(&from).update(&mut to).submit()?;
            }
            &Op::Through(rect, salt) => {
                let mut at = view(buffers, rect)?;
                let inner = scope.auto(Site::here("through"))?;
                let copy = inner.task(&COPY).read(&at);
                let copy = copy.create::<u64>([at.dim(0), at.dim(1)]).submit()?;
                let mut copy = copy.output::<u64>(0)?;
                inner.task(&STEP).update(&mut copy).scalar(salt).submit()?;
                inner.task(&COPY).read(&copy).write(&mut at).submit()?;
            }
            &Op::Fill(rect, value) => fill(scope, &mut view(buffers, rect)?, value)?,
            Op::Barrier(users) => {
                let mut barrier = scope.barrier();
                for &(rect, writes) in users.iter().flatten() {
                    let mut view = view(buffers, rect)?;
                    barrier = match writes {
                        true => barrier.update(&mut view),
                        false => barrier.read(&view),
                    };
                }
                barrier.submit()?;
            }
            Op::Scope(ops) => submit(&scope.auto(Site::here("scope"))?, ops, buffers, room)?,
        }
    }
    Ok(())
}

fn fill(scope: &AutoScope<'_>, at: &mut TensorMut<'_, u64>, value: u64) -> Result<(), Error> {
    // SAFETY: the tasks on the fresh tensor are ordered by the barrier, and the last of them keeps it. That one is
    // tracked towards all others.
    let manual = unsafe { scope.manual(Site::here("fill"))? };
    let task = manual.task(&FILL).create::<u64>([at.dim(0), at.dim(1)]);
    // SAFETY: as above.
    let filled = unsafe { task.scalar(value).submit()? };
    let fresh = filled.output::<u64>(0)?;
    // SAFETY: as above.
    let barrier = unsafe { manual.barrier().after(filled.id()).submit()? };
    let deps = Deps {
        explicit: &[barrier.id()],
        keep: &[filled.id()],
        ..Deps::NONE
    };
    let args = [ReadArg::into_arg(read(&fresh)), OutArg::into_arg(write(at))];
    let mut copy = Call::new(&COPY, args, []).tracked([1]);
    // SAFETY: as above.
    unsafe { manual.launch(&mut copy, Site::here("copy"), deps)? };
    Ok(())
}
