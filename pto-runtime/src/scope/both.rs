//! What AUTO and MANUAL scopes have in common: cores, and sets of tasks that stay small, as they forget what is over and
//! become one task when they are waited for often.

use super::{AutoScope, ManualScope, ScopeCore};
use crate::backend::{Backend, Deps};
use crate::call::Call;
use crate::call::sealed::Request as _;
use crate::error::Error;
use crate::kernel::Core;
use crate::site::Site;
use crate::task::{TaskId, TaskSet};

impl<B: Backend> ScopeCore<'_, B> {
    fn fence(&self, tasks: &mut TaskSet, site: Site) -> Result<(), Error> {
        let deps = Deps {
            proven: tasks,
            ..Deps::NONE
        };
        let id = self.launch(Call::barrier([]).request(site, deps))?;
        tasks.clear();
        tasks.push(id);
        Ok(())
    }

    #[inline]
    fn remember(&self, tasks: &mut TaskSet, id: TaskId) {
        tasks.push_among(id, |known| !self.is_retired(known));
    }
}

macro_rules! on_scopes {
    ($($scope:ident),*) => {$(
        impl<B: Backend> $scope<'_, B> {
            /// How many cores of a kind there are.
            #[inline]
            pub fn cores(&self, core: Core) -> usize {
                self.0.cores(core)
            }

            /// How many clusters of cores there are: each has one AIC and two AIV cores.
            #[inline]
            pub fn clusters(&self) -> usize {
                self.0.backend().clusters()
            }

            /// Submits a task that waits for all of `tasks` and takes their place. `n` tasks that `m` others wait for then
            /// cost `n + m + 1` edges and tasks instead of `n * m`. It does not keep the tensors that they own.
            ///
            /// # Errors
            /// As [`launch`](AutoScope::launch).
            pub fn fence(&self, tasks: &mut TaskSet, site: Site) -> Result<(), Error> {
                self.0.fence(tasks, site)
            }

            /// Adds a task to a set, and forgets tasks of it that are retired whenever it would grow too large. (Tasks that
            /// are over are added too: how many tasks a program has must not depend on how fast its kernels are, and large
            /// sets become tasks.)
            #[inline]
            pub fn remember(&self, tasks: &mut TaskSet, id: TaskId) {
                self.0.remember(tasks, id);
            }
        }
    )*};
}

on_scopes!(AutoScope, ManualScope);
