//! What the command line asks for, checked before anything runs.

use std::path::{Path, PathBuf};

use super::cli::Cli;
use crate::attention::{CASES, Case};
use crate::error::Error;
use crate::version::Version;

/// The name of the vector example among the cases.
pub(super) const VECTOR: &str = "VectorExample";

/// A problem to solve.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// A named paged attention case.
    Case(&'static Case),
    /// Paged attention on the tensors of a file.
    File(PathBuf),
    /// The vector example.
    Vector,
}

/// How to draw a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawing {
    /// In the language of Graphviz.
    Dot,
    /// In the language of Mermaid.
    Mermaid,
}

/// The problems, and the versions of paged attention that solve them.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The problems, in the order to solve them.
    pub(super) subjects: Vec<Subject>,
    /// The versions, in the order to run them.
    pub(super) versions: Vec<Version>,
    /// Where to draw the graph of the only subject and version, and how.
    pub(super) graph: Option<(PathBuf, Drawing)>,
}

impl Plan {
    /// Checks the command line.
    pub(super) fn new(cli: &Cli) -> Result<Self, Error> {
        let subjects = subjects(cli)?;
        let versions = Version::ALL
            .into_iter()
            .filter(|v| cli.versions.is_empty() || cli.versions.contains(v))
            .collect();
        let plan = Self {
            subjects,
            versions,
            graph: cli.graph.as_deref().map(drawing).transpose()?,
        };
        plan.check_graph()?;
        plan.check_output(cli)?;
        Ok(plan)
    }

    fn check_graph(&self) -> Result<(), Error> {
        let one = match &self.subjects[..] {
            [Subject::Vector] => true,
            [_] => self.versions.len() == 1,
            _ => false,
        };
        if self.graph.is_none() || one {
            return Ok(());
        }
        Err(Error::Usage {
            what: "`--graph` draws the run of one case in one version".into(),
            help: "choose them, as in `--case CaseSmall1 --version auto --graph tasks.dot`",
        })
    }

    fn check_output(&self, cli: &Cli) -> Result<(), Error> {
        if cli.output.is_none()
            || matches!(self.subjects[..], [Subject::Case(_) | Subject::File(_)])
        {
            return Ok(());
        }
        Err(Error::Usage {
            what: "`--output` writes the result of one paged attention problem".into(),
            help: "choose it with `--input FILE` or one `--case NAME`",
        })
    }
}

fn subjects(cli: &Cli) -> Result<Vec<Subject>, Error> {
    if let Some(path) = &cli.input {
        return Ok(vec![Subject::File(path.clone())]);
    }
    if cli.cases.is_empty() {
        return Ok(Case::small()
            .map(Subject::Case)
            .chain([Subject::Vector])
            .collect());
    }
    if cli
        .cases
        .iter()
        .any(|name| name.eq_ignore_ascii_case("all"))
    {
        return Ok(CASES
            .iter()
            .map(Subject::Case)
            .chain([Subject::Vector])
            .collect());
    }
    cli.cases.iter().map(|name| named(name)).collect()
}

fn named(name: &str) -> Result<Subject, Error> {
    if name.eq_ignore_ascii_case(VECTOR) {
        return Ok(Subject::Vector);
    }
    Case::named(name)
        .map(Subject::Case)
        .ok_or_else(|| Error::Usage {
            what: format!("there is no case `{name}`"),
            help: "`--list` has the names; `all` means every case",
        })
}

fn drawing(path: &Path) -> Result<(PathBuf, Drawing), Error> {
    let drawing = match path.extension().and_then(|extension| extension.to_str()) {
        Some("dot" | "gv") => Drawing::Dot,
        Some("mmd" | "mermaid") => Drawing::Mermaid,
        _ => {
            return Err(Error::Usage {
                what: format!("`{}` does not say how to draw the graph", path.display()),
                help: "end the file's name in `.dot` for Graphviz or `.mmd` for Mermaid",
            });
        }
    };
    Ok((path.into(), drawing))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn plan(line: &str) -> Result<Plan, Error> {
        let words = ["pto-examples"].into_iter().chain(line.split_whitespace());
        Plan::new(&Cli::try_parse_from(words).expect("clap takes the line"))
    }

    #[test]
    fn the_default_is_the_small_cases_and_the_vector_example() {
        let plan = plan("").unwrap();
        assert_eq!((plan.subjects.len(), plan.versions.len()), (5, 5));
        assert!(matches!(plan.subjects[4], Subject::Vector));
    }

    #[test]
    fn cases_and_versions_can_be_chosen() {
        assert_eq!(plan("--case all").unwrap().subjects.len(), CASES.len() + 1);
        let plan =
            plan("--case case1 --case VECTOREXAMPLE --version explicit --version auto").unwrap();
        assert!(
            matches!(&plan.subjects[..], [Subject::Case(case), Subject::Vector] if case.name == "Case1")
        );
        assert_eq!(
            plan.versions,
            [Version::Auto, Version::Explicit],
            "the version compared with comes first"
        );
    }

    #[test]
    fn senseless_requests_are_refused_with_a_cure() {
        for line in [
            "--case Case9",
            "--graph a.dot",
            "--graph a.dot --case CaseSmall1",
            "--graph a.png --case CaseSmall1 --version auto",
            "--graph a --case CaseSmall1 --version auto",
            "--output a",
            "--output a --case VectorExample",
            "--output a --case CaseSmall1 --case CaseSmall2",
        ] {
            let error = plan(line).expect_err(line);
            assert!(error.help().is_some(), "{line}: {error}");
        }
        for line in [
            "--graph a.dot --case CaseSmall1 --version auto",
            "--graph a.mmd --case VectorExample",
            "--graph a.mmd --input b --version manual",
            "--output a --input b",
            "--output a --case Case1",
        ] {
            assert!(plan(line).is_ok(), "{line}");
        }
    }
}
