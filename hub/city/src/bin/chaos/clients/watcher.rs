//! Follows a channel over connections that break, and writes down every word.

use std::time::Duration;

use city::client::{Client, News, Payload, Subscription};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Person, SHOP, is_over_after};
use crate::records;

/// Before it is tried again to follow.
const TRIES_AGAIN_AFTER: Duration = Duration::from_millis(300);

/// A rider looks at the jobs around the stores.
pub(super) async fn look_around(person: Person, end: CancellationToken) {
    let place = json!({"lat": SHOP.0, "lng": SHOP.1, "radiusMeters": 3_000});
    follow_with(person, "nearby".to_owned(), place, end).await;
}

/// Follows until the end, whatever happens to the connection.
pub(super) async fn follow(person: Person, channel: String, end: CancellationToken) {
    follow_with(person, channel, Value::Null, end).await;
}

async fn follow_with(person: Person, channel: String, data: Value, end: CancellationToken) {
    let watch = person.records.watch(person.who.clone(), channel.clone(), true);
    let following = async {
        loop {
            if let Some(subscription) = subscribe(&person, &channel, &data, watch).await {
                listen(&person, subscription, watch).await;
            }
            // A token that a hub with another clock signed may have been refused.
            let _ = person.renew_token().await;
            tokio::time::sleep(TRIES_AGAIN_AFTER).await;
        }
    };
    tokio::select! {
        () = following => (),
        () = end.cancelled() => (),
    }
}

/// Asks once for what is somebody else's; what comes is written down as any other news.
pub(super) async fn pry(person: &Person, channel: &str, end: &CancellationToken) {
    let watch = person.records.watch(person.who.clone(), channel.to_owned(), false);
    if let Some(subscription) = subscribe(person, channel, &Value::Null, watch).await {
        tokio::select! {
            () = listen(person, subscription, watch) => (),
            _ = is_over_after(end, Duration::from_secs(2)) => (),
        }
    }
}

async fn subscribe(
    person: &Person,
    channel: &str,
    data: &Value,
    watch: usize,
) -> Option<Subscription> {
    let socket = Client::new(&person.base_url, person.token()).connect_socket().await.ok()?;
    let (snapshot, subscription) = socket.subscribe(channel, data).await.ok()?;
    person.records.hear(watch, picture(&snapshot));
    Some(subscription)
}

async fn listen(person: &Person, mut subscription: Subscription, watch: usize) {
    while let Some(news) = subscription.next().await {
        let news = match news {
            News::Snapshot(data) => picture(&data),
            News::Resumed { .. } => records::News::Resumed,
            News::Publication { offset, data } => {
                records::News::Publication { offset, text: data.as_str().to_owned() }
            }
        };
        person.records.hear(watch, news);
    }
}

fn picture(snapshot: &Payload) -> records::News {
    let (epoch, text) = (snapshot.epoch().to_owned(), snapshot.as_str().to_owned());
    records::News::Snapshot { epoch, text }
}
