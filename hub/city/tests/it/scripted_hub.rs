//! A hub that knows nothing: it accepts sockets and says what it is told.

use std::time::Duration;

use city::client::{Client, Socket};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what comes by itself, but not for ever.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    timeout(PATIENCE, coming).await.unwrap_or_else(|_| panic!("never: {what}"))
}

pub(crate) struct ScriptedHub {
    listener: TcpListener,
}

/// The hub's end of one socket.
pub(crate) struct Connection(WebSocketStream<TcpStream>);

impl ScriptedHub {
    pub(crate) async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    /// A client's socket, and the hub's end of it.
    pub(crate) async fn connect(&self) -> (Socket, Connection) {
        let url = format!("http://{}", self.listener.local_addr().unwrap());
        let client = Client::new(&url, "a token");
        let (socket, connection) = tokio::join!(client.connect_socket(), self.accept());
        (socket.unwrap(), connection)
    }

    /// The next socket that a client opens, greeted.
    pub(crate) async fn accept(&self) -> Connection {
        let (stream, _) = soon("somebody who connects", self.listener.accept()).await.unwrap();
        let upgrade = soon("a wish for a socket", accept_async(stream));
        let mut connection = Connection(upgrade.await.unwrap());
        let greeting = connection.hear().await;
        assert_eq!(greeting["connect"]["token"], "a token");
        let (id, connect) = (&greeting["id"], json!({ "client": "x", "ping": 25, "pong": true }));
        connection.say(&json!({ "id": id, "connect": connect }).to_string()).await;
        connection
    }
}

impl Connection {
    pub(crate) async fn say(&mut self, frame: &str) {
        self.0.send(Message::text(frame)).await.unwrap();
    }

    pub(crate) async fn hear(&mut self) -> Value {
        loop {
            let message = soon("what a client says", self.0.next()).await.unwrap().unwrap();
            if let Message::Text(frame) = message {
                return serde_json::from_str(&frame).unwrap();
            }
        }
    }

    /// Closes with a code and waits until the client has seen it.
    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "because".into() };
        self.0.close(Some(frame)).await.unwrap();
        soon("the end of a socket", async { while let Some(Ok(_)) = self.0.next().await {} }).await;
    }
}
