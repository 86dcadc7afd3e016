//! Who is asking. A person is known by a token and by nothing else; what they may do with an
//! order follows from their part in it.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::{Actor, CustomerId, OperatorId, Order, OrderId, RiderId, StoreId};

use crate::Hub;
use crate::error::{ApiError, Code};
use crate::view::{Audience, Eyes};

pub(crate) use crate::keys::{Keys, TokenError, Verified};

/// After how many seconds it is worth asking again whether a token is good.
const RETRY_SECONDS: u32 = 5;

/// Somebody whose token was good.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// Orders food.
    Customer(CustomerId),
    /// Cooks it.
    Store {
        /// Which store.
        id: StoreId,
        /// Who of its people.
        user: Arc<str>,
    },
    /// Rides it.
    Rider(RiderId),
    /// Helps.
    Operator(OperatorId),
    /// Has the link to an order that somebody shares: may look at how far it is, and at nothing
    /// else.
    Guest(OrderId),
}

impl Identity {
    /// The role, as tokens spell it.
    pub(crate) fn role(&self) -> &'static str {
        match self {
            Identity::Customer(_) => "customer",
            Identity::Store { .. } => "store",
            Identity::Rider(_) => "rider",
            Identity::Operator(_) => "operator",
            Identity::Guest(_) => "guest",
        }
    }

    /// The `sub` of the token.
    pub(crate) fn user(&self) -> Cow<'_, str> {
        match self {
            Identity::Customer(id) => id.as_str().into(),
            Identity::Store { user, .. } => (&**user).into(),
            Identity::Rider(id) => id.as_str().into(),
            Identity::Operator(id) => id.as_str().into(),
            Identity::Guest(order) => order.to_string().into(),
        }
    }

    /// As the domain knows this person, unless they only look on.
    pub(crate) fn actor(&self) -> Option<Actor> {
        match self.clone() {
            Identity::Customer(id) => Some(Actor::Customer(id)),
            Identity::Store { id, .. } => Some(Actor::Store(id)),
            Identity::Rider(id) => Some(Actor::Rider(id)),
            Identity::Operator(id) => Some(Actor::Operator(id)),
            Identity::Guest(_) => None,
        }
    }

    /// In which eyes this person sees `order`; nothing if they have no part in it.
    ///
    /// A store has no part in an order that nobody has paid for.
    pub(crate) fn audience(&self, order: &Order) -> Option<Audience> {
        let (is_party, audience) = match self {
            Identity::Customer(id) => (order.customer == *id, Audience::Customer),
            Identity::Store { id, .. } => {
                (order.shop.id == *id && order.placed_at.is_some(), Audience::Store)
            }
            Identity::Rider(id) => (order.delivery.rider.as_ref() == Some(id), Audience::Rider),
            Identity::Operator(_) => (true, Audience::Operator),
            Identity::Guest(_) => return None,
        };
        is_party.then_some(audience)
    }

    /// In which eyes this person is told of `order`; nothing if they are not to know of it.
    pub(crate) fn eyes(&self, order: &Order) -> Option<Eyes> {
        match self {
            Identity::Guest(id) => (order.id == *id).then_some(Eyes::Guest),
            _ => self.audience(order).map(Eyes::Party),
        }
    }
}

/// Anybody who has an account. A guest has none, and gets nowhere by this door.
pub(crate) struct Anyone(pub(crate) Identity);

impl FromRequestParts<Hub> for Anyone {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, ApiError> {
        match asking(parts, hub).await? {
            guest @ Identity::Guest(_) => Err(ApiError::wrong_role(guest.role())),
            identity => Ok(Anyone(identity)),
        }
    }
}

async fn asking(parts: &Parts, hub: &Hub) -> Result<Identity, ApiError> {
    // A command that came in on a socket: whose it is was settled when they connected.
    if let Some(identity) = parts.extensions.get::<Identity>() {
        return Ok(identity.clone());
    }
    verified(&parts.headers, hub.keys()).await.map(|it| it.identity)
}

/// Who sent these headers, and until when that holds.
///
/// # Errors
/// If there is no token in them, none that is good, or nobody can say now.
pub(crate) async fn verified(headers: &HeaderMap, keys: &Keys) -> Result<Verified, ApiError> {
    let token = bearer(headers)
        .ok_or_else(|| ApiError::unauthenticated("send Authorization: Bearer <token>"))?;
    match keys.verify(token).await {
        Ok(verified) => {
            let (role, user) = (verified.identity.role(), verified.identity.user());
            tracing::Span::current().record("role", role).record("user.id", &*user);
            Ok(verified)
        }
        Err(TokenError::Expired) => Err(ApiError::unauthenticated("the token has expired")),
        Err(TokenError::Invalid) => Err(ApiError::unauthenticated("the token is not valid")),
        Err(TokenError::UnknownKey) => {
            let detail = "the issuer of the token could not be asked for its key";
            Err(ApiError::try_later(Code::Unavailable, detail, RETRY_SECONDS))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Defines the extractor for one role: everybody else is told that this is not for them.
macro_rules! role {
    ($(#[$doc:meta])* $name:ident($id:ty), $pattern:pat => $value:expr) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) $id);

        impl FromRequestParts<Hub> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, ApiError> {
                match asking(parts, hub).await? {
                    $pattern => Ok($name($value)),
                    other => Err(ApiError::wrong_role(other.role())),
                }
            }
        }
    };
}

role! {
    /// A customer.
    Customer(CustomerId), Identity::Customer(id) => id
}
role! {
    /// Somebody of a store.
    Store(StoreId), Identity::Store { id, .. } => id
}
role! {
    /// A rider.
    Rider(RiderId), Identity::Rider(id) => id
}
role! {
    /// An operator.
    Operator(OperatorId), Identity::Operator(id) => id
}
role! {
    /// Somebody with the link to this order.
    Guest(OrderId), Identity::Guest(id) => id
}
