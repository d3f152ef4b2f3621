//! The task graph of a run, as recorded, and its pictures.

use std::fmt::Write;

use crate::backend::Mode;
use crate::kernel::Core;
use crate::task::TaskId;

/// Why one task waits for, or keeps, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// Keeps an allocation until its last consumer is done.
    Lifetime,
    /// Found by the runtime.
    Tracked,
    /// Found by the compiler.
    Proven,
    /// Named by the user.
    Explicit,
}

impl EdgeKind {
    /// The name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            EdgeKind::Lifetime => "lifetime",
            EdgeKind::Tracked => "tracked",
            EdgeKind::Proven => "proven",
            EdgeKind::Explicit => "explicit",
        }
    }
}

/// A task of a recorded graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The task.
    pub id: TaskId,
    /// The user's name for it, or the kernel's.
    pub name: &'static str,
    /// The file that submits it.
    pub file: &'static str,
    /// The line that submits it.
    pub line: u32,
    /// Where its kernels run: none for an allocation or a barrier, several for a mixed task.
    pub cores: Vec<Core>,
    /// How many blocks it runs in, if its kernels know of blocks.
    pub blocks: Option<usize>,
    /// Whether all its blocks run at the same time.
    pub sync_start: bool,
    /// The kind of scope it was submitted in.
    pub mode: Mode,
}

impl Node {
    /// Lines about its kernels and blocks, if it is a task of several, each after a `line_break`.
    fn team(&self, line_break: &str) -> String {
        let mut text = String::new();
        if self.cores.len() > 1 {
            let cores: Vec<&str> = self.cores.iter().map(|core| core.name()).collect();
            let _ = write!(text, "{line_break}{}", cores.join(" + "));
        }
        if let Some(blocks) = self.blocks {
            let plural = if blocks == 1 { "" } else { "s" };
            let _ = write!(text, "{line_break}{blocks} block{plural}");
        }
        if self.sync_start {
            let _ = write!(text, "{line_break}sync_start");
        }
        text
    }
}

/// An edge of a recorded graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The producer.
    pub from: TaskId,
    /// The consumer.
    pub to: TaskId,
    /// Why.
    pub kind: EdgeKind,
}

/// The tasks and edges of a run, in the order of submission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The tasks.
    pub nodes: Vec<Node>,
    /// The edges.
    pub edges: Vec<Edge>,
}

impl Graph {
    /// The graph in the language of Graphviz.
    pub fn to_dot(&self) -> String {
        let mut text =
            String::from("digraph tasks {\n  rankdir=TB;\n  node [fontname=\"monospace\"];\n");
        for node in &self.nodes {
            let shape = match node.cores.as_slice() {
                [] => "cylinder",
                [Core::Aic] => "box",
                [Core::Aiv] => "ellipse",
                _ => "hexagon",
            };
            let label = format!(
                "{}{}\\n{}:{}\\n{}",
                escape(node.name),
                node.team("\\n"),
                escape(short(node.file)),
                node.line,
                node.id
            );
            let _ = writeln!(
                text,
                "  \"{}\" [shape={shape}, label=\"{label}\"];",
                node.id
            );
        }
        for edge in &self.edges {
            let style = match edge.kind {
                EdgeKind::Tracked => "style=solid, color=gray40",
                EdgeKind::Proven => "style=solid, color=blue",
                EdgeKind::Explicit => "style=bold, color=black",
                EdgeKind::Lifetime => "style=dotted, color=gray60, arrowhead=odot",
            };
            let _ = writeln!(
                text,
                "  \"{}\" -> \"{}\" [{style}, tooltip=\"{}\"];",
                edge.from,
                edge.to,
                edge.kind.name()
            );
        }
        text.push_str("}\n");
        text
    }

    /// The graph in the language of Mermaid.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart TB\n");
        for node in &self.nodes {
            let (open, close) = match node.cores.as_slice() {
                [] => ("[(", ")]"),
                [Core::Aic] => ("[", "]"),
                [Core::Aiv] => ("([", "])"),
                _ => ("{{", "}}"),
            };
            let label = format!(
                "{}{}<br/>{}:{}",
                escape(node.name),
                node.team("<br/>"),
                escape(short(node.file)),
                node.line
            );
            let _ = writeln!(text, "  {}{open}\"{label}\"{close}", mermaid_id(node.id));
        }
        for edge in &self.edges {
            let arrow = match edge.kind {
                EdgeKind::Tracked => "-->",
                EdgeKind::Proven => "-->|proven|",
                EdgeKind::Explicit => "==>",
                EdgeKind::Lifetime => "-.->|keeps|",
            };
            let _ = writeln!(
                text,
                "  {} {arrow} {}",
                mermaid_id(edge.from),
                mermaid_id(edge.to)
            );
        }
        text
    }
}

fn mermaid_id(id: TaskId) -> String {
    format!("r{}_{}", id.ring(), id.local())
}

/// The file's name without its folders: a label has to be read, the node has the whole path.
fn short(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

fn escape(text: &str) -> String {
    text.replace('\\', "/").replace('"', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Graph {
        let node = |local, name, core: &[Core]| Node {
            id: TaskId::new(1, local),
            name,
            file: "src/a.rs",
            line: 7 + local,
            cores: Vec::from(core),
            blocks: None,
            sync_start: false,
            mode: Mode::Auto,
        };
        let edge = |from, to, kind| Edge {
            from: TaskId::new(1, from),
            to: TaskId::new(1, to),
            kind,
        };
        Graph {
            nodes: vec![
                node(0, "acc", &[]),
                node(1, "qk", &[Core::Aic]),
                node(2, "up", &[Core::Aiv]),
            ],
            edges: vec![
                edge(1, 2, EdgeKind::Explicit),
                edge(0, 2, EdgeKind::Lifetime),
                edge(0, 1, EdgeKind::Tracked),
            ],
        }
    }

    #[test]
    fn dot_shows_names_lines_and_kinds() {
        let dot = sample().to_dot();
        assert!(
            dot.contains(r#""r1:1" [shape=box, label="qk\na.rs:8\nr1:1"];"#),
            "{dot}"
        );
        assert!(
            dot.contains(r#""r1:1" -> "r1:2" [style=bold, color=black, tooltip="explicit"];"#),
            "{dot}"
        );
        assert!(
            dot.contains("style=dotted") && dot.starts_with("digraph") && dot.ends_with("}\n"),
            "{dot}"
        );
    }

    #[test]
    fn mermaid_shows_names_lines_and_kinds() {
        let text = sample().to_mermaid();
        assert!(text.contains("  r1_1[\"qk<br/>a.rs:8\"]\n"), "{text}");
        assert!(
            text.contains("  r1_1 ==> r1_2\n") && text.contains("  r1_0 -.->|keeps| r1_2\n"),
            "{text}"
        );
    }
}
