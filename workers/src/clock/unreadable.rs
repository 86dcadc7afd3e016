//! Orders whose log cannot be read: looked at again after a while, and not at every tick. Somebody
//! has to mend them, and nobody is helped by five words a second about it.

use std::collections::HashMap;
use std::time::Duration;

use domain::OrderId;
use streams::Error;
use tokio::time::Instant;

/// The first pause. It doubles.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest: whoever has mended an order waits for its deadline no longer than this.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Those of one partition that are due.
#[derive(Debug, Default)]
pub(super) struct Unreadable(HashMap<OrderId, Pause>);

#[derive(Debug)]
struct Pause {
    length: Duration,
    until: Instant,
}

impl Unreadable {
    /// Leaves out of what is due that which is to be looked at later, and forgets what is not due
    /// any more.
    pub(super) fn leave_out(&mut self, due: &mut Vec<OrderId>, now: Instant) {
        self.0.retain(|id, _| due.contains(id));
        due.retain(|id| self.0.get(id).is_none_or(|it| it.until <= now));
    }

    /// An order could not be read.
    pub(super) fn put_off(&mut self, id: OrderId, now: Instant) {
        let length = self.0.get(&id).map_or(PAUSE_MIN, |it| (it.length * 2).min(PAUSE_MAX));
        self.0.insert(id, Pause { length, until: now + length });
    }
}

/// Whether an error is the order's own, and not that of Redis, which may be back at the next tick.
pub(super) fn is_unreadable(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<Error>();
    error.is_some_and(|it| matches!(it, Error::Decode { .. } | Error::Broken(_)))
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use domain::Timestamp;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_looked_at_less_and_less_often() {
        let id = |dice| OrderId::new(Timestamp(1), 0, dice);
        let (mut unreadable, mut now) = (Unreadable::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..7 {
            unreadable.put_off(id(1), now);
            let put_off_at = now;
            loop {
                let mut due = vec![id(1), id(2)];
                unreadable.leave_out(&mut due, now);
                assert!(due.contains(&id(2)), "the others go on");
                if due.contains(&id(1)) {
                    break;
                }
                now += Duration::from_millis(200);
            }
            pauses.push((now - put_off_at).as_secs());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);

        unreadable.leave_out(&mut vec![id(2)], now);
        unreadable.put_off(id(1), now);
        assert_eq!(unreadable.0[&id(1)].length, PAUSE_MIN, "what was mended begins anew");
    }

    #[test]
    fn an_outage_puts_nothing_off() {
        let broken = Err::<(), _>(Error::Broken("a log".to_owned())).context("loading the order");
        assert!(is_unreadable(&broken.expect_err("it is broken")));
        let away = Err::<(), _>(Error::Contended(3)).context("loading the order");
        assert!(!is_unreadable(&away.expect_err("it is away")));
    }
}
