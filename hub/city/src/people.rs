//! The people of the neighbourhood, each a task that uses the hub as an app would.
//!
//! They act on what is true and not on what happened: whoever loses the hub, or is given back by
//! a human, begins again from a snapshot.

pub mod cast;

mod cook;
mod customer;
mod rider;
mod views;

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

pub use self::cast::{Cast, Person, Role};

use self::cook::Cook;
use self::customer::Customer;
use self::rider::Rider;
use crate::City;
use crate::client::{Backoff, Client, Error};
use crate::neighbourhood::Neighbourhood;
use crate::streets::{Dice, dice};

/// Whoever worked this long before something failed tries again soon.
const GOOD_WHILE: Duration = Duration::from_secs(10);

/// Sends the people of `city` out, fairly mixed: the stage's cook, customer and rider first.
///
/// `visitor` is the hub as seen by somebody who has not signed in. Dropping the set sends
/// everybody home.
pub fn send_out(city: &City, visitor: &Client) -> JoinSet<()> {
    let Neighbourhood { stores, customers, riders } = &*city.neighbourhood;
    let people_max = city.people;
    // Of every three people one is a cook; a kitchen without one would leave orders standing.
    let kitchens = stores.len().min(people_max.div_ceil(3));
    let mut people = JoinSet::new();
    for index in 0..customers.len().max(stores.len()).max(riders.len()) {
        let setting = || Setting { city: city.clone(), visitor: visitor.clone(), kitchens };
        if let Some(store) = stores.get(index).filter(|_| people.len() < people_max) {
            people.spawn(live(city.cast.clone(), Cook::new(setting(), store)));
        }
        if let Some(customer) = customers.get(index).filter(|_| people.len() < people_max) {
            people.spawn(live(city.cast.clone(), Customer::new(setting(), customer, index)));
        }
        if let Some(rider) = riders.get(index).filter(|_| people.len() < people_max) {
            people.spawn(live(city.cast.clone(), Rider::new(setting(), rider)));
        }
    }
    people
}

/// Where somebody lives, and how they reach the hub before they have signed in.
struct Setting {
    city: City,
    visitor: Client,
    /// How many stores, from the first, have somebody in the kitchen.
    kitchens: usize,
}

impl Setting {
    /// Dice of one person's own.
    fn dice_of(&self, person: &Person) -> Dice {
        let purpose = person
            .to_string()
            .bytes()
            .fold(0_u64, |purpose, byte| purpose.wrapping_mul(31).wrapping_add(byte.into()));
        dice(self.city.seed, purpose)
    }
}

/// What somebody does when no human plays them.
trait Routine: Send {
    fn person(&self) -> &Person;

    /// Acts until something fails, or until the news end. May be dropped at any point.
    fn act(&mut self) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Lives for ever: acts, and after a failure or a human begins again.
async fn live(cast: Cast, mut somebody: impl Routine) {
    let person = somebody.person().clone();
    let mut backoff = Backoff::default();
    loop {
        cast.until_given_back(&person).await;
        let began = Instant::now();
        tokio::select! {
            () = cast.until_taken_over(&person) => continue,
            outcome = somebody.act() => if let Err(error) = outcome {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::debug!(person = %person, error, "beginning again");
            },
        }
        if began.elapsed() > GOOD_WHILE {
            backoff.reset();
        }
        backoff.wait().await;
    }
}
