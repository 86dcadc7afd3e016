//! The city's own paths beside the hub's: the map, the speed, who is played by a human, trouble.

mod base_map;
mod mischief;

use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use self::base_map::BaseMap;
use self::mischief::NoTrouble;
use crate::City;
use crate::neighbourhood::Neighbourhood;
use crate::people::{Person, Role};
use crate::troubles::Trouble;

/// What the paths need; cheap to clone.
#[derive(Clone)]
struct Control {
    city: City,
    map: BaseMap,
}

#[derive(Deserialize)]
struct NewSpeed {
    speed: u32,
}

#[derive(Deserialize)]
struct PlayedBy {
    by: Player,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Player {
    You,
    City,
}

/// The paths, to be merged into the hub's public listener.
pub fn routes(city: City) -> Router {
    let map = BaseMap::of(&city.streets);
    Router::new()
        .route("/city", get(show))
        .route("/city/speed", put(change_speed))
        .route("/city/people/{role}/{id}", put(change_player))
        .route("/city/troubles/{trouble}", put(make_trouble))
        .route("/map/base.json", get(show_map))
        .with_state(Control { city, map })
}

async fn show(State(control): State<Control>) -> Json<Value> {
    Json(picture(&control.city))
}

async fn change_speed(
    State(control): State<Control>,
    body: Result<Json<NewSpeed>, JsonRejection>,
) -> Result<Json<Value>, Response> {
    let Json(NewSpeed { speed }) = body.map_err(|rejection| invalid(&rejection.body_text()))?;
    control.city.tempo.set_speed(speed).map_err(|error| invalid(&error.to_string()))?;
    Ok(Json(picture(&control.city)))
}

async fn change_player(
    State(control): State<Control>,
    Path((role, id)): Path<(String, String)>,
    body: Result<Json<PlayedBy>, JsonRejection>,
) -> Result<Json<Value>, Response> {
    let person = find(&control.city.neighbourhood, &role, &id).ok_or_else(|| {
        problem(StatusCode::NOT_FOUND, "not_found", &format!("nobody here is {role} {id}"))
    })?;
    let Json(PlayedBy { by }) = body.map_err(|rejection| invalid(&rejection.body_text()))?;
    match by {
        Player::You => control.city.cast.take_over(person),
        Player::City => control.city.cast.give_back(&person),
    }
    Ok(Json(picture(&control.city)))
}

async fn make_trouble(
    State(control): State<Control>,
    trouble: Result<Path<Trouble>, PathRejection>,
) -> Result<Json<Value>, Response> {
    let Path(trouble) = trouble
        .map_err(|rejection| problem(StatusCode::NOT_FOUND, "not_found", &rejection.body_text()))?;
    let outcome = mischief::make(&control.city, trouble).await.map_err(|reason| {
        let (status, code) = match reason {
            NoTrouble::PlayedByHand => (StatusCode::CONFLICT, "not_yours"),
            NoTrouble::Nothing => (StatusCode::CONFLICT, "wrong_state"),
            NoTrouble::Hub(_) | NoTrouble::NotYet => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        };
        problem(status, code, &reason.to_string())
    })?;
    Ok(Json(json!({ "outcome": outcome, "city": picture(&control.city) })))
}

async fn show_map(State(control): State<Control>, asked: HeaderMap) -> Response {
    control.map.answer(&asked)
}

fn picture(city: &City) -> Value {
    let Neighbourhood { stores, customers, riders } = &*city.neighbourhood;
    let taken_over: Vec<_> =
        city.cast.taken_over().iter().map(|person| person.to_string()).collect();
    json!({
        "name": "데모 동네",
        "speed": city.tempo.speed(),
        "stage": {
            "customerId": customers[0].id,
            "storeId": stores[0].id,
            "riderId": riders[0].id,
        },
        "people": city.people.min(stores.len() + customers.len() + riders.len()),
        "takenOver": taken_over,
        "troubles": city.troubles.ongoing(),
    })
}

fn find(neighbourhood: &Neighbourhood, role: &str, id: &str) -> Option<Person> {
    let Neighbourhood { stores, customers, riders } = neighbourhood;
    let (role, lives_here) = match role {
        "customer" => (Role::Customer, customers.iter().any(|one| one.id == id)),
        "store" => (Role::Store, stores.iter().any(|one| one.id == id)),
        "rider" => (Role::Rider, riders.iter().any(|one| one.id == id)),
        _ => return None,
    };
    lives_here.then(|| Person::new(role, id))
}

fn invalid(detail: &str) -> Response {
    problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
