mod inner {
    #[pto_runtime::orchestration]
    pub fn tables(x: In<f32>, y: InOut<f32>, table: In<i32>, n: usize, t: usize, c: bool) {
        for i in (0..n).rev() {
            let row = table[i] as usize;
            update(&x, &mut y.view_mut([row..row + t]));
        }
        #[task(name = before)]
        let s = scale(&x, out!([t]), 1.0);
        if c {
            update(&s, &mut y.view_mut([0..t]));
        } else {
            update(&x, &mut y.view_mut([t..2 * t]));
        }
        scope!({
            #[task(after = [before])]
            update(&x, &mut y.view_mut([0..t]));
        });
    }
}
