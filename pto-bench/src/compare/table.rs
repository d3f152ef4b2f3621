//! Tables of text, as Markdown.

use std::fmt;

/// A table with a title.
#[derive(Clone, Debug)]
pub(super) struct Table {
    title: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<H: Into<String>>(
        title: impl Into<String>,
        header: impl IntoIterator<Item = H>,
    ) -> Self {
        Self {
            title: title.into(),
            header: header.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; what it lacks is empty.
    pub(super) fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let mut cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        cells.resize(self.header.len(), String::new());
        self.rows.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().chain([&self.header]);
            cells
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
                .max(3)
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        let line = |f: &mut fmt::Formatter<'_>, row: &[String]| {
            write!(f, "|")?;
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(f, " {cell:<width$} |")?,
                    _ => write!(f, " {cell:>width$} |")?,
                }
            }
            writeln!(f)
        };
        writeln!(f, "{}\n", self.title)?;
        line(f, &self.header)?;
        let rule = |(column, width): (usize, &usize)| match column {
            0 => format!(":{}", "-".repeat(width - 1)),
            _ => format!("{}:", "-".repeat(width - 1)),
        };
        line(f, &widths.iter().enumerate().map(rule).collect::<Vec<_>>())?;
        self.rows.iter().try_for_each(|row| line(f, row))
    }
}

/// Nanoseconds, with as many digits as matter.
pub(super) fn ns(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_missing_cells_are_empty() {
        let mut table = Table::new("Title", ["name", "ns"]);
        table.row(["chain", &ns(123.4)]);
        table.row(["x"]);
        let text = "Title\n\n| name  |  ns |\n| :---- | --: |\n| chain | 123 |\n| x     |     |\n";
        assert_eq!(table.to_string(), text);
        assert_eq!(ns(9.87), "9.9");
    }
}
