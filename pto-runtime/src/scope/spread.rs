//! Loops whose iterations are independent of each other.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::ptr::NonNull;

use super::{AutoScope, ManualScope, ScopeCore};
use crate::backend::{Backend, Claim, Iterations, ScopeId};
use crate::error::Error;
use crate::native::in_order::InOrder;
use crate::site::Site;

macro_rules! spread_on {
    ($($scope:ident),*) => {$(
        impl<B: Backend> $scope<'_, B> {
            /// Runs the first of `count` iterations of a loop, if they are worth several threads, and says how many. `body`
            /// launches the tasks of some iterations on a scope that stands for this one. They are complete when this returns.
            ///
            /// # Errors
            /// What `body` returns.
            ///
            /// # Safety
            /// * The iterations are independent: no two of them have tasks, or accesses of the host, that conflict. In each,
            ///   tasks that conflict are launched in the order in which they are to run, and all edges of MANUAL scopes lead to
            ///   tasks that were launched before.
            /// * Tensors that the body creates do not leave its iteration.
            /// * If `is_shareable`, then the closure is as good as [`Copy`], and its copies may be used by several threads at once.
            pub unsafe fn spread<F>(
                &self,
                count: usize,
                is_shareable: bool,
                site: &Site,
                body: F,
            ) -> Result<usize, Error>
            where
                F: FnMut(&$scope<'_, InOrder<'_>>, Range<usize>) -> Result<(), Error>,
            {
                if !is_shareable {
                    return Ok(0);
                }
                // Nothing is to be dropped in what is as good as `Copy`.
                let body = ManuallyDrop::new(body);
                let run = RunOn::<F>::$scope;
                // SAFETY: several threads may use copies of the closure at once, by the contract of this function.
                let iterations = unsafe { Iterations::new(count, &*body, run) };
                self.0.backend().spread(self.0.id, &iterations, *site)
            }
        }

        impl<F> RunOn<F> {
            /// Runs the iterations that are claimed.
            ///
            /// # Safety
            /// `body` points to an `F` that is as good as `Copy`.
            #[allow(non_snake_case, reason = "as the scope")]
            unsafe fn $scope(
                body: NonNull<()>,
                backend: &InOrder<'_>,
                id: ScopeId,
                claim: Claim<'_>,
            ) -> Result<(), Error>
            where
                F: FnMut(&$scope<'_, InOrder<'_>>, Range<usize>) -> Result<(), Error>,
            {
                // SAFETY: by the contract of this function.
                let mut body = unsafe { ManuallyDrop::new(body.cast::<F>().read()) };
                let scope = $scope(ScopeCore {
                    backend: NonNull::from(backend),
                    id,
                    marker: PhantomData,
                });
                while let Some(range) = claim() {
                    body(&scope, range)?;
                }
                Ok(())
            }
        }
    )*};
}

/// How a loop is run on each kind of scope.
struct RunOn<F>(PhantomData<F>);

spread_on!(AutoScope, ManualScope);
