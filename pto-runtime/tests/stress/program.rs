//! Random programs, and what they do one task after the other.

use std::ops::Range;

use crate::common::mix;

pub(crate) const BUFFERS: usize = 3;
pub(crate) const SIZE: usize = 24;

/// Numbers that look random.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Rng(mix(seed, 0x5EED) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// A part of a buffer.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) buffer: usize,
    pub(crate) range: Range<usize>,
}

/// A condition: an element is less than a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    pub(crate) buffer: usize,
    pub(crate) at: usize,
    pub(crate) below: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Changes a part in place; perhaps after some task that was submitted a while ago, which it need not wait for.
    Change {
        part: Part,
        salt: u64,
        after: Option<usize>,
    },
    /// Changes a part in place, in blocks, if a condition holds.
    Blocks {
        part: Part,
        salt: u64,
        blocks: usize,
        condition: Option<Condition>,
    },
    /// Changes parts of two buffers, in one task of two kernels, if a condition holds.
    Pair {
        parts: [Part; 2],
        salt: u64,
        condition: Option<Condition>,
    },
    /// Changes a part, then folds all of it into each element of one of another buffer: in blocks that run at the same
    /// time, as many of them as can.
    Meet {
        parts: [Part; 2],
        salt: u64,
        blocks: usize,
    },
    /// A barrier for users of a part: all of them, or the writers.
    Barrier { part: Part, writes: bool },
    /// Folds a part into an element of another buffer.
    Gather { from: Part, to: Part },
    /// Copies a part through a fresh tensor, which is changed in between, in a scope of its own.
    Through { part: Part, salt: u64 },
    /// Changes a part in a MANUAL scope, whose tasks wait for each other, and are tracked towards those outside.
    Chain { part: Part, salts: Range<u64> },
    /// In a scope of their own.
    Scope(Vec<Op>),
}

/// A program: the operations, each in a scope of its own, and how long its kernels take at most.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) ops: Vec<Op>,
    pub(crate) turns: u64,
}

impl Program {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        let ops = 20 + rng.below(80);
        Program {
            ops: (0..ops).map(|_| op(rng, 3)).collect(),
            turns: [0, 20, 2000][rng.below(3)],
        }
    }

    /// How many operations there are outside of all scopes.
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    /// How many tasks it submits.
    pub(crate) fn tasks(&self) -> u64 {
        count(&self.ops)
    }

    /// What becomes of the buffers.
    pub(crate) fn play(&self, buffers: &mut [Vec<u64>; BUFFERS]) {
        play(&self.ops, buffers);
    }
}

fn part(rng: &mut Rng) -> Part {
    let (start, len) = (rng.below(SIZE), 1 + rng.below(SIZE));
    Part {
        buffer: rng.below(BUFFERS),
        range: start..(start + len).min(SIZE),
    }
}

/// Parts of two buffers.
fn parts(rng: &mut Rng) -> [Part; 2] {
    let (one, mut other) = (part(rng), part(rng));
    other.buffer = (one.buffer + 1 + rng.below(BUFFERS - 1)) % BUFFERS;
    [one, other]
}

fn condition(rng: &mut Rng) -> Option<Condition> {
    let condition = Condition {
        buffer: rng.below(BUFFERS),
        at: rng.below(SIZE),
        below: rng.next() << 32,
    };
    (rng.below(2) == 0).then_some(condition)
}

fn op(rng: &mut Rng, depth: usize) -> Op {
    let salt = rng.next();
    match rng.below(if depth > 0 { 16 } else { 13 }) {
        0..3 => Op::Change {
            part: part(rng),
            salt,
            after: (rng.below(2) == 0).then(|| rng.below(16)),
        },
        3..5 => {
            let (from, at) = (part(rng), rng.below(SIZE));
            let buffer = (from.buffer + 1) % BUFFERS;
            Op::Gather {
                from,
                to: Part {
                    buffer,
                    range: at..at + 1,
                },
            }
        }
        5 | 6 => Op::Through {
            part: part(rng),
            salt,
        },
        7 => Op::Chain {
            part: part(rng),
            salts: salt..salt + 1 + rng.below(3) as u64,
        },
        8 | 9 => Op::Blocks {
            part: part(rng),
            salt,
            blocks: 1 + rng.below(6),
            condition: condition(rng),
        },
        10 => Op::Pair {
            parts: parts(rng),
            salt,
            condition: condition(rng),
        },
        11 => Op::Meet {
            parts: parts(rng),
            salt,
            blocks: 1 + rng.below(8),
        },
        12 => Op::Barrier {
            part: part(rng),
            writes: rng.below(2) == 0,
        },
        // The scopes of one ring may have as many tasks in all as the smallest window has slots.
        _ => Op::Scope((0..1 + rng.below(2)).map(|_| op(rng, depth - 1)).collect()),
    }
}

fn count(ops: &[Op]) -> u64 {
    let tasks = ops.iter().map(|op| match op {
        Op::Through { .. } => 3,
        Op::Chain { salts, .. } => salts.end - salts.start,
        Op::Scope(ops) => count(ops),
        _ => 1,
    });
    tasks.sum()
}

fn play(ops: &[Op], buffers: &mut [Vec<u64>; BUFFERS]) {
    for op in ops {
        match op {
            Op::Change { part, salt, .. } | Op::Through { part, salt } => {
                change(&mut buffers[part.buffer][part.range.clone()], *salt);
            }
            Op::Chain { part, salts } => {
                for salt in salts.clone() {
                    change(&mut buffers[part.buffer][part.range.clone()], salt);
                }
            }
            Op::Blocks {
                part,
                salt,
                condition,
                ..
            } => {
                if holds(*condition, buffers) {
                    change(&mut buffers[part.buffer][part.range.clone()], *salt);
                }
            }
            Op::Pair {
                parts,
                salt,
                condition,
            } => {
                if holds(*condition, buffers) {
                    for part in parts {
                        change(&mut buffers[part.buffer][part.range.clone()], *salt);
                    }
                }
            }
            Op::Meet {
                parts: [part, to],
                salt,
                ..
            } => {
                change(&mut buffers[part.buffer][part.range.clone()], *salt);
                let all = buffers[part.buffer][part.range.clone()].to_vec();
                for y in &mut buffers[to.buffer][to.range.clone()] {
                    *y = all.iter().fold(*y, |sum, x| mix(sum, *x));
                }
            }
            Op::Barrier { .. } => {}
            Op::Gather { from, to } => {
                let sum = buffers[to.buffer][to.range.start];
                let elements = buffers[from.buffer][from.range.clone()].iter();
                buffers[to.buffer][to.range.start] = elements.fold(sum, |sum, x| mix(sum, *x));
            }
            Op::Scope(ops) => play(ops, buffers),
        }
    }
}

fn holds(condition: Option<Condition>, buffers: &[Vec<u64>; BUFFERS]) -> bool {
    condition.is_none_or(|on| buffers[on.buffer][on.at] < on.below)
}

fn change(elements: &mut [u64], salt: u64) {
    elements.iter_mut().for_each(|x| *x = mix(*x, salt));
}
