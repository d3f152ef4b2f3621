//! Orchestrations that end their run themselves.

use std::error::Error as StdError;
use std::fmt;
use std::panic::Location;

use crate::error::{Error, ErrorKind};

/// The error of an orchestration that ends its run, at the caller's place.
#[cold]
#[track_caller]
pub fn fatal(message: fmt::Arguments<'_>) -> Error {
    Error::new(ErrorKind::Explicit, message.to_string()).at(Location::caller())
}

/// The result of a host computation, its error as one of the run, at the caller's place. An [`Error`] stays as it is.
///
/// # Errors
/// That of `result`.
#[inline]
#[track_caller]
pub fn host_result<T>(result: Result<T, impl Into<Box<dyn StdError>>>) -> Result<T, Error> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => Err(of_host(error.into(), Location::caller())),
    }
}

#[cold]
fn of_host(error: Box<dyn StdError>, at: &'static Location<'static>) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => Error::new(ErrorKind::Explicit, error.to_string()).at(at),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_host_become_errors_of_the_run() {
        let line = line!() + 1;
        let error = host_result("x".parse::<u8>()).unwrap_err();
        assert_eq!((error.code(), error.name()), (9, "EXPLICIT_ORCH_FATAL"));
        assert_eq!(error.message(), "invalid digit found in string");
        assert_eq!(error.location().map(Location::line), Some(line));
        let own = Error::new(ErrorKind::InvalidConfig, "mine");
        let error = host_result::<()>(Err(own)).unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::InvalidConfig, "mine")
        );
        assert_eq!(host_result(Ok::<_, String>(3)).unwrap(), 3);
        let error = host_result::<()>(Err(format!("no {}", 4))).unwrap_err();
        assert_eq!(error.message(), "no 4");
    }
}
