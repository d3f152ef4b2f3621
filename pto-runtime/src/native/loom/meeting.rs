//! Blocks that meet.

use loom::sync::Arc;
use loom::thread;

use crate::meeting::Meeting;

#[test]
fn those_that_wait_for_who_left_are_told() {
    loom::model(|| {
        let meeting = Arc::new(Meeting::new(2));
        let other = {
            let meeting = Arc::clone(&meeting);
            thread::spawn(move || meeting.leave())
        };
        assert!(meeting.meet(7).is_err());
        let told = other.join().unwrap();
        assert!(told.is_none() || meeting.leave() == told);
    });
}
