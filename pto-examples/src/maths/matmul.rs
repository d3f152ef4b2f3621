//! Matrix products of bf16 tiles, accumulated in f32.

use std::cell::RefCell;

use half::bf16;

use super::{Rows, RowsMut};

/// `c = a * b`.
pub fn matmul(a: &impl Rows<bf16>, b: &impl Rows<bf16>, c: &mut impl RowsMut<f32>) {
    assert_eq!(a.cols(), b.rows(), "the inner extents of a product agree");
    assert_eq!(
        (c.rows(), c.cols()),
        (a.rows(), b.cols()),
        "the extents of a product's result"
    );
    widened(a, b, Order::AsStored, c);
}

/// `c = a * bᵀ`, `b` stored row by row.
pub fn matmul_transposed(a: &impl Rows<bf16>, b: &impl Rows<bf16>, c: &mut impl RowsMut<f32>) {
    assert_eq!(a.cols(), b.cols(), "the inner extents of a product agree");
    assert_eq!(
        (c.rows(), c.cols()),
        (a.rows(), b.rows()),
        "the extents of a product's result"
    );
    widened(a, b, Order::Transposed, c);
}

/// `c = a * b` of packed row-major matrices of `m x k`, `k x n` and `m x n` elements.
pub fn product(extents: (usize, usize, usize), a: &[f32], b: &[f32], c: &mut [f32]) {
    sgemm(extents, a, b, Order::AsStored, c);
}

/// How the right operand of a product is read.
#[derive(Clone, Copy)]
enum Order {
    AsStored,
    Transposed,
}

/// The f32 copies of one product's operands and result.
#[derive(Default)]
struct Scratch {
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
}

thread_local! {
    /// Kept from call to call, so that a thread's kernels allocate no copies once it has seen its largest tile.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The product of f32 copies.
fn widened(a: &impl Rows<bf16>, b: &impl Rows<bf16>, order: Order, c: &mut impl RowsMut<f32>) {
    let (m, k, n) = (c.rows(), a.cols(), c.cols());
    SCRATCH.with_borrow_mut(|scratch| {
        widen(a, &mut scratch.a);
        widen(b, &mut scratch.b);
        // Every element is written by the product: whatever an earlier call left here needs no clearing.
        scratch.c.resize(m * n, 0.0);
        sgemm((m, k, n), &scratch.a, &scratch.b, order, &mut scratch.c);
        for i in 0..m {
            c.row_mut(i).copy_from_slice(&scratch.c[i * n..][..n]);
        }
    });
}

/// Copies a tile row by row, converting to f32, which is exact.
fn widen(tile: &impl Rows<bf16>, copy: &mut Vec<f32>) {
    copy.clear();
    for i in 0..tile.rows() {
        // `bf16::to_f32` tests for NaNs, which keeps the loop from being vectorised; the upper half of the f32 is
        // the bf16 in every case.
        copy.extend(
            tile.row(i)
                .iter()
                .map(|x| f32::from_bits(u32::from(x.to_bits()) << 16)),
        );
    }
}

/// `c = a * b` over packed row-major matrices of `m x k`, `k x n` (or `n x k` if transposed) and `m x n` elements.
fn sgemm((m, k, n): (usize, usize, usize), a: &[f32], b: &[f32], order: Order, c: &mut [f32]) {
    assert!(
        a.len() == m * k && b.len() == k * n && c.len() == m * n,
        "packed operands have the sizes of the product"
    );
    let (row_stride, column_stride) = match order {
        Order::AsStored => (n, 1),
        Order::Transposed => (1, k),
    };
    // SAFETY: the strides address exactly m*k, k*n and m*n elements, which the slices have (asserted above); `c` is
    // borrowed exclusively, so it overlaps neither operand. Slices are at most isize::MAX bytes, so no stride wraps.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.as_ptr(),
            k as isize,
            1,
            b.as_ptr(),
            row_stride as isize,
            column_stride as isize,
            0.0,
            c.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::{Tile, TileMut};
    use crate::random::Random;

    fn random(len: usize, seed: u64) -> Vec<bf16> {
        let mut random = Random::new(seed);
        (0..len)
            .map(|_| bf16::from_f32(random.uniform(-1.0, 1.0)))
            .collect()
    }

    /// Strided operands, checked against f64 sums; twice, so that the second call meets the first one's scratch.
    #[test]
    fn products_match_naive_sums() {
        for (m, k, n) in [
            (5, 7, 3),
            (16, 16, 16),
            (1, 1, 1),
            (16, 128, 64),
            (3, 9, 20),
        ] {
            let (a, b) = (random(m * (k + 2), 1), random(k.max(n) * (k.max(n) + 3), 2));
            let a = Tile::new(&a, m, k, k + 2);
            let plain = Tile::new(&b, k, n, n + 3);
            let transposed = Tile::new(&b, n, k, k + 3);
            let mut c = vec![f32::NAN; m * (n + 1)];
            matmul(&a, &plain, &mut TileMut::new(&mut c, m, n, n + 1));
            check(&c, m, n, k, |i, j, x| (a.row(i)[x], plain.row(x)[j]));
            matmul_transposed(&a, &transposed, &mut TileMut::new(&mut c, m, n, n + 1));
            check(&c, m, n, k, |i, j, x| (a.row(i)[x], transposed.row(j)[x]));
        }
    }

    fn check(
        c: &[f32],
        m: usize,
        n: usize,
        k: usize,
        factors: impl Fn(usize, usize, usize) -> (bf16, bf16),
    ) {
        for (i, row) in c.chunks(n + 1).enumerate() {
            for (j, got) in row[..n].iter().enumerate() {
                let want: f64 = (0..k)
                    .map(|x| factors(i, j, x))
                    .map(|(a, b)| a.to_f64() * b.to_f64())
                    .sum();
                assert!(
                    (f64::from(*got) - want).abs() < 1e-5,
                    "({m}, {k}, {n}) at ({i}, {j}): {got} for {want}"
                );
            }
            assert!(row[n].is_nan(), "the gap between rows is left alone");
        }
    }

    #[test]
    fn the_copy_is_exact_for_every_bf16() {
        let all: Vec<bf16> = (0..=u16::MAX).map(bf16::from_bits).collect();
        let mut copy = Vec::new();
        widen(&Tile::packed(&all, 256), &mut copy);
        for (narrow, wide) in all.iter().zip(copy) {
            assert!(narrow.to_f32() == wide || (narrow.is_nan() && wide.is_nan()));
        }
    }

    #[test]
    #[should_panic(expected = "inner extents")]
    fn extents_that_disagree_are_refused() {
        let a = [bf16::ONE; 6];
        matmul(
            &Tile::packed(&a, 3),
            &Tile::packed(&a, 3),
            &mut TileMut::packed(&mut [0.0; 6], 3),
        );
    }
}
