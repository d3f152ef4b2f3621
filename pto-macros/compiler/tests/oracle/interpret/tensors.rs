//! Tensors: storage, views, and the variables that hold them.

use super::{Handle, Machine, Value};
use pto_compiler::syntax::ast::{Host, TensorExpr};
use pto_programs::ELEMENTS;

impl Machine<'_> {
    pub(super) fn storage(&mut self, owner: Option<usize>) -> Handle {
        self.run.owners.push(owner);
        Handle {
            storage: self.run.owners.len() - 1,
            range: 0..ELEMENTS,
        }
    }

    pub(super) fn assign(&mut self, left: &syn::Expr, value: Value) {
        match (left, value) {
            (syn::Expr::Tuple(tuple), Value::Tuple(parts)) => {
                for (left, part) in tuple.elems.iter().zip(parts) {
                    self.assign(left, part);
                }
            }
            (syn::Expr::Path(path), value) => {
                let name = path.path.get_ident().expect("names are plain").to_string();
                let mut known = self.names.iter_mut().rev();
                let (_, held) = known
                    .find(|(known, _)| *known == name)
                    .expect("the name is bound");
                *held = value;
            }
            _ => panic!("unknown place"),
        }
    }

    pub(super) fn tensor(&mut self, tensor: &TensorExpr) -> Handle {
        match tensor {
            TensorExpr::Var(ident) => match self.get(ident) {
                Value::Tensor(handle) => handle,
                _ => panic!("not a tensor"),
            },
            TensorExpr::View { base, region, .. } => {
                let mut handle = self.tensor(base);
                if let Some([range]) = region.as_deref() {
                    let (low, high) = self.range(range);
                    handle.range = handle.range.start + low..handle.range.start + high;
                }
                assert!(handle.range.end <= ELEMENTS, "programs stay in bounds");
                handle
            }
            TensorExpr::Transpose { .. } => panic!("not generated"),
        }
    }

    fn range(&mut self, range: &Host) -> (i64, i64) {
        let syn::Expr::Range(range) = &range.source else {
            panic!("not a range");
        };
        self.ends(range)
    }
}
