#[orchestration]
fn mistakes(x: In<f32>, y: InOut<f32>, n: usize, s: usize, t: usize) {
    manual_scope!(deps(explicit), {
        let u = produce(&x, out!([t]));
        #[task(name = first)]
        update(&x, &mut y);
        #[task(name = second, after = [first])]
        update(&u, &mut y);
        #[task(after = [second])]
        update(&x, &mut y);
    });
    parallel_for!(0..n, |i| {
        update(&x, &mut y.view_mut([i * s..i * s + t]));
    });
}
