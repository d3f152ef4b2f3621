//! The named cases.

use super::Geometry;

/// A named size of the problem, with inputs that are the same on every machine.
#[derive(Debug)]
pub struct Case {
    /// The name on the command line.
    pub name: &'static str,
    /// The extents.
    pub geometry: Geometry,
    /// Context lengths; sequence `b` has `contexts[b % contexts.len()]`.
    pub contexts: &'static [usize],
    /// Ring sizes the case is meant to be run with; `None` leaves room for every task of the run.
    pub rings: Option<Rings>,
    /// The stored inputs and expected output; cases without are generated and compared with
    /// [`attention`](super::attention()).
    pub golden: Option<&'static [u8]>,
}

/// The sizes of each of the runtime's rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rings {
    /// Task slots.
    pub window: usize,
    /// Bytes of storage for what tasks produce.
    pub heap: usize,
}

impl Case {
    /// The case of that name, upper and lower case alike.
    pub fn named(name: &str) -> Option<&'static Case> {
        CASES
            .iter()
            .find(|case| case.name.eq_ignore_ascii_case(name))
    }

    /// The small cases, whose inputs and results are stored: the default job.
    pub fn small() -> impl Iterator<Item = &'static Case> {
        CASES.iter().filter(|case| case.golden.is_some())
    }

    /// Tokens sequence `batch` attends to.
    pub fn context(&self, batch: usize) -> usize {
        self.contexts[batch % self.contexts.len()]
    }
}

/// Blocks in the cache of a large case. Sequences share blocks, as real ones share prefixes, which bounds the memory.
const SHARED_BLOCKS: usize = 1024;

/// Tokens the block table of a large case has room for.
const LONGEST: usize = 32768;

/// All cases, small ones first.
pub static CASES: &[Case] = &[
    small(
        "CaseSmall1",
        &[33],
        include_bytes!("../../goldens/case_small1.safetensors"),
    ),
    small(
        "CaseSmall2",
        &[128],
        include_bytes!("../../goldens/case_small2.safetensors"),
    ),
    small(
        "CaseVarSeq2",
        &[33, 17],
        include_bytes!("../../goldens/case_var_seq2.safetensors"),
    ),
    small(
        "CaseVarSeq4",
        &[33, 64, 128, 15],
        include_bytes!("../../goldens/case_var_seq4.safetensors"),
    ),
    large("Case1", 256, 16, 128, 128, &[8192]),
    large("Case2", 64, 64, 128, 64, &[8192]),
    large("Case3", 64, 64, 256, 64, &[8192]),
    Case {
        rings: Some(Rings {
            window: 64,
            heap: 4 << 20,
        }),
        ..large("RingStress", 32, 16, 128, 128, &[4096])
    },
];

const fn small(name: &'static str, contexts: &'static [usize], golden: &'static [u8]) -> Case {
    let batch = contexts.len();
    let geometry = Geometry {
        batch,
        heads: 16,
        head_dim: 16,
        block_size: 16,
        blocks: 16 * batch,
        max_blocks: 16,
    };
    Case {
        name,
        geometry,
        contexts,
        rings: None,
        golden: Some(golden),
    }
}

const fn large(
    name: &'static str,
    batch: usize,
    heads: usize,
    head_dim: usize,
    block_size: usize,
    contexts: &'static [usize],
) -> Case {
    let max_blocks = LONGEST / block_size;
    let geometry = Geometry {
        batch,
        heads,
        head_dim,
        block_size,
        blocks: SHARED_BLOCKS,
        max_blocks,
    };
    Case {
        name,
        geometry,
        contexts,
        rings: None,
        golden: None,
    }
}
