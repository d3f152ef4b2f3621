//! Orchestrations that call orchestrations.
//!
//! The body of an orchestration is one function over handles. It gets a [`Frame`], which says whether it is run by itself
//! or by another orchestration. Run by itself, it alone submits tasks on its tensors. Called, it shares them with its
//! caller, and has the runtime track what it does with them.

use std::marker::PhantomData;

use crate::args::TensorArg;
use crate::backend::Backend;
use crate::error::Error;
use crate::handle::TensorMut;
use crate::native::validate;
use crate::scope::AutoScope;
use crate::site::Site;

/// A type that `#[orchestration]` has made: what a `call!` calls.
///
/// # Safety
/// The tensors that its entry returns are made anew by each call, each of a storage of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no orchestration",
    label = "`call!` calls orchestrations",
    note = "mark the function with `#[orchestration]`",
    note = "a kernel is called without `call!`: `{Self}(..)`"
)]
pub unsafe trait IsOrchestration {
    /// Takes the arguments: has a method `call` with the orchestration's parameters.
    type Entry<'s, B: Backend + 's>;

    /// The way into the orchestration.
    fn entry<'s, B: Backend>(caller: Caller<'s, B>) -> Self::Entry<'s, B>;
}

/// Where a call of an orchestration comes from.
#[derive(Debug)]
pub struct Caller<'s, B: Backend> {
    scope: &'s AutoScope<'s, B>,
    site: Site,
    /// A bit for each tensor that no task writes any more.
    frozen: u64,
}

impl<'s, B: Backend> Caller<'s, B> {
    #[inline]
    pub(crate) fn new(scope: &'s AutoScope<'s, B>, site: Site) -> Self {
        Caller {
            scope,
            site,
            frozen: 0,
        }
    }

    /// Says that tasks only read the tensors at these positions, which need no tracking then.
    ///
    /// # Safety
    /// No task writes the storage of these tensors, other than the one that created it.
    #[inline]
    #[must_use]
    pub unsafe fn frozen<const N: usize>(mut self, positions: [usize; N]) -> Self {
        for position in positions {
            // A position beyond the bits stays tracked.
            self.frozen |= u32::try_from(position)
                .ok()
                .and_then(|position| 1_u64.checked_shl(position))
                .unwrap_or(0);
        }
        self
    }

    /// Enters an orchestration.
    #[inline]
    pub fn enter<O: IsOrchestration>(self) -> O::Entry<'s, B> {
        O::entry(self)
    }

    /// Whether tasks only read the tensor at a position.
    #[inline]
    pub fn is_frozen(&self, position: u32) -> bool {
        1_u64
            .checked_shl(position)
            .is_some_and(|bit| self.frozen & bit != 0)
    }

    /// Names the call in an error that has no place yet.
    #[inline]
    pub fn blame(&self, error: Error) -> Error {
        error.in_task(self.site)
    }

    /// The frame of a called body.
    ///
    /// # Errors
    /// Two of the tensors overlap, and one of them is written.
    ///
    /// # Safety
    /// These are all the tensors that the body gets, each as it uses it.
    #[inline]
    pub unsafe fn frame(self, tensors: &[TensorArg<'_>]) -> Result<Frame<'s, B, true>, Error> {
        match validate::overlapping(tensors) {
            None => Ok(Frame { scope: self.scope }),
            Some((first, second)) => {
                let error =
                    validate::aliases(first, second, "the orchestration may write one of them");
                Err(self.blame(error))
            }
        }
    }
}

/// Where the body of an orchestration runs, and what it may take for granted of its tensors.
///
/// If not `NESTED`: they are host memory that no other tasks of the run access, and no two of them overlap. If `NESTED`:
/// two of them overlap only if the body reads both.
#[derive(Debug)]
pub struct Frame<'s, B: Backend, const NESTED: bool> {
    scope: &'s AutoScope<'s, B>,
}

impl<'s, B: Backend> Frame<'s, B, false> {
    /// The frame of a body that is run by itself.
    ///
    /// # Safety
    /// The body gets what is said at the type.
    #[inline]
    pub unsafe fn alone(scope: &'s AutoScope<'s, B>) -> Self {
        Frame { scope }
    }
}

impl<'s, B: Backend, const NESTED: bool> Frame<'s, B, NESTED> {
    /// The scope of the body: the caller's, which what it returns outlives the call in.
    #[inline]
    pub fn scope(&self) -> &'s AutoScope<'s, B> {
        self.scope
    }
}

/// What an orchestration may return for `call!` to bind to `N` tensors.
#[diagnostic::on_unimplemented(
    message = "the orchestration returns another number of tensors than this `call!` is bound to",
    label = "returns another number of tensors",
    note = "bind one tensor with `let t = call!(..)`, several with `let (a, b) = call!(..)`, none without `let`"
)]
pub trait Returns<const N: usize> {
    /// What the `call!` is bound to.
    type Tensors;

    /// The tensors.
    fn tensors(self) -> Self::Tensors;
}

impl<T> Returns<1> for TensorMut<'_, T> {
    type Tensors = Self;

    #[inline]
    fn tensors(self) -> Self {
        self
    }
}

macro_rules! returns {
    ($($count:literal: $($name:ident)*;)*) => {
        $(#[diagnostic::do_not_recommend]
        impl<'s, $($name),*> Returns<$count> for ($(TensorMut<'s, $name>,)*) {
            type Tensors = Self;

            #[inline]
            fn tensors(self) -> Self {
                self
            }
        })*
    };
}

returns! {
    2: A C;
    3: A C D;
    4: A C D E;
    5: A C D E F;
    6: A C D E F G;
    7: A C D E F G H;
    8: A C D E F G H I;
}

/// What a call has returned, if it is `N` tensors.
#[inline]
pub fn returned<const N: usize, R: Returns<N>>(tensors: R) -> R::Tensors {
    tensors.tensors()
}

/// What an orchestration that returns tensors is as a program: nothing, as nobody would own them.
#[diagnostic::on_unimplemented(
    message = "`{O}` returns tensors, so it cannot be run by itself",
    label = "what it returns would belong to nobody",
    note = "call it in another orchestration: `let t = call!({O}(..));`",
    note = "or write the results to `Out<T>` parameters"
)]
pub trait RunsAlone<O> {
    /// The program.
    type Program;
}

/// Stands for a run of `'env`.
#[derive(Debug)]
pub struct Run<'env>(PhantomData<&'env ()>);
