//! The first half of an online softmax: one block's weights, maxima and sums.

use half::bf16;

use super::{Rows, RowsMut};

/// Below this a row maximum is not let fall, so that a row without valid columns gives zeros and no NaN.
const FLOOR: f32 = -1e30;

/// Unnormalised attention weights of one block of keys.
///
/// For each row of scaled scores `s * scale`: `m` is the maximum, `p = exp(s * scale - m)` rounded to bf16, and `l` the
/// sum of the *rounded* weights, so that numerator and denominator of the softmax agree. `s` has the valid columns only;
/// the remaining columns of `p` count as minus infinity and become zero.
pub fn softmax_prepare(
    s: &impl Rows<f32>,
    p: &mut impl RowsMut<bf16>,
    m: &mut [f32],
    l: &mut [f32],
    scale: f32,
) {
    assert!(
        s.rows() == p.rows() && s.cols() <= p.cols(),
        "scores have the rows of the weights and no more columns"
    );
    for (i, (m, l)) in m.iter_mut().zip(l).enumerate() {
        let scores = s.row(i);
        let (valid, beyond) = p.row_mut(i).split_at_mut(scores.len());
        *m = scores.iter().map(|s| s * scale).fold(FLOOR, f32::max);
        for (p, s) in valid.iter_mut().zip(scores) {
            *p = bf16::from_f32((s * scale - *m).exp());
        }
        *l = valid.iter().map(|p| p.to_f32()).sum();
        beyond.fill(bf16::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::{Tile, TileMut};
    use crate::random::Random;

    #[test]
    fn weights_match_naive_exponentials() {
        let (rows, cols, valid, scale) = (5, 16, 11, 0.5_f32);
        let mut random = Random::new(3);
        let scores: Vec<f32> = (0..rows * cols)
            .map(|_| random.uniform(-8.0, 8.0))
            .collect();
        let mut p = vec![bf16::NAN; rows * cols];
        let (mut m, mut l) = (vec![f32::NAN; rows], vec![f32::NAN; rows]);
        let s = Tile::new(&scores, rows, valid, cols);
        softmax_prepare(
            &s,
            &mut TileMut::packed(&mut p, cols),
            &mut m,
            &mut l,
            scale,
        );
        for i in 0..rows {
            let scaled: Vec<f64> = s
                .row(i)
                .iter()
                .map(|s| f64::from(*s) * f64::from(scale))
                .collect();
            let max = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert!((f64::from(m[i]) - max).abs() < 1e-6);
            let row = &p[i * cols..][..cols];
            for (p, s) in row.iter().zip(&scaled) {
                let want = (s - max).exp();
                // Half a unit in the last of bf16's 8 bits, and a little for the f32 exponential.
                assert!(
                    (p.to_f64() - want).abs() <= want * 0.00391,
                    "{p} for {want}"
                );
            }
            assert!(
                row[valid..].iter().all(|p| *p == bf16::ZERO),
                "columns beyond the valid ones weigh nothing"
            );
            let sum: f64 = row.iter().map(|p| p.to_f64()).sum();
            assert!(
                (f64::from(l[i]) - sum).abs() < 1e-5,
                "the sum is that of the rounded weights"
            );
        }
    }

    #[test]
    fn a_row_without_valid_columns_weighs_nothing() {
        let mut p = [bf16::NAN; 4];
        let (mut m, mut l) = ([f32::NAN], [f32::NAN]);
        softmax_prepare(
            &Tile::new(&[], 1, 0, 0),
            &mut TileMut::packed(&mut p, 4),
            &mut m,
            &mut l,
            1.0,
        );
        assert_eq!((p, m, l), ([bf16::ZERO; 4], [FLOOR], [0.0]));
    }

    #[test]
    fn a_nan_score_is_not_hidden() {
        let mut p = [bf16::ZERO; 2];
        let (mut m, mut l) = ([0.0], [0.0]);
        softmax_prepare(
            &Tile::packed(&[1.0, f32::NAN], 2),
            &mut TileMut::packed(&mut p, 2),
            &mut m,
            &mut l,
            1.0,
        );
        assert!(l[0].is_nan());
    }
}
