//! Making trouble: what each does, for how long, and what came of it at once.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::City;
use crate::client::{Badge, Client, Error};
use crate::people::{Person, Role};
use crate::tempo::answer_time;
use crate::troubles::Trouble;

/// Long enough to see it, with everybody back at the end of it.
const RESTART_SHOWN: Duration = Duration::from_secs(3);
/// A position is grey after ten seconds; some more, to look at it.
const SILENT: Duration = Duration::from_secs(25);
/// A deaf store is so for this long more than it may take to answer: what comes meanwhile runs
/// out of time.
const DEAF: Duration = Duration::from_secs(60);
/// How long everybody is hungry.
const RUSH: Duration = Duration::from_secs(10);
const LATE_MINUTES: u32 = 10;
/// How long a race waits for a job to race for, and how often it looks.
const RACE_WAIT: Duration = Duration::from_secs(20);
const RACE_LOOK: Duration = Duration::from_millis(150);

/// Why there was no trouble.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoTrouble {
    #[error("somebody plays this part by hand")]
    PlayedByHand,
    #[error("there is nothing that this could happen to at the moment")]
    Nothing,
    #[error("the hub does not answer at the moment")]
    Hub(#[from] Error),
    #[error("the hub does not run yet")]
    NotYet,
}

/// Makes trouble; tells what came of it as far as that is known at once.
pub(super) async fn make(city: &City, trouble: Trouble) -> Result<Value, NoTrouble> {
    let lasts = match trouble {
        Trouble::HubRestart => RESTART_SHOWN,
        Trouble::Rush => RUSH,
        Trouble::RiderSilent => {
            by_the_city(city, Role::Rider, &city.neighbourhood.riders[0].id)?;
            SILENT
        }
        Trouble::StoreDeaf => {
            let store_id = &city.neighbourhood.stores[0].id;
            by_the_city(city, Role::Store, store_id)?;
            let kitchen = kitchen(city).await?;
            tokio::spawn(open_again(city.clone(), kitchen, store_id.clone()));
            answer_time(city.tempo.speed()) + DEAF
        }
        Trouble::CookLate => return delay_everything(city).await,
        Trouble::Race => return race(city).await,
    };
    city.troubles.begin(trouble, lasts);
    Ok(json!({ "lastsSeconds": lasts.as_secs_f64() }))
}

fn by_the_city(city: &City, role: Role, id: &str) -> Result<(), NoTrouble> {
    match city.cast.is_taken_over(&Person::new(role, id)) {
        true => Err(NoTrouble::PlayedByHand),
        false => Ok(()),
    }
}

fn visitor(city: &City) -> Result<&Client, NoTrouble> {
    city.troubles.visitor().ok_or(NoTrouble::NotYet)
}

async fn kitchen(city: &City) -> Result<Client, NoTrouble> {
    let store_id = city.neighbourhood.stores[0].id.clone();
    let badge = Badge { role: "store", sub: "trouble".into(), store_id: Some(store_id) };
    Ok(visitor(city)?.sign_in(badge).await?)
}

/// Whoever leaves three orders unanswered is paused; back at the board, the cook opens again.
async fn open_again(city: City, kitchen: Client, store_id: String) {
    city.troubles.until_over(Trouble::StoreDeaf).await;
    if let Err(error) =
        kitchen.put::<Value>(&format!("/stores/{store_id}/resume"), &json!({})).await
    {
        tracing::debug!(%error, "the store stays closed");
    }
}

#[derive(Deserialize)]
struct Board {
    tickets: Vec<Ticket>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    order_id: String,
    state: String,
}

async fn delay_everything(city: &City) -> Result<Value, NoTrouble> {
    let kitchen = kitchen(city).await?;
    let board: Board = kitchen.get("/storeOrders").await?;
    let mut delayed = 0;
    for ticket in board.tickets {
        if !matches!(ticket.state.as_str(), "ACCEPTED" | "COOKING") {
            continue;
        }
        let path = format!("/storeOrders/{}/delay", ticket.order_id);
        // Cooked in the meantime: then it is not late.
        if kitchen.put::<Value>(&path, &json!({ "minutes": LATE_MINUTES })).await.is_ok() {
            delayed += 1;
        }
    }
    match delayed {
        0 => Err(NoTrouble::Nothing),
        delayed => Ok(json!({ "orders": delayed, "minutes": LATE_MINUTES })),
    }
}

#[derive(Deserialize)]
struct Orders {
    orders: Vec<Order>,
}

#[derive(Deserialize)]
struct Order {
    id: String,
    number: u64,
    delivery: Delivery,
}

#[derive(Deserialize)]
struct Delivery {
    state: String,
}

/// Lets every rider of the city claim one job at once, and counts who got it.
async fn race(city: &City) -> Result<Value, NoTrouble> {
    let visitor = visitor(city)?;
    let badge = Badge { role: "operator", sub: "city".into(), store_id: None };
    let operator = visitor.sign_in(badge).await?;
    let riders = city
        .neighbourhood
        .riders
        .iter()
        .filter(|rider| !city.cast.is_taken_over(&Person::new(Role::Rider, &rider.id)));
    let riders = riders.map(|rider| {
        visitor.sign_in(Badge { role: "rider", sub: rider.id.clone(), store_id: None })
    });
    let riders = join_all(riders).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let prize = next_open_job(&operator).await?;
    let path = format!("/deliveries/{}/claim", prize.id);
    let nothing = json!({});
    let claims = riders.iter().map(|rider| rider.put::<Value>(&path, &nothing));
    let outcomes = join_all(claims).await;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let taken = outcomes
        .iter()
        .filter_map(|one| one.as_ref().err()?.code())
        .filter(|code| *code == "taken");
    Ok(json!({
        "number": prize.number,
        "riders": outcomes.len(),
        "won": won,
        "taken": taken.count(),
    }))
}

async fn next_open_job(operator: &Client) -> Result<Order, NoTrouble> {
    let patience = Instant::now() + RACE_WAIT;
    while Instant::now() < patience {
        let cooked: Orders = operator.get("/orders?state=COOKED&limit=20").await?;
        if let Some(order) = cooked.orders.into_iter().find(|one| one.delivery.state == "OPEN") {
            return Ok(order);
        }
        sleep(RACE_LOOK).await;
    }
    Err(NoTrouble::Nothing)
}
