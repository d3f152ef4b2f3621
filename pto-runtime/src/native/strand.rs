//! A queue of tasks that run one after the other, in order, each while it is in the queue.
//!
//! One thread writes entries, and publishes them a few at a time. Any thread may run them, one at a time: who takes the strand runs
//! what is published until there is no more. An entry's words are used again when it has been run.

use std::ptr::NonNull;

use crossbeam_utils::CachePadded;

use std::cell::UnsafeCell;

use crate::native::prefetch;
use crate::sync::{AtomicBool, AtomicUsize, Ordering, order_for_model};

/// The word of an entry that leaves out the rest of the words, so that the next one begins at the first.
const SKIP: u64 = 0;

/// The words of a cache line, and how many words ahead lines are asked for.
const LINE: usize = 8;
const AHEAD: usize = 64;

/// What the threads share. Positions count words, and go on for ever.
///
/// Invariant: words `head..published` are entries that have not been run, each with its number of words first, or skips. The
/// writer alone writes others; who has set `taken` alone reads these, and moves `head`.
pub(crate) struct Strand {
    words: Box<[UnsafeCell<u64>]>,
    published: CachePadded<AtomicUsize>,
    head: CachePadded<AtomicUsize>,
    taken: CachePadded<AtomicBool>,
}

// SAFETY: its memory is accessed as the invariant says.
unsafe impl Sync for Strand {}

/// The writer's side.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// Where the next entry goes, and up to where entries are published.
    tail: usize,
    published: usize,
    /// Where the head was when it was looked at last.
    head: usize,
}

impl Strand {
    /// `capacity` counts words, and is a power of two.
    pub(crate) fn new(capacity: usize) -> Self {
        debug_assert!(capacity.is_power_of_two());
        Strand {
            words: (0..capacity).map(|_| UnsafeCell::new(0)).collect(),
            published: CachePadded::new(AtomicUsize::new(0)),
            head: CachePadded::new(AtomicUsize::new(0)),
            taken: CachePadded::new(AtomicBool::new(false)),
        }
    }

    fn capacity(&self) -> usize {
        self.words.len()
    }

    /// The word at a position, and those after it before the last.
    #[inline]
    fn word(&self, position: usize) -> NonNull<u64> {
        let words = NonNull::from(&*self.words).cast::<UnsafeCell<u64>>();
        // SAFETY: there are so many; a cell is what is in it.
        unsafe { words.add(position & (self.words.len() - 1)) }.cast()
    }

    /// Whether there is something that nobody runs. Sequentially consistent for a sleeper, see `idle`.
    pub(crate) fn has_work(&self) -> bool {
        self.published.load(Ordering::SeqCst) != self.head.load(Ordering::SeqCst)
            && !self.taken.load(Ordering::SeqCst)
    }

    /// Whether there may be something to run.
    #[inline]
    pub(crate) fn is_inviting(&self) -> bool {
        self.published.load(Ordering::Relaxed) != self.head.load(Ordering::Relaxed)
    }

    /// Calls `run` for each entry that is published, in order, with its words after the first, unless another thread does; `soon`
    /// for the one that is next. Whether there were any.
    pub(crate) fn run(
        &self,
        mut run: impl FnMut(NonNull<u64>),
        soon: impl Fn(NonNull<u64>),
    ) -> bool {
        let mut has_run = false;
        // Who publishes while this thread is about to leave sees it taken: so it looks once more.
        while self.has_work() && !self.taken.swap(true, Ordering::SeqCst) {
            let mut at = self.head.load(Ordering::Relaxed);
            // Acquires the words.
            let mut end = self.published.load(Ordering::Acquire);
            while at != end {
                let entry = self.word(at);
                // SAFETY: there is an entry, and this thread alone has taken the strand.
                match unsafe { entry.read() } {
                    SKIP => at += self.capacity() - at % self.capacity(),
                    words => {
                        let words = words as usize;
                        for line in 0..words.div_ceil(LINE) {
                            prefetch::to_read(self.word(at + AHEAD + line * LINE).as_ptr());
                        }
                        let next = self.word(at + words);
                        // SAFETY: as above, if there is another entry.
                        if at + words != end && unsafe { next.read() } != SKIP {
                            // SAFETY: an entry has more than one word.
                            soon(unsafe { next.add(1) });
                        }
                        // SAFETY: as above.
                        run(unsafe { entry.add(1) });
                        has_run = true;
                        at += words;
                    }
                }
                // Releases the words, and what was done.
                self.head.store(at, Ordering::Release);
                if at == end {
                    end = self.published.load(Ordering::Acquire);
                }
            }
            // News for a writer that sleeps.
            self.head.store(at, Ordering::SeqCst);
            // A swap, as the model checker does not know that a swap sees what was stored last.
            self.taken.swap(false, Ordering::SeqCst);
            order_for_model();
        }
        has_run
    }
}

impl Writer {
    /// How many words were written and not yet run, as far as is known.
    pub(crate) fn backlog(&self) -> usize {
        self.tail - self.head
    }

    /// Looks how far others are. What was run is visible then.
    pub(crate) fn look(&mut self, strand: &Strand) {
        self.head = strand.head.load(Ordering::Acquire);
    }

    /// Whether all has been run, which then is visible. Sequentially consistent for a sleeper, see `idle`.
    pub(crate) fn is_empty(&self, strand: &Strand) -> bool {
        strand.head.load(Ordering::SeqCst) == self.tail
    }

    /// Whether so many words that were written are not published.
    #[inline]
    pub(crate) fn keeps(&self, words: usize) -> bool {
        self.tail - self.published >= words
    }

    /// How many words an entry takes with so many of them beside its first, and how many are left out before it.
    #[inline]
    fn takes(&self, strand: &Strand, words: usize) -> (usize, usize) {
        let before_end = strand.capacity() - self.tail % strand.capacity();
        let skipped = if words + 1 > before_end {
            before_end
        } else {
            0
        };
        (words + 1, skipped)
    }

    /// Whether there is room for an entry with so many words beside its first.
    #[inline]
    pub(crate) fn has_room(&mut self, strand: &Strand, words: usize) -> bool {
        let (words, skipped) = self.takes(strand, words);
        let has_room = |side: &Self| side.backlog() + skipped + words <= strand.capacity();
        has_room(self) || {
            self.look(strand);
            has_room(self)
        }
    }

    /// Where the words of an entry go that has so many beside its first, and for which there is room.
    ///
    /// # Panics
    /// There is no room.
    #[inline]
    pub(crate) fn place(&mut self, strand: &Strand, words: usize) -> NonNull<u64> {
        let (words, skipped) = self.takes(strand, words);
        assert!(self.backlog() + skipped + words <= strand.capacity());
        // SAFETY: these words are free, and there are as many before the end.
        unsafe {
            if skipped > 0 {
                strand.word(self.tail).write(SKIP);
                self.tail += skipped;
            }
            let entry = strand.word(self.tail);
            for line in 0..words.div_ceil(LINE) {
                prefetch::to_write(strand.word(self.tail + AHEAD + line * LINE).as_ptr());
            }
            entry.write(words as u64);
            self.tail += words;
            entry.add(1)
        }
    }

    /// Publishes what was written. Whether there was anything; then it is news for sleepers.
    #[inline]
    pub(crate) fn publish(&mut self, strand: &Strand) -> bool {
        let is_new = self.published != self.tail;
        if is_new {
            self.published = self.tail;
            strand.published.store(self.tail, Ordering::SeqCst);
            order_for_model();
        }
        is_new
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    fn push(writer: &mut Writer, strand: &Strand, values: &[u64]) -> bool {
        if !writer.has_room(strand, values.len()) {
            return false;
        }
        let at = writer.place(strand, values.len());
        for (index, value) in values.iter().enumerate() {
            // SAFETY: there is room for so many.
            unsafe { at.add(index).write(*value) };
        }
        true
    }

    /// Runs everything, and returns the first word of each entry.
    fn run(strand: &Strand) -> Vec<u64> {
        let mut all = Vec::new();
        // SAFETY: entries have a word.
        strand.run(|entry| all.push(unsafe { entry.read() }), |_| {});
        all
    }

    #[test]
    fn entries_are_run_in_order_when_they_are_published() {
        let strand = Strand::new(16);
        let mut writer = Writer::default();
        assert!(push(&mut writer, &strand, &[1, 2]) && push(&mut writer, &strand, &[3]));
        assert!(!strand.has_work() && run(&strand).is_empty());
        assert!(writer.publish(&strand) && !writer.publish(&strand));
        assert!(strand.has_work() && !writer.is_empty(&strand));
        assert_eq!(run(&strand), [1, 3]);
        assert!(writer.is_empty(&strand) && !strand.has_work());
    }

    #[test]
    fn what_does_not_fit_waits_and_nothing_straddles_the_end() {
        let strand = Strand::new(16);
        let mut writer = Writer::default();
        let mut expected = Vec::new();
        let mut ran = Vec::new();
        for value in 0..1000_u64 {
            let words = vec![value; 1 + value as usize % 7];
            while !push(&mut writer, &strand, &words) {
                assert!(writer.publish(&strand), "there is something in the way");
                ran.extend(run(&strand));
            }
            expected.push(value);
        }
        writer.publish(&strand);
        ran.extend(run(&strand));
        assert_eq!(ran, expected);
        assert!(!push(&mut writer, &strand, &[0; 16]), "more than there is");
    }
}
