//! Riders: whether they work.

use axum::Json;
use axum::extract::State;
use domain::{Actor, DeliveryState, Refusal};
use streams::ExecuteError;

use crate::Hub;
use crate::commands::refused;
use crate::error::ApiError;
use crate::identity::Rider;
use crate::view::RiderView;

/// The rider starts to work.
pub(crate) async fn online(
    State(hub): State<Hub>,
    Rider(rider): Rider,
) -> Result<Json<RiderView>, ApiError> {
    let record = hub.streams().set_online(&rider, true).await?;
    Ok(Json(RiderView::of(&record)))
}

/// The rider stops working, unless somebody's food is on their bike.
pub(crate) async fn offline(
    State(hub): State<Hub>,
    Rider(rider): Rider,
) -> Result<Json<RiderView>, ApiError> {
    for id in hub.streams().rider(&rider).await?.jobs {
        let Some(loaded) = hub.streams().load(id).await? else { continue };
        let order = Box::new(loaded.order);
        let delivery = &order.delivery;
        if delivery.state == DeliveryState::PickedUp && delivery.rider.as_ref() == Some(&rider) {
            let refusal = Refusal::WrongState(order.state);
            return Err(refused(ExecuteError::Refused { refusal, order }, &Actor::Rider(rider)));
        }
    }
    let record = hub.streams().set_online(&rider, false).await?;
    hub.sockets().rider_offline(&record).await;
    Ok(Json(RiderView::of(&record)))
}
