//! The tables of the six graphs.

use super::{BLOCKS, GROUP, Kind, Name, Task, WIDTH, Workload};

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }
}

/// How far back a task of `random` reads.
const REACH: usize = 256;

impl Task {
    fn new(kind: Kind, inputs: &[usize], outputs: &[usize]) -> Self {
        let mut task = Task {
            kind,
            inputs: [0; 4],
            outputs: [0; 2],
            input_count: inputs.len() as u8,
            output_count: outputs.len() as u8,
            updates: matches!(kind, Kind::Step | Kind::Update),
            constant: None,
        };
        for (place, &cell) in task.inputs.iter_mut().zip(inputs) {
            *place = cell as u32;
        }
        for (place, &cell) in task.outputs.iter_mut().zip(outputs) {
            *place = cell as u32;
        }
        task
    }

    fn with_constant(mut self, cell: usize) -> Self {
        self.constant = Some(cell as u32);
        self
    }
}

/// The table of a workload, without its checksum.
pub(super) fn build(name: Name, count: usize) -> Workload {
    let mut random = Random(88_172_645_463_325_252);
    let (tasks, written): (Vec<Task>, usize) = match name {
        Name::Nodep => (separate(Kind::Nodep, count), count),
        Name::Indep => (separate(Kind::Out, count), count),
        Name::Chain => (
            (0..count)
                .map(|_| Task::new(Kind::Step, &[], &[0]))
                .collect(),
            1,
        ),
        Name::Stencil => (
            (0..count / WIDTH / 2 * 2).flat_map(stencil_step).collect(),
            2 * WIDTH,
        ),
        Name::Attn => {
            let groups = (count / GROUP).max(1);
            let constants = groups * GROUP;
            let tasks = (0..groups).flat_map(|group| attn_group(group, constants, &mut random));
            (tasks.collect(), constants)
        }
        // Nobody writes the cell behind the results, which stands for those before the first.
        Name::Random => (
            (0..count)
                .map(|id| gather(id, count, &mut random))
                .collect(),
            count + 1,
        ),
    };
    Workload {
        name,
        tasks,
        written,
        checksum: 0,
    }
}

fn separate(kind: Kind, count: usize) -> Vec<Task> {
    (0..count).map(|id| Task::new(kind, &[], &[id])).collect()
}

fn stencil_step(step: usize) -> impl Iterator<Item = Task> {
    let (from, to) = ((step + 1) % 2 * WIDTH, step % 2 * WIDTH);
    (0..WIDTH).map(move |i| {
        let neighbours = [
            from + (i + WIDTH - 1) % WIDTH,
            from + i,
            from + (i + 1) % WIDTH,
        ];
        Task::new(Kind::Stencil, &neighbours, &[to + i])
    })
}

fn attn_group(group: usize, constants: usize, random: &mut Random) -> Vec<Task> {
    let sum = group * GROUP;
    let mut tasks = vec![Task::new(Kind::First, &[], &[sum])];
    for block in 0..BLOCKS {
        let scores = sum + 1 + 4 * block;
        let (weights, norm, product) = (scores + 1, scores + 2, scores + 3);
        let key = constants + 1 + (random.next() & 31);
        let value = constants + 33 + (random.next() & 30);
        tasks.extend([
            Task::new(Kind::Scores, &[], &[scores]).with_constant(key),
            Task::new(Kind::Weights, &[scores], &[weights, norm]),
            Task::new(Kind::Product, &[weights], &[product]).with_constant(value),
            Task::new(Kind::Update, &[norm, product], &[sum]),
        ]);
    }
    tasks
}

fn gather(id: usize, count: usize, random: &mut Random) -> Task {
    let reach = id.min(REACH);
    let inputs = [(); 4].map(|()| match reach {
        0 => count,
        _ => id - 1 - random.next() % reach,
    });
    Task::new(Kind::Gather, &inputs, &[id])
}
