//! The parts of an explanation in words.

use crate::explain::{
    Access, Around, Entry, Explanation, Holds, Iterations, Mode, Offset, Only, Pair, Region,
    TrackedWhy, Tracking,
};

/// Says what indices refer to.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a>(pub(super) &'a Explanation);

impl Shown<'_> {
    /// `#3 pv_matmul (line 47)`.
    pub(super) fn task(self, number: usize) -> String {
        let task = &self.0.tasks[number];
        format!("#{number} {} (line {})", task.name, task.at.line)
    }

    /// Several tasks; those of one call, as copies of an unrolled body are, share its name.
    pub(super) fn tasks(self, numbers: &[usize]) -> String {
        let mut calls: Vec<(String, Vec<String>)> = Vec::new();
        for number in numbers {
            let task = &self.0.tasks[*number];
            let call = format!("{} (line {})", task.name, task.at.line);
            let number = format!("#{number}");
            match calls.iter_mut().find(|(known, _)| *known == call) {
                Some((_, numbers)) => numbers.push(number),
                None => calls.push((call, vec![number])),
            }
        }
        let calls = calls.into_iter();
        let calls = calls.map(|(call, numbers)| format!("{} {call}", numbers.join(", ")));
        calls.collect::<Vec<_>>().join(", ")
    }

    /// A loop or scope around a task.
    pub(super) fn around(self, around: Around) -> String {
        match around {
            Around::Loop(index) => {
                let found = &self.0.loops[index];
                let kind = if found.parallel {
                    "parallel_for!"
                } else {
                    "loop"
                };
                match &found.variable {
                    Some(variable) => format!("{kind} over `{variable}` (line {})", found.at.line),
                    None => format!("{kind} (line {})", found.at.line),
                }
            }
            Around::Scope(index) => {
                let found = &self.0.scopes[index];
                let kind = match found.mode {
                    Mode::Auto => "scope!",
                    Mode::Inferred => "manual_scope!",
                    Mode::Explicit => "manual_scope!(deps(explicit))",
                };
                let at = found.at.unwrap_or(self.0.at);
                format!("{kind} (line {})", at.line)
            }
        }
    }

    /// `out[i*t .. i*t + t]`.
    pub(super) fn region(self, region: &Region) -> String {
        let earlier: Vec<String> = region
            .earlier
            .iter()
            .map(|index| format!(" of an earlier iteration of {}", self.looped(*index)))
            .collect();
        let name = &self.0.storages[region.storage].name;
        // All of a storage goes by its name.
        let ranges = if region.ranges == "[..]" {
            ""
        } else {
            &region.ranges
        };
        format!("{name}{ranges}{}", earlier.join(" and"))
    }

    /// Where the iterations of a pair lie, as the end of a sentence about the earlier task.
    pub(super) fn when(self, pair: &Pair) -> String {
        match pair.iterations {
            Iterations::Earlier(index) => {
                format!(", an earlier iteration of {}", self.looped(index))
            }
            Iterations::Same => {
                let (from, to) = (&self.0.tasks[pair.from], &self.0.tasks[pair.to]);
                let is_loop = |around: &Around| matches!(around, Around::Loop(_));
                let in_common = from.inside.iter().filter(|around| is_loop(around));
                let shared = in_common
                    .into_iter()
                    .any(|around| to.inside.contains(around));
                if shared { ", the same iteration" } else { "" }.to_owned()
            }
        }
    }

    /// A loop, after "iteration of".
    pub(super) fn looped(self, index: usize) -> String {
        let found = &self.0.loops[index];
        match &found.variable {
            Some(variable) if found.reversed => format!("`{variable}`, which counts down"),
            Some(variable) => format!("`{variable}`"),
            None => format!("the loop in line {}", found.at.line),
        }
    }

    /// `latest_2 (the last of #3)`.
    pub(super) fn variables(self, indices: &[usize]) -> String {
        let shown = indices.iter().map(|index| {
            let variable = &self.0.variables[*index];
            let members: Vec<String> = variable.members.iter().map(|m| format!("#{m}")).collect();
            let holds = match variable.holds {
                Holds::First => "the first",
                Holds::Latest => "the latest",
                Holds::All => "every",
                Holds::Table => "by loop variables",
            };
            let fence = variable.fence.map_or_else(String::new, |ids| {
                format!(", through one task that waits for them if there are {ids} or more")
            });
            format!(
                "{} ({holds} {}{fence})",
                variable.name,
                members.join(" or ")
            )
        });
        shown.collect::<Vec<_>>().join(" and ")
    }

    /// `table_4[j, k - 1] (#3 where the loop variables are these)`.
    pub(super) fn entries(self, entries: &[Entry]) -> String {
        let shown = entries.iter().map(|entry| {
            let variable = &self.0.variables[entry.variable];
            format!(
                "{}[{}]{}",
                variable.name,
                self.key(&entry.at),
                self.only(&entry.only)
            )
        });
        let members = entries.iter().flat_map(|entry| {
            let members = &self.0.variables[entry.variable].members;
            members.iter().map(|member| format!("#{member}"))
        });
        let mut members: Vec<String> = members.collect();
        members.dedup();
        let shown: Vec<String> = shown.collect();
        format!(
            "{} ({} at these values of its loop variables)",
            shown.join(" and "),
            members.join(" or ")
        )
    }

    /// `j, k - 1`.
    fn key(self, at: &[Offset]) -> String {
        let parts = at.iter().map(|Offset { of, plus }| {
            let Some(of) = of else {
                return plus.to_string();
            };
            let name = self.0.loops[*of].variable.as_deref().unwrap_or("_");
            match plus {
                0 => name.to_owned(),
                1.. => format!("{name} + {plus}"),
                _ => format!("{name} - {}", plus.unsigned_abs()),
            }
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    /// ` where i is 1 or 2`.
    fn only(self, only: &[Only]) -> String {
        let conditions = only.iter().map(|Only { of, values }| {
            let name = self.0.loops[*of].variable.as_deref().unwrap_or("_");
            let values: Vec<String> = values.iter().map(i64::to_string).collect();
            format!("{name} is {}", values.join(" or "))
        });
        let conditions: Vec<String> = conditions.collect();
        match conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", conditions.join(" and ")),
        }
    }

    /// What the runtime does about an argument, as a remark.
    pub(super) fn tracking(self, access: &Access) -> &'static str {
        let frozen = |region: &Region| self.0.storages[region.storage].frozen;
        match access.tracking {
            None => "",
            Some(Tracking {
                looks_up: true,
                registers: true,
            }) => " (looked up and registered at run time)",
            Some(Tracking {
                looks_up: true,
                registers: false,
            }) => " (looked up at run time)",
            Some(Tracking {
                looks_up: false,
                registers: true,
            }) => " (registered at run time)",
            Some(_) if access.regions.iter().all(frozen) => {
                let made = |region: &Region| self.0.storages[region.storage].made_by.is_some();
                if access.regions.iter().any(made) {
                    " (not tracked: nobody but its maker writes it)"
                } else {
                    " (not tracked: no task writes it)"
                }
            }
            Some(_) => " (not tracked: edges settle it)",
        }
    }
}

/// Why a pair is left to the runtime.
pub(super) fn tracked(why: TrackedWhy) -> &'static str {
    match why {
        TrackedWhy::Call => "left to the runtime, as a called orchestration has tasks of its own",
        TrackedWhy::Undecided => "left to the runtime, which compares the regions",
        TrackedWhy::Several => {
            "left to the runtime, as there may be several to wait for and some may be over"
        }
    }
}
