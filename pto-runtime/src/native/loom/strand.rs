//! Tasks that are run in order, by whoever takes them.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::bounded;
use crate::native::strand::{Strand, Writer};
use crate::sync::order_for_model;

/// The entries of the model, each a number. Two fit at a time.
const COUNT: u64 = 3;
const WORDS: usize = 4;

/// A strand, and what its entries do: each adds its number to a value that depends on their order. Beside that a value for each
/// place, which the writer changes when it writes there.
struct Shared {
    strand: Strand,
    value: UnsafeCell<u64>,
    places: [UnsafeCell<u64>; 2],
}

// SAFETY: the value is changed by who has taken the strand, then read by who has seen that it is empty. A place is written
// before its entry is published, and read while that is run.
unsafe impl Sync for Shared {}

impl Shared {
    fn run(&self) -> bool {
        self.strand.run(
            |entry| {
                // SAFETY: entries have a word beside the first.
                let number = unsafe { entry.read() };
                // SAFETY: see `Sync`.
                let written = self.places[number as usize % 2].with(|place| unsafe { *place });
                assert_eq!(written, number);
                // SAFETY: see `Sync`.
                self.value
                    .with_mut(|value| unsafe { *value = *value * 10 + number });
            },
            |_| {},
        )
    }
}

#[test]
fn entries_are_run_once_in_order_and_their_words_are_used_again() {
    bounded(|| {
        let shared = Arc::new(Shared {
            strand: Strand::new(WORDS),
            value: UnsafeCell::new(0),
            places: std::array::from_fn(|_| UnsafeCell::new(0)),
        });
        let worker = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || _ = shared.run())
        };
        let mut writer = Writer::default();
        for number in 1..=COUNT {
            while !writer.has_room(&shared.strand, 1) {
                shared.run();
                thread::yield_now();
                order_for_model();
            }
            let place = writer.place(&shared.strand, 1);
            // SAFETY: there is room for a word, and what was there before has been run.
            unsafe { place.write(number) };
            // SAFETY: see `Sync`.
            shared.places[number as usize % 2].with_mut(|place| unsafe { *place = number });
            writer.publish(&shared.strand);
        }
        while !writer.is_empty(&shared.strand) {
            shared.run();
            thread::yield_now();
            order_for_model();
        }
        // SAFETY: see `Sync`.
        assert_eq!(shared.value.with(|value| unsafe { *value }), 123);
        worker.join().unwrap();
    });
}

/// Who leaves a strand while something is published for it sees it, or whoever published does.
#[test]
fn nothing_is_left_in_a_strand_that_nobody_runs() {
    bounded(|| {
        let shared = Arc::new(Shared {
            strand: Strand::new(WORDS),
            value: UnsafeCell::new(0),
            places: std::array::from_fn(|_| UnsafeCell::new(0)),
        });
        let mut writer = Writer::default();
        let mut write = |number: u64| {
            let place = writer.place(&shared.strand, 1);
            // SAFETY: there is room for a word.
            unsafe { place.write(number) };
            // SAFETY: see `Sync`.
            shared.places[number as usize % 2].with_mut(|place| unsafe { *place = number });
            writer.publish(&shared.strand);
        };
        write(1);
        let worker = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || _ = shared.run())
        };
        write(2);
        shared.run();
        worker.join().unwrap();
        assert!(writer.is_empty(&shared.strand));
    });
}
