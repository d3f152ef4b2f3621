//! Kernels and runtimes that the tests share.
#![allow(dead_code, reason = "each test uses some of it")]
#![allow(unreachable_pub, reason = "it is a module of many crates")]

use pto_runtime::{Core, Kernel, KernelArgs, Param, Runtime, RuntimeBuilder};

macro_rules! kernel {
    ($name:ident, $core:ident, [$($param:expr),*], |$args:ident| $body:block) => {
        pub static $name: Kernel = Kernel {
            name: stringify!($name),
            core: Core::$core,
            params: &[$($param),*],
            run: |$args: &mut KernelArgs<'_>| $body,
            file: file!(),
            line: line!(),
            check: None,
        };
    };
}

kernel!(
    ADD,
    Aiv,
    [
        Param::read::<f32>("a"),
        Param::read::<f32>("b"),
        Param::write::<f32>("c")
    ],
    |args| {
        let (a, b, mut c) = (args.read::<f32>(), args.read::<f32>(), args.write::<f32>());
        (0..a.len()).for_each(|i| c.set(i, a.get(i) + b.get(i)));
    }
);

kernel!(
    MUL,
    Aic,
    [
        Param::read::<f32>("a"),
        Param::read::<f32>("b"),
        Param::write::<f32>("c")
    ],
    |args| {
        let (a, b, mut c) = (args.read::<f32>(), args.read::<f32>(), args.write::<f32>());
        (0..a.len()).for_each(|i| c.set(i, a.get(i) * b.get(i)));
    }
);

kernel!(
    ADD_SCALAR,
    Aiv,
    [
        Param::read::<f32>("a"),
        Param::write::<f32>("b"),
        Param::scalar::<f32>("by"),
        Param::scalar::<u64>("unused")
    ],
    |args| {
        let (a, mut b) = (args.read::<f32>(), args.write::<f32>());
        let by = args.scalar::<f32>();
        assert_eq!(args.scalar::<u64>(), 3);
        (0..a.len()).for_each(|i| b.set(i, a.get(i) + by));
    }
);

// The order of two of these on one element shows in the result.
kernel!(
    STEP,
    Aiv,
    [Param::update::<u64>("x"), Param::scalar::<u64>("salt")],
    |args| {
        let mut x = args.update::<u64>();
        let salt = args.scalar::<u64>();
        let mixed: Vec<_> = x.to_vec().into_iter().map(|x| mix(x, salt)).collect();
        x.copy_from_slice(&mixed);
    }
);

// As `STEP`, each block on its own part.
kernel!(
    STEP_ROWS,
    Aiv,
    [
        Param::update::<u64>("x"),
        Param::block("block"),
        Param::scalar::<u64>("salt")
    ],
    |args| { step_part(args) }
);

kernel!(
    STEP_COLUMNS,
    Aic,
    [
        Param::block("block"),
        Param::update::<u64>("x").split(1),
        Param::scalar::<u64>("salt")
    ],
    |args| { step_part(args) }
);

fn step_part(args: &mut KernelArgs<'_>) {
    let (mut x, salt) = (args.update::<u64>(), args.scalar::<u64>());
    assert!(args.block().index() < 4);
    let mixed: Vec<_> = x.to_vec().into_iter().map(|x| mix(x, salt)).collect();
    x.copy_from_slice(&mixed);
}

kernel!(
    FOLD,
    Aic,
    [Param::read::<u64>("x"), Param::update::<u64>("sum")],
    |args| {
        let (x, mut sum) = (args.read::<u64>(), args.update::<u64>());
        let folded = x.to_vec().into_iter().fold(sum.to_vec()[0], mix);
        sum.fill(folded);
    }
);

kernel!(
    FILL,
    Aiv,
    [Param::write::<u64>("x"), Param::scalar::<u64>("value")],
    |args| {
        let mut x = args.write::<u64>();
        let value = args.scalar();
        x.fill(value);
    }
);

kernel!(
    COPY,
    Aic,
    [Param::read::<u64>("x"), Param::write::<u64>("y")],
    |args| {
        let (x, mut y) = (args.read::<u64>(), args.write::<u64>());
        y.copy_from_slice(&x.to_vec());
    }
);

// Takes long enough for a task that does not wait for it to overtake it.
kernel!(
    SLOW_COPY,
    Aic,
    [Param::read::<u64>("x"), Param::write::<u64>("y")],
    |args| {
        let (x, mut y) = (args.read::<u64>(), args.write::<u64>());
        std::thread::sleep(std::time::Duration::from_millis(3));
        y.copy_from_slice(&x.to_vec());
    }
);

kernel!(PANIC, Aiv, [Param::update::<u64>("x")], |args| {
    let x = args.update::<u64>();
    panic!("no luck with {}", x.to_vec()[0]);
});

pub fn mix(x: u64, salt: u64) -> u64 {
    (x ^ salt)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(17)
}

// Each block fills its part with its number.
kernel!(
    INDEX,
    Aiv,
    [Param::block("block"), Param::write::<f32>("y")],
    |args| {
        let (block, mut y) = (args.block(), args.write::<f32>());
        y.fill(block.index() as f32);
    }
);

// The same, of the columns of a matrix.
kernel!(
    COLUMNS,
    Aiv,
    [Param::write::<u32>("y").split(1), Param::block("block")],
    |args| {
        let (mut y, block) = (args.write::<u32>(), args.block());
        y.fill(block.index() as u32);
    }
);

// As `INDEX`, on a cube core.
kernel!(
    CUBE,
    Aic,
    [Param::write::<f32>("y"), Param::block("block")],
    |args| {
        let (mut y, block) = (args.write::<f32>(), args.block());
        y.fill(block.index() as f32);
    }
);

pub fn runtime(workers: usize) -> RuntimeBuilder {
    Runtime::builder()
        .workers(workers)
        .window(64)
        .heap(1 << 16)
        .dep_pool(256)
}

/// The smallest rings that most programs fit, and so many clusters of cores.
pub fn tiny_of(workers: usize, clusters: usize) -> RuntimeBuilder {
    Runtime::builder()
        .workers(workers)
        .clusters(clusters)
        .window(8)
        .heap(4096)
        .dep_pool(32)
}
