//! Arrays and vectors of handles, with the failures of indexing as errors of the run.

use std::panic::Location;

use crate::error::{Error, ErrorKind};

/// The element at `index`.
///
/// # Errors
/// There is none.
#[inline]
#[track_caller]
pub fn element<T>(of: &[T], index: usize) -> Result<&T, Error> {
    match of.get(index) {
        Some(element) => Ok(element),
        None => Err(no_element(of.len(), index)),
    }
}

/// The element at `index`, to be changed.
///
/// # Errors
/// There is none.
#[inline]
#[track_caller]
pub fn element_mut<T>(of: &mut [T], index: usize) -> Result<&mut T, Error> {
    let len = of.len();
    match of.get_mut(index) {
        Some(element) => Ok(element),
        None => Err(no_element(len, index)),
    }
}

/// What `method` found in a collection.
///
/// # Errors
/// It found nothing.
#[inline]
#[track_caller]
pub fn present<T>(found: Option<T>, method: &'static str) -> Result<T, Error> {
    match found {
        Some(found) => Ok(found),
        None => Err(nothing_found(method)),
    }
}

/// A `Vec`, for certain: what the macros prove of vectors they prove of this type.
#[inline]
pub fn vector<T>(vector: Vec<T>) -> Vec<T> {
    vector
}

#[cold]
#[track_caller]
fn no_element(len: usize, index: usize) -> Error {
    let message = format!("index {index} is out of bounds for {len} elements");
    let help = match len {
        0 => "it is empty: put tensors in before".to_owned(),
        len => format!("its indices are 0 to {}", len - 1),
    };
    Error::new(ErrorKind::InvalidArgument, message)
        .with_help(help)
        .at(Location::caller())
}

#[cold]
#[track_caller]
fn nothing_found(method: &str) -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        format!("`{method}` found no element"),
    )
    .with_help("ask `len()` before, or match on `Some(t)`")
    .at(Location::caller())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_an_error_that_names_the_place() {
        let mut of = [1, 2];
        assert_eq!(*element(&of, 1).unwrap(), 2);
        *element_mut(&mut of, 0).unwrap() = 5;
        let line = line!() + 1;
        let error = element(&of, 2).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("index 2 is out of bounds for 2 elements"),
            "{text}"
        );
        assert!(text.contains("its indices are 0 to 1"), "{text}");
        assert_eq!(error.location().map(Location::line), Some(line));
        let error = element_mut(&mut of[..0], 0).unwrap_err();
        assert!(error.to_string().contains("it is empty"), "{error}");
        let error = present(None::<u8>, "pop").unwrap_err();
        assert!(
            error.to_string().contains("`pop` found no element"),
            "{error}"
        );
        assert_eq!(present(Some(3), "pop").unwrap(), 3);
    }
}
