//! The plain solution in Rust against the stored results, which numpy computed.

use pto_examples::attention::{self, Case};
use pto_examples::compare::Closeness;
use pto_examples::io::{self, Options};

#[test]
fn the_reference_agrees_with_the_stored_results() {
    for case in Case::small() {
        let loaded = io::parse(case.name, case.golden.unwrap(), Options::default()).unwrap();
        let worst = Closeness::NAMED.worst_error(
            &attention::attention(&loaded.problem),
            &loaded.expected.unwrap(),
        );
        assert!(worst < 1e-6, "{}: {worst:e}", case.name);
    }
}
