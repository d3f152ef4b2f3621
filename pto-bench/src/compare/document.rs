//! The document with the figures: prose that people write, and tables between marks, which the comparison writes.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::Section;

/// `performance.md`, and the plots beside it.
pub(super) struct Document {
    folder: PathBuf,
    text: String,
}

impl Document {
    /// Reads it.
    pub(super) fn open(folder: PathBuf) -> Result<Self, Box<dyn Error>> {
        let path = folder.join("performance.md");
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let document = Self { folder, text };
        fs::create_dir_all(document.plots())?;
        Ok(document)
    }

    /// The folder of the plots.
    pub(super) fn plots(&self) -> PathBuf {
        self.folder.join("plots")
    }

    /// Puts tables in their place.
    pub(super) fn fill(&mut self, section: &Section) -> Result<(), Box<dyn Error>> {
        let mut tables = String::new();
        for table in &section.tables {
            write!(tables, "\n{table}")?;
        }
        self.text = replaced(&self.text, section.name, &tables)
            .ok_or_else(|| format!("performance.md has no marks for `{}`", section.name))?;
        Ok(())
    }

    /// Writes it.
    pub(super) fn save(&self) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(self.folder.join("performance.md"), &self.text)?)
    }
}

/// The text with something else between the marks of that name.
fn replaced(text: &str, name: &str, with: &str) -> Option<String> {
    let (begin, end) = (
        format!("<!-- begin {name} -->\n"),
        format!("<!-- end {name} -->"),
    );
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{with}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_the_marks_is_replaced_and_nothing_else() {
        let text = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb <!-- begin y -->\n<!-- end y -->\n";
        let once = replaced(text, "x", "\nnew\n").unwrap();
        assert_eq!(
            once,
            "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb <!-- begin y -->\n<!-- end y -->\n"
        );
        assert_eq!(replaced(&once, "x", "\nnew\n").unwrap(), once);
        assert_eq!(replaced(text, "z", ""), None);
    }

    #[test]
    fn the_document_has_a_place_for_every_part() {
        let text = include_str!("../../../docs/performance.md");
        for part in super::super::PARTS {
            assert!(replaced(text, part.name, "").is_some(), "{}", part.name);
        }
    }
}
