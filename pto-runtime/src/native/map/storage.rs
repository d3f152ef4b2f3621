//! Storages, parts of which tasks have accessed.

use crate::native::map::NIL;
use crate::native::map::hashed::{Chain, Chained};
use crate::native::map::tiling::Tiling;
use crate::task::TaskId;

/// A storage: memory at an address that belongs to a task, or to the host. An address may be reused while accesses to what was
/// there before are listed, by another owner then.
///
/// Invariant: there is a tiling if there have been several regions at a time. If not, the last one is the only one.
pub(super) struct Storage {
    pub(super) chain: Chain,
    /// 0 if it is gone.
    pub(super) base: usize,
    pub(super) owner: TaskId,
    /// How many regions there are.
    pub(super) regions: u32,
    /// The region that was located last.
    pub(super) last: u32,
    /// Whether all regions are tiles of the first grid, or there is but one, as it nearly always is.
    pub(super) is_simple: bool,
    pub(super) tiling: Option<Box<Tiling>>,
}

impl Chained for Storage {
    #[inline(always)]
    fn chain(&self) -> &Chain {
        &self.chain
    }

    #[inline(always)]
    fn chain_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }
}

impl Storage {
    /// One that has no region yet.
    #[inline(always)]
    pub(super) fn new(base: usize, owner: TaskId) -> Self {
        Storage {
            chain: Chain::default(),
            base,
            owner,
            regions: 0,
            last: NIL,
            is_simple: true,
            tiling: None,
        }
    }
}
