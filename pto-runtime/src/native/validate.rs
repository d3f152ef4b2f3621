//! Checks of a request that need no state.

use crate::args::{Access, TensorArg};
use crate::backend::{Request, Work};
use crate::error::{Error, ErrorKind};
use crate::kernel::Kernel;
use crate::native::map::Part;
use crate::predicate::Predicate;

/// Refuses faulty shapes, broken shape contracts, and arguments that alias one that is written.
#[inline(always)]
pub(crate) fn request(request: &Request<'_, '_>) -> Result<(), Error> {
    if let Some(fault) = request.tensors.iter().find_map(TensorArg::fault) {
        return Err(fault.into_error());
    }
    match request.work {
        Work::Kernel(kernel) => shapes(kernel, request.tensors)?,
        Work::Team(team) => {
            for (member, tensors, _) in team.arguments(request.tensors, request.scalars) {
                shapes(member.kernel, tensors)?;
            }
        }
        Work::Allocation { fill } => {
            let mut tensors = request.tensors.iter();
            if let Some(fill) = fill
                && let Some(tensor) = tensors.find(|tensor| tensor.dtype() != fill.dtype)
            {
                let message = format!(
                    "tensors of {}, filled with a value of {}",
                    tensor.dtype(),
                    fill.dtype
                );
                return Err(Error::new(ErrorKind::InvalidArgument, message)
                    .with_help("an allocation takes a value of the element type of its tensors"));
            }
            if request
                .tensors
                .iter()
                .any(|tensor| tensor.access() != Access::Create)
                || request.tensors.is_empty()
            {
                let message = "an allocation that does not create its tensors, or has none";
                return Err(Error::new(ErrorKind::InvalidArgument, message)
                    .with_help("pass shapes, at least one"));
            }
        }
        Work::Barrier => {
            let mut tensors = request.tensors.iter();
            if tensors.any(|tensor| tensor.access() == Access::Create)
                || !request.scalars.is_empty()
            {
                let message = "a barrier that creates tensors, or has scalars";
                return Err(Error::new(ErrorKind::InvalidArgument, message)
                    .with_help("pass tensors that exist, or tasks to wait for"));
            }
        }
    }
    if let Some(predicate) = request.predicate {
        condition(request, predicate)?;
    }
    if request.disjoint || request.tensors.len() < 2 {
        Ok(())
    } else {
        no_aliases(request.tensors)
    }
}

/// Checks what a kernel states of the extents of its arguments.
#[inline(always)]
fn shapes(kernel: &Kernel, tensors: &[TensorArg<'_>]) -> Result<(), Error> {
    if let Some(check) = kernel.check
        && let Err(mismatch) = check(tensors)
    {
        let message = format!("kernel '{}': {mismatch}", kernel.name);
        return Err(
            Error::new(ErrorKind::InvalidArgument, message).with_help(format!(
                "the shapes are stated at {}:{}",
                kernel.file, kernel.line
            )),
        );
    }
    Ok(())
}

/// Refuses conditions that leave what nobody has written.
#[cold]
fn condition(request: &Request<'_, '_>, predicate: &Predicate<'_>) -> Result<(), Error> {
    let mut tensors = request.tensors.iter();
    let runs = matches!(request.work, Work::Kernel(_) | Work::Team(_));
    let creates = tensors.any(|tensor| tensor.access() == Access::Create);
    if !runs || creates || predicate.tensor.layout().len() != 1 {
        let message = "a condition of a task that creates tensors, or that has no kernel";
        return Err(Error::new(ErrorKind::InvalidArgument, message)
            .with_help("where the kernel is skipped nothing is written: pass tensors that exist"));
    }
    Ok(())
}

#[inline]
fn no_aliases(tensors: &[TensorArg<'_>]) -> Result<(), Error> {
    match overlapping(tensors) {
        None => Ok(()),
        Some((first, second)) => Err(aliases(first, second, "the task writes one of them")),
    }
}

/// The positions of two tensors that overlap, one of them written.
#[inline]
pub(crate) fn overlapping(tensors: &[TensorArg<'_>]) -> Option<(usize, usize)> {
    // Mostly few are written, of however many there are.
    let writers = (0..tensors.len()).filter(|&at| tensors[at].access().writes());
    for writer in writers {
        let conflicts = |&other: &usize| {
            let (a, b) = (&tensors[writer], &tensors[other]);
            other != writer && a.base() == b.base() && !are_apart(a, b) && overlap(a, b)
        };
        if let Some(other) = (0..tensors.len()).find(conflicts) {
            return Some((writer.min(other), writer.max(other)));
        }
    }
    None
}

/// Whether two tensors of one storage are apart at a glance: parts of a vector, most of all.
#[inline(always)]
fn are_apart(a: &TensorArg<'_>, b: &TensorArg<'_>) -> bool {
    match (a.layout().dense_vector(), b.layout().dense_vector()) {
        (Some(first), Some(second)) => {
            a.start() + first <= b.start() || b.start() + second <= a.start()
        }
        _ => false,
    }
}

#[inline(never)]
fn overlap(a: &TensorArg<'_>, b: &TensorArg<'_>) -> bool {
    let fresh = a.access() == Access::Create || b.access() == Access::Create;
    let part = |tensor: &TensorArg<'_>| Part {
        start: tensor.start(),
        layout: *tensor.layout(),
    };
    !fresh && part(a).overlaps(&part(b))
}

#[cold]
pub(crate) fn aliases(first: usize, second: usize, why: &str) -> Error {
    let message =
        format!("tensors {first} and {second} of the call overlap, and {why}: arguments alias");
    Error::new(ErrorKind::InvalidArgument, message)
        .with_help("pass parts that do not overlap, or a copy of one")
}
