//! Names the user may have, and surroundings the macros must live in.
#![deny(warnings)]
#![forbid(unsafe_code)]
#![no_implicit_prelude]
#![allow(unreachable_pub)]

extern crate pto_runtime as renamed;

use ::core::assert_eq;
use ::std::vec;
use ::std::vec::Vec as List;

use renamed::prelude::{In, InOut, Runtime, Tensor, kernel, orchestration};

/// Types with the names that expansions use.
mod clash {
    #![allow(dead_code)]
    pub struct Vec;
    pub struct Option;
    pub struct Result;
    pub struct Ok;
    pub struct Site;
    pub struct Deps;
    pub struct TaskId;
}
#[allow(unused_imports)]
use clash::*;

mod kernels {
    use crate::renamed;
    use renamed::prelude::*;

    #[kernel(aiv, crate = crate::renamed)]
    pub fn r#type<T: renamed::Element>(x: In<T>, mut y: Out<T>) {
        for i in 0..x.len() {
            y.set(i, x.get(i));
        }
    }
}

#[kernel(aic, crate = crate::renamed)]
fn call(x: In<f32>, mut y: InOut<f32>, run: f32, core: usize) {
    for i in 0..x.len() {
        y.set(i, x.get(i) * run + core as f32);
    }
}

#[orchestration(crate = crate::renamed)]
fn orchestrate(
    x: In<f32>,
    lens: In<i32>,
    y: InOut<f32>,
    __root: f32,
    core: usize,
    scopes: &[usize],
) {
    let __call = x.dim(0);
    let __task = kernels::r#type::<f32>(&x, out!([__call]));
    let __scope_1 = 2.0;
    let krate = (0..lens.dim(0)).map(|i| lens[i]).max().unwrap_or(0);
    manual_scope!({
        let __out_0 = kernels::r#type(&__task, out!([__call]));
        call(
            &__out_0,
            &mut y,
            __root * __scope_1 + krate as f32,
            core + scopes[0],
        );
    });
}

/// Calls, with names that the expansion of a call uses.
#[orchestration(crate = crate::renamed)]
fn caller(
    x: In<f32>,
    lens: In<i32>,
    y: InOut<f32>,
    __frame: f32,
    __caller: usize,
    __arg_5: &[usize],
) {
    let __returned = __caller + 1;
    call!(orchestrate(
        &x,
        &lens,
        &mut y,
        __frame,
        __returned - 1,
        __arg_5
    ));
    let __entry = call!(made(&x));
    call(&__entry, &mut y, __frame, __returned);
}

#[orchestration(crate = crate::renamed)]
fn made(__body: In<f32>) -> Tensor<f32> {
    kernels::r#type(&__body, out!([__body.len()]))
}

/// Lints that the user sets are set where the user's code is.
#[orchestration(crate = crate::renamed)]
#[expect(unused_variables)]
fn expected(y: InOut<f32>, (a, b): (f32, f32), n: usize) {
    let unused = n;
}

use ::core::iter::Iterator;

#[test]
fn user_names_do_not_clash() {
    let mut rt = Runtime::new().unwrap();
    let x = Tensor::full([3], 2.0_f32);
    let lens: Tensor<i32> = Tensor::from_vec([2], vec![4, 9]).unwrap();
    let mut y = Tensor::zeros([3]);
    rt.run(orchestrate(&x, &lens, &mut y, 0.5, 1, &[6]))
        .unwrap();
    let expected: List<f32> = vec![27.0; 3];
    assert_eq!(y.as_slice(), expected);
}

#[test]
fn nor_where_orchestrations_are_called() {
    let mut rt = Runtime::new().unwrap();
    let x = Tensor::full([3], 2.0_f32);
    let lens: Tensor<i32> = Tensor::from_vec([2], vec![4, 9]).unwrap();
    let mut y = Tensor::zeros([3]);
    rt.run(caller(&x, &lens, &mut y, 0.5, 1, &[6])).unwrap();
    rt.run(expected(&mut Tensor::zeros([1]), (0.0, 1.0), 2))
        .unwrap();
    let expected: List<f32> = vec![3.0; 3];
    assert_eq!(y.as_slice(), expected);
}
