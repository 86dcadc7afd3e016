//! A client without a socket, as bare as it can be: it hears a stream of JSON lines, and sends
//! its commands by requests, to any hub.

use std::collections::VecDeque;
use std::net::SocketAddr;

use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{PATIENCE, http, soon};

/// A stream, and where its commands are to be sent.
pub(crate) struct Stream {
    response: Response,
    rest: String,
    heard: VecDeque<Value>,
    pub(crate) session: String,
    pub(crate) node: String,
    next_id: u32,
}

/// Asks for a stream whose first commands are `body`.
pub(crate) fn ask(hub: SocketAddr, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let request = http().post(format!("http://{hub}/connection/http_stream"));
    request.header("content-type", "application/json").body(body)
}

/// Sends commands of a session.
pub(crate) async fn post(hub: SocketAddr, session: &str, node: &str, data: &str) -> Response {
    let request = http().post(format!("http://{hub}/emulation"));
    let body = json!({"session": session, "node": node, "data": data});
    request.json(&body).send().await.expect("the hub answers")
}

impl Stream {
    /// Opens a stream, with these commands as its first words.
    pub(crate) async fn open(hub: SocketAddr, commands: &str) -> Stream {
        let response = ask(hub, commands.to_owned()).send().await.expect("the hub answers");
        assert_eq!(response.status(), StatusCode::OK);
        let heard = VecDeque::new();
        let [rest, session, node] = [(); 3].map(|()| String::new());
        Stream { response, rest, heard, session, node, next_id: 1 }
    }

    /// Opens a stream and says who it is.
    pub(crate) async fn connect(hub: SocketAddr, token: &str) -> Stream {
        let mut stream = Stream::try_connect(hub, token).await;
        let reply = stream.until(|it| it["id"] == 1).await;
        let connected = &reply["connect"];
        let text = |name: &str| connected[name].as_str().expect("a stream is told").to_owned();
        (stream.session, stream.node) = (text("session"), text("node"));
        stream
    }

    /// The same, whatever comes of it.
    pub(crate) async fn try_connect(hub: SocketAddr, token: &str) -> Stream {
        let connect = json!({"id": 1, "connect": {"token": token}});
        Stream::open(hub, &connect.to_string()).await
    }

    /// Sends a command by way of `hub` and waits for its reply.
    pub(crate) async fn ask(&mut self, hub: SocketAddr, request: &str, body: Value) -> Value {
        let id = self.send(hub, request, body).await;
        self.until(|it| it["id"] == id).await
    }

    /// Sends a command by way of `hub`.
    pub(crate) async fn send(&mut self, hub: SocketAddr, request: &str, body: Value) -> u32 {
        self.next_id += 1;
        let id = self.next_id;
        self.says(hub, &json!({"id": id, request: body}).to_string()).await;
        id
    }

    /// Sends commands as they are.
    pub(crate) async fn says(&self, hub: SocketAddr, data: &str) {
        let answer = post(hub, &self.session, &self.node, data).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }

    /// Waits for the next publication of `channel`.
    pub(crate) async fn publication(&mut self, channel: &str) -> Value {
        let is_it = |it: &Value| it["push"]["channel"] == channel && it["push"]["pub"].is_object();
        self.until(is_it).await["push"]["pub"].clone()
    }

    /// Waits for the end. Returns the code that was told before it.
    pub(crate) async fn closed(&mut self) -> u64 {
        let told = self.until(|it| it["push"]["disconnect"].is_object()).await;
        let end = &told["push"]["disconnect"];
        assert!(end["reason"].is_string(), "{end}");
        assert_eq!(self.line().await, None, "nothing comes after it");
        end["code"].as_u64().expect("a code")
    }

    /// Waits for the first message of which `is_it` is true; keeps the others.
    pub(crate) async fn until(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        let give_up_at = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.heard.iter().position(&is_it) {
                return self.heard.remove(at).expect("found a moment ago");
            }
            assert!(Instant::now() < give_up_at, "it never comes, but {:?}", self.heard);
            let line = self.line().await.expect("the stream goes on");
            self.heard.push_back(serde_json::from_str(&line).expect("every line is JSON"));
        }
    }

    /// The next line as it was written; nothing at the end.
    pub(crate) async fn line(&mut self) -> Option<String> {
        loop {
            if let Some((line, rest)) = self.rest.split_once('\n') {
                let line = line.to_owned();
                self.rest = rest.to_owned();
                return Some(line);
            }
            let chunk = soon("anything, be it a ping", self.response.chunk()).await;
            let chunk = chunk.ok().flatten()?;
            self.rest.push_str(std::str::from_utf8(&chunk).expect("lines end with their chunk"));
        }
    }
}
