use pto_runtime::bf16;
use pto_runtime::prelude::*;

#[kernel(aic)]
fn qk(_q: In<bf16>, _k: In<bf16>, _s: Out<f32>) {}
#[kernel(aiv)]
fn softmax(_s: In<f32>, _p: Out<bf16>, _m: Out<f32>, _l: Out<f32>) {}
#[kernel(aic)]
fn pv(_p: In<bf16>, _v: In<bf16>, _o: Out<f32>) {}
#[kernel(aiv)]
fn online(_m: In<f32>, _l: In<f32>, _n: In<f32>, _o: InOut<f32>) {}

#[orchestration]
fn attention(q: In<bf16>, k: In<bf16>, v: In<bf16>, out: InOut<f32>, n: usize, d: usize) {
    manual_scope!(deps(explicit), {
        #[task(name = scratch)]
        let mut o = alloc!([n, d]);
        for i in 0..n {
            #[task(name = qk)]
            let s = qk(&q, &k.view([i * d..(i + 1) * d, ..]), out!([n, d]));
            #[task(name = sf, after = [qk])]
            let (p, m, l) = softmax(&s, out!([n, d]), out!([n]), out!([n]));
            #[task(name = pv, after = [sf])]
            let t = pv(&p, &v.view([i * d..(i + 1) * d, ..]), out!([n, d]));
            #[task(name = up, after = [up, scratch])]
            online(&m, &l, &t, &mut o);
        }
        #[task(after = [up, scratch])]
        copy(&o, &mut out);
    });
}

#[kernel(aiv)]
fn copy(_x: In<f32>, _y: Out<f32>) {}

fn main() {}
