//! A rider: rides around, sees the jobs nearby, claims one, brings the food.

mod round;
mod shift;

use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use self::round::Round;
use self::shift::{Duty, Shift, around, report};
use super::views::{Job, JobNews, Jobs, RiderSnapshot};
use super::{Person, Role, Routine, Setting};
use crate::client::{Badge, Error, News};
use crate::neighbourhood::{self, somewhere_near};
use crate::streets::{Dice, Position};
use crate::troubles::Trouble;

/// A phone reports about once a second, however fast the evening goes.
const TICK: Duration = Duration::from_millis(1_000);
const PATROL_METERS: f64 = 800.0;
const STAGE_PATROL_METERS: f64 = 300.0;
/// How much later others go for a job of the stage's store, so that the stage's rider gets some.
const STAGE_HEAD_START: Duration = Duration::from_secs(25);
/// And in seconds of real life while a human plays that rider.
const HUMAN_HEAD_START: Duration = Duration::from_secs(30);

pub(super) struct Rider {
    setting: Setting,
    person: Person,
    base: Position,
    on_stage: bool,
    /// Where the rider was when they last acted.
    at: Position,
    dice: Dice,
}

impl Routine for Rider {
    fn person(&self) -> &Person {
        &self.person
    }

    async fn act(&mut self) -> Result<(), Error> {
        let badge = Badge { role: "rider", sub: self.person.id.clone(), store_id: None };
        let client = self.setting.visitor.sign_in(badge).await?;
        let socket = client.connect_socket().await?;
        let (own, mut own_news) =
            socket.subscribe(&format!("rider:{}", self.person.id), &()).await?;
        let own: RiderSnapshot = own.read()?;
        // A human may have moved on meanwhile.
        if let (Some(lat), Some(lng)) = (own.rider.lat, own.rider.lng) {
            self.at = Position { lat, lng };
        }
        client.put::<Value>("/riders/me/online", &json!({})).await?;
        client.put::<Value>("/riders/me/location", &report(self.at)).await?;
        let (near, mut near_news) = socket.subscribe("nearby", &around(self.at)).await?;

        let round = Round::new(self.at, self.setting.city.tempo.elapsed());
        let mut shift = Shift::new(client, socket, round);
        shift.own(own.jobs);
        self.offer(&mut shift, near.read::<Jobs>()?.jobs);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                news = own_news.next() => match news {
                    None => return Ok(()),
                    Some(News::Resumed { .. }) => {}
                    Some(News::Snapshot(own)) => {
                        shift.jobs.clear();
                        shift.own(own.read::<RiderSnapshot>()?.jobs);
                    }
                    Some(News::Publication { data, .. }) => {
                        shift.own(data.read::<JobNews>()?.job);
                    }
                },
                news = near_news.next() => match news {
                    None => return Ok(()),
                    Some(News::Resumed { .. }) => {}
                    Some(News::Snapshot(near)) => {
                        shift.offers.clear();
                        self.offer(&mut shift, near.read::<Jobs>()?.jobs);
                    }
                    Some(News::Publication { data, .. }) => {
                        let news: JobNews = data.read()?;
                        if let Some(order_id) = news.order_id {
                            shift.offers.remove(&order_id);
                        }
                        self.offer(&mut shift, news.job);
                    }
                },
                _ = ticks.tick() => self.tick(&mut shift).await?,
            }
        }
    }
}

impl Rider {
    pub(super) fn new(setting: Setting, me: &neighbourhood::Rider) -> Self {
        let person = Person::new(Role::Rider, &me.id);
        Self {
            dice: setting.dice_of(&person),
            on_stage: me.id == setting.city.neighbourhood.riders[0].id,
            at: setting.city.streets.nearest_on_street(me.base),
            setting,
            person,
            base: me.base,
        }
    }

    /// One second of real life: moves, reports, and does what is to be done here.
    async fn tick(&mut self, shift: &mut Shift) -> Result<(), Error> {
        shift.ticks = shift.ticks.wrapping_add(1);
        shift.round.advance(self.setting.city.tempo.elapsed());
        self.at = shift.round.at();
        if self.on_stage && self.setting.city.troubles.is_on(Trouble::RiderSilent) {
            return Ok(());
        }
        shift.report(self.at).await?;
        self.claim(shift).await?;
        let duty = shift.next_duty();
        if duty != shift.duty {
            if let Some(goal) = shift.goal(&duty) {
                shift.round.ride_to(goal, &self.setting.city.streets);
            }
            shift.duty = duty;
        }
        if shift.round.has_arrived() {
            match shift.duty.clone() {
                Duty::Patrol => self.patrol(shift),
                Duty::Fetch(order_id) => shift.hand_over(&order_id, "pick").await?,
                Duty::Bring(order_id) => shift.hand_over(&order_id, "confirm").await?,
            }
        }
        Ok(())
    }

    /// Rests a little, and rides on.
    fn patrol(&mut self, shift: &mut Shift) {
        let clock = self.setting.city.tempo.elapsed();
        if clock < shift.rests_until {
            return;
        }
        shift.rests_until = clock + Duration::from_secs(self.dice.random_range(60..240));
        let meters = if self.on_stage { STAGE_PATROL_METERS } else { PATROL_METERS };
        let goal = somewhere_near(self.base, meters, &mut self.dice);
        shift.round.ride_to(goal, &self.setting.city.streets);
    }

    /// Notes jobs nearby, and when to go for each: not everybody looks at once.
    fn offer(&mut self, shift: &mut Shift, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            let known = shift.offers.get(&job.order_id).map(|(known, _)| known);
            // The same version may have come within reach, or be out of it.
            let is_same =
                |known: &Job| known.version == job.version && known.claimable == job.claimable;
            if known.is_some_and(|known| known.version > job.version || is_same(known)) {
                continue;
            }
            let look = Duration::from_secs(self.dice.random_range(2..18));
            let when = self.setting.city.tempo.elapsed() + look + self.head_start(&job);
            shift.offers.insert(job.order_id.clone(), (job, when));
        }
    }

    /// How long this rider leaves a job to the rider of the stage.
    fn head_start(&self, job: &Job) -> Duration {
        let stage = &self.setting.city.neighbourhood;
        if self.on_stage || job.store.id != stage.stores[0].id {
            return Duration::ZERO;
        }
        let rider = Person::new(Role::Rider, &stage.riders[0].id);
        if self.setting.city.cast.is_taken_over(&rider) {
            return HUMAN_HEAD_START * self.setting.city.tempo.speed();
        }
        STAGE_HEAD_START
    }

    /// Goes for the nearest job, unless there is enough to do. Losing the race is normal.
    async fn claim(&mut self, shift: &mut Shift) -> Result<(), Error> {
        let clock = self.setting.city.tempo.elapsed();
        let Some(job) = shift.best_offer(clock) else {
            return Ok(());
        };
        let path = format!("/deliveries/{}/claim", job.order_id);
        match shift.client.put::<Job>(&path, &json!({})).await {
            Ok(job) => shift.own([job]),
            Err(error) if error.is_temporary() => return Err(error),
            Err(error) => tracing::debug!(person = %self.person, %error, "no job"),
        }
        Ok(())
    }
}
