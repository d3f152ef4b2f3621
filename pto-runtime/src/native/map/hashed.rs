//! Things with a place of their own, found by a hash: a slab, and chains through it.

use crate::native::map::NIL;

/// What is kept in a [`Hashed`].
pub(super) trait Chained {
    /// Its hash, and the place of the next with a hash like it. While it is free, the next free place.
    fn chain(&self) -> &Chain;
    fn chain_mut(&mut self) -> &mut Chain;
}

#[derive(Clone, Copy, Default)]
pub(super) struct Chain {
    hash: u32,
    next: u32,
}

/// Invariant: each thing in use is in the chain of its hash, each place not in use in that of the free ones.
pub(super) struct Hashed<T> {
    /// The first of each chain; a power of two.
    heads: Vec<u32>,
    items: Vec<T>,
    free: u32,
    used: usize,
}

impl<T> Default for Hashed<T> {
    fn default() -> Self {
        Hashed {
            heads: vec![NIL; 64],
            items: Vec::new(),
            free: NIL,
            used: 0,
        }
    }
}

/// A hash of two words that nobody chooses with ill will: addresses, offsets, numbers.
#[inline(always)]
pub(super) fn hash(a: u64, b: u64) -> u32 {
    let mixed = (a ^ b.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as u32
}

impl<T: Chained> Hashed<T> {
    #[inline(always)]
    pub(super) fn get(&self, at: u32) -> &T {
        &self.items[at as usize]
    }

    /// The thing at a place, if it ever had one.
    #[inline(always)]
    pub(super) fn try_get(&self, at: u32) -> Option<&T> {
        self.items.get(at as usize)
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, at: u32) -> &mut T {
        &mut self.items[at as usize]
    }

    #[inline(always)]
    fn head(&self, hash: u32) -> usize {
        hash as usize & (self.heads.len() - 1)
    }

    /// The place of the thing with that hash that `is` it, or [`NIL`].
    #[inline(always)]
    pub(super) fn find(&self, hash: u32, is: impl Fn(&T) -> bool) -> u32 {
        let mut at = self.heads[self.head(hash)];
        while at != NIL {
            let item = &self.items[at as usize];
            let chain = *item.chain();
            if chain.hash == hash && is(item) {
                return at;
            }
            at = chain.next;
        }
        NIL
    }

    /// Adds a thing. Returns its place. It is made where it stays, as copying what was just written has to wait for it.
    #[inline]
    pub(super) fn insert(&mut self, hash: u32, make: impl FnOnce() -> T) -> u32 {
        if self.used == self.heads.len() {
            self.grow();
        }
        let head = self.head(hash);
        let at = match self.free {
            NIL => {
                self.items.push(make());
                self.items.len() as u32 - 1
            }
            at => {
                let item = &mut self.items[at as usize];
                self.free = item.chain().next;
                *item = make();
                at
            }
        };
        *self.items[at as usize].chain_mut() = Chain {
            hash,
            next: self.heads[head],
        };
        self.heads[head] = at;
        self.used += 1;
        at
    }

    /// Removes the thing at a place.
    pub(super) fn remove(&mut self, at: u32) {
        let Chain { hash, next } = *self.get(at).chain();
        let head = self.head(hash);
        if self.heads[head] == at {
            self.heads[head] = next;
        } else {
            let mut before = self.heads[head];
            loop {
                let chain = self.get_mut(before).chain_mut();
                if chain.next == at {
                    chain.next = next;
                    break;
                }
                before = chain.next;
            }
        }
        self.get_mut(at).chain_mut().next = self.free;
        self.free = at;
        self.used -= 1;
    }

    #[cold]
    fn grow(&mut self) {
        let old = std::mem::take(&mut self.heads);
        self.heads = vec![NIL; old.len() * 2];
        for mut at in old {
            while at != NIL {
                let Chain { hash, next } = *self.get(at).chain();
                let head = self.head(hash);
                self.get_mut(at).chain_mut().next = self.heads[head];
                self.heads[head] = at;
                at = next;
            }
        }
    }

    /// How many chains there are.
    pub(super) fn chains(&self) -> usize {
        self.heads.len()
    }

    /// The place of the first thing of a chain, or [`NIL`].
    pub(super) fn first(&self, chain: usize) -> u32 {
        self.heads[chain]
    }

    /// The place of the thing in the chain after that at a place, or [`NIL`].
    pub(super) fn after(&self, at: u32) -> u32 {
        self.get(at).chain().next
    }

    /// Forgets everything, and keeps the memory. It takes as long as there were things since the last time.
    pub(super) fn clear(&mut self) {
        if self.items.len() < self.heads.len() / 8 {
            for at in 0..self.items.len() {
                let head = self.head(self.items[at].chain().hash);
                self.heads[head] = NIL;
            }
        } else {
            self.heads.fill(NIL);
        }
        self.items.clear();
        self.free = NIL;
        self.used = 0;
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.used
    }
}
