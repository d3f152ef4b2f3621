//! A ring from which blocks are taken at the top and returned at the tail, in the same order.

/// The bookkeeping of a ring of `capacity` bytes. No block straddles the end.
///
/// Invariant: blocks in use are `tail..top`, or `tail..` and `..top` if `top < tail`. `top == tail` only if no block is
/// in use, and then both are 0.
#[derive(Debug)]
pub(crate) struct Bump {
    capacity: usize,
    top: usize,
    tail: usize,
    blocks: usize,
}

impl Bump {
    pub(crate) fn new(capacity: usize) -> Self {
        Bump {
            capacity,
            top: 0,
            tail: 0,
            blocks: 0,
        }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Where a block of `size` bytes would go.
    #[inline]
    pub(crate) fn place(&self, size: usize) -> Option<usize> {
        if self.top < self.tail {
            // Strictly less: a gap that is filled exactly would look empty.
            return (size < self.tail - self.top).then_some(self.top);
        }
        if size <= self.capacity - self.top {
            return Some(self.top);
        }
        (size < self.tail).then_some(0)
    }

    /// Takes a block where [`place`](Bump::place) said. Returns its end, by which it is to be returned.
    #[inline]
    pub(crate) fn take(&mut self, at: usize, size: usize) -> usize {
        debug_assert!(size > 0 && self.place(size) == Some(at));
        self.top = at + size;
        self.blocks += 1;
        self.top
    }

    /// Returns the oldest blocks, so many of them, the last of which ends at `end`.
    #[inline]
    pub(crate) fn give_back_all(&mut self, blocks: usize, end: usize) {
        debug_assert!(0 < blocks && blocks <= self.blocks);
        self.tail = end;
        self.blocks -= blocks;
        if self.blocks == 0 {
            (self.top, self.tail) = (0, 0);
        }
    }

    /// Bytes that cannot be taken now, an unused remainder at the end included.
    #[inline]
    pub(crate) fn used(&self) -> usize {
        if self.top < self.tail {
            self.capacity - self.tail + self.top
        } else {
            self.top - self.tail
        }
    }

    pub(crate) fn reset(&mut self) {
        *self = Bump::new(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(ring: &mut Bump, size: usize) -> Option<usize> {
        ring.place(size).map(|at| ring.take(at, size))
    }

    #[test]
    fn exact_fit_at_the_end() {
        let mut ring = Bump::new(100);
        assert_eq!(take(&mut ring, 60), Some(60));
        assert_eq!(take(&mut ring, 40), Some(100));
        assert_eq!((take(&mut ring, 1), ring.used()), (None, 100));
        assert_eq!(ring.place(0), Some(100));
    }

    #[test]
    fn the_whole_ring_as_one_block_and_nothing_larger() {
        let mut ring = Bump::new(100);
        assert_eq!(take(&mut ring, 101), None);
        assert_eq!(take(&mut ring, 100), Some(100));
        ring.give_back_all(1, 100);
        assert_eq!(take(&mut ring, 100), Some(100));
    }

    #[test]
    fn wraps_unless_the_gap_would_be_filled_exactly() {
        let mut ring = Bump::new(100);
        let first = take(&mut ring, 40).unwrap();
        let second = take(&mut ring, 40).unwrap();
        ring.give_back_all(1, first);
        assert_eq!(
            ring.place(40),
            None,
            "0..40 is free, but filling it would look empty"
        );
        assert_eq!(take(&mut ring, 39), Some(39));
        assert_eq!(
            ring.used(),
            99,
            "the remainder 80..100 is lost until the tail passes it"
        );
        assert_eq!(take(&mut ring, 1), None);
        ring.give_back_all(1, second);
        assert_eq!(take(&mut ring, 40), Some(79));
        assert_eq!(ring.place(1), None);
    }

    #[test]
    fn an_empty_ring_starts_over_wherever_it_was() {
        let mut ring = Bump::new(100);
        let end = take(&mut ring, 70).unwrap();
        ring.give_back_all(1, end);
        assert_eq!(take(&mut ring, 90), Some(90));
        assert_eq!(ring.used(), 90);
    }

    #[test]
    fn failing_leaves_the_state_alone() {
        let mut ring = Bump::new(100);
        take(&mut ring, 50).unwrap();
        assert_eq!(take(&mut ring, 60), None);
        assert_eq!(take(&mut ring, 50), Some(100));
    }

    #[test]
    fn many_laps_never_overlap() {
        let mut ring = Bump::new(97);
        let mut live = std::collections::VecDeque::new();
        for size in (1..2000).map(|i| i * 7 % 31 + 1) {
            while ring.place(size).is_none() {
                let (_, end) = live.pop_front().unwrap();
                ring.give_back_all(1, end);
            }
            let at = ring.place(size).unwrap();
            assert!(
                live.iter()
                    .all(|&(start, end)| at + size <= start || end <= at)
            );
            live.push_back((at, ring.take(at, size)));
        }
    }
}
