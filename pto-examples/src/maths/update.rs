//! The second half of an online softmax: fold one block into the running result.

use super::{Rows, RowsMut};

/// Folds one block's maxima `mi`, sums `li` and unnormalised output `o_new` into the running `m`, `l` and `o`.
///
/// The `first` block starts the running values, whatever they held; the `last` one also writes the normalised result
/// `o / l` to `dst`.
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of the kernel, one for one"
)]
pub fn online_update(
    mi: &[f32],
    li: &[f32],
    o_new: &impl Rows<f32>,
    m: &mut [f32],
    l: &mut [f32],
    o: &mut impl RowsMut<f32>,
    dst: &mut impl RowsMut<f32>,
    first: bool,
    last: bool,
) {
    for i in 0..o_new.rows() {
        let (new, o) = (o_new.row(i), o.row_mut(i));
        if first {
            (m[i], l[i]) = (mi[i], li[i]);
            o.copy_from_slice(new);
        } else {
            let max = m[i].max(mi[i]);
            let (old_weight, new_weight) = ((m[i] - max).exp(), (mi[i] - max).exp());
            m[i] = max;
            l[i] = old_weight * l[i] + new_weight * li[i];
            for (o, new) in o.iter_mut().zip(new) {
                *o = old_weight * *o + new_weight * new;
            }
        }
        if last {
            for (dst, o) in dst.row_mut(i).iter_mut().zip(&*o) {
                *dst = *o / l[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::{Tile, TileMut};
    use crate::random::Random;

    /// Blocks folded one after the other give the weighted mean over all blocks at once.
    #[test]
    fn folding_blocks_matches_the_whole_softmax() {
        let (rows, cols, blocks) = (3, 4, 5);
        let mut random = Random::new(4);
        let mut draw =
            |len: usize, lo, hi| -> Vec<f32> { (0..len).map(|_| random.uniform(lo, hi)).collect() };
        let mi: Vec<_> = (0..blocks).map(|_| draw(rows, -5.0, 5.0)).collect();
        let li: Vec<_> = (0..blocks).map(|_| draw(rows, 1.0, 9.0)).collect();
        let new: Vec<_> = (0..blocks).map(|_| draw(rows * cols, -1.0, 1.0)).collect();

        // Running values start as NaN: the first block must not read them.
        let (mut m, mut l, mut o) = (
            vec![f32::NAN; rows],
            vec![f32::NAN; rows],
            vec![f32::NAN; rows * cols],
        );
        let mut dst = vec![f32::NAN; rows * cols];
        for n in 0..blocks {
            let last = n + 1 == blocks;
            assert!(
                dst.iter().all(|d| d.is_nan()),
                "nothing is written before the last block"
            );
            let (mut o, mut dst) = (
                TileMut::packed(&mut o, cols),
                TileMut::packed(&mut dst, cols),
            );
            let new = Tile::packed(&new[n], cols);
            online_update(
                &mi[n],
                &li[n],
                &new,
                &mut m,
                &mut l,
                &mut o,
                &mut dst,
                n == 0,
                last,
            );
        }

        for i in 0..rows {
            let weight = |n: usize| f64::from(mi[n][i]).exp();
            let total: f64 = (0..blocks).map(|n| weight(n) * f64::from(li[n][i])).sum();
            for j in 0..cols {
                let at = i * cols + j;
                let want: f64 = (0..blocks)
                    .map(|n| weight(n) * f64::from(new[n][at]))
                    .sum::<f64>()
                    / total;
                assert!(
                    (f64::from(dst[at]) - want).abs() < 1e-6,
                    "({i}, {j}): {} for {want}",
                    dst[at]
                );
            }
        }
    }
}
