//! Programs that random ones are unlikely to be, executed like those.

use crate::soundness::check;

fn manual(body: &str) {
    let source = format!(
        "fn program(x: In<u64>, y: InOut<u64>, z: InOut<u64>, t: usize, n: usize) {{
            manual_scope!({{ {body} }});
        }}"
    );
    for flips in 0..100_u64 {
        let checked = check(&source, flips.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        checked.unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn what_stands_in_let_else_is_no_part_of_another_branching() {
    manual(
        "if flip() { k_w(&mut z); } else { k_w(&mut y); }
        let Some(h) = maybe() else { k_w(&mut y); return; };
        k_w(&mut z);",
    );
    manual(
        "for i in 0..n {
            if flip() { k_w(&mut z); }
            let Some(h) = maybe() else { k_rw(&z, &mut y); continue; };
            k_rw(&y, &mut z);
        }
        k_w(&mut z);",
    );
    manual(
        "for i in 0..n {
            let Some(h) = maybe() else { k_rw(&z, &mut y); continue; };
            k_rw(&y, &mut z);
            let Some(g) = maybe() else { k_rw(&y, &mut z.view_mut([0..4])); break; };
            k_w(&mut y.view_mut([g * t..(g + 1) * t]));
        }
        k_rw(&y, &mut z);",
    );
}

#[test]
fn storage_of_an_earlier_iteration_is_not_kept_by_what_this_one_has_made() {
    manual(
        "let mut v = Vec::new();
        for i in 0..n {
            let a = k_ro(&y, out!([64]));
            if let Some(u) = v.pop() { k_rrw(&a, &u, &mut z); }
            v.push(k_ro(&y, out!([64])));
            k_w(&mut y);
        }",
    );
}

#[test]
fn copies_of_an_unrolled_body_meet_at_the_asserted_value() {
    manual(
        "for k in 0..3 {
            #[unroll(2)]
            for i in k..k + 4 {
                #[task(unsafe(disjoint(y by i)))]
                k_w(&mut y.view_mut([i * t..(i + 1) * t]));
            }
        }",
    );
    manual(
        "for k in 0..3 {
            #[unroll(2)]
            for i in k..k + 4 {
                #[task(unsafe(disjoint(y by i)))]
                k_w(&mut y.view_mut([i * t..(i + 1) * t]));
                k_w(&mut y.view_mut([i * t..(i + 1) * t]));
            }
        }",
    );
}
