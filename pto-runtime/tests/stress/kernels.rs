//! Kernels that take a while, or panic.

use std::hint::{black_box, spin_loop};

use pto_runtime::{Core, Kernel, Param};

use crate::common::mix;

/// Takes a while: turns, not time, so that a program does the same each time.
fn delay(turns: u64) {
    for turn in 0..turns {
        black_box(turn);
        spin_loop();
    }
}

/// Changes every element.
pub(crate) static CHANGE: Kernel = Kernel {
    name: "change",
    core: Core::Aiv,
    params: &[
        Param::update::<u64>("x"),
        Param::scalar::<u64>("salt"),
        Param::scalar::<u64>("turns"),
    ],
    run: |args| {
        let mut x = args.update::<u64>();
        let (salt, turns) = (args.scalar::<u64>(), args.scalar());
        delay(turns);
        let changed: Vec<u64> = x.to_vec().into_iter().map(|x| mix(x, salt)).collect();
        x.copy_from_slice(&changed);
    },
    file: file!(),
    line: line!(),
    check: None,
};

/// Folds all elements into one.
pub(crate) static GATHER: Kernel = Kernel {
    name: "gather",
    core: Core::Aic,
    params: &[
        Param::read::<u64>("x"),
        Param::update::<u64>("sum"),
        Param::scalar::<u64>("turns"),
    ],
    run: |args| {
        let (x, mut sum) = (args.read::<u64>(), args.update::<u64>());
        delay(args.scalar());
        let folded = x.to_vec().into_iter().fold(sum.to_vec()[0], mix);
        sum.fill(folded);
    },
    line: line!(),
    ..CHANGE
};

/// Copies all elements.
pub(crate) static COPY: Kernel = Kernel {
    name: "copy",
    core: Core::Aic,
    params: &[
        Param::read::<u64>("x"),
        Param::write::<u64>("y"),
        Param::scalar::<u64>("turns"),
    ],
    run: |args| {
        let (x, mut y) = (args.read::<u64>(), args.write::<u64>());
        delay(args.scalar());
        y.copy_from_slice(&x.to_vec());
    },
    line: line!(),
    ..CHANGE
};

/// As `CHANGE`, each block on its own part.
pub(crate) static CHANGE_PART: Kernel = Kernel {
    name: "change_part",
    core: Core::Aic,
    params: &[
        Param::update::<u64>("x"),
        Param::scalar::<u64>("salt"),
        Param::scalar::<u64>("turns"),
        Param::block("block"),
    ],
    line: line!(),
    ..CHANGE
};

/// Changes every element of one tensor, then folds all of them into each element of another.
pub(crate) static MEET: Kernel = Kernel {
    name: "meet",
    core: Core::Aiv,
    params: &[
        Param::update::<u64>("x"),
        Param::update::<u64>("y"),
        Param::scalar::<u64>("salt"),
        Param::scalar::<u64>("turns"),
        Param::block("block"),
    ],
    run: |args| {
        let (mut x, mut y) = (args.update::<u64>(), args.update::<u64>());
        let (salt, turns) = (args.scalar::<u64>(), args.scalar::<u64>());
        let block = args.block();
        delay(turns * block.index() as u64);
        let changed: Vec<u64> = x.to_vec().into_iter().map(|x| mix(x, salt)).collect();
        x.copy_from_slice(&changed);
        let all = block.exchange(x).to_vec();
        let folded: Vec<u64> = y
            .to_vec()
            .into_iter()
            .map(|y| all.iter().fold(y, |sum, x| mix(sum, *x)))
            .collect();
        y.copy_from_slice(&folded);
    },
    line: line!(),
    ..CHANGE
};

/// The last block panics, while the others wait for it.
pub(crate) static BOMB_IN_BLOCK: Kernel = Kernel {
    name: "bomb_in_block",
    core: Core::Aiv,
    params: &[Param::update::<u64>("x"), Param::block("block")],
    run: |args| {
        let (x, block) = (args.update::<u64>(), args.block());
        if block.index() + 1 == block.count() {
            std::panic::resume_unwind(Box::new("as it is meant to"));
        }
        block.exchange(x);
    },
    line: line!(),
    ..CHANGE
};

/// Panics.
pub(crate) static BOMB: Kernel = Kernel {
    name: "bomb",
    core: Core::Aiv,
    params: &[Param::update::<u64>("x")],
    run: |_| std::panic::resume_unwind(Box::new("as it is meant to")),
    line: line!(),
    ..CHANGE
};
