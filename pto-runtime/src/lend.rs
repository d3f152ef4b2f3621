//! Arguments of a call of an orchestration, typed by the borrow the user wrote.

use crate::element::Element;
use crate::error::{Error, ErrorKind};
use crate::handle::{TensorMut, TensorRef};
use crate::tensor::Input;

/// A tensor that the called orchestration reads: `&t`.
#[derive(Debug)]
pub struct Lent<'s, T: Element>(TensorRef<'s, T>);

/// A tensor that the called orchestration writes: `&mut t`.
#[derive(Debug)]
pub struct LentMut<'s, T: Element>(TensorMut<'s, T>);

/// An `In<T>` parameter of the caller, as it is: the host can read it too, if it is host memory.
#[derive(Debug)]
pub struct LentInput<'s, T: Element>(TensorRef<'s, T>, Option<Input<'s, T>>);

/// An argument that is no tensor. Tensors have types of their own, so that none passes for a value which its caller does
/// not know to be one.
#[derive(Debug)]
pub struct Given<T>(pub T);

/// `t` as a tensor that an orchestration reads.
#[inline]
pub fn lend<'s, T: Element>(t: &TensorRef<'s, T>) -> Lent<'s, T> {
    Lent(*t)
}

/// `t` as a tensor that an orchestration writes.
#[inline]
pub fn lend_mut<'s, T: Element>(t: &mut TensorMut<'s, T>) -> LentMut<'s, T> {
    LentMut(TensorMut::new(**t))
}

/// An `In<T>` parameter, with the host's view of it if there is one.
#[inline]
pub fn lend_input<'s, T: Element>(
    t: &TensorRef<'s, T>,
    host: impl Into<Option<Input<'s, T>>>,
) -> LentInput<'s, T> {
    LentInput(*t, host.into())
}

/// `value` as an argument that is no tensor.
#[inline]
pub fn give<T>(value: T) -> Given<T> {
    Given(value)
}

/// What can be passed for an orchestration's parameter `In<T>`.
#[diagnostic::on_unimplemented(
    message = "this orchestration parameter is `In<{T}>`: pass `&tensor` of `{T}`",
    label = "the orchestration reads this argument, it is `In<{T}>`"
)]
pub trait InParam<'s, T: Element>: Sized {
    /// The handle, and the host's view if there is one.
    fn take(self) -> (TensorRef<'s, T>, Option<Input<'s, T>>);
}

/// What can be passed for a parameter `In<T>` of which the orchestration reads elements on the host.
#[diagnostic::on_unimplemented(
    message = "the orchestration reads elements of this tensor on the host: pass one of your own `In<{T}>` parameters as it is",
    label = "the host reads this argument, it is `In<{T}>`",
    note = "tasks may still write any other tensor while the host reads it"
)]
pub trait HostParam<'s, T: Element>: InParam<'s, T> {
    /// The handle and the host's view.
    ///
    /// # Errors
    /// What was passed to the caller itself is not host memory.
    fn read_on_host(self, param: &str) -> Result<(TensorRef<'s, T>, Input<'s, T>), Error> {
        match self.take() {
            (tensor, Some(host)) => Ok((tensor, host)),
            _ => Err(not_on_the_host(param)),
        }
    }
}

/// What can be passed for an orchestration's parameter `InOut<T>`.
#[diagnostic::on_unimplemented(
    message = "this orchestration parameter is `InOut<{T}>`: pass `&mut tensor` of `{T}`",
    label = "the orchestration reads and writes this argument, it is `InOut<{T}>`"
)]
pub trait InOutParam<'s, T: Element> {
    /// The handle.
    fn take(self) -> TensorMut<'s, T>;
}

/// What can be passed for an orchestration's parameter `Out<T>`.
#[diagnostic::on_unimplemented(
    message = "this orchestration parameter is `Out<{T}>`: pass `&mut tensor` of `{T}`",
    label = "the orchestration writes this argument, it is `Out<{T}>`"
)]
pub trait OutParam<'s, T: Element> {
    /// The handle.
    fn take(self) -> TensorMut<'s, T>;
}

impl<'s, T: Element> InParam<'s, T> for Lent<'s, T> {
    #[inline]
    fn take(self) -> (TensorRef<'s, T>, Option<Input<'s, T>>) {
        (self.0, None)
    }
}

impl<'s, T: Element> InParam<'s, T> for LentInput<'s, T> {
    #[inline]
    fn take(self) -> (TensorRef<'s, T>, Option<Input<'s, T>>) {
        (self.0, self.1)
    }
}

impl<'s, T: Element> HostParam<'s, T> for LentInput<'s, T> {}

impl<'s, T: Element> InOutParam<'s, T> for LentMut<'s, T> {
    #[inline]
    fn take(self) -> TensorMut<'s, T> {
        self.0
    }
}

impl<'s, T: Element> OutParam<'s, T> for LentMut<'s, T> {
    #[inline]
    fn take(self) -> TensorMut<'s, T> {
        self.0
    }
}

#[cold]
fn not_on_the_host(param: &str) -> Error {
    let message = format!(
        "the orchestration reads elements of its parameter '{param}' on the host, and was passed a tensor that is not host memory"
    );
    Error::new(ErrorKind::InvalidArgument, message).with_help(
        "pass an `In<T>` parameter of the orchestration that is run, as it is, through all calls",
    )
}
