//! The door: who may open a socket, and in which encoding.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::header::{HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::frames::Frames;
use super::{Kind, SocketLimits, Upgrade, count_refusal, serve};
use crate::Hub;
use crate::error::ApiError;
use crate::protocol::Encoding;
use crate::session::{Now, Outbox, Session};

/// The subprotocols by which clients ask for an encoding.
const JSON: &str = "centrifuge-json";
const PROTOBUF: &str = "centrifuge-protobuf";

/// Opens a socket. Who it is, its first command will say.
pub(crate) async fn connect(
    State(hub): State<Hub>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<Upgrade, (StatusCode, String)>,
) -> Response {
    let mut upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            count_refusal("no_upgrade");
            return rejection.into_response();
        }
    };
    let sockets = hub.sockets();
    if let Err(refused) = sockets.check_origin(&headers) {
        return refused.into_response();
    }
    let outbox = Arc::<Outbox>::default();
    let seat = match sockets.seat(Kind::WebSocket, outbox.clone(), peer, &headers) {
        Ok(seat) => seat,
        Err(full) => return ApiError::from(full).into_response(),
    };
    let (encoding, subprotocol) = asked_encoding(&uri, &headers);
    if let Some(name) = subprotocol {
        upgrade.agree_to(name);
    }
    let line = sockets.line.clone();
    let old_at = sockets.old_at();
    upgrade.and_then(SocketLimits::default(), move |wire| {
        let session = Box::new(Session::new(outbox, encoding, old_at, Now::is()));
        serve(Box::new(Frames::new(wire, encoding)), session, line, seat)
    })
}

/// By subprotocol, which is then confirmed, or in the query where a client cannot name one. JSON
/// where nobody says.
fn asked_encoding(uri: &Uri, headers: &HeaderMap) -> (Encoding, Option<&'static str>) {
    let offers = headers.get_all(SEC_WEBSOCKET_PROTOCOL);
    let is_in = |offer: &HeaderValue, name: &str| {
        offer.as_bytes().split(|byte| *byte == b',').any(|it| it.trim_ascii() == name.as_bytes())
    };
    let names = |name| offers.iter().any(|offer| is_in(offer, name));
    let query = uri.query().unwrap_or_default();
    let mut pairs = query.split('&');
    match (names(PROTOBUF), names(JSON)) {
        (true, _) => (Encoding::Protobuf, Some(PROTOBUF)),
        (false, true) => (Encoding::Json, Some(JSON)),
        (false, false) => {
            match pairs.any(|it| it == "format=protobuf" || it == "cf_protocol=protobuf") {
                true => (Encoding::Protobuf, None),
                false => (Encoding::Json, None),
            }
        }
    }
}

/// Pages of this host and of the listed origins. Whoever sends no origin is no page.
pub(super) fn is_welcome(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let is_listed = allowed.iter().any(|it| it.eq_ignore_ascii_case(origin));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let own = origin.split_once("://").map(|(_, host)| host);
    is_listed || matches!((own, host), (Some(own), Some(host)) if own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_origins_are_welcome() {
        let headers = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("hub.example:8080"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            headers
        };
        let allowed = ["https://food.example".to_owned()];
        for origin in [None, Some("http://hub.example:8080"), Some("https://food.example")] {
            assert!(is_welcome(&headers(origin), &allowed), "{origin:?}");
        }
        for origin in ["null", "http://hub.example", "https://evil.example"] {
            assert!(!is_welcome(&headers(Some(origin)), &allowed), "{origin}");
        }
    }
}
