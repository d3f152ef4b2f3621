//! The native backend.

use crate::backend::{Backend, Mode, Request, ScopeId};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::report::{Done, Report};
use crate::scope::Root;
use crate::site::Site;
use crate::task::TaskId;

/// Runs tasks on threads of this process.
#[derive(Debug)]
pub struct Native {
    report: Report,
}

impl Native {
    pub(crate) fn new(_config: &Config) -> Result<Self, Error> {
        Ok(Native {
            report: Report::default(),
        })
    }

    pub(crate) fn run<'env, R>(
        &mut self,
        orchestration: impl FnOnce(&Root<'env, Native>) -> Result<R, Error>,
    ) -> Result<Done<R>, Error> {
        // SAFETY: `self` outlives the root.
        let root = unsafe { Root::enter(std::ptr::NonNull::from(&*self), ScopeId(0)) };
        let value = orchestration(&root)?;
        Ok(Done {
            value,
            report: self.report.clone(),
        })
    }

    pub(crate) fn last_report(&self) -> &Report {
        &self.report
    }
}

// SAFETY: launches nothing.
unsafe impl Backend for Native {
    fn open(&self, parent: ScopeId, _mode: Mode, _site: Site) -> Result<ScopeId, Error> {
        Ok(ScopeId(parent.0 + 1))
    }
    fn close(&self, _scope: ScopeId) {}
    fn launch(&self, _scope: ScopeId, _request: Request<'_, '_>) -> Result<TaskId, Error> {
        Err(Error::new(ErrorKind::InvalidArgument, "not yet"))
    }
}
