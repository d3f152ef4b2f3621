#[orchestration]
fn rows(x: In<f32>, sums: InOut<f32>, n: usize, t: usize) {
    manual_scope!({
        for i in 0..n {
            #[task(blocks = n / 4, sync_start)]
            let s = scale(&x.view([i * t..(i + 1) * t]), out!([t]), 2.0);
            #[task(name = both)]
            let p = mixed!(matmul(&s, &x, out!([t])), add(&s, &mut sums.view_mut([i * t..(i + 1) * t])));
            add(&p, &mut sums.view_mut([i * t..(i + 1) * t]));
        }
    });
}
