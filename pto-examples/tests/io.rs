//! Files as a user may hand them in: good ones, and every way of being wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pto_examples::Error;
use pto_examples::attention::{CASES, Case};
use pto_examples::io::{self, Loaded, Options};
use safetensors::tensor::{Dtype, TensorView};

/// A small file in the making: two sequences, two heads of four elements, three blocks of two tokens.
struct File(BTreeMap<&'static str, (Dtype, Vec<usize>, Vec<u8>)>);

impl File {
    fn good() -> Self {
        let mut file = Self(BTreeMap::new());
        file.bf16("query", &[2, 2, 4]);
        file.bf16("key_cache", &[3, 2, 1, 4]);
        file.bf16("value_cache", &[3, 2, 1, 4]);
        file.i32("block_table", &[2, 2], &[0, 1, 2, 0]);
        file.i32("context_lens", &[2], &[3, 2]);
        file
    }

    fn bf16(&mut self, name: &'static str, shape: &[usize]) {
        self.0.insert(
            name,
            (
                Dtype::BF16,
                shape.into(),
                vec![0; 2 * shape.iter().product::<usize>()],
            ),
        );
    }

    fn i32(&mut self, name: &'static str, shape: &[usize], values: &[i32]) {
        let bytes = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.0.insert(name, (Dtype::I32, shape.into(), bytes));
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self.0.iter().map(|(name, (dtype, shape, bytes))| {
            (
                *name,
                TensorView::new(*dtype, shape.clone(), bytes).unwrap(),
            )
        });
        safetensors::serialize(views, None).unwrap()
    }

    fn parse(&self) -> Result<Loaded, Error> {
        self.parse_with(Options::default())
    }

    fn parse_with(&self, options: Options) -> Result<Loaded, Error> {
        io::parse("test", &self.bytes(), options)
    }
}

/// The message and the cure of a file that must be refused.
#[track_caller]
fn refused(change: impl FnOnce(&mut File)) -> String {
    let mut file = File::good();
    change(&mut file);
    let error = file.parse().expect_err("the file is refused");
    format!(
        "{error}\nhelp: {}",
        error.help().expect("every file error has a cure")
    )
}

/// A path for one test's file, in the directory cargo keeps for that.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_good_file_gives_its_geometry() {
    let problem = File::good().parse().unwrap().problem;
    let geometry = problem.geometry;
    assert_eq!(
        (geometry.batch, geometry.heads, geometry.head_dim),
        (2, 2, 4)
    );
    assert_eq!(
        (geometry.blocks, geometry.block_size, geometry.max_blocks),
        (3, 2, 2)
    );
    assert_eq!(
        (problem.table, problem.lens),
        (vec![0, 1, 2, 0], vec![3, 2])
    );
}

#[test]
fn caches_may_be_stored_flattened() {
    let mut file = File::good();
    file.bf16("key_cache", &[3, 2, 4]);
    file.bf16("value_cache", &[6, 4]);
    let error = file.parse().unwrap_err();
    assert!(error.help().unwrap().contains("--block-size"), "{error}");
    let geometry = file
        .parse_with(Options {
            block_size: Some(2),
            ..Options::default()
        })
        .unwrap()
        .problem
        .geometry;
    assert_eq!((geometry.blocks, geometry.block_size), (3, 2));
    for block_size in [0, 4, 5] {
        let error = file
            .parse_with(Options {
                block_size: Some(block_size),
                ..Options::default()
            })
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("not in blocks of {block_size}")),
            "{error}"
        );
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = io::load(Path::new("no/such/file.safetensors"), Options::default()).unwrap_err();
    assert!(matches!(error, Error::Read { .. }));
    assert!(
        error
            .to_string()
            .starts_with("cannot read `no/such/file.safetensors`: "),
        "{error}"
    );
}

#[test]
fn broken_files_are_refused_wherever_they_end() {
    let good = File::good().bytes();
    for end in 0..good.len() {
        assert!(
            matches!(
                io::parse("test", &good[..end], Options::default()),
                Err(Error::Broken { .. })
            ),
            "cut at {end}"
        );
    }
    let error = io::parse("test", b"not a safetensors file", Options::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`test` is not a usable safetensors file: "),
        "{error}"
    );
}

#[test]
fn a_missing_tensor_is_named_among_those_present() {
    for name in [
        "query",
        "key_cache",
        "value_cache",
        "block_table",
        "context_lens",
    ] {
        let said = refused(|file| drop(file.0.remove(name)));
        assert!(
            said.starts_with(&format!(
                "`test` has no tensor `{name}`\nhelp: the file has `"
            )),
            "{said}"
        );
    }
}

#[test]
fn a_wrong_element_type_is_named() {
    let said = refused(|file| file.i32("query", &[1], &[1]));
    assert_eq!(
        said,
        "tensor `query` has element type i32, but bf16 is needed\nhelp: convert the tensor to bf16 before saving it"
    );
    refused(|file| file.bf16("context_lens", &[2]));
    refused(|file| file.bf16("out", &[2, 2, 4]));
}

#[test]
fn a_wrong_shape_is_shown_beside_the_right_one() {
    let said = refused(|file| file.bf16("query", &[4, 4]));
    assert_eq!(
        said,
        "tensor `query` has shape [4, 4]\nhelp: expected [batch, heads, head_dim], every extent at least 1"
    );
    for shape in [&[3, 2, 2, 4][..], &[24], &[0, 2, 1, 4], &[3, 0, 1, 4]] {
        let said = refused(|file| file.bf16("key_cache", shape));
        assert!(
            said.starts_with(&format!("tensor `key_cache` has shape {shape:?}")),
            "{said}"
        );
    }
    refused(|file| file.i32("block_table", &[4], &[0; 4]));
    refused(|file| file.i32("context_lens", &[2, 1], &[1; 2]));
    refused(|file| file.i32("context_lens", &[0], &[]));
}

#[test]
fn shapes_that_contradict_each_other_are_both_named() {
    let said = refused(|file| file.bf16("query", &[2, 2, 8]));
    assert!(
        said.starts_with("`query` has heads of 8 elements, `key_cache` of 4"),
        "{said}"
    );
    let said = refused(|file| file.bf16("value_cache", &[2, 2, 1, 4]));
    assert!(
        said.starts_with("`key_cache` has shape [3, 2, 1, 4], `value_cache` [2, 2, 1, 4]"),
        "{said}"
    );
    let said = refused(|file| file.i32("block_table", &[1, 2], &[0; 2]));
    assert!(
        said.starts_with("`query` has 2 sequences, `block_table` 1"),
        "{said}"
    );
    let said = refused(|file| file.i32("context_lens", &[3], &[1; 3]));
    assert!(
        said.starts_with("`query` has 2 sequences, `context_lens` 3"),
        "{said}"
    );
    let said = refused(|file| file.bf16("query", &[2, 130, 4]));
    assert!(
        said.starts_with("130 heads do not divide into tiles of 128 heads"),
        "{said}"
    );
    let said = refused(|file| drop(file.0.insert("out", (Dtype::F32, vec![2, 4], vec![0; 32]))));
    assert!(
        said.starts_with("`query` has shape [2, 2, 4], `out` [2, 4]"),
        "{said}"
    );
}

#[test]
fn a_context_outside_its_table_is_refused() {
    for value in [5, 0, -1, i32::MAX, i32::MIN] {
        let said = refused(|file| file.i32("context_lens", &[2], &[1, value]));
        assert!(
            said.starts_with(&format!("context_lens[1] is {value}, ")),
            "{said}"
        );
        assert!(said.contains("between 1 and 4"), "{said}");
    }
}

#[test]
fn a_block_outside_the_cache_is_refused() {
    for value in [3, -1, i32::MAX, i32::MIN] {
        let said = refused(|file| file.i32("block_table", &[2, 2], &[0, value, 0, 0]));
        let limit = "help: entries that a context reaches lie between 0 and 2";
        assert_eq!(
            said,
            format!("block_table[0, 1] is {value}, but the cache has 3 blocks\n{limit}")
        );
    }
}

#[test]
fn table_entries_behind_the_context_may_be_anything() {
    let mut file = File::good();
    file.i32("block_table", &[2, 2], &[0, 1, 2, -1]);
    assert!(
        file.parse().is_ok(),
        "the second sequence has one block only"
    );
}

#[test]
fn a_result_written_can_be_read_back() {
    let path = scratch("result.safetensors");
    let geometry = CASES[0].geometry;
    let out: Vec<f32> = (0..geometry.query_len()).map(|x| x as f32 / 7.0).collect();
    io::save(&path, geometry, &out).unwrap();
    let bytes = fs::read(&path).unwrap();
    let stored = io::Archive::new("result", &bytes)
        .unwrap()
        .f32("out")
        .unwrap();
    assert_eq!((stored.shape, stored.data), (vec![1, 16, 16], out));

    let error = io::save(
        Path::new("no/such/directory/out.safetensors"),
        geometry,
        &[0.0; 256],
    )
    .unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
}

#[test]
fn the_stored_cases_have_the_geometry_of_their_names() {
    for case in Case::small() {
        let Loaded { problem, expected } =
            io::parse(case.name, case.golden.unwrap(), Options::default()).unwrap();
        assert_eq!(problem.geometry, case.geometry, "{}", case.name);
        let contexts: Vec<usize> = (0..case.geometry.batch)
            .map(|batch| problem.context(batch))
            .collect();
        assert_eq!(contexts, case.contexts, "{}", case.name);
        assert!(expected.is_some());
    }
}
