//! Where threads wait for each other: each goes on when all have come.

use std::sync::PoisonError;

use crate::sync::{Condvar, Mutex, MutexGuard};

/// A barrier of a fixed number of parties that is used again and again, and that a party may leave.
///
/// Parties that meet must agree on the topic. Who comes with another one, or leaves while others wait, or comes when
/// somebody has left, breaks the meeting: whoever waits then, or comes later, is told so.
pub(crate) struct Meeting {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parties: u32,
    /// Parties that have left for good.
    left: u32,
    /// Parties that wait for the others.
    waiting: u32,
    /// How often all have met.
    round: u32,
    /// What those that wait have come for.
    topic: u32,
    broken: Option<Broken>,
}

/// Why a meeting cannot take place any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A party had left when others came for this topic.
    Left { topic: u32 },
    /// Two parties came for different topics.
    Differ { topics: [u32; 2] },
}

impl Meeting {
    pub(crate) fn new(parties: u32) -> Self {
        Meeting {
            state: Mutex::new(State {
                parties,
                left: 0,
                waiting: 0,
                round: 0,
                topic: 0,
                broken: None,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No panic can happen while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all parties have come for `topic`. What each did before is then visible to all.
    pub(crate) fn meet(&self, topic: u32) -> Result<(), Broken> {
        let mut state = self.lock();
        let round = state.round;
        if let Some(broken) = state.obstacle(topic) {
            self.changed.notify_all();
            return Err(broken);
        }
        state.topic = topic;
        state.waiting += 1;
        if state.waiting == state.parties {
            state.waiting = 0;
            state.round = round.wrapping_add(1);
            self.changed.notify_all();
            return Ok(());
        }
        loop {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            // Rounds come first: this one may have been held, and a later one broken.
            if state.round != round {
                return Ok(());
            }
            if let Some(broken) = state.broken {
                return Err(broken);
            }
        }
    }

    /// A party goes away and does not come again. Returns why the meeting is broken, if it is.
    pub(crate) fn leave(&self) -> Option<Broken> {
        let mut state = self.lock();
        state.left += 1;
        if state.waiting > 0 && state.broken.is_none() {
            state.broken = Some(Broken::Left { topic: state.topic });
            self.changed.notify_all();
        }
        state.broken
    }
}

impl State {
    /// Why a party that comes for `topic` cannot meet the others. From then on nobody can.
    fn obstacle(&mut self, topic: u32) -> Option<Broken> {
        if self.broken.is_none() {
            if self.left > 0 {
                self.broken = Some(Broken::Left { topic });
            } else if self.waiting > 0 && self.topic != topic {
                self.broken = Some(Broken::Differ {
                    topics: [self.topic, topic],
                });
            }
        }
        self.broken
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread::scope;

    #[test]
    fn all_see_what_the_others_did_before() {
        const PARTIES: u32 = 3;
        let meeting = Meeting::new(PARTIES);
        let counts = [const { AtomicU32::new(0) }; 50];
        scope(|scope| {
            for _ in 0..PARTIES {
                scope.spawn(|| {
                    for (round, count) in (0..).zip(&counts) {
                        count.fetch_add(1, Ordering::Relaxed);
                        meeting.meet(round).unwrap();
                        assert_eq!(count.load(Ordering::Relaxed), PARTIES);
                    }
                    assert_eq!(meeting.leave(), None);
                });
            }
        });
    }

    #[test]
    fn who_leaves_sets_free_those_that_wait_or_come_later() {
        let meeting = Meeting::new(3);
        scope(|scope| {
            let early = scope.spawn(|| meeting.meet(4));
            scope.spawn(|| meeting.leave());
            assert_eq!(early.join().unwrap(), Err(Broken::Left { topic: 4 }));
            assert_eq!(meeting.meet(5), Err(Broken::Left { topic: 4 }));
        });
        assert_eq!(meeting.leave(), Some(Broken::Left { topic: 4 }));
    }

    #[test]
    fn topics_must_agree() {
        let meeting = Meeting::new(2);
        let both = scope(|scope| {
            [1, 2]
                .map(|topic| {
                    scope.spawn({
                        let meeting = &meeting;
                        move || meeting.meet(topic)
                    })
                })
                .map(|party| party.join().unwrap())
        });
        let Err(Broken::Differ { mut topics }) = both[0] else {
            panic!("{both:?}");
        };
        assert_eq!(both[0], both[1]);
        topics.sort_unstable();
        assert_eq!(topics, [1, 2]);
    }
}
