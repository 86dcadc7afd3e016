//! How a request becomes a socket.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::{SocketLimits, Wire};
use crate::listener;

/// A request for a WebSocket.
pub struct Upgrade {
    answer: Response,
    coming: OnUpgrade,
}

impl<S: Send + Sync> FromRequest<S> for Upgrade {
    type Rejection = (StatusCode, String);

    async fn from_request(mut request: Request, _: &S) -> Result<Upgrade, Self::Rejection> {
        let answer = create_response_with_body(&request, Body::empty)
            .map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
        let coming = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| {
            (StatusCode::UPGRADE_REQUIRED, "this connection cannot become a socket".to_owned())
        })?;
        Ok(Upgrade { answer, coming })
    }
}

impl Upgrade {
    /// Agrees to a subprotocol that was asked for.
    pub(super) fn agree_to(&mut self, subprotocol: &'static str) {
        let headers = self.answer.headers_mut();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(subprotocol));
    }

    /// Answers, and hands the socket to `serve` once the client has the answer.
    pub fn and_then<F>(
        self,
        limits: SocketLimits,
        serve: impl FnOnce(Wire) -> F + Send + 'static,
    ) -> Response
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Upgrade { answer, coming } = self;
        tokio::spawn(async move {
            // Whoever has gone meanwhile needs no socket.
            let Ok(upgraded) = coming.await else { return };
            let Some((stream, read)) = listener::release(upgraded) else { return };
            let wire = Wire::new(stream, read, limits);
            // What only the handshake needs goes with this task: it was three kilobytes of each
            // socket.
            tokio::spawn(serve(wire));
        });
        answer
    }
}
