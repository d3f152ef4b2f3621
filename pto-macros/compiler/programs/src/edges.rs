//! Names of tasks, and edges of the program's own.

use crate::Generator;

/// Stands for names of tasks until all are known: a task may wait for one that comes later in the text.
const NAMES: &str = "@";

impl Generator {
    /// Has tasks named, and wait for others by name; in some scopes they have no other edges.
    #[must_use]
    pub fn naming(mut self) -> Self {
        self.naming = true;
        self
    }

    /// How a MANUAL scope begins.
    pub(crate) fn manual(&mut self) {
        let explicit = self.naming && self.chance(60);
        self.push(if explicit {
            "manual_scope!(deps(explicit), {\n"
        } else {
            "manual_scope!({\n"
        });
    }

    /// Options of the task that the next statement submits.
    pub(crate) fn options(&mut self, mut options: Vec<String>) {
        if self.naming && self.chance(80) {
            let name = self.name("k");
            options.push(format!("name = {name}"));
            self.tasks.push(name);
        }
        self.after(options);
    }

    /// Options of what has no name.
    pub(crate) fn after(&mut self, mut options: Vec<String>) {
        if self.naming && self.chance(80) {
            options.push(format!("after = [{NAMES}]"));
        }
        if !options.is_empty() {
            self.push(&format!("#[task({})]\n", options.join(", ")));
        }
    }

    /// The program, once the names of all tasks are known.
    pub(crate) fn finished(mut self) -> String {
        let text = std::mem::take(&mut self.text);
        let mut parts = text.split(NAMES);
        let mut finished = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let names = self.some_tasks();
            finished.push_str(&names);
            finished.push_str(part);
        }
        finished
    }

    /// Most tasks, a few, or one.
    fn some_tasks(&mut self) -> String {
        let percent = self.choose(&[100, 90, 60, 20]);
        let all = self.tasks.clone();
        let mut some: Vec<String> = all.into_iter().filter(|_| self.chance(percent)).collect();
        if some.is_empty() && !self.tasks.is_empty() {
            some.push(self.choose(&self.tasks.clone()));
        }
        some.join(", ")
    }
}
