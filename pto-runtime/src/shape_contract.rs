//! Shape contracts of kernels: which extents must agree, checked when a task is submitted.

use std::fmt;

use crate::args::TensorArg;

/// One extent in a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim {
    /// Must agree with every other extent of this name.
    Var(&'static str),
    /// Must be this number.
    Lit(usize),
}

/// What a kernel demands of one argument: its name, its position among the tensors, its extents.
pub type ShapeRule = (&'static str, usize, &'static [Dim]);

/// What a kernel demands of the shapes of its arguments.
#[derive(Clone, Copy, Debug)]
pub struct ShapeContract {
    rules: &'static [ShapeRule],
}

/// Two extents that do not agree, or an argument of the wrong rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeMismatch(String);

impl fmt::Display for ShapeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ShapeContract {
    /// A contract of these rules.
    pub const fn new(rules: &'static [ShapeRule]) -> Self {
        ShapeContract { rules }
    }

    /// Checks the arguments of a task.
    ///
    /// # Errors
    /// Names both arguments and both extents that disagree.
    #[inline]
    pub fn check(&self, tensors: &[TensorArg<'_>]) -> Result<(), ShapeMismatch> {
        for (position, (name, index, dims)) in self.rules.iter().enumerate() {
            let Some(tensor) = tensors.get(*index) else {
                return Err(ShapeMismatch(format!("argument `{name}` is missing")));
            };
            let shape = tensor.layout().shape();
            if shape.len() != dims.len() {
                return Err(wrong_rank(name, dims, shape));
            }
            for (axis, (dim, &extent)) in dims.iter().zip(shape).enumerate() {
                match *dim {
                    Dim::Lit(wanted) if wanted == extent as usize => {}
                    Dim::Lit(wanted) => {
                        return Err(ShapeMismatch(format!(
                            "`{name}` has extent {extent} in dimension {axis}, and must have {wanted}"
                        )));
                    }
                    Dim::Var(var) => self.agrees(position, axis, var, extent, tensors)?,
                }
            }
        }
        Ok(())
    }

    /// Compares an extent with the first one of the same name. Contracts have a handful of extents, so a search is
    /// quicker than a table.
    #[inline]
    fn agrees(
        &self,
        position: usize,
        axis: usize,
        var: &'static str,
        extent: u32,
        tensors: &[TensorArg<'_>],
    ) -> Result<(), ShapeMismatch> {
        for (name, index, dims) in &self.rules[..=position] {
            let Some(first) = dims.iter().position(|dim| *dim == Dim::Var(var)) else {
                continue;
            };
            let wanted = tensors[*index].layout().shape()[first];
            if wanted == extent {
                return Ok(());
            }
            let this = self.rules[position].0;
            return Err(ShapeMismatch(format!(
                "`{name}` has extent {wanted} in dimension {first} and `{this}` has extent {extent} in dimension \
                 {axis}: both are `{var}`"
            )));
        }
        Ok(())
    }
}

#[cold]
fn wrong_rank(name: &str, dims: &[Dim], shape: &[u32]) -> ShapeMismatch {
    ShapeMismatch(format!(
        "`{name}` has {} dimensions (shape {shape:?}), and must have {}",
        shape.len(),
        dims.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{OutArg, create};

    const MATMUL: ShapeContract = ShapeContract::new(&[
        ("a", 0, &[Dim::Var("m"), Dim::Var("k")]),
        ("b", 1, &[Dim::Var("k"), Dim::Var("n")]),
        ("c", 2, &[Dim::Var("m"), Dim::Lit(16)]),
    ]);

    fn check(a: [usize; 2], b: [usize; 2], c: [usize; 2]) -> Result<(), String> {
        let args = [a, b, c].map(|shape| OutArg::<f32>::into_arg(create(shape)));
        MATMUL.check(&args).map_err(|mismatch| mismatch.to_string())
    }

    #[test]
    fn agreeing_extents_pass() {
        assert_eq!(check([2, 3], [3, 4], [2, 16]), Ok(()));
    }

    #[test]
    fn a_mismatch_names_both_arguments_and_extents() {
        let text = check([2, 3], [5, 4], [2, 16]).unwrap_err();
        assert_eq!(
            text,
            "`a` has extent 3 in dimension 1 and `b` has extent 5 in dimension 0: both are `k`"
        );
        assert!(
            check([2, 3], [3, 4], [2, 17])
                .unwrap_err()
                .contains("must have 16")
        );
    }

    #[test]
    fn a_repeated_extent_must_agree_within_one_argument() {
        const SQUARE: ShapeContract =
            ShapeContract::new(&[("x", 0, &[Dim::Var("n"), Dim::Var("n")])]);
        let args = |shape: [usize; 2]| [OutArg::<f32>::into_arg(create(shape))];
        assert!(SQUARE.check(&args([3, 3])).is_ok());
        assert!(SQUARE.check(&args([3, 4])).is_err());
    }

    #[test]
    fn ranks_are_checked() {
        const VECTOR: ShapeContract = ShapeContract::new(&[("x", 0, &[Dim::Var("n")])]);
        let args = [OutArg::<f32>::into_arg(create([3, 3]))];
        assert!(
            VECTOR
                .check(&args)
                .unwrap_err()
                .to_string()
                .contains("has 2 dimensions")
        );
        assert!(VECTOR.check(&[]).is_err());
    }
}
