//! The atomics, cells, locks and threads of the native backend: the standard library's, or those of a checker. `loom` models
//! parts of the backend in every interleaving, `shuttle` runs whole orchestrations in random ones.

#[cfg(visible_locks)]
mod visible;

#[cfg(not(any(loom, shuttle)))]
mod imp {
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
    #[cfg(not(visible_locks))]
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use std::thread;

    #[cfg(visible_locks)]
    pub(crate) use super::visible::{Condvar, Mutex, MutexGuard};
}

#[cfg(not(loom))]
mod cell {
    /// `std::cell::UnsafeCell` with the interface of the model checker's, which wants to see each access.
    #[derive(Debug)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            UnsafeCell(std::cell::UnsafeCell::new(value))
        }

        #[inline(always)]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        #[inline(always)]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

/// Nothing: sequentially consistent accesses are what the language says they are.
#[cfg(not(loom))]
#[inline(always)]
pub(crate) fn order_for_model() {}

/// The model checker takes sequentially consistent accesses for acquiring and releasing ones, but knows fences. This one
/// stands between two such accesses of one thread, whose order is relied upon.
#[cfg(loom)]
pub(crate) fn order_for_model() {
    loom::sync::atomic::fence(Ordering::SeqCst);
}

#[cfg(loom)]
mod imp {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
    // The models have threads of their own.
    pub(crate) use std::thread;
}

#[cfg(shuttle)]
mod imp {
    pub(crate) use shuttle::hint::spin_loop;
    pub(crate) use shuttle::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering,
    };
    // Whoever waits for some time waits until it is woken: a wake-up that is lost is a deadlock, and found.
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
    pub(crate) use shuttle::thread;
}

#[cfg(not(loom))]
pub(crate) use cell::UnsafeCell;
pub(crate) use imp::*;
