//! Random programs, and what they do one task after the other.

use std::array;

use proptest::prelude::*;
use pto_runtime::Compare;

use crate::common::mix;

pub(crate) const BUFFERS: usize = 3;
pub(crate) const SIDE: usize = 6;

/// Square matrices, row by row.
pub(crate) type Buffers = [Vec<u64>; BUFFERS];

/// A rectangle of a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rect {
    pub(crate) buffer: usize,
    pub(crate) rows: (usize, usize),
    pub(crate) columns: (usize, usize),
    pub(crate) transposed: bool,
}

impl Rect {
    /// Its elements, in the order in which a view of it shows them.
    fn indices(self) -> Vec<usize> {
        let (rows, columns) = (self.rows.0..self.rows.1, self.columns.0..self.columns.1);
        match self.transposed {
            false => rows
                .flat_map(|row| columns.clone().map(move |column| row * SIDE + column))
                .collect(),
            true => columns
                .flat_map(|column| rows.clone().map(move |row| row * SIDE + column))
                .collect(),
        }
    }
}

/// A condition on an element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    pub(crate) buffer: usize,
    pub(crate) index: [usize; 2],
    pub(crate) compare: Compare,
    pub(crate) value: u64,
}

impl Condition {
    fn holds(self, buffers: &Buffers) -> bool {
        let element = buffers[self.buffer][self.index[0] * SIDE + self.index[1]];
        match self.compare {
            Compare::Equal => element == self.value,
            Compare::NotEqual => element != self.value,
            Compare::Less => element < self.value,
            Compare::LessOrEqual => element <= self.value,
            Compare::Greater => element > self.value,
            Compare::GreaterOrEqual => element >= self.value,
        }
    }
}

/// What a task changes, in place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// A rectangle.
    Step(Rect),
    /// A rectangle, in blocks of its rows or columns.
    Blocks {
        rect: Rect,
        blocks: usize,
        turned: bool,
    },
    /// Rectangles of two buffers, by two kernels; each in blocks, if there is a number.
    Pair {
        rects: [Rect; 2],
        blocks: Option<usize>,
    },
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Perhaps on a condition; all parts together where there is room for that, if asked to.
    Task {
        work: Work,
        salt: u64,
        condition: Option<Condition>,
        together: bool,
    },
    /// Folds a rectangle into a corner of another buffer.
    Fold(Rect, usize),
    /// Copies a rectangle through a fresh tensor, which is changed in between.
    Through(Rect, u64),
    /// Fills a rectangle in a MANUAL scope, through a fresh tensor: a barrier alone stands between the task that fills
    /// and the one that copies.
    Fill(Rect, u64),
    /// A barrier for users of rectangles of some buffers: all of them, or the writers.
    Barrier([Option<(Rect, bool)>; BUFFERS]),
    /// Runs the operations in a scope of their own.
    Scope(Vec<Op>),
}

fn rect() -> impl Strategy<Value = Rect> {
    let range = (0..SIDE, 1..=SIDE).prop_map(|(start, len)| (start, (start + len).min(SIDE)));
    (0..BUFFERS, range.clone(), range, any::<bool>()).prop_map(
        |(buffer, rows, columns, transposed)| Rect {
            buffer,
            rows,
            columns,
            transposed,
        },
    )
}

fn condition() -> impl Strategy<Value = Condition> {
    let compare = prop::sample::select(vec![
        Compare::Equal,
        Compare::NotEqual,
        Compare::Less,
        Compare::LessOrEqual,
        Compare::Greater,
        Compare::GreaterOrEqual,
    ]);
    // Elements are small numbers at first, then look random.
    let value = prop_oneof![0..BUFFERS as u64 * 100, any::<u64>()];
    (0..BUFFERS, [0..SIDE, 0..SIDE], compare, value).prop_map(|(buffer, index, compare, value)| {
        Condition {
            buffer,
            index,
            compare,
            value,
        }
    })
}

fn work() -> impl Strategy<Value = Work> {
    prop_oneof![
        4 => rect().prop_map(Work::Step),
        2 => (rect(), 1..5_usize, any::<bool>())
            .prop_map(|(rect, blocks, turned)| Work::Blocks { rect, blocks, turned }),
        2 => ([rect(), rect()], prop::option::of(1..4_usize)).prop_map(|(mut rects, blocks)| {
            if rects[0].buffer == rects[1].buffer {
                rects[1].buffer = (rects[0].buffer + 1) % BUFFERS;
            }
            Work::Pair { rects, blocks }
        }),
    ]
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let task = (
        work(),
        any::<u64>(),
        prop::option::of(condition()),
        any::<bool>(),
    );
    let fold = (rect(), 1..BUFFERS)
        .prop_map(|(rect, apart)| Op::Fold(rect, (rect.buffer + apart) % BUFFERS));
    let users = || prop::option::of((rect(), any::<bool>()));
    let barrier = [users(), users(), users()].prop_map(|mut users| {
        for (buffer, users) in users.iter_mut().enumerate() {
            users.iter_mut().for_each(|(rect, _)| rect.buffer = buffer);
        }
        Op::Barrier(users)
    });
    let leaf = prop_oneof![
        8 => task.prop_map(|(work, salt, condition, together)| Op::Task { work, salt, condition, together }),
        2 => fold,
        2 => (rect(), any::<u64>()).prop_map(|(rect, salt)| Op::Through(rect, salt)),
        1 => (rect(), any::<u64>()).prop_map(|(rect, value)| Op::Fill(rect, value)),
        2 => barrier,
    ];
    // A scope may not have more tasks than the window has slots.
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop::collection::vec(inner, 1..=2).prop_map(Op::Scope)
    })
}

/// What the buffers hold at first.
pub(crate) fn start() -> Buffers {
    array::from_fn(|b| (0..SIDE * SIDE).map(|i| (b * 100 + i) as u64).collect())
}

pub(crate) fn run_in_order(ops: &[Op], buffers: &mut Buffers) {
    for op in ops {
        match op {
            Op::Task {
                work,
                salt,
                condition,
                ..
            } => {
                if condition.is_none_or(|condition| condition.holds(buffers)) {
                    match *work {
                        Work::Step(rect) | Work::Blocks { rect, .. } => {
                            change(buffers, rect, *salt);
                        }
                        Work::Pair { rects, .. } => rects
                            .into_iter()
                            .for_each(|rect| change(buffers, rect, *salt)),
                    }
                }
            }
            &Op::Through(rect, salt) => change(buffers, rect, salt),
            &Op::Fold(rect, to) => {
                let from = &buffers[rect.buffer];
                let elements = rect.indices().into_iter().map(|i| from[i]);
                buffers[to][0] = elements.fold(buffers[to][0], mix);
            }
            &Op::Fill(rect, value) => rect
                .indices()
                .into_iter()
                .for_each(|i| buffers[rect.buffer][i] = value),
            Op::Barrier(_) => {}
            Op::Scope(ops) => run_in_order(ops, buffers),
        }
    }
}

fn change(buffers: &mut Buffers, rect: Rect, salt: u64) {
    for i in rect.indices() {
        buffers[rect.buffer][i] = mix(buffers[rect.buffer][i], salt);
    }
}
