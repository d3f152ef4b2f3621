//! Tensors that leave the orchestration.

use super::Walker;
use crate::diag;
use crate::model::flow::Value;
use crate::model::program::{Returned, position_of};

impl Walker {
    /// Notes that tensors are returned. Copies of an unrolled body return at the same place.
    pub(super) fn returned(&mut self, value: Value, at: diag::Place) {
        let tensors = match value {
            Value::Host | Value::Collection { .. } => Vec::new(),
            Value::Tensor(places) => vec![places],
            Value::Tuple(parts) => parts
                .into_iter()
                .map(|part| match part {
                    Value::Tensor(places) => places,
                    _ => Vec::new(),
                })
                .collect(),
        };
        let known = self.program.returned.entry(position_of(at));
        let known = known.or_insert_with(|| Returned {
            tensors: vec![Vec::new(); tensors.len()],
            at,
        });
        for (known, places) in known.tensors.iter_mut().zip(tensors) {
            for place in places {
                if !known.contains(&place) {
                    known.push(place);
                }
            }
        }
    }
}
