//! Every code has its page, and its folder of programs that provoke it.

use pto_compiler::diag::Code;
use std::path::Path;

#[test]
fn every_code_is_documented_and_provoked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/diagnostics.md")).unwrap();
    let folders: Vec<String> = std::fs::read_dir(root.join("ui-tests/tests/ui"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for code in Code::ALL {
        assert!(
            page.contains(&format!("## {code}\n")),
            "{code} has no section"
        );
        let folder = format!("{}_", code.to_string().to_lowercase());
        let provoked = folders.iter().any(|name| name.starts_with(&folder));
        // Nobody can provoke a bug that is not there.
        assert!(provoked || code == Code::Internal, "{code} has no ui test");
    }
}
