#[orchestration]
fn rows(x: In<f32>, sums: InOut<f32>, n: usize, t: usize) {
    manual_scope!({
        let mut acc = alloc!([t]);
        for i in 0..n {
            let s = scale(&x.view([i * t..(i + 1) * t]), out!([t]), 2.0);
            add(&s, &mut acc);
            add(&acc, &mut sums.view_mut([i * t..(i + 1) * t]));
        }
    });
}
