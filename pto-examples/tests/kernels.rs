//! The kernels called as the functions they are, without a runtime.

use pto_examples::kernels::{
    add, add_scalar, mul, online_update, pv_matmul, qk_matmul, softmax_prepare,
};
use pto_runtime::prelude::*;

fn tensor(shape: [usize; 2], values: &[f32]) -> Tensor<f32> {
    Tensor::from_vec(shape, values.to_vec()).unwrap()
}

fn narrow(shape: [usize; 2], values: &[f32]) -> Tensor<bf16> {
    Tensor::from_vec(shape, values.iter().map(|x| bf16::from_f32(*x)).collect()).unwrap()
}

#[test]
fn products_take_their_operands_in_order() {
    let (q, k) = (
        narrow([1, 2], &[1.0, 2.0]),
        narrow([3, 2], &[1.0, 0.0, 0.0, 1.0, 3.0, 4.0]),
    );
    let mut s = Tensor::zeros([1, 3]);
    qk_matmul(In::from(&q), In::from(&k), Out::from(&mut s));
    assert_eq!(s.as_slice(), [1.0, 2.0, 11.0]);

    let (p, v) = (narrow([1, 3], &[1.0, 2.0, 3.0]), k);
    let mut o = Tensor::zeros([1, 2]);
    pv_matmul(In::from(&p), In::from(&v), Out::from(&mut o));
    assert_eq!(o.as_slice(), [10.0, 14.0]);
}

#[test]
fn weights_maxima_and_sums_land_in_their_places() {
    let s = tensor([1, 2], &[2.0, 2.0]);
    let (mut p, mut m, mut l) = (
        Tensor::full([1, 3], bf16::MAX),
        Tensor::zeros([1]),
        Tensor::zeros([1]),
    );
    softmax_prepare(
        In::from(&s),
        Out::from(&mut p),
        Out::from(&mut m),
        Out::from(&mut l),
        0.5,
    );
    assert_eq!(p.as_slice(), [bf16::ONE, bf16::ONE, bf16::ZERO]);
    assert_eq!((m.as_slice(), l.as_slice()), (&[1.0][..], &[2.0][..]));
}

#[test]
fn an_update_starts_continues_and_ends() {
    let (mi, li, o_new) = (
        Tensor::full([1], 1.0),
        Tensor::full([1], 2.0),
        tensor([1, 1], &[6.0]),
    );
    let (mut m, mut l) = (Tensor::full([1], f32::NAN), Tensor::full([1], f32::NAN));
    let (mut o, mut dst) = (tensor([1, 1], &[f32::NAN]), tensor([1, 1], &[-1.0]));
    for (first, last, sum, result) in [(true, false, 2.0, -1.0), (false, true, 4.0, 3.0)] {
        online_update(
            In::from(&mi),
            In::from(&li),
            In::from(&o_new),
            InOut::from(&mut m),
            InOut::from(&mut l),
            InOut::from(&mut o),
            InOut::from(&mut dst),
            first,
            last,
        );
        assert_eq!(
            (m.as_slice()[0], l.as_slice()[0], dst.as_slice()[0]),
            (1.0, sum, result)
        );
    }
}

#[test]
fn vector_kernels_work_element_by_element() {
    let (a, b) = (
        Tensor::from_vec([2], vec![1.0, 2.0]).unwrap(),
        Tensor::from_vec([2], vec![10.0, 20.0]).unwrap(),
    );
    let mut c = Tensor::zeros([2]);
    add(In::from(&a), In::from(&b), Out::from(&mut c));
    assert_eq!(c.as_slice(), [11.0, 22.0]);
    mul(In::from(&a), In::from(&b), Out::from(&mut c));
    assert_eq!(c.as_slice(), [10.0, 40.0]);
    add_scalar(In::from(&a), Out::from(&mut c), 0.5);
    assert_eq!(c.as_slice(), [1.5, 2.5]);
}
