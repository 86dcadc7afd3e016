//! The socket: framing, news, and what becomes of a subscription when the connection is lost.

use city::client::{Error, News, Socket, Subscription};
use serde_json::{Value, json};

use crate::scripted_hub::{Connection, ScriptedHub, soon};

const CHANNEL: &str = "order:o-1";

/// Subscribes; the hub answers with `snapshot` at offset 7.
async fn subscribe(socket: &Socket, hub: &mut Connection) -> (Value, Subscription) {
    let answer = async {
        let command = hub.hear().await;
        assert_eq!(command["subscribe"]["channel"], CHANNEL);
        assert_eq!(command["subscribe"]["recover"], Value::Null);
        let place = json!({ "recoverable": true, "epoch": "e", "offset": 7, "data": {"n": 7} });
        hub.say(&json!({ "id": command["id"], "subscribe": place }).to_string()).await;
    };
    let (subscribed, ()) = tokio::join!(socket.subscribe(CHANNEL, &()), answer);
    let (snapshot, news) = subscribed.unwrap();
    (snapshot.read().unwrap(), news)
}

fn publication(n: u64) -> String {
    let publication = json!({ "data": {"n": n}, "offset": n });
    json!({ "push": { "channel": CHANNEL, "pub": publication } }).to_string()
}

async fn next(news: &mut Subscription) -> Option<News> {
    soon("news", news.next()).await
}

async fn next_publication(news: &mut Subscription) -> (u64, String) {
    match next(news).await {
        Some(News::Publication { offset, data }) => (offset, data.as_str().into()),
        other => panic!("not a publication: {other:?}"),
    }
}

#[tokio::test]
async fn several_lines_in_one_frame_are_several_messages_and_a_ping_is_answered() {
    let hub = ScriptedHub::start().await;
    let (socket, mut end) = hub.connect().await;
    let (snapshot, mut news) = subscribe(&socket, &mut end).await;
    assert_eq!(snapshot["n"], 7);
    end.say(&format!("{}\n{{}}\n{}", publication(8), publication(9))).await;
    assert_eq!(next_publication(&mut news).await, (8, r#"{"n":8}"#.into()));
    assert_eq!(next_publication(&mut news).await, (9, r#"{"n":9}"#.into()));
    assert_eq!(end.hear().await, json!({}));
}

#[tokio::test]
async fn a_lost_connection_comes_back_with_what_was_missed() {
    let hub = ScriptedHub::start().await;
    let (socket, mut end) = hub.connect().await;
    let (_, mut news) = subscribe(&socket, &mut end).await;
    end.say(&publication(8)).await;
    next_publication(&mut news).await;
    drop(end);

    let mut end = hub.accept().await;
    let command = end.hear().await;
    assert_eq!(command["subscribe"]["recover"], true);
    assert_eq!(
        (&command["subscribe"]["epoch"], &command["subscribe"]["offset"]),
        (&json!("e"), &json!(8))
    );
    let missed = [json!({ "data": {"n": 9}, "offset": 9 })];
    let back = json!({ "recoverable": true, "epoch": "e", "offset": 8, "was_recovering": true,
        "recovered": true, "publications": missed });
    end.say(&json!({ "id": command["id"], "subscribe": back }).to_string()).await;
    assert!(matches!(next(&mut news).await, Some(News::Resumed { missed: 1 })));
    assert_eq!(next_publication(&mut news).await.0, 9);

    // A close that invites back continues from there.
    end.close(3001).await;
    let mut end = hub.accept().await;
    assert_eq!(end.hear().await["subscribe"]["offset"], 9);
}

#[tokio::test]
async fn what_can_not_be_recovered_begins_again_with_a_snapshot() {
    let hub = ScriptedHub::start().await;
    let (socket, mut end) = hub.connect().await;
    let (_, mut news) = subscribe(&socket, &mut end).await;
    drop(end);

    let mut end = hub.accept().await;
    let command = end.hear().await;
    let anew = json!({ "recoverable": true, "epoch": "f", "offset": 3, "was_recovering": true,
        "data": {"n": 3} });
    end.say(&json!({ "id": command["id"], "subscribe": anew }).to_string()).await;
    match next(&mut news).await {
        Some(News::Snapshot(snapshot)) => assert_eq!(snapshot.as_str(), r#"{"n":3}"#),
        other => panic!("not a snapshot: {other:?}"),
    }
}

#[tokio::test]
async fn a_command_refused_on_the_socket_says_why() {
    let hub = ScriptedHub::start().await;
    let (socket, mut end) = hub.connect().await;
    let answer = async {
        let command = end.hear().await;
        assert_eq!(command["rpc"], json!({ "method": "deliveries.claim", "data": {"id": "o-1"} }));
        let problem = json!({ "status": 409, "code": "taken" }).to_string();
        let error = json!({ "code": 1409, "message": problem });
        end.say(&json!({ "id": command["id"], "error": error }).to_string()).await;
    };
    let body = json!({ "id": "o-1" });
    let (claimed, ()) = tokio::join!(socket.rpc::<Value>("deliveries.claim", &body), answer);
    assert_eq!(claimed.unwrap_err().code(), Some("taken"));
}

#[tokio::test]
async fn a_close_for_good_ends_every_subscription() {
    let hub = ScriptedHub::start().await;
    let (socket, mut end) = hub.connect().await;
    let (_, mut news) = subscribe(&socket, &mut end).await;
    end.close(3500).await;
    assert!(next(&mut news).await.is_none());
    let refused = socket.rpc::<Value>("orders.place", &()).await.unwrap_err();
    assert!(matches!(refused, Error::Disconnected), "{refused}");
}

#[tokio::test]
async fn a_dropped_subscription_is_given_up_and_the_last_handle_closes_the_socket() {
    let hub = ScriptedHub::start().await;
    let (socket, mut end) = hub.connect().await;
    let (_, news) = subscribe(&socket, &mut end).await;
    drop(news);
    assert_eq!(end.hear().await["unsubscribe"]["channel"], CHANNEL);
    let (_, news) = subscribe(&socket, &mut end).await;
    drop((socket, news));
    assert_eq!(end.hear().await["unsubscribe"]["channel"], CHANNEL);
    end.close(1000).await;
}
