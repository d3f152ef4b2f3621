//! The stack of open scopes.

use crate::backend::{Mode, ScopeId};
use crate::error::{Error, ErrorKind};
use crate::native::ring::Meta;
use crate::report::RINGS;
use crate::site::Site;

/// An open scope.
pub(crate) struct Frame {
    id: u32,
    pub(crate) mode: Mode,
    pub(crate) site: Site,
    /// Tasks it has submitted.
    pub(crate) tasks: usize,
}

/// Invariant: the scopes of a run have ids of their own, from that of its root on and up to `next`, so that a frame is that
/// of the scope, or of the task's scope, with its id.
#[derive(Default)]
pub(crate) struct Scopes {
    frames: Vec<Frame>,
    /// The next scope's id. Never reset, so that a scope of an earlier run is no scope of this one.
    next: u32,
    /// How many scopes are around the root: none, unless it is a part of another run.
    around: usize,
}

impl Scopes {
    /// Opens the root scope of a run.
    pub(crate) fn open_root(&mut self, site: Site) -> ScopeId {
        self.open_part(Mode::Auto, site, 0)
    }

    /// Opens the root of a part of a run, which stands for a scope with so many around it.
    pub(crate) fn open_part(&mut self, mode: Mode, site: Site, around: usize) -> ScopeId {
        self.frames.clear();
        self.around = around;
        self.push(mode, site)
    }

    fn push(&mut self, mode: Mode, site: Site) -> ScopeId {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.frames.push(Frame {
            id,
            mode,
            site,
            tasks: 0,
        });
        ScopeId(id)
    }

    /// Opens a scope inside `parent`.
    pub(crate) fn open(
        &mut self,
        parent: ScopeId,
        mode: Mode,
        site: Site,
    ) -> Result<ScopeId, Error> {
        let outer = self
            .innermost(parent)
            .map_err(|error| error.at(site.location))?;
        if outer.mode == Mode::Manual && mode == Mode::Auto {
            let message = format!("AUTO scope {site} inside MANUAL scope {}", outer.site);
            return Err(Error::new(ErrorKind::InvalidArgument, message)
                .at(site.location)
                .with_help("tasks of the MANUAL scope are not tracked: make the inner scope MANUAL, or the outer AUTO"));
        }
        if self.frames.first().is_some_and(|root| root.id == self.next) {
            return Err(out_of_ids().at(site.location));
        }
        Ok(self.push(mode, site))
    }

    /// Closes a scope and those inside it; nothing if it is closed already.
    pub(crate) fn close(&mut self, scope: ScopeId) {
        if let Some(depth) = self.frames.iter().position(|frame| frame.id == scope.0) {
            self.frames.truncate(depth);
        }
    }

    /// How many scopes are open.
    pub(crate) fn open_count(&self) -> usize {
        self.frames.len()
    }

    pub(crate) fn close_all(&mut self) {
        self.frames.clear();
    }

    /// The frame of `scope`, which is the innermost.
    #[inline]
    pub(crate) fn innermost(&mut self, scope: ScopeId) -> Result<&mut Frame, Error> {
        match self.frames.last_mut() {
            Some(frame) if frame.id == scope.0 => Ok(frame),
            innermost => Err(not_innermost(innermost.map(|frame| frame.site))),
        }
    }

    /// How many tasks the innermost scope has submitted, and where it is.
    pub(crate) fn top(&self) -> (usize, Site) {
        self.frames
            .last()
            .map_or((0, Site::here("no scope")), |frame| {
                (frame.tasks, frame.site)
            })
    }

    /// Whether a scope is open.
    pub(crate) fn has(&self, scope: ScopeId) -> bool {
        self.frames.iter().any(|frame| frame.id == scope.0)
    }

    /// Where the open scopes are, the outermost first.
    pub(crate) fn sites(&self) -> impl Iterator<Item = Site> {
        self.frames.iter().map(|frame| frame.site)
    }

    /// The innermost scope.
    pub(crate) fn top_id(&self) -> Option<ScopeId> {
        self.frames.last().map(|frame| ScopeId(frame.id))
    }

    /// Counts a task of the innermost scope; returns the scope's id and depth.
    #[inline]
    pub(crate) fn count_task(&mut self) -> (u32, u32) {
        self.count_tasks(1)
    }

    /// Counts more tasks of the innermost scope; returns the scope's id and depth.
    #[inline]
    pub(crate) fn count_tasks(&mut self, count: usize) -> (u32, u32) {
        let depth = self.depth();
        let id = self.frames.last_mut().map_or(0, |frame| {
            frame.tasks += count;
            frame.id
        });
        (id, depth as u32)
    }

    /// How deep the innermost scope is nested.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.around + self.frames.len() - 1
    }

    /// The ring of the innermost scope.
    #[inline]
    pub(crate) fn ring(&self) -> usize {
        self.depth().min(RINGS - 1)
    }

    /// The scope that submitted a task, if it is open: the innermost, or one around it.
    pub(crate) fn open_scope_of(&self, task: &Meta) -> Option<Site> {
        self.is_open(task)
            .then(|| self.frames[task.depth as usize].site)
    }

    /// Whether the scope that submitted a task is open.
    #[inline]
    pub(crate) fn is_open(&self, task: &Meta) -> bool {
        self.frames
            .get(task.depth as usize)
            .is_some_and(|frame| frame.id == task.scope)
    }
}

/// The answer to one scope more than a run can tell apart.
#[cold]
fn out_of_ids() -> Error {
    let message = format!(
        "the run has had {} scopes, the most of one run",
        1_u64 << 32
    );
    Error::new(ErrorKind::InvalidArgument, message)
        .with_help("split the orchestration into several runs: each numbers its scopes anew")
}

#[cold]
fn not_innermost(innermost: Option<Site>) -> Error {
    let innermost = innermost.map_or("no scope is".to_owned(), |site| format!("scope {site} is"));
    Error::new(
        ErrorKind::InvalidArgument,
        format!("this scope is not the innermost open one: {innermost}"),
    )
    .with_help("submit to the innermost scope, or drop it first")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn ids_of_scopes_are_used_once_in_a_run() {
        let site = Site::here("scope");
        let mut scopes = Scopes {
            next: u32::MAX,
            ..Scopes::default()
        };
        let root = scopes.open_root(site);
        let inner = scopes.open(root, Mode::Auto, site).unwrap();
        assert_eq!((root, inner), (ScopeId(u32::MAX), ScopeId(0)));
        scopes.close(inner);
        // As if all the others had come and gone.
        scopes.next = root.0;
        let error = scopes.open(root, Mode::Auto, site).unwrap_err();
        assert!(error.message().contains("4294967296 scopes"), "{error}");
        assert!(scopes.innermost(root).is_ok());
        // The next run has them all again.
        let root = scopes.open_root(site);
        assert!(scopes.open(root, Mode::Auto, site).is_ok());
    }
}
