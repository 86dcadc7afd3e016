//! The clock of the simulated people, whose speed can be changed while they wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How many times faster than life the neighbourhood may live.
pub const SPEEDS: [u32; 3] = [1, 6, 20];

/// How long a store has to answer an order, in its own time.
const ANSWER: Duration = Duration::from_secs(180);
/// And in ours at least, so that a visitor can play its part at any speed.
const ANSWER_MIN: Duration = Duration::from_secs(30);

/// How long a store has to answer at this speed, in real life.
pub fn answer_time(speed: u32) -> Duration {
    (ANSWER / speed).max(ANSWER_MIN)
}

/// A clock that runs at 1, 6 or 20 times the speed of life. Cloned handles are the same clock.
#[derive(Debug, Clone)]
pub struct Tempo {
    pace: Arc<watch::Sender<Pace>>,
}

/// The clock showed `lived` at `since`, and has run at `speed` from then on.
#[derive(Debug, Clone, Copy)]
struct Pace {
    speed: u32,
    since: Instant,
    lived: Duration,
}

impl Pace {
    fn lived(&self) -> Duration {
        self.lived + self.since.elapsed() * self.speed
    }
}

/// A speed that is not one of [`SPEEDS`].
#[derive(Debug, thiserror::Error)]
#[error("the speed is 1, 6 or 20, not {0}")]
pub struct UnknownSpeed(pub u32);

impl Tempo {
    /// A clock that starts at zero.
    pub fn new(speed: u32) -> Result<Self, UnknownSpeed> {
        let speed = known(speed)?;
        let pace = Pace { speed, since: Instant::now(), lived: Duration::ZERO };
        Ok(Self { pace: Arc::new(watch::Sender::new(pace)) })
    }

    /// The speed at this moment.
    pub fn speed(&self) -> u32 {
        self.pace.borrow().speed
    }

    /// Changes the speed, also for those who are waiting already.
    pub fn set_speed(&self, speed: u32) -> Result<(), UnknownSpeed> {
        let speed = known(speed)?;
        self.pace.send_modify(|pace| {
            *pace = Pace { speed, since: Instant::now(), lived: pace.lived() };
        });
        Ok(())
    }

    /// Waits until the speed is another than `known`, and says which.
    pub async fn until_speed_is_not(&self, known: u32) -> u32 {
        let mut changes = self.pace.subscribe();
        match changes.wait_for(|pace| pace.speed != known).await {
            Ok(pace) => pace.speed,
            // Can't be: this handle holds the sender.
            Err(_) => known,
        }
    }

    /// What the clock shows: the simulated time since its start.
    pub fn elapsed(&self) -> Duration {
        self.pace.borrow().lived()
    }

    /// Waits for a simulated duration.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.elapsed() + duration).await;
    }

    /// Waits until the clock shows `instant`.
    pub async fn sleep_until(&self, instant: Duration) {
        let mut changes = self.pace.subscribe();
        loop {
            let pace = *changes.borrow_and_update();
            let left = instant.saturating_sub(pace.lived()) / pace.speed;
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                // Can't fail: this handle holds the sender.
                _ = changes.changed() => {}
            }
        }
    }
}

fn known(speed: u32) -> Result<u32, UnknownSpeed> {
    if SPEEDS.contains(&speed) { Ok(speed) } else { Err(UnknownSpeed(speed)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_minute_at_speed_6_takes_ten_seconds() {
        let tempo = Tempo::new(6).unwrap();
        let start = Instant::now();
        tempo.sleep(Duration::from_secs(60)).await;
        assert!((9.9..10.1).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_notice_a_new_speed() {
        let tempo = Tempo::new(1).unwrap();
        let start = Instant::now();
        let sleeper = tokio::spawn({
            let tempo = tempo.clone();
            async move { tempo.sleep(Duration::from_secs(120)).await }
        });
        tokio::time::sleep(Duration::from_secs(20)).await;
        tempo.set_speed(20).unwrap();
        sleeper.await.unwrap();
        assert!((24.9..25.1).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        assert!((119.0..121.0).contains(&tempo.elapsed().as_secs_f64()));
    }

    #[test]
    fn stores_answer_faster_where_time_is_but_never_too_fast_for_a_visitor() {
        assert_eq!(SPEEDS.map(|speed| answer_time(speed).as_secs()), [180, 30, 30]);
    }

    #[test]
    fn a_speed_of_two_is_unknown() {
        assert!(Tempo::new(2).is_err());
    }
}
