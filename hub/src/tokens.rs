//! Development tokens: whoever asks is whoever they say they are. Off unless asked for.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hub;
use crate::clock;
use crate::error::ApiError;
use crate::keys::{Claims, Role};
use crate::requests::Body;
use crate::view::names::IdText;

/// How long a development token is good: an evening.
const GOOD_SECONDS: u64 = 12 * 3_600;

/// Who somebody wants to be.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wish {
    role: Role,
    #[schemars(with = "IdText")]
    sub: String,
    #[schemars(with = "Option<IdText>")]
    store_id: Option<String>,
}

/// A token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TokenGrant")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "TokenGrant"))]
pub struct Grant {
    pub token: String,
}

/// Signs a token for whoever asks.
pub(crate) async fn grant(
    State(hub): State<Hub>,
    Body(Wish { role, sub, store_id }): Body<Wish>,
) -> Result<Json<Grant>, ApiError> {
    if !hub.config().dev_tokens {
        return Err(ApiError::not_found("path"));
    }
    let store_id = store_id.filter(|_| matches!(role, Role::Store));
    if matches!(role, Role::Guest) {
        return Err(ApiError::invalid("/role", "a guest comes by the link of a customer"));
    }
    if matches!(role, Role::Store) && store_id.is_none() {
        return Err(ApiError::invalid("/storeId", "say which store"));
    }
    let exp = (clock::now().0 / 1_000 + GOOD_SECONDS) as f64;
    let claims = Claims { sub, role, store_id, exp };
    if claims.identity().is_err() {
        let detail = "an id is 1 to 64 letters, digits, '-', '_' or '.'";
        return Err(ApiError::invalid("/sub", detail));
    }
    match hub.keys().sign(&claims) {
        Some(token) => Ok(Json(Grant { token })),
        None => Err(ApiError::not_found("path")),
    }
}
