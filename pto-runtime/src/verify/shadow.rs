//! Who accessed which elements of a storage last.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use crate::verify::order::Seq;
use crate::verify::runs::Run;

/// An access: the task, and the position of the tensor among its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Use {
    pub(super) task: Seq,
    pub(super) position: u32,
}

/// Neighbouring elements with the same history.
#[derive(Clone, Debug)]
struct Piece {
    end: u64,
    /// The last task that wrote them.
    writer: Option<Use>,
    /// Those that have read them since.
    readers: SmallVec<[Use; 2]>,
}

/// The elements of a storage that were accessed, in pieces that do not overlap, by their start.
///
/// A write takes the place of everything before it: who conflicts with that conflicts with the write, and who comes after
/// the write comes after all that the write had to wait for.
#[derive(Clone, Debug, Default)]
pub(super) struct Shadow(BTreeMap<u64, Piece>);

impl Shadow {
    /// Calls `conflict` for each access that a new one of `run` must come after, with the elements.
    pub(super) fn conflicts(
        &self,
        run: &Run,
        writes: bool,
        mut conflict: impl FnMut(Run, Use, bool),
    ) {
        for (&start, piece) in self.overlapping(run) {
            let common = start.max(run.start)..piece.end.min(run.end);
            if let Some(writer) = piece.writer {
                conflict(common.clone(), writer, true);
            }
            if writes {
                for &reader in &piece.readers {
                    conflict(common.clone(), reader, false);
                }
            }
        }
    }

    /// Enters an access. `follows` says whether a task is known to come before it.
    pub(super) fn enter(
        &mut self,
        run: &Run,
        by: Use,
        writes: bool,
        follows: impl Fn(Seq) -> bool,
    ) {
        self.split(run.start);
        self.split(run.end);
        if writes {
            let covered: SmallVec<[u64; 8]> =
                self.0.range(run.clone()).map(|(&at, _)| at).collect();
            for at in covered {
                self.0.remove(&at);
            }
            let written = Piece {
                end: run.end,
                writer: Some(by),
                readers: SmallVec::new(),
            };
            self.0.insert(run.start, written);
            return;
        }
        let mut gaps: SmallVec<[Run; 4]> = SmallVec::new();
        let mut at = run.start;
        for (&start, piece) in self.0.range_mut(run.clone()) {
            if at < start {
                gaps.push(at..start);
            }
            at = piece.end;
            match piece.readers.last_mut() {
                // Whoever waits for the later reader waits for the earlier one.
                Some(last) if last.task == by.task || follows(last.task) => *last = by,
                _ => piece.readers.push(by),
            }
        }
        if at < run.end {
            gaps.push(at..run.end);
        }
        for gap in gaps {
            let read = Piece {
                end: gap.end,
                writer: None,
                readers: SmallVec::from_slice(&[by]),
            };
            self.0.insert(gap.start, read);
        }
    }

    /// All accesses that a new one may have to come after.
    pub(super) fn uses(&self) -> impl Iterator<Item = Use> {
        let pieces = self.0.values();
        pieces.flat_map(|piece| {
            piece
                .writer
                .into_iter()
                .chain(piece.readers.iter().copied())
        })
    }

    /// Makes a piece begin at `at`, if one goes across it.
    fn split(&mut self, at: u64) {
        if let Some((_, piece)) = self.0.range_mut(..at).next_back()
            && piece.end > at
        {
            let right = piece.clone();
            piece.end = at;
            self.0.insert(at, right);
        }
    }

    fn overlapping(&self, run: &Run) -> impl Iterator<Item = (&u64, &Piece)> {
        let before = self.0.range(..run.start).next_back();
        let before = before.filter(|(_, piece)| piece.end > run.start);
        before.into_iter().chain(self.0.range(run.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const SIZE: usize = 16;

    /// The same, element by element.
    #[derive(Clone, Default)]
    struct Element {
        writer: Option<Seq>,
        readers: BTreeSet<Seq>,
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pieces_tell_what_elements_tell(accesses in prop::collection::vec((0..SIZE, 1..=SIZE, any::<bool>()), 1..40)) {
            let mut shadow = Shadow::default();
            let mut elements = vec![Element::default(); SIZE];
            for (task, (start, length, writes)) in (0..).zip(accesses) {
                let range = start..(start + length).min(SIZE);
                let run = range.start as u64..range.end as u64;
                let mut found = BTreeSet::new();
                shadow.conflicts(&run, writes, |run, by, wrote| {
                    run.for_each(|at| assert!(found.insert((at as usize, by.task, wrote)), "found twice"));
                });
                let mut expected = BTreeSet::new();
                for at in range.clone() {
                    expected.extend(elements[at].writer.map(|writer| (at, writer, true)));
                    if writes {
                        expected.extend(elements[at].readers.iter().map(|&reader| (at, reader, false)));
                    }
                }
                prop_assert_eq!(found, expected);
                shadow.enter(&run, Use { task, position: 0 }, writes, |_| false);
                for element in &mut elements[range] {
                    match writes {
                        true => *element = Element { writer: Some(task), ..Element::default() },
                        false => drop(element.readers.insert(task)),
                    }
                }
            }
        }
    }

    #[test]
    fn readers_in_a_row_leave_one() {
        let mut shadow = Shadow::default();
        for task in 0..1000 {
            shadow.enter(&(0..8), Use { task, position: 0 }, false, |earlier| {
                earlier + 1 == task
            });
        }
        let mut found = Vec::new();
        shadow.conflicts(&(2..3), true, |_, by, _| found.push(by.task));
        assert_eq!(found, [999]);
    }
}
