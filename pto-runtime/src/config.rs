//! The sizes of a runtime: builder, then environment, then default.

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::report::RINGS;

/// The sizes of a runtime, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) workers: usize,
    pub(crate) windows: [usize; RINGS],
    pub(crate) heaps: [usize; RINGS],
    pub(crate) dep_pools: [usize; RINGS],
    pub(crate) clusters: usize,
    /// How long the host waits for an element while no task is completed.
    pub(crate) wait_limit: Duration,
    pub(crate) record_graph: bool,
    pub(crate) verify: bool,
    /// Whether the submitting thread runs ready tasks while there is room for others.
    pub(crate) run_at_once: bool,
    pub(crate) stall_limit: Option<Duration>,
}

/// What the builder was told; the rest comes from the environment or is the default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) workers: Option<usize>,
    pub(crate) windows: Option<[usize; RINGS]>,
    pub(crate) heaps: Option<[usize; RINGS]>,
    pub(crate) dep_pools: Option<[usize; RINGS]>,
    pub(crate) clusters: Option<usize>,
    pub(crate) wait_limit: Option<Duration>,
    pub(crate) record_graph: bool,
    pub(crate) verify: Option<bool>,
    pub(crate) run_at_once: Option<bool>,
    pub(crate) stall_limit: Option<Duration>,
}

/// One size: what it is called, and what it may be.
struct Setting {
    method: &'static str,
    variable: &'static str,
    rule: &'static str,
    allows: fn(usize) -> bool,
}

const MAX_WORKERS: usize = 1024;

const WORKERS: Setting = Setting {
    method: "workers",
    variable: "PTO_WORKERS",
    rule: "a number from 1 to 1024",
    allows: |n| (1..=MAX_WORKERS).contains(&n),
};

const WINDOW: Setting = Setting {
    method: "windows",
    variable: "PTO_RING_WINDOW",
    rule: "a power of two from 4 to 2^24",
    allows: |n| n.is_power_of_two() && (4..=1 << 24).contains(&n),
};

const HEAP: Setting = Setting {
    method: "heaps",
    variable: "PTO_RING_HEAP",
    rule: "a number of bytes from 1024 to 2^40",
    allows: |n| (1024..=1 << 40).contains(&n),
};

const DEP_POOL: Setting = Setting {
    method: "dep_pools",
    variable: "PTO_RING_DEP_POOL",
    rule: "a number of entries from 4 to 2^28",
    allows: |n| (4..=1 << 28).contains(&n),
};

const CLUSTERS: Setting = Setting {
    method: "clusters",
    variable: "",
    rule: "a number from 1 to 1024",
    allows: |n| (1..=1024).contains(&n),
};

const WAIT_LIMIT: Setting = Setting {
    method: "wait_limit",
    variable: "PTO_WAIT_LIMIT_MS",
    rule: "a number of milliseconds from 1 to 2^40",
    allows: |n| (1..=1 << 40).contains(&n),
};

impl Setting {
    /// The builder's value, or the environment's, or the default.
    fn resolve(
        &self,
        wish: Option<[usize; RINGS]>,
        env: Env<'_>,
        default: usize,
    ) -> Result<[usize; RINGS], Error> {
        if let Some(values) = wish {
            return match values.iter().find(|&&value| !(self.allows)(value)) {
                Some(bad) => Err(self.refuse(&format!("builder value {}({bad})", self.method))),
                None => Ok(values),
            };
        }
        match env(self.variable) {
            Some(text) => self.parse(&text),
            None => Ok([default; RINGS]),
        }
    }

    /// A number for all rings, or one for each.
    fn parse(&self, text: &str) -> Result<[usize; RINGS], Error> {
        let refuse = || self.refuse(&format!("environment variable {}={text:?}", self.variable));
        let mut values = [0; RINGS];
        let mut count = 0;
        for part in text.split(',') {
            let value = part
                .trim()
                .parse()
                .ok()
                .filter(|&value| (self.allows)(value))
                .ok_or_else(refuse)?;
            *values.get_mut(count).ok_or_else(refuse)? = value;
            count += 1;
        }
        match count {
            1 => Ok([values[0]; RINGS]),
            RINGS => Ok(values),
            _ => Err(refuse()),
        }
    }

    fn refuse(&self, what: &str) -> Error {
        Error::new(
            ErrorKind::InvalidConfig,
            format!("{what} is not acceptable"),
        )
        .with_help(format!(
            "give {}, one for all rings or one for each of the {RINGS}",
            self.rule
        ))
    }
}

/// What the environment says of something that is on or off, if anything.
fn switch_in(env: Env<'_>, variable: &str, help: &'static str) -> Result<Option<bool>, Error> {
    match env(variable).as_deref().map(str::trim) {
        None => Ok(None),
        Some("0") => Ok(Some(false)),
        Some("1") => Ok(Some(true)),
        Some(text) => Err(refuse_variable(variable, text).with_help(help)),
    }
}

/// The environment's limit for a wait without progress.
fn stall_limit_in(env: Env<'_>) -> Result<Option<Duration>, Error> {
    let Some(text) = env("PTO_STALL_LIMIT_MS") else {
        return Ok(None);
    };
    match text.trim().parse() {
        Ok(milliseconds) if milliseconds > 0 => Ok(Some(Duration::from_millis(milliseconds))),
        _ => Err(refuse_variable("PTO_STALL_LIMIT_MS", &text)
            .with_help("give a number of milliseconds, at least 1")),
    }
}

fn refuse_no_stall_limit() -> Error {
    let message = "builder value stall_limit(0) is not acceptable";
    Error::new(ErrorKind::InvalidConfig, message)
        .with_help("give a time that waits may take, or leave it out for no limit")
}

fn refuse_variable(variable: &str, text: &str) -> Error {
    let message = format!("environment variable {variable}={text:?} is not acceptable");
    Error::new(ErrorKind::InvalidConfig, message)
}

/// How to look up an environment variable.
pub(crate) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Wishes {
    /// The sizes to use.
    pub(crate) fn resolve(&self, env: Env<'_>) -> Result<Config, Error> {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get().min(MAX_WORKERS));
        let workers = WORKERS.resolve(self.workers.map(|n| [n; RINGS]), env, cores)?[0];
        let no_env: Env<'_> = &|_| None;
        let wait_limit = self
            .wait_limit
            .map(|limit| [usize::try_from(limit.as_millis()).unwrap_or(usize::MAX); RINGS]);
        let wait_limit = WAIT_LIMIT.resolve(wait_limit, env, 15_000)?[0];
        Ok(Config {
            workers,
            windows: WINDOW.resolve(self.windows, env, 16384)?,
            heaps: HEAP.resolve(self.heaps, env, 256 << 20)?,
            dep_pools: DEP_POOL.resolve(self.dep_pools, env, 65536)?,
            clusters: CLUSTERS.resolve(self.clusters.map(|n| [n; RINGS]), no_env, workers)?[0],
            wait_limit: Duration::from_millis(wait_limit as u64),
            record_graph: self.record_graph,
            verify: match self.verify {
                Some(verify) => verify,
                None => switch_in(env, "PTO_VERIFY", "give 1 to verify runs, 0 not to")?
                    .unwrap_or(false),
            },
            run_at_once: match self.run_at_once {
                Some(at_once) => at_once,
                None => {
                    let help = "give 0 to leave all tasks to queues, 1 to run some at once";
                    switch_in(env, "PTO_RUN_AT_ONCE", help)?.unwrap_or(true)
                }
            },
            stall_limit: match self.stall_limit {
                Some(Duration::ZERO) => return Err(refuse_no_stall_limit()),
                Some(limit) => Some(limit),
                None => stall_limit_in(env)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_env(
        wishes: &Wishes,
        variable: &'static str,
        value: &'static str,
    ) -> Result<Config, Error> {
        wishes.resolve(&|name| (name == variable).then(|| value.to_owned()))
    }

    #[test]
    fn the_builder_wins_over_the_environment() {
        let wishes = Wishes {
            windows: Some([8; RINGS]),
            ..Wishes::default()
        };
        assert_eq!(
            with_env(&wishes, "PTO_RING_WINDOW", "64").unwrap().windows,
            [8; RINGS]
        );
        assert_eq!(
            with_env(&Wishes::default(), "PTO_RING_WINDOW", "64")
                .unwrap()
                .windows,
            [64; RINGS]
        );
        let each = with_env(&Wishes::default(), "PTO_RING_HEAP", "1024, 2048,4096,8192").unwrap();
        assert_eq!(each.heaps, [1024, 2048, 4096, 8192]);
    }

    #[test]
    fn verifying_and_its_limits_are_switched_by_the_environment() {
        let plain = Wishes::default();
        assert!(!plain.resolve(&|_| None).unwrap().verify);
        assert!(with_env(&plain, "PTO_VERIFY", "1").unwrap().verify);
        assert!(!with_env(&plain, "PTO_VERIFY", "0").unwrap().verify);
        let off = Wishes {
            verify: Some(false),
            ..Wishes::default()
        };
        assert!(!with_env(&off, "PTO_VERIFY", "1").unwrap().verify);
        let limit = with_env(&plain, "PTO_STALL_LIMIT_MS", "1500").unwrap();
        assert_eq!(limit.stall_limit, Some(Duration::from_millis(1500)));
        for (variable, value) in [
            ("PTO_VERIFY", "yes"),
            ("PTO_VERIFY", ""),
            ("PTO_STALL_LIMIT_MS", "0"),
            ("PTO_STALL_LIMIT_MS", "2s"),
        ] {
            let error = with_env(&plain, variable, value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            let named = format!("{variable}={value:?}");
            assert!(error.message().contains(&named), "{error}");
            assert!(error.help().is_some(), "{error}");
        }
    }

    #[test]
    fn bad_values_name_variable_value_and_rule() {
        for value in [
            "",
            "x",
            "-1",
            "100",
            "2",
            "8,8",
            "8,8,8,8,8",
            "8,,8,8",
            "99999999999999999999999",
        ] {
            let error = with_env(&Wishes::default(), "PTO_RING_WINDOW", value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig);
            assert!(
                error
                    .message()
                    .contains(&format!("PTO_RING_WINDOW={value:?}")),
                "{error}"
            );
            assert!(
                error.help().unwrap().contains("a power of two from 4"),
                "{error}"
            );
        }
        let error = Wishes {
            workers: Some(0),
            ..Wishes::default()
        }
        .resolve(&|_| None)
        .unwrap_err();
        assert!(error.message().contains("workers(0)"), "{error}");
    }
}
