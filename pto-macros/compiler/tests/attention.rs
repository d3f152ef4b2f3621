//! The paged-attention loop: its edges are the reduced set, inferred or written by hand.

mod common;

use common::{codes, sites};

/// The loop over blocks; `%loop%`, `%deps%` and the task options vary.
fn attention(unroll: &str, deps: &str, options: [&str; 5]) -> String {
    let [scratch, qk, sf, pv, up] = options;
    format!(
        "fn attention(query: In<bf16>, key: In<bf16>, value: In<bf16>, table: In<i32>, lens: In<i32>,
                      out: InOut<f32>, scale: f32, heads: usize, block: usize) {{
            let dim = query.dim(1);
            parallel_for!(0..lens.dim(0), |b| {{
                let len = lens[b] as usize;
                let blocks = len.div_ceil(block);
                manual_scope!({deps} {{
                    let q = query.view([b * heads..(b + 1) * heads, ..]);
                    let mut dst = out.view_mut([b * heads..(b + 1) * heads, ..]);
                    {scratch}
                    let (mut o, mut l, mut m) = alloc!([heads, dim], [heads], [heads]);
                    {unroll}
                    for n in 0..blocks {{
                        let at = table[[b, n]] as usize * block;
                        let valid = block.min(len - n * block);
                        {qk}
                        let s = qk_matmul(&q, &key.view([at..at + block, ..]), out!([heads, block]));
                        {sf}
                        let (p, mi, li) = softmax_prepare(&s.view([.., 0..valid]),
                            out!([heads, block]), out!([heads]), out!([heads]), scale);
                        {pv}
                        let t = pv_matmul(&p, &value.view([at..at + block, ..]), out!([heads, dim]));
                        {up}
                        online_update(&mi, &li, &t, &mut m, &mut l, &mut o, &mut dst, n == 0, n + 1 == blocks);
                    }}
                }});
            }});
        }}"
    )
}

const BY_HAND: [&str; 5] = [
    "#[task(name = scratch)]",
    "#[task(name = qk)]",
    "#[task(name = sf, after = [qk])]",
    "#[task(name = pv, after = [sf])]",
    "#[task(name = up, after = [pv, up, scratch])]",
];

fn edges(line: &str) -> &str {
    &line[line.find("proven=").unwrap_or(0)..]
}

#[test]
fn inferred_edges_are_the_reduced_set() {
    let sites = sites(&attention("", "", [""; 5]));
    let edges: Vec<&str> = sites.iter().map(|line| edges(line)).collect();
    assert_eq!(
        edges,
        [
            "proven=[] explicit=[] keep=[]",
            "proven=[] explicit=[] keep=[]",
            "proven=[#1] explicit=[] keep=[]",
            "proven=[#2] explicit=[] keep=[]",
            "proven=[#3, #4] explicit=[] keep=[first #0]",
        ]
    );
}

#[test]
fn unrolled_copies_form_one_chain() {
    let sites = sites(&attention("#[unroll(2)]", "", [""; 5]));
    let updates: Vec<&str> = sites
        .iter()
        .filter(|line| line.contains("online_update"))
        .map(|line| edges(line))
        .collect();
    assert_eq!(
        updates,
        [
            // The first copy continues from the last copy of the round before,
            "proven=[#3, #8] explicit=[] keep=[first #0]",
            "proven=[#4, #7] explicit=[] keep=[first #0]",
            // the remainder from the last copy or from itself: one variable.
            "proven=[#8|#12, #11] explicit=[] keep=[first #0]",
        ]
    );
}

#[test]
fn edges_by_hand_are_accepted() {
    for unroll in ["", "#[unroll(4)]"] {
        assert!(codes(&attention(unroll, "deps(explicit),", BY_HAND)).is_empty());
    }
}

#[test]
fn every_edge_by_hand_is_needed() {
    let without = [
        (2, "#[task(name = sf)]", "PTO004"),
        (3, "#[task(name = pv)]", "PTO004"),
        (4, "#[task(name = up, after = [up, scratch])]", "PTO004"),
        (4, "#[task(name = up, after = [pv, scratch])]", "PTO004"),
        (4, "#[task(name = up, after = [pv, up])]", "PTO005"),
    ];
    for unroll in ["", "#[unroll(4)]"] {
        for (index, option, code) in without {
            let mut options = BY_HAND;
            options[index] = option;
            assert_eq!(
                codes(&attention(unroll, "deps(explicit),", options)),
                [code],
                "{option}"
            );
        }
    }
}

#[test]
fn edges_by_hand_are_kept_where_edges_are_inferred() {
    let mut options = [""; 5];
    options[1] = "#[task(name = first)]";
    options[4] = "#[task(after = [first])]";
    let sites = sites(&attention("", "", options));
    assert_eq!(
        edges(&sites[4]),
        "proven=[#3, #4] explicit=[#1] keep=[first #0]"
    );
}

#[test]
fn a_scope_for_each_block_keeps_its_oldest_task() {
    let source = attention("", "", [""; 5])
        .replace(
            "for n in 0..blocks {",
            "for n in 0..blocks { manual_scope!({",
        )
        .replace("n + 1 == blocks);", "n + 1 == blocks); });");
    let sites = sites(&source);
    assert_eq!(
        edges(&sites[4]),
        "proven=[#3, #4] explicit=[] keep=[first #0, first #1]"
    );
}
