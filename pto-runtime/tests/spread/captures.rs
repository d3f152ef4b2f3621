//! What iterations refer to, and who runs them.

use std::cell::Cell;
use std::rc::Rc;

use super::*;

/// A runtime that runs iterations with two threads, if they may.
fn two() -> Runtime {
    Runtime::builder().workers(2).build().unwrap()
}

#[orchestration]
fn by_two(x: InOut<u64>, steps: In<u64>, seen: &Seen, in_time: &Seen) {
    let factor = 3;
    let offsets: Vec<usize> = (0..x.len()).rev().collect();
    let names = ["a", "b"];
    let double = |value: u64| value * 2;
    parallel_for!(0..offsets.len(), |i| {
        if seen.wait_for(2) {
            in_time.wait_for(1);
        }
        let value = double(steps[i]) * factor + offsets[i] as u64 + names[i % 2].len() as u64;
        add(&mut x.view_mut([i..i + 1]), value);
    });
}

#[test]
fn what_can_be_shared_is_run_by_all_threads() {
    let (seen, in_time) = (Seen::default(), Seen::default());
    let mut x = Tensor::zeros([COUNT]);
    let steps = Tensor::from_vec([COUNT], (0..COUNT as u64).collect()).unwrap();
    tasks(&mut two(), by_two(&mut x, &steps, &seen, &in_time));
    assert_eq!((seen.count(), in_time.count()), (2, 2));
    let expected: Vec<u64> = (0..COUNT as u64)
        .map(|i| 6 * i + (COUNT as u64 - 1 - i) + 1)
        .collect();
    assert_eq!(x.as_slice(), expected);
}

#[orchestration]
fn counted(x: InOut<u64>, seen: &Seen, told: &mut Vec<usize>) {
    let counter = Cell::new(0);
    let shared = Rc::new(2);
    let mut total = 0;
    let list = Cell::new(vec![]);
    parallel_for!(0..x.len(), |i| {
        seen.wait_for(1);
        counter.set(counter.get() + 1);
        add(&mut x.view_mut([i..i + 1]), *shared);
    });
    parallel_for!(0..x.len(), |i| {
        seen.wait_for(1);
        told.push(i);
        add(&mut x.view_mut([i..i + 1]), 1);
    });
    parallel_for!(0..x.len(), |i| {
        seen.wait_for(1);
        total += i;
        add(&mut x.view_mut([i..i + 1]), 1);
    });
    let again = &mut *told;
    parallel_for!(0..x.len(), |i| {
        seen.wait_for(1);
        again.push(i);
        add(&mut x.view_mut([i..i + 1]), 1);
    });
    parallel_for!(0..x.len(), |i| {
        seen.wait_for(1);
        let mut all = list.take();
        all.push(i);
        list.set(all);
        add(&mut x.view_mut([i..i + 1]), 1);
    });
    told.extend(list.take());
    told.push(counter.get());
    told.push(total);
}

/// They are changed as they would be by a plain loop: in order, by the thread that runs the orchestration.
#[test]
fn what_cannot_be_shared_stays_with_one_thread() {
    let (seen, mut told) = (Seen::default(), Vec::new());
    let mut x = Tensor::zeros([COUNT]);
    tasks(&mut two(), counted(&mut x, &seen, &mut told));
    assert_eq!(seen.count(), 1);
    let mut expected: Vec<usize> = (0..3).flat_map(|_| 0..COUNT).collect();
    expected.extend([COUNT, COUNT * (COUNT - 1) / 2]);
    assert_eq!(told, expected);
    assert_eq!(x.as_slice(), [6; COUNT]);
}

#[orchestration]
fn oddly_named(x: InOut<u64>, spread: u64, part: usize, count: &[u64], scope: u64) {
    let (__range, __part, __done, r#type) = (1, 2, 3, 4);
    let captured = 5_u64;
    parallel_for!(part..x.len(), |rest| {
        let at = rest - part;
        let value = spread + count[at] + scope + __range + __part + __done + r#type + captured;
        add(&mut x.view_mut([rest..rest + 1]), value);
    });
}

#[test]
fn names_of_the_users_do_not_clash() {
    let (x, _) = run_everywhere(COUNT + 1, |x, runtime| {
        tasks(runtime, oddly_named(x, 10, 1, &[1; COUNT], 100))
    });
    assert_eq!(x[1..], [10 + 1 + 100 + 1 + 2 + 3 + 4 + 5; COUNT]);
}

#[orchestration]
fn of_any_type<T: Copy + Into<u64>>(x: InOut<u64>, value: T, seen: &Seen) {
    parallel_for!(0..x.len(), |i| {
        seen.wait_for(1);
        add(&mut x.view_mut([i..i + 1]), value.into());
    });
}

/// Nothing is known of the type here, so it is not shared, whichever it is.
#[test]
fn values_of_unknown_types() {
    let seen = Seen::default();
    let mut x = Tensor::zeros([COUNT]);
    tasks(&mut two(), of_any_type(&mut x, 3_u8, &seen));
    assert_eq!((x.as_slice(), seen.count()), (&[3; COUNT][..], 1));
}

/// Takes so long that handing over a task is worth while.
#[kernel(aiv)]
fn sleep(mut x: InOut<u64>) {
    thread::sleep(Duration::from_millis(1));
    x.set(0, x.get(0) + 1);
}

#[orchestration]
fn long(x: InOut<u64>, by: &Seen) {
    parallel_for!(0..x.len(), |i| {
        by.wait_for(1);
        sleep(&mut x.view_mut([i..i + 1]));
    });
}

/// All threads shall have work until the end, and with long tasks it does not matter what handing them over costs.
#[test]
fn long_tasks_are_submitted_one_by_one() {
    let by = Seen::default();
    let mut x = Tensor::zeros([COUNT]);
    tasks(&mut two(), long(&mut x, &by));
    assert_eq!(x.as_slice(), [1; COUNT]);
    let (own, all) = by.visits();
    assert!(own > COUNT * 3 / 4, "{own}");
    assert_eq!(all, COUNT);
}

#[orchestration]
fn few(x: InOut<u64>, seen: &Seen) {
    parallel_for!(0..x.len(), |i| {
        seen.wait_for(1);
        add(&mut x.view_mut([i..i + 1]), 1);
    });
}

#[test]
fn few_iterations_are_not_worth_it() {
    let seen = Seen::default();
    let mut x = Tensor::zeros([15]);
    tasks(&mut two(), few(&mut x, &seen));
    assert_eq!((x.as_slice(), seen.count()), (&[1; 15][..], 1));
}

/// In what this makes there are two variables of one name: what a loop refers to is not what the text says.
macro_rules! with_two_of_one_name {
    ($function:ident, $name:ident) => {
        #[orchestration]
        fn $function(x: InOut<u64>, seen: &Seen) {
            let $name = Cell::new(0);
            let shared = 1;
            parallel_for!(0..x.len(), |i| {
                seen.give_others_time();
                $name.set($name.get() + shared);
                add(&mut x.view_mut([i..i + 1]), 1);
            });
            add(&mut x.view_mut([0..1]), $name.get());
        }
    };
}

with_two_of_one_name!(ambiguous, shared);

/// As above, with the other one inside the loop.
macro_rules! with_one_inside {
    ($function:ident, $name:ident) => {
        #[orchestration]
        fn $function(x: InOut<u64>, seen: &Seen) {
            let $name = Cell::new(0);
            parallel_for!(0..x.len(), |i| {
                let inside = 1;
                seen.give_others_time();
                $name.set($name.get() + inside);
                add(&mut x.view_mut([i..i + 1]), 1);
            });
            add(&mut x.view_mut([0..1]), $name.get());
        }
    };
}

with_one_inside!(ambiguous_inside, inside);

#[test]
fn variables_that_only_hygiene_tells_apart_are_not_shared() {
    let seen = Seen::default();
    let mut x = Tensor::zeros([COUNT]);
    tasks(&mut two(), ambiguous(&mut x, &seen));
    assert_eq!(seen.count(), 1);
    assert_eq!(x.as_slice()[0], 1 + COUNT as u64);
    tasks(&mut two(), ambiguous_inside(&mut x, &seen));
    assert_eq!(seen.count(), 1);
    assert_eq!(x.as_slice()[0], 2 * (1 + COUNT as u64));
}
